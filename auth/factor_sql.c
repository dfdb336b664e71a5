/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/factor_sql.h"

#include "auth/auth.h"
#include "auth/secret_store.h"
#include "base/sys.h"
#include "rbac/principal.h"

#define COLUMNS "id, secret_id, label, last_step"

static const struct db_stmt devices = {"factor.devices",
				       "SELECT " COLUMNS " FROM auth_totp WHERE user_id = ? AND "
				       "confirmed_at IS NOT NULL ORDER BY created_at, id LIMIT 5",
				       1, 4};
static const struct db_stmt one_device = {"factor.device",
					  "SELECT " COLUMNS
					  " FROM auth_totp WHERE user_id = ? AND id = ? AND "
					  "confirmed_at IS NOT NULL FOR UPDATE",
					  2, 4};
static const struct db_stmt pending = {
	"factor.pending",
	"SELECT " COLUMNS " FROM auth_totp WHERE user_id = ? AND confirmed_at IS NULL AND "
	"created_at > ? FOR UPDATE",
	2, 4};
static const struct db_stmt shown_only = {
	"factor.shown_only",
	"SELECT " COLUMNS " FROM auth_totp WHERE user_id = ? AND confirmed_at IS NULL FOR UPDATE",
	1, 4};
static const struct db_stmt all = {
	"factor.all", "SELECT " COLUMNS " FROM auth_totp WHERE user_id = ? FOR UPDATE", 1, 4};
static const struct db_stmt of_session = {
	"factor.of_session",
	"SELECT " COLUMNS " FROM auth_totp WHERE user_id = ? AND session_id = ? FOR UPDATE", 2, 4};
static const struct db_stmt add = {
	"factor.add",
	"INSERT INTO auth_totp (id, user_id, secret_id, label, last_step, created_at, "
	"confirmed_at, session_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	8, 0};
static const struct db_stmt confirm = {"factor.confirm",
				       "UPDATE auth_totp SET confirmed_at = ?, last_step = ?, "
				       "session_id = ? WHERE id = ? AND confirmed_at IS NULL",
				       4, 0};
static const struct db_stmt move_step = {"factor.step",
					 "UPDATE auth_totp SET last_step = ?, last_used_at = ? "
					 "WHERE id = ? AND last_step < ?",
					 4, 0};
static const struct db_stmt rename_one = {"factor.rename",
					  "UPDATE auth_totp SET label = ? WHERE id = ?", 2, 0};
static const struct db_stmt remove_one = {"factor.remove", "DELETE FROM auth_totp WHERE id = ?", 1,
					  0};
static const struct db_stmt count_all = {
	"factor.count",
	"SELECT (SELECT COUNT(*) FROM auth_totp WHERE user_id = ? AND confirmed_at IS NOT NULL) + "
	"(SELECT COUNT(*) FROM auth_passkey WHERE user_id = ?)",
	2, 1};

static const struct db_stmt *const stmts[] = {
	&devices, &one_device, &pending,    &shown_only, &all,	     &of_session, &add,
	&confirm, &move_step,  &rename_one, &remove_one, &count_all, NULL};
static const struct db_stmt_list list = {"factor", stmts};

const struct db_stmt_list *factor_statements(void)
{
	return &list;
}

static void read_device(struct db_rows *rows, void *arg)
{
	*(struct totp_device *)arg = (struct totp_device){.id = db_uuid(rows, 0),
							  .secret_id = db_uuid(rows, 1),
							  .label = db_text(rows, 2),
							  .last_step = (uint64_t)db_int(rows, 3)};
}

enum err factor_sql_devices(struct ctx *ctx, const struct uuid *user_id,
			    struct totp_device out[TOTP_DEVICES_MAX], size_t *out_count)
{
	struct db_rows *rows = NULL;
	size_t count = 0;
	const struct db_param params[] = {DB_P_UUID(user_id)};
	enum err err = db_query(ctx, &devices, params, &rows);

	if (err != ERR_OK)
		return err;
	while (db_next(rows) && count < TOTP_DEVICES_MAX)
		read_device(rows, &out[count++]);
	*out_count = count;
	return db_rows_close(rows);
}

enum err factor_sql_device(struct ctx *ctx, const struct uuid *user_id, const struct uuid *id,
			   struct totp_device *out)
{
	const struct db_param params[] = {DB_P_UUID(user_id), DB_P_UUID(id)};

	return db_one(ctx, &one_device, params, read_device, out);
}

enum err factor_sql_pending(struct ctx *ctx, const struct uuid *user_id, int64_t since,
			    struct totp_device *out)
{
	const struct db_param params[] = {DB_P_UUID(user_id), DB_P_TIME(since)};

	return db_one(ctx, &pending, params, read_device, out);
}

enum err factor_sql_add(struct ctx *ctx, const struct uuid *user_id,
			const struct totp_device *device, bool confirmed)
{
	int64_t now = sys_real_us();
	const struct db_param params[] = {DB_P_UUID(&device->id),
					  DB_P_UUID(user_id),
					  DB_P_UUID(&device->secret_id),
					  DB_P_TEXT(device->label),
					  DB_P_INT((int64_t)device->last_step),
					  DB_P_TIME(now),
					  DB_P_TIME_OR_NULL(confirmed ? now : 0),
					  DB_P_UUID(principal_session(ctx))};

	return db_exec(ctx, &add, params, NULL);
}

enum err factor_sql_confirm(struct ctx *ctx, const struct uuid *id, uint64_t step)
{
	const struct db_param params[] = {DB_P_TIME(sys_real_us()), DB_P_INT((int64_t)step),
					  DB_P_UUID(principal_session(ctx)), DB_P_UUID(id)};

	return db_exec(ctx, &confirm, params, NULL);
}

enum err factor_sql_step(struct ctx *ctx, const struct uuid *id, uint64_t step, bool *out)
{
	uint64_t changed = 0;
	const struct db_param params[] = {DB_P_INT((int64_t)step), DB_P_TIME(sys_real_us()),
					  DB_P_UUID(id), DB_P_INT((int64_t)step)};
	enum err err = db_exec(ctx, &move_step, params, &changed);

	if (err == ERR_OK)
		*out = changed == 1;
	return err;
}

enum err factor_sql_rename(struct ctx *ctx, const struct uuid *id, const char *label)
{
	const struct db_param params[] = {DB_P_TEXT(label), DB_P_UUID(id)};

	return db_exec(ctx, &rename_one, params, NULL);
}

enum err factor_sql_remove(struct ctx *ctx, const struct totp_device *device)
{
	const struct db_param params[] = {DB_P_UUID(&device->id)};
	enum err err = db_exec(ctx, &remove_one, params, NULL);

	return err == ERR_OK ? secret_store_drop(ctx, &device->secret_id) : err;
}

/* Reads them all before the first goes: a connection has one open result. */
static enum err remove_each(struct ctx *ctx, const struct db_stmt *which,
			    const struct db_param *params, uint64_t *out_count)
{
	struct totp_device found[2 * TOTP_DEVICES_MAX];
	struct db_rows *rows = NULL;
	size_t count = 0;
	enum err err = db_query(ctx, which, params, &rows);

	if (err != ERR_OK)
		return err;
	while (count < sizeof(found) / sizeof(found[0]) && db_next(rows))
		read_device(rows, &found[count++]);
	err = db_rows_close(rows);
	for (size_t i = 0; i < count && err == ERR_OK; i++)
		err = factor_sql_remove(ctx, &found[i]);
	*out_count = count;
	return err;
}

enum err factor_sql_remove_of(struct ctx *ctx, const struct uuid *user_id,
			      const struct uuid *session_id, uint64_t *out_count)
{
	const struct db_param params[] = {DB_P_UUID(user_id), DB_P_UUID(session_id)};

	return remove_each(ctx, &of_session, params, out_count);
}

enum err factor_sql_remove_pending(struct ctx *ctx, const struct uuid *user_id)
{
	const struct db_param params[] = {DB_P_UUID(user_id)};
	uint64_t count = 0;

	return remove_each(ctx, &shown_only, params, &count);
}

enum err factor_sql_remove_all(struct ctx *ctx, const struct uuid *user_id)
{
	const struct db_param params[] = {DB_P_UUID(user_id)};
	uint64_t count = 0;

	return remove_each(ctx, &all, params, &count);
}

static void read_number(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

enum err factor_sql_count(struct ctx *ctx, const struct uuid *user_id, int64_t *out)
{
	const struct db_param params[] = {DB_P_UUID(user_id), DB_P_UUID(user_id)};

	return db_one(ctx, &count_all, params, read_number, out);
}
