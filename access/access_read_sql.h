/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ACCESS_ACCESS_READ_SQL_H
#define ACCESS_ACCESS_READ_SQL_H

#include "rbac/page.h"
#include "sql/db.h"

/* What only pages need: lists and details. */
const struct db_stmt_list *access_read_statements(void);

struct request_filter {
	int64_t scope;	     /* SCOPE_MINE, … of access_api.h */
	const char *state;   /* NULL: any */
	const char *q;	     /* number, purpose, ticket, asker; NULL: any */
	struct uuid user_id; /* who looks */
};
/* Newest first: columns of struct request. */
enum err request_read_list(struct ctx *ctx, const struct request_filter *filter,
			   const struct page *page, struct db_rows **out) ERR_CHECKED;
enum err request_read_count(struct ctx *ctx, const struct request_filter *filter,
			    int64_t *out) ERR_CHECKED;
/* Of several requests: request id, account id, name, target id, name, kind */
enum err request_read_accounts(struct ctx *ctx, const struct db_param ids[DB_IDS_MAX],
			       struct db_rows **out) ERR_CHECKED;
/* How the person stands to several requests: request id, columns of struct request_standing */
enum err request_read_standings(struct ctx *ctx, const struct uuid *user_id,
				const struct db_param ids[DB_IDS_MAX],
				struct db_rows **out) ERR_CHECKED;
/* position, group id, name, needed, [user id, login, display name, decision, comment, decided_at]
 */
enum err request_read_stages(struct ctx *ctx, const struct uuid *id,
			     struct db_rows **out) ERR_CHECKED;
/* id, user id, login, display name, text, created_at */
enum err request_read_comments(struct ctx *ctx, const struct uuid *id,
			       struct db_rows **out) ERR_CHECKED;
/* id, account id, account name, state, starts_at, ends_at, ended_at, end_reason */
enum err request_read_leases(struct ctx *ctx, const struct uuid *id,
			     struct db_rows **out) ERR_CHECKED;

/* Columns of struct lease: the person's open leases, soonest end first. */
enum err lease_read_mine(struct ctx *ctx, const struct uuid *user_id, const struct page *page,
			 struct db_rows **out) ERR_CHECKED;
/* Open leases on several targets: account id, lease id, user id, state, starts_at, ends_at,
 * exclusive */
enum err lease_read_of_targets(struct ctx *ctx, const struct db_param ids[DB_IDS_MAX],
			       struct db_rows **out) ERR_CHECKED;

/* Targets some allow rule of the person leads to. */
struct my_target_filter {
	const struct uuid *user_id;
	const struct uuid *group_id; /* with the groups below; NULL: any */
	const char *kind, *q;	     /* NULL: any */
};
struct my_target {
	struct uuid id, group_id;
	const char *name, *kind, *description, *group_name;
	const char *gateway_state;
	const char *state, *state_reason;
	int64_t state_checked_at;
};
enum err my_target_read_list(struct ctx *ctx, const struct my_target_filter *filter,
			     const struct page *page, struct db_rows **out) ERR_CHECKED;
void my_target_read_row(struct db_rows *rows, struct my_target *out);

#endif
