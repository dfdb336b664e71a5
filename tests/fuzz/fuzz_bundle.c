/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "gateways/proto/bundle.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/signer.h"

/* A policy bundle whose signature holds: sorted, found by id, one encoding. */
static void check(const struct bundle *bundle, const uint8_t *data, size_t size)
{
	struct buf again;

	for (size_t i = 0; i < bundle->target_count; i++)
		assert(bundle_find(bundle, &bundle->targets[i].id) == &bundle->targets[i]);
	buf_init(&again, BUNDLE_SIGNED_MAX);
	bundle_put(&again, &bundle->head, bundle->targets, bundle->target_count);
	assert(!buf_failed(&again) && again.len == size && memcmp(again.data, data, size) == 0);
	buf_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bundle bundle;
	struct buf whole;

	assert(bundle_open(data, size, signer_key(), &bundle) != ERR_OK);
	buf_init(&whole, 2 * BUNDLE_SIGNED_MAX);
	signer_append(&whole, "sekisho-bundle/1", data, size);
	if (!buf_failed(&whole) &&
	    bundle_open(whole.data, whole.len, signer_key(), &bundle) == ERR_OK) {
		fuzz_accepted();
		check(&bundle, data, size);
		bundle_clear(&bundle);
	}
	buf_clear(&whole);
	return 0;
}
