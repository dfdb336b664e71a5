/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/secret_store.h"

#include "auth/auth.h"
#include "base/sys.h"
#include "rbac/principal.h"
#include "sql/db.h"

static const struct db_stmt insert_secret = {
	"secret_store.insert",
	"INSERT INTO secret (id, kind, current_version, created_at) VALUES (?, ?, ?, ?) "
	"ON DUPLICATE KEY UPDATE current_version = VALUE(current_version)",
	4, 0};
static const struct db_stmt insert_version = {
	"secret_store.insert_version",
	"INSERT INTO secret_version (secret_id, version, blob_, kek, created_at, created_by) "
	"VALUES (?, ?, ?, ?, ?, ?)",
	6, 0};
static const struct db_stmt select_oldest = {
	"secret_store.oldest",
	"SELECT oldest_kek FROM vault_state WHERE one = 1 LOCK IN SHARE MODE", 0, 1};
static const struct db_stmt select_current = {
	"secret_store.current",
	"SELECT s.kind, s.current_version, v.blob_ FROM secret s JOIN secret_version v "
	"ON v.secret_id = s.id AND v.version = s.current_version WHERE s.id = ?",
	1, 3};
static const struct db_stmt select_version = {
	"secret_store.version", "SELECT current_version FROM secret WHERE id = ? FOR UPDATE", 1, 1};

static const struct db_stmt drop_versions = {
	"secret_store.drop_versions", "DELETE FROM secret_version WHERE secret_id = ?", 1, 0};
static const struct db_stmt drop = {"secret_store.drop", "DELETE FROM secret WHERE id = ?", 1, 0};

static const struct db_stmt *const stmts[] = {
	&insert_secret, &insert_version, &select_current, &select_version,
	&select_oldest, &drop_versions,	 &drop,		  NULL};
static const struct db_stmt_list list = {"secret_store", stmts};

const struct db_stmt_list *secret_store_statements(void)
{
	return &list;
}

static void read_oldest(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

/* Whoever drops an old KEK waits for us (the lock), or we see that it is gone: then the whole is
 * done again, and sealed under the newest. */
static enum err still_in_use(struct ctx *ctx, uint32_t kek)
{
	int64_t oldest = 0;
	enum err err = db_one(ctx, &select_oldest, NULL, read_oldest, &oldest);

	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	return kek < oldest ? err_set(ctx, ERR_RETRY, "The key was rotated meanwhile.") : ERR_OK;
}

enum err secret_store_put(struct ctx *ctx, const struct secret_ref *ref, struct block blob)
{
	int64_t now = sys_real_us();
	const struct db_param secret[] = {DB_P_UUID(&ref->id), DB_P_INT(ref->kind),
					  DB_P_INT(ref->version), DB_P_TIME(now)};
	uint32_t kek = keeper_blob_kek(blob);
	enum err err = still_in_use(ctx, kek);
	if (err == ERR_OK)
		err = db_exec(ctx, &insert_secret, secret, NULL);
	if (err != ERR_OK)
		return err;
	const struct db_param version[] = {
		DB_P_UUID(&ref->id),
		DB_P_INT(ref->version),
		DB_P_BYTES(blob.data, blob.len),
		DB_P_INT(kek),
		DB_P_TIME(now),
		DB_P_UUID(ctx->principal ? &ctx->principal->user_id : NULL)};
	return db_exec(ctx, &insert_version, version, NULL);
}

struct current {
	struct secret_ref *ref;
	struct block blob;
};

static void read_current(struct db_rows *rows, void *arg)
{
	struct current *current = arg;

	current->ref->kind = (uint32_t)db_int(rows, 0);
	current->ref->version = (uint32_t)db_int(rows, 1);
	current->blob = db_bytes(rows, 2);
}

enum err secret_store_get(struct ctx *ctx, const struct uuid *id, struct secret_ref *out_ref,
			  struct block *out_blob)
{
	struct secret_ref ref = {.id = *id};
	struct current current = {.ref = &ref};
	const struct db_param params[] = {DB_P_UUID(id)};
	enum err err = db_one(ctx, &select_current, params, read_current, &current);

	if (err != ERR_OK)
		return err;
	*out_ref = ref;
	*out_blob = current.blob;
	return ERR_OK;
}

enum err secret_store_drop(struct ctx *ctx, const struct uuid *id)
{
	const struct db_param params[] = {DB_P_UUID(id)};
	enum err err = db_exec(ctx, &drop_versions, params, NULL);

	return err == ERR_OK ? db_exec(ctx, &drop, params, NULL) : err;
}

static void read_version(struct db_rows *rows, void *arg)
{
	*(uint32_t *)arg = (uint32_t)db_int(rows, 0);
}

enum err secret_store_next_version(struct ctx *ctx, const struct uuid *id, uint32_t *out_version)
{
	uint32_t version = 0;
	const struct db_param params[] = {DB_P_UUID(id)};
	enum err err = db_one(ctx, &select_version, params, read_version, &version);

	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	*out_version = version + 1;
	return ERR_OK;
}
