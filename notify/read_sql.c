/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "notify/read_sql.h"

#include "sql/db.h"

#define COLUMNS                                                                           \
	"id, kind, login, address, state, error, peer, user_agent, detail, occurred_at, " \
	"attempts"

static const struct db_stmt own = {"notify_read.own",
				   "SELECT " COLUMNS
				   " FROM mail_outbox WHERE user_id = ? AND kind <> 'test' "
				   "AND state <> 'dropped' ORDER BY occurred_at DESC LIMIT 50",
				   1, 11};
static const struct db_stmt failures = {
	"notify_read.failures",
	"SELECT " COLUMNS " FROM mail_outbox WHERE state IN ('failed', 'waiting') "
	"AND error IS NOT NULL AND kind <> 'test' ORDER BY occurred_at DESC LIMIT 20",
	0, 11};
static const struct db_stmt test = {"notify_read.test",
				    "SELECT " COLUMNS
				    " FROM mail_outbox WHERE user_id = ? AND kind = 'test' "
				    "AND occurred_at > ? ORDER BY occurred_at DESC LIMIT 1",
				    2, 11};
static const struct db_stmt figures = {
	"notify_read.figures",
	"SELECT (SELECT COUNT(*) FROM mail_outbox WHERE state = 'waiting'), sent_at, error, "
	"error_at FROM mail_state WHERE one = 1",
	0, 4};

static const struct db_stmt *const stmts[] = {&own, &failures, &test, &figures, NULL};
static const struct db_stmt_list list = {"notify_read", stmts};

const struct db_stmt_list *notify_read_statements(void)
{
	return &list;
}

static void read_view(struct db_rows *rows, void *arg)
{
	*(struct notice_view *)arg = (struct notice_view){.id = db_uuid(rows, 0),
							  .kind = db_text(rows, 1),
							  .login = db_text(rows, 2),
							  .address = db_text(rows, 3),
							  .state = db_text(rows, 4),
							  .error = db_text(rows, 5),
							  .peer = db_text(rows, 6),
							  .user_agent = db_text(rows, 7),
							  .detail = db_text(rows, 8),
							  .occurred_at = db_time(rows, 9),
							  .attempts = db_int(rows, 10)};
}

static enum err each(struct ctx *ctx, const struct db_stmt *stmt, const struct db_param *params,
		     notice_view_fn *fn, void *arg)
{
	struct db_rows *rows = NULL;
	enum err err = db_query(ctx, stmt, params, &rows);

	if (err != ERR_OK)
		return err;
	while (db_next(rows)) {
		struct notice_view view;
		read_view(rows, &view);
		fn(arg, &view);
	}
	return db_rows_close(rows);
}

enum err notify_read_own(struct ctx *ctx, const struct uuid *user_id, notice_view_fn *fn, void *arg)
{
	const struct db_param params[] = {DB_P_UUID(user_id)};

	return each(ctx, &own, params, fn, arg);
}

enum err notify_read_failures(struct ctx *ctx, notice_view_fn *fn, void *arg)
{
	return each(ctx, &failures, NULL, fn, arg);
}

enum err notify_read_test(struct ctx *ctx, const struct uuid *user_id, int64_t since,
			  struct notice_view *out)
{
	const struct db_param params[] = {DB_P_UUID(user_id), DB_P_TIME(since)};
	enum err err = db_one(ctx, &test, params, read_view, out);

	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static void read_figures(struct db_rows *rows, void *arg)
{
	*(struct mail_figures *)arg = (struct mail_figures){.waiting = db_int(rows, 0),
							    .sent_at = db_time(rows, 1),
							    .error = db_text(rows, 2),
							    .error_at = db_time(rows, 3)};
}

enum err notify_read_figures(struct ctx *ctx, struct mail_figures *out)
{
	return db_one(ctx, &figures, NULL, read_figures, out);
}
