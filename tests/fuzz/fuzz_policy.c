/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "gateways/agent/policy.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/signer.h"

/* A CONNECT as the gateway program judges it: first line authority, then the grant's payload, which
 * is signed here. Without a policy nothing is allowed, and the clock survives any signed time. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct uuid me = {{1}}, boot = {{2}};
	const struct bundle_target *target = NULL;
	struct rd rd = rd_of(data, size);
	char *authority = fuzz_line(&rd), *text;
	struct policy *policy = policy_new("/nonexistent", &me, &boot, signer_key());
	struct buf whole;

	assert(policy != NULL);
	buf_init(&whole, size + 64);
	signer_append(&whole, "sekisho-grant/1", rd.data + rd.at, rd_left(&rd));
	text = malloc(BASE64_SIZE(whole.len));
	base64url_encode(whole.data, whole.len, text);
	for (int i = 0; i < 2; i++) {
		enum gateway_reason reason = policy_check(policy, authority, text, &target);

		assert(reason != GW_REASON_NONE);
		if (reason == GW_POLICY_MISSING)
			fuzz_accepted(); /* the grant itself was fine */
	}
	assert(target == NULL);
	free(text);
	free(authority);
	buf_clear(&whole);
	policy_free(policy);
	return 0;
}
