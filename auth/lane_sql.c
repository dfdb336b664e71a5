/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/lane_sql.h"

#include "auth/auth.h"

static const struct db_stmt select_one = {
	"lane.get",
	"SELECT fails, last_fail_at, next_at FROM auth_lane "
	"WHERE subject = ? AND lane = ? AND authenticator = ? FOR UPDATE",
	3, 3};
static const struct db_stmt upsert = {
	"lane.put",
	"INSERT INTO auth_lane (subject, lane, authenticator, fails, last_fail_at, next_at) "
	"VALUES (?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE "
	"fails = VALUE(fails), "
	"last_fail_at = VALUE(last_fail_at), next_at = VALUE(next_at)",
	6, 0};
static const struct db_stmt delete_one = {
	"lane.delete", "DELETE FROM auth_lane WHERE subject = ? AND lane = ? AND authenticator = ?",
	3, 0};
static const struct db_stmt delete_subject = {"lane.delete_subject",
					      "DELETE FROM auth_lane WHERE subject = ?", 1, 0};
static const struct db_stmt delete_all = {"lane.delete_all", "DELETE FROM auth_lane", 0, 0};

static const struct db_stmt *const stmts[] = {&select_one,     &upsert,	    &delete_one,
					      &delete_subject, &delete_all, NULL};
static const struct db_stmt_list list = {"lane", stmts};

const struct db_stmt_list *lane_statements(void)
{
	return &list;
}

const char *lane_authenticator_name(enum lane_authenticator what)
{
	static const char *const names[] = {[LANE_PASSWORD] = "password",
					    [LANE_TOTP] = "totp",
					    [LANE_RECOVERY] = "recovery",
					    [LANE_MAIL] = "mail_code"};

	return names[what];
}

static void read_row(struct db_rows *rows, void *arg)
{
	struct lane_row *row = arg;

	row->fails = (uint32_t)db_int(rows, 0);
	row->last_fail_at = db_time(rows, 1);
	row->next_at = db_time(rows, 2);
}

enum err lane_sql_get(struct ctx *ctx, const struct lane *lane, enum lane_authenticator what,
		      struct lane_row *out)
{
	const struct db_param params[] = {DB_P_BYTES(lane->subject, 32), DB_P_BYTES(lane->id, 32),
					  DB_P_TEXT(lane_authenticator_name(what))};

	return db_one(ctx, &select_one, params, read_row, out);
}

enum err lane_sql_put(struct ctx *ctx, const struct lane *lane, enum lane_authenticator what,
		      const struct lane_row *row)
{
	const struct db_param params[] = {DB_P_BYTES(lane->subject, 32),
					  DB_P_BYTES(lane->id, 32),
					  DB_P_TEXT(lane_authenticator_name(what)),
					  DB_P_INT(row->fails),
					  DB_P_TIME(row->last_fail_at),
					  DB_P_TIME(row->next_at)};

	return db_exec(ctx, &upsert, params, NULL);
}

enum err lane_sql_delete(struct ctx *ctx, const struct lane *lane, enum lane_authenticator what)
{
	const struct db_param params[] = {DB_P_BYTES(lane->subject, 32), DB_P_BYTES(lane->id, 32),
					  DB_P_TEXT(lane_authenticator_name(what))};

	return db_exec(ctx, &delete_one, params, NULL);
}

enum err lane_sql_delete_all(struct ctx *ctx, const uint8_t *subject, uint64_t *out_count)
{
	const struct db_param params[] = {DB_P_BYTES(subject, subject ? 32 : 0)};

	return subject ? db_exec(ctx, &delete_subject, params, out_count)
		       : db_exec(ctx, &delete_all, NULL, out_count);
}
