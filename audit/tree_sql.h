/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUDIT_TREE_SQL_H
#define AUDIT_TREE_SQL_H

#include "audit/merkle.h"
#include "sql/db.h"

/* Statements of the ordered log: sequence, tree nodes, checkpoints. */

/* Number of events in order (committed, or locked until the transaction ends). */
enum err tree_sql_size(struct ctx *ctx, uint64_t *out_size) ERR_CHECKED;
enum err tree_sql_lock(struct ctx *ctx, uint64_t *out_size) ERR_CHECKED;
enum err tree_sql_set_size(struct ctx *ctx, uint64_t size) ERR_CHECKED;

/* Events that have no number yet, at most 2000. */
struct db_rows;
enum err tree_sql_pending(struct ctx *ctx, struct db_rows **out) ERR_CHECKED; /* id, leaf */
enum err tree_sql_pending_count(struct ctx *ctx, uint64_t *out) ERR_CHECKED;
/* 1 when anything waits, otherwise 0: one short question where nothing happens. */
enum err tree_sql_any_pending(struct ctx *ctx, uint64_t *out) ERR_CHECKED;
/* An event on its way into the log. */
struct tree_event {
	struct uuid id;
	struct block leaf;
	uint8_t hash[MERKLE_HASH];
};
/* Each is one round trip, whatever the count. */
enum err tree_sql_delete_pending(struct ctx *ctx, const struct tree_event *events,
				 size_t count) ERR_CHECKED;
/* Numbers from first on. */
enum err tree_sql_insert_sequence(struct ctx *ctx, uint64_t first, const struct tree_event *events,
				  size_t count) ERR_CHECKED;
enum err tree_sql_insert_nodes(struct ctx *ctx, const struct merkle_node *nodes,
			       size_t count) ERR_CHECKED;

/* Nodes as the database holds them; arg is the ctx. */
struct merkle_source tree_sql_source(struct ctx *ctx);

struct tree_checkpoint {
	uint64_t size;
	int64_t signed_at;
	uint8_t root[32];
	const char *note; /* arena */
	const char *vkey; /* arena */
};
enum err tree_sql_insert_checkpoint(struct ctx *ctx,
				    const struct tree_checkpoint *checkpoint) ERR_CHECKED;
/* The newest; ERR_NOT_FOUND when there is none. */
enum err tree_sql_last_checkpoint(struct ctx *ctx, struct tree_checkpoint *out) ERR_CHECKED;

const struct db_stmt_list *audit_tree_statements(void);

#endif
