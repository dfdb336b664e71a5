/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "access/workflow_sql.h"

#define COLUMNS                                                                               \
	"SELECT w.id, w.name, w.description, w.self_approval, w.ticket_required,"             \
	" w.max_minutes, w.max_ahead_days, w.archived, w.version, w.created_at, w.updated_at" \
	" FROM workflow w"
#define FOUND                                                           \
	" WHERE w.archived = ? AND (? IS NULL OR LOCATE(?, w.name) > 0" \
	" OR LOCATE(?, w.description) > 0)"

static const struct db_stmt by_id = {"workflow.by_id", COLUMNS " WHERE w.id = ?", 1, 11};
static const struct db_stmt lock = {"workflow.lock",
				    "SELECT id FROM workflow WHERE id = ? FOR UPDATE", 1, 1};
static const struct db_stmt list = {
	"workflow.list",
	COLUMNS FOUND
	" AND (w.name > ? OR (w.name = ? AND w.id > ?)) ORDER BY w.name, w.id LIMIT ?",
	8, 11};
static const struct db_stmt count = {"workflow.count", "SELECT COUNT(*) FROM workflow w" FOUND, 4,
				     1};
static const struct db_stmt insert = {
	"workflow.insert",
	"INSERT INTO workflow (id, name, description, self_approval, ticket_required, max_minutes,"
	" max_ahead_days, created_at, updated_at, event_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	10, 0};
static const struct db_stmt update = {
	"workflow.update",
	"UPDATE workflow SET name = ?, description = ?, self_approval = ?, ticket_required = ?,"
	" max_minutes = ?, max_ahead_days = ?, archived = ?, version = version + 1,"
	" updated_at = ?, event_id = ? WHERE id = ? AND version = ?",
	11, 0};
static const struct db_stmt in_use = {
	"workflow.in_use",
	"SELECT COUNT(*) FROM access_rule WHERE workflow_id = ? AND NOT archived", 1, 1};
static const struct db_stmt stages = {
	"workflow.stages",
	"SELECT s.group_id, g.name, s.needed FROM workflow_stage s"
	" JOIN user_group g ON g.id = s.group_id WHERE s.workflow_id = ? ORDER BY s.position",
	1, 3};
static const struct db_stmt clear_stages = {
	"workflow.clear_stages", "DELETE FROM workflow_stage WHERE workflow_id = ?", 1, 0};
static const struct db_stmt add_stage = {
	"workflow.add_stage",
	"INSERT INTO workflow_stage (workflow_id, position, group_id, needed, event_id)"
	" VALUES (?, ?, ?, ?, ?)",
	5, 0};

static const struct db_stmt *const stmts[] = {&by_id,	     &lock,	 &list,	  &count,
					      &insert,	     &update,	 &in_use, &stages,
					      &clear_stages, &add_stage, NULL};

const struct db_stmt_list *workflow_statements(void)
{
	static const struct db_stmt_list all = {"workflow", stmts};
	return &all;
}

void workflow_sql_row(struct db_rows *rows, struct workflow *out)
{
	*out = (struct workflow){
		.id = db_uuid(rows, 0),
		.name = db_text(rows, 1),
		.description = db_text(rows, 2),
		.self_approval = db_int(rows, 3) != 0,
		.ticket_required = db_int(rows, 4) != 0,
		.max_minutes = db_int(rows, 5),
		.max_ahead_days = db_int(rows, 6),
		.archived = db_int(rows, 7) != 0,
		.version = db_int(rows, 8),
		.created_at = db_time(rows, 9),
		.updated_at = db_time(rows, 10),
	};
}

static void read_row(struct db_rows *rows, void *arg)
{
	workflow_sql_row(rows, arg);
}

static void read_uuid(struct db_rows *rows, void *arg)
{
	*(struct uuid *)arg = db_uuid(rows, 0);
}

static void read_number(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

enum err workflow_sql_by_id(struct ctx *ctx, const struct uuid *id, struct workflow *out)
{
	return db_one(ctx, &by_id, (struct db_param[]){DB_P_UUID(id)}, read_row, out);
}

enum err workflow_sql_lock(struct ctx *ctx, const struct uuid *id, struct workflow *out)
{
	struct uuid found;
	enum err err = db_one(ctx, &lock, (struct db_param[]){DB_P_UUID(id)}, read_uuid, &found);
	return err != ERR_OK ? err : workflow_sql_by_id(ctx, id, out);
}

enum err workflow_sql_list(struct ctx *ctx, const char *q, bool archived, const struct page *page,
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

enum err workflow_sql_count(struct ctx *ctx, const char *q, bool archived, int64_t *out)
{
	struct db_param params[] = {DB_P_INT(archived), DB_P_TEXT(q), DB_P_TEXT(q), DB_P_TEXT(q)};
	return db_one(ctx, &count, params, read_number, out);
}

static enum err name_taken(struct ctx *ctx, enum err err)
{
	if (err != ERR_CONFLICT)
		return err;
	return err_record(ctx, ERR_CONFLICT, "workflow.name_taken", "name", __FILE__, __LINE__,
			  "A workflow of that name exists, or existed and is archived.");
}

enum err workflow_sql_insert(struct ctx *ctx, const struct workflow *row,
			     const struct uuid *event_id, int64_t now)
{
	struct db_param params[] = {DB_P_UUID(&row->id),
				    DB_P_TEXT(row->name),
				    DB_P_TEXT(row->description),
				    DB_P_INT(row->self_approval),
				    DB_P_INT(row->ticket_required),
				    DB_P_INT(row->max_minutes),
				    DB_P_INT(row->max_ahead_days),
				    DB_P_TIME(now),
				    DB_P_TIME(now),
				    DB_P_UUID(event_id)};
	return name_taken(ctx, db_exec(ctx, &insert, params, NULL));
}

enum err workflow_sql_update(struct ctx *ctx, const struct workflow *row,
			     const struct uuid *event_id, int64_t now)
{
	struct db_param params[] = {DB_P_TEXT(row->name),	  DB_P_TEXT(row->description),
				    DB_P_INT(row->self_approval), DB_P_INT(row->ticket_required),
				    DB_P_INT(row->max_minutes),	  DB_P_INT(row->max_ahead_days),
				    DB_P_INT(row->archived),	  DB_P_TIME(now),
				    DB_P_UUID(event_id),	  DB_P_UUID(&row->id),
				    DB_P_INT(row->version)};
	return name_taken(ctx, db_exec(ctx, &update, params, NULL));
}

enum err workflow_sql_in_use(struct ctx *ctx, const struct uuid *id, int64_t *out)
{
	return db_one(ctx, &in_use, (struct db_param[]){DB_P_UUID(id)}, read_number, out);
}

enum err workflow_sql_stages(struct ctx *ctx, const struct uuid *id, struct workflow_stages *out)
{
	struct db_rows *rows;
	enum err err = db_query(ctx, &stages, (struct db_param[]){DB_P_UUID(id)}, &rows);
	if (err != ERR_OK)
		return err;
	out->count = 0;
	while (out->count < STAGES_MAX && db_next(rows))
		out->stage[out->count++] = (struct workflow_stage){
			db_uuid(rows, 0), db_text(rows, 1), db_int(rows, 2)};
	return db_rows_close(rows);
}

enum err workflow_sql_store_stages(struct ctx *ctx, const struct uuid *id,
				   const struct workflow_stages *list_of,
				   const struct uuid *event_id)
{
	enum err err = db_exec(ctx, &clear_stages, (struct db_param[]){DB_P_UUID(id)}, NULL);
	for (size_t i = 0; err == ERR_OK && i < list_of->count; i++) {
		struct db_param params[] = {DB_P_UUID(id), DB_P_INT((int64_t)i + 1),
					    DB_P_UUID(&list_of->stage[i].group_id),
					    DB_P_INT(list_of->stage[i].needed),
					    DB_P_UUID(event_id)};
		err = db_exec(ctx, &add_stage, params, NULL);
	}
	return err;
}
