/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "targets/target_group_sql.h"

#define COLUMNS                                                                        \
	"SELECT g.id, g.parent_id, g.name, g.description, g.archived, g.version,"      \
	" (SELECT COUNT(*) FROM target t WHERE t.group_id = g.id AND NOT t.archived)," \
	" g.created_at, g.updated_at FROM target_group g"
#define FOUND                                                           \
	" WHERE g.archived = ? AND (? IS NULL OR LOCATE(?, g.name) > 0" \
	" OR LOCATE(?, g.description) > 0)"

static const struct db_stmt by_id = {"target_group.by_id", COLUMNS " WHERE g.id = ?", 1, 9};
static const struct db_stmt lock = {"target_group.lock",
				    "SELECT id FROM target_group WHERE id = ? FOR UPDATE", 1, 1};
static const struct db_stmt list = {
	"target_group.list",
	COLUMNS FOUND
	" AND (g.name > ? OR (g.name = ? AND g.id > ?)) ORDER BY g.name, g.id LIMIT ?",
	8, 9};
static const struct db_stmt count = {"target_group.count",
				     "SELECT COUNT(*) FROM target_group g" FOUND, 4, 1};
static const struct db_stmt parent = {
	"target_group.parent",
	"SELECT parent_id FROM target_group WHERE id = ? AND NOT archived FOR UPDATE", 1, 1};
static const struct db_stmt insert = {
	"target_group.insert",
	"INSERT INTO target_group (id, parent_id, name, description, created_at, updated_at,"
	" event_id) VALUES (?, ?, ?, ?, ?, ?, ?)",
	7, 0};
static const struct db_stmt update = {
	"target_group.update",
	"UPDATE target_group SET parent_id = ?, name = ?, description = ?, archived = ?,"
	" version = version + 1, updated_at = ?, event_id = ? WHERE id = ? AND version = ?",
	8, 0};
static const struct db_stmt in_use = {
	"target_group.in_use",
	"SELECT CASE WHEN EXISTS (SELECT 1 FROM target_group c WHERE c.parent_id = ?"
	" AND NOT c.archived) THEN 'groups'"
	" WHEN EXISTS (SELECT 1 FROM target t WHERE t.group_id = ? AND NOT t.archived)"
	" THEN 'targets'"
	" WHEN EXISTS (SELECT 1 FROM access_rule r WHERE r.target_group_id = ?"
	" AND NOT r.archived) THEN 'rules' END",
	3, 1};

static const struct db_stmt *const stmts[] = {&by_id,  &lock,	&list,	 &count, &parent,
					      &insert, &update, &in_use, NULL};

const struct db_stmt_list *target_group_statements(void)
{
	static const struct db_stmt_list all = {"target_group", stmts};
	return &all;
}

void target_group_sql_row(struct db_rows *rows, struct target_group_row *out)
{
	*out = (struct target_group_row){
		.id = db_uuid(rows, 0),
		.parent_id = db_uuid(rows, 1),
		.name = db_text(rows, 2),
		.description = db_text(rows, 3),
		.archived = db_int(rows, 4) != 0,
		.version = db_int(rows, 5),
		.target_count = db_int(rows, 6),
		.created_at = db_time(rows, 7),
		.updated_at = db_time(rows, 8),
	};
}

static void read_row(struct db_rows *rows, void *arg)
{
	target_group_sql_row(rows, arg);
}

static void read_uuid(struct db_rows *rows, void *arg)
{
	*(struct uuid *)arg = db_uuid(rows, 0);
}

static void read_count(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

static void read_text(struct db_rows *rows, void *arg)
{
	*(const char **)arg = db_text(rows, 0);
}

enum err target_group_sql_by_id(struct ctx *ctx, const struct uuid *id,
				struct target_group_row *out)
{
	return db_one(ctx, &by_id, (struct db_param[]){DB_P_UUID(id)}, read_row, out);
}

enum err target_group_sql_lock(struct ctx *ctx, const struct uuid *id, struct target_group_row *out)
{
	struct uuid found;
	enum err err = db_one(ctx, &lock, (struct db_param[]){DB_P_UUID(id)}, read_uuid, &found);
	return err != ERR_OK ? err : target_group_sql_by_id(ctx, id, out);
}

enum err target_group_sql_list(struct ctx *ctx, const char *q, bool archived,
			       const struct page *page, struct db_rows **out)
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

enum err target_group_sql_count(struct ctx *ctx, const char *q, bool archived, int64_t *out)
{
	struct db_param params[] = {DB_P_INT(archived), DB_P_TEXT(q), DB_P_TEXT(q), DB_P_TEXT(q)};
	return db_one(ctx, &count, params, read_count, out);
}

enum err target_group_sql_parent(struct ctx *ctx, const struct uuid *id, struct uuid *out_parent)
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
	return err_record(ctx, ERR_CONFLICT, "target_group.name_taken", "name", __FILE__, __LINE__,
			  "A target group of that name exists, or existed and is archived.");
}

enum err target_group_sql_insert(struct ctx *ctx, const struct target_group_row *row,
				 const struct uuid *event_id, int64_t now)
{
	struct db_param params[] = {DB_P_UUID(&row->id),  uuid_or_null(&row->parent_id),
				    DB_P_TEXT(row->name), DB_P_TEXT(row->description),
				    DB_P_TIME(now),	  DB_P_TIME(now),
				    DB_P_UUID(event_id)};
	return name_taken(ctx, db_exec(ctx, &insert, params, NULL));
}

enum err target_group_sql_update(struct ctx *ctx, const struct target_group_row *row,
				 const struct uuid *event_id, int64_t now)
{
	struct db_param params[] = {
		uuid_or_null(&row->parent_id), DB_P_TEXT(row->name),  DB_P_TEXT(row->description),
		DB_P_INT(row->archived),       DB_P_TIME(now),	      DB_P_UUID(event_id),
		DB_P_UUID(&row->id),	       DB_P_INT(row->version)};
	return name_taken(ctx, db_exec(ctx, &update, params, NULL));
}

enum err target_group_sql_in_use(struct ctx *ctx, const struct uuid *id, const char **out)
{
	struct db_param params[] = {DB_P_UUID(id), DB_P_UUID(id), DB_P_UUID(id)};
	return db_one(ctx, &in_use, params, read_text, out);
}
