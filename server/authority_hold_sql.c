/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/authority_hold_sql.h"

#include "server/authority_hold.h"
#include "sql/db.h"

#define HELD_BY                                                                                \
	"SELECT s.id, i.id, s.user_id, u.login, a.name, t.name, IF(i.ended_at IS NULL, NULL, " \
	"COALESCE(i.end_reason, '')), i.created_at, i.last_seen_at, i.idle_expires_at, "       \
	"i.expires_at FROM session s JOIN auth_session i ON i.id = s.sign_in_id "              \
	"JOIN user u ON u.id = s.user_id JOIN account a ON a.id = s.account_id JOIN target t " \
	"ON t.id = s.target_id WHERE s.state IN ('waiting', 'connecting', 'live') "            \
	"AND s.hold_until IS NULL AND "
enum { COLUMNS = 11 };

static const struct db_stmt over = {
	"hold.over",
	HELD_BY "(i.ended_at IS NOT NULL OR i.idle_expires_at <= ? OR i.expires_at <= ?) "
		"ORDER BY s.id LIMIT ?",
	3, COLUMNS};
static const struct db_stmt one = {"hold.one", HELD_BY "s.id = ?", 1, COLUMNS};
static const struct db_stmt set_until = {
	"hold.set",
	"UPDATE session SET hold_until = ? WHERE id = ? AND hold_until IS NULL "
	"AND state IN ('waiting', 'connecting', 'live')",
	2, 0};

static const struct db_stmt late = {"hold.late",
				    "SELECT id FROM session WHERE state IN ('waiting', "
				    "'connecting', 'live') AND hold_until <= ? "
				    "ORDER BY id LIMIT ?",
				    2, 1};

static const struct db_stmt *const stmts[] = {&over, &one, &set_until, &late, NULL};
static const struct db_stmt_list list = {"hold", stmts};

const struct db_stmt_list *hold_statements(void)
{
	return &list;
}

static void read_row(struct db_rows *rows, void *arg)
{
	*(struct hold_row *)arg = (struct hold_row){.session_id = db_uuid(rows, 0),
						    .sign_in_id = db_uuid(rows, 1),
						    .user_id = db_uuid(rows, 2),
						    .login = db_text(rows, 3),
						    .account = db_text(rows, 4),
						    .target = db_text(rows, 5),
						    .ended = db_text(rows, 6),
						    .created_at = db_time(rows, 7),
						    .last_seen_at = db_time(rows, 8),
						    .idle_expires_at = db_time(rows, 9),
						    .expires_at = db_time(rows, 10)};
}

enum err hold_sql_over(struct ctx *ctx, int64_t now, struct hold_row *out, size_t max,
		       size_t *out_count)
{
	struct db_rows *rows = NULL;
	size_t count = 0;
	const struct db_param params[] = {DB_P_TIME(now), DB_P_TIME(now), DB_P_INT((int64_t)max)};
	enum err err = db_query(ctx, &over, params, &rows);

	if (err != ERR_OK)
		return err;
	while (count < max && db_next(rows))
		read_row(rows, &out[count++]);
	*out_count = count;
	return db_rows_close(rows);
}

enum err hold_sql_late(struct ctx *ctx, int64_t until, struct uuid *out, size_t max,
		       size_t *out_count)
{
	struct db_rows *rows = NULL;
	size_t count = 0;
	const struct db_param params[] = {DB_P_TIME(until), DB_P_INT((int64_t)max)};
	enum err err = db_query(ctx, &late, params, &rows);

	if (err != ERR_OK)
		return err;
	while (count < max && db_next(rows))
		out[count++] = db_uuid(rows, 0);
	*out_count = count;
	return db_rows_close(rows);
}

enum err hold_sql_one(struct ctx *ctx, const struct uuid *session_id, struct hold_row *out)
{
	const struct db_param params[] = {DB_P_UUID(session_id)};

	return db_one(ctx, &one, params, read_row, out);
}

enum err hold_sql_set(struct ctx *ctx, const struct uuid *session_id, int64_t until,
		      bool *out_changed)
{
	uint64_t count = 0;
	const struct db_param params[] = {DB_P_TIME(until), DB_P_UUID(session_id)};
	enum err err = db_exec(ctx, &set_until, params, &count);

	*out_changed = count > 0;
	return err;
}
