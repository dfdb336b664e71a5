// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import { useState } from "react";
import type { OwnIdentity } from "../api/types";
import { useT } from "../i18n";
import { type Column, DataTable, type ListQuery } from "./DataTable";
import { FormModal } from "./form";
import { Time } from "./Time";

interface Unlinking {
	mutate: (id: string, options: { onSuccess: () => void }) => void;
	isPending: boolean;
	error: unknown;
}
interface Props {
	query: Omit<ListQuery<OwnIdentity>, "data"> & { data: { items: OwnIdentity[] } | undefined };
	/** Absent: they are only shown. */
	unlink: Unlinking | undefined;
	/** What follows from unlinking. */
	follows: string;
	testId: string;
}

/** Identities at providers that somebody signs in with. */
export function Identities({ query, unlink, follows, testId }: Props) {
	const t = useT();
	const [asking, setAsking] = useState<OwnIdentity | null>(null);
	const columns: Column<OwnIdentity>[] = [
		{ key: "provider", label: t("identities.provider"), render: (row) => row.provider },
		{ key: "kind", label: t("providers.kind"), render: (row) => t(`providers.kind.${row.kind}`) },
		{
			key: "display",
			label: t("identities.display"),
			render: (row) => <span className="sk-break">{row.display || t("value.none")}</span>,
		},
		{
			key: "created",
			label: t("identities.since"),
			render: (row) => <Time at={row.created_at} />,
		},
		{
			key: "used",
			label: t("profile.last_seen"),
			render: (row) => <Time at={row.last_used_at} />,
		},
	];
	if (unlink)
		columns.push({
			key: "actions",
			label: t("column.actions"),
			action: true,
			render: (row) => (
				<Button
					variant="secondary"
					size="sm"
					onClick={() => setAsking(row)}
					aria-label={`${t("identities.unlink")}: ${row.provider}`}
					data-testid="unlink-identity"
				>
					{t("identities.unlink")}
				</Button>
			),
		});
	return (
		<>
			<DataTable
				label={t("identities.title")}
				columns={columns}
				query={{ ...query, data: query.data && { ...query.data, next_cursor: null } }}
				rowKey={(row) => row.id}
				testId={testId}
				empty={<p>{t("identities.none")}</p>}
			/>
			{asking && unlink && (
				<FormModal
					testId="unlink-identity-dialog"
					title={t("identities.unlink_title", { name: asking.provider })}
					description={follows}
					submit={t("identities.unlink")}
					danger
					pending={unlink.isPending}
					error={unlink.error}
					onSubmit={() => unlink.mutate(asking.id, { onSuccess: () => setAsking(null) })}
					onClose={() => setAsking(null)}
				/>
			)}
		</>
	);
}
