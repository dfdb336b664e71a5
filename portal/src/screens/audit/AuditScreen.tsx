// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import { type AuditFilter, auditExportUrl, useAudit } from "../../api/audit";
import { useMay } from "../../api/me";
import type { AuditEvent } from "../../api/types";
import { hasKey, useT } from "../../i18n";
import { lastCursor, useUrlState } from "../../lib/search";
import { fromLocalInput } from "../../lib/time";
import { type Column, DataTable } from "../../ui/DataTable";
import { DownloadLink } from "../../ui/DownloadLink";
import { LinkButton } from "../../ui/LinkButton";
import { DateRange, ListBar, ListFilter } from "../../ui/ListBar";
import { EmptyNotice } from "../../ui/Notice";
import { PageFrame } from "../../ui/PageFrame";
import { StateLabel } from "../../ui/StateLabel";
import { Time, useTimeStyle, useZoneName } from "../../ui/Time";
import { AuditQueryBox } from "./AuditQueryBox";
import { EventDialog } from "./EventDialog";
import { TreeState } from "./TreeState";

const OUTCOMES = ["ok", "refused", "failed"] as const;
const LOGS = ["auth", "operation"] as const;

function useFilter(): AuditFilter {
	const { search } = useUrlState();
	const { zone } = useTimeStyle();
	const day = (value: string | undefined) => (value && fromLocalInput(value, zone)) || undefined;
	return {
		q: search.q,
		actor: search.actor,
		object: search.object,
		event: search.event as AuditFilter["event"],
		outcome: OUTCOMES.find((each) => each === search.outcome),
		log: LOGS.find((each) => each === search.log),
		from: day(search.from),
		to: day(search.to),
		cursor: lastCursor(search.p),
	};
}

export function AuditScreen() {
	const t = useT();
	const { search } = useUrlState();
	const filter = useFilter();
	const query = useAudit(filter);
	const mayExport = useMay("audit.export");
	const columns = useColumns();
	const shown = query.data?.items.find((event) => event.id === search.id);
	return (
		<PageFrame
			title={t("audit.title")}
			ready={!query.isPending}
			actions={
				mayExport && (
					<DownloadLink
						href={auditExportUrl({
							...(filter.from ? { from: filter.from } : {}),
							...(filter.to ? { to: filter.to } : {}),
						})}
						testId="audit-export"
					>
						{t("audit.export")}
					</DownloadLink>
				)
			}
		>
			<div className="sk-stack">
				{!(query.error && !query.data) && <TreeState />}
				<AuditQueryBox />
				<Facets />
			</div>
			<DataTable
				label={t("audit.title")}
				columns={columns}
				query={query}
				rowKey={(event) => event.id}
				testId="audit"
				empty={
					<EmptyNotice
						title={t("list.no_match")}
						body={t("audit.no_match_body")}
						action={
							<LinkButton to="/audit" variant="secondary">
								{t("list.clear_filters")}
							</LinkButton>
						}
					/>
				}
			/>
			{shown && <EventDialog event={shown} />}
		</PageFrame>
	);
}

function Facets() {
	const t = useT();
	return (
		<ListBar>
			{[
				<ListFilter
					key="log"
					name="log"
					label={t("audit.log")}
					choices={LOGS.map((value) => ({ value, label: t(`audit.log.${value}`) }))}
				/>,
				<ListFilter
					key="outcome"
					name="outcome"
					label={t("audit.outcome")}
					choices={OUTCOMES.map((value) => ({ value, label: t(`state.outcome.${value}`) }))}
				/>,
				<DateRange key="range" />,
			]}
		</ListBar>
	);
}

/** Name of an event in words; its stable name stays visible beside it. */
export function useEventName(): (event: string) => string {
	const t = useT();
	return (event) => {
		const key = `event.${event}`;
		return hasKey(key) ? t(key) : event;
	};
}

function useColumns(): Column<AuditEvent>[] {
	const t = useT();
	const zone = useZoneName();
	const eventName = useEventName();
	const { set } = useUrlState();
	return [
		{
			key: "n",
			label: t("audit.number"),
			render: (event) => <span className="sk-mono">{event.n ?? t("audit.not_yet")}</span>,
		},
		{
			key: "time",
			label: t("audit.time", { zone }),
			render: (event) => <Time at={event.time} seconds />,
		},
		{
			key: "event",
			label: t("audit.event"),
			render: (event) => (
				<div className="sk-stack-tight">
					<span>{eventName(event.event)}</span>
					<span className="sk-mono sk-small sk-subtle">{event.event}</span>
				</div>
			),
		},
		{
			key: "outcome",
			label: t("audit.outcome"),
			render: (event) => <StateLabel kind="outcome" state={event.outcome} />,
		},
		{
			key: "actor",
			label: t("audit.actor"),
			render: (event) => event.actor?.login ?? t("value.none"),
		},
		{
			key: "object",
			label: t("audit.object"),
			render: (event) => (
				<span className="sk-break">
					{event.object ? (event.object.name ?? event.object.type) : t("value.none")}
				</span>
			),
		},
		{
			key: "peer",
			label: t("audit.peer"),
			render: (event) => <span className="sk-mono">{event.peer ?? t("value.none")}</span>,
		},
		{
			key: "more",
			label: t("column.actions"),
			action: true,
			render: (event) => (
				<Button
					variant="link"
					size="sm"
					onClick={() => set({ id: event.id })}
					data-testid="audit-details"
					aria-label={t("audit.details_of", { name: eventName(event.event) })}
				>
					{t("action.details")}
				</Button>
			),
		},
	];
}
