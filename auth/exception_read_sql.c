/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/exception_read_sql.h"

#include "auth/auth.h"
#include "auth/exception.h"
#include "sql/db.h"

/* Those that wait or hold; EXCEPTION_ALL_MAX of them. */
static const struct db_stmt open = {
	"exception_read.open",
	"SELECT e.id, e.user_id, u.login, u.display_name, e.network, e.note, a.login, b.login, "
	"e.asked_by = ?, e.asked_at, e.approved_at, e.until_at FROM sign_in_exception e "
	"JOIN user u ON u.id = e.user_id LEFT JOIN user a ON a.id = e.asked_by "
	"LEFT JOIN user b ON b.id = e.approved_by WHERE e.ended_at IS NULL "
	"ORDER BY e.until_at, e.id LIMIT 200",
	1, 12};
static const struct db_stmt *const stmts[] = {&open, NULL};
static const struct db_stmt_list list = {"exception_read", stmts};

const struct db_stmt_list *exception_read_statements(void)
{
	return &list;
}

enum err exception_read(struct ctx *ctx, const struct uuid *reader,
			void (*fn)(void *arg, const struct exception_view *view), void *arg)
{
	const struct db_param params[] = {DB_P_UUID(reader)};
	struct db_rows *rows = NULL;
	enum err err = db_query(ctx, &open, params, &rows);

	if (err != ERR_OK)
		return err;
	while (db_next(rows)) {
		const struct exception_view view = {
			.id = db_uuid(rows, 0),
			.user_id = db_uuid(rows, 1),
			.login = db_text(rows, 2),
			.display_name = db_text(rows, 3),
			.network = db_text(rows, 4),
			.note = db_text(rows, 5),
			.asked_by = db_text(rows, 6),
			.approved_by = db_text(rows, 7),
			.own = db_int(rows, 8) != 0,
			.asked_at = db_time(rows, 9),
			.approved_at = db_is_null(rows, 10) ? 0 : db_time(rows, 10),
			.until = db_time(rows, 11)};
		fn(arg, &view);
	}
	return db_rows_close(rows);
}
