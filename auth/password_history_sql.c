/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/password_history_sql.h"

#include <string.h>

#include "auth/auth.h"
#include "base/sys.h"

static const struct db_stmt last = {
	"password_history.last",
	"SELECT hash FROM auth_password_history WHERE user_id = ? ORDER BY set_at DESC LIMIT ?", 2,
	1};
static const struct db_stmt set = {
	"password.set",
	"INSERT INTO auth_password (user_id, hash, changed_at, must_change) VALUES (?, ?, ?, "
	"FALSE) "
	"ON DUPLICATE KEY UPDATE hash = VALUE(hash), changed_at = VALUE(changed_at), "
	"must_change = FALSE",
	3, 0};
static const struct db_stmt keep = {
	"password_history.keep",
	"INSERT INTO auth_password_history (user_id, set_at, hash) VALUES (?, ?, ?)", 3, 0};
static const struct db_stmt forget = {
	"password_history.forget",
	"DELETE FROM auth_password_history WHERE user_id = ? AND set_at <= (SELECT set_at FROM "
	"(SELECT set_at FROM auth_password_history WHERE user_id = ? ORDER BY set_at DESC "
	"LIMIT 1 OFFSET 24) old)",
	2, 0};
/* Shared with nobody who is asking for a new one just now: the sign-in that opens would miss it. */
static const struct db_stmt age = {
	"password.age",
	"SELECT changed_at, must_change FROM auth_password WHERE user_id = ? LOCK IN SHARE MODE", 1,
	2};
static const struct db_stmt must_change = {
	"password.must_change", "UPDATE auth_password SET must_change = TRUE WHERE user_id = ?", 1,
	0};
static const struct db_stmt due_now = {
	"password.due_now",
	"UPDATE auth_session SET password_due = TRUE WHERE user_id = ? AND ended_at IS NULL", 1, 0};
static const struct db_stmt renew = {
	"password.renew", "UPDATE auth_password SET hash = ? WHERE user_id = ? AND hash = ?", 3, 0};
static const struct db_stmt renew_kept = {
	"password_history.renew",
	"UPDATE auth_password_history SET hash = ? WHERE user_id = ? AND hash = ?", 3, 0};
static const struct db_stmt due_no_more = {
	"password.due_no_more", "UPDATE auth_session SET password_due = FALSE WHERE user_id = ?", 1,
	0};

static const struct db_stmt *const stmts[] = {&last,	   &set,	 &keep,	   &forget,
					      &age,	   &must_change, &due_now, &renew,
					      &renew_kept, &due_no_more, NULL};
static const struct db_stmt_list list = {"password", stmts};

const struct db_stmt_list *password_statements(void)
{
	return &list;
}

enum err password_history_sql_last(struct ctx *ctx, const struct uuid *user_id, size_t want,
				   const char *out[PASSWORD_HISTORY_MAX], size_t *out_count)
{
	struct db_rows *rows = NULL;
	size_t count = 0;
	const struct db_param params[] = {DB_P_UUID(user_id), DB_P_INT((int64_t)want)};
	enum err err = db_query(ctx, &last, params, &rows);

	if (err != ERR_OK)
		return err;
	while (count < PASSWORD_HISTORY_MAX && db_next(rows)) {
		struct block hash = db_bytes(rows, 0);
		out[count++] = arena_strndup(ctx->arena, (const char *)hash.data, hash.len);
	}
	*out_count = count;
	err = db_rows_close(rows);
	return err == ERR_OK && arena_failed(ctx->arena)
		       ? err_set(ctx, ERR_MEMORY, "Request memory is used up.")
		       : err;
}

enum err password_sql_set(struct ctx *ctx, const struct uuid *user_id, const char *hash)
{
	int64_t now = sys_real_us();
	const struct db_param present[] = {DB_P_UUID(user_id), DB_P_BYTES(hash, strlen(hash)),
					   DB_P_TIME(now)};
	const struct db_param former[] = {DB_P_UUID(user_id), DB_P_TIME(now),
					  DB_P_BYTES(hash, strlen(hash))};
	const struct db_param twice[] = {DB_P_UUID(user_id), DB_P_UUID(user_id)};
	const struct db_param one[] = {DB_P_UUID(user_id)};
	enum err err = db_exec(ctx, &set, present, NULL);

	if (err == ERR_OK)
		err = db_exec(ctx, &keep, former, NULL);
	if (err == ERR_OK)
		err = db_exec(ctx, &forget, twice, NULL);
	return err == ERR_OK ? db_exec(ctx, &due_no_more, one, NULL) : err;
}

enum err password_sql_renew(struct ctx *ctx, const struct uuid *user_id, const char *before,
			    const char *after)
{
	const struct db_param params[] = {DB_P_BYTES(after, strlen(after)), DB_P_UUID(user_id),
					  DB_P_BYTES(before, strlen(before))};
	enum err err = db_exec(ctx, &renew, params, NULL);

	return err == ERR_OK ? db_exec(ctx, &renew_kept, params, NULL) : err;
}

static void read_age(struct db_rows *rows, void *arg)
{
	*(struct password_age *)arg = (struct password_age){.set_at = db_time(rows, 0),
							    .must_change = db_int(rows, 1) != 0};
}

enum err password_sql_age(struct ctx *ctx, const struct uuid *user_id, struct password_age *out)
{
	const struct db_param params[] = {DB_P_UUID(user_id)};

	return db_one(ctx, &age, params, read_age, out);
}

enum err password_sql_must_change(struct ctx *ctx, const struct uuid *user_id)
{
	struct password_age have;
	const struct db_param params[] = {DB_P_UUID(user_id)};
	enum err err = password_sql_age(ctx, user_id, &have);

	if (err == ERR_OK)
		err = db_exec(ctx, &must_change, params, NULL);
	return err == ERR_OK ? db_exec(ctx, &due_now, params, NULL) : err;
}
