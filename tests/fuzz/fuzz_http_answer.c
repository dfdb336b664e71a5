/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/agent/http.h"
#include "tests/fuzz/fuzz.h"

/* What the gateway program reads from the server when it enrols. A body is never longer than what
 * came. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_answer answer = {0};
	struct buf bytes;
	struct ctx ctx;

	ctx_init(&ctx, NULL);
	buf_init(&bytes, HTTP_ANSWER_MAX);
	buf_put(&bytes, data, size);
	if (!buf_failed(&bytes) && http_parse(&ctx, &bytes, &answer) == ERR_OK) {
		fuzz_accepted();
		assert(answer.status >= 0 && answer.status <= 999 && answer.body.len < size);
	}
	http_clear(&answer);
	buf_clear(&bytes);
	return 0;
}
