// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { useMyPastSignIns, useNotMe, useThatWasMe } from "../../api/past";
import type { PastSignIn } from "../../api/types";
import { useT } from "../../i18n";
import { DataTable } from "../../ui/DataTable";
import { FormModal } from "../../ui/form";
import { useToasts } from "../../ui/Toasts";
import { canTeach, pastColumns, Verdict } from "./pastColumns";

type What = "not_me" | "me";

/** Where somebody signed in as this person, or nearly did, and whose the person says it was. */
export function PastSignIns() {
	const t = useT();
	const query = useMyPastSignIns();
	const [asking, setAsking] = useState<{ past: PastSignIn; what: What } | null>(null);
	const button = (past: PastSignIn, what: What) => (
		<Button
			variant="secondary"
			size="sm"
			isDanger={what === "not_me"}
			onClick={() => setAsking({ past, what })}
			data-testid={`past-${what.replace("_", "-")}`}
		>
			{t(`past.${what}`)}
		</Button>
	);
	return (
		<div className="sk-stack">
			<p className="sk-small">{t("past.help")}</p>
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
								{past.verdict === null && !past.current && button(past, "not_me")}
								{canTeach(past) && button(past, "me")}
							</span>
						),
					},
				]}
				query={query}
				rowKey={(past) => past.id}
				testId="past-sign-ins"
				empty={<p>{t("past.empty")}</p>}
			/>
			{asking && <Say {...asking} onClose={() => setAsking(null)} />}
		</div>
	);
}

function Say({ past, what, onClose }: { past: PastSignIn; what: What; onClose: () => void }) {
	const t = useT();
	const toasts = useToasts();
	const acts = { not_me: useNotMe(), me: useThatWasMe() };
	const act = acts[what];
	const done = () => {
		toasts.show("success", t(`past.${what}_done`));
		onClose();
	};
	return (
		<FormModal
			testId={`past-${what.replace("_", "-")}-dialog`}
			title={t(`past.${what}_title`)}
			description={t(`past.${what}_body`)}
			submit={t(`past.${what}`)}
			danger={what === "not_me"}
			pending={act.isPending}
			error={act.error}
			onSubmit={() => act.mutate(past.id, { onSuccess: done })}
			onClose={onClose}
		/>
	);
}
