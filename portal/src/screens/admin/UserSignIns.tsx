// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Card, CardBody, CardTitle } from "@patternfly/react-core";
import { useState } from "react";
import { useMay } from "../../api/me";
import { useUserSignIns, useWasTheirs } from "../../api/past";
import type { PastSignIn, User } from "../../api/types";
import { useT } from "../../i18n";
import { DataTable } from "../../ui/DataTable";
import { FormModal } from "../../ui/form";
import { canTeach, pastColumns, Verdict } from "../profile/pastColumns";
import { useSaved } from "./parts";

/** For who may manage people. */
export function UserSignIns({ user }: { user: User }) {
	return useMay("user.manage") ? <List user={user} /> : null;
}

/** A person's sign-ins; one that was only unusual can be said to have been theirs. */
function List({ user }: { user: User }) {
	const t = useT();
	const query = useUserSignIns(user.id);
	const [asking, setAsking] = useState<PastSignIn | null>(null);
	return (
		<Card>
			<CardTitle component="h2">{t("past.title")}</CardTitle>
			<CardBody>
				<DataTable
					label={t("past.title")}
					columns={[
						...pastColumns(t),
						{
							key: "actions",
							label: t("column.actions"),
							action: true,
							render: (past) => (
								<span className="sk-row">
									<Verdict t={t} past={past} />
									{canTeach(past) && (
										<Button
											variant="secondary"
											size="sm"
											onClick={() => setAsking(past)}
											data-testid="was-theirs"
										>
											{t("past.theirs")}
										</Button>
									)}
								</span>
							),
						},
					]}
					query={query}
					rowKey={(past) => past.id}
					testId="user-sign-ins"
					empty={<p>{t("past.empty")}</p>}
				/>
				{asking && <Ask user={user} past={asking} onClose={() => setAsking(null)} />}
			</CardBody>
		</Card>
	);
}

function Ask({ user, past, onClose }: { user: User; past: PastSignIn; onClose: () => void }) {
	const t = useT();
	const act = useWasTheirs(user.id);
	const saved = useSaved(onClose);
	return (
		<FormModal
			testId="was-theirs-dialog"
			title={t("past.theirs_title", { name: user.display_name })}
			description={t("past.theirs_body")}
			submit={t("past.theirs")}
			pending={act.isPending}
			error={act.error}
			onSubmit={() => act.mutate(past.id, saved)}
			onClose={onClose}
		/>
	);
}
