/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rbac/role.h"

#include <string.h>

static const enum permission approver[] = {PERM_TARGET_USE, PERM_REQUEST_APPROVE, PERM_NONE};
static const enum permission user[] = {PERM_TARGET_USE, PERM_NONE};
static const enum permission auditor[] = {
	PERM_AUDIT_VIEW,  PERM_AUDIT_EXPORT,	 PERM_RECORDING_VIEW,	PERM_REPORT_VIEW,
	PERM_TARGET_VIEW, PERM_SESSION_VIEW_ALL, PERM_REQUEST_VIEW_ALL, PERM_USER_VIEW,
	PERM_POLICY_VIEW, PERM_GATEWAY_VIEW,	 PERM_SYSTEM_VIEW,	PERM_NONE,
};
static const enum permission gateway_operator[] = {
	PERM_GATEWAY_VIEW, PERM_GATEWAY_MANAGE, PERM_TARGET_VIEW, PERM_SYSTEM_VIEW, PERM_NONE,
};

/* The administrator holds everything, because nobody can grant what they lack. What an
 * administrator may use is still decided by access rules and workflows. */
static const struct role_row rows[] = {
	{ROLE_ADMINISTRATOR, "管理者", "Administrator", NULL},
	{ROLE_APPROVER, "承認者", "Approver", approver},
	{ROLE_USER, "利用者", "User", user},
	{ROLE_AUDITOR, "監査者", "Auditor", auditor},
	{ROLE_GATEWAY_OPERATOR, "ゲートウェイ運用者", "Gateway operator", gateway_operator},
	{NULL, NULL, NULL, NULL},
};

const struct role_row *role_rows(void)
{
	return rows;
}

const struct role_row *role_by_name(const char *name)
{
	for (const struct role_row *row = rows; row->name != NULL; row++)
		if (strcmp(row->name, name) == 0)
			return row;
	return NULL;
}

static permission_set everything(void)
{
	return ((permission_set)1 << PERM__COUNT) - 2; /* all bits but PERM_NONE's */
}

permission_set role_permissions(const char *name)
{
	const struct role_row *row = role_by_name(name);
	if (row == NULL)
		return 0;
	if (row->permissions == NULL)
		return everything();
	permission_set set = 0;
	for (const enum permission *p = row->permissions; *p != PERM_NONE; p++)
		set |= (permission_set)1 << *p;
	return set;
}

bool role_exceeds_user(permission_set theirs)
{
	return (theirs & ~role_permissions(ROLE_USER)) != 0;
}

role_set role_bit(const char *name)
{
	const struct role_row *row = role_by_name(name);
	return row == NULL ? 0 : (role_set)1 << (row - rows);
}

permission_set role_set_permissions(role_set roles)
{
	permission_set set = 0;
	for (const struct role_row *row = rows; row->name != NULL; row++)
		if (roles >> (row - rows) & 1U)
			set |= role_permissions(row->name);
	return set;
}
