// SPDX-License-Identifier: GPL-3.0-or-later
import { Label } from "@patternfly/react-core";
import type { PastSignIn } from "../../api/types";
import { hasKey, type Translate } from "../../i18n";
import type { Column } from "../../ui/DataTable";
import { Time } from "../../ui/Time";

/** Only what was refused for nothing but being unusual can be said to have been the person. */
export const canTeach = (past: PastSignIn) =>
	past.verdict === null &&
	(past.reason === "sign_in.unusual" || past.reason === "sign_in.needs_passkey");

function resultOf(t: Translate, past: PastSignIn): string {
	if (past.reason === null) return t("past.accepted");
	const key = `reason.${past.reason}`;
	return hasKey(key) ? t("past.refused_for", { reason: t(key) }) : t("past.refused");
}

/** What a past sign-in was, for its person and for administrators. */
export const pastColumns = (t: Translate): Column<PastSignIn>[] => [
	{ key: "when", label: t("notices.when"), render: (past) => <Time at={past.occurred_at} /> },
	{
		key: "browser",
		label: t("profile.browser"),
		render: (past) => (
			<span className="sk-row">
				<span className="sk-break sk-mono sk-small">{past.user_agent || "-"}</span>
				{past.current && (
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
		render: (past) => <span className="sk-mono">{past.peer}</span>,
	},
	{ key: "result", label: t("past.result"), render: (past) => resultOf(t, past) },
];

/** What was said of it. */
export function Verdict({ t, past }: { t: Translate; past: PastSignIn }) {
	if (past.verdict === null) return null;
	return (
		<Label isCompact status={past.verdict === "me" ? "success" : "danger"}>
			{t(`past.verdict_${past.verdict}`)}
		</Label>
	);
}
