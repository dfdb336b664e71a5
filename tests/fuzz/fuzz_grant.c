/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "gateways/proto/grant.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/signer.h"

/* A grant as it is, and the same bytes with a signature that holds: only the one encoding of a
 * grant is accepted. */
static void signed_one(const uint8_t *data, size_t size)
{
	const uint8_t *key = signer_key();
	struct buf whole, again;
	struct grant grant;

	buf_init(&whole, 64 * 1024);
	buf_init(&again, 64 * 1024);
	signer_append(&whole, "sekisho-grant/1", data, size);
	if (!buf_failed(&whole) && grant_open(whole.data, whole.len, key, &grant) == ERR_OK) {
		assert(whole.len <= GRANT_SIGNED_MAX);
		fuzz_accepted();
		grant_put(&again, &grant);
		assert(!buf_failed(&again) && again.len == size &&
		       memcmp(again.data, data, size) == 0);
		whole.data[whole.len - 1] ^= 1;
		assert(grant_open(whole.data, whole.len, key, &grant) == ERR_INTEGRITY);
	}
	buf_clear(&whole);
	buf_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct grant grant;

	assert(grant_open(data, size, signer_key(), &grant) != ERR_OK);
	signed_one(data, size);
	return 0;
}
