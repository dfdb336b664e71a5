/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/session_limit_sql.h"

#include "auth/auth.h"
#include "base/sys.h"
#include "sql/db.h"

static const struct db_stmt lock_all = {"session_limit.lock",
					"SELECT " SESSION_LIMIT_COLUMNS
					" FROM session_limit l ORDER BY l.id FOR UPDATE",
					0, SESSION_LIMIT_COLUMN_COUNT};
static const struct db_stmt store = {
	"session_limit.store",
	"UPDATE session_limit SET is_default = ?, idle_minutes = ?, max_hours = ?, "
	"version = version + 1, updated_at = ?, event_id = ? WHERE id = ?",
	6, 0};
static const struct db_stmt only_default = {
	"session_limit.only_default",
	"UPDATE session_limit SET is_default = FALSE, version = version + 1, event_id = ? "
	"WHERE id <> ? AND is_default",
	2, 0};
static const struct db_stmt free_groups = {
	"session_limit.free_groups", "DELETE FROM session_limit_group WHERE limit_id = ?", 1, 0};
static const struct db_stmt free_group = {
	"session_limit.free_group", "DELETE FROM session_limit_group WHERE group_id = ?", 1, 0};
static const struct db_stmt take_group = {
	"session_limit.take_group",
	"INSERT INTO session_limit_group (limit_id, event_id, group_id) "
	"SELECT ?, ?, id FROM user_group WHERE id = ? AND NOT archived",
	3, 0};

static const struct db_stmt *const stmts[] = {&lock_all,   &store,	&only_default, &free_groups,
					      &free_group, &take_group, NULL};
static const struct db_stmt_list list = {"session_limit", stmts};

const struct db_stmt_list *session_limit_statements(void)
{
	return &list;
}

const struct for_groups_kind *session_limit_groups_kind(void)
{
	static const struct for_groups_kind kind = {.read = session_limit_sql_groups,
						    .only_default = &only_default,
						    .free_groups = &free_groups,
						    .free_group = &free_group,
						    .take_group = &take_group,
						    .needs_default = "session_limit.needs_default"};

	return &kind;
}

enum err session_limit_sql_lock(struct ctx *ctx, const struct uuid *id, struct session_limit *out)
{
	struct session_limit found[SESSION_LIMITS_MAX];
	size_t count = 0;
	enum err err = session_limit_sql_read(ctx, &lock_all, found, &count);

	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		if (!uuid_equal(&found[i].id, id))
			continue;
		*out = found[i];
		return ERR_OK;
	}
	return err == ERR_OK ? err_set(ctx, ERR_NOT_FOUND, "There is no such limit.") : err;
}

enum err session_limit_sql_store(struct ctx *ctx, const struct session_limit *limit,
				 const struct uuid *event_id)
{
	const struct db_param params[] = {
		DB_P_INT(limit->is_default), DB_P_INT(limit->idle_minutes),
		DB_P_INT(limit->max_hours),  DB_P_TIME(sys_real_us()),
		DB_P_UUID(event_id),	     DB_P_UUID(&limit->id)};

	return db_exec(ctx, &store, params, NULL);
}
