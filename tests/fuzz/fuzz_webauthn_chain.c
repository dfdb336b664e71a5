/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/webauthn_chain.h"
#include "base/buf.h"
#include "tests/fuzz/fuzz.h"

/* The certificates of an attestation: {u16 length, anchor as an administrator entered it, u8
 * whether for that model alone, 16 bytes of model}, then what the browser brought (a CBOR array).
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd rd = rd_of(data, size);
	size_t len = rd_u16(&rd), at = 9;
	const uint8_t *anchor = rd_bytes(&rd, len);
	bool alone = rd_u8(&rd) != 0;
	const uint8_t *model = rd_bytes(&rd, 16);

	if (!anchor || !model)
		return 0;
	const struct chain_anchor anchors[] = {{{anchor, len}, alone}};
	const struct block x5c = {rd_bytes(&rd, rd_left(&rd)), size - 2 - len - 1 - 16};
	if (!webauthn_chain_judge(x5c, model, anchors, 1, INT64_C(1800000000) * 1000000, &at)) {
		fuzz_accepted();
		assert(at == 0);
	}
	return 0;
}
