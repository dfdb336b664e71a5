/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/break_glass_sql.h"

#include "auth/auth.h"
#include "base/sys.h"
#include "sql/db.h"

static const struct db_stmt of_user = {
	"break_glass.of", "SELECT slot, user_id, networks FROM break_glass WHERE user_id = ?", 1,
	3};
static const struct db_stmt lock_all = {
	"break_glass.lock",
	"SELECT slot, user_id, networks FROM break_glass ORDER BY slot FOR UPDATE", 0, 3};
static const struct db_stmt put = {
	"break_glass.put",
	"INSERT INTO break_glass (slot, user_id, networks, set_at, event_id) VALUES (?, ?, ?, ?, "
	"?) "
	"ON DUPLICATE KEY UPDATE networks = VALUES(networks), set_at = VALUES(set_at), "
	"event_id = VALUES(event_id)",
	5, 0};
static const struct db_stmt drop = {"break_glass.drop", "DELETE FROM break_glass WHERE user_id = ?",
				    1, 0};
static const struct db_stmt used = {
	"break_glass.used",
	"INSERT INTO break_glass_use (event_id, user_id, used_at) VALUES (?, ?, ?)", 3, 0};
static const struct db_stmt acknowledge = {
	"break_glass.acknowledge",
	"UPDATE break_glass_use SET acknowledged_at = ?, acknowledged_by = ? "
	"WHERE acknowledged_at IS NULL AND user_id <> ?",
	3, 0};

static const struct db_stmt *const stmts[] = {&of_user, &lock_all,    &put, &drop,
					      &used,	&acknowledge, NULL};
static const struct db_stmt_list list = {"break_glass", stmts};

const struct db_stmt_list *break_glass_statements(void)
{
	return &list;
}

static void read_row(struct db_rows *rows, void *arg)
{
	*(struct break_glass_row *)arg = (struct break_glass_row){
		.slot = db_int(rows, 0), .user_id = db_uuid(rows, 1), .networks = db_text(rows, 2)};
}

enum err break_glass_sql_of(struct ctx *ctx, const struct uuid *user_id,
			    struct break_glass_row *out)
{
	const struct db_param params[] = {DB_P_UUID(user_id)};

	return db_one(ctx, &of_user, params, read_row, out);
}

enum err break_glass_sql_lock(struct ctx *ctx, struct break_glass_row out[BREAK_GLASS_MAX],
			      size_t *out_count)
{
	struct db_rows *rows = NULL;
	size_t count = 0;
	enum err err = db_query(ctx, &lock_all, NULL, &rows);

	if (err != ERR_OK)
		return err;
	while (count < BREAK_GLASS_MAX && db_next(rows))
		read_row(rows, &out[count++]);
	*out_count = count;
	return db_rows_close(rows);
}

enum err break_glass_sql_put(struct ctx *ctx, const struct break_glass_row *row,
			     const struct uuid *event_id)
{
	const struct db_param params[] = {DB_P_INT(row->slot), DB_P_UUID(&row->user_id),
					  DB_P_TEXT(row->networks), DB_P_TIME(sys_real_us()),
					  DB_P_UUID(event_id)};

	return db_exec(ctx, &put, params, NULL);
}

enum err break_glass_sql_drop(struct ctx *ctx, const struct uuid *user_id)
{
	const struct db_param params[] = {DB_P_UUID(user_id)};

	return db_exec(ctx, &drop, params, NULL);
}

enum err break_glass_sql_used(struct ctx *ctx, const struct uuid *event_id,
			      const struct uuid *user_id)
{
	const struct db_param params[] = {DB_P_UUID(event_id), DB_P_UUID(user_id),
					  DB_P_TIME(sys_real_us())};

	return db_exec(ctx, &used, params, NULL);
}

enum err break_glass_sql_acknowledge(struct ctx *ctx, const struct uuid *by, uint64_t *out_count)
{
	const struct db_param params[] = {DB_P_TIME(sys_real_us()), DB_P_UUID(by), DB_P_UUID(by)};

	return db_exec(ctx, &acknowledge, params, out_count);
}
