/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_PASSWORD_POLICY_SQL_H
#define AUTH_PASSWORD_POLICY_SQL_H

#include "auth/password_policy_read_sql.h"

/* Writes, in authority's transaction. */
enum err password_policy_sql_lock(struct ctx *ctx, const struct uuid *id,
				  struct password_policy *out) ERR_CHECKED;
enum err password_policy_sql_store(struct ctx *ctx, const struct password_policy *policy,
				   const struct uuid *event_id) ERR_CHECKED;
const struct for_groups_kind *password_policy_groups_kind(void);

#endif
