/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_RESET_SQL_H
#define AUTH_RESET_SQL_H

#include "base/ctx.h"
#include "base/uuid.h"

/* Who asked since then for a person's reset; locks it. ERR_NOT_FOUND. */
enum err reset_sql_asked_by(struct ctx *ctx, const struct uuid *user_id, int64_t since,
			    struct uuid *out) ERR_CHECKED;
/* Replaces an earlier one. */
enum err reset_sql_ask(struct ctx *ctx, const struct uuid *user_id,
		       const struct uuid *asked_by) ERR_CHECKED;
enum err reset_sql_forget(struct ctx *ctx, const struct uuid *user_id) ERR_CHECKED;

#endif
