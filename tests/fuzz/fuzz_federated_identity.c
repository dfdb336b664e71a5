/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "auth/federation_wire.h"
#include "tests/fuzz/fuzz.h"

/* What a helper that has read a provider's answer, and may have been taken over by it, says to the
 * authority. An identity has exactly one form. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(1024 * 1024);
	struct rd rd = rd_of(data, size);
	struct federated_identity identity;
	struct buf again;

	assert(arena);
	if (federated_identity_get(arena, &rd, &identity) && rd_done(&rd)) {
		fuzz_accepted();
		assert(identity.subject[0] && strlen(identity.subject) <= FEDERATED_SUBJECT_MAX);
		assert(identity.attribute_count <= FEDERATED_ATTRIBUTES_MAX);
		assert(identity.context_count <= FEDERATED_CONTEXTS_MAX);
		buf_init(&again, FEDERATED_BYTES_MAX);
		federated_identity_put(&again, &identity);
		assert(!buf_failed(&again) && again.len == size);
		assert(memcmp(again.data, data, size) == 0);
		buf_clear(&again);
	}
	arena_free(arena);
	return 0;
}
