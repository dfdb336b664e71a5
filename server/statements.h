/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_STATEMENTS_H
#define SERVER_STATEMENTS_H

#include "sql/db.h"

/* Every statement table of the system, and the database accounts whose processes execute it. A new
 * module is one line in statements.c; tests/unit/server/check_statements.py counts. */
enum statement_account {
	BY_WEB = 1,
	BY_AUTHORITY = 2,
	BY_WORKER = 4,
	BY_FORWARD = 8,
	BY_MAIL = 16
};

struct statement_use {
	const struct db_stmt_list *(*list)(void);
	unsigned accounts;
};
/* Ends with a NULL list. */
extern const struct statement_use statement_uses[];

/* Modules shared by web and authority hold the writers' statements too: web only reads, so it never
 * executes a change, a locking read, or what withheld_from_web() names. */
bool statement_runs_as(const struct statement_use *use, const struct db_stmt *stmt,
		       enum statement_account account);

#endif
