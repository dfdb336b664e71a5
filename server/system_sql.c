/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/system_sql.h"

#include "base/arena.h"

static const struct db_stmt counts_stmt = {
	"system_counts",
	"SELECT (SELECT COUNT(*) FROM gateway WHERE state = 'enrolled'),"
	" (SELECT COUNT(*) FROM gateway g JOIN gateway_presence p ON p.gateway_id = g.id"
	"   WHERE g.state = 'enrolled' AND p.state = 'online'),"
	" (SELECT COUNT(*) FROM gateway g JOIN gateway_presence p ON p.gateway_id = g.id"
	"   WHERE g.state = 'enrolled' AND p.state = 'late'),"
	" (SELECT COUNT(*) FROM session WHERE state IN ('waiting', 'connecting', 'live')),"
	" (SELECT COUNT(*) FROM request WHERE state = 'pending'),"
	" (SELECT size FROM audit_state WHERE one = 1),"
	" (SELECT COUNT(*) FROM audit_pending),"
	" (SELECT TIMESTAMPDIFF(SECOND, MAX(signed_at), UTC_TIMESTAMP(6)) FROM audit_checkpoint),"
	" (SELECT COUNT(*) FROM target WHERE NOT archived),"
	" (SELECT COUNT(*) FROM account WHERE NOT archived AND secret_id IS NULL),"
	" (SELECT COUNT(*) FROM workflow WHERE NOT archived),"
	" (SELECT COUNT(*) FROM access_rule WHERE NOT archived),"
	" (SELECT COUNT(*) FROM user WHERE state IN ('invited', 'active')),"
	" VERSION(), (SELECT COUNT(*) FROM gateway_presence p JOIN gateway g ON g.id = p.gateway_id"
	"   WHERE p.alarm_reason IS NOT NULL AND g.state IN ('enrolled', 'held')),"
	" (SELECT COUNT(*) FROM witness WHERE alarmed_at IS NOT NULL),"
	" (SELECT COUNT(*) FROM system_state WHERE name = 'release.limit'"
	"   AND updated_at > UTC_TIMESTAMP(6) - INTERVAL 1 DAY),"
	" (SELECT COUNT(*) FROM system_state WHERE name = 'auth.campaign'"
	"   AND (value <> '' OR updated_at > UTC_TIMESTAMP(6) - INTERVAL 1 DAY)),"
	" (SELECT COUNT(*) FROM break_glass_use WHERE acknowledged_at IS NULL),"
	" (SELECT COUNT(*) FROM auth_sign_in WHERE verdict = 'not_me' AND seen_at IS NULL),"
	" (SELECT COUNT(*) FROM saml_key WHERE in_use IS NOT NULL"
	"   AND expires_at < UTC_TIMESTAMP(6) + INTERVAL 90 DAY)",
	0, 21};

static const struct db_stmt state_stmt = {
	"system_state", "SELECT CAST(value AS CHAR) FROM system_state WHERE name = ?", 1, 1};

static const struct db_stmt sandboxes_stmt = {
	"system_sandboxes",
	"SELECT SUBSTRING(name, 9), CAST(value AS CHAR) FROM system_state"
	" WHERE name LIKE 'sandbox.%' ORDER BY name",
	0, 2};

static const struct db_stmt syslog_stmt = {
	"system_syslog",
	"SELECT n, (SELECT size FROM audit_state WHERE one = 1), confirmed_at, error, error_at"
	" FROM syslog_position WHERE receiver = ?",
	1, 5};

const struct db_stmt_list *system_statements(void)
{
	static const struct db_stmt *const stmts[] = {&counts_stmt, &state_stmt, &sandboxes_stmt,
						      &syslog_stmt, NULL};
	static const struct db_stmt_list list = {"system", stmts};

	return &list;
}

static void read_counts(struct db_rows *rows, void *arg)
{
	struct system_counts *out = arg;

	*out = (struct system_counts){
		.gateways = db_int(rows, 0),
		.online = db_int(rows, 1),
		.late = db_int(rows, 2),
		.live_sessions = db_int(rows, 3),
		.pending_requests = db_int(rows, 4),
		.audit_size = db_int(rows, 5),
		.audit_pending = db_int(rows, 6),
		.checkpoint_age_s = db_is_null(rows, 7) ? -1 : db_int(rows, 7),
		.targets = db_int(rows, 8),
		.accounts_without_secret = db_int(rows, 9),
		.workflows = db_int(rows, 10),
		.rules = db_int(rows, 11),
		.people = db_int(rows, 12),
		.database_version = db_text(rows, 13),
		.alarms = db_int(rows, 14),
		.rolled_back = db_int(rows, 15),
		.limit_met = db_int(rows, 16),
		.campaign = db_int(rows, 17),
		.break_glass = db_int(rows, 18),
		.reports = db_int(rows, 19),
		.saml_key_ends = db_int(rows, 20),
	};
}

enum err system_sql_counts(struct ctx *ctx, struct system_counts *out)
{
	return db_one(ctx, &counts_stmt, NULL, read_counts, out);
}

static void read_text(struct db_rows *rows, void *arg)
{
	const char **out = arg;

	*out = db_text(rows, 0);
}

enum err system_sql_state(struct ctx *ctx, const char *name, const char **out)
{
	const struct db_param params[] = {DB_P_TEXT(name)};

	return db_one(ctx, &state_stmt, params, read_text, out);
}

enum err system_sql_sandboxes(struct ctx *ctx, struct db_rows **out)
{
	return db_query(ctx, &sandboxes_stmt, NULL, out);
}

static void read_syslog(struct db_rows *rows, void *arg)
{
	struct system_syslog *out = arg;

	*out = (struct system_syslog){
		.confirmed = db_int(rows, 0),
		.behind = db_int(rows, 1) - db_int(rows, 0),
		.confirmed_at = db_time(rows, 2),
		.error = db_text(rows, 3),
		.error_at = db_time(rows, 4),
	};
}

enum err system_sql_syslog(struct ctx *ctx, const char *receiver, struct system_syslog *out)
{
	const struct db_param params[] = {DB_P_TEXT(receiver)};

	return db_one(ctx, &syslog_stmt, params, read_syslog, out);
}
