// SPDX-License-Identifier: GPL-3.0-or-later
import { useRoles } from "../../api/admin";
import { type ProgramRights, useCreateProgram, useUpdateProgram } from "../../api/programs";
import type { Permission, Program, Role } from "../../api/types";
import { useT } from "../../i18n";
import { AreaField, ChecksField, FormModal, TextField, useFields } from "../../ui/form";
import { useSaved } from "./parts";
import { ROLES, useRoleName } from "./RoleChecks";

/** Asking for accounts and approving are for people. */
const NEVER: readonly Permission[] = ["target.use", "request.approve"];

interface Values {
	name: string;
	display_name: string;
	roles: Role[];
	scopes: Permission[];
	networks: string;
	seconds: string;
}
const valuesOf = (program?: Program): Values => ({
	name: program?.name ?? "",
	display_name: program?.display_name ?? "",
	roles: program?.roles ?? [],
	scopes: program?.scopes ?? [],
	networks: program?.networks.join("\n") ?? "",
	seconds: String(program?.token_seconds ?? 600),
});

/** What each role gives a program: those that give nothing are not offered. */
function useGiven() {
	const { data } = useRoles();
	const given = new Map<Role, Permission[]>();
	for (const role of data?.items ?? [])
		given.set(
			role.name,
			role.permissions.filter((permission) => !NEVER.includes(permission)),
		);
	return given;
}

export function ProgramModal(props: {
	program?: Program;
	onClose: () => void;
	onAdded?: (program: Program) => void;
}) {
	const t = useT();
	const { program, onClose, onAdded } = props;
	const create = useCreateProgram();
	const update = useUpdateProgram();
	const saved = useSaved(onClose);
	const given = useGiven();
	const { values, set } = useFields(valuesOf(program));
	const chosen = new Set(values.roles.flatMap((role) => given.get(role) ?? []));
	const seconds = Number(values.seconds);
	const body: ProgramRights = {
		display_name: values.display_name.trim(),
		roles: values.roles,
		scopes: values.scopes.filter((scope) => chosen.has(scope)),
		networks: values.networks.split(/\s+/).filter((line) => line !== ""),
		token_seconds: seconds,
	};
	const change = program ? update : create;
	const submit = () =>
		program
			? update.mutate({ id: program.id, version: program.version, body }, saved)
			: create.mutate({ ...body, name: values.name }, { onSuccess: (made) => onAdded?.(made) });
	return (
		<FormModal
			testId="program-dialog"
			title={t(program ? "programs.edit" : "programs.add")}
			submit={t(program ? "action.save" : "action.add")}
			pending={change.isPending}
			disabled={
				values.name === "" ||
				body.display_name === "" ||
				body.scopes.length === 0 ||
				!Number.isInteger(seconds)
			}
			error={change.error}
			onSubmit={submit}
			onClose={onClose}
		>
			{!program && (
				<TextField
					name="name"
					label={t("programs.name")}
					help={t("programs.name_help")}
					value={values.name}
					onChange={(value) => set("name", value.trim().toLowerCase())}
					error={change.error}
					maxLength={56}
					autoComplete="off"
					mono
					required
				/>
			)}
			<Rights values={values} set={set} given={given} error={change.error} />
		</FormModal>
	);
}

function Rights(props: {
	values: Values;
	set: <K extends keyof Values>(name: K, value: Values[K]) => void;
	given: Map<Role, Permission[]>;
	error: unknown;
}) {
	const t = useT();
	const roleName = useRoleName();
	const { values, set, given, error } = props;
	const roles = ROLES.filter((role) => (given.get(role)?.length ?? 0) > 0);
	const scopes = [...new Set(values.roles.flatMap((role) => given.get(role) ?? []))];
	return (
		<>
			<TextField
				name="display_name"
				label={t("programs.display_name")}
				help={t("programs.display_name_help")}
				value={values.display_name}
				onChange={(value) => set("display_name", value)}
				error={error}
				maxLength={128}
				autoComplete="off"
				required
			/>
			<ChecksField
				name="roles"
				label={t("users.roles")}
				choices={roles.map((value) => ({ value, label: roleName(value) }))}
				value={values.roles}
				onChange={(next) => set("roles", next)}
			/>
			{scopes.length > 0 && (
				<ChecksField
					name="scopes"
					label={t("tokens.scopes")}
					choices={scopes.map((value) => ({ value, label: t(`permission.${value}`) }))}
					value={values.scopes}
					onChange={(next) => set("scopes", next)}
				/>
			)}
			<AreaField
				name="networks"
				label={t("tokens.networks")}
				help={t("tokens.networks_help")}
				value={values.networks}
				onChange={(value) => set("networks", value)}
				error={error}
				mono
			/>
			<TextField
				name="token_seconds"
				label={t("programs.seconds")}
				help={t("programs.seconds_help")}
				value={values.seconds}
				onChange={(value) => set("seconds", value)}
				error={error}
				maxLength={4}
				inputMode="numeric"
				required
			/>
		</>
	);
}
