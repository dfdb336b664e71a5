/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUDIT_READ_SQL_H
#define AUDIT_READ_SQL_H

#include "rbac/page.h"
#include "sql/db.h"

/* Reading the log: web's statements. */

/* NULL and -1: not filtered. */
struct audit_filter {
	const char *q, *event, *outcome, *actor;
	int is_auth;
	const struct uuid *object;
	int64_t from, to; /* [from, to); 0: open */
};

struct audit_row {
	struct uuid id, actor_id, object_id;
	int64_t n; /* -1: no number yet */
	int64_t time;
	const char *event, *outcome, *actor_login, *object_type, *object_name, *peer, *trace;
	const char *leaf; /* JSON text, arena */
};
/* Newest first, page->fetch rows. */
enum err read_sql_list(struct ctx *ctx, const struct audit_filter *filter, const struct page *page,
		       struct db_rows **out) ERR_CHECKED;
void read_sql_row(struct ctx *ctx, struct db_rows *rows, struct audit_row *out);

/* Number and leaf hash of an event: ERR_NOT_FOUND when there is no such event; n -1 when it has no
 * number yet. */
struct audit_place {
	int64_t n;
	uint8_t leaf_hash[32];
};
enum err read_sql_place(struct ctx *ctx, const struct uuid *id,
			struct audit_place *out) ERR_CHECKED;

/* The dense range of numbers below size that covers all events of [from, to). *out_count 0: none.
 */
enum err read_sql_range(struct ctx *ctx, int64_t from, int64_t to, uint64_t size,
			uint64_t *out_first, uint64_t *out_count) ERR_CHECKED;
/* n, leaf of at most 500 events from n on, below end. */
enum err read_sql_leaves(struct ctx *ctx, uint64_t n, uint64_t end,
			 struct db_rows **out) ERR_CHECKED;

#endif
