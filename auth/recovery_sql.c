/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/recovery_sql.h"

#include <string.h>

#include "auth/auth.h"
#include "base/sys.h"
#include "rbac/principal.h"

static const struct db_stmt salt_of = {
	"recovery.salt", "SELECT salt FROM auth_recovery_code WHERE user_id = ? LIMIT 1", 1, 1};
static const struct db_stmt add = {"recovery.add",
				   "INSERT INTO auth_recovery_code (user_id, hash, salt, "
				   "created_at, session_id) VALUES (?, ?, ?, ?, ?)",
				   5, 0};
static const struct db_stmt remove_all = {"recovery.remove_all",
					  "DELETE FROM auth_recovery_code WHERE user_id = ?", 1, 0};
static const struct db_stmt use = {"recovery.use",
				   "UPDATE auth_recovery_code SET used_at = ?, used_from = ? "
				   "WHERE user_id = ? AND hash = ? AND used_at IS NULL",
				   4, 0};
static const struct db_stmt known = {
	"recovery.known",
	"SELECT EXISTS (SELECT 1 FROM auth_recovery_code WHERE user_id = ? AND hash = ?)", 2, 1};
static const struct db_stmt left = {
	"recovery.left",
	"SELECT COUNT(*) FROM auth_recovery_code WHERE user_id = ? AND used_at IS NULL", 1, 1};

static const struct db_stmt *const stmts[] = {&salt_of, &add,  &remove_all, &use,
					      &known,	&left, NULL};
static const struct db_stmt_list list = {"recovery", stmts};

const struct db_stmt_list *recovery_statements(void)
{
	return &list;
}

static void read_salt(struct db_rows *rows, void *arg)
{
	struct block salt = db_bytes(rows, 0);

	if (salt.len == RECOVERY_SALT)
		memcpy(arg, salt.data, RECOVERY_SALT);
}

enum err recovery_sql_salt(struct ctx *ctx, const struct uuid *user_id, uint8_t out[RECOVERY_SALT])
{
	const struct db_param params[] = {DB_P_UUID(user_id)};

	return db_one(ctx, &salt_of, params, read_salt, out);
}

enum err recovery_sql_add(struct ctx *ctx, const struct uuid *user_id,
			  const uint8_t salt[RECOVERY_SALT], const uint8_t hash[RECOVERY_HASH])
{
	const struct db_param params[] = {DB_P_UUID(user_id), DB_P_BYTES(hash, RECOVERY_HASH),
					  DB_P_BYTES(salt, RECOVERY_SALT), DB_P_TIME(sys_real_us()),
					  DB_P_UUID(principal_session(ctx))};

	return db_exec(ctx, &add, params, NULL);
}

enum err recovery_sql_remove_all(struct ctx *ctx, const struct uuid *user_id)
{
	const struct db_param params[] = {DB_P_UUID(user_id)};

	return db_exec(ctx, &remove_all, params, NULL);
}

static void read_number(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

enum err recovery_sql_use(struct ctx *ctx, const struct uuid *user_id,
			  const uint8_t hash[RECOVERY_HASH], struct block peer, bool *out_used,
			  bool *out_known)
{
	uint64_t changed = 0;
	int64_t found = 0;
	const struct db_param params[] = {DB_P_TIME(sys_real_us()),
					  {.type = DB_TEXT, .data = peer.data, .len = peer.len},
					  DB_P_UUID(user_id),
					  DB_P_BYTES(hash, RECOVERY_HASH)};
	const struct db_param which[] = {DB_P_UUID(user_id), DB_P_BYTES(hash, RECOVERY_HASH)};
	enum err err = db_exec(ctx, &use, params, &changed);

	if (err == ERR_OK)
		err = db_one(ctx, &known, which, read_number, &found);
	if (err != ERR_OK)
		return err;
	*out_used = changed == 1;
	*out_known = found != 0;
	return ERR_OK;
}

enum err recovery_sql_left(struct ctx *ctx, const struct uuid *user_id, int64_t *out)
{
	const struct db_param params[] = {DB_P_UUID(user_id)};

	return db_one(ctx, &left, params, read_number, out);
}
