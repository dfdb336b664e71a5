/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ACCESS_LEASE_SQL_H
#define ACCESS_LEASE_SQL_H

#include "access/lease.h"
#include "rbac/page.h"
#include "sql/db.h"

const struct db_stmt_list *lease_statements(void);

enum err lease_sql_by_id(struct ctx *ctx, const struct uuid *id, struct lease *out) ERR_CHECKED;
enum err lease_sql_lock(struct ctx *ctx, const struct uuid *id, struct lease *out) ERR_CHECKED;
void lease_sql_row(struct db_rows *rows, struct lease *out);

/* What lease_check looks at, with the lease row in share mode. */
struct lease_facts {
	struct lease_grant grant;
	bool user_active, archived; /* archived: account or target */
	enum request_state request_state;
};
enum err lease_sql_facts(struct ctx *ctx, const struct uuid *id,
			 struct lease_facts *out) ERR_CHECKED;

/* The account, locked: what a new lease depends on. */
struct lease_account {
	struct uuid id;
	const char *name, *target_name;
	bool lendable, concurrent, archived, has_secret;
};
enum err lease_sql_lock_account(struct ctx *ctx, const struct uuid *account_id,
				struct lease_account *out) ERR_CHECKED;
enum err lease_sql_account(struct ctx *ctx, const struct uuid *account_id,
			   struct lease_account *out) ERR_CHECKED;
/* Open leases of the account that overlap the window and of which one side is exclusive. */
enum err lease_sql_conflicts(struct ctx *ctx, const struct lease *lease, int64_t *out) ERR_CHECKED;
enum err lease_sql_insert(struct ctx *ctx, const struct lease *lease) ERR_CHECKED;
enum err lease_sql_update(struct ctx *ctx, const struct lease *lease, int64_t ended_at,
			  const char *reason) ERR_CHECKED;
enum err lease_sql_open_of_request(struct ctx *ctx, const struct uuid *request_id,
				   int64_t *out) ERR_CHECKED;
/* Due ones, locked, others' skipped: id. */
enum err lease_sql_to_end(struct ctx *ctx, int64_t now, int64_t limit,
			  struct db_rows **out) ERR_CHECKED;
enum err lease_sql_to_start(struct ctx *ctx, int64_t now, int64_t limit,
			    struct db_rows **out) ERR_CHECKED;

#endif
