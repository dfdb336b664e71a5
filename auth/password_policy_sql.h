/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_PASSWORD_POLICY_SQL_H
#define AUTH_PASSWORD_POLICY_SQL_H

#include "auth/password_policy.h"

enum { PASSWORD_POLICIES_MAX = 8 };

/* What a person's password must be: the policies of their groups and of those above joined, or the
 * default. */
enum err password_policy_of_user(struct ctx *ctx, const struct uuid *user_id,
				 struct password_policy *out) ERR_CHECKED;
enum err password_policy_sql_list(struct ctx *ctx,
				  struct password_policy out[PASSWORD_POLICIES_MAX],
				  size_t *out_count) ERR_CHECKED;
enum err password_policy_sql_get(struct ctx *ctx, const struct uuid *id,
				 struct password_policy *out) ERR_CHECKED;
/* One call per group the policy is for. */
enum err password_policy_sql_groups(struct ctx *ctx, const struct uuid *id,
				    void (*fn)(void *arg, const struct uuid *group,
					       const char *name),
				    void *arg) ERR_CHECKED;
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
