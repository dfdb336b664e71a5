/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/signin_sql.h"

#include <string.h>

#include "auth/auth.h"
#include "base/sys.h"

static const int64_t known_for_us = (int64_t)90 * 24 * 3600 * 1000000;

#define ROW                                                                                     \
	"SELECT u.id, u.login, u.display_name, u.language, u.timezone, u.theme, u.state, "      \
	"u.version, p.hash, p.changed_at FROM user u LEFT JOIN auth_password p ON p.user_id = " \
	"u.id "
static const struct db_stmt by_login = {"signin.by_login", ROW "WHERE u.login = ?", 1, 10};
static const struct db_stmt again = {"signin.again", ROW "WHERE u.id = ? FOR UPDATE", 1, 10};
static const struct db_stmt setting_get = {"signin.setting",
					   "SELECT value FROM setting WHERE name = ?", 1, 1};
static const struct db_stmt setting_add = {"signin.add_setting",
					   "INSERT INTO setting (name, value) VALUES (?, ?)", 2, 0};
static const struct db_stmt setting_set = {"signin.set_setting",
					   "UPDATE setting SET value = ? WHERE name = ?", 2, 0};
static const struct db_stmt network_known = {"signin.network_known",
					     "SELECT EXISTS (SELECT 1 FROM auth_session "
					     "WHERE user_id = ? AND peer = ? AND created_at > ?)",
					     3, 1};

static const struct db_stmt *const stmts[] = {
	&by_login, &again, &setting_get, &setting_add, &setting_set, &network_known, NULL};
static const struct db_stmt_list list = {"signin", stmts};

const struct db_stmt_list *signin_statements(void)
{
	return &list;
}

struct read_arg {
	struct ctx *ctx;
	struct signin_row *row;
};

static void read_signin(struct db_rows *rows, void *arg)
{
	struct read_arg *read = arg;
	struct signin_row *row = read->row;
	struct block hash = db_bytes(rows, 8);

	row->user = (struct user){.id = db_uuid(rows, 0),
				  .login = db_text(rows, 1),
				  .display_name = db_text(rows, 2),
				  .language = db_text(rows, 3),
				  .timezone = db_text(rows, 4),
				  .theme = db_text(rows, 5),
				  .state = db_text(rows, 6),
				  .version = db_int(rows, 7)};
	row->hash = hash.len ? arena_strndup(read->ctx->arena, (const char *)hash.data, hash.len)
			     : NULL;
	row->set_at = db_time(rows, 9);
}

enum err signin_sql_by_login(struct ctx *ctx, const char *login, struct signin_row *out)
{
	struct read_arg arg = {ctx, out};
	const struct db_param params[] = {DB_P_TEXT(login)};
	enum err err = db_one(ctx, &by_login, params, read_signin, &arg);

	if (err == ERR_NOT_FOUND) {
		memset(out, 0, sizeof(*out));
		return ERR_OK;
	}
	return err;
}

enum err signin_sql_again(struct ctx *ctx, const struct uuid *user_id, struct signin_row *out)
{
	struct read_arg arg = {ctx, out};
	const struct db_param params[] = {DB_P_UUID(user_id)};

	return db_one(ctx, &again, params, read_signin, &arg);
}

static void read_block(struct db_rows *rows, void *arg)
{
	*(struct block *)arg = db_bytes(rows, 0);
}

enum err signin_sql_setting(struct ctx *ctx, const char *name, struct block *out)
{
	const struct db_param params[] = {DB_P_TEXT(name)};

	return db_one(ctx, &setting_get, params, read_block, out);
}

enum err signin_sql_add_setting(struct ctx *ctx, const char *name, struct block value)
{
	const struct db_param params[] = {DB_P_TEXT(name), DB_P_BYTES(value.data, value.len)};

	return db_exec(ctx, &setting_add, params, NULL);
}

enum err signin_sql_set_setting(struct ctx *ctx, const char *name, struct block value)
{
	const struct db_param params[] = {DB_P_BYTES(value.data, value.len), DB_P_TEXT(name)};

	return db_exec(ctx, &setting_set, params, NULL);
}

static void read_flag(struct db_rows *rows, void *arg)
{
	*(bool *)arg = db_int(rows, 0) != 0;
}

enum err signin_sql_network_known(struct ctx *ctx, const struct uuid *user_id, struct block peer,
				  bool *out)
{
	const struct db_param params[] = {DB_P_UUID(user_id),
					  {.type = DB_TEXT, .data = peer.data, .len = peer.len},
					  DB_P_TIME(sys_real_us() - known_for_us)};

	if (peer.len == 0) {
		*out = false;
		return ERR_OK;
	}
	return db_one(ctx, &network_known, params, read_flag, out);
}
