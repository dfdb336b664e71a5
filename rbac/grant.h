/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef RBAC_GRANT_H
#define RBAC_GRANT_H

#include <stddef.h>

#include "base/ctx.h"
#include "base/uuid.h"
#include "rbac/role.h"

/*
 * Role grants. A role given to a group holds for everybody in it and in the groups below. With
 * ctx->principal NULL the caller is the server itself (command line of its owner, seeding) and the
 * limits on the granting person do not apply.
 */
struct grant {
	const char *role;
	struct uuid group_id;	/* nil: given to the person directly */
	const char *group_name; /* NULL: directly */
};

/* What the person holds, and where from; in the arena. */
enum err grants_of_user(struct ctx *ctx, const struct uuid *user_id, struct grant **out,
			size_t *out_count) ERR_CHECKED;
/* The same as a set of roles, and as what they permit. */
enum err roles_of_user(struct ctx *ctx, const struct uuid *user_id, role_set *out) ERR_CHECKED;
enum err role_permissions_of_user(struct ctx *ctx, const struct uuid *user_id,
				  permission_set *out) ERR_CHECKED;
/* What they permitted at that moment (microseconds), as the history of people and groups says. */
enum err role_permissions_of_user_at(struct ctx *ctx, const struct uuid *user_id, int64_t at,
				     permission_set *out) ERR_CHECKED;
/* What membership of the group gives: its grants and those of the groups above it. */
enum err role_permissions_of_group(struct ctx *ctx, const struct uuid *group_id,
				   permission_set *out) ERR_CHECKED;

/* Nobody grants what they lack: ERR_DENIED "role.beyond_own" when set holds a permission that
 * ctx->principal has not. */
enum err grant_allowed(struct ctx *ctx, permission_set set) ERR_CHECKED;
/* Checks names (ERR_INPUT "role.unknown" on field) and grant_allowed for all of them. */
enum err grant_roles_allowed(struct ctx *ctx, const char *field, const char *const *roles,
			     size_t count) ERR_CHECKED;
/* Membership of the group may be given by ctx->principal: the group exists (else ERR_INPUT on
 * field) and gives nothing beyond the principal's own. */
enum err grant_membership_allowed(struct ctx *ctx, const char *field,
				  const struct uuid *group_id) ERR_CHECKED;

/* Call in the transaction after anything that may have taken an administrator away (roles,
 * membership, disabling, archiving): ERR_CONFLICT "role.last_administrator" when no active
 * administrator is left. Serialised by row locks, so two such changes cannot pass together. */
enum err grant_keep_administrator(struct ctx *ctx) ERR_CHECKED;

/* How many active administrators there are, with the same locks. */
enum err grant_administrators(struct ctx *ctx, int64_t *out) ERR_CHECKED;

/* Makes the roles of one person (user_id) or one group (group_id; the other NULL) exactly these.
 * Adding is limited by grant_roles_allowed; removing keeps an administrator. out_before, out_after:
 * the lists as text for the audit event ("auditor, user"), may be NULL. */
enum err grant_set(struct ctx *ctx, const struct uuid *user_id, const struct uuid *group_id,
		   const char *const *roles, size_t count, const struct uuid *event_id,
		   const char **out_before, const char **out_after) ERR_CHECKED;

#endif
