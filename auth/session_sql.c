/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/session_sql.h"

#include "auth/auth.h"
#include "auth/floor_read_sql.h"
#include "base/sys.h"

static const struct db_stmt insert = {
	"auth_session.insert",
	"INSERT INTO auth_session (id, cookie_hash, user_id, created_at, authenticated_at, "
	"last_seen_at, idle_expires_at, expires_at, peer, user_agent, device_id, password_due, "
	"passkey_id, proof_due_at, passkey_at, weak) "
	"VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	16, 0};
#define SESSION_OF                                                                             \
	"SELECT s.id, s.authenticated_at, s.last_seen_at, s.idle_expires_at, s.expires_at, "   \
	"u.id, u.login, u.display_name, u.language, u.timezone, u.theme, u.state, u.version, " \
	"s.password_due, " SQL_PASSKEY_LEVEL ", s.proof_due_at, s.former_until, "              \
	"s.created_at, s.peer, s.weak "                                                        \
	"FROM auth_session s JOIN user u ON u.id = s.user_id "                                 \
	"LEFT JOIN auth_passkey p ON p.id = s.passkey_id AND p.user_id = s.user_id "
static const struct db_stmt select_by_cookie = {
	"auth_session.by_cookie", SESSION_OF "WHERE s.cookie_hash = ? AND s.ended_at IS NULL", 1,
	20};
static const struct db_stmt select_by_former = {
	"auth_session.by_former", SESSION_OF "WHERE s.former_hash = ? AND s.ended_at IS NULL", 1,
	20};
static const struct db_stmt select_by_id = {
	"auth_session.by_id", SESSION_OF "WHERE s.id = ? AND s.ended_at IS NULL", 1, 20};
static const struct db_stmt prove = {
	"auth_session.prove",
	"UPDATE auth_session SET proof_due_at = ? WHERE id = ? AND ended_at IS NULL AND "
	"proof_due_at IS NOT NULL",
	2, 0};
/* former_until is half a minute after the present cookie was given. */
static const struct db_stmt turn = {
	"auth_session.turn",
	"UPDATE auth_session SET former_hash = cookie_hash, cookie_hash = ?, former_until = ? "
	"WHERE id = ? AND ended_at IS NULL AND COALESCE(former_until, created_at) < ?",
	4, 0};
static const struct db_stmt lock = {"auth_session.lock",
				    "SELECT password_due FROM auth_session WHERE id = ? AND "
				    "user_id = ? AND ended_at IS NULL FOR UPDATE",
				    2, 1};
static const struct db_stmt touch = {
	"auth_session.touch",
	"UPDATE auth_session SET last_seen_at = ?, idle_expires_at = ? "
	"WHERE id = ? AND ended_at IS NULL",
	3, 0};
static const struct db_stmt renew = {
	"auth_session.renew",
	"UPDATE auth_session SET cookie_hash = ?, authenticated_at = ?, weak = FALSE, "
	"passkey_id = COALESCE(?, passkey_id), passkey_at = COALESCE(?, passkey_at) "
	"WHERE id = ? AND ended_at IS NULL",
	5, 0};
static const struct db_stmt showed_passkey = {
	"auth_session.showed_passkey",
	"SELECT EXISTS (SELECT 1 FROM auth_session WHERE id = ? AND ended_at IS NULL AND "
	"passkey_at > ?)",
	2, 1};
static const struct db_stmt end_one = {"auth_session.end",
				       "UPDATE auth_session SET ended_at = ?, end_reason = ? "
				       "WHERE id = ? AND user_id = ? AND ended_at IS NULL",
				       4, 0};
static const struct db_stmt end_all = {"auth_session.end_all",
				       "UPDATE auth_session SET ended_at = ?, end_reason = ? "
				       "WHERE user_id = ? AND ended_at IS NULL AND id <> ?",
				       4, 0};

static const struct db_stmt *const stmts[] = {
	&insert, &select_by_former, &select_by_id, &prove,
	&turn,	 &select_by_cookie, &lock,	   &touch,
	&renew,	 &end_one,	    &end_all,	   &showed_passkey,
	NULL};
static const struct db_stmt_list list = {"auth_session", stmts};

const struct db_stmt_list *auth_session_statements(void)
{
	return &list;
}

enum err auth_session_sql_insert(struct ctx *ctx, const struct session_row *row,
				 const uint8_t cookie_hash[32], const struct session_where *where)
{
	const struct db_param params[] = {
		DB_P_UUID(&row->id),
		DB_P_BYTES(cookie_hash, 32),
		DB_P_UUID(&row->user.id),
		DB_P_TIME(row->created_at),
		DB_P_TIME(row->authenticated_at),
		DB_P_TIME(row->last_seen_at),
		DB_P_TIME(row->idle_expires_at),
		DB_P_TIME(row->expires_at),
		{.type = DB_TEXT,
		 .data = where->peer.len ? where->peer.data : (const void *)"",
		 .len = where->peer.len},
		DB_P_TEXT(where->user_agent ? where->user_agent : ""),
		DB_P_UUID(where->device_id),
		DB_P_INT(row->password_due),
		DB_P_UUID(where->passkey_id),
		DB_P_TIME_OR_NULL(row->proof_due_at),
		DB_P_TIME_OR_NULL(where->passkey_id ? row->authenticated_at : 0),
		DB_P_INT(row->weak)};

	return db_exec(ctx, &insert, params, NULL);
}

static void read_row(struct db_rows *rows, void *arg)
{
	struct session_row *row = arg;

	row->id = db_uuid(rows, 0);
	row->authenticated_at = db_time(rows, 1);
	row->last_seen_at = db_time(rows, 2);
	row->idle_expires_at = db_time(rows, 3);
	row->expires_at = db_time(rows, 4);
	row->user = (struct user){.id = db_uuid(rows, 5),
				  .login = db_text(rows, 6),
				  .display_name = db_text(rows, 7),
				  .language = db_text(rows, 8),
				  .timezone = db_text(rows, 9),
				  .theme = db_text(rows, 10),
				  .state = db_text(rows, 11),
				  .version = db_int(rows, 12)};
	row->password_due = db_int(rows, 13) != 0;
	row->shown = (enum factor_level)db_int(rows, 14);
	row->proof_due_at = db_time(rows, 15);
	row->former_until = db_time(rows, 16);
	row->created_at = db_time(rows, 17);
	row->peer = db_text(rows, 18);
	row->weak = db_int(rows, 19) != 0;
}

enum err auth_session_sql_by_cookie(struct ctx *ctx, const uint8_t cookie_hash[32],
				    struct session_row *out)
{
	const struct db_param params[] = {DB_P_BYTES(cookie_hash, 32)};

	return db_one(ctx, &select_by_cookie, params, read_row, out);
}

enum err auth_session_sql_by_former(struct ctx *ctx, const uint8_t cookie_hash[32],
				    struct session_row *out)
{
	const struct db_param params[] = {DB_P_BYTES(cookie_hash, 32)};

	return db_one(ctx, &select_by_former, params, read_row, out);
}

enum err auth_session_sql_by_id(struct ctx *ctx, const struct uuid *id, struct session_row *out)
{
	const struct db_param params[] = {DB_P_UUID(id)};

	return db_one(ctx, &select_by_id, params, read_row, out);
}

enum err auth_session_sql_prove(struct ctx *ctx, const struct uuid *id, int64_t due_at,
				uint64_t *out_count)
{
	const struct db_param params[] = {DB_P_TIME(due_at), DB_P_UUID(id)};

	return db_exec(ctx, &prove, params, out_count);
}

enum err auth_session_sql_turn(struct ctx *ctx, const struct uuid *id,
			       const struct session_proof *proof, int64_t since,
			       uint64_t *out_count)
{
	const struct db_param params[] = {DB_P_BYTES(proof->hash, 32),
					  DB_P_TIME(proof->former_until), DB_P_UUID(id),
					  DB_P_TIME(since)};

	return db_exec(ctx, &turn, params, out_count);
}

static void read_flag(struct db_rows *rows, void *arg)
{
	*(bool *)arg = db_int(rows, 0) != 0;
}

enum err auth_session_sql_lock(struct ctx *ctx, const struct uuid *id, const struct uuid *user_id,
			       bool *out_due)
{
	const struct db_param params[] = {DB_P_UUID(id), DB_P_UUID(user_id)};

	return db_one(ctx, &lock, params, read_flag, out_due);
}

enum err auth_session_sql_touch(struct ctx *ctx, const struct uuid *id, int64_t now,
				int64_t idle_expires_at)
{
	const struct db_param params[] = {DB_P_TIME(now), DB_P_TIME(idle_expires_at),
					  DB_P_UUID(id)};

	return db_exec(ctx, &touch, params, NULL);
}

enum err auth_session_sql_renew(struct ctx *ctx, const struct uuid *id,
				const struct uuid *passkey_id, const uint8_t cookie_hash[32],
				uint64_t *out_count)
{
	int64_t now = sys_real_us();
	const struct db_param params[] = {DB_P_BYTES(cookie_hash, 32), DB_P_TIME(now),
					  DB_P_UUID(passkey_id),
					  DB_P_TIME_OR_NULL(passkey_id ? now : 0), DB_P_UUID(id)};

	return db_exec(ctx, &renew, params, out_count);
}

enum err auth_session_sql_showed_passkey(struct ctx *ctx, const struct uuid *id, int64_t since,
					 bool *out)
{
	const struct db_param params[] = {DB_P_UUID(id), DB_P_TIME(since)};

	return db_one(ctx, &showed_passkey, params, read_flag, out);
}

enum err auth_session_sql_end(struct ctx *ctx, const struct uuid *id, const struct uuid *user_id,
			      const char *reason, uint64_t *out_count)
{
	const struct db_param params[] = {DB_P_TIME(sys_real_us()), DB_P_TEXT(reason),
					  DB_P_UUID(id), DB_P_UUID(user_id)};

	return db_exec(ctx, &end_one, params, out_count);
}

enum err auth_session_sql_end_all(struct ctx *ctx, const struct uuid *user_id,
				  const struct uuid *keep, const char *reason)
{
	static const struct uuid nobody;
	const struct db_param params[] = {DB_P_TIME(sys_real_us()), DB_P_TEXT(reason),
					  DB_P_UUID(user_id), DB_P_UUID(keep ? keep : &nobody)};

	return db_exec(ctx, &end_all, params, NULL);
}
