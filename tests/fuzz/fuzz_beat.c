/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "gateways/proto/beat.h"
#include "gateways/proto/verdict.h"
#include "tests/fuzz/fuzz.h"

/* A heartbeat of a gateway: one encoding; names of verdicts and reasons. */
static void names(const uint8_t *data, size_t size)
{
	struct rd rd = rd_of(data, size);
	char *text = fuzz_rest(&rd);
	uint32_t verdict = gateway_verdict_by_name(text), kind = gateway_class_by_name(text);

	assert(verdict == 0 || strcmp(gateway_verdict_name(verdict), text) == 0);
	assert(kind == 0 || strcmp(gateway_class_name(kind), text) == 0);
	assert(gateway_reason_row(gateway_reason_by_name(text)) != NULL);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct beat_target *targets;
	struct beat_head head;
	struct buf again;
	size_t count;

	names(data, size);
	if (beat_get(data, size, &head, &targets, &count) != ERR_OK)
		return 0;
	fuzz_accepted();
	assert(count <= BEAT_TARGETS_MAX);
	buf_init(&again, BEAT_MAX);
	beat_put(&again, &head, targets, count);
	assert(!buf_failed(&again) && again.len == size && memcmp(again.data, data, size) == 0);
	buf_clear(&again);
	free(targets);
	return 0;
}
