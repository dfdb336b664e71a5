/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rbac/group_sql.h"

#define GROUP_COLUMNS                                                                     \
	"SELECT g.id, g.parent_id, p.name, g.name, g.description, g.archived, g.version," \
	" (SELECT COUNT(*) FROM user_group_member m WHERE m.group_id = g.id),"            \
	" g.created_at, g.updated_at"                                                     \
	" FROM user_group g LEFT JOIN user_group p ON p.id = g.parent_id"
#define GROUP_FOUND                                               \
	" g.archived = ? AND (? IS NULL OR LOCATE(?, g.name) > 0" \
	" OR LOCATE(?, g.description) > 0)"

static const struct db_stmt by_id = {"group.by_id", GROUP_COLUMNS " WHERE g.id = ?", 1, 10};
static const struct db_stmt lock = {"group.lock",
				    "SELECT id FROM user_group WHERE id = ? FOR UPDATE", 1, 1};
static const struct db_stmt list = {"group.list",
				    GROUP_COLUMNS " WHERE" GROUP_FOUND
						  " AND (g.name > ? OR (g.name = ? AND g.id > ?))"
						  " ORDER BY g.name, g.id LIMIT ?",
				    8, 10};
static const struct db_stmt count = {"group.count",
				     "SELECT COUNT(*) FROM user_group g WHERE" GROUP_FOUND, 4, 1};
static const struct db_stmt parent = {
	"group.parent", "SELECT parent_id FROM user_group WHERE id = ? AND NOT archived FOR UPDATE",
	1, 1};
static const struct db_stmt insert = {
	"group.insert",
	"INSERT INTO user_group (id, parent_id, name, description, archived, version, created_at,"
	" updated_at, event_id) VALUES (?, ?, ?, ?, FALSE, 1, ?, ?, ?)",
	7, 0};
static const struct db_stmt update = {
	"group.update",
	"UPDATE user_group SET parent_id = ?, name = ?, description = ?, archived = ?,"
	" version = version + 1, updated_at = ?, event_id = ? WHERE id = ? AND version = ?",
	8, 0};
static const struct db_stmt in_use = {
	"group.in_use",
	"SELECT CASE WHEN EXISTS (SELECT 1 FROM user_group c WHERE c.parent_id = ?"
	" AND NOT c.archived) THEN 'groups'"
	" WHEN EXISTS (SELECT 1 FROM access_rule r WHERE r.user_group_id = ? AND NOT r.archived)"
	" THEN 'rules'"
	" WHEN EXISTS (SELECT 1 FROM workflow_stage s JOIN workflow w ON w.id = s.workflow_id"
	" WHERE s.group_id = ? AND NOT w.archived) THEN 'workflows'"
	" WHEN EXISTS (SELECT 1 FROM request_stage s JOIN request q ON q.id = s.request_id"
	" WHERE s.group_id = ? AND q.state = 'pending') THEN 'requests' END",
	4, 1};
static const struct db_stmt members = {
	"group.members",
	"SELECT u.id, u.login, u.display_name, u.state FROM user_group_member m"
	" JOIN user u ON u.id = m.user_id WHERE m.group_id = ? ORDER BY u.display_name, u.id"
	" LIMIT 2000",
	1, 4};
static const struct db_stmt roles = {
	"group.roles",
	"WITH RECURSIVE a (id, depth) AS (SELECT g0.id, CAST(0 AS SIGNED) FROM user_group g0"
	" WHERE g0.id = ? UNION SELECT p.id, a.depth + 1 FROM a JOIN user_group c ON c.id = a.id"
	" JOIN user_group p ON p.id = c.parent_id AND NOT p.archived WHERE a.depth < 16)"
	" SELECT rg.role, g.id, g.name FROM a JOIN role_grant rg ON rg.group_id = a.id"
	" JOIN user_group g ON g.id = a.id ORDER BY a.depth, rg.role",
	1, 3};
static const struct db_stmt member_add = {
	"group.member_add",
	"INSERT INTO user_group_member (group_id, user_id, event_id) VALUES (?, ?, ?)", 3, 0};
static const struct db_stmt member_remove = {
	"group.member_remove", "DELETE FROM user_group_member WHERE group_id = ? AND user_id = ?",
	2, 0};

static const struct db_stmt *const stmts[] = {
	&by_id,	 &lock,	   &list,  &count,	&parent,	&insert, &update,
	&in_use, &members, &roles, &member_add, &member_remove, NULL};

const struct db_stmt_list *group_statements(void)
{
	static const struct db_stmt_list all = {"group", stmts};
	return &all;
}

void group_sql_row(struct db_rows *rows, struct group_row *out)
{
	*out = (struct group_row){
		.id = db_uuid(rows, 0),
		.parent_id = db_uuid(rows, 1),
		.parent_name = db_text(rows, 2),
		.name = db_text(rows, 3),
		.description = db_text(rows, 4),
		.archived = db_int(rows, 5) != 0,
		.version = db_int(rows, 6),
		.member_count = db_int(rows, 7),
		.created_at = db_time(rows, 8),
		.updated_at = db_time(rows, 9),
	};
}

static void read_row(struct db_rows *rows, void *arg)
{
	group_sql_row(rows, arg);
}

static void read_nothing(struct db_rows *rows, void *arg)
{
	(void)rows;
	(void)arg;
}

enum err group_sql_by_id(struct ctx *ctx, const struct uuid *id, struct group_row *out)
{
	return db_one(ctx, &by_id, (struct db_param[]){DB_P_UUID(id)}, read_row, out);
}

enum err group_sql_lock(struct ctx *ctx, const struct uuid *id, struct group_row *out)
{
	enum err err = db_one(ctx, &lock, (struct db_param[]){DB_P_UUID(id)}, read_nothing, NULL);
	return err != ERR_OK ? err : group_sql_by_id(ctx, id, out);
}

enum err group_sql_list(struct ctx *ctx, const char *q, bool archived, const struct page *page,
			struct db_rows **out)
{
	struct db_param params[] = {DB_P_INT(archived),
				    DB_P_TEXT(q),
				    DB_P_TEXT(q),
				    DB_P_TEXT(q),
				    DB_P_TEXT(page->after.text),
				    DB_P_TEXT(page->after.text),
				    DB_P_UUID(&page->after.id),
				    DB_P_INT(page->fetch)};
	return db_query(ctx, &list, params, out);
}

static void read_count(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

enum err group_sql_count(struct ctx *ctx, const char *q, bool archived, int64_t *out)
{
	struct db_param params[] = {DB_P_INT(archived), DB_P_TEXT(q), DB_P_TEXT(q), DB_P_TEXT(q)};
	return db_one(ctx, &count, params, read_count, out);
}

static void read_uuid(struct db_rows *rows, void *arg)
{
	*(struct uuid *)arg = db_uuid(rows, 0);
}

enum err group_sql_parent(struct ctx *ctx, const struct uuid *id, struct uuid *out_parent)
{
	return db_one(ctx, &parent, (struct db_param[]){DB_P_UUID(id)}, read_uuid, out_parent);
}

static struct db_param uuid_or_null(const struct uuid *id)
{
	return uuid_is_nil(id) ? DB_P_NULL : DB_P_UUID(id);
}

static enum err name_taken(struct ctx *ctx, enum err err)
{
	if (err != ERR_CONFLICT)
		return err;
	return err_record(ctx, ERR_CONFLICT, "group.name_taken", "name", __FILE__, __LINE__,
			  "A group of that name exists, or existed and is archived.");
}

enum err group_sql_insert(struct ctx *ctx, const struct group_row *row, const struct uuid *event_id,
			  int64_t now)
{
	struct db_param params[] = {DB_P_UUID(&row->id),  uuid_or_null(&row->parent_id),
				    DB_P_TEXT(row->name), DB_P_TEXT(row->description),
				    DB_P_TIME(now),	  DB_P_TIME(now),
				    DB_P_UUID(event_id)};
	return name_taken(ctx, db_exec(ctx, &insert, params, NULL));
}

enum err group_sql_update(struct ctx *ctx, const struct group_row *row, const struct uuid *event_id,
			  int64_t now)
{
	struct db_param params[] = {
		uuid_or_null(&row->parent_id), DB_P_TEXT(row->name),  DB_P_TEXT(row->description),
		DB_P_INT(row->archived),       DB_P_TIME(now),	      DB_P_UUID(event_id),
		DB_P_UUID(&row->id),	       DB_P_INT(row->version)};
	return name_taken(ctx, db_exec(ctx, &update, params, NULL));
}

static void read_text(struct db_rows *rows, void *arg)
{
	*(const char **)arg = db_text(rows, 0);
}

enum err group_sql_in_use(struct ctx *ctx, const struct uuid *id, const char **out)
{
	struct db_param params[] = {DB_P_UUID(id), DB_P_UUID(id), DB_P_UUID(id), DB_P_UUID(id)};
	return db_one(ctx, &in_use, params, read_text, out);
}

enum err group_sql_members(struct ctx *ctx, const struct uuid *id, struct db_rows **out)
{
	return db_query(ctx, &members, (struct db_param[]){DB_P_UUID(id)}, out);
}

enum err group_sql_roles(struct ctx *ctx, const struct uuid *id, struct db_rows **out)
{
	return db_query(ctx, &roles, (struct db_param[]){DB_P_UUID(id)}, out);
}

enum err group_sql_member_add(struct ctx *ctx, const struct uuid *id, const struct uuid *user_id,
			      const struct uuid *event_id)
{
	struct db_param params[] = {DB_P_UUID(id), DB_P_UUID(user_id), DB_P_UUID(event_id)};
	return db_exec(ctx, &member_add, params, NULL);
}

enum err group_sql_member_remove(struct ctx *ctx, const struct uuid *id, const struct uuid *user_id)
{
	return db_exec(ctx, &member_remove, (struct db_param[]){DB_P_UUID(id), DB_P_UUID(user_id)},
		       NULL);
}
