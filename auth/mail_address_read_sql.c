/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/auth.h"
#include "auth/mail_code_sql.h"

static const struct db_stmt get = {"mail_address.get",
				   "SELECT email, email_confirmed_at FROM user WHERE id = ?", 1, 2};
static const struct db_stmt server = {"mail_address.server",
				      "SELECT host <> '' FROM mail_server WHERE one = 1", 0, 1};

static const struct db_stmt *const stmts[] = {&get, &server, NULL};
static const struct db_stmt_list list = {"mail_address", stmts};

const struct db_stmt_list *mail_address_statements(void)
{
	return &list;
}

static void read_address(struct db_rows *rows, void *arg)
{
	struct mail_address *address = arg;

	address->address = db_text(rows, 0);
	address->confirmed_at = address->address ? db_time(rows, 1) : 0;
}

enum err mail_address_sql_get(struct ctx *ctx, const struct uuid *user_id, struct mail_address *out)
{
	const struct db_param params[] = {DB_P_UUID(user_id)};

	return db_one(ctx, &get, params, read_address, out);
}

static void read_flag(struct db_rows *rows, void *arg)
{
	*(bool *)arg = db_int(rows, 0) != 0;
}

enum err mail_address_sql_server(struct ctx *ctx, bool *out)
{
	return db_one(ctx, &server, NULL, read_flag, out);
}
