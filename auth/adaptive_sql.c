/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/adaptive_sql.h"

#include "auth/auth.h"
#include "base/arena.h"
#include "base/sys.h"

static const struct db_stmt profile_get = {
	"adaptive.profile", "SELECT value FROM auth_profile WHERE user_id = ?", 1, 1};
static const struct db_stmt profile_put = {
	"adaptive.save",
	"INSERT INTO auth_profile (user_id, value, saved_at) VALUES (?, ?, ?) "
	"ON DUPLICATE KEY UPDATE value = VALUE(value), saved_at = VALUE(saved_at)",
	3, 0};
static const struct db_stmt common_get = {
	"adaptive.common",
	"SELECT value, seen, kinds FROM auth_common "
	"WHERE value IN (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	ADAPTIVE_VALUES, 3};
static const struct db_stmt common_add = {
	"adaptive.add",
	"INSERT INTO auth_common (value, seen, kinds) VALUES (?, ?, ?) "
	"ON DUPLICATE KEY UPDATE seen = seen + VALUE(seen), kinds = kinds + VALUE(kinds)",
	3, 0};

static const struct db_stmt common_take = {
	"adaptive.take",
	"UPDATE auth_common SET seen = seen - ?, kinds = kinds - ? WHERE value = ? AND seen >= ? "
	"AND kinds >= ?",
	5, 0};

static const struct db_stmt before_get = {
	"adaptive.before",
	"SELECT s.peer, s.created_at, (SELECT MAX(r.used_at) FROM auth_recovery_code r WHERE "
	"r.user_id = s.user_id), (SELECT MAX(e.used_at) FROM auth_enrolment e WHERE "
	"e.user_id = s.user_id) FROM auth_session s WHERE s.user_id = ? "
	"ORDER BY s.created_at DESC LIMIT 2",
	1, 4};

static const struct db_stmt colleagues = {
	"adaptive.colleagues",
	"SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM auth_colleague WHERE prefix = ? AND period IN "
	"(?, ?) LIMIT 5) c), EXISTS (SELECT 1 FROM auth_colleague WHERE prefix = ? AND period IN "
	"(?, ?) AND user_id = ?)",
	7, 2};
static const struct db_stmt colleague_add = {
	"adaptive.colleague_add",
	"INSERT IGNORE INTO auth_colleague (prefix, period, user_id) VALUES (?, ?, ?)", 3, 0};
static const struct db_stmt colleague_sweep = {
	"adaptive.colleague_sweep", "DELETE FROM auth_colleague WHERE period < ? LIMIT 10", 1, 0};

static const struct db_stmt *const stmts[] = {
	&colleagues, &colleague_add, &colleague_sweep, &profile_get, &profile_put,
	&common_get, &common_add,    &common_take,     &before_get,  NULL};
static const struct db_stmt_list list = {"adaptive", stmts};

const struct db_stmt_list *adaptive_statements(void)
{
	return &list;
}

static void read_block(struct db_rows *rows, void *arg)
{
	*(struct block *)arg = db_bytes(rows, 0);
}

enum err adaptive_sql_profile(struct ctx *ctx, const struct uuid *user_id, struct block *out)
{
	const struct db_param params[] = {DB_P_UUID(user_id)};

	*out = (struct block){0};
	enum err err = db_one(ctx, &profile_get, params, read_block, out);
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

enum err adaptive_sql_save(struct ctx *ctx, const struct uuid *user_id, struct block value)
{
	const struct db_param params[] = {DB_P_UUID(user_id), DB_P_BYTES(value.data, value.len),
					  DB_P_TIME(sys_real_us())};

	return db_exec(ctx, &profile_put, params, NULL);
}

static int64_t time_or_never(struct db_rows *rows, unsigned column)
{
	return db_is_null(rows, column) ? 0 : db_time(rows, column);
}

enum err adaptive_sql_before(struct ctx *ctx, const struct uuid *user_id,
			     struct adaptive_before *out)
{
	const struct db_param params[] = {DB_P_UUID(user_id)};
	struct db_rows *rows;
	int64_t back = 0, earlier = 0;

	*out = (struct adaptive_before){0};
	enum err err = db_query(ctx, &before_get, params, &rows);
	if (err != ERR_OK)
		return err;
	if (db_next(rows)) {
		int64_t recovered = time_or_never(rows, 2), enrolled = time_or_never(rows, 3);
		out->peer = arena_strdup(ctx->arena, db_text(rows, 0));
		out->at = db_time(rows, 1);
		back = recovered > enrolled ? recovered : enrolled;
	}
	if (db_next(rows))
		earlier = db_time(rows, 1);
	out->given_back = back > earlier && back <= out->at;
	return db_rows_close(rows);
}

static void take(struct db_rows *found, struct adaptive_common *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (rows[i].value != db_int(found, 0))
			continue;
		rows[i].seen = db_int(found, 1);
		rows[i].kinds = db_int(found, 2);
	}
}

enum err adaptive_sql_common(struct ctx *ctx, struct adaptive_common *rows, size_t count)
{
	struct db_param params[ADAPTIVE_VALUES];
	struct db_rows *found;

	for (size_t i = 0; i < ADAPTIVE_VALUES; i++)
		params[i] = DB_P_INT(i < count ? rows[i].value : -1);
	enum err err = db_query(ctx, &common_get, params, &found);
	if (err != ERR_OK)
		return err;
	while (db_next(found))
		take(found, rows, count);
	return db_rows_close(found);
}

enum err adaptive_sql_add(struct ctx *ctx, const struct adaptive_common *rows, size_t count)
{
	struct db_param params[3 * ADAPTIVE_VALUES];

	for (size_t i = 0; i < count; i++) {
		params[3 * i] = DB_P_INT(rows[i].value);
		params[3 * i + 1] = DB_P_INT(rows[i].seen);
		params[3 * i + 2] = DB_P_INT(rows[i].kinds);
	}
	return count ? db_exec_many(ctx, &common_add, params, count, NULL) : ERR_OK;
}

enum err adaptive_sql_take(struct ctx *ctx, const struct adaptive_common *rows, size_t count)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		const struct db_param params[] = {DB_P_INT(rows[i].seen), DB_P_INT(rows[i].kinds),
						  DB_P_INT(rows[i].value), DB_P_INT(rows[i].seen),
						  DB_P_INT(rows[i].kinds)};
		err = db_exec(ctx, &common_take, params, NULL);
	}
	return err;
}

struct counting {
	int64_t *count;
	bool *counted;
};

static void read_counting(struct db_rows *rows, void *arg)
{
	const struct counting *counting = arg;

	*counting->count = db_int(rows, 0);
	*counting->counted = db_int(rows, 1) != 0;
}

enum err adaptive_sql_colleagues(struct ctx *ctx, const struct adaptive_colleague *one,
				 int64_t *out_count, bool *out_counted)
{
	const struct db_param params[] = {DB_P_INT(one->prefix),     DB_P_INT(one->period),
					  DB_P_INT(one->period - 1), DB_P_INT(one->prefix),
					  DB_P_INT(one->period),     DB_P_INT(one->period - 1),
					  DB_P_UUID(&one->user_id)};
	struct counting counting = {out_count, out_counted};

	return db_one(ctx, &colleagues, params, read_counting, &counting);
}

enum err adaptive_sql_colleague_add(struct ctx *ctx, const struct adaptive_colleague *one)
{
	const struct db_param old[] = {DB_P_INT(one->period - 1)};
	const struct db_param params[] = {DB_P_INT(one->prefix), DB_P_INT(one->period),
					  DB_P_UUID(&one->user_id)};
	enum err err = db_exec(ctx, &colleague_sweep, old, NULL);

	return err == ERR_OK ? db_exec(ctx, &colleague_add, params, NULL) : err;
}
