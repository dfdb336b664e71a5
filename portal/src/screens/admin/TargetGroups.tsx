// SPDX-License-Identifier: GPL-3.0-or-later
import { useState } from "react";
import {
	useArchiveTargetGroup,
	useCreateTargetGroup,
	useTargetGroups,
	useUpdateTargetGroup,
} from "../../api/admin";
import { useMay } from "../../api/me";
import type { TargetGroup } from "../../api/types";
import { useT } from "../../i18n";
import { lastCursor, useUrlState } from "../../lib/search";
import { type Column, DataTable } from "../../ui/DataTable";
import { AreaField, FormModal, TextField, useFields } from "../../ui/form";
import { ListBar, ListSearch } from "../../ui/ListBar";
import { useTargetGroupChoices } from "./choices";
import { AddButton, AdminEmpty, ArchiveModal, PickerField, RowActions, useSaved } from "./parts";

type Open = { kind: "add" } | { kind: "edit" | "archive"; group: TargetGroup } | null;

export function TargetGroups() {
	const t = useT();
	const { search } = useUrlState();
	const [open, setOpen] = useState<Open>(null);
	const manages = useMay("target.manage");
	const archive = useArchiveTargetGroup();
	const query = useTargetGroups({ q: search.q, cursor: lastCursor(search.p) });
	const close = () => setOpen(null);
	const columns: Column<TargetGroup>[] = [
		{ key: "name", label: t("column.name"), render: (group) => group.name },
		{
			key: "description",
			label: t("column.description"),
			render: (group) => group.description || t("value.none"),
		},
		{ key: "count", label: t("ledger.targets_count"), render: (group) => group.target_count },
		{
			key: "actions",
			label: t("column.actions"),
			action: true,
			render: (group) =>
				manages && (
					<RowActions
						name={group.name}
						onEdit={() => setOpen({ kind: "edit", group })}
						onArchive={() => setOpen({ kind: "archive", group })}
					/>
				),
		},
	];
	return (
		<>
			<ListBar
				actions={
					manages && (
						<AddButton label={t("ledger.group_add")} onClick={() => setOpen({ kind: "add" })} />
					)
				}
			>
				{[<ListSearch key="q" label={t("groups.search")} />]}
			</ListBar>
			<DataTable
				label={t("ledger.groups")}
				columns={columns}
				query={query}
				rowKey={(group) => group.id}
				testId="target-groups"
				empty={<AdminEmpty />}
			/>
			{open?.kind === "add" && <TargetGroupModal onClose={close} />}
			{open?.kind === "edit" && <TargetGroupModal group={open.group} onClose={close} />}
			{open?.kind === "archive" && (
				<ArchiveModal object={open.group} archive={archive} onClose={close} />
			)}
		</>
	);
}

function TargetGroupModal({ group, onClose }: { group?: TargetGroup; onClose: () => void }) {
	const t = useT();
	const create = useCreateTargetGroup();
	const update = useUpdateTargetGroup();
	const saved = useSaved(onClose);
	const { values, set } = useFields({
		name: group?.name ?? "",
		description: group?.description ?? "",
		parent_id: group?.parent_id ?? "",
	});
	const error = create.error ?? update.error;
	const submit = () => {
		const body = { ...values, name: values.name.trim(), parent_id: values.parent_id || null };
		if (group) update.mutate({ id: group.id, version: group.version, body }, saved);
		else create.mutate(body, saved);
	};
	return (
		<FormModal
			testId="target-group-dialog"
			title={t(group ? "ledger.group_edit" : "ledger.group_add")}
			submit={t("action.save")}
			pending={create.isPending || update.isPending}
			disabled={values.name.trim() === ""}
			error={error}
			onSubmit={submit}
			onClose={onClose}
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
			<PickerField
				name="parent_id"
				label={t("admin.parent")}
				value={values.parent_id}
				onChange={(value) => set("parent_id", value)}
				useChoices={useTargetGroupChoices}
				error={error}
			/>
		</FormModal>
	);
}
