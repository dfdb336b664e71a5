/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/gateway_sql.h"

#include "rbac/principal.h"

#define GROUP_COLUMNS                                                \
	"SELECT g.id, g.name, g.description, g.archived, g.version," \
	" (SELECT COUNT(*) FROM gateway w WHERE w.group_id = g.id"   \
	" AND w.state <> 'archived'), g.created_at, g.updated_at FROM gateway_group g"
#define GROUP_FOUND                                                     \
	" WHERE g.archived = ? AND (? IS NULL OR LOCATE(?, g.name) > 0" \
	" OR LOCATE(?, g.description) > 0)"
#define COLUMNS                                                                              \
	"SELECT w.id, w.group_id, g.name, w.name, w.kind, w.state, w.version, w.created_at," \
	" w.updated_at, p.state, p.connections, p.agent_version, p.peer, p.attached_at,"     \
	" p.last_beat_at, p.rtt_us, p.clock_skew_ms, p.policy_version, p.refused_reason,"    \
	" c.serial, c.not_after, p.locked, p.alarm_reason, p.alarm_peer, p.alarm_at,"        \
	" w.source_ranges FROM gateway w JOIN gateway_group g ON g.id = w.group_id"          \
	" LEFT JOIN gateway_presence p ON p.gateway_id = w.id"                               \
	" LEFT JOIN gateway_certificate c ON c.serial = (SELECT d.serial"                    \
	" FROM gateway_certificate d WHERE d.gateway_id = w.id AND d.revoked_at IS NULL"     \
	" ORDER BY d.not_after DESC LIMIT 1)"
#define FOUND                                                                           \
	" WHERE (? IS NULL OR LOCATE(?, w.name) > 0) AND (? IS NULL OR w.group_id = ?)" \
	" AND ((? IS NULL AND w.state <> 'archived') OR w.state = ?)"

static const struct db_stmt group_by_id = {"gateway_group.by_id", GROUP_COLUMNS " WHERE g.id = ?",
					   1, 8};
static const struct db_stmt group_lock = {
	"gateway_group.lock", "SELECT id FROM gateway_group WHERE id = ? FOR UPDATE", 1, 1};
static const struct db_stmt group_list = {
	"gateway_group.list",
	GROUP_COLUMNS GROUP_FOUND
	" AND (g.name > ? OR (g.name = ? AND g.id > ?)) ORDER BY g.name, g.id LIMIT ?",
	8, 8};
static const struct db_stmt group_count = {
	"gateway_group.count", "SELECT COUNT(*) FROM gateway_group g" GROUP_FOUND, 4, 1};
static const struct db_stmt group_insert = {
	"gateway_group.insert",
	"INSERT INTO gateway_group (id, name, description, created_at, updated_at, event_id)"
	" VALUES (?, ?, ?, ?, ?, ?)",
	6, 0};
static const struct db_stmt group_update = {
	"gateway_group.update",
	"UPDATE gateway_group SET name = ?, description = ?, archived = ?, version = version + 1,"
	" updated_at = ?, event_id = ? WHERE id = ? AND version = ?",
	7, 0};
static const struct db_stmt group_in_use = {
	"gateway_group.in_use",
	"SELECT CASE WHEN EXISTS (SELECT 1 FROM gateway w WHERE w.group_id = ?"
	" AND w.state <> 'archived') THEN 'gateways'"
	" WHEN EXISTS (SELECT 1 FROM target t WHERE t.gateway_group_id = ? AND NOT t.archived)"
	" THEN 'targets' END",
	2, 1};
static const struct db_stmt by_id = {"gateway.by_id", COLUMNS " WHERE w.id = ?", 1, 26};
static const struct db_stmt lock = {"gateway.lock",
				    "SELECT id FROM gateway WHERE id = ? FOR UPDATE", 1, 1};
static const struct db_stmt list = {
	"gateway.list",
	COLUMNS FOUND
	" AND (w.name > ? OR (w.name = ? AND w.id > ?)) ORDER BY w.name, w.id LIMIT ?",
	10, 26};
static const struct db_stmt count = {"gateway.count", "SELECT COUNT(*) FROM gateway w" FOUND, 6, 1};
static const struct db_stmt insert = {
	"gateway.insert",
	"INSERT INTO gateway (id, group_id, name, kind, source_ranges, created_at, updated_at,"
	" event_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	8, 0};
static const struct db_stmt update = {
	"gateway.update",
	"UPDATE gateway SET group_id = ?, name = ?, state = ?, source_ranges = ?,"
	" version = version + 1, updated_at = ?, event_id = ? WHERE id = ? AND version = ?",
	8, 0};
static const struct db_stmt identity_reset = {
	"gateway.identity_reset",
	"UPDATE gateway_presence SET machine = NULL, chain = NULL, chain_next = NULL,"
	" contested_at = NULL, alarm_reason = NULL, alarm_peer = NULL, alarm_at = NULL,"
	" refused_reason = NULL WHERE gateway_id = ?",
	1, 0};
static const struct db_stmt token_lock = {
	"gateway.token_lock",
	"SELECT id, gateway_id, expires_at, used_at FROM gateway_token WHERE token_hash = ?"
	" FOR UPDATE",
	1, 4};
static const struct db_stmt token_insert = {
	"gateway.token_insert",
	"INSERT INTO gateway_token (id, gateway_id, token_hash, expires_at, created_by, created_at)"
	" VALUES (?, ?, ?, ?, ?, ?)",
	6, 0};
static const struct db_stmt token_use = {
	"gateway.token_use",
	"UPDATE gateway_token SET used_at = ?, used_from = ? WHERE id = ? AND used_at IS NULL", 3,
	0};
static const struct db_stmt token_void = {
	"gateway.token_void", "DELETE FROM gateway_token WHERE gateway_id = ? AND used_at IS NULL",
	1, 0};
static const struct db_stmt certificate_insert = {
	"gateway.certificate_insert",
	"INSERT INTO gateway_certificate (serial, gateway_id, not_before, not_after, certificate)"
	" VALUES (?, ?, ?, ?, ?)",
	5, 0};
static const struct db_stmt certificate_revoke = {
	"gateway.certificate_revoke",
	"UPDATE gateway_certificate SET revoked_at = ? WHERE gateway_id = ?"
	" AND revoked_at IS NULL",
	2, 0};
static const struct db_stmt certificate_lock = {
	"gateway.certificate_lock",
	"SELECT gateway_id, not_after, revoked_at, certificate FROM gateway_certificate"
	" WHERE serial = ? FOR UPDATE",
	1, 4};
static const struct db_stmt certificate_keep = {
	"gateway.certificate_keep",
	"UPDATE gateway_certificate SET revoked_at = ? WHERE gateway_id = ? AND serial <> ?"
	" AND revoked_at IS NULL",
	3, 0};
static const struct db_stmt state_get = {"gateway.state_get",
					 "SELECT value FROM system_state WHERE name = ?", 1, 1};
static const struct db_stmt state_put = {
	"gateway.state_put",
	"INSERT INTO system_state (name, value, updated_at) VALUES (?, ?, ?)"
	" ON DUPLICATE KEY UPDATE value = VALUES(value), updated_at = VALUES(updated_at)",
	3, 0};

static const struct db_stmt *const stmts[] = {&group_by_id,
					      &group_lock,
					      &group_list,
					      &group_count,
					      &group_insert,
					      &group_update,
					      &group_in_use,
					      &by_id,
					      &lock,
					      &list,
					      &count,
					      &insert,
					      &update,
					      &identity_reset,
					      &token_lock,
					      &token_insert,
					      &token_use,
					      &token_void,
					      &certificate_insert,
					      &certificate_revoke,
					      &certificate_lock,
					      &certificate_keep,
					      &state_get,
					      &state_put,
					      NULL};

const struct db_stmt_list *gateway_statements(void)
{
	static const struct db_stmt_list all = {"gateway", stmts};

	return &all;
}

static void read_count(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

static void read_text(struct db_rows *rows, void *arg)
{
	*(const char **)arg = db_text(rows, 0);
}

static void read_bytes(struct db_rows *rows, void *arg)
{
	*(struct block *)arg = db_bytes(rows, 0);
}

static void read_nothing(struct db_rows *rows, void *arg)
{
	(void)rows;
	(void)arg;
}

void gateway_group_sql_row(struct db_rows *rows, struct gateway_group_row *out)
{
	*out = (struct gateway_group_row){
		.id = db_uuid(rows, 0),
		.name = db_text(rows, 1),
		.description = db_text(rows, 2),
		.archived = db_int(rows, 3) != 0,
		.version = db_int(rows, 4),
		.gateway_count = db_int(rows, 5),
		.created_at = db_time(rows, 6),
		.updated_at = db_time(rows, 7),
	};
}

static void read_group(struct db_rows *rows, void *arg)
{
	gateway_group_sql_row(rows, arg);
}

enum err gateway_group_sql_by_id(struct ctx *ctx, const struct uuid *id,
				 struct gateway_group_row *out)
{
	return db_one(ctx, &group_by_id, (struct db_param[]){DB_P_UUID(id)}, read_group, out);
}

enum err gateway_group_sql_lock(struct ctx *ctx, const struct uuid *id,
				struct gateway_group_row *out)
{
	enum err err =
		db_one(ctx, &group_lock, (struct db_param[]){DB_P_UUID(id)}, read_nothing, NULL);

	return err ? err : gateway_group_sql_by_id(ctx, id, out);
}

enum err gateway_group_sql_list(struct ctx *ctx, const char *q, bool archived,
				const struct page *page, struct db_rows **out)
{
	struct db_param params[] = {DB_P_INT(archived),
				    DB_P_TEXT(q),
				    DB_P_TEXT(q),
				    DB_P_TEXT(q),
				    DB_P_TEXT(page->after.text),
				    DB_P_TEXT(page->after.text),
				    DB_P_UUID(&page->after.id),
				    DB_P_INT(page->fetch)};

	return db_query(ctx, &group_list, params, out);
}

enum err gateway_group_sql_count(struct ctx *ctx, const char *q, bool archived, int64_t *out)
{
	struct db_param params[] = {DB_P_INT(archived), DB_P_TEXT(q), DB_P_TEXT(q), DB_P_TEXT(q)};

	return db_one(ctx, &group_count, params, read_count, out);
}

/* Names stay taken by what is archived: history names them. */
static enum err name_taken(struct ctx *ctx, enum err err, const char *reason)
{
	if (err != ERR_CONFLICT)
		return err;
	return err_record(ctx, ERR_CONFLICT, reason, "name", __FILE__, __LINE__,
			  "That name is in use, or was and is archived; choose another.");
}

enum err gateway_group_sql_insert(struct ctx *ctx, const struct gateway_group_row *row,
				  const struct uuid *event_id, int64_t now)
{
	struct db_param params[] = {
		DB_P_UUID(&row->id), DB_P_TEXT(row->name), DB_P_TEXT(row->description),
		DB_P_TIME(now),	     DB_P_TIME(now),	   DB_P_UUID(event_id)};

	return name_taken(ctx, db_exec(ctx, &group_insert, params, NULL),
			  "gateway_group.name_taken");
}

enum err gateway_group_sql_update(struct ctx *ctx, const struct gateway_group_row *row,
				  const struct uuid *event_id, int64_t now)
{
	struct db_param params[] = {DB_P_TEXT(row->name),    DB_P_TEXT(row->description),
				    DB_P_INT(row->archived), DB_P_TIME(now),
				    DB_P_UUID(event_id),     DB_P_UUID(&row->id),
				    DB_P_INT(row->version)};

	return name_taken(ctx, db_exec(ctx, &group_update, params, NULL),
			  "gateway_group.name_taken");
}

enum err gateway_group_sql_in_use(struct ctx *ctx, const struct uuid *id, const char **out)
{
	struct db_param params[] = {DB_P_UUID(id), DB_P_UUID(id)};

	return db_one(ctx, &group_in_use, params, read_text, out);
}

void gateway_sql_row(struct db_rows *rows, struct gateway_row *out)
{
	*out = (struct gateway_row){
		.id = db_uuid(rows, 0),
		.group_id = db_uuid(rows, 1),
		.group_name = db_text(rows, 2),
		.name = db_text(rows, 3),
		.kind = db_text(rows, 4),
		.state = db_text(rows, 5),
		.version = db_int(rows, 6),
		.created_at = db_time(rows, 7),
		.updated_at = db_time(rows, 8),
		.presence = db_text(rows, 9),
		.connections = db_int(rows, 10),
		.agent_version = db_text(rows, 11),
		.peer = db_text(rows, 12),
		.attached_at = db_time(rows, 13),
		.last_beat_at = db_time(rows, 14),
		.has_rtt = !db_is_null(rows, 15),
		.rtt_us = db_int(rows, 15),
		.has_skew = !db_is_null(rows, 16),
		.clock_skew_ms = db_int(rows, 16),
		.has_policy = !db_is_null(rows, 17),
		.policy_version = db_int(rows, 17),
		.refused_reason = db_text(rows, 18),
		.serial = db_uuid(rows, 19),
		.not_after = db_time(rows, 20),
		.locked = db_int(rows, 21) != 0,
		.alarm_reason = db_text(rows, 22),
		.alarm_peer = db_text(rows, 23),
		.alarm_at = db_time(rows, 24),
		.source_ranges = db_text(rows, 25),
	};
}

static void read_gateway(struct db_rows *rows, void *arg)
{
	gateway_sql_row(rows, arg);
}

enum err gateway_sql_by_id(struct ctx *ctx, const struct uuid *id, struct gateway_row *out)
{
	return db_one(ctx, &by_id, (struct db_param[]){DB_P_UUID(id)}, read_gateway, out);
}

enum err gateway_sql_lock(struct ctx *ctx, const struct uuid *id, struct gateway_row *out)
{
	enum err err = db_one(ctx, &lock, (struct db_param[]){DB_P_UUID(id)}, read_nothing, NULL);

	return err ? err : gateway_sql_by_id(ctx, id, out);
}

enum err gateway_sql_list(struct ctx *ctx, const char *q, const struct uuid *group_id,
			  const char *state, const struct page *page, struct db_rows **out)
{
	struct db_param params[] = {DB_P_TEXT(q),
				    DB_P_TEXT(q),
				    DB_P_UUID(group_id),
				    DB_P_UUID(group_id),
				    DB_P_TEXT(state),
				    DB_P_TEXT(state),
				    DB_P_TEXT(page->after.text),
				    DB_P_TEXT(page->after.text),
				    DB_P_UUID(&page->after.id),
				    DB_P_INT(page->fetch)};

	return db_query(ctx, &list, params, out);
}

enum err gateway_sql_count(struct ctx *ctx, const char *q, const struct uuid *group_id,
			   const char *state, int64_t *out)
{
	struct db_param params[] = {DB_P_TEXT(q),	 DB_P_TEXT(q),	   DB_P_UUID(group_id),
				    DB_P_UUID(group_id), DB_P_TEXT(state), DB_P_TEXT(state)};

	return db_one(ctx, &count, params, read_count, out);
}

enum err gateway_sql_insert(struct ctx *ctx, const struct gateway_row *row,
			    const struct uuid *event_id, int64_t now)
{
	struct db_param params[] = {DB_P_UUID(&row->id),
				    DB_P_UUID(&row->group_id),
				    DB_P_TEXT(row->name),
				    DB_P_TEXT(row->kind),
				    DB_P_TEXT(row->source_ranges),
				    DB_P_TIME(now),
				    DB_P_TIME(now),
				    DB_P_UUID(event_id)};

	return name_taken(ctx, db_exec(ctx, &insert, params, NULL), "gateway.name_taken");
}

enum err gateway_sql_update(struct ctx *ctx, const struct gateway_row *row,
			    const struct uuid *event_id, int64_t now)
{
	struct db_param params[] = {
		DB_P_UUID(&row->group_id),     DB_P_TEXT(row->name),  DB_P_TEXT(row->state),
		DB_P_TEXT(row->source_ranges), DB_P_TIME(now),	      DB_P_UUID(event_id),
		DB_P_UUID(&row->id),	       DB_P_INT(row->version)};

	return name_taken(ctx, db_exec(ctx, &update, params, NULL), "gateway.name_taken");
}

enum err gateway_identity_sql_reset(struct ctx *ctx, const struct uuid *gateway_id)
{
	return db_exec(ctx, &identity_reset, (struct db_param[]){DB_P_UUID(gateway_id)}, NULL);
}

static void read_token(struct db_rows *rows, void *arg)
{
	*(struct gateway_token_row *)arg = (struct gateway_token_row){
		.id = db_uuid(rows, 0),
		.gateway_id = db_uuid(rows, 1),
		.expires_at = db_time(rows, 2),
		.used_at = db_time(rows, 3),
	};
}

enum err gateway_token_sql_lock(struct ctx *ctx, const uint8_t hash[32],
				struct gateway_token_row *out)
{
	return db_one(ctx, &token_lock, (struct db_param[]){DB_P_BYTES(hash, 32)}, read_token, out);
}

enum err gateway_token_sql_insert(struct ctx *ctx, const struct uuid *gateway_id,
				  const uint8_t hash[32], int64_t expires_at, int64_t now)
{
	struct uuid id = uuid_v7();
	const struct uuid *by = ctx->principal ? &ctx->principal->user_id : NULL;
	struct db_param params[] = {DB_P_UUID(&id),	  DB_P_UUID(gateway_id),
				    DB_P_BYTES(hash, 32), DB_P_TIME(expires_at),
				    DB_P_UUID(by),	  DB_P_TIME(now)};

	return db_exec(ctx, &token_insert, params, NULL);
}

enum err gateway_token_sql_use(struct ctx *ctx, const struct uuid *id, int64_t now,
			       const char *peer)
{
	struct db_param params[] = {DB_P_TIME(now), DB_P_TEXT(peer), DB_P_UUID(id)};
	uint64_t changed = 0;
	enum err err = db_exec(ctx, &token_use, params, &changed);

	return err || changed == 1 ? err : ERR_CONFLICT;
}

enum err gateway_token_sql_void(struct ctx *ctx, const struct uuid *gateway_id)
{
	return db_exec(ctx, &token_void, (struct db_param[]){DB_P_UUID(gateway_id)}, NULL);
}

enum err gateway_certificate_sql_insert(struct ctx *ctx, const struct uuid *serial,
					const struct uuid *gateway_id, int64_t not_before,
					int64_t not_after, struct block certificate)
{
	struct db_param params[] = {DB_P_UUID(serial), DB_P_UUID(gateway_id), DB_P_TIME(not_before),
				    DB_P_TIME(not_after),
				    DB_P_BYTES(certificate.data, certificate.len)};

	return db_exec(ctx, &certificate_insert, params, NULL);
}

enum err gateway_certificate_sql_revoke(struct ctx *ctx, const struct uuid *gateway_id, int64_t now)
{
	struct db_param params[] = {DB_P_TIME(now), DB_P_UUID(gateway_id)};

	return db_exec(ctx, &certificate_revoke, params, NULL);
}

static void read_certificate(struct db_rows *rows, void *arg)
{
	*(struct gateway_certificate_row *)arg = (struct gateway_certificate_row){
		.gateway_id = db_uuid(rows, 0),
		.not_after = db_time(rows, 1),
		.revoked_at = db_time(rows, 2),
		.certificate = db_bytes(rows, 3),
	};
}

enum err gateway_certificate_sql_lock(struct ctx *ctx, const struct uuid *serial,
				      struct gateway_certificate_row *out)
{
	return db_one(ctx, &certificate_lock, (struct db_param[]){DB_P_UUID(serial)},
		      read_certificate, out);
}

enum err gateway_certificate_sql_keep(struct ctx *ctx, const struct uuid *gateway_id,
				      const struct uuid *serial, int64_t now)
{
	struct db_param params[] = {DB_P_TIME(now), DB_P_UUID(gateway_id), DB_P_UUID(serial)};

	return db_exec(ctx, &certificate_keep, params, NULL);
}

enum err gateway_state_sql_get(struct ctx *ctx, const char *name, struct block *out)
{
	return db_one(ctx, &state_get, (struct db_param[]){DB_P_TEXT(name)}, read_bytes, out);
}

enum err gateway_state_sql_put(struct ctx *ctx, const char *name, struct block value, int64_t now)
{
	struct db_param params[] = {DB_P_TEXT(name), DB_P_BYTES(value.data, value.len),
				    DB_P_TIME(now)};

	return db_exec(ctx, &state_put, params, NULL);
}
