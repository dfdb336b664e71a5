/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/auth.h"
#include "auth/session_limit.h"
#include "base/conf.h"
#include "rbac/group_cte.h"
#include "sql/db.h"

static const struct db_stmt of_user = {
	"session_limit.of_user",
	"WITH RECURSIVE " CTE_GROUPS_OF_USER ", a (id) AS (SELECT DISTINCT lg.limit_id "
	"FROM session_limit_group lg JOIN g ON g.id = lg.group_id) "
	"SELECT MIN(l.idle_minutes), MIN(l.max_hours) FROM session_limit l "
	"WHERE l.id IN (SELECT id FROM a) OR (l.is_default AND NOT EXISTS (SELECT 1 FROM a))",
	1, 2};
static const struct db_stmt all = {"session_limit.list",
				   "SELECT " SESSION_LIMIT_COLUMNS
				   " FROM session_limit l ORDER BY l.profile",
				   0, SESSION_LIMIT_COLUMN_COUNT};
static const struct db_stmt one = {
	"session_limit.get", "SELECT " SESSION_LIMIT_COLUMNS " FROM session_limit l WHERE l.id = ?",
	1, SESSION_LIMIT_COLUMN_COUNT};
static const struct db_stmt groups_of = {
	"session_limit.groups",
	"SELECT g.id, g.name FROM session_limit_group lg JOIN user_group g ON g.id = lg.group_id "
	"AND NOT g.archived WHERE lg.limit_id = ? ORDER BY g.name",
	1, 2};

static const struct db_stmt *const stmts[] = {&of_user, &all, &one, &groups_of, NULL};
static const struct db_stmt_list list = {"session_limit_read", stmts};

const struct db_stmt_list *session_limit_read_statements(void)
{
	return &list;
}

static const int64_t minute_us = 60000000;

static int64_t at_most(int64_t value, int64_t most)
{
	return value < most ? value : most;
}

static void read_span(struct db_rows *rows, void *arg)
{
	*(struct session_span *)arg = (struct session_span){db_int(rows, 0) * minute_us,
							    db_int(rows, 1) * 60 * minute_us};
}

enum err session_span_of(struct ctx *ctx, const struct uuid *user_id, struct session_span *out)
{
	const struct db_param params[] = {DB_P_UUID(user_id)};
	enum err err = db_one(ctx, &of_user, params, read_span, out);

	if (err != ERR_OK)
		return err;
	if (out->idle_us == 0 || out->age_us == 0)
		return err_set(ctx, ERR_INTEGRITY, "There is no limit of sign-ins at all.");
	if (!ctx->conf)
		return ERR_OK;
	out->idle_us = at_most(out->idle_us, ctx->conf->session_idle_minutes * minute_us);
	out->age_us = at_most(out->age_us, ctx->conf->session_max_hours * 60 * minute_us);
	return ERR_OK;
}

void session_span_cut(const struct session_span *span, int64_t created_at, int64_t last_seen_at,
		      int64_t *idle, int64_t *age)
{
	*age = at_most(*age, created_at + span->age_us);
	*idle = at_most(at_most(*idle, last_seen_at + span->idle_us), *age);
}

static void read_limit(struct db_rows *rows, void *arg)
{
	*(struct session_limit *)arg = (struct session_limit){.id = db_uuid(rows, 0),
							      .profile = db_text(rows, 1),
							      .is_default = db_int(rows, 2) != 0,
							      .idle_minutes = db_int(rows, 3),
							      .max_hours = db_int(rows, 4),
							      .version = db_int(rows, 5)};
}

enum err session_limit_sql_read(struct ctx *ctx, const struct db_stmt *stmt,
				struct session_limit out[SESSION_LIMITS_MAX], size_t *out_count)
{
	struct db_rows *rows = NULL;
	size_t count = 0;
	enum err err = db_query(ctx, stmt, NULL, &rows);

	if (err != ERR_OK)
		return err;
	while (count < SESSION_LIMITS_MAX && db_next(rows))
		read_limit(rows, &out[count++]);
	*out_count = count;
	return db_rows_close(rows);
}

enum err session_limit_sql_list(struct ctx *ctx, struct session_limit out[SESSION_LIMITS_MAX],
				size_t *out_count)
{
	return session_limit_sql_read(ctx, &all, out, out_count);
}

enum err session_limit_sql_get(struct ctx *ctx, const struct uuid *id, struct session_limit *out)
{
	const struct db_param params[] = {DB_P_UUID(id)};

	return db_one(ctx, &one, params, read_limit, out);
}

enum err session_limit_sql_groups(struct ctx *ctx, const struct uuid *id, for_groups_fn *fn,
				  void *arg)
{
	return for_groups_read(ctx, &groups_of, id, fn, arg);
}
