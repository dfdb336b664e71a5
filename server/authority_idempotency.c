/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/authority_idempotency.h"

#include <sodium.h>
#include <string.h>

#include "base/sys.h"

static const int64_t kept_for_us = (int64_t)24 * 3600 * 1000000;

static const struct db_stmt find = {
	"idempotency.find",
	"SELECT operation = ? AND input_hash = ?, result_id, result_version FROM idempotency "
	"WHERE user_id = ? AND key_hash = ?",
	4, 3};
static const struct db_stmt insert = {
	"idempotency.insert",
	"INSERT INTO idempotency (user_id, key_hash, operation, input_hash, result_id, "
	"result_version, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
	7, 0};
static const struct db_stmt forget = {
	"idempotency.forget", "DELETE FROM idempotency WHERE created_at < ? LIMIT 1000", 1, 0};

static const struct db_stmt *const stmts[] = {&find, &insert, &forget, NULL};
static const struct db_stmt_list list = {"idempotency", stmts};

const struct db_stmt_list *idempotency_statements(void)
{
	return &list;
}

void idempotency_init(struct idempotency *once, const struct op *op, const struct principal *who,
		      const char *key, struct block input)
{
	memset(once, 0, sizeof(*once));
	if (!(op->flags & OP_FLAG_IDEMPOTENT) || !who || key[0] == 0)
		return;
	once->active = true;
	once->operation = op->id;
	once->user_id = who->user_id;
	crypto_hash_sha256(once->key_hash, (const uint8_t *)key, strlen(key));
	crypto_hash_sha256(once->input_hash, input.data, input.len);
}

struct found {
	bool same;
	struct uuid id;
	int64_t version;
};

static void read_found(struct db_rows *rows, void *arg)
{
	struct found *found = arg;

	found->same = db_int(rows, 0) != 0;
	found->id = db_uuid(rows, 1);
	found->version = db_int(rows, 2);
}

enum err idempotency_look(struct ctx *ctx, struct idempotency *once, struct out *out)
{
	struct found found = {0};

	if (!once->active)
		return ERR_OK;
	const struct db_param params[] = {
		DB_P_TEXT(once->operation), DB_P_BYTES(once->input_hash, 32),
		DB_P_UUID(&once->user_id), DB_P_BYTES(once->key_hash, 32)};
	enum err err = db_one(ctx, &find, params, read_found, &found);
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err != ERR_OK)
		return err;
	if (!found.same)
		return err_reason(ctx, ERR_CONFLICT, "idempotency.mismatch",
				  "This Idempotency-Key was used for something else.");
	once->repeated = true;
	out_id(out, &found.id, found.version);
	return ERR_OK;
}

enum err idempotency_keep(struct ctx *ctx, const struct idempotency *once, const struct out *out)
{
	if (!once->active || !out->has_id)
		return ERR_OK;
	const struct db_param params[] = {
		DB_P_UUID(&once->user_id),  DB_P_BYTES(once->key_hash, 32),
		DB_P_TEXT(once->operation), DB_P_BYTES(once->input_hash, 32),
		DB_P_UUID(&out->id),	    DB_P_INT(out->version),
		DB_P_TIME(sys_real_us())};
	enum err err = db_exec(ctx, &insert, params, NULL);
	return err == ERR_CONFLICT ? ERR_RETRY : err;
}

enum err idempotency_forget(struct ctx *ctx)
{
	const struct db_param params[] = {DB_P_TIME(sys_real_us() - kept_for_us)};

	return db_exec(ctx, &forget, params, NULL);
}
