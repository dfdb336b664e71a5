/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_SUPPORT_TEST_DB_H
#define TESTS_SUPPORT_TEST_DB_H

#include "base/ctx.h"
#include "sql/db.h"

/*
 * The private MariaDB of tests/support/mariadb.sh: programs registered with sekisho_db_test() find
 * it by environment. Everything asserts: a test without its database fails.
 */
/* As the database's root, in the test schema. Free with db_free. */
struct db *test_db_open(void);
/* As another account. */
struct db *test_db_open_as(const char *user, const char *password);
/* A ctx with an arena of 16 MiB, db and patience; end it with test_db_ctx_end (frees arena and db).
 */
void test_db_ctx(struct ctx *ctx);
/* Ten minutes from now: what is tested is not how fast the machine is. */
void test_db_patient(struct ctx *ctx);
void test_db_ctx_end(struct ctx *ctx);
/* Runs SQL text as it is (several statements allowed) over a connection of its own. */
void test_db_script(const char *text);
/* Stops the server's process and waits until each of its threads stands still; lets it go on. */
void test_db_freeze(void);
void test_db_thaw(void);

#endif
