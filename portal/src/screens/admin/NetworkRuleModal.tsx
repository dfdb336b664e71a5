// SPDX-License-Identifier: GPL-3.0-or-later
import type { NetworkRule, NetworkRules } from "../../api/types";
import { useT } from "../../i18n";
import { AreaField, FormModal, SelectField, TextField, useFields } from "../../ui/form";
import { useUserChoices } from "./choices";
import { ROLES, useRoleName } from "./RoleChecks";

const ENTRANCES = ["any", "portal", "api"] as const;
const linesOf = (text: string) => text.split(/[\s,]+/).filter((line) => line !== "");

function whoOf(rule?: NetworkRule): string {
	if (rule?.role) return `role:${rule.role}`;
	return rule?.user_id ? `user:${rule.user_id}` : "";
}

/** One rule of the draft. The server looks at it when the whole is tried. */
export function NetworkRuleModal(props: {
	now: NetworkRules;
	rule?: NetworkRule;
	onClose: () => void;
	onDone: (rule: NetworkRule) => void;
}) {
	const t = useT();
	const roleName = useRoleName();
	const people = useUserChoices();
	const { values, set } = useFields({
		action: props.rule?.action ?? "allow",
		entrance: props.rule?.entrance ?? "any",
		who: whoOf(props.rule),
		networks: (props.rule?.networks ?? []).join("\n"),
		countries: (props.rule?.countries ?? []).join("\n"),
		asns: (props.rule?.asns ?? []).join("\n"),
		note: props.rule?.note ?? "",
	});
	const [kind, id = ""] = values.who.split(":");
	const rule: NetworkRule = {
		action: values.action,
		entrance: values.entrance,
		role: kind === "role" ? id : null,
		user_id: kind === "user" ? id : null,
		networks: linesOf(values.networks),
		countries: linesOf(values.countries).map((country) => country.toUpperCase()),
		asns: linesOf(values.asns).map((asn) => asn.replace(/^AS/i, "")),
		note: values.note.trim(),
	};
	const count =
		(rule.networks?.length ?? 0) + (rule.countries?.length ?? 0) + (rule.asns?.length ?? 0);
	return (
		<FormModal
			testId="network-rule-dialog"
			title={t(props.rule ? "network.edit_title" : "network.add")}
			submit={t(props.rule ? "action.save" : "action.add")}
			pending={false}
			disabled={count === 0}
			error={null}
			onSubmit={() => props.onDone(rule)}
			onClose={props.onClose}
		>
			<SelectField
				name="action"
				label={t("network.action")}
				value={values.action}
				onChange={(value) => set("action", value as NetworkRule["action"])}
				choices={(["allow", "deny"] as const).map((value) => ({
					value,
					label: t(`network.action.${value}`),
				}))}
			/>
			<SelectField
				name="entrance"
				label={t("network.entrance")}
				value={values.entrance}
				onChange={(value) => set("entrance", value as NetworkRule["entrance"])}
				choices={ENTRANCES.map((value) => ({ value, label: t(`network.entrance.${value}`) }))}
			/>
			<SelectField
				name="who"
				label={t("network.who")}
				value={values.who}
				onChange={(value) => set("who", value)}
				choices={[
					{ value: "", label: t("network.everybody") },
					...ROLES.map((role) => ({ value: `role:${role}`, label: roleName(role) })),
					...people.map((one) => ({ value: `user:${one.value}`, label: one.label })),
				]}
			/>
			<AreaField
				name="networks"
				label={t("network.networks")}
				help={t("network.networks_help")}
				value={values.networks}
				onChange={(value) => set("networks", value)}
				mono
			/>
			{props.now.knows_countries && (
				<AreaField
					name="countries"
					label={t("network.countries")}
					help={t("network.countries_help")}
					value={values.countries}
					onChange={(value) => set("countries", value)}
					mono
				/>
			)}
			{props.now.knows_asns && (
				<AreaField
					name="asns"
					label={t("network.asns")}
					help={t("network.asns_help")}
					value={values.asns}
					onChange={(value) => set("asns", value)}
					mono
				/>
			)}
			<TextField
				name="note"
				label={t("network.note")}
				value={values.note}
				onChange={(value) => set("note", value)}
				maxLength={200}
			/>
		</FormModal>
	);
}
