// SPDX-License-Identifier: GPL-3.0-or-later
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useCreateUser, useUsers } from "../../api/admin";
import { useMay } from "../../api/me";
import type { Role, User } from "../../api/types";
import { useT } from "../../i18n";
import { lastCursor, useUrlState } from "../../lib/search";
import { type Column, DataTable } from "../../ui/DataTable";
import { FormModal, TextField, useFields } from "../../ui/form";
import { ListBar, ListFilter, ListSearch } from "../../ui/ListBar";
import { PageFrame } from "../../ui/PageFrame";
import { StateLabel } from "../../ui/StateLabel";
import { Time } from "../../ui/Time";
import { useGroupChoices } from "./choices";
import { LinkDialog } from "./LinkDialog";
import { AddButton, AdminEmpty, PickerField } from "./parts";
import { RoleChecks, useRoleName } from "./RoleChecks";

const STATES = ["active", "invited", "disabled", "archived"] as const;

export function UsersScreen() {
	const t = useT();
	const { search } = useUrlState();
	const [adding, setAdding] = useState(false);
	const [added, setAdded] = useState<User | null>(null);
	const manages = useMay("user.manage");
	const groups = useGroupChoices();
	const query = useUsers({
		q: search.q,
		state: STATES.find((state) => state === search.state),
		group_id: search.group,
		cursor: lastCursor(search.p),
	});
	return (
		<PageFrame
			title={t("users.title")}
			ready={!query.isPending}
			actions={manages && <AddButton label={t("users.add")} onClick={() => setAdding(true)} />}
		>
			<ListBar>
				{[
					<ListSearch key="q" label={t("users.search")} />,
					<ListFilter
						key="state"
						name="state"
						label={t("column.state")}
						choices={STATES.map((value) => ({ value, label: t(`state.user.${value}`) }))}
					/>,
					<ListFilter key="group" name="group" label={t("column.group")} choices={groups} />,
				]}
			</ListBar>
			<DataTable
				label={t("users.title")}
				columns={useColumns()}
				query={query}
				rowKey={(user) => user.id}
				testId="users"
				empty={<AdminEmpty />}
			/>
			{adding && (
				<UserModal
					onClose={() => setAdding(false)}
					onAdded={(user) => {
						setAdding(false);
						setAdded(user);
					}}
				/>
			)}
			{added && <LinkDialog user={added} onClose={() => setAdded(null)} />}
		</PageFrame>
	);
}

function useColumns(): Column<User>[] {
	const t = useT();
	const roleName = useRoleName();
	return [
		{
			key: "name",
			label: t("users.display_name"),
			render: (user) => (
				<Link to="/admin/users/$id" params={{ id: user.id }} className="sk-name">
					{user.display_name}
				</Link>
			),
		},
		{
			key: "login",
			label: t("users.login"),
			render: (user) => <span className="sk-mono">{user.login}</span>,
		},
		{
			key: "state",
			label: t("column.state"),
			render: (user) => <StateLabel kind="user" state={user.state} />,
		},
		{
			key: "roles",
			label: t("users.roles"),
			render: (user) => user.roles.map(roleName).join(t("list.comma")) || t("value.none"),
		},
		{
			key: "groups",
			label: t("users.groups"),
			render: (user) =>
				user.groups.map((group) => group.name).join(t("list.comma")) || t("value.none"),
		},
		{ key: "last", label: t("users.last"), render: (user) => <Time at={user.last_sign_in_at} /> },
	];
}

function UserModal({ onClose, onAdded }: { onClose: () => void; onAdded: (user: User) => void }) {
	const t = useT();
	const create = useCreateUser();
	const mayRoles = useMay("role.manage");
	const { values, set } = useFields({
		login: "",
		display_name: "",
		email: "",
		group: "",
		roles: ["user"] as Role[],
	});
	const submit = () =>
		create.mutate(
			{
				login: values.login,
				display_name: values.display_name.trim(),
				language: "ja",
				...(values.email.trim() ? { email: values.email.trim() } : {}),
				...(values.group ? { group_ids: [values.group] } : {}),
				...(mayRoles ? { roles: values.roles } : {}),
			},
			{ onSuccess: onAdded },
		);
	return (
		<FormModal
			testId="user-dialog"
			title={t("users.add")}
			submit={t("action.add")}
			pending={create.isPending}
			disabled={values.login === "" || values.display_name.trim() === ""}
			error={create.error}
			onSubmit={submit}
			onClose={onClose}
		>
			<TextField
				name="login"
				label={t("users.login")}
				help={t("users.login_help")}
				value={values.login}
				onChange={(value) => set("login", value.trim().toLowerCase())}
				error={create.error}
				maxLength={64}
				autoComplete="off"
				required
			/>
			<TextField
				name="display_name"
				label={t("users.display_name")}
				value={values.display_name}
				onChange={(value) => set("display_name", value)}
				error={create.error}
				maxLength={128}
				autoComplete="off"
				required
			/>
			<TextField
				name="email"
				type="email"
				label={t("users.email")}
				help={t("users.email_help")}
				value={values.email}
				onChange={(value) => set("email", value)}
				error={create.error}
				maxLength={254}
				autoComplete="off"
			/>
			<PickerField
				name="group"
				label={t("users.groups")}
				value={values.group}
				onChange={(value) => set("group", value)}
				useChoices={useGroupChoices}
			/>
			{mayRoles && <RoleChecks value={values.roles} onChange={(roles) => set("roles", roles)} />}
		</FormModal>
	);
}
