/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/export.h"

#include "audit/export_format.h"
#include "audit/read_sql.h"
#include "audit/tree_sql.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "vault/checkpoint_text.h"

enum { BATCH_ARENA = 160 * 1024 * 1024, SLOTS = 8 };

/* Neighbouring events share nearly all nodes of their proofs: a few per level are kept. */
struct node_cache {
	struct merkle_source below;
	struct {
		bool used;
		uint64_t n;
		uint8_t hash[MERKLE_HASH];
	} slot[MERKLE_LEVELS][SLOTS];
	uint8_t next[MERKLE_LEVELS];
};

static enum err cached_get(void *arg, unsigned level, uint64_t n, uint8_t out[MERKLE_HASH])
{
	struct node_cache *cache = arg;
	for (int i = 0; i < SLOTS; i++)
		if (cache->slot[level][i].used && cache->slot[level][i].n == n) {
			memcpy(out, cache->slot[level][i].hash, MERKLE_HASH);
			return ERR_OK;
		}
	enum err err = cache->below.get(cache->below.arg, level, n, out);
	if (err != ERR_OK)
		return err;
	int place = cache->next[level]++ % SLOTS;
	cache->slot[level][place].used = true;
	cache->slot[level][place].n = n;
	memcpy(cache->slot[level][place].hash, out, MERKLE_HASH);
	return ERR_OK;
}

struct export
{
	struct ctx *ctx; /* with a batch arena of its own */
	struct merkle_source source;
	struct tree_checkpoint checkpoint;
	uint64_t first, count;
	struct buf *out;
	size_t start; /* of the export in out */
};

static enum err too_large(struct ctx *ctx)
{
	return err_reason(ctx, ERR_TOO_LARGE, "audit.export_too_large",
			  "The export is too large: narrow the time range.");
}

static enum err put_event(struct export *export, uint64_t n, struct block leaf)
{
	struct merkle_proof proof;
	enum err err = merkle_inclusion(&export->source, n, export->checkpoint.size, &proof);
	if (err != ERR_OK)
		return err;
	export_put_event(export->out, n, (const char *)leaf.data, leaf.len, &proof);
	if (buf_failed(export->out) || export->out->len - export->start > EXPORT_BYTES_MAX)
		return too_large(export->ctx);
	return ERR_OK;
}

struct leaf_list {
	size_t count;
	struct block leaf[500];
};

/* All of a batch is read before proofs are made: one result set at a time per connection. */
static enum err read_batch(struct export *export, uint64_t n, struct leaf_list *out)
{
	struct db_rows *rows = NULL;
	out->count = 0;
	enum err err = read_sql_leaves(export->ctx, n, export->first + export->count, &rows);
	if (err != ERR_OK)
		return err;
	while (db_next(rows)) {
		if ((uint64_t)db_int(rows, 0) != n + out->count)
			break;
		out->leaf[out->count++] = db_bytes(rows, 1);
	}
	err = db_rows_close(rows);
	if (err == ERR_OK && out->count == 0)
		return err_set(export->ctx, ERR_INTEGRITY, "event %llu of the log is missing",
			       (unsigned long long)n);
	return err;
}

static enum err put_events(struct export *export)
{
	struct leaf_list *batch = malloc(sizeof(*batch));
	if (batch == NULL)
		return err_set(export->ctx, ERR_MEMORY, "out of memory");
	enum err err = ERR_OK;
	for (uint64_t done = 0; err == ERR_OK && done < export->count;) {
		arena_reset(export->ctx->arena);
		err = read_batch(export, export->first + done, batch);
		for (size_t i = 0; err == ERR_OK && i < batch->count; i++)
			err = put_event(export, export->first + done++, batch->leaf[i]);
	}
	free(batch);
	return err;
}

/* Header texts come from the outer arena: the batch arena is emptied all the time. */
static enum err put_header(struct ctx *ctx, struct export *export, int64_t from, int64_t to)
{
	uint8_t public_key[32];
	char origin[CHECKPOINT_ORIGIN_SIZE];
	enum err err = tree_sql_last_checkpoint(ctx, &export->checkpoint);
	if (err == ERR_NOT_FOUND)
		return err_reason(ctx, ERR_CONFLICT, "audit.no_checkpoint",
				  "There is no signed checkpoint yet.");
	if (err != ERR_OK)
		return err;
	if (!checkpoint_vkey_parse(export->checkpoint.vkey, public_key))
		return err_set(ctx, ERR_INTEGRITY, "the stored verifier key is malformed");
	checkpoint_origin(public_key, origin);
	err = read_sql_range(ctx, from, to, export->checkpoint.size, &export->first,
			     &export->count);
	if (err != ERR_OK)
		return err;
	const struct export_header header = {origin, export->checkpoint.vkey,
					     export->checkpoint.note, export->first, export->count};
	export_put_header(export->out, &header);
	return ERR_OK;
}

enum err export_write(struct ctx *ctx, int64_t from, int64_t to, struct buf *out)
{
	struct export export = {.out = out, .start = out->len};
	enum err err = put_header(ctx, &export, from, to);
	if (err != ERR_OK)
		return err;
	struct ctx batch = *ctx;
	struct node_cache *cache = calloc(1, sizeof(*cache));
	scoped(arena_free_p) struct arena *arena = arena_new(BATCH_ARENA);
	if (cache == NULL || arena == NULL) {
		free(cache);
		return err_set(ctx, ERR_MEMORY, "out of memory");
	}
	batch.arena = arena;
	cache->below = tree_sql_source(&batch);
	export.ctx = &batch;
	export.source = (struct merkle_source){cached_get, cache};
	err = put_events(&export);
	free(cache);
	ctx->error = batch.error;
	if (err != ERR_OK)
		return err;
	export_put_trailer(out, export.count);
	return buf_failed(out) ? too_large(ctx) : ERR_OK;
}
