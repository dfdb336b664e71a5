/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TARGETS_TARGET_SQL_H
#define TARGETS_TARGET_SQL_H

#include "rbac/page.h"
#include "sql/db.h"

struct target_row {
	struct uuid id;
	const char *name, *kind, *description;
	struct uuid group_id, gateway_group_id;
	const char *group_name, *gateway_group_name;
	int64_t port;
	bool archived;
	int64_t version, created_at, updated_at;
	const char *state, *state_reason; /* NULL: never checked */
	int64_t state_checked_at;
	int64_t account_count;
};

struct target_filter {
	const char *q;		     /* name, description, address; NULL: all */
	const struct uuid *group_id; /* with the groups below; NULL: all */
	const char *kind;	     /* NULL: all */
	bool archived;
};

const struct db_stmt_list *target_statements(void);

enum err target_sql_by_id(struct ctx *ctx, const struct uuid *id,
			  struct target_row *out) ERR_CHECKED;
enum err target_sql_lock(struct ctx *ctx, const struct uuid *id,
			 struct target_row *out) ERR_CHECKED;
enum err target_sql_list(struct ctx *ctx, const struct target_filter *filter,
			 const struct page *page, struct db_rows **out) ERR_CHECKED;
enum err target_sql_count(struct ctx *ctx, const struct target_filter *filter,
			  int64_t *out) ERR_CHECKED;
void target_sql_row(struct db_rows *rows, struct target_row *out);
enum err target_sql_insert(struct ctx *ctx, const struct target_row *row,
			   const struct uuid *event_id, int64_t now) ERR_CHECKED;
enum err target_sql_update(struct ctx *ctx, const struct target_row *row,
			   const struct uuid *event_id, int64_t now) ERR_CHECKED;
/* ERR_NOT_FOUND unless it exists and is not archived. */
enum err target_sql_gateway_group(struct ctx *ctx, const struct uuid *id,
				  const char **out_name) ERR_CHECKED;

enum err target_sql_addresses(struct ctx *ctx, const struct uuid *id,
			      struct db_rows **out) ERR_CHECKED; /* address */
enum err target_sql_address_clear(struct ctx *ctx, const struct uuid *id) ERR_CHECKED;
enum err target_sql_address_add(struct ctx *ctx, const struct uuid *id, int64_t position,
				const char *address, const struct uuid *event_id) ERR_CHECKED;
/* type, sha256, pinned_at */
enum err target_sql_host_keys(struct ctx *ctx, const struct uuid *id,
			      struct db_rows **out) ERR_CHECKED;
enum err target_sql_host_key_clear(struct ctx *ctx, const struct uuid *id, const char *type,
				   uint64_t *out_count) ERR_CHECKED;
/* Locks the accounts of the target, then counts leases that are scheduled or active on them. */
enum err target_sql_open_leases(struct ctx *ctx, const struct uuid *id, int64_t *out) ERR_CHECKED;
/* target, port, address of a gateway group's living targets, in order */
enum err target_sql_bundle(struct ctx *ctx, const struct uuid *gateway_group_id,
			   struct db_rows **out) ERR_CHECKED;

#endif
