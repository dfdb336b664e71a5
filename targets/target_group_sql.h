/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TARGETS_TARGET_GROUP_SQL_H
#define TARGETS_TARGET_GROUP_SQL_H

#include "rbac/page.h"
#include "sql/db.h"

struct target_group_row {
	struct uuid id;
	struct uuid parent_id; /* nil: top */
	const char *name;
	const char *description;
	bool archived;
	int64_t version;
	int64_t target_count; /* directly in it, not archived */
	int64_t created_at, updated_at;
};

const struct db_stmt_list *target_group_statements(void);

enum err target_group_sql_by_id(struct ctx *ctx, const struct uuid *id,
				struct target_group_row *out) ERR_CHECKED;
enum err target_group_sql_lock(struct ctx *ctx, const struct uuid *id,
			       struct target_group_row *out) ERR_CHECKED;
enum err target_group_sql_list(struct ctx *ctx, const char *q, bool archived,
			       const struct page *page, struct db_rows **out) ERR_CHECKED;
enum err target_group_sql_count(struct ctx *ctx, const char *q, bool archived,
				int64_t *out) ERR_CHECKED;
void target_group_sql_row(struct db_rows *rows, struct target_group_row *out);
/* tree_parent_fn with a row lock. */
enum err target_group_sql_parent(struct ctx *ctx, const struct uuid *id,
				 struct uuid *out_parent) ERR_CHECKED;
enum err target_group_sql_insert(struct ctx *ctx, const struct target_group_row *row,
				 const struct uuid *event_id, int64_t now) ERR_CHECKED;
enum err target_group_sql_update(struct ctx *ctx, const struct target_group_row *row,
				 const struct uuid *event_id, int64_t now) ERR_CHECKED;
/* "groups", "targets" or "rules" that still lean on it; NULL when nothing does. */
enum err target_group_sql_in_use(struct ctx *ctx, const struct uuid *id,
				 const char **out) ERR_CHECKED;

#endif
