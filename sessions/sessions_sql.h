/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SESSIONS_SESSIONS_SQL_H
#define SESSIONS_SESSIONS_SQL_H

#include "access/lease.h"
#include "rbac/page.h"
#include "sql/db.h"

/* A privileged session as lists and details show it. */
struct session_row {
	struct uuid id, user_id, account_id, target_id, request_id;
	const char *login, *display_name, *account, *target, *kind, *number;
	const char *state, *stage, *end_hop, *end_reason, *end_text, *peer;
	int64_t created_at, connected_at, ended_at, bytes_in, bytes_out;
	const char *recording; /* its state; NULL: there is none (yet) */
	int64_t chunks, bytes, commands, duration_ms;
};

struct session_filter {
	const struct uuid *user_id; /* NULL: everybody's */
	const char *state, *q;	    /* NULL: all */
	int64_t from, to;	    /* 0: open */
};

const struct db_stmt_list *sessions_statements(void);

/* ERR_NOT_FOUND when there is none. */
enum err session_sql_by_id(struct ctx *ctx, const struct uuid *id,
			   struct session_row *out) ERR_CHECKED;
/* Newest first; read rows with session_sql_row. */
enum err session_sql_list(struct ctx *ctx, const struct session_filter *filter,
			  const struct page *page, struct db_rows **out) ERR_CHECKED;
enum err session_sql_count(struct ctx *ctx, const struct session_filter *filter,
			   int64_t *out) ERR_CHECKED;
void session_sql_row(struct db_rows *rows, struct session_row *out);
/* Sessions of a lease that are not over. */
enum err session_sql_open_count(struct ctx *ctx, const struct uuid *lease_id,
				int64_t *out) ERR_CHECKED;
enum err session_sql_insert(struct ctx *ctx, const struct uuid *id, const struct lease *lease,
			    const char *peer, int64_t now) ERR_CHECKED;
struct session_locked {
	struct uuid user_id, lease_id;
	const char *state;
	bool taken;	    /* a terminal was attached before */
	int64_t hold_until; /* its sign-in ended; 0: no */
};
/* Locks the row and tells whose it is and how it stands. */
enum err session_sql_lock(struct ctx *ctx, const struct uuid *id,
			  struct session_locked *out) ERR_CHECKED;
/* It goes on under this sign-in, held no more. */
enum err session_sql_go_on(struct ctx *ctx, const struct uuid *id,
			   const struct uuid *sign_in_id) ERR_CHECKED;

#endif
