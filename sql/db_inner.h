/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SQL_DB_INNER_H
#define SQL_DB_INNER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ctx.h"

/* Shared by the files of sql/ only: nothing here needs mysql.h. */

/* What a server or client error number means for the connection and the transaction. */
struct db_fault {
	enum err code;
	bool lost;   /* the connection is of no more use */
	bool doomed; /* the open transaction can only be rolled back */
};

/* Sets ctx->error (reason "database.<what>"; no values from the statement) and says what follows.
 * detail: server text, used only for numbers whose text cannot hold a value; may be NULL. */
struct db_fault db_fault_of(struct ctx *ctx, unsigned number, const char *what, const char *detail);

/* Civil date and time (UTC) from microseconds since 1970 and back. */
struct db_civil {
	unsigned year, month, day, hour, minute, second, micro;
};
struct db_civil db_civil_of(int64_t real_us);
int64_t db_civil_us(const struct db_civil *civil);

#endif
