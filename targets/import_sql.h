/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TARGETS_IMPORT_SQL_H
#define TARGETS_IMPORT_SQL_H

#include "sql/db.h"

const struct db_stmt_list *import_statements(void);

/* Ids by the names a spreadsheet uses; ERR_NOT_FOUND. Archived ones count, so that whoever uses
 * the id says why it does not do. */
enum err import_sql_target(struct ctx *ctx, const char *name, struct uuid *out) ERR_CHECKED;
enum err import_sql_group(struct ctx *ctx, const char *name, struct uuid *out) ERR_CHECKED;
enum err import_sql_gateway_group(struct ctx *ctx, const char *name, struct uuid *out) ERR_CHECKED;

/* A place in the open transaction, and back to it. */
enum err import_sql_mark(struct ctx *ctx) ERR_CHECKED;
enum err import_sql_back(struct ctx *ctx) ERR_CHECKED;

#endif
