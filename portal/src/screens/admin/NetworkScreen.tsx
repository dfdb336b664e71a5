// SPDX-License-Identifier: GPL-3.0-or-later
import { Alert, Button } from "@patternfly/react-core";
import { useState } from "react";
import { useMay } from "../../api/me";
import { useNetworkRules } from "../../api/network";
import type { NetworkRule, Role } from "../../api/types";
import { useT } from "../../i18n";
import { type Column, DataTable } from "../../ui/DataTable";
import { PageFrame } from "../../ui/PageFrame";
import { useUserChoices } from "./choices";
import { NetworkRuleModal } from "./NetworkRuleModal";
import { NetworkSaveModal } from "./NetworkSaveModal";
import { AddButton } from "./parts";
import { useRoleName } from "./RoleChecks";

type Draft = NetworkRule & { key: number };
type Asking = { what: "add" } | { what: "edit"; rule: Draft } | { what: "save" };

let lastKey = 0;
const keyed = (rule: NetworkRule): Draft => ({ ...rule, key: ++lastKey });
const plain = ({ key: _key, ...rule }: Draft): NetworkRule => rule;

/** The rules as one list: changed here as a draft, looked at by the server, then put in force. */
export function NetworkScreen() {
	const t = useT();
	const query = useNetworkRules();
	const manages = useMay("policy.manage");
	const [draft, setDraft] = useState<Draft[] | null>(null);
	const [asking, setAsking] = useState<Asking | null>(null);
	const close = () => setAsking(null);
	const now = query.data;
	const rules = draft ?? (now?.rules ?? []).map((rule, at) => ({ ...rule, key: -at - 1 }));
	const put = (rule: NetworkRule, old?: Draft) => {
		setDraft(
			old
				? rules.map((each) => (each.key === old.key ? keyed(rule) : each))
				: [...rules, keyed(rule)],
		);
		close();
	};
	const columns = useColumns(
		manages
			? {
					edit: (rule) => setAsking({ what: "edit", rule }),
					remove: (rule) => setDraft(rules.filter((each) => each.key !== rule.key)),
				}
			: undefined,
	);
	return (
		<PageFrame
			title={t("network.title")}
			ready={!query.isPending}
			actions={
				manages && <AddButton label={t("network.add")} onClick={() => setAsking({ what: "add" })} />
			}
		>
			<div className="sk-stack">
				<p className="sk-small">
					{t("network.help")} {now && t("network.your_address", { address: now.your_address })}
				</p>
				{draft && (
					<Alert
						variant="info"
						isInline
						component="p"
						variantLabel={t("variant.info")}
						title={t("network.changed")}
						actionLinks={
							<>
								<Button
									variant="link"
									isInline
									onClick={() => setAsking({ what: "save" })}
									data-testid="save-network"
								>
									{t("network.save")}
								</Button>
								<Button variant="link" isInline onClick={() => setDraft(null)}>
									{t("network.discard")}
								</Button>
							</>
						}
					/>
				)}
				<DataTable
					label={t("network.title")}
					columns={columns}
					query={{ ...query, data: now && { items: rules, next_cursor: null } }}
					rowKey={(rule) => String(rule.key)}
					testId="network-rules"
					empty={<p>{t("network.empty")}</p>}
				/>
			</div>
			{asking?.what === "add" && now && (
				<NetworkRuleModal now={now} onClose={close} onDone={(rule) => put(rule)} />
			)}
			{asking?.what === "edit" && now && (
				<NetworkRuleModal
					now={now}
					rule={asking.rule}
					onClose={close}
					onDone={(rule) => put(rule, asking.rule)}
				/>
			)}
			{asking?.what === "save" && now && (
				<NetworkSaveModal
					now={now}
					rules={rules.map(plain)}
					onClose={close}
					onSaved={() => {
						setDraft(null);
						close();
					}}
				/>
			)}
		</PageFrame>
	);
}

function useColumns(act?: {
	edit: (rule: Draft) => void;
	remove: (rule: Draft) => void;
}): Column<Draft>[] {
	const t = useT();
	const roleName = useRoleName();
	const people = useUserChoices();
	const who = (rule: NetworkRule) =>
		rule.role
			? roleName(rule.role as Role)
			: rule.user_id
				? (people.find((choice) => choice.value === rule.user_id)?.label ?? rule.user_id)
				: t("network.everybody");
	const columns: Column<Draft>[] = [
		{
			key: "action",
			label: t("network.action"),
			render: (rule) => t(`network.action.${rule.action}`),
		},
		{
			key: "entrance",
			label: t("network.entrance"),
			render: (rule) => t(`network.entrance.${rule.entrance}`),
		},
		{ key: "who", label: t("network.who"), render: who },
		{
			key: "from",
			label: t("network.from"),
			render: (rule) => (
				<span className="sk-mono sk-small sk-break">
					{[
						...(rule.networks ?? []),
						...(rule.countries ?? []),
						...(rule.asns ?? []).map((asn) => `AS${asn}`),
					].join(", ")}
				</span>
			),
		},
		{ key: "note", label: t("network.note"), render: (rule) => rule.note ?? "" },
	];
	if (act)
		columns.push({
			key: "actions",
			label: t("column.actions"),
			action: true,
			render: (rule) => (
				<span className="sk-row">
					{(["edit", "remove"] as const).map((what) => (
						<Button
							key={what}
							variant="secondary"
							size="sm"
							onClick={() => act[what](rule)}
							data-testid={`${what}-network-rule`}
						>
							{t(`network.${what}`)}
						</Button>
					))}
				</span>
			),
		});
	return columns;
}
