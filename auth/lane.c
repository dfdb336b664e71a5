/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/lane.h"

#include <sodium.h>
#include <string.h>

#include "auth/lane_sql.h"
#include "base/sys.h"

enum { FREE_FAILURES = 3, DELAY_MAX = 3600, FORGET_SECONDS = 24 * 3600 };
static const int64_t second_us = 1000000;

int64_t lane_delay_seconds(uint32_t fails)
{
	if (fails <= FREE_FAILURES)
		return 0;
	uint32_t shift = fails - FREE_FAILURES - 1;
	return shift >= 12 ? DELAY_MAX : (int64_t)1 << shift;
}

void lane_subject(const uint8_t key[32], const char *login, uint8_t out[32])
{
	crypto_auth_hmacsha256(out, (const uint8_t *)login, strlen(login), key);
}

static void hash_id(struct lane *lane, const char *label, const void *data, size_t len)
{
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, (const uint8_t *)label, strlen(label) + 1);
	if (len > 0)
		crypto_hash_sha256_update(&state, data, len);
	crypto_hash_sha256_final(&state, lane->id);
}

void lane_choose(struct lane *lane, const struct uuid *device, struct block network)
{
	lane->strain = 0;
	if (device) {
		lane->kind = LANE_DEVICE;
		hash_id(lane, "device", device->b, sizeof(device->b));
	} else if (network.len > 0) {
		lane->kind = LANE_NETWORK;
		hash_id(lane, "network", network.data, network.len);
	} else {
		lane->kind = LANE_UNKNOWN;
		hash_id(lane, "unknown", NULL, 0);
	}
}

static int64_t seconds_left(const struct lane_row *row, int64_t now)
{
	return row->next_at > now ? (row->next_at - now + second_us - 1) / second_us : 0;
}

enum err lane_wait(struct ctx *ctx, const struct lane *lane, enum lane_authenticator what,
		   int64_t *out_wait)
{
	struct lane_row row = {0};
	enum err err = lane_sql_get(ctx, lane, what, &row);

	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	*out_wait = err == ERR_OK ? seconds_left(&row, sys_real_us()) : 0;
	return ERR_OK;
}

enum err lane_reserve(struct ctx *ctx, const struct lane *lane, enum lane_authenticator what,
		      int64_t *out_wait)
{
	struct lane_row row = {0};
	int64_t now = sys_real_us();
	enum err err = lane_sql_get(ctx, lane, what, &row);

	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	if (err == ERR_OK && row.next_at > now) {
		*out_wait = seconds_left(&row, now);
		return ERR_OK;
	}
	if (now - row.last_fail_at > FORGET_SECONDS * second_us)
		row.fails = 0;
	*out_wait = 0;
	row.fails++;
	row.last_fail_at = now;
	row.next_at = now + lane_delay_seconds(row.fails + lane->strain) * second_us;
	return lane_sql_put(ctx, lane, what, &row);
}

enum err lane_clear(struct ctx *ctx, const struct lane *lane, enum lane_authenticator what)
{
	return lane_sql_delete(ctx, lane, what);
}

/* One row beside the lanes, which no attempt can choose. */
static struct lane cap_of(const uint8_t subject[32])
{
	struct lane lane = {.kind = LANE_UNKNOWN};

	memcpy(lane.subject, subject, sizeof(lane.subject));
	hash_id(&lane, "cap", NULL, 0);
	return lane;
}

enum err lane_cap_reserve(struct ctx *ctx, const uint8_t subject[32], enum lane_authenticator what,
			  uint32_t *out_fails)
{
	struct lane cap = cap_of(subject);
	struct lane_row row = {0};
	enum err err = lane_sql_get(ctx, &cap, what, &row);

	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	*out_fails = row.fails + 1;
	/* Written though it stays as it is: a disabled one must not answer sooner. */
	if (row.fails < LANE_CAP) {
		row.fails++;
		row.last_fail_at = row.next_at = sys_real_us();
	}
	return lane_sql_put(ctx, &cap, what, &row);
}

enum err lane_cap_clear(struct ctx *ctx, const uint8_t subject[32], enum lane_authenticator what)
{
	const struct lane cap = cap_of(subject);

	return lane_sql_delete(ctx, &cap, what);
}

enum err lane_clear_all(struct ctx *ctx, const uint8_t *subject, uint64_t *out_count)
{
	return lane_sql_delete_all(ctx, subject, out_count);
}
