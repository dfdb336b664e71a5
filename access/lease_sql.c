/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "access/lease_sql.h"

#include "access/lease_columns.h"

static const struct db_stmt by_id = {"lease.by_id", LEASE_COLUMNS " WHERE l.id = ?", 1,
				     LEASE_COLUMN_COUNT};
static const struct db_stmt lock = {"lease.lock", "SELECT id FROM lease WHERE id = ? FOR UPDATE", 1,
				    1};
static const struct db_stmt share = {"lease.share",
				     "SELECT id FROM lease WHERE id = ? LOCK IN SHARE MODE", 1, 1};
static const struct db_stmt facts = {
	"lease.facts",
	"SELECT " LEASE_FIELDS ", q.ticket, t.port, t.gateway_group_id, a.secret_id,"
	" u.state = 'active', a.archived OR t.archived, q.state" LEASE_FROM
	" JOIN user u ON u.id = l.user_id WHERE l.id = ?",
	1, LEASE_COLUMN_COUNT + 7};
#define ACCOUNT_COLUMNS                                          \
	"SELECT a.id, a.name, t.name, a.lendable, a.concurrent," \
	" a.archived OR t.archived, a.secret_id IS NOT NULL"     \
	" FROM account a JOIN target t ON t.id = a.target_id WHERE a.id = ?"
static const struct db_stmt lock_account = {"lease.lock_account",
					    "SELECT id FROM account WHERE id = ? FOR UPDATE", 1, 1};
static const struct db_stmt account = {"lease.account", ACCOUNT_COLUMNS, 1, 7};
static const struct db_stmt conflicts = {
	"lease.conflicts",
	"SELECT COUNT(*) FROM lease WHERE account_id = ? AND state IN ('scheduled', 'active')"
	" AND starts_at < ? AND ends_at > ? AND (exclusive OR ?)",
	4, 1};
static const struct db_stmt insert = {
	"lease.insert",
	"INSERT INTO lease (id, request_id, account_id, user_id, starts_at, ends_at, exclusive,"
	" state) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	8, 0};
static const struct db_stmt update = {
	"lease.update",
	"UPDATE lease SET state = ?, ended_at = ?, end_reason = ?, version = version + 1"
	" WHERE id = ?",
	4, 0};
static const struct db_stmt open_of_request = {
	"lease.open_of_request",
	"SELECT COUNT(*) FROM lease WHERE request_id = ? AND state IN ('scheduled', 'active')", 1,
	1};
static const struct db_stmt to_end = {
	"lease.to_end",
	"SELECT id FROM lease WHERE state IN ('scheduled', 'active') AND ends_at <= ?"
	" ORDER BY ends_at LIMIT ? FOR UPDATE SKIP LOCKED",
	2, 1};
static const struct db_stmt to_start = {
	"lease.to_start",
	"SELECT id FROM lease WHERE state = 'scheduled' AND ends_at > ? AND starts_at <= ?"
	" LIMIT ? FOR UPDATE SKIP LOCKED",
	3, 1};

static const struct db_stmt *const stmts[] = {
	&by_id,	 &lock,	  &share,	    &facts,  &lock_account, &account, &conflicts,
	&insert, &update, &open_of_request, &to_end, &to_start,	    NULL};

const struct db_stmt_list *lease_statements(void)
{
	static const struct db_stmt_list all = {"lease", stmts};
	return &all;
}

void lease_sql_row(struct db_rows *rows, struct lease *out)
{
	*out = (struct lease){
		.id = db_uuid(rows, 0),
		.request_id = db_uuid(rows, 1),
		.request_number = db_text(rows, 2),
		.account_id = db_uuid(rows, 3),
		.account_name = db_text(rows, 4),
		.target_id = db_uuid(rows, 5),
		.target_name = db_text(rows, 6),
		.target_kind = db_text(rows, 7),
		.user_id = db_uuid(rows, 8),
		.starts_at = db_time(rows, 9),
		.ends_at = db_time(rows, 10),
		.exclusive = db_int(rows, 11) != 0,
		.state = lease_state_by_name(db_text(rows, 12)),
		.version = db_int(rows, 13),
	};
}

static void read_row(struct db_rows *rows, void *arg)
{
	lease_sql_row(rows, arg);
}

static void read_uuid(struct db_rows *rows, void *arg)
{
	*(struct uuid *)arg = db_uuid(rows, 0);
}

static void read_number(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

enum err lease_sql_by_id(struct ctx *ctx, const struct uuid *id, struct lease *out)
{
	return db_one(ctx, &by_id, (struct db_param[]){DB_P_UUID(id)}, read_row, out);
}

enum err lease_sql_lock(struct ctx *ctx, const struct uuid *id, struct lease *out)
{
	struct uuid found;
	enum err err = db_one(ctx, &lock, (struct db_param[]){DB_P_UUID(id)}, read_uuid, &found);
	return err != ERR_OK ? err : lease_sql_by_id(ctx, id, out);
}

static void read_facts(struct db_rows *rows, void *arg)
{
	struct lease_facts *out = arg;
	lease_sql_row(rows, &out->grant.lease);
	unsigned at = LEASE_COLUMN_COUNT;
	out->grant.ticket = db_text(rows, at);
	out->grant.port = (uint32_t)db_int(rows, at + 1);
	out->grant.gateway_group_id = db_uuid(rows, at + 2);
	out->grant.secret_id = db_uuid(rows, at + 3);
	out->user_active = db_int(rows, at + 4) != 0;
	out->archived = db_int(rows, at + 5) != 0;
	out->request_state = request_state_by_name(db_text(rows, at + 6));
}

enum err lease_sql_facts(struct ctx *ctx, const struct uuid *id, struct lease_facts *out)
{
	struct db_param params[] = {DB_P_UUID(id)};
	struct uuid found;
	enum err err = db_one(ctx, &share, params, read_uuid, &found);
	return err != ERR_OK ? err : db_one(ctx, &facts, params, read_facts, out);
}

static void read_account(struct db_rows *rows, void *arg)
{
	struct lease_account *out = arg;
	*out = (struct lease_account){
		.id = db_uuid(rows, 0),
		.name = db_text(rows, 1),
		.target_name = db_text(rows, 2),
		.lendable = db_int(rows, 3) != 0,
		.concurrent = db_int(rows, 4) != 0,
		.archived = db_int(rows, 5) != 0,
		.has_secret = db_int(rows, 6) != 0,
	};
}

enum err lease_sql_account(struct ctx *ctx, const struct uuid *account_id,
			   struct lease_account *out)
{
	return db_one(ctx, &account, (struct db_param[]){DB_P_UUID(account_id)}, read_account, out);
}

enum err lease_sql_lock_account(struct ctx *ctx, const struct uuid *account_id,
				struct lease_account *out)
{
	struct uuid found;
	enum err err = db_one(ctx, &lock_account, (struct db_param[]){DB_P_UUID(account_id)},
			      read_uuid, &found);
	return err != ERR_OK ? err : lease_sql_account(ctx, account_id, out);
}

enum err lease_sql_conflicts(struct ctx *ctx, const struct lease *lease, int64_t *out)
{
	struct db_param params[] = {DB_P_UUID(&lease->account_id), DB_P_TIME(lease->ends_at),
				    DB_P_TIME(lease->starts_at), DB_P_INT(lease->exclusive)};
	return db_one(ctx, &conflicts, params, read_number, out);
}

enum err lease_sql_insert(struct ctx *ctx, const struct lease *lease)
{
	struct db_param params[] = {
		DB_P_UUID(&lease->id),	       DB_P_UUID(&lease->request_id),
		DB_P_UUID(&lease->account_id), DB_P_UUID(&lease->user_id),
		DB_P_TIME(lease->starts_at),   DB_P_TIME(lease->ends_at),
		DB_P_INT(lease->exclusive),    DB_P_TEXT(lease_state_name(lease->state))};
	return db_exec(ctx, &insert, params, NULL);
}

enum err lease_sql_update(struct ctx *ctx, const struct lease *lease, int64_t ended_at,
			  const char *reason)
{
	struct db_param params[] = {DB_P_TEXT(lease_state_name(lease->state)),
				    DB_P_TIME_OR_NULL(ended_at), DB_P_TEXT(reason),
				    DB_P_UUID(&lease->id)};
	return db_exec(ctx, &update, params, NULL);
}

enum err lease_sql_open_of_request(struct ctx *ctx, const struct uuid *request_id, int64_t *out)
{
	return db_one(ctx, &open_of_request, (struct db_param[]){DB_P_UUID(request_id)},
		      read_number, out);
}

enum err lease_sql_to_end(struct ctx *ctx, int64_t now, int64_t limit, struct db_rows **out)
{
	struct db_param params[] = {DB_P_TIME(now), DB_P_INT(limit)};
	return db_query(ctx, &to_end, params, out);
}

enum err lease_sql_to_start(struct ctx *ctx, int64_t now, int64_t limit, struct db_rows **out)
{
	struct db_param params[] = {DB_P_TIME(now), DB_P_TIME(now), DB_P_INT(limit)};
	return db_query(ctx, &to_start, params, out);
}
