/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/device.h"

#include <sodium.h>
#include <string.h>

#include "auth/device_sql.h"
#include "auth/session.h"
#include "base/arena.h"
#include "base/sys.h"
#include "sql/db.h"

static const int64_t second_us = 1000000;

enum err device_ask(struct ctx *ctx, const struct uuid *session_id, uint8_t out[DEVICE_CHALLENGE])
{
	uint8_t hash[32];
	int64_t now = sys_real_us();

	sys_random(out, DEVICE_CHALLENGE);
	crypto_hash_sha256(hash, out, DEVICE_CHALLENGE);
	return device_sql_ask(ctx, hash, out, session_id, now,
			      now + DEVICE_CHALLENGE_SECONDS * second_us);
}

struct spending {
	uint8_t hash[32];
	const struct uuid *session_id;
	bool good;
};

static enum err spend(struct ctx *ctx, void *arg)
{
	struct spending *spending = arg;
	struct device_challenge challenge;
	int64_t now = sys_real_us();
	enum err err = device_sql_asked(ctx, spending->hash, &challenge);

	spending->good = false;
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err != ERR_OK || challenge.used_at != 0)
		return err;
	spending->good = challenge.expires_at > now &&
			 uuid_equal(&challenge.session_id, spending->session_id);
	return device_sql_answered(ctx, spending->hash, now);
}

enum err device_prove(struct ctx *ctx, struct block bytes, const struct uuid *session_id,
		      struct block *out)
{
	struct device_proof proof;
	struct spending spending = {.session_id = session_id};

	*out = (struct block){0};
	if (!device_proof_read(bytes, &proof))
		return ERR_OK;
	crypto_hash_sha256(spending.hash, proof.challenge, DEVICE_CHALLENGE);
	enum err err = db_transaction(ctx, spend, &spending);
	if (err != ERR_OK || !spending.good || !device_proof_holds(&proof))
		return err;
	uint8_t *point = arena_alloc(ctx->arena, DEVICE_POINT);
	if (!point)
		return err_set(ctx, ERR_MEMORY, "Request memory is used up.");
	memcpy(point, proof.point, DEVICE_POINT);
	*out = (struct block){point, DEVICE_POINT};
	return ERR_OK;
}

static bool same(struct block a, struct block b)
{
	return a.len == DEVICE_POINT && b.len == DEVICE_POINT &&
	       memcmp(a.data, b.data, DEVICE_POINT) == 0;
}

enum err device_find(struct ctx *ctx, const struct in *in, const struct uuid *user_id,
		     struct device_found *out)
{
	uint8_t hash[32];
	struct device_row row;

	memset(out, 0, sizeof(*out));
	if (in->device.len != SESSION_COOKIE)
		return ERR_OK;
	crypto_hash_sha256(hash, in->device.data, in->device.len);
	enum err err = device_sql_by_token(ctx, hash, user_id, &row);
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err == ERR_OK)
		*out = (struct device_found){row.id, row.key.len > 0,
					     same(row.key, in->device_key)};
	return err;
}

bool device_goes_on(const struct device_found *device)
{
	return !uuid_is_nil(&device->id) && (device->proven || !device->has_key);
}

enum err device_make(struct ctx *ctx, const struct in *in, const struct uuid *user_id,
		     const uint8_t token_hash[32], struct uuid *out_id)
{
	*out_id = uuid_v7();
	return device_sql_insert(ctx, out_id, user_id, token_hash, in);
}

enum err device_seen(struct ctx *ctx, const struct in *in, const struct uuid *id)
{
	return device_sql_seen(ctx, id, in->device_key);
}
