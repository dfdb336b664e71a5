/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_PASSWORD_POLICY_SQL_H
#define AUTH_PASSWORD_POLICY_SQL_H

#include "auth/password_policy_read_sql.h"

/* Writes, in authority's transaction. */
enum err password_policy_sql_lock(struct ctx *ctx, const struct uuid *id,
				  struct password_policy *out) ERR_CHECKED;
enum err password_policy_sql_store(struct ctx *ctx, const struct password_policy *policy,
				   const struct uuid *event_id) ERR_CHECKED;
/* The others are not the default any more. */
enum err password_policy_sql_only_default(struct ctx *ctx, const struct uuid *id,
					  const struct uuid *event_id) ERR_CHECKED;
enum err password_policy_sql_free_groups(struct ctx *ctx, const struct uuid *id) ERR_CHECKED;
/* Takes the group from the policy it was under. ERR_NOT_FOUND when there is no such group. */
enum err password_policy_sql_take_group(struct ctx *ctx, const struct uuid *id,
					const struct uuid *group,
					const struct uuid *event_id) ERR_CHECKED;

#endif
