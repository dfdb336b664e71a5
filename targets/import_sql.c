/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "targets/import_sql.h"

static const struct db_stmt target = {"import.target", "SELECT id FROM target WHERE name = ?", 1,
				      1};
static const struct db_stmt group = {"import.group", "SELECT id FROM target_group WHERE name = ?",
				     1, 1};
static const struct db_stmt gateway_group = {"import.gateway_group",
					     "SELECT id FROM gateway_group WHERE name = ?", 1, 1};
static const struct db_stmt mark = {"import.mark", "SAVEPOINT import", 0, 0};
static const struct db_stmt back = {"import.back", "ROLLBACK TO SAVEPOINT import", 0, 0};

static const struct db_stmt *const stmts[] = {&target, &group, &gateway_group, &mark, &back, NULL};
static const struct db_stmt_list statements = {"import", stmts};

const struct db_stmt_list *import_statements(void)
{
	return &statements;
}

static void read_id(struct db_rows *rows, void *arg)
{
	*(struct uuid *)arg = db_uuid(rows, 0);
}

static enum err by_name(struct ctx *ctx, const struct db_stmt *stmt, const char *name,
			struct uuid *out)
{
	return db_one(ctx, stmt, (struct db_param[]){DB_P_TEXT(name)}, read_id, out);
}

enum err import_sql_target(struct ctx *ctx, const char *name, struct uuid *out)
{
	return by_name(ctx, &target, name, out);
}

enum err import_sql_group(struct ctx *ctx, const char *name, struct uuid *out)
{
	return by_name(ctx, &group, name, out);
}

enum err import_sql_gateway_group(struct ctx *ctx, const char *name, struct uuid *out)
{
	return by_name(ctx, &gateway_group, name, out);
}

enum err import_sql_mark(struct ctx *ctx)
{
	return db_exec(ctx, &mark, NULL, NULL);
}

enum err import_sql_back(struct ctx *ctx)
{
	return db_exec(ctx, &back, NULL, NULL);
}
