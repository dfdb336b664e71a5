/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef RBAC_PERMISSION_H
#define RBAC_PERMISSION_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Named permissions. The zero value is no permission at all and refuses. One row here (X-macro:
 * constant, stable name) makes a permission; roles list them in role.c.
 */
#define PERMISSIONS(P)                                                                             \
	P(PERM_TARGET_USE, "target.use") /* see and ask for targets within one's scope */          \
	P(PERM_REQUEST_APPROVE, "request.approve") /* decide where a workflow names one's group */ \
	P(PERM_SESSION_VIEW_ALL, "session.view_all") /* list everyone's sessions */                \
	P(PERM_SESSION_TERMINATE, "session.terminate")                                             \
	P(PERM_RECORDING_VIEW, "recording.view")                                                   \
	P(PERM_AUDIT_VIEW, "audit.view")                                                           \
	P(PERM_AUDIT_EXPORT, "audit.export")                                                       \
	P(PERM_REPORT_VIEW, "report.view")                                                         \
	P(PERM_REQUEST_VIEW_ALL, "request.view_all")                                               \
	P(PERM_TARGET_VIEW, "target.view") /* the whole target ledger */                           \
	P(PERM_TARGET_MANAGE, "target.manage")                                                     \
	P(PERM_SECRET_SET, "secret.set") /* store a new password or key */                         \
	P(PERM_USER_VIEW, "user.view")                                                             \
	P(PERM_USER_MANAGE, "user.manage")                                                         \
	P(PERM_ROLE_MANAGE, "role.manage")                                                         \
	P(PERM_POLICY_VIEW, "policy.view")                                                         \
	P(PERM_POLICY_MANAGE, "policy.manage") /* access rules and workflows */                    \
	P(PERM_GATEWAY_VIEW, "gateway.view")                                                       \
	P(PERM_GATEWAY_MANAGE, "gateway.manage")                                                   \
	P(PERM_SYSTEM_VIEW, "system.view")

enum permission {
	PERM_NONE = 0,
#define P(constant, name) constant,
	PERMISSIONS(P)
#undef P
		PERM__COUNT
};

/* Stable name, "" for PERM_NONE. */
const char *permission_name(enum permission permission);
/* PERM_NONE when unknown. */
enum permission permission_by_name(const char *name);

typedef uint64_t permission_set;
static inline bool permission_in(permission_set set, enum permission permission)
{
	return permission != PERM_NONE && (set >> permission & 1U);
}

#endif
