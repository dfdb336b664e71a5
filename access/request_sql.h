/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ACCESS_REQUEST_SQL_H
#define ACCESS_REQUEST_SQL_H

#include "access/request.h"
#include "rbac/page.h"
#include "sql/db.h"

const struct db_stmt_list *request_statements(void);

enum err request_sql_by_id(struct ctx *ctx, const struct uuid *id, struct request *out) ERR_CHECKED;
/* The same with the row locked: every transition starts here, so races have one winner. */
enum err request_sql_lock(struct ctx *ctx, const struct uuid *id, struct request *out) ERR_CHECKED;
void request_sql_row(struct db_rows *rows, struct request *out);
enum err request_sql_standing(struct ctx *ctx, const struct uuid *id, const struct uuid *user_id,
			      struct request_standing *out) ERR_CHECKED;

/* Next number of the year, taken under the counter's row lock: gap-free. */
enum err request_sql_number(struct ctx *ctx, int64_t year, int64_t *out) ERR_CHECKED;
enum err request_sql_insert(struct ctx *ctx, const struct request *request) ERR_CHECKED;
enum err request_sql_copy_stages(struct ctx *ctx, const struct uuid *id,
				 const struct uuid *workflow_id) ERR_CHECKED;
enum err request_sql_add_account(struct ctx *ctx, const struct uuid *id,
				 const struct uuid *account_id) ERR_CHECKED;
/* Writes state, stage, decided_at, version + 1. */
enum err request_sql_update(struct ctx *ctx, const struct request *request,
			    int64_t now) ERR_CHECKED;
enum err request_sql_decide(struct ctx *ctx, const struct request *request,
			    const struct uuid *user_id, bool approve, const char *text,
			    int64_t now) ERR_CHECKED;
/* Approvals of the present stage: how many there are and how many it takes. */
struct request_tally {
	int64_t approvals, needed, members; /* members: active, without the asker */
};
enum err request_sql_tally(struct ctx *ctx, const struct request *request,
			   struct request_tally *out) ERR_CHECKED;
enum err request_sql_comment(struct ctx *ctx, const struct uuid *id, const struct uuid *user_id,
			     const char *text, int64_t now) ERR_CHECKED;
/* Pending ones whose window is over, locked, others' skipped. */
enum err request_sql_overdue(struct ctx *ctx, int64_t now, int64_t limit,
			     struct db_rows **out) ERR_CHECKED; /* id */
/* ids of the accounts, ordered */
enum err request_sql_account_ids(struct ctx *ctx, const struct uuid *id,
				 struct db_rows **out) ERR_CHECKED;

#endif
