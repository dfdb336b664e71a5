/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/factor_read_sql.h"

#include "auth/auth.h"

static const struct db_stmt totp = {
	"factor_read.totp",
	"SELECT id, label, created_at, last_used_at FROM auth_totp WHERE user_id = ? AND "
	"confirmed_at IS NOT NULL ORDER BY created_at, id",
	1, 4};
static const struct db_stmt recovery = {
	"factor_read.recovery",
	"SELECT COUNT(*), COUNT(*) - COUNT(used_at), MIN(created_at), MAX(used_at) "
	"FROM auth_recovery_code WHERE user_id = ?",
	1, 4};
static const struct db_stmt used_from = {
	"factor_read.used_from",
	"SELECT used_from FROM auth_recovery_code WHERE user_id = ? AND used_at IS NOT NULL "
	"ORDER BY used_at DESC LIMIT 1",
	1, 1};

static const struct db_stmt passkeys = {
	"factor_read.passkeys",
	"SELECT id, label, backed_up, backup_eligible, aaguid, created_at, last_used_at "
	"FROM auth_passkey WHERE user_id = ? ORDER BY created_at, id",
	1, 7};

static const struct db_stmt *const stmts[] = {&totp, &recovery, &used_from, &passkeys, NULL};
static const struct db_stmt_list list = {"factor_read", stmts};

const struct db_stmt_list *factor_read_statements(void)
{
	return &list;
}

enum err factor_read_totp(struct ctx *ctx, const struct uuid *user_id,
			  void (*fn)(void *arg, const struct totp_view *view), void *arg)
{
	struct db_rows *rows = NULL;
	const struct db_param params[] = {DB_P_UUID(user_id)};
	enum err err = db_query(ctx, &totp, params, &rows);

	if (err != ERR_OK)
		return err;
	while (db_next(rows)) {
		const struct totp_view view = {.id = db_uuid(rows, 0),
					       .label = db_text(rows, 1),
					       .created_at = db_time(rows, 2),
					       .last_used_at = db_time(rows, 3)};
		fn(arg, &view);
	}
	return db_rows_close(rows);
}

enum err factor_read_passkeys(struct ctx *ctx, const struct uuid *user_id,
			      void (*fn)(void *arg, const struct passkey_view *view), void *arg)
{
	struct db_rows *rows = NULL;
	const struct db_param params[] = {DB_P_UUID(user_id)};
	enum err err = db_query(ctx, &passkeys, params, &rows);

	if (err != ERR_OK)
		return err;
	while (db_next(rows)) {
		const struct passkey_view view = {.id = db_uuid(rows, 0),
						  .label = db_text(rows, 1),
						  .synced = db_int(rows, 2) != 0,
						  .device_bound = db_int(rows, 3) == 0,
						  .model = db_uuid(rows, 4),
						  .created_at = db_time(rows, 5),
						  .last_used_at = db_time(rows, 6)};
		fn(arg, &view);
	}
	return db_rows_close(rows);
}

static void read_recovery(struct db_rows *rows, void *arg)
{
	*(struct recovery_view *)arg = (struct recovery_view){.total = db_int(rows, 0),
							      .left = db_int(rows, 1),
							      .created_at = db_time(rows, 2),
							      .last_used_at = db_time(rows, 3)};
}

static void read_text(struct db_rows *rows, void *arg)
{
	*(const char **)arg = db_text(rows, 0);
}

enum err factor_read_recovery(struct ctx *ctx, const struct uuid *user_id,
			      struct recovery_view *out)
{
	const struct db_param params[] = {DB_P_UUID(user_id)};
	enum err err = db_one(ctx, &recovery, params, read_recovery, out);

	if (err != ERR_OK || out->last_used_at == 0)
		return err;
	return db_one(ctx, &used_from, params, read_text, &out->last_used_from);
}
