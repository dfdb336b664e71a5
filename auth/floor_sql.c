/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/floor_sql.h"

#include "auth/auth.h"
#include "base/sys.h"
#include "rbac/group_cte.h"

static const struct db_stmt lock_all = {"factor_floor.lock",
					"SELECT " FACTOR_FLOOR_COLUMNS
					" FROM factor_floor f ORDER BY f.level FOR UPDATE",
					0, FACTOR_FLOOR_COLUMN_COUNT};
static const struct db_stmt store = {"factor_floor.store",
				     "UPDATE factor_floor SET is_default = ?, version = version + "
				     "1, updated_at = ?, event_id = ? "
				     "WHERE id = ?",
				     4, 0};
static const struct db_stmt only_default = {
	"factor_floor.only_default",
	"UPDATE factor_floor SET is_default = FALSE, version = version + 1, event_id = ? "
	"WHERE id <> ? AND is_default",
	2, 0};
static const struct db_stmt free_groups = {
	"factor_floor.free_groups", "DELETE FROM factor_floor_group WHERE floor_id = ?", 1, 0};
static const struct db_stmt free_group = {
	"factor_floor.free_group", "DELETE FROM factor_floor_group WHERE group_id = ?", 1, 0};
static const struct db_stmt take_group = {
	"factor_floor.take_group",
	"INSERT INTO factor_floor_group (group_id, floor_id, event_id) "
	"SELECT id, ?, ? FROM user_group WHERE id = ? AND NOT archived",
	3, 0};
/* From each group that has a floor down to its members, as CTE_GROUPS_OF_USER goes up from them. */
static const struct db_stmt below = {
	"factor_floor.below",
	"WITH RECURSIVE d (id, level, depth) AS (SELECT g.id, f.level, CAST(0 AS SIGNED) FROM "
	"factor_floor_group fg JOIN factor_floor f ON f.id = fg.floor_id JOIN user_group g ON g.id "
	"= fg.group_id AND NOT g.archived UNION SELECT c.id, d.level, d.depth + 1 FROM d JOIN "
	"user_group c ON c.parent_id = d.id AND NOT c.archived WHERE d.depth < 16), "
	"w (user_id, level) AS (SELECT m.user_id, MAX(d.level) FROM d JOIN user_group_member m ON "
	"m.group_id = d.id AND " GIFT_COUNTS(
		"m") " GROUP BY m.user_id), "
		     "h (user_id, level) AS (SELECT p.user_id, MAX(" SQL_PASSKEY_LEVEL
		     ") FROM auth_passkey p GROUP BY p.user_id), "
		     "s (id, login, display_name, floor, best) AS (SELECT u.id, u.login, "
		     "u.display_name, "
		     "COALESCE(w.level, (SELECT x.level FROM factor_floor x WHERE x.is_default)), "
		     "COALESCE(h.level, 0) FROM user u LEFT JOIN w ON w.user_id = u.id LEFT JOIN h "
		     "ON "
		     "h.user_id = u.id WHERE u.state = 'active') "
		     "SELECT s.id, s.login, s.display_name, s.floor, s.best, COUNT(*) OVER (), "
		     "s.id = ? FROM s "
		     "WHERE s.floor > s.best ORDER BY s.id = ? DESC, s.login LIMIT 100",
	2, 7};

static const struct db_stmt *const stmts[] = {&lock_all,   &store,	&only_default, &free_groups,
					      &free_group, &take_group, &below,	       NULL};
static const struct db_stmt_list list = {"factor_floor", stmts};

const struct db_stmt_list *floor_statements(void)
{
	return &list;
}

const struct for_groups_kind *floor_groups_kind(void)
{
	static const struct for_groups_kind kind = {.read = floor_sql_groups,
						    .only_default = &only_default,
						    .free_groups = &free_groups,
						    .free_group = &free_group,
						    .take_group = &take_group,
						    .needs_default = "factor_floor.needs_default"};

	return &kind;
}

enum err floor_sql_lock(struct ctx *ctx, const struct uuid *id, struct factor_floor *out)
{
	struct factor_floor found[FACTOR_LEVELS];
	size_t count = 0;
	enum err err = floor_sql_read(ctx, &lock_all, found, &count);

	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		if (!uuid_equal(&found[i].id, id))
			continue;
		*out = found[i];
		return ERR_OK;
	}
	return err == ERR_OK ? err_set(ctx, ERR_NOT_FOUND, "There is no such floor.") : err;
}

enum err floor_sql_store(struct ctx *ctx, const struct factor_floor *floor,
			 const struct uuid *event_id)
{
	const struct db_param params[] = {DB_P_INT(floor->is_default), DB_P_TIME(sys_real_us()),
					  DB_P_UUID(event_id), DB_P_UUID(&floor->id)};

	return db_exec(ctx, &store, params, NULL);
}

static struct floor_below read_person(struct db_rows *rows)
{
	return (struct floor_below){.id = db_uuid(rows, 0),
				    .login = db_text(rows, 1),
				    .display_name = db_text(rows, 2),
				    .standing = {.floor = (enum factor_level)db_int(rows, 3),
						 .best = (enum factor_level)db_int(rows, 4)}};
}

enum err floor_sql_below(struct ctx *ctx, const struct uuid *self,
			 void (*fn)(void *arg, const struct floor_below *person), void *arg,
			 struct floor_below_sum *out)
{
	struct floor_below_sum sum = {0};
	struct db_rows *rows = NULL;
	const struct db_param params[] = {DB_P_UUID(self), DB_P_UUID(self)};
	enum err err = db_query(ctx, &below, params, &rows);

	if (err != ERR_OK)
		return err;
	while (db_next(rows)) {
		struct floor_below person = read_person(rows);
		sum.count = db_int(rows, 5);
		sum.own |= db_int(rows, 6) != 0;
		fn(arg, &person);
	}
	*out = sum;
	return db_rows_close(rows);
}
