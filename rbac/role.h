/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef RBAC_ROLE_H
#define RBAC_ROLE_H

#include <stddef.h>

#include "rbac/permission.h"

/*
 * Built-in roles: one row of the table in role.c is a role. Names are stored in role_grant and are
 * part of the API: never renamed, only added.
 */
#define ROLE_ADMINISTRATOR    "administrator"
#define ROLE_APPROVER	      "approver"
#define ROLE_USER	      "user"
#define ROLE_AUDITOR	      "auditor"
#define ROLE_GATEWAY_OPERATOR "gateway_operator"

struct role_row {
	const char *name;
	const char *title_ja, *title_en;
	const enum permission *permissions; /* ended by PERM_NONE; NULL: every permission */
};

/* All roles, ended by name NULL. */
const struct role_row *role_rows(void);
/* NULL when unknown. */
const struct role_row *role_by_name(const char *name);
/* What the role permits; 0 when unknown. */
permission_set role_permissions(const char *name);
/* Whether that is more than asking for targets, which everybody may. */
bool role_exceeds_user(permission_set theirs);

/* A bit for each row of role_rows, in their order. */
typedef uint32_t role_set;
/* 0 when unknown. */
role_set role_bit(const char *name);
permission_set role_set_permissions(role_set roles);

#endif
