/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/program_sql.h"

#include "auth/auth.h"
#include "base/sys.h"

#define PROGRAM                                                                                   \
	"p.id, p.name, p.display_name, p.state, p.roles, p.scopes, p.networks, p.token_seconds, " \
	"p.version"
enum { PROGRAM_COLUMNS = 9 };

static const struct db_stmt insert = {
	"program.insert",
	"INSERT INTO program (id, name, display_name, roles, scopes, networks, token_seconds, "
	"created_at, updated_at, event_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	10, 0};
static const struct db_stmt find = {
	"program.find",
	"SELECT " PROGRAM " FROM program p WHERE p.id = ? AND p.state <> 'deleted' FOR UPDATE", 1,
	PROGRAM_COLUMNS};
static const struct db_stmt store = {
	"program.store",
	"UPDATE program SET display_name = ?, state = ?, roles = ?, scopes = ?, networks = ?, "
	"token_seconds = ?, version = version + 1, updated_at = ?, event_id = ? WHERE id = ?",
	9, 0};
static const struct db_stmt secret_insert = {
	"program.secret_insert",
	"INSERT INTO program_secret (id, program_id, secret_hash, created_at, expires_at) "
	"VALUES (?, ?, ?, ?, ?)",
	5, 0};
static const struct db_stmt secret_count = {
	"program.secret_count",
	"SELECT COUNT(*) FROM program_secret WHERE program_id = ? AND ended_at IS NULL AND "
	"expires_at > ?",
	2, 1};
static const struct db_stmt secret_end = {
	"program.secret_end",
	"UPDATE program_secret SET ended_at = ?, end_reason = ? WHERE program_id = ? AND id = ? "
	"AND ended_at IS NULL",
	4, 0};
static const struct db_stmt secrets_end = {
	"program.secrets_end",
	"UPDATE program_secret SET ended_at = ?, end_reason = ? WHERE program_id = ? AND "
	"ended_at IS NULL",
	3, 0};
static const struct db_stmt touch = {
	"program.touch",
	"UPDATE program_secret SET last_used_at = ?, last_used_from = ? WHERE id = ?", 3, 0};
static const struct db_stmt client = {
	"program.client",
	"SELECT " PROGRAM ", s.id, s.created_at, s.expires_at, s.ended_at IS NOT NULL "
	"FROM program p LEFT JOIN program_secret s ON s.program_id = p.id AND s.secret_hash = ? "
	"WHERE p.name = ? FOR UPDATE",
	2, PROGRAM_COLUMNS + 4};
static const struct db_stmt tokens_forget = {
	"program.tokens_forget",
	"DELETE FROM program_token WHERE program_id = ? AND expires_at <= ? LIMIT 100", 2, 0};
static const struct db_stmt token_insert = {
	"program.token_insert",
	"INSERT INTO program_token (id, program_id, secret_id, token_hash, scopes, networks, "
	"created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	8, 0};
static const struct db_stmt token_count = {
	"program.token_count",
	"SELECT COUNT(*) FROM program_token WHERE program_id = ? AND expires_at > ? AND "
	"ended_at IS NULL",
	2, 1};
static const struct db_stmt token_end = {
	"program.token_end",
	"UPDATE program_token SET ended_at = ? WHERE program_id = ? AND token_hash = ? AND "
	"ended_at IS NULL",
	3, 0};
static const struct db_stmt tokens_end = {
	"program.tokens_end",
	"UPDATE program_token SET ended_at = ? WHERE program_id = ? AND ended_at IS NULL", 2, 0};
static const struct db_stmt token_by_hash = {
	"program.token",
	"SELECT " PROGRAM ", t.id, t.secret_id, t.scopes, t.networks, t.created_at, t.expires_at, "
	"s.last_used_at, s.ended_at IS NOT NULL FROM program_token t "
	"JOIN program p ON p.id = t.program_id JOIN program_secret s ON s.id = t.secret_id "
	"WHERE t.token_hash = ? AND t.ended_at IS NULL",
	1, PROGRAM_COLUMNS + 8};

static const struct db_stmt *const stmts[] = {
	&insert,       &find,	       &store,	       &secret_insert,
	&secret_count, &secret_end,    &secrets_end,   &touch,
	&client,       &tokens_forget, &token_insert,  &token_count,
	&token_end,    &tokens_end,    &token_by_hash, NULL};
static const struct db_stmt_list list = {"program", stmts};

const struct db_stmt_list *program_statements(void)
{
	return &list;
}

enum err program_sql_insert(struct ctx *ctx, const struct program *program, int64_t now,
			    const struct uuid *event_id)
{
	const struct db_param params[] = {DB_P_UUID(&program->id),
					  DB_P_TEXT(program->name),
					  DB_P_TEXT(program->display_name),
					  DB_P_TEXT(program->roles),
					  DB_P_TEXT(program->scopes),
					  DB_P_TEXT(program->networks),
					  DB_P_INT(program->token_seconds),
					  DB_P_TIME(now),
					  DB_P_TIME(now),
					  DB_P_UUID(event_id)};
	enum err err = db_exec(ctx, &insert, params, NULL);

	return err == ERR_CONFLICT ? err_reason(ctx, ERR_CONFLICT, "program.name_taken",
						"That name is taken, or was once.")
				   : err;
}

static struct program read_program(struct db_rows *rows)
{
	return (struct program){.id = db_uuid(rows, 0),
				.name = db_text(rows, 1),
				.display_name = db_text(rows, 2),
				.state = db_text(rows, 3),
				.roles = db_text(rows, 4),
				.scopes = db_text(rows, 5),
				.networks = db_text(rows, 6),
				.token_seconds = db_int(rows, 7),
				.version = db_int(rows, 8)};
}

static void read_found(struct db_rows *rows, void *arg)
{
	*(struct program *)arg = read_program(rows);
}

enum err program_sql_find(struct ctx *ctx, const struct uuid *id, struct program *out)
{
	const struct db_param params[] = {DB_P_UUID(id)};

	return db_one(ctx, &find, params, read_found, out);
}

enum err program_sql_store(struct ctx *ctx, const struct program *program, int64_t now,
			   const struct uuid *event_id)
{
	const struct db_param params[] = {DB_P_TEXT(program->display_name),
					  DB_P_TEXT(program->state),
					  DB_P_TEXT(program->roles),
					  DB_P_TEXT(program->scopes),
					  DB_P_TEXT(program->networks),
					  DB_P_INT(program->token_seconds),
					  DB_P_TIME(now),
					  DB_P_UUID(event_id),
					  DB_P_UUID(&program->id)};

	return db_exec(ctx, &store, params, NULL);
}

enum err program_sql_secret_insert(struct ctx *ctx, const struct uuid *program_id,
				   const struct program_secret *secret, const uint8_t hash[32])
{
	const struct db_param params[] = {DB_P_UUID(&secret->id), DB_P_UUID(program_id),
					  DB_P_BYTES(hash, 32), DB_P_TIME(secret->created_at),
					  DB_P_TIME(secret->expires_at)};

	return db_exec(ctx, &secret_insert, params, NULL);
}

static void read_count(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

static enum err count(struct ctx *ctx, const struct db_stmt *stmt, const struct uuid *program_id,
		      int64_t now, int64_t *out)
{
	const struct db_param params[] = {DB_P_UUID(program_id), DB_P_TIME(now)};

	return db_one(ctx, stmt, params, read_count, out);
}

enum err program_sql_secret_count(struct ctx *ctx, const struct uuid *program_id, int64_t now,
				  int64_t *out)
{
	return count(ctx, &secret_count, program_id, now, out);
}

enum err program_sql_secret_end(struct ctx *ctx, const struct uuid *program_id,
				const struct uuid *id, const char *reason, uint64_t *out_ended)
{
	const struct db_param params[] = {DB_P_TIME(sys_real_us()), DB_P_TEXT(reason),
					  DB_P_UUID(program_id), DB_P_UUID(id)};

	return db_exec(ctx, &secret_end, params, out_ended);
}

enum err program_sql_secrets_end(struct ctx *ctx, const struct uuid *program_id, const char *reason)
{
	const struct db_param params[] = {DB_P_TIME(sys_real_us()), DB_P_TEXT(reason),
					  DB_P_UUID(program_id)};

	return db_exec(ctx, &secrets_end, params, NULL);
}

enum err program_sql_touch(struct ctx *ctx, const struct uuid *secret_id, int64_t now,
			   struct block peer)
{
	const struct db_param params[] = {
		DB_P_TIME(now),
		{.type = DB_TEXT, .data = peer.len ? peer.data : (const void *)"", .len = peer.len},
		DB_P_UUID(secret_id)};

	return db_exec(ctx, &touch, params, NULL);
}

static void read_client(struct db_rows *rows, void *arg)
{
	struct program_client *out = arg;

	out->program = read_program(rows);
	out->has_secret = !db_is_null(rows, PROGRAM_COLUMNS);
	out->secret = (struct program_secret){.id = db_uuid(rows, PROGRAM_COLUMNS),
					      .created_at = db_time(rows, PROGRAM_COLUMNS + 1),
					      .expires_at = db_time(rows, PROGRAM_COLUMNS + 2)};
	out->secret_ended = db_int(rows, PROGRAM_COLUMNS + 3) != 0;
}

enum err program_sql_client(struct ctx *ctx, const char *name, const uint8_t hash[32],
			    struct program_client *out)
{
	const struct db_param params[] = {DB_P_BYTES(hash, 32), DB_P_TEXT(name)};

	return db_one(ctx, &client, params, read_client, out);
}

enum err program_sql_token_insert(struct ctx *ctx, const struct uuid *program_id,
				  const struct program_token *token, const uint8_t hash[32])
{
	const struct db_param old[] = {DB_P_UUID(program_id), DB_P_TIME(token->created_at)};
	const struct db_param params[] = {
		DB_P_UUID(&token->id),	      DB_P_UUID(program_id),
		DB_P_UUID(&token->secret_id), DB_P_BYTES(hash, 32),
		DB_P_TEXT(token->scopes),     DB_P_TEXT(token->networks),
		DB_P_TIME(token->created_at), DB_P_TIME(token->expires_at)};
	enum err err = db_exec(ctx, &tokens_forget, old, NULL);

	return err == ERR_OK ? db_exec(ctx, &token_insert, params, NULL) : err;
}

enum err program_sql_token_count(struct ctx *ctx, const struct uuid *program_id, int64_t now,
				 int64_t *out)
{
	return count(ctx, &token_count, program_id, now, out);
}

enum err program_sql_token_end(struct ctx *ctx, const struct uuid *program_id,
			       const uint8_t hash[32], uint64_t *out_ended)
{
	const struct db_param params[] = {DB_P_TIME(sys_real_us()), DB_P_UUID(program_id),
					  DB_P_BYTES(hash, 32)};

	return db_exec(ctx, &token_end, params, out_ended);
}

enum err program_sql_tokens_end(struct ctx *ctx, const struct uuid *program_id)
{
	const struct db_param params[] = {DB_P_TIME(sys_real_us()), DB_P_UUID(program_id)};

	return db_exec(ctx, &tokens_end, params, NULL);
}

static void read_token(struct db_rows *rows, void *arg)
{
	struct program_token_row *out = arg;

	out->program = read_program(rows);
	out->token = (struct program_token){.id = db_uuid(rows, PROGRAM_COLUMNS),
					    .secret_id = db_uuid(rows, PROGRAM_COLUMNS + 1),
					    .scopes = db_text(rows, PROGRAM_COLUMNS + 2),
					    .networks = db_text(rows, PROGRAM_COLUMNS + 3),
					    .created_at = db_time(rows, PROGRAM_COLUMNS + 4),
					    .expires_at = db_time(rows, PROGRAM_COLUMNS + 5)};
	out->secret_used_at = db_time(rows, PROGRAM_COLUMNS + 6);
	out->secret_ended = db_int(rows, PROGRAM_COLUMNS + 7) != 0;
}

enum err program_sql_token(struct ctx *ctx, const uint8_t hash[32], struct program_token_row *out)
{
	const struct db_param params[] = {DB_P_BYTES(hash, 32)};

	return db_one(ctx, &token_by_hash, params, read_token, out);
}
