/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_LANE_SQL_H
#define AUTH_LANE_SQL_H

#include "auth/lane.h"

struct lane_row {
	uint32_t fails;
	int64_t last_fail_at, next_at;
};

/* Locks the row. */
enum err lane_sql_get(struct ctx *ctx, const struct lane *lane, enum lane_authenticator what,
		      struct lane_row *out) ERR_CHECKED;
enum err lane_sql_put(struct ctx *ctx, const struct lane *lane, enum lane_authenticator what,
		      const struct lane_row *row) ERR_CHECKED;
enum err lane_sql_delete(struct ctx *ctx, const struct lane *lane,
			 enum lane_authenticator what) ERR_CHECKED;
enum err lane_sql_delete_all(struct ctx *ctx, const uint8_t *subject,
			     uint64_t *out_count) ERR_CHECKED;

#endif
