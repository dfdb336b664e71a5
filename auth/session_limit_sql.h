/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SESSION_LIMIT_SQL_H
#define AUTH_SESSION_LIMIT_SQL_H

#include "auth/session_limit.h"

/* Writes, in authority's transaction. Locks all of them, always in one order: changing one may
 * change another. */
enum err session_limit_sql_lock(struct ctx *ctx, const struct uuid *id,
				struct session_limit *out) ERR_CHECKED;
enum err session_limit_sql_store(struct ctx *ctx, const struct session_limit *limit,
				 const struct uuid *event_id) ERR_CHECKED;
const struct for_groups_kind *session_limit_groups_kind(void);

#endif
