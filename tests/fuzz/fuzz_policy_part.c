/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/proto/bundle.h"
#include "server/edge_policy.h"
#include "tests/fuzz/fuzz.h"

/* Parts of large policies, one after the other, as edge puts them together: {u8 gateway, u32 total,
 * u32 offset, u16 length, bytes}. Whatever comes, what is whole has the size that was said. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd rd = rd_of(data, size);
	struct policy_gather gather;

	policy_gather_init(&gather);
	while (rd_left(&rd) > 0) {
		struct msg_gateway_policy_part part = {.gateway_id = {{rd_u8(&rd)}}};
		bool whole = false;

		part.total = rd_u32(&rd);
		part.offset = rd_u32(&rd);
		part.bytes.len = rd_u16(&rd);
		part.bytes.data = rd_bytes(&rd, part.bytes.len);
		if (rd.failed || policy_gather_part(&gather, &part, &whole) != ERR_OK)
			break; /* edge closes the channel */
		assert(gather.at <= gather.total && gather.total <= BUNDLE_LARGE_MAX);
		assert(buf_failed(&gather.bytes) || gather.bytes.len == gather.at);
		assert(whole == (gather.at == gather.total) && gather.total == part.total);
		if (whole)
			fuzz_accepted();
	}
	policy_gather_clear(&gather);
	return 0;
}
