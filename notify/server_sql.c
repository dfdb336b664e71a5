/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "notify/server_sql.h"

#include "base/sys.h"
#include "sql/db.h"

#define COLUMNS "host, port, security, login, secret_id, sender, ca, version"

static const struct db_stmt get = {"mail_server.get",
				   "SELECT " COLUMNS " FROM mail_server WHERE one = 1", 0, 8};
static const struct db_stmt get_locked = {
	"mail_server.get_locked", "SELECT " COLUMNS " FROM mail_server WHERE one = 1 FOR UPDATE", 0,
	8};
static const struct db_stmt store = {
	"mail_server.store",
	"UPDATE mail_server SET host = ?, port = ?, security = ?, login = ?, secret_id = ?, "
	"sender = ?, ca = ?, version = version + 1, updated_at = ?, event_id = ? WHERE one = 1",
	9, 0};

static const struct db_stmt *const stmts[] = {&get, &get_locked, &store, NULL};
static const struct db_stmt_list list = {"mail_server", stmts};

const struct db_stmt_list *mail_server_statements(void)
{
	return &list;
}

static void read_settings(struct db_rows *rows, void *arg)
{
	*(struct mail_settings *)arg = (struct mail_settings){.host = db_text(rows, 0),
							      .port = db_int(rows, 1),
							      .security = db_text(rows, 2),
							      .login = db_text(rows, 3),
							      .secret_id = db_uuid(rows, 4),
							      .sender = db_text(rows, 5),
							      .ca = db_text(rows, 6),
							      .version = db_int(rows, 7)};
}

enum err mail_server_get(struct ctx *ctx, bool lock, struct mail_settings *out)
{
	return db_one(ctx, lock ? &get_locked : &get, NULL, read_settings, out);
}

enum err mail_server_store(struct ctx *ctx, const struct mail_settings *settings,
			   const struct uuid *event_id)
{
	const struct db_param params[] = {
		DB_P_TEXT(settings->host),
		DB_P_INT(settings->port),
		DB_P_TEXT(settings->security),
		DB_P_TEXT(settings->login),
		DB_P_UUID(uuid_is_nil(&settings->secret_id) ? NULL : &settings->secret_id),
		DB_P_TEXT(settings->sender),
		DB_P_TEXT(settings->ca),
		DB_P_TIME(sys_real_us()),
		DB_P_UUID(event_id)};

	return db_exec(ctx, &store, params, NULL);
}
