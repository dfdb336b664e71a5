// SPDX-License-Identifier: GPL-3.0-or-later
import { useMyNotices } from "../../api/mail";
import type { Notice } from "../../api/types";
import { useT } from "../../i18n";
import { type Column, DataTable } from "../../ui/DataTable";
import { Time } from "../../ui/Time";

/** What the person was told about their account, by mail or only here. */
export function Notices() {
	const t = useT();
	const query = useMyNotices();
	const columns: Column<Notice>[] = [
		{
			key: "what",
			label: t("notices.what"),
			render: (notice) => (
				<>
					{t(`notice.${notice.kind}`)}
					{notice.detail && " "}
					{notice.detail && <span className="sk-subtle sk-break">{notice.detail}</span>}
				</>
			),
		},
		{
			key: "peer",
			label: t("audit.peer"),
			render: (notice) => <span className="sk-mono">{notice.peer ?? t("value.none")}</span>,
		},
		{ key: "when", label: t("notices.when"), render: (notice) => <Time at={notice.occurred_at} /> },
		{
			key: "mail",
			label: t("notices.mail"),
			render: (notice) => (
				<>
					{t(`notice_state.${notice.state}`)}
					{notice.state === "sent" && " "}
					{notice.state === "sent" && notice.address && (
						<span className="sk-subtle sk-break">{notice.address}</span>
					)}
				</>
			),
		},
	];
	return (
		<div className="sk-stack">
			<p className="sk-small">
				{t("notices.not_me")} <a href="#recent-sign-ins">{t("past.title")}</a>
			</p>
			<DataTable
				label={t("notices.title")}
				columns={columns}
				query={query}
				rowKey={(notice) => notice.id}
				testId="my-notices"
				empty={<p data-testid="no-notices">{t("notices.empty")}</p>}
			/>
		</div>
	);
}
