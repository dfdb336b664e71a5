/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef RBAC_RBAC_API_H
#define RBAC_RBAC_API_H

#include "rbac/op.h"

/* Operations on groups, roles and access rules; rows in rbac_api.c, handlers by id. */
const struct op *rbac_ops(void);
const struct op_write *rbac_writes(void); /* library rbac_ops */
const struct op_read *rbac_reads(void);	  /* library rbac_http */

/* Places of the fields, per operation. */
enum { LIST_Q, LIST_LIMIT, LIST_CURSOR, LIST_ARCHIVED, LIST_EFFECT };
enum { GROUP_NAME, GROUP_DESCRIPTION, GROUP_PARENT, GROUP_ID /* not when created */ };
enum { MEMBERS_ID, MEMBERS_USERS };
enum { ROLES_ID, ROLES_ROLES };
enum {
	RULE_F_NAME,
	RULE_F_EFFECT,
	RULE_F_USER,
	RULE_F_USER_GROUP,
	RULE_F_TARGET,
	RULE_F_TARGET_GROUP,
	RULE_F_PATTERN,
	RULE_F_WORKFLOW,
	RULE_F_ID /* not when created */
};
enum { EXPLAIN_USER, EXPLAIN_ACCOUNT };

#endif
