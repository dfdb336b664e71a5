/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/authority_rotate.h"

#include <sodium.h>
#include <string.h>

#include "audit/audit.h"
#include "base/arena.h"
#include "base/sys.h"
#include "rbac/write.h"
#include "vault/keeper.h"

enum { BATCH = 16, PIECE_US = 300000, STATE_HASH = 32 };

static const struct db_stmt lock_state = {
	"rotate.lock_state", "SELECT blob_ FROM vault_state WHERE one = 1 FOR UPDATE", 0, 1};
static const struct db_stmt read_state = {"rotate.state",
					  "SELECT blob_ FROM vault_state WHERE one = 1", 0, 1};
static const struct db_stmt store_state = {
	"rotate.store_state",
	"UPDATE vault_state SET blob_ = ?, oldest_kek = ?, updated_at = ? WHERE one = 1", 3, 0};
static const struct db_stmt count_old = {"rotate.left",
					 "SELECT COUNT(*) FROM secret_version WHERE kek < ?", 1, 1};
static const struct db_stmt select_old = {
	"rotate.next",
	"SELECT v.secret_id, v.version, s.kind, v.blob_ FROM secret_version v"
	" JOIN secret s ON s.id = v.secret_id WHERE v.kek < ? ORDER BY v.kek LIMIT ? FOR UPDATE",
	2, 4};
static const struct db_stmt update_old = {
	"rotate.rewrapped",
	"UPDATE secret_version SET blob_ = ?, kek = ? WHERE secret_id = ? AND version = ?", 4, 0};
static const struct db_stmt *const stmts[] = {&lock_state, &read_state, &store_state, &count_old,
					      &select_old, &update_old, NULL};
static const struct db_stmt_list list = {"rotate", stmts};

const struct db_stmt_list *rotate_statements(void)
{
	return &list;
}

static void take_bytes(struct db_rows *rows, void *arg)
{
	*(struct block *)arg = db_bytes(rows, 0);
}

static void take_number(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

static enum err left_below(struct ctx *ctx, uint32_t kek, int64_t *out)
{
	return db_one(ctx, &count_old, (struct db_param[]){DB_P_INT(kek)}, take_number, out);
}

/* ------------------------------------------------------------------ one change of the state */

struct change {
	enum keeper_change change;
	enum event_id event;
	const char *phase;
	int passphrase_fd;
	struct block state;
	bool skipped;
};

/* Under the lock of the state's row nobody stores a secret (auth/secret_store.c), so what is
 * counted here is all there is. */
static enum err check_drop(struct ctx *ctx, struct change *change, int64_t *out_oldest)
{
	struct keeper_status status;
	int64_t left = 0;
	enum err err = keeper_status(ctx, &status);

	*out_oldest = 0;
	if (err == ERR_OK && change->change == KEEPER_DROP_OLD_KEKS) {
		err = left_below(ctx, status.kek_version, &left);
		*out_oldest = status.kek_version;
		change->skipped = left > 0;
	}
	return err;
}

static enum err record(struct ctx *ctx, const struct change *change)
{
	struct keeper_status status;
	struct audit audit;
	enum err err = keeper_status(ctx, &status);

	if (err != ERR_OK)
		return err;
	audit_init(&audit, change->event);
	if (ctx->principal != NULL)
		audit.peer = "console";
	audit_data(&audit, "phase", change->phase);
	audit_data(
		&audit, "kek",
		write_int(ctx, (int64_t)status.kek_version + (change->change == KEEPER_ADD_KEK)));
	return audit_append(ctx, &audit);
}

static enum err change_state(struct ctx *ctx, void *arg)
{
	struct change *change = arg;
	struct block before;
	int64_t oldest = 0;
	enum err err = db_one(ctx, &lock_state, NULL, take_bytes, &before);

	if (err == ERR_OK)
		err = check_drop(ctx, change, &oldest);
	if (err != ERR_OK || change->skipped)
		return err;
	err = keeper_change(ctx, change->change, change->passphrase_fd, &change->state);
	if (err != ERR_OK)
		return err;
	const struct db_param params[] = {DB_P_BYTES(change->state.data, change->state.len),
					  DB_P_INT(oldest), DB_P_TIME(sys_real_us())};
	err = db_exec(ctx, &store_state, params, NULL);
	return err == ERR_OK ? record(ctx, change) : err;
}

static enum err apply(struct ctx *ctx, struct change *change)
{
	uint8_t hash[STATE_HASH];
	enum err err = db_transaction(ctx, change_state, change);

	if (err != ERR_OK || change->skipped)
		return err;
	crypto_hash_sha256(hash, change->state.data, change->state.len);
	return keeper_adopt(ctx, hash);
}

enum err rotate_begin(struct ctx *ctx, const char *what, int passphrase_fd)
{
	struct keeper_status status;
	struct change kek = {KEEPER_ADD_KEK, EVENT_KEK_ROTATED, "begun", -1, {0}, false};
	struct change root = {
		KEEPER_NEW_ROOT, EVENT_ROOT_ROTATED, "done", passphrase_fd, {0}, false};
	bool is_root = strcmp(what, "root") == 0;
	enum err err = keeper_status(ctx, &status);

	if (err != ERR_OK)
		return err;
	if (!is_root && strcmp(what, "kek") != 0)
		return err_set(ctx, ERR_INPUT, "rotate kek, or rotate root");
	if (status.sealed)
		return err_set(ctx, ERR_SEALED, "The vault is sealed.");
	if (!is_root && status.keks > 1)
		return err_set(ctx, ERR_CONFLICT,
			       "The last rotation is not finished; see sekishoctl status.");
	return apply(ctx, is_root ? &root : &kek);
}

/* ------------------------------------------------------------------ the work */

struct old {
	struct secret_ref ref;
	struct block blob;
};

struct batch {
	uint32_t newest;
	size_t count;
};

static enum err read_old(struct ctx *ctx, uint32_t newest, struct old old[BATCH], size_t *out_count)
{
	struct db_rows *rows;
	enum err err = db_query(ctx, &select_old,
				(struct db_param[]){DB_P_INT(newest), DB_P_INT(BATCH)}, &rows);

	*out_count = 0;
	if (err != ERR_OK)
		return err;
	while (*out_count < BATCH && db_next(rows)) {
		old[(*out_count)++] = (struct old){.ref = {.id = db_uuid(rows, 0),
							   .version = (uint32_t)db_int(rows, 1),
							   .kind = (uint32_t)db_int(rows, 2)},
						   .blob = db_bytes(rows, 3)};
	}
	return db_rows_close(rows);
}

static enum err rewrap_some(struct ctx *ctx, void *arg)
{
	struct batch *batch = arg;
	struct old old[BATCH];
	enum err err = read_old(ctx, batch->newest, old, &batch->count);

	for (size_t i = 0; err == ERR_OK && i < batch->count; i++) {
		struct block blob;
		err = keeper_rewrap(ctx, &old[i].ref, old[i].blob, &blob);
		if (err != ERR_OK)
			return err;
		const struct db_param params[] = {
			DB_P_BYTES(blob.data, blob.len), DB_P_INT(keeper_blob_kek(blob)),
			DB_P_UUID(&old[i].ref.id), DB_P_INT(old[i].ref.version)};
		err = db_exec(ctx, &update_old, params, NULL);
	}
	return err;
}

static enum err read_stored(struct ctx *ctx, void *arg)
{
	return db_one(ctx, &read_state, NULL, take_bytes, arg);
}

/* A commit whose answer was lost: the keeper learns now what is stored. */
static enum err agree(struct ctx *ctx, const struct keeper_status *status)
{
	struct block stored = {0};
	uint8_t hash[STATE_HASH];
	enum err err = db_transaction(ctx, read_stored, &stored);

	if (err != ERR_OK)
		return err;
	crypto_hash_sha256(hash, stored.data, stored.len);
	return memcmp(hash, status->state, sizeof(hash)) == 0 ? ERR_OK : keeper_adopt(ctx, hash);
}

enum err rotate_step(struct ctx *ctx)
{
	struct change drop = {KEEPER_DROP_OLD_KEKS, EVENT_KEK_ROTATED, "done", -1, {0}, false};
	struct keeper_status status;
	int64_t until = sys_mono_us() + PIECE_US;
	enum err err = keeper_status(ctx, &status);

	if (err != ERR_OK || status.sealed)
		return err;
	err = agree(ctx, &status);
	if (err != ERR_OK || status.keks < 2)
		return err;
	struct batch batch = {.newest = status.kek_version, .count = BATCH};
	while (err == ERR_OK && batch.count == BATCH && sys_mono_us() < until)
		err = db_transaction(ctx, rewrap_some, &batch);
	return err == ERR_OK && batch.count < BATCH ? apply(ctx, &drop) : err;
}

struct left {
	uint32_t newest;
	int64_t count;
};

static enum err count_left(struct ctx *ctx, void *arg)
{
	struct left *left = arg;

	return left_below(ctx, left->newest, &left->count);
}

enum err rotate_left(struct ctx *ctx, int64_t *out)
{
	struct keeper_status status;
	enum err err = keeper_status(ctx, &status);
	struct left left = {.newest = status.kek_version};

	if (err == ERR_OK && !status.sealed)
		err = db_transaction(ctx, count_left, &left);
	if (err == ERR_OK)
		*out = left.count;
	return err;
}
