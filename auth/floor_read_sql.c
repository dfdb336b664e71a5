/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/floor_read_sql.h"

#include "auth/auth.h"
#include "rbac/group_cte.h"

static const struct db_stmt standing = {
	"factor_floor.standing",
	"WITH RECURSIVE " CTE_GROUPS_OF_USER
	" SELECT COALESCE((SELECT MAX(f.level) FROM factor_floor_group fg JOIN g ON g.id = "
	"fg.group_id JOIN factor_floor f ON f.id = fg.floor_id), (SELECT d.level FROM factor_floor "
	"d WHERE d.is_default)), COALESCE((SELECT MAX(" SQL_PASSKEY_LEVEL
	") FROM auth_passkey p WHERE p.user_id = ?), 0)",
	2, 2};
static const struct db_stmt all = {
	"factor_floor.list", "SELECT " FACTOR_FLOOR_COLUMNS " FROM factor_floor f ORDER BY f.level",
	0, FACTOR_FLOOR_COLUMN_COUNT};
static const struct db_stmt one = {
	"factor_floor.get", "SELECT " FACTOR_FLOOR_COLUMNS " FROM factor_floor f WHERE f.id = ?", 1,
	FACTOR_FLOOR_COLUMN_COUNT};
static const struct db_stmt groups_of = {
	"factor_floor.groups",
	"SELECT g.id, g.name FROM factor_floor_group fg JOIN user_group g ON g.id = fg.group_id "
	"AND NOT g.archived WHERE fg.floor_id = ? ORDER BY g.name",
	1, 2};

static const struct db_stmt *const stmts[] = {&standing, &all, &one, &groups_of, NULL};
static const struct db_stmt_list list = {"factor_floor_read", stmts};

const struct db_stmt_list *floor_read_statements(void)
{
	return &list;
}

static void read_standing(struct db_rows *rows, void *arg)
{
	*(struct factor_standing *)arg =
		(struct factor_standing){.floor = (enum factor_level)db_int(rows, 0),
					 .best = (enum factor_level)db_int(rows, 1)};
}

enum err factor_standing_of(struct ctx *ctx, const struct uuid *user_id,
			    struct factor_standing *out)
{
	const struct db_param params[] = {DB_P_UUID(user_id), DB_P_UUID(user_id)};

	return db_one(ctx, &standing, params, read_standing, out);
}

static void read_floor(struct db_rows *rows, void *arg)
{
	*(struct factor_floor *)arg =
		(struct factor_floor){.id = db_uuid(rows, 0),
				      .level = (enum factor_level)db_int(rows, 1),
				      .is_default = db_int(rows, 2) != 0,
				      .version = db_int(rows, 3)};
}

enum err floor_sql_read(struct ctx *ctx, const struct db_stmt *stmt,
			struct factor_floor out[FACTOR_LEVELS], size_t *out_count)
{
	struct db_rows *rows = NULL;
	size_t count = 0;
	enum err err = db_query(ctx, stmt, NULL, &rows);

	if (err != ERR_OK)
		return err;
	while (count < FACTOR_LEVELS && db_next(rows))
		read_floor(rows, &out[count++]);
	*out_count = count;
	return db_rows_close(rows);
}

enum err floor_sql_list(struct ctx *ctx, struct factor_floor out[FACTOR_LEVELS], size_t *out_count)
{
	return floor_sql_read(ctx, &all, out, out_count);
}

enum err floor_sql_get(struct ctx *ctx, const struct uuid *id, struct factor_floor *out)
{
	const struct db_param params[] = {DB_P_UUID(id)};

	return db_one(ctx, &one, params, read_floor, out);
}

enum err floor_sql_groups(struct ctx *ctx, const struct uuid *id, for_groups_fn *fn, void *arg)
{
	return for_groups_read(ctx, &groups_of, id, fn, arg);
}
