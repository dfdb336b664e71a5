// SPDX-License-Identifier: GPL-3.0-or-later
import { Button } from "@patternfly/react-core";
import { useState } from "react";
import {
	useArchiveWorkflow,
	useCreateWorkflow,
	useUpdateWorkflow,
	useWorkflows,
	type WorkflowBody,
} from "../../api/admin";
import { useMay } from "../../api/me";
import type { Workflow } from "../../api/types";
import { useT } from "../../i18n";
import { lastCursor, useUrlState } from "../../lib/search";
import { type Column, DataTable } from "../../ui/DataTable";
import { AreaField, CheckField, FormModal, TextField, useFields } from "../../ui/form";
import { ListBar, ListSearch } from "../../ui/ListBar";
import { PageFrame } from "../../ui/PageFrame";
import { useGroupChoices } from "./choices";
import { AddButton, AdminEmpty, ArchiveModal, PickerField, RowActions, useSaved } from "./parts";

type Open = { kind: "add" } | { kind: "edit" | "archive"; workflow: Workflow } | null;

export function WorkflowsScreen() {
	const t = useT();
	const { search } = useUrlState();
	const [open, setOpen] = useState<Open>(null);
	const manages = useMay("policy.manage");
	const archive = useArchiveWorkflow();
	const query = useWorkflows({ q: search.q, cursor: lastCursor(search.p) });
	const close = () => setOpen(null);
	return (
		<PageFrame
			title={t("workflows.title")}
			ready={!query.isPending}
			actions={
				manages && <AddButton label={t("workflows.add")} onClick={() => setOpen({ kind: "add" })} />
			}
		>
			<ListBar>{[<ListSearch key="q" label={t("workflows.search")} />]}</ListBar>
			<DataTable
				label={t("workflows.title")}
				columns={useColumns(manages, setOpen)}
				query={query}
				rowKey={(workflow) => workflow.id}
				testId="workflows"
				empty={<AdminEmpty />}
			/>
			{open?.kind === "add" && <WorkflowModal onClose={close} />}
			{open?.kind === "edit" && <WorkflowModal workflow={open.workflow} onClose={close} />}
			{open?.kind === "archive" && (
				<ArchiveModal object={open.workflow} archive={archive} onClose={close} />
			)}
		</PageFrame>
	);
}

function useColumns(manages: boolean, onOpen: (open: Open) => void): Column<Workflow>[] {
	const t = useT();
	return [
		{ key: "name", label: t("column.name"), render: (workflow) => workflow.name },
		{
			key: "stages",
			label: t("workflows.stages"),
			render: (workflow) =>
				workflow.stages.length === 0
					? t("workflows.no_stages")
					: workflow.stages
							.map((stage) =>
								t("workflows.stage_text", { group: stage.group.name, count: stage.needed }),
							)
							.join(t("list.then")),
		},
		{ key: "max", label: t("workflows.max_minutes"), render: (workflow) => workflow.max_minutes },
		{
			key: "ahead",
			label: t("workflows.max_ahead"),
			render: (workflow) => workflow.max_ahead_days,
		},
		{
			key: "ticket",
			label: t("request.ticket"),
			render: (workflow) => t(workflow.ticket_required ? "value.yes" : "value.no"),
		},
		{
			key: "actions",
			label: t("column.actions"),
			action: true,
			render: (workflow) =>
				manages && (
					<RowActions
						name={workflow.name}
						onEdit={() => onOpen({ kind: "edit", workflow })}
						onArchive={() => onOpen({ kind: "archive", workflow })}
					/>
				),
		},
	];
}

interface StageFields {
	key: number;
	group: string;
	name: string;
	needed: string;
}

let nextKey = 1;
const newStage = (): StageFields => ({ key: nextKey++, group: "", name: "", needed: "1" });

function initial(workflow: Workflow | undefined) {
	return {
		name: workflow?.name ?? "",
		description: workflow?.description ?? "",
		self_approval: workflow?.self_approval ?? false,
		ticket_required: workflow?.ticket_required ?? true,
		max_minutes: String(workflow?.max_minutes ?? 240),
		max_ahead_days: String(workflow?.max_ahead_days ?? 14),
		stages: workflow
			? workflow.stages.map((stage) => ({
					...newStage(),
					group: stage.group.id,
					name: stage.group.name,
					needed: String(stage.needed),
				}))
			: [newStage()],
	};
}

function WorkflowModal({ workflow, onClose }: { workflow?: Workflow; onClose: () => void }) {
	const t = useT();
	const create = useCreateWorkflow();
	const update = useUpdateWorkflow();
	const saved = useSaved(onClose);
	const { values, set } = useFields(initial(workflow));
	const error = create.error ?? update.error;
	const body: WorkflowBody = {
		...values,
		name: values.name.trim(),
		max_minutes: Number(values.max_minutes),
		max_ahead_days: Number(values.max_ahead_days),
		stages: values.stages.map((stage) => ({ group_id: stage.group, needed: Number(stage.needed) })),
	};
	const submit = () => {
		if (workflow) update.mutate({ id: workflow.id, version: workflow.version, body }, saved);
		else create.mutate(body, saved);
	};
	return (
		<FormModal
			testId="workflow-dialog"
			title={t(workflow ? "workflows.edit" : "workflows.add")}
			submit={t("action.save")}
			pending={create.isPending || update.isPending}
			disabled={body.name === "" || values.stages.some((stage) => stage.group === "")}
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
			<AreaField
				name="description"
				label={t("column.description")}
				value={values.description}
				onChange={(value) => set("description", value)}
				error={error}
				maxLength={1000}
				rows={2}
			/>
			<div className="sk-grid-fields">
				<TextField
					name="max_minutes"
					type="number"
					min={1}
					max={10080}
					label={t("workflows.max_minutes")}
					value={values.max_minutes}
					onChange={(value) => set("max_minutes", value)}
					error={error}
					required
				/>
				<TextField
					name="max_ahead_days"
					type="number"
					min={0}
					max={365}
					label={t("workflows.max_ahead")}
					value={values.max_ahead_days}
					onChange={(value) => set("max_ahead_days", value)}
					error={error}
					required
				/>
			</div>
			<CheckField
				name="ticket_required"
				label={t("workflows.ticket")}
				value={values.ticket_required}
				onChange={(value) => set("ticket_required", value)}
			/>
			<CheckField
				name="self_approval"
				label={t("workflows.self")}
				help={t("workflows.self_help")}
				value={values.self_approval}
				onChange={(value) => set("self_approval", value)}
			/>
			<Stages value={values.stages} onChange={(stages) => set("stages", stages)} />
		</FormModal>
	);
}

function Stages({
	value,
	onChange,
}: {
	value: StageFields[];
	onChange: (stages: StageFields[]) => void;
}) {
	const t = useT();
	const change = (key: number, patch: Partial<StageFields>) =>
		onChange(value.map((stage) => (stage.key === key ? { ...stage, ...patch } : stage)));
	return (
		<fieldset className="sk-stack">
			<legend>{t("workflows.stages")}</legend>
			{value.length === 0 && <p>{t("workflows.no_stages")}</p>}
			{value.map((stage, index) => (
				<div key={stage.key} className="sk-grid-fields">
					<PickerField
						name={`stages.${index}.group_id`}
						label={`${t("workflows.stage", { n: index + 1 })}: ${t("workflows.group")}`}
						value={stage.group}
						onChange={(group) => change(stage.key, { group })}
						useChoices={useGroupChoices}
						current={stage.name ? { value: stage.group, label: stage.name } : undefined}
						required
					/>
					<TextField
						name={`stages.${index}.needed`}
						type="number"
						min={1}
						max={16}
						label={t("workflows.needed")}
						value={stage.needed}
						onChange={(needed) => change(stage.key, { needed })}
					/>
					<Button
						variant="link"
						onClick={() => onChange(value.filter((each) => each.key !== stage.key))}
					>
						{t("action.remove")}
					</Button>
				</div>
			))}
			{value.length < 8 && (
				<div>
					<Button
						variant="secondary"
						onClick={() => onChange([...value, newStage()])}
						data-testid="add-stage"
					>
						{t("workflows.add_stage")}
					</Button>
				</div>
			)}
		</fieldset>
	);
}
