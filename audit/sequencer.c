/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/sequencer.h"

#include "audit/tree_sql.h"
#include "base/arena.h"

enum { ROUND_BYTES = 16 * 1024 * 1024, NODES_MAX = 2 * SEQUENCER_ROUND_MAX + MERKLE_LEVELS };

/* What one pass over the events gives. */
struct pass {
	struct merkle_frontier frontier;
	struct merkle_node *nodes;
	size_t node_count;
};

struct round {
	struct sequencer *sequencer;
	struct tree_event *events;
	size_t count;
	struct pass first, second;
};

void sequencer_init(struct sequencer *sequencer)
{
	memset(sequencer, 0, sizeof(*sequencer));
}

/* Arena-backed and bounded: what does not fit waits for the next round. */
static enum err read_pending(struct ctx *ctx, struct round *round)
{
	struct db_rows *rows = NULL;
	size_t bytes = 0;
	round->count = 0;
	enum err err = tree_sql_pending(ctx, &rows);
	if (err != ERR_OK)
		return err;
	while (bytes < ROUND_BYTES && round->count < SEQUENCER_ROUND_MAX && db_next(rows)) {
		struct tree_event *event = &round->events[round->count];
		event->id = db_uuid(rows, 0);
		event->leaf = db_bytes(rows, 1);
		bytes += event->leaf.len;
		round->count++;
	}
	return db_rows_close(rows);
}

static void hash_events(struct round *round, struct pass *pass, bool keep)
{
	memset(&pass->nodes[0], 0, NODES_MAX * sizeof(pass->nodes[0]));
	pass->node_count = 0;
	for (size_t i = 0; i < round->count; i++) {
		struct tree_event *event = &round->events[i];
		uint8_t hash[MERKLE_HASH];
		merkle_leaf_hash(event->leaf.data, event->leaf.len, hash);
		pass->node_count +=
			merkle_append(&pass->frontier, hash, pass->nodes + pass->node_count);
		if (keep)
			memcpy(event->hash, hash, MERKLE_HASH);
	}
}

/* What is wrong once in memory is wrong forever in the log: everything is computed twice. */
static enum err compute(struct ctx *ctx, struct round *round, const struct merkle_frontier *start)
{
	uint8_t root[2][MERKLE_HASH];
	round->first.frontier = round->second.frontier = *start;
	hash_events(round, &round->first, true);
	hash_events(round, &round->second, false);
	merkle_root(&round->first.frontier, root[0]);
	merkle_root(&round->second.frontier, root[1]);
	if (round->first.node_count != round->second.node_count ||
	    memcmp(root[0], root[1], MERKLE_HASH) != 0 ||
	    memcmp(round->first.nodes, round->second.nodes,
		   round->first.node_count * sizeof(struct merkle_node)) != 0)
		return err_set(ctx, ERR_INTEGRITY, "a hash came out differently the second time");
	return ERR_OK;
}

static enum err write_round(struct ctx *ctx, const struct round *round, uint64_t size)
{
	enum err err = tree_sql_insert_sequence(ctx, size, round->events, round->count);

	if (err == ERR_OK)
		err = tree_sql_delete_pending(ctx, round->events, round->count);
	if (err == ERR_OK)
		err = tree_sql_insert_nodes(ctx, round->first.nodes, round->first.node_count);
	return err == ERR_OK ? tree_sql_set_size(ctx, size + round->count) : err;
}

static enum err start_of(struct ctx *ctx, const struct sequencer *sequencer, uint64_t size,
			 struct merkle_frontier *out)
{
	if (sequencer->known && sequencer->frontier.size == size) {
		*out = sequencer->frontier;
		return ERR_OK;
	}
	const struct merkle_source source = tree_sql_source(ctx);
	return merkle_load(&source, size, out);
}

static enum err run_locked(struct ctx *ctx, void *arg)
{
	struct round *round = arg;
	struct merkle_frontier start;
	uint64_t size = 0;
	enum err err = tree_sql_lock(ctx, &size);
	if (err == ERR_OK)
		err = read_pending(ctx, round);
	if (err != ERR_OK || round->count == 0)
		return err;
	err = start_of(ctx, round->sequencer, size, &start);
	if (err == ERR_OK)
		err = compute(ctx, round, &start);
	if (err == ERR_OK)
		err = write_round(ctx, round, size);
	return err;
}

enum err sequencer_run(struct ctx *ctx, struct sequencer *sequencer, size_t *out_count)
{
	struct round round = {.sequencer = sequencer};
	uint64_t any = 0;
	enum err err = tree_sql_any_pending(ctx, &any);

	*out_count = 0;
	if (err != ERR_OK || any == 0)
		return err;
	round.events = arena_array(ctx->arena, struct tree_event, SEQUENCER_ROUND_MAX);
	round.first.nodes = arena_array(ctx->arena, struct merkle_node, NODES_MAX);
	round.second.nodes = arena_array(ctx->arena, struct merkle_node, NODES_MAX);
	if (!round.events || !round.first.nodes || !round.second.nodes)
		return err_set(ctx, ERR_MEMORY, "no memory for a round of the sequencer");
	err = db_transaction(ctx, run_locked, &round);
	if (err != ERR_OK) {
		sequencer->known = false;
		return err;
	}
	if (round.count > 0) {
		sequencer->frontier = round.first.frontier;
		sequencer->known = true;
	}
	*out_count = round.count;
	return ERR_OK;
}
