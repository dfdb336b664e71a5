/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/sys.h"
#include "server/statements.h"
#include "sql/migrate.h"
#include "tests/support/test_db.h"

/* The real schema and the real grants: a statement that its process may not run, or that names a
 * column that is gone, fails here and not in front of a person. */

static const char account_lines[] = "web webpw\nauthority authoritypw\nworker workerpw\n"
				    "forward forwardpw\nmail mailpw\n";

static const struct {
	enum statement_account account;
	const char *user, *password;
} accounts[] = {
	{BY_WEB, "sekisho_web", "webpw"},
	{BY_AUTHORITY, "sekisho_authority", "authoritypw"},
	{BY_WORKER, "sekisho_worker", "workerpw"},
	{BY_FORWARD, "sekisho_forward", "forwardpw"},
	{BY_MAIL, "sekisho_mail", "mailpw"},
};
enum { ACCOUNTS = sizeof(accounts) / sizeof(accounts[0]) };

static int install(void **state)
{
	struct ctx ctx;
	unsigned applied;
	struct secret *lines = secret_from(account_lines, strlen(account_lines));

	(void)state;
	test_db_script("DROP DATABASE sekisho; CREATE DATABASE sekisho CHARACTER SET utf8mb4");
	test_db_ctx(&ctx);
	db_allow_scripts(ctx.db);
	assert_int_equal(migrate_create_database(&ctx, "sekisho"), ERR_OK);
	if (migrate_apply(&ctx, "sekisho", migrations, &applied) != ERR_OK ||
	    migrate_accounts(&ctx, "sekisho", false, lines) != ERR_OK)
		fail_msg("installation: %s %s", ctx.error.reason, ctx.error.text);
	secret_free(lines);
	test_db_ctx_end(&ctx);
	return 0;
}

static unsigned prepare_all(struct ctx *ctx, const struct statement_use *use,
			    enum statement_account account, const char *user, unsigned *failures)
{
	unsigned count = 0;

	for (const struct db_stmt *const *at = use->list()->stmts; *at != NULL; at++) {
		if (!statement_runs_as(use, *at, account))
			continue;
		count++;
		if (db_prepare(ctx, *at) == ERR_OK)
			continue;
		(*failures)++;
		print_error("%s may not %s: %s %s\n", user, (*at)->name, ctx->error.reason,
			    ctx->error.text);
	}
	return count;
}

static void each_process_may_run_its_statements(void **state)
{
	unsigned failures = 0;

	(void)state;
	for (size_t i = 0; i < ACCOUNTS; i++) {
		struct ctx ctx;
		unsigned count = 0;
		test_db_ctx(&ctx);
		db_free(ctx.db);
		ctx.db = test_db_open_as(accounts[i].user, accounts[i].password);
		for (const struct statement_use *use = statement_uses; use->list != NULL; use++)
			count += prepare_all(&ctx, use, accounts[i].account, accounts[i].user,
					     &failures);
		print_message("%s: %u statements\n", accounts[i].user, count);
		assert_true(count > 0);
		test_db_ctx_end(&ctx);
	}
	assert_int_equal(failures, 0);
}

static void every_statement_runs_as_somebody(void **state)
{
	(void)state;
	for (const struct statement_use *use = statement_uses; use->list != NULL; use++)
		for (const struct db_stmt *const *at = use->list()->stmts; *at != NULL; at++) {
			bool used = false;
			for (size_t i = 0; i < ACCOUNTS; i++)
				used |= statement_runs_as(use, *at, accounts[i].account);
			if (!used)
				fail_msg("nobody runs %s", (*at)->name);
		}
}

static void no_two_statements_share_a_name(void **state)
{
	(void)state;
	for (const struct statement_use *a = statement_uses; a->list != NULL; a++)
		for (const struct statement_use *b = a + 1; b->list != NULL; b++)
			for (const struct db_stmt *const *x = a->list()->stmts; *x; x++)
				for (const struct db_stmt *const *y = b->list()->stmts; *y; y++)
					assert_string_not_equal((*x)->name, (*y)->name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_process_may_run_its_statements),
		cmocka_unit_test(every_statement_runs_as_somebody),
		cmocka_unit_test(no_two_statements_share_a_name),
	};

	return cmocka_run_group_tests(tests, install, NULL);
}
