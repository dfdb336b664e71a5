// SPDX-License-Identifier: GPL-3.0-or-later
import type { Role } from "../../api/types";
import { useT } from "../../i18n";
import { ChecksField } from "../../ui/form";

export const ROLES: Role[] = ["administrator", "approver", "user", "auditor", "gateway_operator"];

export function useRoleName(): (role: Role) => string {
	const t = useT();
	return (role) => t(`role.${role}`);
}

export function RoleChecks(props: { value: Role[]; onChange: (roles: Role[]) => void }) {
	const t = useT();
	const roleName = useRoleName();
	return (
		<ChecksField
			name="roles"
			label={t("users.roles")}
			choices={ROLES.map((value) => ({ value, label: roleName(value) }))}
			value={props.value}
			onChange={props.onChange}
		/>
	);
}
