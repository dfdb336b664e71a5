/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_BREAK_GLASS_SQL_H
#define AUTH_BREAK_GLASS_SQL_H

#include "auth/break_glass.h"

struct break_glass_row {
	int64_t slot;
	struct uuid user_id;
	const char *networks;
};
/* ERR_NOT_FOUND: not such an account. */
enum err break_glass_sql_of(struct ctx *ctx, const struct uuid *user_id,
			    struct break_glass_row *out) ERR_CHECKED;
/* All, locked; out_count at most BREAK_GLASS_MAX. */
enum err break_glass_sql_lock(struct ctx *ctx, struct break_glass_row out[BREAK_GLASS_MAX],
			      size_t *out_count) ERR_CHECKED;
enum err break_glass_sql_put(struct ctx *ctx, const struct break_glass_row *row,
			     const struct uuid *event_id) ERR_CHECKED;
enum err break_glass_sql_drop(struct ctx *ctx, const struct uuid *user_id) ERR_CHECKED;

enum err break_glass_sql_used(struct ctx *ctx, const struct uuid *event_id,
			      const struct uuid *user_id) ERR_CHECKED;
/* By somebody else than who used it. */
enum err break_glass_sql_acknowledge(struct ctx *ctx, const struct uuid *by,
				     uint64_t *out_count) ERR_CHECKED;

#endif
