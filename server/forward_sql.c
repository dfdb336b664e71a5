/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/forward_sql.h"

#include "base/sys.h"

static const struct db_stmt begin_position = {
	"syslog_begin",
	"INSERT INTO syslog_position (receiver, n) VALUES (?, 0) "
	"ON DUPLICATE KEY UPDATE receiver = receiver",
	1, 0};
static const struct db_stmt select_position = {
	"syslog_position", "SELECT n FROM syslog_position WHERE receiver = ?", 1, 1};
static const struct db_stmt confirm_position = {
	"syslog_confirm",
	"UPDATE syslog_position SET n = ?, confirmed_at = ?, error = NULL, error_at = NULL "
	"WHERE receiver = ?",
	3, 0};
static const struct db_stmt note_error = {
	"syslog_error", "UPDATE syslog_position SET error = ?, error_at = ? WHERE receiver = ?", 3,
	0};
static const struct db_stmt select_events = {
	"syslog_events",
	"SELECT s.n, s.id, s.leaf_hash, e.occurred_at, e.is_auth, e.event, e.outcome,"
	" e.actor_login, e.object_type, e.object_name, e.peer, e.leaf"
	" FROM audit_sequence s JOIN audit_event e ON e.id = s.id"
	" WHERE s.n >= ? ORDER BY s.n LIMIT 200",
	1, 12};
static const struct db_stmt select_checkpoint = {
	"syslog_checkpoint",
	"SELECT size, signed_at, CAST(note AS CHAR) FROM audit_checkpoint "
	"ORDER BY size DESC, signed_at DESC LIMIT 1",
	0, 3};

static const struct db_stmt *const statements[] = {&begin_position,
						   &select_position,
						   &confirm_position,
						   &note_error,
						   &select_events,
						   &select_checkpoint,
						   NULL};

const struct db_stmt_list *forward_statements(void)
{
	static const struct db_stmt_list list = {"forward", statements};
	return &list;
}

static void read_number(struct db_rows *rows, void *arg)
{
	*(uint64_t *)arg = (uint64_t)db_int(rows, 0);
}

enum err forward_sql_position(struct ctx *ctx, const char *receiver, uint64_t *out_n)
{
	const struct db_param params[] = {DB_P_TEXT(receiver)};
	enum err err = db_exec(ctx, &begin_position, params, NULL);
	return err ? err : db_one(ctx, &select_position, params, read_number, out_n);
}

enum err forward_sql_confirm(struct ctx *ctx, const char *receiver, uint64_t n)
{
	const struct db_param params[] = {DB_P_INT((int64_t)n), DB_P_TIME(sys_real_us()),
					  DB_P_TEXT(receiver)};
	return db_exec(ctx, &confirm_position, params, NULL);
}

enum err forward_sql_error(struct ctx *ctx, const char *receiver, const char *text)
{
	const struct db_param params[] = {DB_P_TEXT(text), DB_P_TIME(sys_real_us()),
					  DB_P_TEXT(receiver)};
	return db_exec(ctx, &note_error, params, NULL);
}

static bool read_event(struct db_rows *rows, struct syslog_event *out)
{
	struct block hash = db_bytes(rows, 2), leaf = db_bytes(rows, 11);
	*out = (struct syslog_event){
		.n = (uint64_t)db_int(rows, 0),
		.id = db_uuid(rows, 1),
		.time = db_time(rows, 3),
		.is_auth = db_int(rows, 4) != 0,
		.event = db_text(rows, 5),
		.outcome = db_text(rows, 6),
		.actor = db_text(rows, 7),
		.object_type = db_text(rows, 8),
		.object_name = db_text(rows, 9),
		.peer = db_text(rows, 10),
		.leaf_hash = hash.data,
		.leaf = (const char *)leaf.data,
		.leaf_len = leaf.len,
	};
	return hash.len == 32 && leaf.data != NULL && out->event != NULL && out->outcome != NULL;
}

enum err forward_sql_events(struct ctx *ctx, uint64_t n, struct syslog_event out[FORWARD_BATCH],
			    size_t *out_count)
{
	const struct db_param params[] = {DB_P_INT((int64_t)n)};
	struct db_rows *rows = NULL;
	size_t count = 0;
	bool whole = true;
	enum err err = db_query(ctx, &select_events, params, &rows);
	if (err != ERR_OK)
		return err;
	while (whole && count < FORWARD_BATCH && db_next(rows)) {
		whole = read_event(rows, &out[count]) && out[count].n == n + count;
		count += whole;
	}
	err = db_rows_close(rows);
	if (err == ERR_OK && !whole)
		return err_set(ctx, ERR_INTEGRITY, "event %llu of the log is missing",
			       (unsigned long long)(n + count));
	if (err == ERR_OK)
		*out_count = count;
	return err;
}

static void read_checkpoint(struct db_rows *rows, void *arg)
{
	struct forward_checkpoint *out = arg;
	out->size = (uint64_t)db_int(rows, 0);
	out->signed_at = db_time(rows, 1);
	out->note = db_text(rows, 2);
}

enum err forward_sql_checkpoint(struct ctx *ctx, struct forward_checkpoint *out)
{
	return db_one(ctx, &select_checkpoint, NULL, read_checkpoint, out);
}
