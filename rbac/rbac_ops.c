/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/arena.h"
#include "base/sys.h"
#include "rbac/group_ops.h"
#include "rbac/rbac_api.h"
#include "rbac/rule_ops.h"

static const struct op_write rows[] = {
	{"groups.create", group_create},   {"groups.update", group_update},
	{"groups.archive", group_archive}, {"groups.members", group_members},
	{"groups.roles", group_roles},	   {"users.roles", user_roles},
	{"rules.create", rule_create},	   {"rules.update", rule_update},
	{"rules.archive", rule_archive},   {NULL, NULL},
};

const struct op_write *rbac_writes(void)
{
	return rows;
}
