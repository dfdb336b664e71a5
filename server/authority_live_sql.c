/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/authority_live_sql.h"

#include <string.h>

#include "base/sys.h"

static const struct db_stmt info_stmt = {
	"live.info",
	"SELECT s.lease_id, s.user_id, s.account_id, s.target_id, s.state, s.peer, u.login, "
	"u.language, a.name, a.secret_id, t.name, l.ends_at, "
	"l.state IN ('scheduled', 'active') AND l.starts_at <= ? AND l.ends_at > ? " /* tick.c */
	"AND u.state = 'active' "
	"AND NOT a.archived AND NOT t.archived, COALESCE(k.kind, 0) "
	"FROM session s JOIN lease l ON l.id = s.lease_id JOIN user u ON u.id = s.user_id "
	"JOIN account a ON a.id = s.account_id JOIN target t ON t.id = s.target_id "
	"LEFT JOIN secret k ON k.id = a.secret_id WHERE s.id = ? LOCK IN SHARE MODE",
	3, 14};
static const struct db_stmt test_account = {
	"live.test_account",
	"SELECT a.name, a.secret_id, t.name, k.kind FROM account a "
	"JOIN target t ON t.id = a.target_id JOIN secret k ON k.id = a.secret_id "
	"WHERE a.id = ? AND t.id = ? AND NOT a.archived AND NOT t.archived LOCK IN SHARE MODE",
	2, 4};
static const struct db_stmt test_target = {
	"live.test_target", "SELECT name FROM target WHERE id = ? AND NOT archived", 1, 1};
static const struct db_stmt add_recording = {
	"live.add_recording",
	"INSERT INTO recording (session_id, file_name, secret_id, state) "
	"VALUES (?, ?, ?, 'writing')",
	3, 0};
static const struct db_stmt recording_key = {
	"live.recording_key", "UPDATE recording SET public_key = ? WHERE session_id = ?", 2, 0};
static const struct db_stmt wait_stmt = {
	"live.wait", "UPDATE session SET not_after = ? WHERE id = ? AND not_after IS NULL", 2, 0};
static const struct db_stmt dialled_stmt = {
	"live.dialled",
	"UPDATE session SET gateway_id = ?, state = 'connecting', stage = 'target' "
	"WHERE id = ? AND state = 'waiting'",
	2, 0};
static const struct db_stmt connected_stmt = {
	"live.connected",
	"UPDATE session SET state = 'live', stage = 'live', connected_at = ?, "
	"last_activity_at = ? WHERE id = ? AND state IN ('waiting', 'connecting')",
	3, 0};
static const struct db_stmt activity_stmt = {
	"live.activity",
	"UPDATE session SET bytes_in = ?, bytes_out = ?, last_activity_at = ? "
	"WHERE id = ? AND state = 'live'",
	4, 0};
static const struct db_stmt end_stmt = {
	"live.end",
	"UPDATE session SET state = ?, ended_at = ?, end_hop = ?, end_reason = ?, end_text = ?, "
	"bytes_in = GREATEST(bytes_in, ?), bytes_out = GREATEST(bytes_out, ?) "
	"WHERE id = ? AND state IN ('waiting', 'connecting', 'live')",
	8, 0};
/* Only what nobody opened: an attempt that got nowhere must not end another's session. */
static const struct db_stmt end_unopened_stmt = {
	"live.end_unopened",
	"UPDATE session SET state = ?, ended_at = ?, end_hop = ?, end_reason = ?, end_text = ? "
	"WHERE id = ? AND state = 'waiting' AND NOT EXISTS "
	"(SELECT 1 FROM recording r WHERE r.session_id = session.id)",
	6, 0};
static const struct db_stmt end_recording = {
	"live.end_recording",
	"UPDATE recording r JOIN session s ON s.id = r.session_id SET r.state = ?, r.chunks = ?, "
	"r.bytes = ?, r.commands = ?, r.head = ?, r.duration_ms = GREATEST(0, "
	"COALESCE(TIMESTAMPDIFF(MICROSECOND, s.connected_at, s.ended_at), 0) DIV 1000) "
	"WHERE r.session_id = ? AND r.state = 'writing'",
	6, 0};
#define MAKE_ORPHANS                                                                             \
	"UPDATE session s LEFT JOIN recording r ON r.session_id = s.id SET s.state = 'broken', " \
	"s.ended_at = ?, s.end_hop = 'broker', s.end_reason = 'broker.lost' "                    \
	"WHERE (s.state IN ('connecting', 'live') OR (s.state = 'waiting' AND "                  \
	"r.public_key IS NOT NULL))"
static const struct db_stmt orphans = {"live.orphans", MAKE_ORPHANS, 1, 0};
static const struct db_stmt orphan = {"live.orphan", MAKE_ORPHANS " AND s.id = ?", 2, 0};
static const struct db_stmt stale_waiting = {
	"live.stale_waiting",
	"SELECT s.id FROM session s JOIN lease l ON l.id = s.lease_id "
	"LEFT JOIN recording r ON r.session_id = s.id "
	"WHERE s.state = 'waiting' AND r.public_key IS NULL AND "
	"(l.state NOT IN ('scheduled', 'active') OR s.created_at < ?) "
	"ORDER BY s.created_at LIMIT ?",
	2, 1};
static const struct db_stmt open_after = {
	"live.open_after",
	"SELECT s.id, s.user_id, s.account_id, "
	"l.state IN ('scheduled', 'active') AND u.state = 'active' FROM session s "
	"JOIN lease l ON l.id = s.lease_id JOIN user u ON u.id = s.user_id "
	"WHERE s.state IN ('waiting', 'connecting', 'live') AND s.id > ? ORDER BY s.id LIMIT ?",
	2, 4};
static const struct db_stmt host_keys = {
	"live.host_keys",
	"SELECT type = ?, sha256 FROM target_host_key WHERE target_id = ? LOCK IN SHARE MODE", 2,
	2};
static const struct db_stmt pin = {
	"live.pin",
	"INSERT INTO target_host_key (target_id, type, sha256, pinned_at, session_id, event_id) "
	"VALUES (?, ?, ?, ?, ?, ?)",
	6, 0};
static const struct db_stmt account_state = {
	"live.account_state",
	"INSERT INTO account_state (account_id, state, reason, checked_at) VALUES (?, ?, ?, ?) "
	"ON DUPLICATE KEY UPDATE state = VALUE(state), reason = VALUE(reason), "
	"checked_at = VALUE(checked_at)",
	4, 0};
static const struct db_stmt target_state = {
	"live.target_state",
	"INSERT INTO target_state (target_id, state, reason, checked_at) VALUES (?, ?, ?, ?) "
	"ON DUPLICATE KEY UPDATE state = VALUE(state), reason = VALUE(reason), "
	"checked_at = VALUE(checked_at)",
	4, 0};
/* For the overview: when somebody last met the cap on releases. */
static const struct db_stmt limit_met = {
	"live.limit_met",
	"INSERT INTO system_state (name, value, updated_at) VALUES ('release.limit', '', ?) "
	"ON DUPLICATE KEY UPDATE updated_at = VALUE(updated_at)",
	1, 0};
static const struct db_stmt file_stmt = {
	"live.file", "SELECT file_name, secret_id, public_key FROM recording WHERE session_id = ?",
	1, 3};

static const struct db_stmt *const stmts[] = {&info_stmt,
					      &test_account,
					      &test_target,
					      &add_recording,
					      &recording_key,
					      &wait_stmt,
					      &dialled_stmt,
					      &connected_stmt,
					      &activity_stmt,
					      &end_stmt,
					      &end_unopened_stmt,
					      &end_recording,
					      &orphans,
					      &orphan,
					      &stale_waiting,
					      &open_after,
					      &host_keys,
					      &pin,
					      &account_state,
					      &target_state,
					      &limit_met,
					      &file_stmt,
					      NULL};
static const struct db_stmt_list list = {"live", stmts};

const struct db_stmt_list *live_statements(void)
{
	return &list;
}

struct info_arg {
	struct live_info *info;
	const char *state;
	bool allowed;
};

static void set(char *out, size_t size, const char *text)
{
	(void)snprintf(out, size, "%s", text ? text : "");
}

static void read_info(struct db_rows *rows, void *arg)
{
	struct info_arg *read = arg;
	struct live_info *info = read->info;

	info->lease_id = db_uuid(rows, 0);
	info->user_id = db_uuid(rows, 1);
	info->account_id = db_uuid(rows, 2);
	info->target_id = db_uuid(rows, 3);
	read->state = db_text(rows, 4);
	set(info->peer, sizeof(info->peer), db_text(rows, 5));
	set(info->login, sizeof(info->login), db_text(rows, 6));
	set(info->language, sizeof(info->language), db_text(rows, 7));
	set(info->account, sizeof(info->account), db_text(rows, 8));
	info->secret_id = db_uuid(rows, 9);
	set(info->target, sizeof(info->target), db_text(rows, 10));
	info->ends_at = db_time(rows, 11);
	read->allowed = db_int(rows, 12) != 0;
	info->secret_kind = (uint32_t)db_int(rows, 13);
}

enum err live_sql_info(struct ctx *ctx, const struct uuid *session_id, int64_t now,
		       struct live_info *out, const char **out_state, bool *out_allowed)
{
	struct info_arg arg = {.info = out};
	const struct db_param params[] = {DB_P_TIME(now), DB_P_TIME(now), DB_P_UUID(session_id)};
	enum err err = db_one(ctx, &info_stmt, params, read_info, &arg);

	if (err != ERR_OK)
		return err;
	out->session_id = *session_id;
	*out_state = arg.state;
	*out_allowed = arg.allowed;
	return ERR_OK;
}

static void read_test(struct db_rows *rows, void *arg)
{
	struct live_info *info = arg;

	set(info->account, sizeof(info->account), db_text(rows, 0));
	info->secret_id = db_uuid(rows, 1);
	set(info->target, sizeof(info->target), db_text(rows, 2));
	info->secret_kind = (uint32_t)db_int(rows, 3);
}

static void read_test_target(struct db_rows *rows, void *arg)
{
	struct live_info *info = arg;

	set(info->target, sizeof(info->target), db_text(rows, 0));
}

enum err live_sql_test_info(struct ctx *ctx, struct live_info *info)
{
	const struct db_param account[] = {DB_P_UUID(&info->account_id),
					   DB_P_UUID(&info->target_id)};
	const struct db_param target[] = {DB_P_UUID(&info->target_id)};

	return uuid_is_nil(&info->account_id)
		       ? db_one(ctx, &test_target, target, read_test_target, info)
		       : db_one(ctx, &test_account, account, read_test, info);
}

enum err live_sql_add_recording(struct ctx *ctx, const struct uuid *session_id, const char *file,
				const struct uuid *secret_id)
{
	const struct db_param params[] = {DB_P_UUID(session_id), DB_P_TEXT(file),
					  DB_P_UUID(secret_id)};

	return db_exec(ctx, &add_recording, params, NULL);
}

enum err live_sql_recording_key(struct ctx *ctx, const struct uuid *session_id,
				const uint8_t key[32])
{
	const struct db_param params[] = {DB_P_BYTES(key, 32), DB_P_UUID(session_id)};

	return db_exec(ctx, &recording_key, params, NULL);
}

enum err live_sql_wait(struct ctx *ctx, const struct uuid *session_id, int64_t not_after)
{
	const struct db_param params[] = {DB_P_TIME(not_after), DB_P_UUID(session_id)};

	return db_exec(ctx, &wait_stmt, params, NULL);
}

enum err live_sql_dialled(struct ctx *ctx, const struct uuid *session_id,
			  const struct uuid *gateway_id)
{
	const struct db_param params[] = {DB_P_UUID(gateway_id), DB_P_UUID(session_id)};

	return db_exec(ctx, &dialled_stmt, params, NULL);
}

enum err live_sql_connected(struct ctx *ctx, const struct uuid *session_id)
{
	int64_t now = sys_real_us();
	const struct db_param params[] = {DB_P_TIME(now), DB_P_TIME(now), DB_P_UUID(session_id)};

	return db_exec(ctx, &connected_stmt, params, NULL);
}

enum err live_sql_activity(struct ctx *ctx, const struct uuid *session_id, uint64_t bytes_in,
			   uint64_t bytes_out)
{
	const struct db_param params[] = {DB_P_INT((int64_t)bytes_in), DB_P_INT((int64_t)bytes_out),
					  DB_P_TIME(sys_real_us()), DB_P_UUID(session_id)};

	return db_exec(ctx, &activity_stmt, params, NULL);
}

static const char *or_null(const char *text)
{
	return text && text[0] ? text : NULL;
}

enum err live_sql_end(struct ctx *ctx, const struct live_end *end, bool *out_changed)
{
	uint64_t changed = 0;
	const struct db_param params[] = {DB_P_TEXT(end->state),
					  DB_P_TIME(sys_real_us()),
					  DB_P_TEXT(or_null(end->hop)),
					  DB_P_TEXT(or_null(end->reason)),
					  DB_P_TEXT(or_null(end->text)),
					  DB_P_INT((int64_t)end->bytes_in),
					  DB_P_INT((int64_t)end->bytes_out),
					  DB_P_UUID(&end->session_id)};
	enum err err = db_exec(ctx, &end_stmt, params, &changed);

	if (err == ERR_OK)
		*out_changed = changed > 0;
	return err;
}

enum err live_sql_end_unopened(struct ctx *ctx, const struct live_end *end, bool *out_changed)
{
	uint64_t changed = 0;
	const struct db_param params[] = {
		DB_P_TEXT(end->state),	       DB_P_TIME(sys_real_us()),
		DB_P_TEXT(or_null(end->hop)),  DB_P_TEXT(or_null(end->reason)),
		DB_P_TEXT(or_null(end->text)), DB_P_UUID(&end->session_id)};
	enum err err = db_exec(ctx, &end_unopened_stmt, params, &changed);

	if (err == ERR_OK)
		*out_changed = changed > 0;
	return err;
}

enum err live_sql_end_recording(struct ctx *ctx, const struct live_recording *recording,
				bool *out_changed)
{
	uint64_t changed = 0;
	const struct db_param params[] = {DB_P_TEXT(recording->state),
					  DB_P_INT((int64_t)recording->chunks),
					  DB_P_INT((int64_t)recording->bytes),
					  DB_P_INT(recording->commands),
					  recording->head ? DB_P_BYTES(recording->head, 32)
							  : DB_P_NULL,
					  DB_P_UUID(&recording->session_id)};
	enum err err = db_exec(ctx, &end_recording, params, &changed);

	if (err == ERR_OK)
		*out_changed = changed > 0;
	return err;
}

enum err live_sql_orphans(struct ctx *ctx, uint64_t *out_count)
{
	const struct db_param params[] = {DB_P_TIME(sys_real_us())};

	return db_exec(ctx, &orphans, params, out_count);
}

enum err live_sql_orphan(struct ctx *ctx, const struct uuid *id, bool *out_changed)
{
	uint64_t changed = 0;
	const struct db_param params[] = {DB_P_TIME(sys_real_us()), DB_P_UUID(id)};
	enum err err = db_exec(ctx, &orphan, params, &changed);

	if (err == ERR_OK)
		*out_changed = changed > 0;
	return err;
}

enum err live_sql_stale_waiting(struct ctx *ctx, int64_t now, struct uuid *out, size_t max,
				size_t *out_count)
{
	struct db_rows *rows = NULL;
	size_t count = 0;
	const struct db_param params[] = {DB_P_TIME(now), DB_P_INT((int64_t)max)};
	enum err err = db_query(ctx, &stale_waiting, params, &rows);

	if (err != ERR_OK)
		return err;
	while (count < max && db_next(rows))
		out[count++] = db_uuid(rows, 0);
	*out_count = count;
	return db_rows_close(rows);
}

enum err live_sql_open_after(struct ctx *ctx, const struct uuid *after, struct live_open *out,
			     size_t max, size_t *out_count)
{
	struct db_rows *rows = NULL;
	size_t count = 0;
	const struct db_param params[] = {DB_P_UUID(after), DB_P_INT((int64_t)max)};
	enum err err = db_query(ctx, &open_after, params, &rows);

	if (err != ERR_OK)
		return err;
	while (count < max && db_next(rows))
		out[count++] = (struct live_open){db_uuid(rows, 0), db_uuid(rows, 1),
						  db_uuid(rows, 2), db_int(rows, 3) != 0};
	*out_count = count;
	return db_rows_close(rows);
}

enum err live_sql_host_key(struct ctx *ctx, const struct uuid *target_id, const char *type,
			   bool *out_any, bool *out_known, uint8_t out_sha256[32])
{
	struct db_rows *rows = NULL;
	const struct db_param params[] = {DB_P_TEXT(type), DB_P_UUID(target_id)};
	enum err err = db_query(ctx, &host_keys, params, &rows);

	if (err != ERR_OK)
		return err;
	*out_any = *out_known = false;
	while (db_next(rows)) {
		struct block sha256 = db_bytes(rows, 1);
		*out_any = true;
		if (db_int(rows, 0) != 0 && sha256.len == 32) {
			*out_known = true;
			memcpy(out_sha256, sha256.data, 32);
		}
	}
	return db_rows_close(rows);
}

enum err live_sql_pin(struct ctx *ctx, const struct uuid *target_id, const char *type,
		      const uint8_t sha256[32], const struct uuid *session_id,
		      const struct uuid *event_id)
{
	const struct db_param params[] = {DB_P_UUID(target_id),	  DB_P_TEXT(type),
					  DB_P_BYTES(sha256, 32), DB_P_TIME(sys_real_us()),
					  DB_P_UUID(session_id),  DB_P_UUID(event_id)};

	return db_exec(ctx, &pin, params, NULL);
}

enum err live_sql_account_state(struct ctx *ctx, const struct uuid *account_id, const char *state,
				const char *reason)
{
	const struct db_param params[] = {DB_P_UUID(account_id), DB_P_TEXT(state),
					  DB_P_TEXT(or_null(reason)), DB_P_TIME(sys_real_us())};

	return db_exec(ctx, &account_state, params, NULL);
}

enum err live_sql_target_state(struct ctx *ctx, const struct uuid *target_id, const char *state,
			       const char *reason)
{
	const struct db_param params[] = {DB_P_UUID(target_id), DB_P_TEXT(state),
					  DB_P_TEXT(or_null(reason)), DB_P_TIME(sys_real_us())};

	return db_exec(ctx, &target_state, params, NULL);
}

enum err live_sql_limit_met(struct ctx *ctx)
{
	const struct db_param params[] = {DB_P_TIME(sys_real_us())};

	return db_exec(ctx, &limit_met, params, NULL);
}

static void read_file(struct db_rows *rows, void *arg)
{
	struct live_file *file = arg;
	struct block key = db_bytes(rows, 2);

	file->name = db_text(rows, 0);
	file->secret_id = db_uuid(rows, 1);
	file->has_key = key.len == 32;
	if (file->has_key)
		memcpy(file->public_key, key.data, 32);
}

enum err live_sql_file(struct ctx *ctx, const struct uuid *session_id, struct live_file *out)
{
	const struct db_param params[] = {DB_P_UUID(session_id)};

	return db_one(ctx, &file_stmt, params, read_file, out);
}
