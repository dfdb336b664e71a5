/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "gateways/est.h"
#include "gateways/gateways_api.h"
#include "tests/fuzz/fuzz.h"

/* An enrolment: lines of Authorization, Content-Type and Date, then the body. What passes is a
 * token and an uncompressed point of P-256. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t exporter[32] = {1};
	struct value values[FIELDS_MAX];
	struct arena *arena = arena_new(64 * 1024);
	struct rd rd = rd_of(data, size);
	char *authorization = fuzz_line(&rd), *content_type = fuzz_line(&rd);
	char *date = fuzz_line(&rd);
	size_t len = rd_left(&rd);
	const struct est_request est = {
		.authorization = authorization,
		.content_type = content_type,
		.date = date,
		.body = {rd_bytes(&rd, len), len},
		.tls_exporter = {exporter, sizeof(exporter)},
	};
	uint8_t point[ENROL_POINT_SIZE];
	struct ctx ctx;

	memset(values, 0, sizeof(values));
	ctx_init(&ctx, arena);
	if (est_read_enrol(&ctx, &est, values) == ERR_OK) {
		const char *text = values[ENROL_POINT].text;

		fuzz_accepted();
		assert(strlen(values[ENROL_TOKEN].text) <= 43);
		assert(base64url_decode(text, strlen(text), point, sizeof(point)) ==
			       ENROL_POINT_SIZE &&
		       point[0] == 4);
	}
	free(authorization);
	free(content_type);
	free(date);
	arena_free(arena);
	return 0;
}
