/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/exception.h"

#include "auth/auth.h"
#include "base/sys.h"

#define COLUMNS                                                                              \
	"id, user_id, network, note, asked_by, asked_at, approved_by, approved_at, until_at" \
	" FROM sign_in_exception WHERE ended_at IS NULL AND "
static const struct db_stmt insert = {
	"exception.insert",
	"INSERT INTO sign_in_exception (id, user_id, network, note, asked_by, asked_at, "
	"approved_at, until_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	8, 0};
static const struct db_stmt lock = {"exception.lock", "SELECT " COLUMNS "id = ? FOR UPDATE", 1, 9};
static const struct db_stmt holding = {
	"exception.holding",
	"SELECT " COLUMNS
	"user_id = ? AND approved_at IS NOT NULL AND until_at > ? ORDER BY id LIMIT 5",
	2, 9};
static const struct db_stmt of_user = {
	"exception.of_user", "SELECT " COLUMNS "user_id = ? ORDER BY id LIMIT 5 FOR UPDATE", 1, 9};
static const struct db_stmt over = {"exception.over",
				    "SELECT " COLUMNS
				    "(until_at <= ? OR (approved_at IS NULL AND asked_at <= ?)) "
				    "ORDER BY id LIMIT 5 FOR UPDATE",
				    2, 9};
static const struct db_stmt approve = {
	"exception.approve",
	"UPDATE sign_in_exception SET approved_by = ?, approved_at = ? WHERE id = ?", 3, 0};
static const struct db_stmt end = {
	"exception.end", "UPDATE sign_in_exception SET ended_at = ?, end_reason = ? WHERE id = ?",
	3, 0};
static const struct db_stmt counts = {
	"exception.count",
	"SELECT COUNT(IF(user_id = ?, 1, NULL)), COUNT(*) FROM sign_in_exception WHERE ended_at IS "
	"NULL",
	1, 2};

static const struct db_stmt *const stmts[] = {&insert,	&lock, &holding, &of_user, &over,
					      &approve, &end,  &counts,	 NULL};
static const struct db_stmt_list list = {"exception", stmts};

const struct db_stmt_list *exception_statements(void)
{
	return &list;
}

enum err exception_sql_insert(struct ctx *ctx, const struct exception *exception)
{
	const struct db_param params[] = {DB_P_UUID(&exception->id),
					  DB_P_UUID(&exception->user_id),
					  DB_P_TEXT(exception->network),
					  DB_P_TEXT(exception->note),
					  DB_P_UUID(&exception->asked_by),
					  DB_P_TIME(exception->asked_at),
					  DB_P_TIME_OR_NULL(exception->approved_at),
					  DB_P_TIME(exception->until)};

	return db_exec(ctx, &insert, params, NULL);
}

static void read_one(struct db_rows *rows, void *arg)
{
	*(struct exception *)arg =
		(struct exception){.id = db_uuid(rows, 0),
				   .user_id = db_uuid(rows, 1),
				   .network = db_text(rows, 2),
				   .note = db_text(rows, 3),
				   .asked_by = db_uuid(rows, 4),
				   .asked_at = db_time(rows, 5),
				   .approved_by = db_uuid(rows, 6),
				   .approved_at = db_is_null(rows, 7) ? 0 : db_time(rows, 7),
				   .until = db_time(rows, 8)};
}

enum err exception_sql_lock(struct ctx *ctx, const struct uuid *id, struct exception *out)
{
	const struct db_param params[] = {DB_P_UUID(id)};
	enum err err = db_one(ctx, &lock, params, read_one, out);

	return err == ERR_NOT_FOUND ? err_set(ctx, err, "There is no such exception any more.")
				    : err;
}

enum err exception_sql_approve(struct ctx *ctx, const struct uuid *id, const struct uuid *by)
{
	const struct db_param params[] = {DB_P_UUID(by), DB_P_TIME(sys_real_us()), DB_P_UUID(id)};

	return db_exec(ctx, &approve, params, NULL);
}

enum err exception_sql_end(struct ctx *ctx, const struct uuid *id, const char *reason)
{
	const struct db_param params[] = {DB_P_TIME(sys_real_us()), DB_P_TEXT(reason),
					  DB_P_UUID(id)};

	return db_exec(ctx, &end, params, NULL);
}

struct counted {
	int64_t theirs, all;
};

static void read_counts(struct db_rows *rows, void *arg)
{
	*(struct counted *)arg = (struct counted){db_int(rows, 0), db_int(rows, 1)};
}

enum err exception_sql_count(struct ctx *ctx, const struct uuid *user_id, int64_t *out_theirs,
			     int64_t *out_all)
{
	const struct db_param params[] = {DB_P_UUID(user_id)};
	struct counted counted = {0};
	enum err err = db_one(ctx, &counts, params, read_counts, &counted);

	*out_theirs = counted.theirs;
	*out_all = counted.all;
	return err;
}

static enum err several(struct ctx *ctx, const struct db_stmt *stmt, const struct db_param *params,
			struct exception out[EXCEPTION_PERSON_MAX], size_t *out_count)
{
	struct db_rows *rows = NULL;
	size_t count = 0;
	enum err err = db_query(ctx, stmt, params, &rows);

	if (err != ERR_OK)
		return err;
	while (count < EXCEPTION_PERSON_MAX && db_next(rows))
		read_one(rows, &out[count++]);
	*out_count = count;
	return db_rows_close(rows);
}

enum err exception_sql_to_end(struct ctx *ctx, const struct uuid *user_id,
			      struct exception out[EXCEPTION_PERSON_MAX], size_t *out_count)
{
	int64_t now = sys_real_us();
	const struct db_param whose[] = {DB_P_UUID(user_id)};
	const struct db_param when[] = {
		DB_P_TIME(now), DB_P_TIME(now - EXCEPTION_ASK_HOURS * (int64_t)3600 * 1000000)};

	return user_id ? several(ctx, &of_user, whose, out, out_count)
		       : several(ctx, &over, when, out, out_count);
}

enum err exception_sql_holding(struct ctx *ctx, const struct uuid *user_id,
			       struct exception out[EXCEPTION_PERSON_MAX], size_t *out_count)
{
	const struct db_param params[] = {DB_P_UUID(user_id), DB_P_TIME(sys_real_us())};

	return several(ctx, &holding, params, out, out_count);
}
