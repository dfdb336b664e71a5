// SPDX-License-Identifier: GPL-3.0-or-later
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { RequestSummary } from "../../api/types";
import { useT } from "../../i18n";
import { type Column, DataTable, type ListQuery } from "../../ui/DataTable";
import { StateLabel } from "../../ui/StateLabel";
import { Period, Time } from "../../ui/Time";

export const accountNames = (request: Pick<RequestSummary, "accounts">): string =>
	request.accounts.map((account) => `${account.name}@${account.target.name}`).join(", ");

interface Props {
	query: ListQuery<RequestSummary>;
	empty: ReactNode;
	testId: string;
	/** Also who asked. */
	everybody?: boolean;
}

export function RequestTable({ query, empty, testId, everybody }: Props) {
	const t = useT();
	const columns: Column<RequestSummary>[] = [
		{
			key: "number",
			label: t("request.number"),
			render: (request) => (
				<Link to="/requests/$id" params={{ id: request.id }} className="sk-mono sk-nowrap">
					{request.number}
				</Link>
			),
		},
		...(everybody
			? [
					{
						key: "who",
						label: t("request.who"),
						render: (request: RequestSummary) => (
							<span className="sk-name">{request.requester.display_name}</span>
						),
					},
				]
			: []),
		{
			key: "accounts",
			label: t("request.accounts"),
			render: (request) => <span className="sk-break">{accountNames(request)}</span>,
		},
		{
			key: "purpose",
			label: t("request.purpose"),
			width: 25,
			render: (request) => <span className="sk-break">{request.purpose}</span>,
		},
		{
			key: "period",
			label: t("request.period"),
			render: (request) => <Period from={request.starts_at} to={request.ends_at} />,
		},
		{
			key: "state",
			label: t("column.state"),
			render: (request) => <StateLabel kind="request" state={request.state} />,
		},
		{
			key: "created",
			label: t("request.created"),
			render: (request) => <Time at={request.created_at} />,
		},
	];
	return (
		<DataTable
			label={t("requests.title")}
			columns={columns}
			query={query}
			rowKey={(request) => request.id}
			empty={empty}
			testId={testId}
		/>
	);
}
