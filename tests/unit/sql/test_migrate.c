/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sql/migrate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/sys.h"
#include "sql/db.h"
#include "sql/grants.h"
#include "tests/support/test_db.h"

static const char account_lines[] = "web webpw\nauthority authoritypw\nworker workerpw\n";

static const struct migration small_list[] = {
	{1, "0001_a.sql", "CREATE TABLE a (id INT PRIMARY KEY) WITH SYSTEM VERSIONING",
	 "1111111111111111111111111111111111111111111111111111111111111111"},
	{2, "0002_b.sql",
	 "ALTER TABLE a ADD COLUMN n INT NOT NULL DEFAULT 0; INSERT INTO a VALUES (1, 2)",
	 "2222222222222222222222222222222222222222222222222222222222222222"},
	{0, NULL, NULL, NULL},
};

static void start(struct ctx *ctx)
{
	test_db_script("DROP DATABASE sekisho; CREATE DATABASE sekisho CHARACTER SET utf8mb4");
	test_db_ctx(ctx);
	db_allow_scripts(ctx->db);
}

static enum err apply(struct ctx *ctx, const struct migration *list, unsigned *out_applied)
{
	/* A new connection each time: the lock ends with the old one. */
	db_free(ctx->db);
	ctx->db = test_db_open();
	db_allow_scripts(ctx->db);
	return migrate_apply(ctx, "sekisho", list, out_applied);
}

static void only_missing_migrations_are_applied(void **state)
{
	struct ctx ctx;
	unsigned applied;
	struct migration first[] = {small_list[0], {0, NULL, NULL, NULL}};

	(void)state;
	start(&ctx);
	assert_int_equal(apply(&ctx, first, &applied), ERR_OK);
	assert_int_equal(applied, 1);
	assert_int_equal(apply(&ctx, small_list, &applied), ERR_OK);
	assert_int_equal(applied, 1);
	assert_int_equal(apply(&ctx, small_list, &applied), ERR_OK);
	assert_int_equal(applied, 0);
	test_db_ctx_end(&ctx);
}

static void newer_schema_and_changed_file_are_refused(void **state)
{
	struct ctx ctx;
	unsigned applied;
	struct migration shorter[] = {small_list[0], {0, NULL, NULL, NULL}};
	struct migration changed[] = {small_list[0], small_list[1], {0, NULL, NULL, NULL}};

	(void)state;
	start(&ctx);
	assert_int_equal(apply(&ctx, small_list, &applied), ERR_OK);
	assert_int_equal(apply(&ctx, shorter, &applied), ERR_CONFLICT);
	assert_string_equal(ctx.error.reason, "schema.newer");
	changed[0].sha256 = small_list[1].sha256;
	assert_int_equal(apply(&ctx, changed, &applied), ERR_CONFLICT);
	assert_string_equal(ctx.error.reason, "schema.changed");
	test_db_ctx_end(&ctx);
}

static void cut_short_installation_starts_over_but_an_upgrade_does_not(void **state)
{
	struct ctx ctx;
	unsigned applied;
	struct migration broken[] = {small_list[0], small_list[1], {0, NULL, NULL, NULL}};

	(void)state;
	start(&ctx);
	broken[1].text = "CREATE TABLE half (id INT); SELECT nonsense FROM nowhere";
	assert_int_equal(apply(&ctx, broken, &applied), ERR_BUG);
	assert_int_equal(apply(&ctx, small_list, &applied), ERR_OK);
	assert_int_equal(applied, 2);

	struct migration third[] = {
		small_list[0],
		small_list[1],
		{3, "0003_c.sql", "SELECT nonsense FROM nowhere", small_list[0].sha256},
		{0, NULL, NULL, NULL}};
	assert_int_equal(apply(&ctx, third, &applied), ERR_BUG);
	assert_int_equal(apply(&ctx, third, &applied), ERR_CONFLICT);
	assert_string_equal(ctx.error.reason, "schema.unfinished");
	test_db_ctx_end(&ctx);
}

static void safe_server_is_accepted(void **state)
{
	struct ctx ctx;

	(void)state;
	start(&ctx);
	assert_int_equal(migrate_check_server(&ctx), ERR_OK);
	test_db_ctx_end(&ctx);
}

/* ------------------------------------------------------------------ grants */

static void install(struct ctx *ctx)
{
	unsigned applied;
	struct secret *lines = secret_from(account_lines, strlen(account_lines));

	start(ctx);
	assert_int_equal(migrate_create_database(ctx, "sekisho"), ERR_OK);
	assert_int_equal(apply(ctx, migrations, &applied), ERR_OK);
	assert_in_range(applied, 4, 1000);
	if (migrate_accounts(ctx, "sekisho", false, lines) != ERR_OK)
		fail_msg("accounts: %s", ctx->error.text);
	secret_free(lines);
}

struct attempt {
	const char *account, *password;
	struct db_stmt stmt;
	enum err expected;
};

static void attempt(struct ctx *ctx, const struct attempt *attempt)
{
	struct db *root = ctx->db;

	ctx->db = test_db_open_as(attempt->account, attempt->password);
	enum err code = db_prepare(ctx, &attempt->stmt);
	if (code == ERR_OK && attempt->stmt.ncols == 0)
		code = db_exec(ctx, &attempt->stmt, NULL, NULL);
	if (code != attempt->expected)
		fail_msg("%s: %s: got %d (%s)", attempt->account, attempt->stmt.text, code,
			 ctx->error.text);
	if (code != ERR_OK)
		assert_string_equal(ctx->error.reason, "database.refused");
	db_free(ctx->db);
	ctx->db = root;
}

#define WEB	  "sekisho_web", "webpw"
#define AUTHORITY "sekisho_authority", "authoritypw"
#define WORKER	  "sekisho_worker", "workerpw"
#define NO	  ERR_UNAVAILABLE

static const struct attempt attempts[] = {
	{WEB, {"1", "SELECT blob_ FROM secret_version", 0, 1}, NO},
	{WEB, {"2", "SELECT blob_ FROM vault_state", 0, 1}, NO},
	{WEB, {"3", "SELECT hash FROM auth_password", 0, 1}, NO},
	{WEB, {"4", "SELECT secret_id FROM auth_totp", 0, 1}, NO},
	{WEB, {"5", "SELECT token_hash FROM auth_enrolment", 0, 1}, NO},
	{WEB, {"6", "SELECT token_hash FROM auth_device", 0, 1}, NO},
	{WEB, {"7", "SELECT token_hash FROM gateway_token", 0, 1}, NO},
	{WEB, {"8", "SELECT cookie_hash FROM auth_session", 0, 1}, NO},
	{WEB, {"9", "SELECT fails FROM auth_lane", 0, 1}, NO},
	{WEB, {"10", "SELECT value FROM setting", 0, 1}, NO},
	{WEB, {"11", "INSERT INTO request_counter VALUES (2026, 1)", 0, 0}, NO},
	{WEB, {"12", "UPDATE lease SET state = 'active'", 0, 0}, NO},
	{WEB, {"13", "DELETE FROM audit_event", 0, 0}, NO},
	{WEB, {"14", "INSERT INTO audit_pending VALUES (RANDOM_BYTES(16))", 0, 0}, NO},
	{WEB, {"15", "SELECT id, expires_at FROM auth_enrolment", 0, 2}, ERR_OK},
	{WEB, {"16", "SELECT id, leaf FROM audit_event", 0, 2}, ERR_OK},
	{WEB, {"17", "SELECT login FROM user FOR SYSTEM_TIME ALL", 0, 1}, ERR_OK},
	{AUTHORITY, {"18", "UPDATE audit_event SET event = 'x'", 0, 0}, NO},
	{AUTHORITY, {"19", "DELETE FROM audit_event", 0, 0}, NO},
	{AUTHORITY, {"20", "TRUNCATE TABLE audit_event", 0, 0}, NO},
	{AUTHORITY, {"21", "DELETE FROM audit_pending", 0, 0}, NO},
	{AUTHORITY, {"22", "SELECT leaf FROM audit_event", 0, 1}, NO},
	{AUTHORITY, {"23", "INSERT INTO audit_pending VALUES (RANDOM_BYTES(16))", 0, 0}, ERR_OK},
	{AUTHORITY, {"24", "DELETE FROM user", 0, 0}, NO},
	{AUTHORITY, {"25", "DELETE HISTORY FROM user", 0, 0}, NO},
	{AUTHORITY, {"26", "ALTER TABLE user DROP SYSTEM VERSIONING", 0, 0}, NO},
	{AUTHORITY, {"27", "CREATE TABLE mine (id INT)", 0, 0}, NO},
	{AUTHORITY, {"28", "INSERT INTO request_counter VALUES (2026, 1)", 0, 0}, ERR_OK},
	{WORKER, {"29", "UPDATE audit_event SET event = 'x'", 0, 0}, NO},
	{WORKER, {"30", "DELETE FROM audit_event", 0, 0}, NO},
	{WORKER, {"31", "UPDATE audit_sequence SET n = 1", 0, 0}, NO},
	{WORKER, {"32", "DELETE FROM audit_checkpoint", 0, 0}, NO},
	{WORKER, {"33", "SELECT size FROM audit_state FOR UPDATE", 0, 1}, ERR_OK},
	{WORKER, {"34", "DELETE FROM audit_pending", 0, 0}, ERR_OK},
	{WORKER, {"35", "SELECT blob_ FROM secret_version", 0, 1}, NO},
	{WORKER, {"36", "UPDATE lease SET state = 'active'", 0, 0}, NO},
};

static void each_account_can_do_its_work_and_no_more(void **state)
{
	struct ctx ctx;

	(void)state;
	install(&ctx);
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
		attempt(&ctx, &attempts[i]);
	test_db_ctx_end(&ctx);
}

static void what_the_table_no_longer_lists_is_taken_away(void **state)
{
	struct ctx ctx;
	static const struct attempt gone = {
		WEB, {"gone", "SELECT blob_ FROM secret_version", 0, 1}, NO};
	struct secret *lines = secret_from(account_lines, strlen(account_lines));

	(void)state;
	install(&ctx);
	test_db_script("GRANT ALL ON sekisho.* TO sekisho_web@localhost;"
		       "GRANT SELECT ON sekisho.secret_version TO sekisho_web@localhost");
	assert_int_equal(migrate_accounts(&ctx, "sekisho", false, lines), ERR_OK);
	secret_free(lines);
	attempt(&ctx, &gone);
	test_db_ctx_end(&ctx);
}

static bool listed(const char *columns, const char *column)
{
	size_t len = strlen(column);

	for (const char *at = columns; (at = strstr(at, column)) != NULL; at += len)
		if ((at == columns || at[-1] == ' ') && (at[len] == 0 || at[len] == ','))
			return true;
	return false;
}

static bool decided(const char *account, const char *table, const char *column)
{
	for (const struct grant *g = grants; g->table != NULL; g++)
		if (strcmp(g->account, account) == 0 && strcmp(g->table, table) == 0 &&
		    strstr(g->privileges, "SELECT") != NULL &&
		    (g->columns == NULL || listed(g->columns, column)))
			return true;
	for (const struct grant_secret *s = grant_secrets; s->table != NULL; s++)
		if (strcmp(s->account, account) == 0 && strcmp(s->table, table) == 0 &&
		    (s->column == NULL || strcmp(s->column, column) == 0))
			return true;
	return false;
}

static void every_column_is_granted_or_withheld_on_purpose(void **state)
{
	static const struct db_stmt columns = {
		"columns",
		"SELECT table_name, column_name FROM information_schema.columns"
		" WHERE table_schema = 'sekisho'",
		0, 2};
	static const char *const accounts[] = {"web", "worker", "authority"};
	struct ctx ctx;
	struct db_rows *rows;

	(void)state;
	install(&ctx);
	assert_int_equal(db_query(&ctx, &columns, NULL, &rows), ERR_OK);
	while (db_next(rows))
		for (size_t i = 0; i < 3; i++)
			if (!decided(accounts[i], db_text(rows, 0), db_text(rows, 1)))
				fail_msg("sql/grants.c says nothing about %s reading %s.%s",
					 accounts[i], db_text(rows, 0), db_text(rows, 1));
	assert_int_equal(db_rows_close(rows), ERR_OK);
	test_db_ctx_end(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_missing_migrations_are_applied),
		cmocka_unit_test(newer_schema_and_changed_file_are_refused),
		cmocka_unit_test(cut_short_installation_starts_over_but_an_upgrade_does_not),
		cmocka_unit_test(safe_server_is_accepted),
		cmocka_unit_test(each_account_can_do_its_work_and_no_more),
		cmocka_unit_test(what_the_table_no_longer_lists_is_taken_away),
		cmocka_unit_test(every_column_is_granted_or_withheld_on_purpose),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
