/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/tree_sql.h"

#include "base/arena.h"

static const struct db_stmt select_size = {"tree_size",
					   "SELECT size FROM audit_state WHERE one = 1", 0, 1};
static const struct db_stmt lock_size = {
	"tree_lock", "SELECT size FROM audit_state WHERE one = 1 FOR UPDATE", 0, 1};
static const struct db_stmt set_size = {"tree_set_size",
					"UPDATE audit_state SET size = ? WHERE one = 1", 1, 0};
static const struct db_stmt select_pending = {
	"tree_pending",
	"SELECT STRAIGHT_JOIN p.id, e.leaf FROM audit_pending p JOIN audit_event e ON e.id = p.id "
	"LIMIT 2000",
	0, 2};
static const struct db_stmt count_pending = {"tree_pending_count",
					     "SELECT COUNT(*) FROM audit_pending", 0, 1};
static const struct db_stmt any_pending = {
	"tree_any_pending", "SELECT COUNT(*) FROM (SELECT 1 FROM audit_pending LIMIT 1) AS one", 0,
	1};
/* By exact key: a list would scan, and wait for writers that have not committed. */
static const struct db_stmt delete_pending = {"tree_delete_pending",
					      "DELETE FROM audit_pending WHERE id = ?", 1, 0};
static const struct db_stmt insert_sequence = {
	"tree_insert_sequence", "INSERT INTO audit_sequence (n, id, leaf_hash) VALUES (?, ?, ?)", 3,
	0};
static const struct db_stmt insert_node = {
	"tree_insert_node", "INSERT INTO audit_node (level, n, hash) VALUES (?, ?, ?)", 3, 0};
static const struct db_stmt select_leaf_hash = {
	"tree_leaf_hash", "SELECT leaf_hash FROM audit_sequence WHERE n = ?", 1, 1};
static const struct db_stmt select_node = {
	"tree_node", "SELECT hash FROM audit_node WHERE level = ? AND n = ?", 2, 1};
static const struct db_stmt insert_checkpoint = {
	"tree_insert_checkpoint",
	"INSERT INTO audit_checkpoint (size, signed_at, root, note, vkey) VALUES (?, ?, ?, ?, ?)",
	5, 0};
static const struct db_stmt last_checkpoint = {
	"tree_last_checkpoint",
	"SELECT size, signed_at, root, note, vkey FROM audit_checkpoint "
	"ORDER BY size DESC, signed_at DESC LIMIT 1",
	0, 5};

static const struct db_stmt *const statements[] = {&select_size,     &lock_size,
						   &set_size,	     &select_pending,
						   &count_pending,   &any_pending,
						   &delete_pending,  &insert_sequence,
						   &insert_node,     &select_leaf_hash,
						   &select_node,     &insert_checkpoint,
						   &last_checkpoint, NULL};

const struct db_stmt_list *audit_tree_statements(void)
{
	static const struct db_stmt_list list = {"audit_tree", statements};
	return &list;
}

static void read_number(struct db_rows *rows, void *arg)
{
	*(uint64_t *)arg = (uint64_t)db_int(rows, 0);
}

enum err tree_sql_size(struct ctx *ctx, uint64_t *out_size)
{
	return db_one(ctx, &select_size, NULL, read_number, out_size);
}

enum err tree_sql_lock(struct ctx *ctx, uint64_t *out_size)
{
	return db_one(ctx, &lock_size, NULL, read_number, out_size);
}

enum err tree_sql_set_size(struct ctx *ctx, uint64_t size)
{
	const struct db_param params[] = {DB_P_INT((int64_t)size)};
	return db_exec(ctx, &set_size, params, NULL);
}

enum err tree_sql_pending(struct ctx *ctx, struct db_rows **out)
{
	return db_query(ctx, &select_pending, NULL, out);
}

enum err tree_sql_pending_count(struct ctx *ctx, uint64_t *out)
{
	return db_one(ctx, &count_pending, NULL, read_number, out);
}

enum err tree_sql_any_pending(struct ctx *ctx, uint64_t *out)
{
	return db_one(ctx, &any_pending, NULL, read_number, out);
}

enum err tree_sql_delete_pending(struct ctx *ctx, const struct tree_event *events, size_t count)
{
	struct db_param *params = arena_array(ctx->arena, struct db_param, count);
	uint64_t gone = 0;

	if (params == NULL)
		return err_set(ctx, ERR_MEMORY, "no memory for a round of the sequencer");
	for (size_t i = 0; i < count; i++)
		params[i] = DB_P_UUID(&events[i].id);
	enum err err = db_exec_many(ctx, &delete_pending, params, count, &gone);
	if (err == ERR_OK && gone != count)
		return err_set(ctx, ERR_BUG, "a pending event vanished under the lock");
	return err;
}

enum err tree_sql_insert_sequence(struct ctx *ctx, uint64_t first, const struct tree_event *events,
				  size_t count)
{
	struct db_param *params = arena_array(ctx->arena, struct db_param, 3 * count);

	if (params == NULL)
		return err_set(ctx, ERR_MEMORY, "no memory for a round of the sequencer");
	for (size_t i = 0; i < count; i++) {
		params[3 * i] = DB_P_INT((int64_t)(first + i));
		params[3 * i + 1] = DB_P_UUID(&events[i].id);
		params[3 * i + 2] = DB_P_BYTES(events[i].hash, MERKLE_HASH);
	}
	return db_exec_many(ctx, &insert_sequence, params, count, NULL);
}

enum err tree_sql_insert_nodes(struct ctx *ctx, const struct merkle_node *nodes, size_t count)
{
	struct db_param *params = arena_array(ctx->arena, struct db_param, 3 * count);

	if (params == NULL)
		return err_set(ctx, ERR_MEMORY, "no memory for a round of the sequencer");
	for (size_t i = 0; i < count; i++) {
		params[3 * i] = DB_P_INT(nodes[i].level);
		params[3 * i + 1] = DB_P_INT((int64_t)nodes[i].n);
		params[3 * i + 2] = DB_P_BYTES(nodes[i].hash, MERKLE_HASH);
	}
	return db_exec_many(ctx, &insert_node, params, count, NULL);
}

static void read_hash(struct db_rows *rows, void *arg)
{
	*(struct block *)arg = db_bytes(rows, 0);
}

static enum err get_node(void *arg, unsigned level, uint64_t n, uint8_t out[MERKLE_HASH])
{
	struct ctx *ctx = arg;
	struct block hash = {0};
	const struct db_param node[] = {DB_P_INT(level), DB_P_INT((int64_t)n)};
	enum err err = level == 0 ? db_one(ctx, &select_leaf_hash, &node[1], read_hash, &hash)
				  : db_one(ctx, &select_node, node, read_hash, &hash);
	if (err == ERR_NOT_FOUND || (err == ERR_OK && hash.len != MERKLE_HASH))
		return err_set(ctx, ERR_INTEGRITY, "the audit tree lacks node %u/%llu", level,
			       (unsigned long long)n);
	if (err == ERR_OK)
		memcpy(out, hash.data, MERKLE_HASH);
	return err;
}

struct merkle_source tree_sql_source(struct ctx *ctx)
{
	return (struct merkle_source){get_node, ctx};
}

enum err tree_sql_insert_checkpoint(struct ctx *ctx, const struct tree_checkpoint *checkpoint)
{
	const struct db_param params[] = {DB_P_INT((int64_t)checkpoint->size),
					  DB_P_TIME(checkpoint->signed_at),
					  DB_P_BYTES(checkpoint->root, 32),
					  DB_P_BYTES(checkpoint->note, strlen(checkpoint->note)),
					  DB_P_BYTES(checkpoint->vkey, strlen(checkpoint->vkey))};
	return db_exec(ctx, &insert_checkpoint, params, NULL);
}

struct checkpoint_reading {
	struct ctx *ctx;
	struct tree_checkpoint *out;
	bool malformed;
};

static const char *text_of(struct ctx *ctx, struct block block)
{
	return arena_strndup(ctx->arena, (const char *)block.data, block.len);
}

static void read_checkpoint(struct db_rows *rows, void *arg)
{
	struct checkpoint_reading *reading = arg;
	struct block root = db_bytes(rows, 2);
	reading->out->size = (uint64_t)db_int(rows, 0);
	reading->out->signed_at = db_time(rows, 1);
	reading->out->note = text_of(reading->ctx, db_bytes(rows, 3));
	reading->out->vkey = text_of(reading->ctx, db_bytes(rows, 4));
	reading->malformed =
		root.len != 32 || reading->out->note == NULL || reading->out->vkey == NULL;
	if (!reading->malformed)
		memcpy(reading->out->root, root.data, 32);
}

enum err tree_sql_last_checkpoint(struct ctx *ctx, struct tree_checkpoint *out)
{
	struct checkpoint_reading reading = {ctx, out, false};
	enum err err = db_one(ctx, &last_checkpoint, NULL, read_checkpoint, &reading);
	if (err == ERR_OK && reading.malformed)
		return err_set(ctx, ERR_INTEGRITY, "the stored checkpoint is malformed");
	return err;
}
