/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rbac/rule_sql.h"

#define RULE_COLUMNS                                                                  \
	"SELECT r.id, r.name, r.effect = 'deny', r.user_id, u.display_name,"          \
	" r.user_group_id, ug.name, r.target_id, t.name, r.target_group_id, tg.name," \
	" r.workflow_id, w.name, r.account_pattern, r.archived, r.version,"           \
	" u.login, r.created_at, r.updated_at"                                        \
	" FROM access_rule r LEFT JOIN user u ON u.id = r.user_id"                    \
	" LEFT JOIN user_group ug ON ug.id = r.user_group_id"                         \
	" LEFT JOIN target t ON t.id = r.target_id"                                   \
	" LEFT JOIN target_group tg ON tg.id = r.target_group_id"                     \
	" LEFT JOIN workflow w ON w.id = r.workflow_id"
#define RULE_FOUND                                                                        \
	" WHERE r.archived = ? AND (? < 0 OR (r.effect = 'deny') = ?) AND (? IS NULL OR " \
	"LOCATE(?, r.name) > 0"                                                           \
	" OR LOCATE(?, COALESCE(u.display_name, ug.name)) > 0"                            \
	" OR LOCATE(?, COALESCE(t.name, tg.name)) > 0)"

static const struct db_stmt by_id = {"rule.by_id", RULE_COLUMNS " WHERE r.id = ?", 1, 19};
static const struct db_stmt lock = {"rule.lock",
				    "SELECT id FROM access_rule WHERE id = ? FOR UPDATE", 1, 1};
static const struct db_stmt list = {"rule.list",
				    RULE_COLUMNS RULE_FOUND
				    " AND (r.name > ? OR (r.name = ? AND r.id > ?))"
				    " ORDER BY r.name, r.id LIMIT ?",
				    11, 19};
static const struct db_stmt count = {
	"rule.count",
	"SELECT COUNT(*) FROM access_rule r LEFT JOIN user u ON u.id = r.user_id"
	" LEFT JOIN user_group ug ON ug.id = r.user_group_id"
	" LEFT JOIN target t ON t.id = r.target_id"
	" LEFT JOIN target_group tg ON tg.id = r.target_group_id" RULE_FOUND,
	7, 1};
static const struct db_stmt insert = {
	"rule.insert",
	"INSERT INTO access_rule (id, name, effect, user_id, user_group_id, target_id,"
	" target_group_id, account_pattern, workflow_id, created_at, updated_at, event_id)"
	" VALUES (?, ?, IF(?, 'deny', 'allow'), ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	12, 0};
static const struct db_stmt update = {
	"rule.update",
	"UPDATE access_rule SET name = ?, effect = IF(?, 'deny', 'allow'), user_id = ?,"
	" user_group_id = ?, target_id = ?, target_group_id = ?, account_pattern = ?,"
	" workflow_id = ?, archived = ?, version = version + 1, updated_at = ?, event_id = ?"
	" WHERE id = ? AND version = ?",
	13, 0};
static const struct db_stmt name_of[] = {
	[RULE_USER] = {"rule.name_of_user",
		       "SELECT display_name FROM user WHERE id = ? AND state <> 'archived'", 1, 1},
	[RULE_USER_GROUP] = {"rule.name_of_user_group",
			     "SELECT name FROM user_group WHERE id = ? AND NOT archived", 1, 1},
	[RULE_TARGET] = {"rule.name_of_target",
			 "SELECT name FROM target WHERE id = ? AND NOT archived", 1, 1},
	[RULE_TARGET_GROUP] = {"rule.name_of_target_group",
			       "SELECT name FROM target_group WHERE id = ? AND NOT archived", 1, 1},
	[RULE_WORKFLOW] = {"rule.name_of_workflow",
			   "SELECT name FROM workflow WHERE id = ? AND NOT archived", 1, 1},
};

static const struct db_stmt *const stmts[] = {&by_id,
					      &lock,
					      &list,
					      &count,
					      &insert,
					      &update,
					      &name_of[RULE_USER],
					      &name_of[RULE_USER_GROUP],
					      &name_of[RULE_TARGET],
					      &name_of[RULE_TARGET_GROUP],
					      &name_of[RULE_WORKFLOW],
					      NULL};

const struct db_stmt_list *rule_statements(void)
{
	static const struct db_stmt_list all = {"rule", stmts};
	return &all;
}

void rule_sql_row(struct db_rows *rows, struct rule_row *out)
{
	*out = (struct rule_row){
		.id = db_uuid(rows, 0),
		.name = db_text(rows, 1),
		.deny = db_int(rows, 2) != 0,
		.user = {db_uuid(rows, 3), db_text(rows, 4)},
		.user_group = {db_uuid(rows, 5), db_text(rows, 6)},
		.target = {db_uuid(rows, 7), db_text(rows, 8)},
		.target_group = {db_uuid(rows, 9), db_text(rows, 10)},
		.workflow = {db_uuid(rows, 11), db_text(rows, 12)},
		.account_pattern = db_text(rows, 13),
		.archived = db_int(rows, 14) != 0,
		.version = db_int(rows, 15),
		.user_login = db_text(rows, 16),
		.created_at = db_time(rows, 17),
		.updated_at = db_time(rows, 18),
	};
}

static void read_row(struct db_rows *rows, void *arg)
{
	rule_sql_row(rows, arg);
}

static void read_nothing(struct db_rows *rows, void *arg)
{
	(void)rows;
	(void)arg;
}

enum err rule_sql_by_id(struct ctx *ctx, const struct uuid *id, struct rule_row *out)
{
	return db_one(ctx, &by_id, (struct db_param[]){DB_P_UUID(id)}, read_row, out);
}

enum err rule_sql_lock(struct ctx *ctx, const struct uuid *id, struct rule_row *out)
{
	enum err err = db_one(ctx, &lock, (struct db_param[]){DB_P_UUID(id)}, read_nothing, NULL);
	return err != ERR_OK ? err : rule_sql_by_id(ctx, id, out);
}

enum err rule_sql_list(struct ctx *ctx, const struct rule_filter *filter, const struct page *page,
		       struct db_rows **out)
{
	const char *q = filter->q;
	struct db_param params[] = {DB_P_INT(filter->archived),
				    DB_P_INT(filter->deny),
				    DB_P_INT(filter->deny),
				    DB_P_TEXT(q),
				    DB_P_TEXT(q),
				    DB_P_TEXT(q),
				    DB_P_TEXT(q),
				    DB_P_TEXT(page->after.text),
				    DB_P_TEXT(page->after.text),
				    DB_P_UUID(&page->after.id),
				    DB_P_INT(page->fetch)};
	return db_query(ctx, &list, params, out);
}

static void read_count(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

enum err rule_sql_count(struct ctx *ctx, const struct rule_filter *filter, int64_t *out)
{
	const char *q = filter->q;
	struct db_param params[] = {DB_P_INT(filter->archived),
				    DB_P_INT(filter->deny),
				    DB_P_INT(filter->deny),
				    DB_P_TEXT(q),
				    DB_P_TEXT(q),
				    DB_P_TEXT(q),
				    DB_P_TEXT(q)};
	return db_one(ctx, &count, params, read_count, out);
}

static struct db_param named(const struct rule_party_row *party)
{
	return uuid_is_nil(&party->id) ? DB_P_NULL : DB_P_UUID(&party->id);
}

enum err rule_sql_insert(struct ctx *ctx, const struct rule_row *row, const struct uuid *event_id,
			 int64_t now)
{
	struct db_param params[] = {DB_P_UUID(&row->id),
				    DB_P_TEXT(row->name),
				    DB_P_INT(row->deny),
				    named(&row->user),
				    named(&row->user_group),
				    named(&row->target),
				    named(&row->target_group),
				    DB_P_TEXT(row->account_pattern),
				    named(&row->workflow),
				    DB_P_TIME(now),
				    DB_P_TIME(now),
				    DB_P_UUID(event_id)};
	return db_exec(ctx, &insert, params, NULL);
}

enum err rule_sql_update(struct ctx *ctx, const struct rule_row *row, const struct uuid *event_id,
			 int64_t now)
{
	struct db_param params[] = {DB_P_TEXT(row->name),
				    DB_P_INT(row->deny),
				    named(&row->user),
				    named(&row->user_group),
				    named(&row->target),
				    named(&row->target_group),
				    DB_P_TEXT(row->account_pattern),
				    named(&row->workflow),
				    DB_P_INT(row->archived),
				    DB_P_TIME(now),
				    DB_P_UUID(event_id),
				    DB_P_UUID(&row->id),
				    DB_P_INT(row->version)};
	return db_exec(ctx, &update, params, NULL);
}

static void read_text(struct db_rows *rows, void *arg)
{
	*(const char **)arg = db_text(rows, 0);
}

enum err rule_sql_name_of(struct ctx *ctx, enum rule_reference kind, const struct uuid *id,
			  const char **out_name)
{
	return db_one(ctx, &name_of[kind], (struct db_param[]){DB_P_UUID(id)}, read_text, out_name);
}
