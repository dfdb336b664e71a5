/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/device_mark.h"

#include <sodium.h>
#include <stdatomic.h>
#include <string.h>

#include "base/sys.h"

enum { PERSON = 8, MARKED = 16, MARK = DEVICE_TOKEN - MARKED };

/* Written once, before ready is. */
static uint8_t mark_key[DEVICE_MARK_KEY];
static atomic_bool begun, ready;

void device_mark_start(const uint8_t key[DEVICE_MARK_KEY])
{
	if (atomic_exchange(&begun, true))
		return;
	memcpy(mark_key, key, sizeof(mark_key));
	atomic_store(&ready, true);
}

static void mark_of(const uint8_t *token, uint8_t out[crypto_auth_hmacsha256_BYTES])
{
	crypto_auth_hmacsha256(out, token, MARKED, mark_key);
}

void device_mark_make(const struct uuid *user_id, uint8_t out[DEVICE_TOKEN])
{
	uint8_t mark[crypto_auth_hmacsha256_BYTES];

	sys_random(out, DEVICE_TOKEN);
	if (!atomic_load(&ready))
		return;
	crypto_auth_hmacsha256(mark, user_id->b, sizeof(user_id->b), mark_key);
	memcpy(out, mark, PERSON);
	mark_of(out, mark);
	memcpy(out + MARKED, mark, MARK);
}

bool device_mark_holds(struct block token)
{
	uint8_t mark[crypto_auth_hmacsha256_BYTES];

	if (token.len != DEVICE_TOKEN || !atomic_load(&ready))
		return false;
	mark_of(token.data, mark);
	return sodium_memcmp(mark, token.data + MARKED, MARK) == 0;
}
