/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_USER_H
#define AUTH_USER_H

#include <stdbool.h>

#include "base/ctx.h"
#include "base/uuid.h"

/* A person's row. Texts are in ctx->arena. */
struct user {
	struct uuid id;
	const char *login, *display_name, *language, *timezone, *theme, *state;
	const char *email; /* NULL: none */
	int64_t version;
};

/* ERR_NOT_FOUND when absent. lock: FOR UPDATE. */
enum err user_by_id(struct ctx *ctx, const struct uuid *id, bool lock,
		    struct user *out) ERR_CHECKED;
enum err user_by_login(struct ctx *ctx, const char *login, struct user *out) ERR_CHECKED;
/* State invited. A login in use: ERR_CONFLICT user.login_taken. event_id: the audit event's. */
enum err user_insert(struct ctx *ctx, const struct user *user,
		     const struct uuid *event_id) ERR_CHECKED;
/* Writes every changeable column and the next version; ERR_STALE when user->version is not the
 * current one. */
enum err user_store(struct ctx *ctx, const struct user *user,
		    const struct uuid *event_id) ERR_CHECKED;
enum err user_add_to_group(struct ctx *ctx, const struct uuid *user_id, const struct uuid *group_id,
			   const struct uuid *event_id) ERR_CHECKED;
enum err user_grant_role(struct ctx *ctx, const struct uuid *user_id, const char *role,
			 const struct uuid *event_id) ERR_CHECKED;
/* Nobody at all yet (bootstrap). */
enum err user_any(struct ctx *ctx, bool *out) ERR_CHECKED;

#endif
