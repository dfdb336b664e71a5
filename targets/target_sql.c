/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "targets/target_sql.h"

/* Targets first, and by their name, which is unique: a page then reads no more than itself. */
#define COLUMNS                                                                         \
	"SELECT STRAIGHT_JOIN t.id, t.name, t.kind, t.description, t.group_id, g.name," \
	" t.gateway_group_id,"                                                          \
	" gg.name, t.port, t.archived, t.version, t.created_at, t.updated_at, s.state," \
	" s.reason, s.checked_at,"                                                      \
	" (SELECT COUNT(*) FROM account a WHERE a.target_id = t.id AND NOT a.archived)" \
	" FROM target t JOIN target_group g ON g.id = t.group_id"                       \
	" JOIN gateway_group gg ON gg.id = t.gateway_group_id"                          \
	" LEFT JOIN target_state s ON s.target_id = t.id"
#define BELOW                                                                                 \
	"WITH RECURSIVE below (id, depth) AS (SELECT id, CAST(0 AS SIGNED) FROM target_group" \
	" WHERE id = ? UNION SELECT c.id, below.depth + 1 FROM below"                         \
	" JOIN target_group c ON c.parent_id = below.id WHERE below.depth < 16) "
#define FOUND                                                                           \
	" WHERE t.archived = ? AND (? IS NULL OR t.group_id IN (SELECT id FROM below))" \
	" AND (? IS NULL OR t.kind = ?)"                                                \
	" AND (? IS NULL OR LOCATE(?, t.name) > 0 OR LOCATE(?, t.description) > 0"      \
	" OR EXISTS (SELECT 1 FROM target_address x WHERE x.target_id = t.id"           \
	" AND LOCATE(?, x.address) > 0))"
enum { FOUND_PARAMS = 9, FIELD_COUNT = 17 };

static const struct db_stmt by_id = {"target.by_id", COLUMNS " WHERE t.id = ?", 1, FIELD_COUNT};
static const struct db_stmt lock = {"target.lock", "SELECT id FROM target WHERE id = ? FOR UPDATE",
				    1, 1};
static const struct db_stmt list = {
	"target.list",
	BELOW COLUMNS FOUND
	" AND (t.name > ? OR (t.name = ? AND t.id > ?)) ORDER BY t.name LIMIT ?",
	FOUND_PARAMS + 4, FIELD_COUNT};
static const struct db_stmt count = {"target.count", BELOW "SELECT COUNT(*) FROM target t" FOUND,
				     FOUND_PARAMS, 1};
static const struct db_stmt insert = {
	"target.insert",
	"INSERT INTO target (id, group_id, gateway_group_id, name, kind, description, port,"
	" created_at, updated_at, event_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	10, 0};
static const struct db_stmt update = {
	"target.update",
	"UPDATE target SET group_id = ?, gateway_group_id = ?, name = ?, description = ?, port = ?,"
	" archived = ?, version = version + 1, updated_at = ?, event_id = ?"
	" WHERE id = ? AND version = ?",
	10, 0};
static const struct db_stmt gateway_group = {
	"target.gateway_group", "SELECT name FROM gateway_group WHERE id = ? AND NOT archived", 1,
	1};
static const struct db_stmt addresses = {
	"target.addresses",
	"SELECT address FROM target_address WHERE target_id = ? ORDER BY position", 1, 1};
static const struct db_stmt address_clear = {
	"target.address_clear", "DELETE FROM target_address WHERE target_id = ?", 1, 0};
static const struct db_stmt address_add = {
	"target.address_add",
	"INSERT INTO target_address (target_id, position, address, event_id) VALUES (?, ?, ?, ?)",
	4, 0};
static const struct db_stmt host_keys = {
	"target.host_keys",
	"SELECT type, sha256, pinned_at FROM target_host_key WHERE target_id = ? ORDER BY type", 1,
	3};
static const struct db_stmt host_key_clear = {
	"target.host_key_clear", "DELETE FROM target_host_key WHERE target_id = ? AND type = ?", 2,
	0};
static const struct db_stmt lock_accounts = {
	"target.lock_accounts", "SELECT id FROM account WHERE target_id = ? ORDER BY id FOR UPDATE",
	1, 1};
static const struct db_stmt open_leases = {
	"target.open_leases",
	"SELECT COUNT(*) FROM account a JOIN lease l ON l.account_id = a.id"
	" AND l.state IN ('scheduled', 'active') WHERE a.target_id = ?",
	1, 1};
static const struct db_stmt bundle = {
	"target.bundle",
	"SELECT t.id, t.port, x.address FROM target t JOIN target_address x ON x.target_id = t.id"
	" WHERE t.gateway_group_id = ? AND NOT t.archived ORDER BY t.id, x.position",
	1, 3};

static const struct db_stmt *const stmts[] = {
	&by_id,		&lock,	      &list,	      &count,	    &insert,	&update,
	&gateway_group, &addresses,   &address_clear, &address_add, &host_keys, &host_key_clear,
	&lock_accounts, &open_leases, &bundle,	      NULL};

const struct db_stmt_list *target_statements(void)
{
	static const struct db_stmt_list all = {"target", stmts};
	return &all;
}

void target_sql_row(struct db_rows *rows, struct target_row *out)
{
	*out = (struct target_row){
		.id = db_uuid(rows, 0),
		.name = db_text(rows, 1),
		.kind = db_text(rows, 2),
		.description = db_text(rows, 3),
		.group_id = db_uuid(rows, 4),
		.group_name = db_text(rows, 5),
		.gateway_group_id = db_uuid(rows, 6),
		.gateway_group_name = db_text(rows, 7),
		.port = db_int(rows, 8),
		.archived = db_int(rows, 9) != 0,
		.version = db_int(rows, 10),
		.created_at = db_time(rows, 11),
		.updated_at = db_time(rows, 12),
		.state = db_text(rows, 13),
		.state_reason = db_text(rows, 14),
		.state_checked_at = db_time(rows, 15),
		.account_count = db_int(rows, 16),
	};
}

static void read_row(struct db_rows *rows, void *arg)
{
	target_sql_row(rows, arg);
}

static void read_uuid(struct db_rows *rows, void *arg)
{
	*(struct uuid *)arg = db_uuid(rows, 0);
}

static void read_count(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

static void read_text(struct db_rows *rows, void *arg)
{
	*(const char **)arg = db_text(rows, 0);
}

enum err target_sql_by_id(struct ctx *ctx, const struct uuid *id, struct target_row *out)
{
	return db_one(ctx, &by_id, (struct db_param[]){DB_P_UUID(id)}, read_row, out);
}

enum err target_sql_lock(struct ctx *ctx, const struct uuid *id, struct target_row *out)
{
	struct uuid found;
	enum err err = db_one(ctx, &lock, (struct db_param[]){DB_P_UUID(id)}, read_uuid, &found);
	return err != ERR_OK ? err : target_sql_by_id(ctx, id, out);
}

static void bind_filter(const struct target_filter *filter, struct db_param *params)
{
	size_t n = 0;
	params[n++] = DB_P_UUID(filter->group_id);
	params[n++] = DB_P_INT(filter->archived);
	params[n++] = DB_P_UUID(filter->group_id);
	params[n++] = DB_P_TEXT(filter->kind);
	params[n++] = DB_P_TEXT(filter->kind);
	for (int i = 0; i < 4; i++)
		params[n++] = DB_P_TEXT(filter->q);
}

enum err target_sql_list(struct ctx *ctx, const struct target_filter *filter,
			 const struct page *page, struct db_rows **out)
{
	struct db_param params[FOUND_PARAMS + 4];
	bind_filter(filter, params);
	params[FOUND_PARAMS] = DB_P_TEXT(page->after.text);
	params[FOUND_PARAMS + 1] = DB_P_TEXT(page->after.text);
	params[FOUND_PARAMS + 2] = DB_P_UUID(&page->after.id);
	params[FOUND_PARAMS + 3] = DB_P_INT(page->fetch);
	return db_query(ctx, &list, params, out);
}

enum err target_sql_count(struct ctx *ctx, const struct target_filter *filter, int64_t *out)
{
	struct db_param params[FOUND_PARAMS];
	bind_filter(filter, params);
	return db_one(ctx, &count, params, read_count, out);
}

static enum err name_taken(struct ctx *ctx, enum err err)
{
	if (err != ERR_CONFLICT)
		return err;
	return err_record(ctx, ERR_CONFLICT, "target.name_taken", "name", __FILE__, __LINE__,
			  "A target of that name exists, or existed and is archived.");
}

enum err target_sql_insert(struct ctx *ctx, const struct target_row *row,
			   const struct uuid *event_id, int64_t now)
{
	struct db_param params[] = {DB_P_UUID(&row->id),
				    DB_P_UUID(&row->group_id),
				    DB_P_UUID(&row->gateway_group_id),
				    DB_P_TEXT(row->name),
				    DB_P_TEXT(row->kind),
				    DB_P_TEXT(row->description),
				    DB_P_INT(row->port),
				    DB_P_TIME(now),
				    DB_P_TIME(now),
				    DB_P_UUID(event_id)};
	return name_taken(ctx, db_exec(ctx, &insert, params, NULL));
}

enum err target_sql_update(struct ctx *ctx, const struct target_row *row,
			   const struct uuid *event_id, int64_t now)
{
	struct db_param params[] = {DB_P_UUID(&row->group_id),
				    DB_P_UUID(&row->gateway_group_id),
				    DB_P_TEXT(row->name),
				    DB_P_TEXT(row->description),
				    DB_P_INT(row->port),
				    DB_P_INT(row->archived),
				    DB_P_TIME(now),
				    DB_P_UUID(event_id),
				    DB_P_UUID(&row->id),
				    DB_P_INT(row->version)};
	return name_taken(ctx, db_exec(ctx, &update, params, NULL));
}

enum err target_sql_gateway_group(struct ctx *ctx, const struct uuid *id, const char **out_name)
{
	return db_one(ctx, &gateway_group, (struct db_param[]){DB_P_UUID(id)}, read_text, out_name);
}

enum err target_sql_addresses(struct ctx *ctx, const struct uuid *id, struct db_rows **out)
{
	return db_query(ctx, &addresses, (struct db_param[]){DB_P_UUID(id)}, out);
}

enum err target_sql_address_clear(struct ctx *ctx, const struct uuid *id)
{
	return db_exec(ctx, &address_clear, (struct db_param[]){DB_P_UUID(id)}, NULL);
}

enum err target_sql_address_add(struct ctx *ctx, const struct uuid *id, int64_t position,
				const char *address, const struct uuid *event_id)
{
	struct db_param params[] = {DB_P_UUID(id), DB_P_INT(position), DB_P_TEXT(address),
				    DB_P_UUID(event_id)};
	return db_exec(ctx, &address_add, params, NULL);
}

enum err target_sql_host_keys(struct ctx *ctx, const struct uuid *id, struct db_rows **out)
{
	return db_query(ctx, &host_keys, (struct db_param[]){DB_P_UUID(id)}, out);
}

enum err target_sql_host_key_clear(struct ctx *ctx, const struct uuid *id, const char *type,
				   uint64_t *out_count)
{
	struct db_param params[] = {DB_P_UUID(id), DB_P_TEXT(type)};
	return db_exec(ctx, &host_key_clear, params, out_count);
}

enum err target_sql_open_leases(struct ctx *ctx, const struct uuid *id, int64_t *out)
{
	struct db_rows *rows;
	enum err err = db_query(ctx, &lock_accounts, (struct db_param[]){DB_P_UUID(id)}, &rows);
	if (err != ERR_OK)
		return err;
	while (db_next(rows))
		;
	err = db_rows_close(rows);
	if (err != ERR_OK)
		return err;
	return db_one(ctx, &open_leases, (struct db_param[]){DB_P_UUID(id)}, read_count, out);
}

enum err target_sql_bundle(struct ctx *ctx, const struct uuid *gateway_group_id,
			   struct db_rows **out)
{
	return db_query(ctx, &bundle, (struct db_param[]){DB_P_UUID(gateway_group_id)}, out);
}
