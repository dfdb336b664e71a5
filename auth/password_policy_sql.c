/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/password_policy_sql.h"

#include "auth/auth.h"
#include "base/sys.h"

static const struct db_stmt lock_all = {"password_policy.lock",
					"SELECT " PASSWORD_POLICY_COLUMNS
					" FROM password_policy p ORDER BY p.id FOR UPDATE",
					0, PASSWORD_POLICY_COLUMN_COUNT};
static const struct db_stmt store = {
	"password_policy.store",
	"UPDATE password_policy SET is_default = ?, min_length = ?, need_lower = ?, "
	"need_upper = ?, need_digit = ?, history = ?, max_age_days = ?, words = ?, "
	"version = version + 1, updated_at = ?, event_id = ? WHERE id = ?",
	11, 0};
static const struct db_stmt only_default = {
	"password_policy.only_default",
	"UPDATE password_policy SET is_default = FALSE, version = version + 1, event_id = ? "
	"WHERE id <> ? AND is_default",
	2, 0};
static const struct db_stmt free_groups = {"password_policy.free_groups",
					   "DELETE FROM password_policy_group WHERE policy_id = ?",
					   1, 0};
static const struct db_stmt free_group = {
	"password_policy.free_group", "DELETE FROM password_policy_group WHERE group_id = ?", 1, 0};
static const struct db_stmt take_group = {
	"password_policy.take_group",
	"INSERT INTO password_policy_group (group_id, policy_id, event_id) "
	"SELECT id, ?, ? FROM user_group WHERE id = ? AND NOT archived",
	3, 0};

static const struct db_stmt *const write_stmts[] = {
	&lock_all, &store, &only_default, &free_groups, &free_group, &take_group, NULL};
static const struct db_stmt_list write_list = {"password_policy", write_stmts};

const struct db_stmt_list *password_policy_statements(void)
{
	return &write_list;
}

const struct for_groups_kind *password_policy_groups_kind(void)
{
	static const struct for_groups_kind kind = {.read = password_policy_sql_groups,
						    .only_default = &only_default,
						    .free_groups = &free_groups,
						    .free_group = &free_group,
						    .take_group = &take_group,
						    .needs_default = "policy.needs_default"};

	return &kind;
}

/* All of them, always in one order: changing one may change another. */
enum err password_policy_sql_lock(struct ctx *ctx, const struct uuid *id,
				  struct password_policy *out)
{
	struct password_policy found[PASSWORD_POLICIES_MAX];
	size_t count = 0;
	enum err err = password_policy_read(ctx, &lock_all, NULL, found, &count);

	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		if (!uuid_equal(&found[i].id, id))
			continue;
		*out = found[i];
		return ERR_OK;
	}
	return err == ERR_OK ? err_set(ctx, ERR_NOT_FOUND, "There is no such policy.") : err;
}

enum err password_policy_sql_store(struct ctx *ctx, const struct password_policy *policy,
				   const struct uuid *event_id)
{
	const struct db_param params[] = {
		DB_P_INT(policy->is_default),	DB_P_INT(policy->min_length),
		DB_P_INT(policy->need_lower),	DB_P_INT(policy->need_upper),
		DB_P_INT(policy->need_digit),	DB_P_INT(policy->history),
		DB_P_INT(policy->max_age_days), DB_P_TEXT(policy->words),
		DB_P_TIME(sys_real_us()),	DB_P_UUID(event_id),
		DB_P_UUID(&policy->id)};

	return db_exec(ctx, &store, params, NULL);
}
