// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import { useState } from "react";
import {
	useArchiveGateway,
	useGateways,
	useReleaseGateway,
	useRevokeGateway,
} from "../../api/admin";
import { useMay } from "../../api/me";
import type { Gateway } from "../../api/types";
import { useT } from "../../i18n";
import { lastCursor, useUrlState } from "../../lib/search";
import { type Column, DataTable } from "../../ui/DataTable";
import { reasonText } from "../../ui/errorText";
import { FormModal } from "../../ui/form";
import { ListBar, ListFilter, ListSearch } from "../../ui/ListBar";
import { EmptyNotice } from "../../ui/Notice";
import { PageFrame } from "../../ui/PageFrame";
import { StateLabel } from "../../ui/StateLabel";
import { Time } from "../../ui/Time";
import { useGatewayGroupChoices } from "../admin/choices";
import { AddButton, ArchiveModal, RowActions } from "../admin/parts";
import { GatewayModal } from "./GatewayModal";
import { JoinDialog } from "./JoinDialog";

const STATES = ["enrolled", "waiting", "held", "revoked"] as const;
type Open =
	| { kind: "add" }
	| { kind: "edit" | "join" | "revoke" | "release" | "archive"; gateway: Gateway }
	| null;

export function GatewaysScreen() {
	const t = useT();
	const { search } = useUrlState();
	const [open, setOpen] = useState<Open>(null);
	const manages = useMay("gateway.manage");
	const groups = useGatewayGroupChoices();
	const query = useGateways({
		q: search.q,
		group_id: search.group,
		state: STATES.find((state) => state === search.state),
		cursor: lastCursor(search.p),
	});
	const add = manages && (
		<AddButton label={t("gateways.add")} onClick={() => setOpen({ kind: "add" })} />
	);
	const filtered = Boolean(search.q || search.state || search.group);
	return (
		<PageFrame title={t("gateways.title")} ready={!query.isPending} actions={add}>
			<ListBar>
				{[
					<ListSearch key="q" label={t("gateways.search")} />,
					<ListFilter key="group" name="group" label={t("gateways.group")} choices={groups} />,
					<ListFilter
						key="state"
						name="state"
						label={t("column.state")}
						choices={STATES.map((value) => ({ value, label: t(`state.gateway.${value}`) }))}
					/>,
				]}
			</ListBar>
			<DataTable
				label={t("gateways.title")}
				columns={useColumns(manages, setOpen)}
				query={query}
				rowKey={(gateway) => gateway.id}
				testId="gateways"
				empty={
					<EmptyNotice
						title={t(filtered ? "list.no_match" : "gateways.empty")}
						body={t(filtered ? "list.no_match_body" : "gateways.empty_body")}
					/>
				}
			/>
			<Dialogs open={open} onOpen={setOpen} onClose={() => setOpen(null)} />
		</PageFrame>
	);
}

function Dialogs({
	open,
	onOpen,
	onClose,
}: {
	open: Open;
	onOpen: (open: Open) => void;
	onClose: () => void;
}) {
	const t = useT();
	const archive = useArchiveGateway();
	const revoke = useRevokeGateway();
	const release = useReleaseGateway();
	if (!open) return null;
	if (open.kind === "add")
		return (
			<GatewayModal onClose={onClose} onSaved={(gateway) => onOpen({ kind: "join", gateway })} />
		);
	const { gateway } = open;
	if (open.kind === "edit")
		return <GatewayModal gateway={gateway} onClose={onClose} onSaved={onClose} />;
	if (open.kind === "join") return <JoinDialog gateway={gateway} onClose={onClose} />;
	if (open.kind === "archive")
		return <ArchiveModal object={gateway} archive={archive} onClose={onClose} />;
	if (open.kind === "release")
		return (
			<FormModal
				testId="release-dialog"
				title={t("gateways.release_title", { name: gateway.name })}
				description={t("gateways.release_body")}
				submit={t("action.release")}
				danger
				pending={release.isPending}
				error={release.error}
				onSubmit={() => release.mutate(gateway.id, { onSuccess: onClose })}
				onClose={onClose}
			/>
		);
	return (
		<FormModal
			testId="revoke-dialog"
			title={t("gateways.revoke_title", { name: gateway.name })}
			description={t("gateways.revoke_body")}
			submit={t("action.revoke")}
			danger
			pending={revoke.isPending}
			error={revoke.error}
			onSubmit={() => revoke.mutate(gateway.id, { onSuccess: onClose })}
			onClose={onClose}
		/>
	);
}

function useColumns(manages: boolean, onOpen: (open: Open) => void): Column<Gateway>[] {
	const t = useT();
	return [
		{
			key: "name",
			label: t("column.name"),
			render: (gateway) => <span className="sk-break">{gateway.name}</span>,
		},
		{ key: "group", label: t("gateways.group"), render: (gateway) => gateway.group.name },
		{
			key: "state",
			label: t("column.state"),
			render: (gateway) => <StateLabel kind="gateway" state={gateway.state} />,
		},
		{
			key: "presence",
			label: t("gateways.presence"),
			render: (gateway) => <Presence gateway={gateway} />,
		},
		{
			key: "actions",
			label: t("column.actions"),
			action: true,
			render: (gateway) => manages && <GatewayActions gateway={gateway} onOpen={onOpen} />,
		},
	];
}

/** State, last heartbeat, round trip and version: stale figures keep their age beside them. */
function Presence({ gateway }: { gateway: Gateway }) {
	const t = useT();
	const { presence } = gateway;
	const why = gateway.alarm ? null : presence.refused_reason;
	if (gateway.state !== "enrolled")
		return gateway.alarm ? (
			<AlarmText alarm={gateway.alarm} />
		) : (
			<span>{why ? reasonText(t, why) : t("value.none")}</span>
		);
	return (
		<div className="sk-stack-tight">
			<span className="sk-row">
				<StateLabel kind="presence" state={presence.state} />
				{presence.rtt_us !== null && (
					<span className="sk-small">
						{t("gateways.rtt_ms", { ms: (presence.rtt_us / 1000).toFixed(1) })}
					</span>
				)}
			</span>
			<span className="sk-small">
				{t("gateways.beat")} <Time at={presence.last_beat_at} seconds />
			</span>
			{gateway.alarm && <AlarmText alarm={gateway.alarm} />}
			{why && <span className="sk-small">{reasonText(t, why)}</span>}
			{presence.locked && <span className="sk-small">{t("gateways.locked")}</span>}
			<span className="sk-small">
				{gateway.certificate && (
					<>
						{t("gateways.certificate")} <Time at={gateway.certificate.not_after} />{" "}
					</>
				)}
				{presence.agent_version && `${t("gateways.agent")} ${presence.agent_version}`}
			</span>
		</div>
	);
}

/** What was seen of a copy, from where and when: the administrator decides by it. */
function AlarmText({ alarm }: { alarm: NonNullable<Gateway["alarm"]> }) {
	const t = useT();
	return (
		<div className="sk-stack-tight" data-testid="gateway-alarm">
			<strong className="sk-urgent">{reasonText(t, alarm.reason)}</strong>
			<span className="sk-small">
				{alarm.peer && (
					<>
						{t("gateways.peer")} <span className="sk-mono">{alarm.peer}</span>{" "}
					</>
				)}
				<Time at={alarm.at} />
			</span>
		</div>
	);
}

function GatewayActions({ gateway, onOpen }: { gateway: Gateway; onOpen: (open: Open) => void }) {
	const t = useT();
	return (
		<RowActions
			name={gateway.name}
			onEdit={() => onOpen({ kind: "edit", gateway })}
			{...(gateway.state === "enrolled" || gateway.state === "held"
				? {}
				: { onArchive: () => onOpen({ kind: "archive", gateway }) })}
		>
			{gateway.state !== "enrolled" && (
				<Button
					variant="secondary"
					size="sm"
					onClick={() => onOpen({ kind: "join", gateway })}
					data-testid="join"
				>
					{t("gateways.token")}
				</Button>
			)}
			{gateway.alarm && (
				<Button
					variant="secondary"
					size="sm"
					onClick={() => onOpen({ kind: "release", gateway })}
					data-testid="release"
				>
					{t("action.release")}
				</Button>
			)}
			{(gateway.state === "enrolled" || gateway.state === "held") && (
				<Button
					variant="link"
					size="sm"
					onClick={() => onOpen({ kind: "revoke", gateway })}
					data-testid="revoke"
				>
					{t("action.revoke")}
				</Button>
			)}
		</RowActions>
	);
}
