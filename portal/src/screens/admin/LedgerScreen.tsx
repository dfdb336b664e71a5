// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Tab, Tabs, TabTitleText } from "@patternfly/react-core";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTargets } from "../../api/admin";
import { useMay } from "../../api/me";
import type { TargetSummary } from "../../api/types";
import { useT } from "../../i18n";
import { lastCursor, useUrlState } from "../../lib/search";
import { type Column, DataTable } from "../../ui/DataTable";
import { reasonText } from "../../ui/errorText";
import { ListBar, ListFilter, ListSearch } from "../../ui/ListBar";
import { PageFrame } from "../../ui/PageFrame";
import { StateLabel } from "../../ui/StateLabel";
import { useTargetGroupChoices } from "./choices";
import { ImportModal } from "./ImportModal";
import { AddButton, AdminEmpty } from "./parts";
import { TargetGroups } from "./TargetGroups";
import { TargetModal } from "./TargetModal";

/** The ledger: machines and their groups. */
export function LedgerScreen() {
	const t = useT();
	const { search, set } = useUrlState();
	const tab = search.tab === "groups" ? "groups" : "targets";
	return (
		<PageFrame title={t("ledger.title")}>
			<Tabs
				activeKey={tab}
				aria-label={t("ledger.title")}
				onSelect={(_event, key) =>
					set({ tab: key === "groups" ? "groups" : undefined, q: undefined, p: undefined })
				}
			>
				<Tab
					eventKey="targets"
					tabContentId="ledger-panel"
					title={<TabTitleText>{t("ledger.tab.targets")}</TabTitleText>}
				/>
				<Tab
					eventKey="groups"
					tabContentId="ledger-panel"
					title={<TabTitleText>{t("ledger.tab.groups")}</TabTitleText>}
				/>
			</Tabs>
			<div id="ledger-panel" role="tabpanel" aria-label={t(`ledger.tab.${tab}`)}>
				{tab === "groups" ? <TargetGroups /> : <Targets />}
			</div>
		</PageFrame>
	);
}

function Targets() {
	const t = useT();
	const navigate = useNavigate();
	const { search } = useUrlState();
	const [adding, setAdding] = useState(false);
	const [importing, setImporting] = useState(false);
	const manages = useMay("target.manage");
	const groups = useTargetGroupChoices();
	const query = useTargets({
		q: search.q,
		group_id: search.group,
		archived: search.archived === "true" || undefined,
		cursor: lastCursor(search.p),
	});
	return (
		<>
			<ListBar
				actions={
					manages && (
						<>
							<Button
								variant="secondary"
								onClick={() => setImporting(true)}
								data-testid="import-open"
							>
								{t("import.open")}
							</Button>
							<AddButton label={t("ledger.add")} onClick={() => setAdding(true)} />
						</>
					)
				}
			>
				{[
					<ListSearch key="q" label={t("ledger.search")} />,
					<ListFilter key="group" name="group" label={t("column.group")} choices={groups} />,
					<ListFilter
						key="archived"
						name="archived"
						label={t("column.state")}
						choices={[{ value: "true", label: t("filter.archived") }]}
					/>,
				]}
			</ListBar>
			<DataTable
				label={t("ledger.title")}
				columns={useColumns()}
				query={query}
				rowKey={(target) => target.id}
				testId="ledger"
				empty={<AdminEmpty />}
			/>
			{importing && <ImportModal onClose={() => setImporting(false)} />}
			{adding && (
				<TargetModal
					onClose={() => setAdding(false)}
					onSaved={(id) => void navigate({ to: `/admin/targets/${id}` })}
				/>
			)}
		</>
	);
}

function useColumns(): Column<TargetSummary>[] {
	const t = useT();
	return [
		{
			key: "name",
			label: t("column.name"),
			render: (target) => (
				<Link to="/admin/targets/$id" params={{ id: target.id }}>
					{target.name}
				</Link>
			),
		},
		{
			key: "addresses",
			label: t("ledger.addresses"),
			render: (target) => (
				<span className="sk-mono sk-break">
					{target.addresses.join(", ")}:{target.port}
				</span>
			),
		},
		{ key: "group", label: t("column.group"), render: (target) => target.group.name },
		{
			key: "gateway",
			label: t("ledger.gateway_group"),
			render: (target) => target.gateway_group.name,
		},
		{ key: "accounts", label: t("ledger.accounts"), render: (target) => target.account_count },
		{
			key: "state",
			label: t("column.state"),
			render: (target) => (
				<div className="sk-stack-tight">
					<span>
						<StateLabel kind="target" state={target.state.state} />
					</span>
					{target.state.reason && (
						<span className="sk-small">{reasonText(t, target.state.reason)}</span>
					)}
				</div>
			),
		},
	];
}
