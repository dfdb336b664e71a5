/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rbac/grant_sql.h"

#include "rbac/group_cte.h"

static const struct db_stmt of_user = {
	"grant.of_user",
	"WITH RECURSIVE " CTE_GROUPS_OF_USER
	" SELECT DISTINCT rg.role, rg.group_id, ug.name FROM role_grant rg"
	" LEFT JOIN user_group ug ON ug.id = rg.group_id"
	" WHERE (rg.user_id = ? AND " GIFT_COUNTS(
		"rg") ") OR rg.group_id IN (SELECT id FROM g) ORDER BY rg.role, ug.name",
	2, 3};

/* CTE_GROUPS_OF_USER and the grants as they were at one moment: every parameter but the user's two.
 */
#define WAS " FOR SYSTEM_TIME AS OF ?"
static const struct db_stmt of_user_at = {
	"grant.of_user_at",
	"WITH RECURSIVE g (id, depth) AS (SELECT m0.group_id, CAST(0 AS SIGNED)"
	" FROM user_group_member" WAS " m0 JOIN user_group" WAS " g0 ON g0.id = m0.group_id"
	" AND NOT g0.archived WHERE m0.user_id = ? UNION SELECT p1.id, g.depth + 1 FROM g"
	" JOIN user_group" WAS " c1 ON c1.id = g.id JOIN user_group" WAS " p1"
	" ON p1.id = c1.parent_id AND NOT p1.archived WHERE g.depth < 16)"
	" SELECT DISTINCT rg.role FROM role_grant" WAS " rg"
	" WHERE rg.user_id = ? OR rg.group_id IN (SELECT id FROM g)",
	7, 1};

static const struct db_stmt of_group = {
	"grant.of_group",
	"WITH RECURSIVE a (id, depth) AS (SELECT g0.id, CAST(0 AS SIGNED) FROM user_group g0"
	" WHERE g0.id = ? AND NOT g0.archived UNION SELECT p.id, a.depth + 1 FROM a"
	" JOIN user_group c ON c.id = a.id"
	" JOIN user_group p ON p.id = c.parent_id AND NOT p.archived WHERE a.depth < 16)"
	" SELECT DISTINCT rg.role FROM role_grant rg WHERE rg.group_id IN (SELECT id FROM a)",
	1, 1};

static const struct db_stmt own_of_user = {
	"grant.own_of_user",
	"SELECT role FROM role_grant WHERE user_id = ? ORDER BY role FOR UPDATE", 1, 1};
static const struct db_stmt own_of_group = {
	"grant.own_of_group",
	"SELECT role FROM role_grant WHERE group_id = ? ORDER BY role FOR UPDATE", 1, 1};

static const struct db_stmt insert = {
	"grant.insert",
	"INSERT INTO role_grant (id, role, user_id, group_id, event_id) VALUES (?, ?, ?, ?, ?)", 5,
	0};
static const struct db_stmt delete_of_user = {
	"grant.delete_of_user", "DELETE FROM role_grant WHERE role = ? AND user_id = ?", 2, 0};
static const struct db_stmt delete_of_group = {
	"grant.delete_of_group", "DELETE FROM role_grant WHERE role = ? AND group_id = ?", 2, 0};

static const struct db_stmt lock_administrators = {
	"grant.lock_administrators",
	"SELECT id FROM role_grant WHERE role = 'administrator' ORDER BY id FOR UPDATE", 0, 1};

static const struct db_stmt count_administrators = {
	"grant.count_administrators",
	"WITH RECURSIVE d (id, depth) AS (SELECT rg.group_id, CAST(0 AS SIGNED) FROM role_grant rg"
	" JOIN user_group g ON g.id = rg.group_id AND NOT g.archived"
	" WHERE rg.role = 'administrator'"
	" UNION SELECT c.id, d.depth + 1 FROM d"
	" JOIN user_group c ON c.parent_id = d.id AND NOT c.archived WHERE d.depth < 16)"
	" SELECT COUNT(*) FROM user u WHERE u.state = 'active' AND (EXISTS (SELECT 1"
	" FROM role_grant r WHERE r.user_id = u.id AND r.role = 'administrator' AND " GIFT_COUNTS(
		"r") ")"
		     " OR EXISTS (SELECT 1 FROM user_group_member m WHERE m.user_id = u.id"
		     " AND m.group_id IN (SELECT id FROM d) AND " GIFT_COUNTS("m") "))",
	0, 1};

static const struct db_stmt lock_user = {
	"grant.lock_user",
	"SELECT display_name, version FROM user WHERE id = ? AND state <> 'archived' FOR UPDATE", 1,
	2};
static const struct db_stmt touch_user = {
	"grant.touch_user",
	"UPDATE user SET version = version + 1, updated_at = ?, event_id = ? WHERE id = ?", 3, 0};

static const struct db_stmt *const stmts[] = {&of_user,
					      &of_user_at,
					      &of_group,
					      &own_of_user,
					      &own_of_group,
					      &insert,
					      &delete_of_user,
					      &delete_of_group,
					      &lock_administrators,
					      &count_administrators,
					      &lock_user,
					      &touch_user,
					      NULL};

const struct db_stmt_list *grant_statements(void)
{
	static const struct db_stmt_list list = {"grant", stmts};
	return &list;
}

enum err grant_sql_of_user(struct ctx *ctx, const struct uuid *user_id, struct db_rows **out)
{
	return db_query(ctx, &of_user, (struct db_param[]){DB_P_UUID(user_id), DB_P_UUID(user_id)},
			out);
}

enum err grant_sql_of_user_at(struct ctx *ctx, const struct uuid *user_id, int64_t at,
			      struct db_rows **out)
{
	const struct db_param params[] = {DB_P_TIME(at),     DB_P_TIME(at), DB_P_UUID(user_id),
					  DB_P_TIME(at),     DB_P_TIME(at), DB_P_TIME(at),
					  DB_P_UUID(user_id)};

	return db_query(ctx, &of_user_at, params, out);
}

enum err grant_sql_of_group(struct ctx *ctx, const struct uuid *group_id, struct db_rows **out)
{
	return db_query(ctx, &of_group, (struct db_param[]){DB_P_UUID(group_id)}, out);
}

enum err grant_sql_own(struct ctx *ctx, const struct uuid *user_id, const struct uuid *group_id,
		       struct db_rows **out)
{
	if (user_id != NULL)
		return db_query(ctx, &own_of_user, (struct db_param[]){DB_P_UUID(user_id)}, out);
	return db_query(ctx, &own_of_group, (struct db_param[]){DB_P_UUID(group_id)}, out);
}

enum err grant_sql_insert(struct ctx *ctx, const char *role, const struct uuid *user_id,
			  const struct uuid *group_id, const struct uuid *event_id)
{
	struct uuid id = uuid_v7();
	struct db_param params[] = {DB_P_UUID(&id), DB_P_TEXT(role), DB_P_UUID(user_id),
				    DB_P_UUID(group_id), DB_P_UUID(event_id)};
	return db_exec(ctx, &insert, params, NULL);
}

enum err grant_sql_delete(struct ctx *ctx, const char *role, const struct uuid *user_id,
			  const struct uuid *group_id)
{
	if (user_id != NULL)
		return db_exec(ctx, &delete_of_user,
			       (struct db_param[]){DB_P_TEXT(role), DB_P_UUID(user_id)}, NULL);
	return db_exec(ctx, &delete_of_group,
		       (struct db_param[]){DB_P_TEXT(role), DB_P_UUID(group_id)}, NULL);
}

enum err grant_sql_lock_administrators(struct ctx *ctx)
{
	struct db_rows *rows;
	enum err err = db_query(ctx, &lock_administrators, NULL, &rows);
	if (err != ERR_OK)
		return err;
	while (db_next(rows))
		;
	return db_rows_close(rows);
}

static void read_count(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

enum err grant_sql_count_administrators(struct ctx *ctx, int64_t *out)
{
	return db_one(ctx, &count_administrators, NULL, read_count, out);
}

static void read_user(struct db_rows *rows, void *arg)
{
	struct grant_user *out = arg;
	out->name = db_text(rows, 0);
	out->version = db_int(rows, 1);
}

enum err grant_sql_lock_user(struct ctx *ctx, const struct uuid *user_id, struct grant_user *out)
{
	return db_one(ctx, &lock_user, (struct db_param[]){DB_P_UUID(user_id)}, read_user, out);
}

enum err grant_sql_touch_user(struct ctx *ctx, const struct uuid *user_id,
			      const struct uuid *event_id, int64_t now)
{
	struct db_param params[] = {DB_P_TIME(now), DB_P_UUID(event_id), DB_P_UUID(user_id)};
	return db_exec(ctx, &touch_user, params, NULL);
}
