/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef RBAC_GRANT_SQL_H
#define RBAC_GRANT_SQL_H

#include "base/uuid.h"
#include "sql/db.h"

const struct db_stmt_list *grant_statements(void);

enum err grant_sql_of_user(struct ctx *ctx, const struct uuid *user_id,
			   struct db_rows **out) ERR_CHECKED; /* role, group id, group name */
enum err grant_sql_of_user_at(struct ctx *ctx, const struct uuid *user_id, int64_t at,
			      struct db_rows **out) ERR_CHECKED; /* role */
enum err grant_sql_of_group(struct ctx *ctx, const struct uuid *group_id,
			    struct db_rows **out) ERR_CHECKED; /* role; with groups above */
/* Roles given to exactly this person or group, locked for change. */
enum err grant_sql_own(struct ctx *ctx, const struct uuid *user_id, const struct uuid *group_id,
		       struct db_rows **out) ERR_CHECKED; /* role */
enum err grant_sql_insert(struct ctx *ctx, const char *role, const struct uuid *user_id,
			  const struct uuid *group_id, const struct uuid *event_id) ERR_CHECKED;
enum err grant_sql_delete(struct ctx *ctx, const char *role, const struct uuid *user_id,
			  const struct uuid *group_id) ERR_CHECKED;
enum err grant_sql_lock_administrators(struct ctx *ctx) ERR_CHECKED;
enum err grant_sql_count_administrators(struct ctx *ctx, int64_t *out) ERR_CHECKED;

/* The person's name and version, locked; ERR_NOT_FOUND when archived. */
struct grant_user {
	const char *name;
	int64_t version;
};
enum err grant_sql_lock_user(struct ctx *ctx, const struct uuid *user_id,
			     struct grant_user *out) ERR_CHECKED;
/* Version + 1: the roles are part of what If-Match protects. */
enum err grant_sql_touch_user(struct ctx *ctx, const struct uuid *user_id,
			      const struct uuid *event_id, int64_t now) ERR_CHECKED;

#endif
