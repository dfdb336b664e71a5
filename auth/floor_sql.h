/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_FLOOR_SQL_H
#define AUTH_FLOOR_SQL_H

#include "auth/floor_read_sql.h"

/* Writes, in authority's transaction. Locks all of them, always in one order: changing one may
 * change another. */
enum err floor_sql_lock(struct ctx *ctx, const struct uuid *id,
			struct factor_floor *out) ERR_CHECKED;
enum err floor_sql_store(struct ctx *ctx, const struct factor_floor *floor,
			 const struct uuid *event_id) ERR_CHECKED;
const struct for_groups_kind *floor_groups_kind(void);

/* Active people who have nothing that meets their floor: how many; own: is self among them. Calls
 * fn for the first FLOOR_BELOW_MAX, self before the others. */
enum { FLOOR_BELOW_MAX = 100 };
struct floor_below {
	struct uuid id;
	const char *login, *display_name;
	struct factor_standing standing;
};
struct floor_below_sum {
	int64_t count;
	bool own;
};
enum err floor_sql_below(struct ctx *ctx, const struct uuid *self,
			 void (*fn)(void *arg, const struct floor_below *person), void *arg,
			 struct floor_below_sum *out) ERR_CHECKED;

#endif
