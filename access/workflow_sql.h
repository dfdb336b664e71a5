/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ACCESS_WORKFLOW_SQL_H
#define ACCESS_WORKFLOW_SQL_H

#include "rbac/page.h"
#include "sql/db.h"

enum { STAGES_MAX = 8 };

struct workflow {
	struct uuid id;
	const char *name, *description;
	bool self_approval, ticket_required;
	int64_t max_minutes, max_ahead_days;
	bool archived;
	int64_t version, created_at, updated_at;
};
struct workflow_stage {
	struct uuid group_id;
	const char *group_name;
	int64_t needed; /* 0: every active member */
};
struct workflow_stages {
	struct workflow_stage stage[STAGES_MAX];
	size_t count;
};

const struct db_stmt_list *workflow_statements(void);

enum err workflow_sql_by_id(struct ctx *ctx, const struct uuid *id,
			    struct workflow *out) ERR_CHECKED;
enum err workflow_sql_lock(struct ctx *ctx, const struct uuid *id,
			   struct workflow *out) ERR_CHECKED;
enum err workflow_sql_list(struct ctx *ctx, const char *q, bool archived, const struct page *page,
			   struct db_rows **out) ERR_CHECKED;
enum err workflow_sql_count(struct ctx *ctx, const char *q, bool archived,
			    int64_t *out) ERR_CHECKED;
void workflow_sql_row(struct db_rows *rows, struct workflow *out);
enum err workflow_sql_insert(struct ctx *ctx, const struct workflow *row,
			     const struct uuid *event_id, int64_t now) ERR_CHECKED;
enum err workflow_sql_update(struct ctx *ctx, const struct workflow *row,
			     const struct uuid *event_id, int64_t now) ERR_CHECKED;
/* Living allow rules that lead to it. */
enum err workflow_sql_in_use(struct ctx *ctx, const struct uuid *id, int64_t *out) ERR_CHECKED;
enum err workflow_sql_stages(struct ctx *ctx, const struct uuid *id,
			     struct workflow_stages *out) ERR_CHECKED;
enum err workflow_sql_store_stages(struct ctx *ctx, const struct uuid *id,
				   const struct workflow_stages *list_of,
				   const struct uuid *event_id) ERR_CHECKED;

#endif
