/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/token_sql.h"

#include "auth/auth.h"
#include "base/sys.h"

static const struct db_stmt insert = {
	"api_token.insert",
	"INSERT INTO api_token (id, user_id, token_hash, name, scopes, networks, created_at, "
	"expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	8, 0};
static const struct db_stmt select_by_hash = {
	"api_token.by_hash",
	"SELECT t.id, t.name, t.scopes, t.networks, t.created_at, t.expires_at, t.last_used_at, "
	"u.id, u.login, u.display_name, u.language, u.timezone, u.theme, u.state, u.version, "
	"(SELECT COUNT(*) FROM auth_totp f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL) "
	"+ (SELECT COUNT(*) FROM auth_passkey k WHERE k.user_id = u.id), "
	"COALESCE((SELECT p.must_change FROM auth_password p WHERE p.user_id = u.id), FALSE) "
	"FROM api_token t JOIN user u ON u.id = t.user_id "
	"WHERE t.token_hash = ? AND t.ended_at IS NULL",
	1, 17};
static const struct db_stmt touch = {
	"api_token.touch", "UPDATE api_token SET last_used_at = ?, last_used_from = ? WHERE id = ?",
	3, 0};
static const struct db_stmt count_alive = {
	"api_token.count",
	"SELECT COUNT(*) FROM api_token WHERE user_id = ? AND ended_at IS NULL AND expires_at > ?",
	2, 1};
static const struct db_stmt select_one = {
	"api_token.find",
	"SELECT id, name, scopes, networks, created_at, expires_at, user_id FROM api_token "
	"WHERE id = ? AND (? IS NULL OR user_id = ?) AND ended_at IS NULL FOR UPDATE",
	3, 7};
static const struct db_stmt end_one = {
	"api_token.end",
	"UPDATE api_token SET ended_at = ?, end_reason = ? WHERE id = ? AND ended_at IS NULL", 3,
	0};
static const struct db_stmt end_all = {
	"api_token.end_all",
	"UPDATE api_token SET ended_at = ?, end_reason = ? WHERE user_id = ? AND ended_at IS NULL",
	3, 0};

static const struct db_stmt *const stmts[] = {&insert,	   &select_by_hash, &touch,   &count_alive,
					      &select_one, &end_one,	    &end_all, NULL};
static const struct db_stmt_list list = {"api_token", stmts};

const struct db_stmt_list *token_statements(void)
{
	return &list;
}

enum err token_sql_insert(struct ctx *ctx, const struct token *token, const struct uuid *user_id,
			  const uint8_t hash[32])
{
	const struct db_param params[] = {
		DB_P_UUID(&token->id),	      DB_P_UUID(user_id),
		DB_P_BYTES(hash, 32),	      DB_P_TEXT(token->name),
		DB_P_TEXT(token->scopes),     DB_P_TEXT(token->networks),
		DB_P_TIME(token->created_at), DB_P_TIME(token->expires_at)};

	return db_exec(ctx, &insert, params, NULL);
}

static struct token read_token(struct db_rows *rows)
{
	return (struct token){.id = db_uuid(rows, 0),
			      .name = db_text(rows, 1),
			      .scopes = db_text(rows, 2),
			      .networks = db_text(rows, 3),
			      .created_at = db_time(rows, 4),
			      .expires_at = db_time(rows, 5)};
}

static void read_row(struct db_rows *rows, void *arg)
{
	struct token_row *row = arg;

	row->token = read_token(rows);
	row->last_used_at = db_time(rows, 6);
	row->user = (struct user){.id = db_uuid(rows, 7),
				  .login = db_text(rows, 8),
				  .display_name = db_text(rows, 9),
				  .language = db_text(rows, 10),
				  .timezone = db_text(rows, 11),
				  .theme = db_text(rows, 12),
				  .state = db_text(rows, 13),
				  .version = db_int(rows, 14)};
	row->factors = db_int(rows, 15);
	row->must_change = db_int(rows, 16) != 0;
}

enum err token_sql_by_hash(struct ctx *ctx, const uint8_t hash[32], struct token_row *out)
{
	const struct db_param params[] = {DB_P_BYTES(hash, 32)};

	return db_one(ctx, &select_by_hash, params, read_row, out);
}

enum err token_sql_touch(struct ctx *ctx, const struct uuid *id, int64_t now, struct block peer)
{
	const struct db_param params[] = {
		DB_P_TIME(now),
		{.type = DB_TEXT, .data = peer.len ? peer.data : (const void *)"", .len = peer.len},
		DB_P_UUID(id)};

	return db_exec(ctx, &touch, params, NULL);
}

static void read_count(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

enum err token_sql_count(struct ctx *ctx, const struct uuid *user_id, int64_t now, int64_t *out)
{
	const struct db_param params[] = {DB_P_UUID(user_id), DB_P_TIME(now)};

	return db_one(ctx, &count_alive, params, read_count, out);
}

struct found {
	struct token token;
	struct uuid user_id;
};

static void read_found(struct db_rows *rows, void *arg)
{
	struct found *found = arg;

	found->token = read_token(rows);
	found->user_id = db_uuid(rows, 6);
}

enum err token_sql_find(struct ctx *ctx, const struct uuid *id, const struct uuid *user_id,
			struct token *out, struct uuid *out_user_id)
{
	struct found found;
	const struct db_param params[] = {DB_P_UUID(id), DB_P_UUID(user_id), DB_P_UUID(user_id)};
	enum err err = db_one(ctx, &select_one, params, read_found, &found);

	if (err != ERR_OK)
		return err;
	*out = found.token;
	*out_user_id = found.user_id;
	return ERR_OK;
}

enum err token_sql_end(struct ctx *ctx, const struct uuid *id, const char *reason)
{
	const struct db_param params[] = {DB_P_TIME(sys_real_us()), DB_P_TEXT(reason),
					  DB_P_UUID(id)};

	return db_exec(ctx, &end_one, params, NULL);
}

enum err token_sql_end_all(struct ctx *ctx, const struct uuid *user_id, const char *reason)
{
	const struct db_param params[] = {DB_P_TIME(sys_real_us()), DB_P_TEXT(reason),
					  DB_P_UUID(user_id)};

	return db_exec(ctx, &end_all, params, NULL);
}
