/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SQL_GRANTS_H
#define SQL_GRANTS_H

/*
 * Which service account may do what with which table: the least each needs. What is not listed is
 * not granted. A new table gets its rows here; a test fails until somebody has decided.
 */
struct grant {
	const char *account;	/* without the prefix "sekisho_" */
	const char *table;	/* NULL ends the list */
	const char *privileges; /* "SELECT, INSERT" */
	const char *columns;	/* NULL: all; else the only columns privileges apply to */
};
extern const struct grant grants[];

/* A column (or a whole table, column NULL) that an account deliberately cannot read. */
struct grant_secret {
	const char *account;
	const char *table;
	const char *column;
};
extern const struct grant_secret grant_secrets[];

#endif
