/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef RBAC_RULES_SQL_H
#define RBAC_RULES_SQL_H

#include "rbac/rules.h"
#include "sql/db.h"

const struct db_stmt_list *rules_statements(void);

enum err rules_sql_groups_of_user(struct ctx *ctx, const struct uuid *user_id,
				  struct db_rows **out) ERR_CHECKED; /* id, name, depth */
enum err rules_sql_groups_of_target(struct ctx *ctx, const struct uuid *target_id,
				    struct db_rows **out) ERR_CHECKED; /* id, name, depth */
/* Columns of struct rule, see rules_sql_row. */
enum err rules_sql_of_user(struct ctx *ctx, const struct uuid *user_id,
			   struct db_rows **out) ERR_CHECKED;
enum err rules_sql_around(struct ctx *ctx, const struct uuid *user_id, const struct uuid *target_id,
			  struct db_rows **out) ERR_CHECKED;
void rules_sql_row(struct db_rows *rows, struct rule *out);

struct rules_account {
	struct uuid target_id;
	const char *name;
};
enum err rules_sql_account(struct ctx *ctx, const struct uuid *account_id,
			   struct rules_account *out) ERR_CHECKED;

#endif
