/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/device_sql.h"

#include "auth/auth.h"
#include "base/sys.h"
#include "sql/db.h"

/* A few old ones at a time, as passkeys' challenges do: more are swept out than come in. */
static const struct db_stmt sweep = {
	"device.sweep", "DELETE FROM auth_challenge WHERE expires_at < ? LIMIT 10", 1, 0};
static const struct db_stmt ask = {
	"device.ask",
	"INSERT INTO auth_challenge (token_hash, purpose, challenge, session_id, created_at, "
	"expires_at) VALUES (?, 'device', ?, ?, ?, ?)",
	5, 0};
static const struct db_stmt asked = {"device.asked",
				     "SELECT session_id, expires_at, used_at FROM auth_challenge "
				     "WHERE token_hash = ? AND purpose = 'device' FOR UPDATE",
				     1, 3};
static const struct db_stmt answered = {
	"device.answered", "UPDATE auth_challenge SET used_at = ? WHERE token_hash = ?", 2, 0};
static const struct db_stmt by_token = {
	"device.by_token",
	"SELECT id, public_key FROM auth_device WHERE token_hash = ? "
	"AND user_id = ? AND revoked_at IS NULL",
	2, 2};
static const struct db_stmt of_session = {
	"device.of_session",
	"SELECT d.id, d.public_key FROM auth_session s JOIN auth_device d ON d.id = s.device_id "
	"WHERE s.id = ? AND s.ended_at IS NULL AND d.revoked_at IS NULL",
	1, 2};
static const struct db_stmt insert = {
	"device.insert",
	"INSERT INTO auth_device (id, user_id, token_hash, first_seen_at, last_seen_at, "
	"public_key, "
	"key_added_at, user_agent, peer) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	9, 0};
static const struct db_stmt seen = {
	"device.seen",
	"UPDATE auth_device SET last_seen_at = ?, key_added_at = COALESCE(key_added_at, ?), "
	"public_key = COALESCE(public_key, ?) WHERE id = ?",
	4, 0};
static const struct db_stmt revoke = {"device.revoke",
				      "UPDATE auth_device SET revoked_at = ? WHERE id = ? AND "
				      "user_id = ? AND revoked_at IS NULL",
				      3, 0};
static const struct db_stmt end_sessions = {
	"device.end_sessions",
	"UPDATE auth_session SET ended_at = ?, end_reason = 'device_removed' "
	"WHERE user_id = ? AND device_id = ? AND ended_at IS NULL",
	3, 0};

static const struct db_stmt *const stmts[] = {&sweep,	 &ask,		&asked,	 &answered,
					      &by_token, &of_session,	&insert, &seen,
					      &revoke,	 &end_sessions, NULL};
static const struct db_stmt_list list = {"device", stmts};

const struct db_stmt_list *device_statements(void)
{
	return &list;
}

enum err device_sql_ask(struct ctx *ctx, const uint8_t hash[32], const uint8_t challenge[32],
			const struct uuid *session_id, int64_t now, int64_t expires_at)
{
	const struct db_param old[] = {DB_P_TIME(now)};
	const struct db_param params[] = {DB_P_BYTES(hash, 32), DB_P_BYTES(challenge, 32),
					  DB_P_UUID(uuid_is_nil(session_id) ? NULL : session_id),
					  DB_P_TIME(now), DB_P_TIME(expires_at)};
	enum err err = db_exec(ctx, &sweep, old, NULL);

	return err == ERR_OK ? db_exec(ctx, &ask, params, NULL) : err;
}

static void read_challenge(struct db_rows *rows, void *arg)
{
	*(struct device_challenge *)arg =
		(struct device_challenge){db_uuid(rows, 0), db_time(rows, 1), db_time(rows, 2)};
}

enum err device_sql_asked(struct ctx *ctx, const uint8_t hash[32], struct device_challenge *out)
{
	const struct db_param params[] = {DB_P_BYTES(hash, 32)};

	return db_one(ctx, &asked, params, read_challenge, out);
}

enum err device_sql_answered(struct ctx *ctx, const uint8_t hash[32], int64_t now)
{
	const struct db_param params[] = {DB_P_TIME(now), DB_P_BYTES(hash, 32)};

	return db_exec(ctx, &answered, params, NULL);
}

static void read_device(struct db_rows *rows, void *arg)
{
	*(struct device_row *)arg = (struct device_row){db_uuid(rows, 0), db_bytes(rows, 1)};
}

enum err device_sql_by_token(struct ctx *ctx, const uint8_t token_hash[32],
			     const struct uuid *user_id, struct device_row *out)
{
	const struct db_param params[] = {DB_P_BYTES(token_hash, 32), DB_P_UUID(user_id)};

	return db_one(ctx, &by_token, params, read_device, out);
}

enum err device_sql_of_session(struct ctx *ctx, const struct uuid *session_id,
			       struct device_row *out)
{
	const struct db_param params[] = {DB_P_UUID(session_id)};

	return db_one(ctx, &of_session, params, read_device, out);
}

static struct db_param key_or_null(struct block key)
{
	return key.len == DEVICE_POINT ? DB_P_BYTES(key.data, key.len) : DB_P_NULL;
}

enum err device_sql_insert(struct ctx *ctx, const struct uuid *id, const struct uuid *user_id,
			   const uint8_t token_hash[32], const struct in *in)
{
	int64_t now = sys_real_us();
	bool has_key = in->device_key.len == DEVICE_POINT;
	const struct db_param params[] = {DB_P_UUID(id),
					  DB_P_UUID(user_id),
					  DB_P_BYTES(token_hash, 32),
					  DB_P_TIME(now),
					  DB_P_TIME(now),
					  key_or_null(in->device_key),
					  has_key ? DB_P_TIME(now) : DB_P_NULL,
					  DB_P_TEXT(in->user_agent ? in->user_agent : ""),
					  {.type = DB_TEXT,
					   .data = in->peer.len ? in->peer.data : (const void *)"",
					   .len = in->peer.len}};

	return db_exec(ctx, &insert, params, NULL);
}

enum err device_sql_seen(struct ctx *ctx, const struct uuid *id, struct block key)
{
	int64_t now = sys_real_us();
	bool has_key = key.len == DEVICE_POINT;
	const struct db_param params[] = {DB_P_TIME(now), has_key ? DB_P_TIME(now) : DB_P_NULL,
					  key_or_null(key), DB_P_UUID(id)};

	return db_exec(ctx, &seen, params, NULL);
}

enum err device_sql_revoke(struct ctx *ctx, const struct uuid *id, const struct uuid *user_id,
			   uint64_t *out_count)
{
	const struct db_param params[] = {DB_P_TIME(sys_real_us()), DB_P_UUID(id),
					  DB_P_UUID(user_id)};

	return db_exec(ctx, &revoke, params, out_count);
}

enum err device_sql_end_sessions(struct ctx *ctx, const struct uuid *id, const struct uuid *user_id)
{
	const struct db_param params[] = {DB_P_TIME(sys_real_us()), DB_P_UUID(user_id),
					  DB_P_UUID(id)};

	return db_exec(ctx, &end_sessions, params, NULL);
}
