/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "access/request_sql.h"

#include "access/request_columns.h"
#include "rbac/group_cte.h"

static const struct db_stmt by_id = {"request.by_id", REQUEST_COLUMNS " WHERE q.id = ?", 1,
				     REQUEST_COLUMN_COUNT};
static const struct db_stmt lock = {"request.lock",
				    "SELECT id FROM request WHERE id = ? FOR UPDATE", 1, 1};
static const struct db_stmt standing = {"request.standing",
					"WITH RECURSIVE " CTE_GROUPS_OF_USER
					" SELECT" REQUEST_STANDING " FROM request q WHERE q.id = ?",
					3, 3};
static const struct db_stmt count_up = {"request.count_up",
					"INSERT INTO request_counter (year, last) VALUES (?, 1)"
					" ON DUPLICATE KEY UPDATE last = last + 1",
					1, 0};
static const struct db_stmt counted = {"request.counted",
				       "SELECT last FROM request_counter WHERE year = ?", 1, 1};
static const struct db_stmt insert = {
	"request.insert",
	"INSERT INTO request (id, number, requester_id, workflow_id, purpose, ticket, starts_at,"
	" ends_at, state, stage, stage_count, created_at, updated_at)"
	" VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?, ?, ?)",
	12, 0};
static const struct db_stmt copy_stages = {
	"request.copy_stages",
	"INSERT INTO request_stage (request_id, position, group_id, needed)"
	" SELECT ?, position, group_id, needed FROM workflow_stage WHERE workflow_id = ?",
	2, 0};
static const struct db_stmt add_account = {
	"request.add_account", "INSERT INTO request_account (request_id, account_id) VALUES (?, ?)",
	2, 0};
static const struct db_stmt update = {
	"request.update",
	"UPDATE request SET state = ?, stage = ?, decided_at = ?, updated_at = ?,"
	" version = version + 1 WHERE id = ?",
	5, 0};
static const struct db_stmt decide = {
	"request.decide",
	"INSERT INTO approval (request_id, position, user_id, decision, comment, decided_at)"
	" VALUES (?, ?, ?, IF(?, 'approve', 'reject'), ?, ?)",
	6, 0};
/* Approvals count only while who gave them is active. */
static const struct db_stmt tally = {
	"request.tally",
	"WITH RECURSIVE d (id, depth) AS (SELECT s.group_id, CAST(0 AS SIGNED) FROM request_stage s"
	" WHERE s.request_id = ? AND s.position = ? UNION SELECT c.id, d.depth + 1 FROM d"
	" JOIN user_group c ON c.parent_id = d.id AND NOT c.archived WHERE d.depth < 16)"
	" SELECT (SELECT COUNT(*) FROM approval a JOIN user u ON u.id = a.user_id"
	" AND u.state = 'active' WHERE a.request_id = s.request_id AND a.position = s.position"
	" AND a.decision = 'approve'), s.needed,"
	" (SELECT COUNT(DISTINCT m.user_id) FROM user_group_member m JOIN user u"
	" ON u.id = m.user_id AND u.state = 'active' WHERE m.group_id IN (SELECT id FROM d)"
	" AND " GIFT_COUNTS("m") " AND m.user_id <> ?) FROM request_stage s WHERE s.request_id = ? "
				 "AND s.position = ?",
	5, 3};
static const struct db_stmt comment = {
	"request.comment",
	"INSERT INTO request_comment (id, request_id, user_id, text, created_at)"
	" VALUES (?, ?, ?, ?, ?)",
	5, 0};
static const struct db_stmt overdue = {
	"request.overdue",
	"SELECT id FROM request WHERE state = 'pending' AND ends_at <= ? ORDER BY ends_at LIMIT ?"
	" FOR UPDATE SKIP LOCKED",
	2, 1};
static const struct db_stmt account_ids = {
	"request.account_ids",
	"SELECT account_id FROM request_account WHERE request_id = ? ORDER BY account_id", 1, 1};

static const struct db_stmt *const stmts[] = {
	&by_id,	 &lock,	  &standing, &count_up, &counted, &insert,	&copy_stages, &add_account,
	&update, &decide, &tally,    &comment,	&overdue, &account_ids, NULL};

const struct db_stmt_list *request_statements(void)
{
	static const struct db_stmt_list all = {"request", stmts};
	return &all;
}

void request_sql_row(struct db_rows *rows, struct request *out)
{
	*out = (struct request){
		.id = db_uuid(rows, 0),
		.number = db_text(rows, 1),
		.requester_id = db_uuid(rows, 2),
		.requester_login = db_text(rows, 3),
		.requester_name = db_text(rows, 4),
		.workflow_id = db_uuid(rows, 5),
		.workflow_name = db_text(rows, 6),
		.self_approval = db_int(rows, 7) != 0,
		.purpose = db_text(rows, 8),
		.ticket = db_text(rows, 9),
		.starts_at = db_time(rows, 10),
		.ends_at = db_time(rows, 11),
		.state = request_state_by_name(db_text(rows, 12)),
		.stage = db_int(rows, 13),
		.stage_count = db_int(rows, 14),
		.version = db_int(rows, 15),
		.created_at = db_time(rows, 16),
		.decided_at = db_time(rows, 17),
	};
}

static void read_row(struct db_rows *rows, void *arg)
{
	request_sql_row(rows, arg);
}

static void read_uuid(struct db_rows *rows, void *arg)
{
	*(struct uuid *)arg = db_uuid(rows, 0);
}

static void read_number(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

enum err request_sql_by_id(struct ctx *ctx, const struct uuid *id, struct request *out)
{
	return db_one(ctx, &by_id, (struct db_param[]){DB_P_UUID(id)}, read_row, out);
}

enum err request_sql_lock(struct ctx *ctx, const struct uuid *id, struct request *out)
{
	struct uuid found;
	enum err err = db_one(ctx, &lock, (struct db_param[]){DB_P_UUID(id)}, read_uuid, &found);
	return err != ERR_OK ? err : request_sql_by_id(ctx, id, out);
}

static void read_standing(struct db_rows *rows, void *arg)
{
	struct request_standing *out = arg;
	*out = (struct request_standing){db_int(rows, 0) != 0, db_int(rows, 1) != 0,
					 db_int(rows, 2) != 0};
}

enum err request_sql_standing(struct ctx *ctx, const struct uuid *id, const struct uuid *user_id,
			      struct request_standing *out)
{
	struct db_param params[] = {DB_P_UUID(user_id), DB_P_UUID(user_id), DB_P_UUID(id)};
	return db_one(ctx, &standing, params, read_standing, out);
}

enum err request_sql_number(struct ctx *ctx, int64_t year, int64_t *out)
{
	struct db_param params[] = {DB_P_INT(year)};
	enum err err = db_exec(ctx, &count_up, params, NULL);
	return err != ERR_OK ? err : db_one(ctx, &counted, params, read_number, out);
}

enum err request_sql_insert(struct ctx *ctx, const struct request *request)
{
	struct db_param params[] = {
		DB_P_UUID(&request->id),	   DB_P_TEXT(request->number),
		DB_P_UUID(&request->requester_id), DB_P_UUID(&request->workflow_id),
		DB_P_TEXT(request->purpose),	   DB_P_TEXT(request->ticket),
		DB_P_TIME(request->starts_at),	   DB_P_TIME(request->ends_at),
		DB_P_INT(request->stage),	   DB_P_INT(request->stage_count),
		DB_P_TIME(request->created_at),	   DB_P_TIME(request->created_at)};
	return db_exec(ctx, &insert, params, NULL);
}

enum err request_sql_copy_stages(struct ctx *ctx, const struct uuid *id,
				 const struct uuid *workflow_id)
{
	struct db_param params[] = {DB_P_UUID(id), DB_P_UUID(workflow_id)};
	return db_exec(ctx, &copy_stages, params, NULL);
}

enum err request_sql_add_account(struct ctx *ctx, const struct uuid *id,
				 const struct uuid *account_id)
{
	struct db_param params[] = {DB_P_UUID(id), DB_P_UUID(account_id)};
	return db_exec(ctx, &add_account, params, NULL);
}

enum err request_sql_update(struct ctx *ctx, const struct request *request, int64_t now)
{
	struct db_param params[] = {
		DB_P_TEXT(request_state_name(request->state)), DB_P_INT(request->stage),
		DB_P_TIME_OR_NULL(request->decided_at), DB_P_TIME(now), DB_P_UUID(&request->id)};
	return db_exec(ctx, &update, params, NULL);
}

enum err request_sql_decide(struct ctx *ctx, const struct request *request,
			    const struct uuid *user_id, bool approve, const char *text, int64_t now)
{
	struct db_param params[] = {DB_P_UUID(&request->id), DB_P_INT(request->stage),
				    DB_P_UUID(user_id),	     DB_P_INT(approve),
				    DB_P_TEXT(text),	     DB_P_TIME(now)};
	return db_exec(ctx, &decide, params, NULL);
}

static void read_tally(struct db_rows *rows, void *arg)
{
	struct request_tally *out = arg;
	*out = (struct request_tally){db_int(rows, 0), db_int(rows, 1), db_int(rows, 2)};
}

enum err request_sql_tally(struct ctx *ctx, const struct request *request,
			   struct request_tally *out)
{
	struct db_param params[] = {DB_P_UUID(&request->id), DB_P_INT(request->stage),
				    DB_P_UUID(&request->requester_id), DB_P_UUID(&request->id),
				    DB_P_INT(request->stage)};
	return db_one(ctx, &tally, params, read_tally, out);
}

enum err request_sql_comment(struct ctx *ctx, const struct uuid *id, const struct uuid *user_id,
			     const char *text, int64_t now)
{
	struct uuid comment_id = uuid_v7();
	struct db_param params[] = {DB_P_UUID(&comment_id), DB_P_UUID(id), DB_P_UUID(user_id),
				    DB_P_TEXT(text), DB_P_TIME(now)};
	return db_exec(ctx, &comment, params, NULL);
}

enum err request_sql_overdue(struct ctx *ctx, int64_t now, int64_t limit, struct db_rows **out)
{
	struct db_param params[] = {DB_P_TIME(now), DB_P_INT(limit)};
	return db_query(ctx, &overdue, params, out);
}

enum err request_sql_account_ids(struct ctx *ctx, const struct uuid *id, struct db_rows **out)
{
	return db_query(ctx, &account_ids, (struct db_param[]){DB_P_UUID(id)}, out);
}
