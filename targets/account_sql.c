/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "targets/account_sql.h"

#define COLUMNS                                                                        \
	"SELECT a.id, a.name, a.description, a.target_id, t.name, t.kind, t.archived," \
	" a.secret_id, a.lendable, a.concurrent, a.archived, a.version, a.created_at," \
	" a.updated_at, s.state, s.reason, s.checked_at, a.secret_set_at"              \
	" FROM account a JOIN target t ON t.id = a.target_id"                          \
	" LEFT JOIN account_state s ON s.account_id = a.id"
enum { FIELD_COUNT = 18 };

static const struct db_stmt by_id = {"account.by_id", COLUMNS " WHERE a.id = ?", 1, FIELD_COUNT};
static const struct db_stmt lock = {"account.lock",
				    "SELECT id FROM account WHERE id = ? FOR UPDATE", 1, 1};
static const struct db_stmt of_target = {"account.of_target",
					 COLUMNS
					 " WHERE a.target_id = ? AND (NOT a.archived OR t.archived)"
					 " ORDER BY a.name LIMIT 500",
					 1, FIELD_COUNT};
static const struct db_stmt of_targets = {"account.of_targets",
					  COLUMNS " WHERE a.target_id IN (" DB_IDS
						  ") AND (NOT a.archived OR t.archived)"
						  " ORDER BY a.target_id, a.name",
					  DB_IDS_MAX, FIELD_COUNT};
static const struct db_stmt insert = {
	"account.insert",
	"INSERT INTO account (id, target_id, name, description, lendable, concurrent, created_at,"
	" updated_at, event_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	9, 0};
static const struct db_stmt update = {
	"account.update",
	"UPDATE account SET name = ?, description = ?, secret_id = ?, secret_set_at = ?,"
	" lendable = ?, concurrent = ?, archived = ?, version = version + 1, updated_at = ?,"
	" event_id = ? WHERE id = ? AND version = ?",
	11, 0};
static const struct db_stmt open_leases = {
	"account.open_leases",
	"SELECT COUNT(*) FROM lease WHERE account_id = ? AND state IN ('scheduled', 'active')", 1,
	1};
static const struct db_stmt unverified = {
	"account.unverified",
	"INSERT INTO account_state (account_id, state, reason, checked_at)"
	" VALUES (?, 'unverified', NULL, ?) ON DUPLICATE KEY UPDATE state = 'unverified',"
	" reason = NULL, checked_at = VALUES(checked_at)",
	2, 0};
static const struct db_stmt secret_kind = {"account.secret_kind",
					   "SELECT kind FROM secret WHERE id = ?", 1, 1};

static const struct db_stmt *const stmts[] = {&by_id,	    &lock,   &of_target,   &of_targets,
					      &insert,	    &update, &open_leases, &unverified,
					      &secret_kind, NULL};

const struct db_stmt_list *account_statements(void)
{
	static const struct db_stmt_list all = {"account", stmts};
	return &all;
}

void account_sql_row(struct db_rows *rows, struct account_row *out)
{
	*out = (struct account_row){
		.id = db_uuid(rows, 0),
		.name = db_text(rows, 1),
		.description = db_text(rows, 2),
		.target_id = db_uuid(rows, 3),
		.target_name = db_text(rows, 4),
		.target_kind = db_text(rows, 5),
		.target_archived = db_int(rows, 6) != 0,
		.secret_id = db_uuid(rows, 7),
		.lendable = db_int(rows, 8) != 0,
		.concurrent = db_int(rows, 9) != 0,
		.archived = db_int(rows, 10) != 0,
		.version = db_int(rows, 11),
		.created_at = db_time(rows, 12),
		.updated_at = db_time(rows, 13),
		.state = db_text(rows, 14),
		.state_reason = db_text(rows, 15),
		.state_checked_at = db_time(rows, 16),
		.secret_set_at = db_time(rows, 17),
	};
}

static void read_row(struct db_rows *rows, void *arg)
{
	account_sql_row(rows, arg);
}

static void read_uuid(struct db_rows *rows, void *arg)
{
	*(struct uuid *)arg = db_uuid(rows, 0);
}

static void read_number(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

enum err account_sql_by_id(struct ctx *ctx, const struct uuid *id, struct account_row *out)
{
	return db_one(ctx, &by_id, (struct db_param[]){DB_P_UUID(id)}, read_row, out);
}

enum err account_sql_lock(struct ctx *ctx, const struct uuid *id, struct account_row *out)
{
	struct uuid found;
	enum err err = db_one(ctx, &lock, (struct db_param[]){DB_P_UUID(id)}, read_uuid, &found);
	return err != ERR_OK ? err : account_sql_by_id(ctx, id, out);
}

enum err account_sql_of_target(struct ctx *ctx, const struct uuid *target_id, struct db_rows **out)
{
	return db_query(ctx, &of_target, (struct db_param[]){DB_P_UUID(target_id)}, out);
}

enum err account_sql_of_targets(struct ctx *ctx, const struct db_param ids[DB_IDS_MAX],
				struct db_rows **out)
{
	return db_query(ctx, &of_targets, ids, out);
}

static enum err name_taken(struct ctx *ctx, enum err err)
{
	if (err != ERR_CONFLICT)
		return err;
	return err_record(ctx, ERR_CONFLICT, "account.name_taken", "name", __FILE__, __LINE__,
			  "The target has, or had, an account of that name.");
}

enum err account_sql_insert(struct ctx *ctx, const struct account_row *row,
			    const struct uuid *event_id, int64_t now)
{
	struct db_param params[] = {DB_P_UUID(&row->id),     DB_P_UUID(&row->target_id),
				    DB_P_TEXT(row->name),    DB_P_TEXT(row->description),
				    DB_P_INT(row->lendable), DB_P_INT(row->concurrent),
				    DB_P_TIME(now),	     DB_P_TIME(now),
				    DB_P_UUID(event_id)};
	return name_taken(ctx, db_exec(ctx, &insert, params, NULL));
}

enum err account_sql_update(struct ctx *ctx, const struct account_row *row,
			    const struct uuid *event_id, int64_t now)
{
	struct db_param params[] = {DB_P_TEXT(row->name),
				    DB_P_TEXT(row->description),
				    uuid_is_nil(&row->secret_id) ? DB_P_NULL
								 : DB_P_UUID(&row->secret_id),
				    DB_P_TIME_OR_NULL(row->secret_set_at),
				    DB_P_INT(row->lendable),
				    DB_P_INT(row->concurrent),
				    DB_P_INT(row->archived),
				    DB_P_TIME(now),
				    DB_P_UUID(event_id),
				    DB_P_UUID(&row->id),
				    DB_P_INT(row->version)};
	return name_taken(ctx, db_exec(ctx, &update, params, NULL));
}

enum err account_sql_open_leases(struct ctx *ctx, const struct uuid *id, int64_t *out)
{
	return db_one(ctx, &open_leases, (struct db_param[]){DB_P_UUID(id)}, read_number, out);
}

enum err account_sql_unverified(struct ctx *ctx, const struct uuid *id, int64_t now)
{
	struct db_param params[] = {DB_P_UUID(id), DB_P_TIME(now)};
	return db_exec(ctx, &unverified, params, NULL);
}

enum err account_sql_secret_kind(struct ctx *ctx, const struct uuid *secret_id, int64_t *out)
{
	return db_one(ctx, &secret_kind, (struct db_param[]){DB_P_UUID(secret_id)}, read_number,
		      out);
}
