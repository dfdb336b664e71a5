/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sessions/sessions_sql.h"

#define TABLES                                                                       \
	" FROM session s JOIN user u ON u.id = s.user_id"                            \
	" JOIN account a ON a.id = s.account_id JOIN target t ON t.id = s.target_id" \
	" JOIN lease l ON l.id = s.lease_id JOIN request r ON r.id = l.request_id"
#define COLUMNS                                                                                \
	"SELECT STRAIGHT_JOIN s.id, s.user_id, u.login, u.display_name, s.account_id, a.name," \
	" s.target_id, t.name, t.kind, r.id, r.number, s.state, s.stage, s.created_at,"        \
	" s.connected_at, s.ended_at, s.end_hop, s.end_reason, s.end_text, s.peer,"            \
	" s.bytes_in, s.bytes_out, c.state, c.chunks, c.bytes, c.commands,"                    \
	" c.duration_ms" TABLES " LEFT JOIN recording c ON c.session_id = s.id"
enum { COLUMN_COUNT = 27 };
#define FOUND                                                                                     \
	" WHERE (? IS NULL OR s.user_id = ?) AND (? IS NULL OR s.state = ?)"                      \
	" AND (? IS NULL OR s.created_at >= ?) AND (? IS NULL OR s.created_at < ?)"               \
	" AND (? IS NULL OR LOCATE(?, u.login) > 0 OR LOCATE(?, u.display_name) > 0"              \
	" OR LOCATE(?, t.name) > 0 OR LOCATE(?, a.name) > 0 OR LOCATE(?, CONVERT(r.number USING " \
	"utf8mb4)) > 0)"
enum { FOUND_PARAMS = 14 };

static const struct db_stmt by_id = {"session.by_id", COLUMNS " WHERE s.id = ?", 1, COLUMN_COUNT};
static const struct db_stmt list = {"session.list",
				    COLUMNS FOUND
				    " AND (s.created_at < ? OR (s.created_at = ? AND s.id < ?))"
				    " ORDER BY s.created_at DESC, s.id DESC LIMIT ?",
				    FOUND_PARAMS + 4, COLUMN_COUNT};
static const struct db_stmt count = {"session.count", "SELECT COUNT(*)" TABLES FOUND, FOUND_PARAMS,
				     1};
static const struct db_stmt open_count = {"session.open_count",
					  "SELECT COUNT(*) FROM session WHERE lease_id = ?"
					  " AND state IN ('waiting', 'connecting', 'live')",
					  1, 1};
static const struct db_stmt insert = {
	"session.insert",
	"INSERT INTO session (id, lease_id, user_id, account_id, target_id, state, stage,"
	" created_at, peer) VALUES (?, ?, ?, ?, ?, 'waiting', 'gateway', ?, ?)",
	7, 0};
static const struct db_stmt lock = {"session.lock",
				    "SELECT s.user_id, s.lease_id, s.state,"
				    " EXISTS (SELECT 1 FROM recording c WHERE c.session_id = s.id),"
				    " s.hold_until FROM session s WHERE s.id = ? FOR UPDATE",
				    1, 5};
static const struct db_stmt go_on = {
	"session.go_on", "UPDATE session SET sign_in_id = ?, hold_until = NULL WHERE id = ?", 2, 0};

static const struct db_stmt *const stmts[] = {&by_id,  &list, &count, &open_count,
					      &insert, &lock, &go_on, NULL};

const struct db_stmt_list *sessions_statements(void)
{
	static const struct db_stmt_list all = {"session", stmts};

	return &all;
}

void session_sql_row(struct db_rows *rows, struct session_row *out)
{
	*out = (struct session_row){
		.id = db_uuid(rows, 0),
		.user_id = db_uuid(rows, 1),
		.login = db_text(rows, 2),
		.display_name = db_text(rows, 3),
		.account_id = db_uuid(rows, 4),
		.account = db_text(rows, 5),
		.target_id = db_uuid(rows, 6),
		.target = db_text(rows, 7),
		.kind = db_text(rows, 8),
		.request_id = db_uuid(rows, 9),
		.number = db_text(rows, 10),
		.state = db_text(rows, 11),
		.stage = db_text(rows, 12),
		.created_at = db_time(rows, 13),
		.connected_at = db_time(rows, 14),
		.ended_at = db_time(rows, 15),
		.end_hop = db_text(rows, 16),
		.end_reason = db_text(rows, 17),
		.end_text = db_text(rows, 18),
		.peer = db_text(rows, 19),
		.bytes_in = db_int(rows, 20),
		.bytes_out = db_int(rows, 21),
		.recording = db_text(rows, 22),
		.chunks = db_int(rows, 23),
		.bytes = db_int(rows, 24),
		.commands = db_int(rows, 25),
		.duration_ms = db_int(rows, 26),
	};
}

static void read_row(struct db_rows *rows, void *arg)
{
	session_sql_row(rows, arg);
}

enum err session_sql_by_id(struct ctx *ctx, const struct uuid *id, struct session_row *out)
{
	return db_one(ctx, &by_id, (struct db_param[]){DB_P_UUID(id)}, read_row, out);
}

static void filter_params(const struct session_filter *filter, struct db_param out[FOUND_PARAMS])
{
	struct db_param *p = out;

	*p++ = DB_P_UUID(filter->user_id);
	*p++ = DB_P_UUID(filter->user_id);
	*p++ = DB_P_TEXT(filter->state);
	*p++ = DB_P_TEXT(filter->state);
	*p++ = DB_P_TIME_OR_NULL(filter->from);
	*p++ = DB_P_TIME_OR_NULL(filter->from);
	*p++ = DB_P_TIME_OR_NULL(filter->to);
	*p++ = DB_P_TIME_OR_NULL(filter->to);
	while (p < out + FOUND_PARAMS)
		*p++ = DB_P_TEXT(filter->q);
}

enum err session_sql_list(struct ctx *ctx, const struct session_filter *filter,
			  const struct page *page, struct db_rows **out)
{
	struct db_param params[FOUND_PARAMS + 4];

	filter_params(filter, params);
	params[FOUND_PARAMS] = DB_P_TIME(page->after.number);
	params[FOUND_PARAMS + 1] = DB_P_TIME(page->after.number);
	params[FOUND_PARAMS + 2] = DB_P_UUID(&page->after.id);
	params[FOUND_PARAMS + 3] = DB_P_INT(page->fetch);
	return db_query(ctx, &list, params, out);
}

static void read_number(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

enum err session_sql_count(struct ctx *ctx, const struct session_filter *filter, int64_t *out)
{
	struct db_param params[FOUND_PARAMS];

	filter_params(filter, params);
	return db_one(ctx, &count, params, read_number, out);
}

enum err session_sql_open_count(struct ctx *ctx, const struct uuid *lease_id, int64_t *out)
{
	return db_one(ctx, &open_count, (struct db_param[]){DB_P_UUID(lease_id)}, read_number, out);
}

enum err session_sql_insert(struct ctx *ctx, const struct uuid *id, const struct lease *lease,
			    const char *peer, int64_t now)
{
	struct db_param params[] = {DB_P_UUID(id),
				    DB_P_UUID(&lease->id),
				    DB_P_UUID(&lease->user_id),
				    DB_P_UUID(&lease->account_id),
				    DB_P_UUID(&lease->target_id),
				    DB_P_TIME(now),
				    DB_P_TEXT(peer)};

	return db_exec(ctx, &insert, params, NULL);
}

static void read_locked(struct db_rows *rows, void *arg)
{
	*(struct session_locked *)arg = (struct session_locked){.user_id = db_uuid(rows, 0),
								.lease_id = db_uuid(rows, 1),
								.state = db_text(rows, 2),
								.taken = db_int(rows, 3) != 0,
								.hold_until = db_time(rows, 4)};
}

enum err session_sql_lock(struct ctx *ctx, const struct uuid *id, struct session_locked *out)
{
	return db_one(ctx, &lock, (struct db_param[]){DB_P_UUID(id)}, read_locked, out);
}

enum err session_sql_go_on(struct ctx *ctx, const struct uuid *id, const struct uuid *sign_in_id)
{
	const struct db_param params[] = {DB_P_UUID(sign_in_id), DB_P_UUID(id)};

	return db_exec(ctx, &go_on, params, NULL);
}
