/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/past_read_sql.h"

#include "auth/auth.h"
#include "auth/past.h"
#include "base/sys.h"
#include "sql/db.h"

static const struct db_stmt of_user = {
	"past_read.of_user",
	"SELECT id, occurred_at, judged_at, peer, user_agent, reason, verdict, session_id <=> ? "
	"FROM auth_sign_in WHERE user_id = ? AND occurred_at > ? ORDER BY occurred_at DESC LIMIT ?",
	4, 8};
static const struct db_stmt *const stmts[] = {&of_user, NULL};
static const struct db_stmt_list list = {"past_read", stmts};

const struct db_stmt_list *past_read_statements(void)
{
	return &list;
}

enum err past_read(struct ctx *ctx, const struct uuid *user_id, const struct uuid *session_id,
		   void (*fn)(void *arg, const struct past_view *past), void *arg)
{
	int64_t since = sys_real_us() - PAST_SHOWN_DAYS * (int64_t)24 * 3600 * 1000000;
	const struct db_param params[] = {DB_P_UUID(session_id), DB_P_UUID(user_id),
					  DB_P_TIME(since), DB_P_INT(PAST_SHOWN)};
	struct db_rows *rows = NULL;
	enum err err = db_query(ctx, &of_user, params, &rows);

	if (err != ERR_OK)
		return err;
	while (db_next(rows)) {
		const struct past_view past = {.id = db_uuid(rows, 0),
					       .at = db_time(rows, 1),
					       .judged_at =
						       db_is_null(rows, 2) ? 0 : db_time(rows, 2),
					       .peer = db_text(rows, 3),
					       .user_agent = db_text(rows, 4),
					       .reason = db_text(rows, 5),
					       .verdict = db_text(rows, 6),
					       .current = db_int(rows, 7) != 0};
		fn(arg, &past);
	}
	return db_rows_close(rows);
}
