/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/reset_sql.h"

#include "auth/auth.h"
#include "base/sys.h"

static const struct db_stmt asked_by = {
	"reset.asked_by",
	"SELECT asked_by FROM auth_reset WHERE user_id = ? AND asked_at > ? FOR UPDATE", 2, 1};
static const struct db_stmt ask = {
	"reset.ask",
	"INSERT INTO auth_reset (user_id, asked_by, asked_at) VALUES (?, ?, ?) "
	"ON DUPLICATE KEY UPDATE asked_by = VALUE(asked_by), asked_at = VALUE(asked_at)",
	3, 0};
static const struct db_stmt forget = {"reset.forget", "DELETE FROM auth_reset WHERE user_id = ?", 1,
				      0};

static const struct db_stmt *const stmts[] = {&asked_by, &ask, &forget, NULL};
static const struct db_stmt_list list = {"reset", stmts};

const struct db_stmt_list *reset_statements(void)
{
	return &list;
}

static void read_id(struct db_rows *rows, void *arg)
{
	*(struct uuid *)arg = db_uuid(rows, 0);
}

enum err reset_sql_asked_by(struct ctx *ctx, const struct uuid *user_id, int64_t since,
			    struct uuid *out)
{
	const struct db_param params[] = {DB_P_UUID(user_id), DB_P_TIME(since)};

	return db_one(ctx, &asked_by, params, read_id, out);
}

enum err reset_sql_ask(struct ctx *ctx, const struct uuid *user_id, const struct uuid *by)
{
	const struct db_param params[] = {DB_P_UUID(user_id), DB_P_UUID(by),
					  DB_P_TIME(sys_real_us())};

	return db_exec(ctx, &ask, params, NULL);
}

enum err reset_sql_forget(struct ctx *ctx, const struct uuid *user_id)
{
	const struct db_param params[] = {DB_P_UUID(user_id)};

	return db_exec(ctx, &forget, params, NULL);
}
