// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Label } from "@patternfly/react-core";
import { useState } from "react";
import { useMySessions, useRevokeMySession } from "../../api/me";
import type { MySession } from "../../api/types";
import { useT } from "../../i18n";
import { type Column, DataTable } from "../../ui/DataTable";
import { FormModal } from "../../ui/form";
import { Time } from "../../ui/Time";

/** Where the person is signed in, each row with its end. */
export function SignIns() {
	const t = useT();
	const query = useMySessions();
	const revoke = useRevokeMySession();
	const [asking, setAsking] = useState<MySession | null>(null);
	const columns: Column<MySession>[] = [
		{
			key: "browser",
			label: t("profile.browser"),
			render: (session) => (
				<span className="sk-row">
					<span className="sk-break sk-mono sk-small">{session.user_agent}</span>
					{session.current && (
						<Label isCompact status="info">
							{t("profile.this")}
						</Label>
					)}
				</span>
			),
		},
		{
			key: "peer",
			label: t("audit.peer"),
			render: (session) => <span className="sk-mono">{session.peer}</span>,
		},
		{
			key: "created",
			label: t("signin.title"),
			render: (session) => <Time at={session.created_at} />,
		},
		{
			key: "seen",
			label: t("profile.last_seen"),
			render: (session) => <Time at={session.last_seen_at} />,
		},
		{
			key: "actions",
			label: t("column.actions"),
			action: true,
			render: (session) =>
				!session.current && (
					<Button
						variant="secondary"
						size="sm"
						onClick={() => setAsking(session)}
						data-testid="revoke-session"
					>
						{t("profile.sign_out_other")}
					</Button>
				),
		},
	];
	return (
		<>
			<DataTable
				label={t("profile.sessions")}
				columns={columns}
				query={query}
				rowKey={(session) => session.id}
				testId="my-sessions"
				empty={null}
			/>
			{asking && (
				<FormModal
					testId="revoke-session-dialog"
					title={t("profile.sign_out_title")}
					description={t("profile.sign_out_body")}
					submit={t("profile.sign_out_other")}
					pending={revoke.isPending}
					error={revoke.error}
					onSubmit={() => revoke.mutate(asking.id, { onSuccess: () => setAsking(null) })}
					onClose={() => setAsking(null)}
				/>
			)}
		</>
	);
}
