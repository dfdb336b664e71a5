/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/metrics_sql.h"

static const struct db_stmt counts_stmt = {
	"metrics_counts",
	"SELECT (SELECT COUNT(*) FROM session WHERE state = 'live'),"
	" (SELECT COUNT(*) FROM session WHERE state IN ('waiting', 'connecting')),"
	" (SELECT COUNT(*) FROM request WHERE state = 'pending'),"
	" (SELECT COUNT(*) FROM gateway g JOIN gateway_presence p ON p.gateway_id = g.id"
	"   WHERE g.state = 'enrolled' AND p.state = 'online'),"
	" (SELECT COUNT(*) FROM gateway g JOIN gateway_presence p ON p.gateway_id = g.id"
	"   WHERE g.state = 'enrolled' AND p.state = 'late'),"
	" (SELECT COUNT(*) FROM gateway WHERE state = 'enrolled'),"
	" (SELECT COUNT(*) FROM gateway WHERE state = 'held'),"
	" (SELECT COUNT(*) FROM gateway_presence p JOIN gateway g ON g.id = p.gateway_id"
	"   WHERE p.alarm_reason IS NOT NULL AND g.state IN ('enrolled', 'held')),"
	" (SELECT COUNT(*) FROM witness WHERE alarmed_at IS NOT NULL),"
	" (SELECT size FROM audit_state WHERE one = 1),"
	" (SELECT COUNT(*) FROM audit_pending),"
	" (SELECT COALESCE(TIMESTAMPDIFF(SECOND, MIN(e.occurred_at), UTC_TIMESTAMP(6)), 0)"
	"   FROM audit_pending p JOIN audit_event e ON e.id = p.id),"
	" (SELECT TIMESTAMPDIFF(SECOND, MAX(signed_at), UTC_TIMESTAMP(6)) FROM audit_checkpoint),"
	" NOT EXISTS(SELECT 1 FROM system_state WHERE name = 'vault.state' AND value = 'open'),"
	" EXISTS(SELECT 1 FROM system_state WHERE name = 'release.limit'"
	"   AND updated_at > UTC_TIMESTAMP(6) - INTERVAL 1 DAY),"
	" (SELECT CAST(CAST(value AS CHAR) AS SIGNED) - UNIX_TIMESTAMP() FROM system_state"
	"   WHERE name = 'tls.not_after'),"
	" (SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(6), MIN(newest.not_after)) FROM"
	"   (SELECT MAX(c.not_after) AS not_after FROM gateway_certificate c"
	"     JOIN gateway g ON g.id = c.gateway_id"
	"     WHERE g.state = 'enrolled' AND c.revoked_at IS NULL GROUP BY c.gateway_id) newest)",
	0, 17};

static const struct db_stmt processes_stmt = {
	"metrics_processes",
	"SELECT SUBSTRING(name, 9), CAST(value AS CHAR) FROM system_state"
	" WHERE name LIKE 'process.%' AND updated_at > UTC_TIMESTAMP(6) - INTERVAL 5 MINUTE"
	" ORDER BY name",
	0, 2};

static const struct db_stmt events_stmt = {
	"metrics_events",
	"SELECT e.event, CAST(e.outcome AS CHAR), COUNT(*) FROM audit_sequence s"
	" JOIN audit_event e ON e.id = s.id WHERE s.n >= ? AND s.n < ?"
	" GROUP BY e.event, e.outcome",
	2, 3};

const struct db_stmt_list *metrics_statements(void)
{
	static const struct db_stmt *const stmts[] = {&counts_stmt, &processes_stmt, &events_stmt,
						      NULL};
	static const struct db_stmt_list list = {"metrics", stmts};

	return &list;
}

static int64_t int_or_absent(struct db_rows *rows, unsigned column)
{
	return db_is_null(rows, column) ? METRIC_ABSENT : db_int(rows, column);
}

static void read_counts(struct db_rows *rows, void *arg)
{
	struct metrics_counts *out = arg;

	*out = (struct metrics_counts){
		.live = db_int(rows, 0),
		.waiting = db_int(rows, 1),
		.pending_requests = db_int(rows, 2),
		.online = db_int(rows, 3),
		.late = db_int(rows, 4),
		.held = db_int(rows, 6),
		.alarms = db_int(rows, 7),
		.rolled_back = db_int(rows, 8),
		.audit_size = db_int(rows, 9),
		.audit_pending = db_int(rows, 10),
		.audit_lag_s = db_int(rows, 11),
		.checkpoint_age_s = int_or_absent(rows, 12),
		.sealed = db_int(rows, 13),
		.limit_met = db_int(rows, 14),
		.certificate_s = int_or_absent(rows, 15),
		.gateway_certificate_s = int_or_absent(rows, 16),
	};
	out->offline = db_int(rows, 5) - out->online - out->late;
}

enum err metrics_sql_counts(struct ctx *ctx, struct metrics_counts *out)
{
	return db_one(ctx, &counts_stmt, NULL, read_counts, out);
}

enum err metrics_sql_processes(struct ctx *ctx, struct db_rows **out)
{
	return db_query(ctx, &processes_stmt, NULL, out);
}

enum err metrics_sql_events(struct ctx *ctx, int64_t from, int64_t to, struct db_rows **out)
{
	const struct db_param params[] = {DB_P_INT(from), DB_P_INT(to)};

	return db_query(ctx, &events_stmt, params, out);
}
