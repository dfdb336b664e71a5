/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_PASSWORD_POLICY_READ_SQL_H
#define AUTH_PASSWORD_POLICY_READ_SQL_H

#include "auth/for_groups.h"
#include "auth/password_policy.h"

#define PASSWORD_POLICY_COLUMNS                                                                   \
	"p.id, p.profile, p.is_default, p.min_length, p.need_lower, p.need_upper, p.need_digit, " \
	"p.history, p.max_age_days, p.words, p.version"
enum { PASSWORD_POLICY_COLUMN_COUNT = 11 };
enum { PASSWORD_POLICIES_MAX = 8 };
struct db_stmt;
struct db_param;

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
for_groups_read_fn password_policy_sql_groups;
/* The rows of a statement that selects PASSWORD_POLICY_COLUMNS. */
enum err password_policy_read(struct ctx *ctx, const struct db_stmt *stmt,
			      const struct db_param *params,
			      struct password_policy out[PASSWORD_POLICIES_MAX],
			      size_t *out_count) ERR_CHECKED;

#endif
