/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TARGETS_ACCOUNT_SQL_H
#define TARGETS_ACCOUNT_SQL_H

#include "sql/db.h"

struct account_row {
	struct uuid id;
	const char *name, *description;
	struct uuid target_id;
	const char *target_name, *target_kind;
	bool target_archived;
	struct uuid secret_id; /* nil: none stored yet */
	bool lendable, concurrent, archived;
	int64_t version, created_at, updated_at;
	const char *state, *state_reason; /* NULL: never checked */
	int64_t state_checked_at;
	int64_t secret_set_at; /* 0: none */
};

const struct db_stmt_list *account_statements(void);

enum err account_sql_by_id(struct ctx *ctx, const struct uuid *id,
			   struct account_row *out) ERR_CHECKED;
enum err account_sql_lock(struct ctx *ctx, const struct uuid *id,
			  struct account_row *out) ERR_CHECKED;
/* Living accounts of a target by name (archived ones too when it is archived itself). */
enum err account_sql_of_target(struct ctx *ctx, const struct uuid *target_id,
			       struct db_rows **out) ERR_CHECKED;
/* The same of several targets, one target's together. */
enum err account_sql_of_targets(struct ctx *ctx, const struct db_param ids[DB_IDS_MAX],
				struct db_rows **out) ERR_CHECKED;
void account_sql_row(struct db_rows *rows, struct account_row *out);
enum err account_sql_insert(struct ctx *ctx, const struct account_row *row,
			    const struct uuid *event_id, int64_t now) ERR_CHECKED;
enum err account_sql_update(struct ctx *ctx, const struct account_row *row,
			    const struct uuid *event_id, int64_t now) ERR_CHECKED;
enum err account_sql_open_leases(struct ctx *ctx, const struct uuid *id, int64_t *out) ERR_CHECKED;
/* A new secret has not been tried yet. */
enum err account_sql_unverified(struct ctx *ctx, const struct uuid *id, int64_t now) ERR_CHECKED;
/* Kind of a stored secret; ERR_NOT_FOUND. */
enum err account_sql_secret_kind(struct ctx *ctx, const struct uuid *secret_id,
				 int64_t *out) ERR_CHECKED;

#endif
