/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef RBAC_RULE_SQL_H
#define RBAC_RULE_SQL_H

#include "base/uuid.h"
#include "rbac/page.h"
#include "sql/db.h"

/* Access rules as they are edited (rules.h has them as they are evaluated). */
struct rule_party_row {
	struct uuid id; /* nil: not named */
	const char *name;
};
struct rule_row {
	struct uuid id;
	const char *name;
	bool deny;
	struct rule_party_row user, user_group, target, target_group, workflow;
	const char *account_pattern;
	bool archived;
	int64_t version;
	const char *user_login;
	int64_t created_at, updated_at;
};

struct rule_filter {
	const char *q; /* NULL: all */
	int64_t deny;  /* -1: both effects */
	bool archived;
};

const struct db_stmt_list *rule_statements(void);

enum err rule_sql_by_id(struct ctx *ctx, const struct uuid *id, struct rule_row *out) ERR_CHECKED;
enum err rule_sql_lock(struct ctx *ctx, const struct uuid *id, struct rule_row *out) ERR_CHECKED;
enum err rule_sql_list(struct ctx *ctx, const struct rule_filter *filter, const struct page *page,
		       struct db_rows **out) ERR_CHECKED;
enum err rule_sql_count(struct ctx *ctx, const struct rule_filter *filter,
			int64_t *out) ERR_CHECKED;
void rule_sql_row(struct db_rows *rows, struct rule_row *out);

enum err rule_sql_insert(struct ctx *ctx, const struct rule_row *row, const struct uuid *event_id,
			 int64_t now) ERR_CHECKED;
enum err rule_sql_update(struct ctx *ctx, const struct rule_row *row, const struct uuid *event_id,
			 int64_t now) ERR_CHECKED;

/* What a rule may name: exists and is not archived. The table is one of the fixed ones below. */
enum rule_reference { RULE_USER, RULE_USER_GROUP, RULE_TARGET, RULE_TARGET_GROUP, RULE_WORKFLOW };
/* ERR_NOT_FOUND, or its name. */
enum err rule_sql_name_of(struct ctx *ctx, enum rule_reference kind, const struct uuid *id,
			  const char **out_name) ERR_CHECKED;

#endif
