/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/token_read_sql.h"

#include "auth/auth.h"

#define SELECT                                                                                    \
	"SELECT t.id, t.name, t.scopes, t.networks, t.created_at, t.expires_at, t.last_used_at, " \
	"t.last_used_from, t.user_id, u.login, u.display_name "                                   \
	"FROM api_token t JOIN user u ON u.id = t.user_id WHERE t.ended_at IS NULL "

static const struct db_stmt mine = {"api_token_read.mine",
				    SELECT "AND t.user_id = ? ORDER BY t.created_at, t.id", 1, 11};
static const struct db_stmt page_stmt = {"api_token_read.page",
					 SELECT "AND (? OR (t.created_at, t.id) < (?, ?)) "
						"ORDER BY t.created_at DESC, t.id DESC LIMIT ?",
					 4, 11};

static const struct db_stmt *const stmts[] = {&mine, &page_stmt, NULL};
static const struct db_stmt_list list = {"api_token_read", stmts};

const struct db_stmt_list *token_read_statements(void)
{
	return &list;
}

static enum err read_all(struct ctx *ctx, const struct db_stmt *stmt, const struct db_param *params,
			 token_view_fn *fn, void *arg)
{
	struct db_rows *rows = NULL;
	enum err err = db_query(ctx, stmt, params, &rows);

	if (err != ERR_OK)
		return err;
	while (db_next(rows)) {
		const struct token_view view = {.token = {.id = db_uuid(rows, 0),
							  .name = db_text(rows, 1),
							  .scopes = db_text(rows, 2),
							  .networks = db_text(rows, 3),
							  .created_at = db_time(rows, 4),
							  .expires_at = db_time(rows, 5)},
						.last_used_at = db_time(rows, 6),
						.last_used_from = db_text(rows, 7),
						.user_id = db_uuid(rows, 8),
						.login = db_text(rows, 9),
						.display_name = db_text(rows, 10)};
		fn(arg, &view);
	}
	return db_rows_close(rows);
}

enum err token_read_mine(struct ctx *ctx, const struct uuid *user_id, token_view_fn *fn, void *arg)
{
	const struct db_param params[] = {DB_P_UUID(user_id)};

	return read_all(ctx, &mine, params, fn, arg);
}

enum err token_read_page(struct ctx *ctx, const struct page *page, token_view_fn *fn, void *arg)
{
	const struct db_param params[] = {DB_P_INT(page->first), DB_P_TIME(page->after.number),
					  DB_P_UUID(&page->after.id), DB_P_INT(page->fetch)};

	return read_all(ctx, &page_stmt, params, fn, arg);
}
