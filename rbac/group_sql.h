/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef RBAC_GROUP_SQL_H
#define RBAC_GROUP_SQL_H

#include "base/uuid.h"
#include "rbac/page.h"
#include "sql/db.h"

/* Groups of people: user_group and user_group_member. */
struct group_row {
	struct uuid id;
	struct uuid parent_id; /* nil: top */
	const char *parent_name;
	const char *name;
	const char *description;
	bool archived;
	int64_t version;
	int64_t member_count; /* direct members */
	int64_t created_at, updated_at;
};

const struct db_stmt_list *group_statements(void);

enum err group_sql_by_id(struct ctx *ctx, const struct uuid *id, struct group_row *out) ERR_CHECKED;
enum err group_sql_lock(struct ctx *ctx, const struct uuid *id, struct group_row *out) ERR_CHECKED;
/* Rows of struct group_row in order of name, see group_sql_row. q NULL: all. */
enum err group_sql_list(struct ctx *ctx, const char *q, bool archived, const struct page *page,
			struct db_rows **out) ERR_CHECKED;
enum err group_sql_count(struct ctx *ctx, const char *q, bool archived, int64_t *out) ERR_CHECKED;
void group_sql_row(struct db_rows *rows, struct group_row *out);
/* tree_parent_fn with a row lock. */
enum err group_sql_parent(struct ctx *ctx, const struct uuid *id,
			  struct uuid *out_parent) ERR_CHECKED;

enum err group_sql_insert(struct ctx *ctx, const struct group_row *row, const struct uuid *event_id,
			  int64_t now) ERR_CHECKED;
/* Writes name, description, parent, archived and version + 1. */
enum err group_sql_update(struct ctx *ctx, const struct group_row *row, const struct uuid *event_id,
			  int64_t now) ERR_CHECKED;
/* What still leans on the group: groups below, rules, workflow stages; NULL when nothing does. */
enum err group_sql_in_use(struct ctx *ctx, const struct uuid *id, const char **out) ERR_CHECKED;

enum err group_sql_members(struct ctx *ctx, const struct uuid *id,
			   struct db_rows **out) ERR_CHECKED; /* id, login, display name, state */
enum err group_sql_roles(struct ctx *ctx, const struct uuid *id,
			 struct db_rows **out) ERR_CHECKED; /* role, group id, group name */
enum err group_sql_member_add(struct ctx *ctx, const struct uuid *id, const struct uuid *user_id,
			      const struct uuid *event_id) ERR_CHECKED;
enum err group_sql_member_remove(struct ctx *ctx, const struct uuid *id,
				 const struct uuid *user_id) ERR_CHECKED;

#endif
