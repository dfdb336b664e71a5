/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/passkey_sql.h"

#include <string.h>

#include "auth/auth.h"
#include "auth/floor_read_sql.h"
#include "base/arena.h"
#include "base/json.h"
#include "base/sys.h"
#include "base/text.h"
#include "rbac/principal.h"

static const struct db_stmt ask = {
	"passkey.ask",
	"INSERT INTO auth_challenge (token_hash, purpose, challenge, session_id, created_at, "
	"expires_at) VALUES (?, ?, ?, ?, ?, ?)",
	6, 0};
/* A few at a time: more are swept out than come in, and nobody waits for it. */
static const struct db_stmt sweep = {
	"passkey.sweep", "DELETE FROM auth_challenge WHERE expires_at < ? LIMIT 10", 1, 0};
static const struct db_stmt open_ones = {
	"passkey.open",
	"SELECT COUNT(*) FROM auth_challenge WHERE session_id = ? AND used_at IS NULL AND "
	"expires_at > ?",
	2, 1};
static const struct db_stmt asked = {
	"passkey.asked",
	"SELECT purpose, challenge, session_id, expires_at, used_at FROM auth_challenge "
	"WHERE token_hash = ? FOR UPDATE",
	1, 5};
static const struct db_stmt answered = {
	"passkey.answered", "UPDATE auth_challenge SET used_at = ? WHERE token_hash = ?", 2, 0};

#define COLUMNS                                                         \
	"SELECT p.id, p.user_id, p.label, p.public_key, p.sign_count, " \
	"p.backup_eligible, " SQL_PASSKEY_LEVEL
static const struct db_stmt by_credential = {
	"passkey.by_credential",
	COLUMNS " FROM auth_passkey p WHERE p.credential_id = ? FOR UPDATE", 1, 7};
static const struct db_stmt by_id = {
	"passkey.by_id", COLUMNS " FROM auth_passkey p WHERE p.id = ? AND p.user_id = ? FOR UPDATE",
	2, 7};
static const struct db_stmt insert = {
	"passkey.insert",
	"INSERT INTO auth_passkey (id, user_id, credential_id, public_key, algorithm, sign_count, "
	"aaguid, attestation, transports, backup_eligible, backed_up, user_verified, label, "
	"created_at, attested_by, session_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
	"?)",
	16, 0};
static const struct db_stmt used = {
	"passkey.used",
	"UPDATE auth_passkey SET sign_count = ?, backed_up = ?, last_used_at = ? WHERE id = ?", 4,
	0};
static const struct db_stmt rename_one = {"passkey.rename",
					  "UPDATE auth_passkey SET label = ? WHERE id = ?", 2, 0};
static const struct db_stmt delete_one = {"passkey.delete", "DELETE FROM auth_passkey WHERE id = ?",
					  1, 0};
static const struct db_stmt delete_all = {"passkey.delete_all",
					  "DELETE FROM auth_passkey WHERE user_id = ?", 1, 0};
static const struct db_stmt count_all = {
	"passkey.count", "SELECT COUNT(*) FROM auth_passkey WHERE user_id = ?", 1, 1};
static const struct db_stmt describe = {
	"passkey.describe",
	"SELECT credential_id, transports FROM auth_passkey WHERE user_id = ? ORDER BY created_at",
	1, 2};

static const struct db_stmt *const stmts[] = {
	&ask,  &sweep,	    &open_ones,	 &asked,      &answered,  &by_credential, &by_id, &insert,
	&used, &rename_one, &delete_one, &delete_all, &count_all, &describe,	  NULL};
static const struct db_stmt_list list = {"passkey", stmts};

const struct db_stmt_list *passkey_statements(void)
{
	return &list;
}

static const char *const purposes[] = {
	[PASSKEY_REGISTER] = "register",
	[PASSKEY_SIGN_IN] = "sign_in",
	[PASSKEY_STEP_UP] = "step_up",
};

enum err passkey_sql_ask(struct ctx *ctx, const uint8_t token_hash[32],
			 const struct passkey_challenge *challenge, int64_t now)
{
	const struct db_param params[] = {
		DB_P_BYTES(token_hash, 32),
		DB_P_TEXT(purposes[challenge->purpose]),
		DB_P_BYTES(challenge->challenge, WEBAUTHN_CHALLENGE),
		DB_P_UUID(uuid_is_nil(&challenge->session_id) ? NULL : &challenge->session_id),
		DB_P_TIME(now),
		DB_P_TIME(challenge->expires_at)};
	const struct db_param old[] = {DB_P_TIME(now)};
	enum err err = db_exec(ctx, &sweep, old, NULL);

	return err == ERR_OK ? db_exec(ctx, &ask, params, NULL) : err;
}

static void read_challenge(struct db_rows *rows, void *arg)
{
	struct passkey_challenge *out = arg;
	const char *name = db_text(rows, 0);
	struct block bytes = db_bytes(rows, 1);

	memset(out, 0, sizeof(*out));
	for (size_t i = PASSKEY_REGISTER; i <= PASSKEY_STEP_UP; i++)
		if (strcmp(purposes[i], name) == 0)
			out->purpose = (enum passkey_purpose)i;
	if (bytes.len == sizeof(out->challenge))
		memcpy(out->challenge, bytes.data, bytes.len);
	out->session_id = db_uuid(rows, 2);
	out->expires_at = db_time(rows, 3);
	out->used_at = db_time(rows, 4);
}

enum err passkey_sql_asked(struct ctx *ctx, const uint8_t token_hash[32],
			   struct passkey_challenge *out)
{
	const struct db_param params[] = {DB_P_BYTES(token_hash, 32)};

	return db_one(ctx, &asked, params, read_challenge, out);
}

enum err passkey_sql_answered(struct ctx *ctx, const uint8_t token_hash[32], int64_t now)
{
	const struct db_param params[] = {DB_P_TIME(now), DB_P_BYTES(token_hash, 32)};

	return db_exec(ctx, &answered, params, NULL);
}

static void read_passkey(struct db_rows *rows, void *arg)
{
	*(struct passkey *)arg = (struct passkey){.id = db_uuid(rows, 0),
						  .user_id = db_uuid(rows, 1),
						  .label = db_text(rows, 2),
						  .key = db_bytes(rows, 3),
						  .count = (uint32_t)db_int(rows, 4),
						  .backup_eligible = db_int(rows, 5) != 0,
						  .level = (enum factor_level)db_int(rows, 6)};
}

enum err passkey_sql_by_credential(struct ctx *ctx, struct block credential_id, struct passkey *out)
{
	const struct db_param params[] = {DB_P_BYTES(credential_id.data, credential_id.len)};

	return db_one(ctx, &by_credential, params, read_passkey, out);
}

enum err passkey_sql_by_id(struct ctx *ctx, const struct uuid *id, const struct uuid *user_id,
			   struct passkey *out)
{
	const struct db_param params[] = {DB_P_UUID(id), DB_P_UUID(user_id)};

	return db_one(ctx, &by_id, params, read_passkey, out);
}

enum err passkey_sql_insert(struct ctx *ctx, const struct passkey_new *row)
{
	const struct webauthn_data *data = &row->made->data;
	const struct db_param params[] = {
		DB_P_UUID(&row->id),
		DB_P_UUID(&row->user_id),
		DB_P_BYTES(data->id.data, data->id.len),
		DB_P_BYTES(data->key.data, data->key.len),
		DB_P_INT(row->made->alg),
		DB_P_INT(data->count),
		DB_P_BYTES(data->aaguid, sizeof(data->aaguid)),
		DB_P_TEXT(row->made->format),
		DB_P_TEXT(row->transports),
		DB_P_INT((data->flags & WEBAUTHN_BE) != 0),
		DB_P_INT((data->flags & WEBAUTHN_BS) != 0),
		DB_P_INT((data->flags & WEBAUTHN_UV) != 0),
		DB_P_TEXT(row->label),
		DB_P_TIME(sys_real_us()),
		DB_P_UUID(uuid_is_nil(&row->attested_by) ? NULL : &row->attested_by),
		DB_P_UUID(principal_session(ctx))};

	return db_exec(ctx, &insert, params, NULL);
}

enum err passkey_sql_used(struct ctx *ctx, const struct uuid *id, uint32_t count, bool backed_up)
{
	const struct db_param params[] = {DB_P_INT(count), DB_P_INT(backed_up),
					  DB_P_TIME(sys_real_us()), DB_P_UUID(id)};

	return db_exec(ctx, &used, params, NULL);
}

enum err passkey_sql_rename(struct ctx *ctx, const struct uuid *id, const char *label)
{
	const struct db_param params[] = {DB_P_TEXT(label), DB_P_UUID(id)};

	return db_exec(ctx, &rename_one, params, NULL);
}

enum err passkey_sql_delete(struct ctx *ctx, const struct uuid *id)
{
	const struct db_param params[] = {DB_P_UUID(id)};

	return db_exec(ctx, &delete_one, params, NULL);
}

enum err passkey_sql_delete_all(struct ctx *ctx, const struct uuid *user_id, uint64_t *out_count)
{
	const struct db_param params[] = {DB_P_UUID(user_id)};

	return db_exec(ctx, &delete_all, params, out_count);
}

static void read_count(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

enum err passkey_sql_count(struct ctx *ctx, const struct uuid *user_id, int64_t *out)
{
	const struct db_param params[] = {DB_P_UUID(user_id)};

	return db_one(ctx, &count_all, params, read_count, out);
}

enum err passkey_sql_open(struct ctx *ctx, const struct uuid *session_id, int64_t now, int64_t *out)
{
	const struct db_param params[] = {DB_P_UUID(session_id), DB_P_TIME(now)};

	return db_one(ctx, &open_ones, params, read_count, out);
}

static void put_one(struct ctx *ctx, struct json *json, struct block id, const char *transports)
{
	char *text = arena_alloc(ctx->arena, BASE64_SIZE(id.len));

	if (!text)
		return;
	base64url_encode(id.data, id.len, text);
	json_object(json, NULL);
	json_text(json, "id", text);
	json_array(json, "transports");
	while (*transports) {
		size_t len = strcspn(transports, ",");
		json_text_n(json, NULL, transports, len);
		transports += len + (transports[len] == ',');
	}
	json_end_array(json);
	json_end_object(json);
}

enum err passkey_sql_describe(struct ctx *ctx, const struct uuid *user_id, struct json *json)
{
	const struct db_param params[] = {DB_P_UUID(user_id)};
	struct db_rows *rows = NULL;
	enum err err = db_query(ctx, &describe, params, &rows);

	if (err != ERR_OK)
		return err;
	json_array(json, NULL);
	while (db_next(rows))
		put_one(ctx, json, db_bytes(rows, 0), db_text(rows, 1));
	json_end_array(json);
	return db_rows_close(rows);
}
