/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/enrolment_sql.h"

#include "auth/auth.h"

static const struct db_stmt expire_others = {
	"enrolment.expire_others",
	"UPDATE auth_enrolment SET expires_at = ? "
	"WHERE user_id = ? AND used_at IS NULL AND expires_at > ?",
	3, 0};
static const struct db_stmt insert = {
	"enrolment.insert",
	"INSERT INTO auth_enrolment (id, user_id, token_hash, expires_at, created_by, created_at, "
	"judged) VALUES (?, ?, ?, ?, ?, ?, ?)",
	7, 0};
static const struct db_stmt find = {
	"enrolment.find",
	"SELECT e.id, e.totp_secret_id, u.id, u.login, u.display_name, u.language, u.timezone, "
	"u.theme, u.state, u.version, e.judged, u.email "
	"FROM auth_enrolment e JOIN user u ON u.id = e.user_id "
	"WHERE e.token_hash = ? AND e.used_at IS NULL AND e.expires_at > ? "
	"AND u.state IN ('invited', 'active') FOR UPDATE",
	2, 12};
static const struct db_stmt set_totp = {
	"enrolment.set_totp", "UPDATE auth_enrolment SET totp_secret_id = ? WHERE id = ?", 2, 0};
static const struct db_stmt use = {
	"enrolment.use", "UPDATE auth_enrolment SET used_at = ? WHERE id = ? AND used_at IS NULL",
	2, 0};

static const struct db_stmt *const stmts[] = {&expire_others, &insert, &find,
					      &set_totp,      &use,    NULL};
static const struct db_stmt_list list = {"enrolment", stmts};

const struct db_stmt_list *enrolment_statements(void)
{
	return &list;
}

enum err enrolment_sql_expire_others(struct ctx *ctx, const struct uuid *user_id, int64_t now)
{
	const struct db_param params[] = {DB_P_TIME(now), DB_P_UUID(user_id), DB_P_TIME(now)};

	return db_exec(ctx, &expire_others, params, NULL);
}

enum err enrolment_sql_insert(struct ctx *ctx, const struct uuid *id, const struct uuid *user_id,
			      permission_set judged, const uint8_t token_hash[32], int64_t now,
			      int64_t expires)
{
	const struct db_param params[] = {
		DB_P_UUID(id),
		DB_P_UUID(user_id),
		DB_P_BYTES(token_hash, 32),
		DB_P_TIME(expires),
		DB_P_UUID(ctx->principal ? &ctx->principal->user_id : NULL),
		DB_P_TIME(now),
		DB_P_INT((int64_t)judged)};

	return db_exec(ctx, &insert, params, NULL);
}

static void read_enrolment(struct db_rows *rows, void *arg)
{
	struct enrolment *enrolment = arg;

	enrolment->id = db_uuid(rows, 0);
	enrolment->totp_id = db_uuid(rows, 1);
	enrolment->user = (struct user){.id = db_uuid(rows, 2),
					.login = db_text(rows, 3),
					.display_name = db_text(rows, 4),
					.language = db_text(rows, 5),
					.timezone = db_text(rows, 6),
					.theme = db_text(rows, 7),
					.state = db_text(rows, 8),
					.version = db_int(rows, 9),
					.email = db_text(rows, 11)};
	enrolment->judged = (permission_set)db_int(rows, 10);
}

enum err enrolment_sql_find(struct ctx *ctx, const uint8_t token_hash[32], int64_t now,
			    struct enrolment *out)
{
	const struct db_param params[] = {DB_P_BYTES(token_hash, 32), DB_P_TIME(now)};

	return db_one(ctx, &find, params, read_enrolment, out);
}

enum err enrolment_sql_set_totp(struct ctx *ctx, const struct uuid *id,
				const struct uuid *secret_id)
{
	const struct db_param params[] = {DB_P_UUID(secret_id), DB_P_UUID(id)};

	return db_exec(ctx, &set_totp, params, NULL);
}

enum err enrolment_sql_use(struct ctx *ctx, const struct uuid *id, int64_t now, bool *out)
{
	uint64_t changed = 0;
	const struct db_param params[] = {DB_P_TIME(now), DB_P_UUID(id)};
	enum err err = db_exec(ctx, &use, params, &changed);

	if (err == ERR_OK)
		*out = changed == 1;
	return err;
}
