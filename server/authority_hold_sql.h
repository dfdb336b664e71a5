/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_AUTHORITY_HOLD_SQL_H
#define SERVER_AUTHORITY_HOLD_SQL_H

#include "base/ctx.h"
#include "base/uuid.h"

/* An open session that is not held, and its sign-in. Texts in the arena. */
struct hold_row {
	struct uuid session_id, sign_in_id, user_id;
	const char *login, *account, *target;
	const char *ended; /* why the sign-in ended; NULL: it has not been */
	int64_t created_at, last_seen_at, idle_expires_at, expires_at;
};
/* Those whose sign-in has ended or has run out by what is written of it. */
enum err hold_sql_over(struct ctx *ctx, int64_t now, struct hold_row *out, size_t max,
		       size_t *out_count) ERR_CHECKED;
/* Open ones that were held until then at the latest. */
enum err hold_sql_late(struct ctx *ctx, int64_t until, struct uuid *out, size_t max,
		       size_t *out_count) ERR_CHECKED;
/* ERR_NOT_FOUND: over, held, or without a sign-in. */
enum err hold_sql_one(struct ctx *ctx, const struct uuid *session_id,
		      struct hold_row *out) ERR_CHECKED;
/* *out_changed false: it has ended or was held meanwhile. */
enum err hold_sql_set(struct ctx *ctx, const struct uuid *session_id, int64_t until,
		      bool *out_changed) ERR_CHECKED;

#endif
