// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import { useState } from "react";
import { useMay, useMe } from "../../api/me";
import { type SessionsFilter, useSessions, useTerminateSession } from "../../api/sessions";
import type { Session } from "../../api/types";
import { useT } from "../../i18n";
import { lastCursor, useUrlState } from "../../lib/search";
import { formatClock, fromLocalInput } from "../../lib/time";
import { type Column, DataTable } from "../../ui/DataTable";
import { reasonText } from "../../ui/errorText";
import { FormModal, TextField, useFields } from "../../ui/form";
import { LinkButton } from "../../ui/LinkButton";
import { DateRange, ListBar, ListFilter, ListSearch } from "../../ui/ListBar";
import { EmptyNotice } from "../../ui/Notice";
import { PageFrame } from "../../ui/PageFrame";
import { StateLabel } from "../../ui/StateLabel";
import { Time, useTimeStyle } from "../../ui/Time";

const STATES: Session["state"][] = ["live", "connecting", "waiting", "ended", "failed", "broken"];
const OPEN: Session["state"][] = ["live", "connecting", "waiting"];

const sessionName = ({ account, target }: Session) => `${account.name}@${target.name}`;

function useFilter(): SessionsFilter {
	const { search } = useUrlState();
	const { zone } = useTimeStyle();
	const all = useMay("session.view_all");
	const uses = useMay("target.use");
	return {
		scope: all && (search.scope !== "mine" || !uses) ? "all" : "mine",
		state: STATES.find((state) => state === search.state),
		q: search.q,
		from: (search.from && fromLocalInput(search.from, zone)) || undefined,
		to: (search.to && fromLocalInput(search.to, zone)) || undefined,
		cursor: lastCursor(search.p),
	};
}

/** Sessions and their recordings. */
export function SessionsScreen() {
	const t = useT();
	const filter = useFilter();
	const query = useSessions(filter);
	const seesAll = useMay("session.view_all");
	const uses = useMay("target.use");
	const filtered = Boolean(filter.q || filter.state || filter.from || filter.to);
	const [ending, setEnding] = useState<Session | null>(null);
	const columns = useColumns(filter.scope === "all", setEnding);
	return (
		<PageFrame title={t("sessions.title")} ready={!query.isPending}>
			<ListBar>
				{[
					<ListSearch key="q" label={t("sessions.search")} />,
					<ListFilter
						key="state"
						name="state"
						label={t("column.state")}
						choices={STATES.map((value) => ({ value, label: t(`state.session.${value}`) }))}
					/>,
					<DateRange key="range" />,
					seesAll && uses && (
						<ListFilter
							key="scope"
							name="scope"
							label={t("filter.scope")}
							all={t("filter.everybody")}
							choices={[{ value: "mine", label: t("filter.mine") }]}
						/>
					),
				]}
			</ListBar>
			<DataTable
				label={t("sessions.title")}
				columns={columns}
				query={query}
				rowKey={(session) => session.id}
				testId="sessions"
				empty={
					<EmptyNotice
						title={t(filtered ? "list.no_match" : "sessions.empty")}
						body={t(filtered ? "list.no_match_body" : "sessions.empty_body")}
					/>
				}
			/>
			{ending && <TerminateModal session={ending} onClose={() => setEnding(null)} />}
		</PageFrame>
	);
}

function useColumns(everybody: boolean, onEnd: (session: Session) => void): Column<Session>[] {
	const t = useT();
	const who: Column<Session>[] = everybody
		? [
				{
					key: "user",
					label: t("sessions.user"),
					render: (session) => <span className="sk-name">{session.user.display_name}</span>,
				},
			]
		: [];
	return [
		{
			key: "when",
			label: t("sessions.when"),
			render: (session) => <Time at={session.created_at} />,
		},
		...who,
		{
			key: "target",
			label: t("sessions.target"),
			render: (session) => <span className="sk-break">{sessionName(session)}</span>,
		},
		{
			key: "request",
			label: t("request.number"),
			render: (session) => <span className="sk-mono sk-nowrap">{session.request.number}</span>,
		},
		{
			key: "state",
			label: t("column.state"),
			render: (session) => (
				<div className="sk-stack-tight">
					<span>
						<StateLabel kind="session" state={session.state} />
					</span>
					{session.end_reason && (
						<span className="sk-small">{reasonText(t, session.end_reason)}</span>
					)}
				</div>
			),
		},
		{
			key: "integrity",
			label: t("sessions.recording"),
			render: (session) => <RecordingMark session={session} />,
		},
		{
			key: "action",
			label: t("column.actions"),
			action: true,
			render: (session) => <Actions session={session} onEnd={onEnd} />,
		},
	];
}

function RecordingMark({ session }: { session: Session }) {
	const t = useT();
	const recording = session.recording;
	if (!recording) return <span>{t("value.none")}</span>;
	const whole = recording.state === "complete";
	return (
		<div className="sk-stack-tight">
			<span>
				<StateLabel
					kind={whole ? "integrity" : "recording"}
					state={whole ? recording.integrity : recording.state}
				/>
			</span>
			<span className="sk-small sk-nowrap">
				{formatClock(recording.duration_ms)} ·{" "}
				{t("sessions.commands", { count: recording.commands })}
			</span>
		</div>
	);
}

function Actions({ session, onEnd }: { session: Session; onEnd: (session: Session) => void }) {
	const t = useT();
	const mine = useMe()?.id === session.user.id;
	const mayEnd = useMay("session.terminate") || mine;
	const mayReplay = useMay("recording.view");
	const open = OPEN.includes(session.state);
	return (
		<span className="sk-row">
			{mayReplay && session.recording && session.recording.state !== "lost" && (
				<LinkButton to={`/sessions/${session.id}`} variant="secondary" small testId="replay">
					{t("action.replay")}
				</LinkButton>
			)}
			{open && mayEnd && (
				<Button
					variant="danger"
					size="sm"
					onClick={() => onEnd(session)}
					aria-label={t("terminate.label", { name: sessionName(session) })}
					data-testid="terminate"
				>
					{t("action.end")}
				</Button>
			)}
		</span>
	);
}

function TerminateModal({ session, onClose }: { session: Session; onClose: () => void }) {
	const t = useT();
	const terminate = useTerminateSession();
	const { values, set } = useFields({ reason: t("terminate.default_reason") });
	return (
		<FormModal
			testId="terminate-dialog"
			title={t("terminate.title", {
				user: session.user.display_name,
				name: sessionName(session),
			})}
			description={t("terminate.body")}
			submit={t("action.terminate")}
			danger
			pending={terminate.isPending}
			disabled={values.reason.trim() === ""}
			error={terminate.error}
			onSubmit={() =>
				terminate.mutate({ id: session.id, reason: values.reason.trim() }, { onSuccess: onClose })
			}
			onClose={onClose}
		>
			<TextField
				name="reason"
				label={t("terminate.reason")}
				value={values.reason}
				onChange={(value) => set("reason", value)}
				error={terminate.error}
				maxLength={255}
				required
			/>
		</FormModal>
	);
}
