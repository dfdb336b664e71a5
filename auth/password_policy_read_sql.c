/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/password_policy_read_sql.h"

#include "auth/auth.h"
#include "rbac/group_cte.h"

static const struct db_stmt of_user = {
	"password_policy.of_user",
	"WITH RECURSIVE " CTE_GROUPS_OF_USER ", a (id) AS (SELECT DISTINCT pg.policy_id "
	"FROM password_policy_group pg JOIN g ON g.id = pg.group_id) "
	"SELECT " PASSWORD_POLICY_COLUMNS
	" FROM password_policy p WHERE p.id IN (SELECT id FROM a) OR "
	"(p.is_default AND NOT EXISTS (SELECT 1 FROM a)) ORDER BY p.profile",
	1, PASSWORD_POLICY_COLUMN_COUNT};
static const struct db_stmt all = {"password_policy.list",
				   "SELECT " PASSWORD_POLICY_COLUMNS
				   " FROM password_policy p ORDER BY p.profile",
				   0, PASSWORD_POLICY_COLUMN_COUNT};
static const struct db_stmt one = {"password_policy.get",
				   "SELECT " PASSWORD_POLICY_COLUMNS
				   " FROM password_policy p WHERE p.id = ?",
				   1, PASSWORD_POLICY_COLUMN_COUNT};
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

enum err password_policy_read(struct ctx *ctx, const struct db_stmt *stmt,
			      const struct db_param *params,
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
	enum err err = password_policy_read(ctx, &of_user, params, found, &count);

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
	return password_policy_read(ctx, &all, NULL, out, out_count);
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

enum err password_policy_sql_groups(struct ctx *ctx, const struct uuid *id, for_groups_fn *fn,
				    void *arg)
{
	return for_groups_read(ctx, &groups_of, id, fn, arg);
}
