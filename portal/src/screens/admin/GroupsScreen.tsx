// SPDX-License-Identifier: GPL-3.0-or-later
import { Button, Checkbox, Skeleton, TextInput } from "@patternfly/react-core";
import { useState } from "react";
import {
	useArchiveGroup,
	useCreateGroup,
	useGroup,
	useGroupMembers,
	useGroupRoles,
	useGroups,
	useUpdateGroup,
	useUsers,
} from "../../api/admin";
import { useMay } from "../../api/me";
import type { Group } from "../../api/types";
import { useT } from "../../i18n";
import { lastCursor, useUrlState } from "../../lib/search";
import { type Column, DataTable } from "../../ui/DataTable";
import { AreaField, FormModal, TextField, useFields } from "../../ui/form";
import { ListBar, ListSearch } from "../../ui/ListBar";
import { PageFrame } from "../../ui/PageFrame";
import { useGroupChoices } from "./choices";
import { AddButton, AdminEmpty, ArchiveModal, PickerField, RowActions, useSaved } from "./parts";
import { RoleChecks, useRoleName } from "./RoleChecks";

type Open =
	| { kind: "add" }
	| { kind: "edit" | "members" | "roles" | "archive"; group: Group }
	| null;

export function GroupsScreen() {
	const t = useT();
	const { search } = useUrlState();
	const [open, setOpen] = useState<Open>(null);
	const manages = useMay("user.manage");
	const query = useGroups({ q: search.q, cursor: lastCursor(search.p) });
	return (
		<PageFrame
			title={t("groups.title")}
			ready={!query.isPending}
			actions={
				manages && <AddButton label={t("groups.add")} onClick={() => setOpen({ kind: "add" })} />
			}
		>
			<ListBar>{[<ListSearch key="q" label={t("groups.search")} />]}</ListBar>
			<DataTable
				label={t("groups.title")}
				columns={useColumns(setOpen)}
				query={query}
				rowKey={(group) => group.id}
				testId="groups"
				empty={<AdminEmpty />}
			/>
			<Dialogs open={open} onClose={() => setOpen(null)} />
		</PageFrame>
	);
}

function Dialogs({ open, onClose }: { open: Open; onClose: () => void }) {
	const archive = useArchiveGroup();
	if (!open) return null;
	switch (open.kind) {
		case "add":
			return <GroupModal onClose={onClose} />;
		case "edit":
			return <GroupModal group={open.group} onClose={onClose} />;
		case "members":
			return <MembersModal id={open.group.id} onClose={onClose} />;
		case "roles":
			return <GroupRolesModal group={open.group} onClose={onClose} />;
		case "archive":
			return <ArchiveModal object={open.group} archive={archive} onClose={onClose} />;
	}
}

function useColumns(onOpen: (open: Open) => void): Column<Group>[] {
	const t = useT();
	const roleName = useRoleName();
	const manages = useMay("user.manage");
	const mayRoles = useMay("role.manage");
	return [
		{ key: "name", label: t("column.name"), render: (group) => group.name },
		{
			key: "description",
			label: t("column.description"),
			render: (group) => group.description || t("value.none"),
		},
		{ key: "members", label: t("groups.members"), render: (group) => group.member_ids.length },
		{
			key: "roles",
			label: t("users.roles"),
			render: (group) => group.roles.map(roleName).join(t("list.comma")) || t("value.none"),
		},
		{
			key: "actions",
			label: t("column.actions"),
			action: true,
			render: (group) =>
				manages && (
					<RowActions
						name={group.name}
						onEdit={() => onOpen({ kind: "edit", group })}
						onArchive={() => onOpen({ kind: "archive", group })}
					>
						<Button
							variant="secondary"
							size="sm"
							onClick={() => onOpen({ kind: "members", group })}
							data-testid="members"
						>
							{t("groups.members")}
						</Button>
						{mayRoles && (
							<Button
								variant="secondary"
								size="sm"
								onClick={() => onOpen({ kind: "roles", group })}
								data-testid="group-roles"
							>
								{t("users.roles")}
							</Button>
						)}
					</RowActions>
				),
		},
	];
}

function GroupModal({ group, onClose }: { group?: Group; onClose: () => void }) {
	const t = useT();
	const create = useCreateGroup();
	const update = useUpdateGroup();
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
			testId="group-dialog"
			title={t(group ? "groups.edit" : "groups.add")}
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
				useChoices={useGroupChoices}
				error={error}
			/>
		</FormModal>
	);
}

function MembersModal({ id, onClose }: { id: string; onClose: () => void }) {
	const t = useT();
	const query = useGroup(id);
	if (!query.data) return <Skeleton height="2rem" screenreaderText={t("state.loading")} />;
	return <MembersForm group={query.data} onClose={onClose} />;
}

function MembersForm({ group, onClose }: { group: Group; onClose: () => void }) {
	const t = useT();
	const change = useGroupMembers();
	const saved = useSaved(onClose);
	const [q, setQ] = useState("");
	const [ids, setIds] = useState(group.member_ids);
	const found = useUsers({ q: q || undefined, limit: 50 }).data?.items ?? [];
	const listed = new Map(
		[...(group.members ?? []), ...found].map((user) => [user.id, user.display_name]),
	);
	const toggle = (id: string, on: boolean) =>
		setIds(on ? [...ids, id] : ids.filter((each) => each !== id));
	return (
		<FormModal
			testId="members-dialog"
			title={t("groups.members_of", { name: group.name })}
			submit={t("action.save")}
			pending={change.isPending}
			error={change.error}
			onSubmit={() =>
				change.mutate({ id: group.id, version: group.version, body: { user_ids: ids } }, saved)
			}
			onClose={onClose}
		>
			<TextInput
				type="search"
				aria-label={t("groups.member_search")}
				placeholder={t("groups.member_search")}
				value={q}
				onChange={(_event, value) => setQ(value)}
			/>
			<div className="sk-stack-tight">
				{[...listed].map(([userId, name]) => (
					<Checkbox
						key={userId}
						id={`member-${userId}`}
						label={name}
						isChecked={ids.includes(userId)}
						onChange={(_event, on) => toggle(userId, on)}
					/>
				))}
			</div>
		</FormModal>
	);
}

function GroupRolesModal({ group, onClose }: { group: Group; onClose: () => void }) {
	const t = useT();
	const change = useGroupRoles();
	const saved = useSaved(onClose);
	const { values, set } = useFields({ roles: group.roles });
	return (
		<FormModal
			testId="group-roles-dialog"
			title={t("groups.roles_of", { name: group.name })}
			submit={t("action.save")}
			pending={change.isPending}
			error={change.error}
			onSubmit={() => change.mutate({ id: group.id, version: group.version, body: values }, saved)}
			onClose={onClose}
		>
			<RoleChecks value={values.roles} onChange={(roles) => set("roles", roles)} />
		</FormModal>
	);
}
