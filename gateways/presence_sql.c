/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/presence_sql.h"

static const struct db_stmt judge = {
	"presence.judge",
	"SELECT w.group_id, p.boot_id, c.gateway_id, w.name, w.state, p.state, p.connections,"
	" c.revoked_at, c.not_after, w.source_ranges, p.machine, p.chain, p.chain_next,"
	" c.not_before FROM gateway w"
	" LEFT JOIN gateway_presence p ON p.gateway_id = w.id"
	" LEFT JOIN gateway_certificate c ON c.serial = ? WHERE w.id = ? FOR UPDATE",
	2, 14};
static const struct db_stmt chain = {
	"presence.chain",
	"UPDATE gateway_presence SET chain = ?, chain_next = ?, machine = COALESCE(machine, ?),"
	" contested_at = NULL WHERE gateway_id = ?",
	4, 0};
static const struct db_stmt chain_arrived = {
	"presence.chain_arrived",
	"UPDATE gateway_presence SET chain = chain_next, chain_next = NULL WHERE gateway_id = ?"
	" AND chain_next IS NOT NULL",
	1, 0};
static const struct db_stmt retire = {
	"presence.retire",
	"UPDATE gateway_certificate SET revoked_at = ? WHERE gateway_id = ? AND not_before < ?"
	" AND revoked_at IS NULL",
	3, 0};
static const struct db_stmt contest = {
	"presence.contest",
	"UPDATE gateway_presence SET contested_at = COALESCE(contested_at, ?) WHERE gateway_id = ?",
	2, 0};
static const struct db_stmt alarm_raise = {
	"presence.alarm",
	"UPDATE gateway_presence SET alarm_reason = ?, alarm_peer = COALESCE(?, alarm_peer),"
	" alarm_at = ? WHERE gateway_id = ?",
	4, 0};
static const struct db_stmt arrive = {
	"presence.arrive",
	"INSERT INTO gateway_presence (gateway_id, state, connections, agent_version, boot_id, "
	"serial,"
	" peer, attached_at, last_beat_at, refused_reason)"
	" VALUES (?, 'online', 1, ?, ?, ?, ?, ?, ?, NULL)"
	" ON DUPLICATE KEY UPDATE"
	" connections = IF(boot_id <=> VALUES(boot_id), connections + 1, 1), state = 'online',"
	" agent_version = VALUES(agent_version), boot_id = VALUES(boot_id), serial = "
	"VALUES(serial),"
	" peer = VALUES(peer), attached_at = VALUES(attached_at), last_beat_at = "
	"VALUES(last_beat_at),"
	" refused_reason = NULL",
	7, 0};
static const struct db_stmt refuse = {
	"presence.refuse",
	"INSERT INTO gateway_presence (gateway_id, state, connections, peer, refused_reason)"
	" VALUES (?, 'offline', 0, ?, ?)"
	" ON DUPLICATE KEY UPDATE refused_reason = VALUES(refused_reason)",
	3, 0};
static const struct db_stmt leave = {
	"presence.leave",
	"UPDATE gateway_presence SET connections = IF(connections > 0, connections - 1, 0),"
	" state = IF(connections = 0, 'offline', state),"
	" contested_at = IF(connections = 0, NULL, contested_at) WHERE gateway_id = ?",
	1, 0};
static const struct db_stmt beat = {
	"presence.beat",
	"UPDATE gateway_presence SET last_beat_at = ?, agent_version = ?, rtt_us = NULLIF(?, 0),"
	" clock_skew_ms = ?, policy_version = NULLIF(?, 0), locked = ?, state = 'online'"
	" WHERE gateway_id = ? AND connections > 0",
	7, 0};
static const struct db_stmt target = {
	"presence.target",
	"INSERT INTO target_state (target_id, state, reason, checked_at, gateway_id)"
	" SELECT t.id, ?, ?, ?, w.id FROM target t JOIN gateway w"
	" ON w.group_id = t.gateway_group_id WHERE t.id = ? AND w.id = ?"
	" ON DUPLICATE KEY UPDATE state = VALUES(state), reason = VALUES(reason),"
	" checked_at = VALUES(checked_at), gateway_id = VALUES(gateway_id)",
	5, 0};
static const struct db_stmt overdue = {
	"presence.overdue",
	"SELECT p.gateway_id, w.name, p.state, p.last_beat_at FROM gateway_presence p"
	" JOIN gateway w ON w.id = p.gateway_id WHERE (p.state = 'online' AND p.last_beat_at < ?)"
	" OR (p.state <> 'offline' AND p.last_beat_at < ?) FOR UPDATE",
	2, 4};
static const struct db_stmt state = {
	"presence.state", "UPDATE gateway_presence SET state = ? WHERE gateway_id = ?", 2, 0};
static const struct db_stmt reset = {
	"presence.reset",
	"UPDATE gateway_presence SET state = 'offline', connections = 0, contested_at = NULL"
	" WHERE state <> 'offline' OR connections > 0",
	0, 0};
static const struct db_stmt policy = {
	"presence.policy",
	"SELECT w.group_id, GREATEST(w.updated_at,"
	" COALESCE((SELECT MAX(t.updated_at) FROM target t), w.updated_at)), p.boot_id,"
	" p.contested_at, p.chain_next FROM gateway w LEFT JOIN gateway_presence p ON p.gateway_id "
	"= w.id WHERE w.id = ?",
	1, 5};
static const struct db_stmt unwanted = {
	"presence.unwanted",
	"SELECT p.gateway_id FROM gateway_presence p JOIN gateway w ON w.id = p.gateway_id"
	" LEFT JOIN gateway_certificate c ON c.serial = p.serial"
	" WHERE p.connections > 0 AND (w.state <> 'enrolled' OR c.revoked_at IS NOT NULL) LIMIT ?",
	1, 1};
static const struct db_stmt choose = {
	"presence.choose",
	"SELECT w.id FROM target t JOIN gateway w ON w.group_id = t.gateway_group_id"
	" JOIN gateway_presence p ON p.gateway_id = w.id"
	" WHERE t.id = ? AND NOT t.archived AND w.state = 'enrolled' AND p.state <> 'offline'"
	" AND p.connections > 0 ORDER BY p.state = 'late', COALESCE(p.rtt_us, 1000000), w.id"
	" LIMIT ?",
	2, 1};
static const struct db_stmt session = {
	"presence.session",
	"SELECT s.user_id, u.login, q.ticket FROM session s JOIN user u ON u.id = s.user_id"
	" JOIN lease l ON l.id = s.lease_id JOIN request q ON q.id = l.request_id WHERE s.id = ?",
	1, 3};
static const struct db_stmt port = {"presence.port",
				    "SELECT port FROM target WHERE id = ? AND NOT archived", 1, 1};

static const struct db_stmt *const stmts[] = {
	&judge,	 &arrive,  &refuse,   &leave, &beat,	      &target, &overdue, &state,
	&reset,	 &policy,  &unwanted, &chain, &chain_arrived, &retire, &contest, &alarm_raise,
	&choose, &session, &port,     NULL};

const struct db_stmt_list *gateway_presence_statements(void)
{
	static const struct db_stmt_list all = {"gateway_presence", stmts};

	return &all;
}

static void read_judge(struct db_rows *rows, void *arg)
{
	*(struct presence_row *)arg = (struct presence_row){
		.group_id = db_uuid(rows, 0),
		.boot_id = db_uuid(rows, 1),
		.certificate_of = db_uuid(rows, 2),
		.name = db_text(rows, 3),
		.gateway_state = db_text(rows, 4),
		.state = db_text(rows, 5),
		.connections = db_int(rows, 6),
		.revoked_at = db_time(rows, 7),
		.not_after = db_time(rows, 8),
		.source_ranges = db_text(rows, 9),
		.machine = db_bytes(rows, 10),
		.chain = db_bytes(rows, 11),
		.chain_next = db_bytes(rows, 12),
		.not_before = db_time(rows, 13),
	};
}

enum err presence_sql_judge(struct ctx *ctx, const struct uuid *gateway_id,
			    const struct uuid *serial, struct presence_row *out)
{
	struct db_param params[] = {DB_P_UUID(serial), DB_P_UUID(gateway_id)};

	return db_one(ctx, &judge, params, read_judge, out);
}

enum err presence_sql_arrive(struct ctx *ctx, const struct presence_arrival *arrival)
{
	struct db_param params[] = {
		DB_P_UUID(arrival->gateway_id), DB_P_TEXT(arrival->agent_version),
		DB_P_UUID(arrival->boot_id),	DB_P_UUID(arrival->serial),
		DB_P_TEXT(arrival->peer),	DB_P_TIME(arrival->now),
		DB_P_TIME(arrival->now)};

	return db_exec(ctx, &arrive, params, NULL);
}

/* No bytes are not an empty value: the column would fill that with zeros. */
static struct db_param bytes_or_null(struct block block)
{
	return block.len ? DB_P_BYTES(block.data, block.len) : DB_P_NULL;
}

enum err presence_sql_chain(struct ctx *ctx, const struct uuid *gateway_id, struct block held,
			    struct block next, struct block machine)
{
	struct db_param params[] = {bytes_or_null(held), bytes_or_null(next),
				    bytes_or_null(machine), DB_P_UUID(gateway_id)};

	return db_exec(ctx, &chain, params, NULL);
}

enum err presence_sql_chain_arrived(struct ctx *ctx, const struct uuid *gateway_id)
{
	return db_exec(ctx, &chain_arrived, (struct db_param[]){DB_P_UUID(gateway_id)}, NULL);
}

enum err presence_sql_retire(struct ctx *ctx, const struct uuid *gateway_id, int64_t not_before,
			     int64_t now)
{
	struct db_param params[] = {DB_P_TIME(now), DB_P_UUID(gateway_id), DB_P_TIME(not_before)};

	return db_exec(ctx, &retire, params, NULL);
}

enum err presence_sql_contest(struct ctx *ctx, const struct uuid *gateway_id, int64_t now)
{
	struct db_param params[] = {DB_P_TIME(now), DB_P_UUID(gateway_id)};

	return db_exec(ctx, &contest, params, NULL);
}

enum err presence_sql_alarm(struct ctx *ctx, const struct uuid *gateway_id, const char *reason,
			    const char *peer, int64_t now)
{
	struct db_param params[] = {DB_P_TEXT(reason), DB_P_TEXT(peer), DB_P_TIME(now),
				    DB_P_UUID(gateway_id)};

	return db_exec(ctx, &alarm_raise, params, NULL);
}

enum err presence_sql_refuse(struct ctx *ctx, const struct uuid *gateway_id, const char *reason,
			     const char *peer)
{
	struct db_param params[] = {DB_P_UUID(gateway_id), DB_P_TEXT(peer), DB_P_TEXT(reason)};

	return db_exec(ctx, &refuse, params, NULL);
}

enum err presence_sql_leave(struct ctx *ctx, const struct uuid *gateway_id)
{
	return db_exec(ctx, &leave, (struct db_param[]){DB_P_UUID(gateway_id)}, NULL);
}

enum err presence_sql_beat(struct ctx *ctx, const struct presence_beat *seen)
{
	struct db_param params[] = {DB_P_TIME(seen->now),	    DB_P_TEXT(seen->agent_version),
				    DB_P_INT(seen->rtt_us),	    DB_P_INT(seen->skew_ms),
				    DB_P_INT(seen->policy_version), DB_P_INT(seen->locked),
				    DB_P_UUID(seen->gateway_id)};

	return db_exec(ctx, &beat, params, NULL);
}

enum err presence_sql_target(struct ctx *ctx, const struct uuid *target_id, const char *seen,
			     const char *reason, int64_t checked_at, const struct uuid *gateway_id)
{
	struct db_param params[] = {DB_P_TEXT(seen), DB_P_TEXT(reason), DB_P_TIME(checked_at),
				    DB_P_UUID(target_id), DB_P_UUID(gateway_id)};

	return db_exec(ctx, &target, params, NULL);
}

enum err presence_sql_overdue(struct ctx *ctx, int64_t late_before, int64_t offline_before,
			      struct db_rows **out)
{
	struct db_param params[] = {DB_P_TIME(late_before), DB_P_TIME(offline_before)};

	return db_query(ctx, &overdue, params, out);
}

enum err presence_sql_state(struct ctx *ctx, const struct uuid *gateway_id, const char *to)
{
	struct db_param params[] = {DB_P_TEXT(to), DB_P_UUID(gateway_id)};

	return db_exec(ctx, &state, params, NULL);
}

enum err presence_sql_reset(struct ctx *ctx)
{
	return db_exec(ctx, &reset, NULL, NULL);
}

static void read_policy(struct db_rows *rows, void *arg)
{
	*(struct presence_policy *)arg = (struct presence_policy){
		.group_id = db_uuid(rows, 0),
		.version = db_time(rows, 1),
		.boot_id = db_uuid(rows, 2),
		.contested_at = db_time(rows, 3),
		.chain_next = db_bytes(rows, 4),
	};
}

enum err presence_sql_policy(struct ctx *ctx, const struct uuid *gateway_id,
			     struct presence_policy *out)
{
	return db_one(ctx, &policy, (struct db_param[]){DB_P_UUID(gateway_id)}, read_policy, out);
}

enum err presence_sql_unwanted(struct ctx *ctx, size_t max, struct db_rows **out)
{
	return db_query(ctx, &unwanted, (struct db_param[]){DB_P_INT((int64_t)max)}, out);
}

enum err presence_sql_choose(struct ctx *ctx, const struct uuid *target_id, size_t max,
			     struct db_rows **out)
{
	struct db_param params[] = {DB_P_UUID(target_id), DB_P_INT((int64_t)max)};

	return db_query(ctx, &choose, params, out);
}

static void read_session(struct db_rows *rows, void *arg)
{
	*(struct presence_session *)arg = (struct presence_session){
		.user_id = db_uuid(rows, 0),
		.login = db_text(rows, 1),
		.ticket = db_text(rows, 2),
	};
}

enum err presence_sql_session(struct ctx *ctx, const struct uuid *session_id,
			      struct presence_session *out)
{
	return db_one(ctx, &session, (struct db_param[]){DB_P_UUID(session_id)}, read_session, out);
}

static void read_int(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

enum err presence_sql_port(struct ctx *ctx, const struct uuid *target_id, int64_t *out)
{
	return db_one(ctx, &port, (struct db_param[]){DB_P_UUID(target_id)}, read_int, out);
}
