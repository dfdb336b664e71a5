// SPDX-License-Identifier: GPL-3.0-or-later
import { useState } from "react";
import {
	type RuleBody,
	useArchiveRule,
	useCreateRule,
	useRules,
	useUpdateRule,
} from "../../api/admin";
import { useMay } from "../../api/me";
import type { Ref, Rule } from "../../api/types";
import { useT } from "../../i18n";
import { lastCursor, useUrlState } from "../../lib/search";
import { type Column, DataTable } from "../../ui/DataTable";
import { FormModal, SelectField, TextField, useFields } from "../../ui/form";
import { type Choice, ListBar, ListFilter, ListSearch } from "../../ui/ListBar";
import { PageFrame } from "../../ui/PageFrame";
import { StateLabel } from "../../ui/StateLabel";
import {
	useGroupChoices,
	useTargetChoices,
	useTargetGroupChoices,
	useUserChoices,
	useWorkflowChoices,
} from "./choices";
import { AddButton, AdminEmpty, ArchiveModal, PickerField, RowActions, useSaved } from "./parts";

const EFFECTS = ["allow", "deny"] as const;
type Open = { kind: "add" } | { kind: "edit" | "archive"; rule: Rule } | null;

export function RulesScreen() {
	const t = useT();
	const { search } = useUrlState();
	const [open, setOpen] = useState<Open>(null);
	const manages = useMay("policy.manage");
	const archive = useArchiveRule();
	const query = useRules({
		q: search.q,
		effect: EFFECTS.find((each) => each === search.effect),
		cursor: lastCursor(search.p),
	});
	const close = () => setOpen(null);
	return (
		<PageFrame
			title={t("rules.title")}
			description={t("rules.description")}
			ready={!query.isPending}
			actions={
				manages && <AddButton label={t("rules.add")} onClick={() => setOpen({ kind: "add" })} />
			}
		>
			<ListBar>
				{[
					<ListSearch key="q" label={t("rules.search")} />,
					<ListFilter
						key="effect"
						name="effect"
						label={t("rules.effect")}
						choices={EFFECTS.map((value) => ({ value, label: t(`state.effect.${value}`) }))}
					/>,
				]}
			</ListBar>
			<DataTable
				label={t("rules.title")}
				columns={useColumns(manages, setOpen)}
				query={query}
				rowKey={(rule) => rule.id}
				testId="rules"
				empty={<AdminEmpty />}
			/>
			{open?.kind === "add" && <RuleModal onClose={close} />}
			{open?.kind === "edit" && <RuleModal rule={open.rule} onClose={close} />}
			{open?.kind === "archive" && (
				<ArchiveModal object={open.rule} archive={archive} onClose={close} />
			)}
		</PageFrame>
	);
}

function useColumns(manages: boolean, onOpen: (open: Open) => void): Column<Rule>[] {
	const t = useT();
	return [
		{ key: "name", label: t("column.name"), render: (rule) => rule.name },
		{
			key: "effect",
			label: t("rules.effect"),
			render: (rule) => <StateLabel kind="effect" state={rule.effect} />,
		},
		{
			key: "who",
			label: t("rules.who"),
			render: (rule) => rule.user?.display_name ?? rule.user_group?.name ?? t("value.none"),
		},
		{
			key: "what",
			label: t("rules.what"),
			render: (rule) => rule.target?.name ?? rule.target_group?.name ?? t("value.none"),
		},
		{
			key: "accounts",
			label: t("rules.accounts"),
			render: (rule) => <span className="sk-mono">{rule.account_pattern}</span>,
		},
		{
			key: "workflow",
			label: t("rules.workflow"),
			render: (rule) => rule.workflow?.name ?? t("value.none"),
		},
		{
			key: "actions",
			label: t("column.actions"),
			action: true,
			render: (rule) =>
				manages && (
					<RowActions
						name={rule.name}
						onEdit={() => onOpen({ kind: "edit", rule })}
						onArchive={() => onOpen({ kind: "archive", rule })}
					/>
				),
		},
	];
}

const choice = (ref: Ref | null | undefined): Choice | undefined =>
	ref ? { value: ref.id, label: ref.name } : undefined;

function initial(rule: Rule | undefined) {
	return {
		name: rule?.name ?? "",
		effect: rule?.effect ?? ("allow" as const),
		subject: rule?.user ? "user" : "group",
		user: rule?.user?.id ?? "",
		user_group: rule?.user_group?.id ?? "",
		object: rule?.target ? "target" : "group",
		target: rule?.target?.id ?? "",
		target_group: rule?.target_group?.id ?? "",
		account_pattern: rule?.account_pattern ?? "*",
		workflow: rule?.workflow?.id ?? "",
	};
}

function bodyOf(values: ReturnType<typeof initial>): RuleBody {
	const when = (condition: boolean, id: string) => (condition && id ? id : null);
	return {
		name: values.name.trim(),
		effect: values.effect,
		user_id: when(values.subject === "user", values.user),
		user_group_id: when(values.subject === "group", values.user_group),
		target_id: when(values.object === "target", values.target),
		target_group_id: when(values.object === "group", values.target_group),
		account_pattern: values.account_pattern.trim() || "*",
		workflow_id: when(values.effect === "allow", values.workflow),
	};
}

function isComplete(body: RuleBody): boolean {
	return Boolean(
		body.name &&
			(body.user_id || body.user_group_id) &&
			(body.target_id || body.target_group_id) &&
			(body.effect === "deny" || body.workflow_id),
	);
}

function RuleModal({ rule, onClose }: { rule?: Rule; onClose: () => void }) {
	const t = useT();
	const create = useCreateRule();
	const update = useUpdateRule();
	const saved = useSaved(onClose);
	const { values, set } = useFields(initial(rule));
	const body = bodyOf(values);
	const error = create.error ?? update.error;
	const submit = () => {
		if (rule) update.mutate({ id: rule.id, version: rule.version, body }, saved);
		else create.mutate(body, saved);
	};
	return (
		<FormModal
			testId="rule-dialog"
			title={t(rule ? "rules.edit" : "rules.add")}
			submit={t("action.save")}
			pending={create.isPending || update.isPending}
			disabled={!isComplete(body)}
			error={error}
			onSubmit={submit}
			onClose={onClose}
			wide
		>
			<TextField
				name="name"
				label={t("column.name")}
				value={values.name}
				onChange={(value) => set("name", value)}
				error={error}
				maxLength={128}
				required
			/>
			<div className="sk-grid-fields">
				<SelectField
					name="effect"
					label={t("rules.effect")}
					value={values.effect}
					onChange={(value) => set("effect", value as "allow" | "deny")}
					choices={EFFECTS.map((value) => ({ value, label: t(`state.effect.${value}`) }))}
				/>
				<SelectField
					name="subject"
					label={t("rules.who")}
					value={values.subject}
					onChange={(value) => set("subject", value)}
					choices={[
						{ value: "group", label: t("rules.user_group") },
						{ value: "user", label: t("rules.user") },
					]}
				/>
				{values.subject === "user" ? (
					<PickerField
						name="user_id"
						label={t("rules.user")}
						value={values.user}
						onChange={(value) => set("user", value)}
						useChoices={useUserChoices}
						current={
							rule?.user ? { value: rule.user.id, label: rule.user.display_name } : undefined
						}
						error={error}
						required
					/>
				) : (
					<PickerField
						name="user_group_id"
						label={t("rules.user_group")}
						value={values.user_group}
						onChange={(value) => set("user_group", value)}
						useChoices={useGroupChoices}
						current={choice(rule?.user_group)}
						error={error}
						required
					/>
				)}
				<SelectField
					name="object"
					label={t("rules.what")}
					value={values.object}
					onChange={(value) => set("object", value)}
					choices={[
						{ value: "group", label: t("rules.target_group") },
						{ value: "target", label: t("rules.target") },
					]}
				/>
				{values.object === "target" ? (
					<PickerField
						name="target_id"
						label={t("rules.target")}
						value={values.target}
						onChange={(value) => set("target", value)}
						useChoices={useTargetChoices}
						current={choice(rule?.target)}
						error={error}
						required
					/>
				) : (
					<PickerField
						name="target_group_id"
						label={t("rules.target_group")}
						value={values.target_group}
						onChange={(value) => set("target_group", value)}
						useChoices={useTargetGroupChoices}
						current={choice(rule?.target_group)}
						error={error}
						required
					/>
				)}
				<TextField
					name="account_pattern"
					label={t("rules.accounts")}
					help={t("rules.accounts_help")}
					value={values.account_pattern}
					onChange={(value) => set("account_pattern", value)}
					error={error}
					maxLength={64}
					mono
				/>
				{values.effect === "allow" && (
					<PickerField
						name="workflow_id"
						label={t("rules.workflow")}
						value={values.workflow}
						onChange={(value) => set("workflow", value)}
						useChoices={useWorkflowChoices}
						current={choice(rule?.workflow)}
						error={error}
						required
					/>
				)}
			</div>
		</FormModal>
	);
}
