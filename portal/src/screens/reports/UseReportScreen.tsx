// SPDX-License-Identifier: GPL-3.0-or-later
import { Checkbox, FormSelect, FormSelectOption } from "@patternfly/react-core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { reportUrl, type UseReportFilter, useUseReport } from "../../api/audit";
import { useMay } from "../../api/me";
import type { UseRow } from "../../api/types";
import { hasKey, type Translate, useT } from "../../i18n";
import { useUrlState } from "../../lib/search";
import { fromLocalInput, monthRange } from "../../lib/time";
import { type Column, DataTable } from "../../ui/DataTable";
import { DownloadLink } from "../../ui/DownloadLink";
import { DateRange } from "../../ui/ListBar";
import { EmptyNotice } from "../../ui/Notice";
import { PageFrame } from "../../ui/PageFrame";
import { StateLabel } from "../../ui/StateLabel";
import { Period, Time, useTimeStyle, useZoneName } from "../../ui/Time";

const PRESETS = ["this_month", "last_month", "custom"] as const;

function useFilter(): { preset: string; filter: UseReportFilter } {
	const { search } = useUrlState();
	const { zone } = useTimeStyle();
	const custom = search.from || search.to;
	const preset = custom ? "custom" : search.range === "last_month" ? "last_month" : "this_month";
	const month = monthRange(zone, preset === "last_month" ? -1 : 0, new Date());
	return {
		preset,
		filter: {
			from: (search.from && fromLocalInput(search.from, zone)) || month.from,
			to: (search.to && fromLocalInput(search.to, zone)) || month.to,
			timezone: zone,
			user_id: search.user,
			target_id: search.target,
		},
	};
}

/** 特権ID利用: who used which account, when, why, by whose approval, with which recording. */
export function UseReportScreen() {
	const t = useT();
	const { preset, filter } = useFilter();
	const query = useUseReport(filter);
	const columns = useColumns();
	const page = query.data && {
		items: query.data.rows,
		next_cursor: null,
		total: query.data.rows.length,
	};
	return (
		<PageFrame
			title={t("report.title")}
			description={t("report.description")}
			ready={!query.isPending}
			actions={<Downloads filter={filter} />}
		>
			<Range preset={preset} />
			<p className="sk-part">
				<Period from={filter.from} to={filter.to} />
			</p>
			<DataTable
				label={t("report.title")}
				columns={columns}
				query={{ ...query, data: page }}
				rowKey={(row) => `${row.request.id}-${row.account.id}-${row.session_id ?? row.starts_at}`}
				testId="report"
				empty={<EmptyNotice title={t("report.empty")} body={t("report.empty_body")} />}
			/>
		</PageFrame>
	);
}

function Range({ preset }: { preset: string }) {
	const t = useT();
	const { filter } = useUrlState();
	return (
		<div className="sk-row">
			<span>
				<FormSelect
					aria-label={t("report.range")}
					value={preset}
					onChange={(_event, range) =>
						filter({
							range: range === "last_month" ? range : undefined,
							from: undefined,
							to: undefined,
						})
					}
					data-testid="report-range"
				>
					{PRESETS.map((value) => (
						<FormSelectOption
							key={value}
							value={value}
							label={t(`report.range.${value}`)}
							isDisabled={value === "custom"}
						/>
					))}
				</FormSelect>
			</span>
			<DateRange />
		</div>
	);
}

function Downloads({ filter }: { filter: UseReportFilter }) {
	const t = useT();
	const [mark, setMark] = useState(true);
	return (
		<>
			<Checkbox
				id="report-bom"
				label={t("report.bom")}
				isChecked={mark}
				onChange={(_event, on) => setMark(on)}
			/>
			<DownloadLink href={reportUrl(filter, "csv", mark)} testId="report-csv">
				{t("report.csv")}
			</DownloadLink>
			<DownloadLink href={reportUrl(filter, "html", false)} testId="report-html" primary>
				{t("report.html")}
			</DownloadLink>
		</>
	);
}

export function resultText(t: Translate, result: string): string {
	for (const key of [`result.${result}`, `reason.${result}`, `state.session.${result}`])
		if (hasKey(key)) return t(key);
	return result;
}

/** One a line: a name never breaks. */
function Names({ names }: { names: readonly string[] }) {
	const t = useT();
	if (names.length === 0) return t("value.none");
	return (
		<div className="sk-stack-tight">
			{names.map((name) => (
				<span key={name} className="sk-name">
					{name}
				</span>
			))}
		</div>
	);
}

function useColumns(): Column<UseRow>[] {
	const t = useT();
	const zone = useZoneName();
	const mayReplay = useMay("recording.view");
	return [
		{
			key: "user",
			label: t("report.user"),
			render: (row) => <span className="sk-name">{row.user.display_name}</span>,
		},
		{
			key: "account",
			label: t("report.account"),
			render: (row) => (
				<span className="sk-break">
					{row.account.name}@{row.target.name}
				</span>
			),
		},
		{
			key: "period",
			label: t("report.period", { zone }),
			render: (row) => (
				<div className="sk-stack-tight">
					<Period from={row.starts_at} to={row.ends_at} />
					{row.connected_at && (
						<span className="sk-small">
							{t("report.connected")} <Time at={row.connected_at} />
						</span>
					)}
				</div>
			),
		},
		{
			key: "request",
			label: t("request.number"),
			render: (row) => (
				<div className="sk-stack-tight">
					<Link to="/requests/$id" params={{ id: row.request.id }} className="sk-mono sk-nowrap">
						{row.request.number}
					</Link>
					{row.ticket && <span className="sk-small">{row.ticket}</span>}
				</div>
			),
		},
		{
			key: "purpose",
			label: t("request.purpose"),
			render: (row) => <span className="sk-break">{row.purpose}</span>,
		},
		{
			key: "approvers",
			label: t("report.approvers"),
			render: (row) => <Names names={row.approvers} />,
		},
		{
			key: "recording",
			label: t("sessions.recording"),
			render: (row) =>
				row.session_id && row.recording !== "none" && mayReplay ? (
					<Link to="/sessions/$id" params={{ id: row.session_id }}>
						<StateLabel kind="recording" state={row.recording} />
					</Link>
				) : (
					<StateLabel kind="recording" state={row.recording} />
				),
		},
		{ key: "result", label: t("report.result"), render: (row) => resultText(t, row.result) },
	];
}
