/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_FORWARD_SQL_H
#define SERVER_FORWARD_SQL_H

#include "audit/syslog.h"
#include "sql/db.h"

const struct db_stmt_list *forward_statements(void);

/* Where the receiver stands; one that was never heard of begins at 0. */
enum err forward_sql_position(struct ctx *ctx, const char *receiver, uint64_t *out_n) ERR_CHECKED;
/* Everything below n was read by the receiver; clears the error. */
enum err forward_sql_confirm(struct ctx *ctx, const char *receiver, uint64_t n) ERR_CHECKED;
enum err forward_sql_error(struct ctx *ctx, const char *receiver, const char *text) ERR_CHECKED;

/* At most FORWARD_BATCH events from n on, in order; texts in the arena. ERR_INTEGRITY when one is
 * missing between others. */
enum { FORWARD_BATCH = 200 };
enum err forward_sql_events(struct ctx *ctx, uint64_t n, struct syslog_event out[FORWARD_BATCH],
			    size_t *out_count) ERR_CHECKED;

struct forward_checkpoint {
	uint64_t size;
	int64_t signed_at;
	const char *note; /* arena */
};
/* The newest; ERR_NOT_FOUND when there is none. */
enum err forward_sql_checkpoint(struct ctx *ctx, struct forward_checkpoint *out) ERR_CHECKED;

#endif
