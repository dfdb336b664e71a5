/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/password_policy_sql.h"

#include "auth/auth.h"
#include "base/sys.h"
#include "rbac/group_cte.h"

#define COLUMNS                                                                                   \
	"p.id, p.profile, p.is_default, p.min_length, p.need_lower, p.need_upper, p.need_digit, " \
	"p.history, p.max_age_days, p.words, p.version"
enum { COLUMN_COUNT = 11 };

static const struct db_stmt of_user = {
	"password_policy.of_user",
	"WITH RECURSIVE " CTE_GROUPS_OF_USER ", a (id) AS (SELECT DISTINCT pg.policy_id "
	"FROM password_policy_group pg JOIN g ON g.id = pg.group_id) "
	"SELECT " COLUMNS " FROM password_policy p WHERE p.id IN (SELECT id FROM a) OR "
	"(p.is_default AND NOT EXISTS (SELECT 1 FROM a)) ORDER BY p.profile",
	1, COLUMN_COUNT};
static const struct db_stmt all = {"password_policy.list",
				   "SELECT " COLUMNS " FROM password_policy p ORDER BY p.profile",
				   0, COLUMN_COUNT};
static const struct db_stmt one = {"password_policy.get",
				   "SELECT " COLUMNS " FROM password_policy p WHERE p.id = ?", 1,
				   COLUMN_COUNT};
static const struct db_stmt groups_of = {
	"password_policy.groups",
	"SELECT g.id, g.name FROM password_policy_group pg JOIN user_group g "
	"ON g.id = pg.group_id AND NOT g.archived WHERE pg.policy_id = ? ORDER BY g.name",
	1, 2};

static const struct db_stmt *const read_stmts[] = {&of_user, &all, &one, &groups_of, NULL};
static const struct db_stmt_list read_list = {"password_policy_read", read_stmts};

const struct db_stmt_list *password_policy_read_statements(void)
{
	return &read_list;
}

static const struct db_stmt lock_all = {
	"password_policy.lock",
	"SELECT " COLUMNS " FROM password_policy p ORDER BY p.id FOR UPDATE", 0, COLUMN_COUNT};
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

static struct password_policy read_policy(struct db_rows *rows)
{
	return (struct password_policy){.id = db_uuid(rows, 0),
					.profile = db_text(rows, 1),
					.is_default = db_int(rows, 2) != 0,
					.min_length = db_int(rows, 3),
					.need_lower = db_int(rows, 4) != 0,
					.need_upper = db_int(rows, 5) != 0,
					.need_digit = db_int(rows, 6) != 0,
					.history = db_int(rows, 7),
					.max_age_days = db_int(rows, 8),
					.words = db_text(rows, 9),
					.version = db_int(rows, 10)};
}

static enum err read_all(struct ctx *ctx, const struct db_stmt *stmt, const struct db_param *params,
			 struct password_policy out[PASSWORD_POLICIES_MAX], size_t *out_count)
{
	struct db_rows *rows = NULL;
	size_t count = 0;
	enum err err = db_query(ctx, stmt, params, &rows);

	if (err != ERR_OK)
		return err;
	while (count < PASSWORD_POLICIES_MAX && db_next(rows))
		out[count++] = read_policy(rows);
	*out_count = count;
	return db_rows_close(rows);
}

enum err password_policy_of_user(struct ctx *ctx, const struct uuid *user_id,
				 struct password_policy *out)
{
	struct password_policy found[PASSWORD_POLICIES_MAX];
	size_t count = 0;
	const struct db_param params[] = {DB_P_UUID(user_id)};
	enum err err = read_all(ctx, &of_user, params, found, &count);

	if (err == ERR_OK && count == 0)
		return err_set(ctx, ERR_INTEGRITY, "There is no password policy at all.");
	for (size_t i = 1; i < count && err == ERR_OK; i++)
		err = password_policy_join(ctx, &found[0], &found[i]);
	if (err == ERR_OK)
		*out = found[0];
	return err;
}

enum err password_policy_sql_list(struct ctx *ctx,
				  struct password_policy out[PASSWORD_POLICIES_MAX],
				  size_t *out_count)
{
	return read_all(ctx, &all, NULL, out, out_count);
}

static void read_one(struct db_rows *rows, void *arg)
{
	*(struct password_policy *)arg = read_policy(rows);
}

enum err password_policy_sql_get(struct ctx *ctx, const struct uuid *id,
				 struct password_policy *out)
{
	const struct db_param params[] = {DB_P_UUID(id)};

	return db_one(ctx, &one, params, read_one, out);
}

enum err password_policy_sql_groups(struct ctx *ctx, const struct uuid *id,
				    void (*fn)(void *arg, const struct uuid *group,
					       const char *name),
				    void *arg)
{
	struct db_rows *rows = NULL;
	const struct db_param params[] = {DB_P_UUID(id)};
	enum err err = db_query(ctx, &groups_of, params, &rows);

	if (err != ERR_OK)
		return err;
	while (db_next(rows)) {
		struct uuid group = db_uuid(rows, 0);
		fn(arg, &group, db_text(rows, 1));
	}
	return db_rows_close(rows);
}

/* All of them, always in one order: changing one may change another. */
enum err password_policy_sql_lock(struct ctx *ctx, const struct uuid *id,
				  struct password_policy *out)
{
	struct password_policy found[PASSWORD_POLICIES_MAX];
	size_t count = 0;
	enum err err = read_all(ctx, &lock_all, NULL, found, &count);

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

enum err password_policy_sql_only_default(struct ctx *ctx, const struct uuid *id,
					  const struct uuid *event_id)
{
	const struct db_param params[] = {DB_P_UUID(event_id), DB_P_UUID(id)};

	return db_exec(ctx, &only_default, params, NULL);
}

enum err password_policy_sql_free_groups(struct ctx *ctx, const struct uuid *id)
{
	const struct db_param params[] = {DB_P_UUID(id)};

	return db_exec(ctx, &free_groups, params, NULL);
}

enum err password_policy_sql_take_group(struct ctx *ctx, const struct uuid *id,
					const struct uuid *group, const struct uuid *event_id)
{
	uint64_t taken = 0;
	const struct db_param which[] = {DB_P_UUID(group)};
	const struct db_param params[] = {DB_P_UUID(id), DB_P_UUID(event_id), DB_P_UUID(group)};
	enum err err = db_exec(ctx, &free_group, which, NULL);

	if (err == ERR_OK)
		err = db_exec(ctx, &take_group, params, &taken);
	return err == ERR_OK && taken == 0 ? ERR_NOT_FOUND : err;
}
