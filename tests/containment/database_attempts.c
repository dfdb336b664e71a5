/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/sys.h"
#include "sql/db.h"
#include "tests/containment/attack.h"

/* What an attacker asks the database with the role's own account, over a connection of its own. */

struct db *__real_db_new(const struct db_params *params);
struct db *__wrap_db_new(const struct db_params *params);

/* The role's account, kept when it first uses it: an attacker finds it in memory. */
static struct db *stolen;

struct db *__wrap_db_new(const struct db_params *params)
{
	if (stolen == NULL)
		stolen = __real_db_new(params);
	return __real_db_new(params);
}

static int outcome(const struct ctx *ctx, enum err err)
{
	if (err == ERR_OK)
		return 0;
	if (strcmp(ctx->error.reason, "database.refused") == 0)
		return STATEMENT_DENIED;
	log_failure(ctx, "attempt_failed_otherwise");
	return UNPREPARED;
}

/* Statements are known by their place in memory: each has one of its own. */
static int statement(const struct db_stmt *stmt)
{
	scoped(arena_free_p) struct arena *arena = arena_new(1 << 20);
	struct db_rows *rows = NULL;
	struct ctx ctx;

	if (stolen == NULL || arena == NULL)
		return UNPREPARED;
	ctx_init(&ctx, arena);
	ctx.db = stolen;
	ctx.deadline_us = sys_mono_us() + 5000000;
	if (stmt->ncols == 0)
		return outcome(&ctx, db_exec(&ctx, stmt, NULL, NULL));
	enum err err = db_query(&ctx, stmt, NULL, &rows);
	if (err == ERR_OK) {
		while (db_next(rows))
			;
		err = db_rows_close(rows);
	}
	return outcome(&ctx, err);
}

/* Proves that the connection works, so that the refusals are the database's. */
static int harmless(const struct attack *attack)
{
	static const struct db_stmt log = {"attack", "SELECT COUNT(*) FROM audit_event", 0, 1};
	static const struct db_stmt mail = {"attack", "SELECT COUNT(*) FROM mail_outbox", 0, 1};

	(void)attack;
	return statement(attacked.role & IN_MAIL ? &mail : &log) == 0 ? ANSWERED_NO : UNPREPARED;
}

#define STATEMENT(function_, columns_, text_)                                            \
	static int function_(const struct attack *attack)                                \
	{                                                                                \
		static const struct db_stmt stmt = {#function_, (text_), 0, (columns_)}; \
		(void)attack;                                                            \
		return statement(&stmt);                                                 \
	}

STATEMENT(wrapped_keys, 1, "SELECT HEX(blob_) FROM secret_version LIMIT 1")
STATEMENT(vault_keys, 1, "SELECT COUNT(*) FROM vault_state")
STATEMENT(settings, 1, "SELECT COUNT(*) FROM setting")
STATEMENT(password_hashes, 1, "SELECT COUNT(*) FROM auth_password")
STATEMENT(totp_seeds, 1, "SELECT COUNT(secret_id) FROM auth_totp")
STATEMENT(recovery_hashes, 1, "SELECT COUNT(hash) FROM auth_recovery_code")
STATEMENT(cookie_hashes, 1, "SELECT HEX(cookie_hash) FROM auth_session LIMIT 1")
STATEMENT(token_hashes, 1, "SELECT HEX(token_hash) FROM gateway_token LIMIT 1")
STATEMENT(people, 1, "SELECT COUNT(*) FROM user")
STATEMENT(rights, 1, "SELECT COUNT(*) FROM role_grant")
STATEMENT(devices, 1, "SELECT COUNT(*) FROM target")
STATEMENT(requests, 1, "SELECT COUNT(*) FROM request")
STATEMENT(sessions, 1, "SELECT COUNT(*) FROM session")
STATEMENT(change_event, 0, "UPDATE audit_event SET leaf = '' LIMIT 1")
STATEMENT(delete_event, 0, "DELETE FROM audit_event LIMIT 1")
STATEMENT(replace_event, 0, "REPLACE INTO audit_event SELECT * FROM audit_event LIMIT 1")
STATEMENT(add_event, 0, "INSERT INTO audit_event (id) VALUES (REPEAT('x', 16))")
STATEMENT(renumber, 0, "UPDATE audit_sequence SET n = n + 1")
STATEMENT(forget_number, 0, "DELETE FROM audit_sequence LIMIT 1")
STATEMENT(change_hash, 0, "UPDATE audit_node SET hash = REPEAT('x', 32) LIMIT 1")
STATEMENT(change_checkpoint, 0, "UPDATE audit_checkpoint SET size = 1")
STATEMENT(forge_session, 0, "UPDATE auth_session SET expires_at = '2099-01-01'")
STATEMENT(forge_approval, 0, "INSERT INTO approval SELECT * FROM approval")
STATEMENT(forge_lease, 0, "UPDATE lease SET ends_at = '2099-01-01'")
STATEMENT(forge_right, 0, "INSERT INTO role_grant SELECT * FROM role_grant")
STATEMENT(forge_recording, 0, "UPDATE recording SET chunks = 0")
STATEMENT(forge_host_key, 0, "DELETE FROM target_host_key")
STATEMENT(drop_table, 0, "DROP TABLE audit_event")
STATEMENT(empty_table, 0, "TRUNCATE TABLE audit_event")
STATEMENT(alter_table, 0, "ALTER TABLE audit_event ADD COLUMN x INT")
STATEMENT(make_table, 0, "CREATE TABLE stolen (x INT)")
STATEMENT(drop_history, 0, "DELETE HISTORY FROM user")
STATEMENT(lock_tables, 0, "LOCK TABLES audit_event WRITE")
STATEMENT(write_file, 1, "SELECT 1 INTO OUTFILE '/tmp/sekisho-attack.sql'")
STATEMENT(accounts, 1, "SELECT COUNT(*) FROM mysql.global_priv")
STATEMENT(make_account, 0, "CREATE USER thief IDENTIFIED BY 'x'")
STATEMENT(give_rights, 0, "GRANT ALL ON *.* TO CURRENT_USER()")
STATEMENT(other_password, 0, "SET PASSWORD FOR sekisho_authority = PASSWORD('x')")
STATEMENT(global_setting, 0, "SET GLOBAL max_connections = 1")
STATEMENT(run_function, 0, "CREATE FUNCTION sys_exec RETURNS INT SONAME 'x.so'")
STATEMENT(stop_database, 0, "SHUTDOWN")

/* Without the right to, it is carried out on nobody. */
static int kill_connections(const struct attack *attack)
{
	static const struct db_stmt stmt = {"kill", "KILL USER sekisho_authority", 0, 0};
	scoped(arena_free_p) struct arena *arena = arena_new(1 << 20);
	struct ctx ctx;
	uint64_t killed = 1;

	(void)attack;
	if (stolen == NULL || arena == NULL)
		return UNPREPARED;
	ctx_init(&ctx, arena);
	ctx.db = stolen;
	ctx.deadline_us = sys_mono_us() + 5000000;
	enum err err = db_exec(&ctx, &stmt, NULL, &killed);
	return err != ERR_OK ? outcome(&ctx, err) : killed == 0 ? ANSWERED_NO : 0;
}

/* Not refused but answered with NULL when the account has no FILE privilege. */
static void null_or_text(struct db_rows *rows, void *arg)
{
	*(bool *)arg = !db_is_null(rows, 0);
}

static int read_file(const struct attack *attack)
{
	scoped(arena_free_p) struct arena *arena = arena_new(1 << 20);
	static const struct db_stmt stmt = {"load_file", "SELECT LOAD_FILE('/etc/passwd')", 0, 1};
	struct ctx ctx;
	bool got = false;

	(void)attack;
	if (stolen == NULL || arena == NULL)
		return UNPREPARED;
	ctx_init(&ctx, arena);
	ctx.db = stolen;
	ctx.deadline_us = sys_mono_us() + 5000000;
	enum err err = db_one(&ctx, &stmt, NULL, null_or_text, &got);
	if (err != ERR_OK)
		return outcome(&ctx, err);
	return got ? 0 : ANSWERED_NO;
}

/* Everybody's names are hidden: one sees one's own connections only. */
static void count_of(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

static int others_statements(const struct attack *attack)
{
	scoped(arena_free_p) struct arena *arena = arena_new(1 << 20);
	static const struct db_stmt stmt = {
		"others",
		"SELECT COUNT(*) FROM information_schema.processlist"
		" WHERE user <> SUBSTRING_INDEX(CURRENT_USER(), '@', 1)",
		0, 1};
	struct ctx ctx;
	int64_t seen = -1;

	(void)attack;
	if (stolen == NULL || arena == NULL)
		return UNPREPARED;
	ctx_init(&ctx, arena);
	ctx.db = stolen;
	ctx.deadline_us = sys_mono_us() + 5000000;
	if (db_one(&ctx, &stmt, NULL, count_of, &seen) != ERR_OK)
		return UNPREPARED;
	return seen > 0 ? 0 : ANSWERED_NO;
}

#define DENIED(name_, function_)                                                      \
	{                                                                             \
		.name = (name_), .roles = IN_DATABASE, .refused = {STATEMENT_DENIED}, \
		.run = (function_)                                                    \
	}
/* What web alone reads. */
#define WITHHELD(name_, roles_, function_)                                         \
	{                                                                          \
		.name = (name_), .roles = (roles_), .refused = {STATEMENT_DENIED}, \
		.run = (function_)                                                 \
	}
#define NOTHING(name_, function_)                                                \
	{                                                                        \
		.name = (name_), .roles = IN_DATABASE, .refused = {ANSWERED_NO}, \
		.run = (function_)                                               \
	}

const struct attempt database_attempts[] = {
	NOTHING("database_is_reached", harmless),
	DENIED("read_wrapped_keys", wrapped_keys),
	DENIED("read_the_vaults_state", vault_keys),
	DENIED("read_settings", settings),
	DENIED("read_password_hashes", password_hashes),
	DENIED("read_second_factors", totp_seeds),
	DENIED("read_recovery_hashes", recovery_hashes),
	DENIED("read_cookie_hashes", cookie_hashes),
	DENIED("read_token_hashes", token_hashes),
	WITHHELD("read_people", IN_WORKER | IN_FORWARD | IN_MAIL, people),
	WITHHELD("read_rights", IN_WORKER | IN_FORWARD | IN_MAIL, rights),
	WITHHELD("read_targets", IN_WORKER | IN_FORWARD | IN_MAIL, devices),
	WITHHELD("read_requests", IN_WORKER | IN_FORWARD | IN_MAIL, requests),
	WITHHELD("read_sessions", IN_FORWARD | IN_MAIL, sessions),
	DENIED("change_an_event", change_event),
	DENIED("delete_an_event", delete_event),
	DENIED("replace_an_event", replace_event),
	DENIED("forge_an_event", add_event),
	DENIED("renumber_events", renumber),
	DENIED("forget_an_events_number", forget_number),
	DENIED("change_a_hash", change_hash),
	DENIED("change_a_checkpoint", change_checkpoint),
	DENIED("prolong_sign_ins", forge_session),
	DENIED("forge_an_approval", forge_approval),
	DENIED("prolong_loans", forge_lease),
	DENIED("forge_a_right", forge_right),
	DENIED("change_a_recordings_record", forge_recording),
	DENIED("forget_host_keys", forge_host_key),
	DENIED("drop_a_table", drop_table),
	DENIED("empty_a_table", empty_table),
	DENIED("alter_a_table", alter_table),
	DENIED("make_a_table", make_table),
	DENIED("drop_history", drop_history),
	DENIED("lock_tables", lock_tables),
	DENIED("write_a_file_by_sql", write_file),
	NOTHING("read_a_file_by_sql", read_file),
	DENIED("read_accounts", accounts),
	DENIED("make_an_account", make_account),
	DENIED("give_oneself_rights", give_rights),
	DENIED("change_anothers_password", other_password),
	DENIED("change_a_global_setting", global_setting),
	DENIED("load_a_function", run_function),
	NOTHING("kill_others_connections", kill_connections),
	DENIED("stop_the_database", stop_database),
	NOTHING("see_others_statements", others_statements),
	{0},
};
