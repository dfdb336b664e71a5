/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "auth/saml/response.h"
#include "auth/saml/second.h"
#include "base/arena.h"
#include "tests/fuzz/fuzz.h"

/* What a browser brings from an identity provider: {u16 length, pinned certificate}, the Response.
 * Both judges see it, as in sekisho-saml. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool begun;
	struct rd rd = rd_of(data, size);
	size_t len = rd_u16(&rd);
	const uint8_t *certificate = rd_bytes(&rd, len);
	struct saml_said said;
	struct ctx ctx;
	struct arena *arena;

	if (!certificate)
		return 0;
	arena = arena_new(4 * 1024 * 1024);
	assert(arena);
	ctx_init(&ctx, arena);
	assert(begun || saml_signature_init(&ctx) == ERR_OK);
	begun = true;
	const struct saml_expect expect = {.entity = "https://sekisho.example.org/saml",
					   .acs = "https://sekisho.example.org/saml/acs",
					   .issuer = "https://idp.example.net/metadata",
					   .request = "_q",
					   .keys = {{{certificate, len}}, 1},
					   .now_us = INT64_C(1767268800) * 1000000};
	const struct block message = {data + 2 + len, size - 2 - len};
	if (!saml_response_check(&ctx, &expect, message, &said)) {
		assert(said.name_id[0] && said.attribute_count <= SAML_ATTRIBUTES_MAX);
		if (!saml_second_check(&ctx, &expect, message, &said))
			fuzz_accepted();
	}
	arena_free(arena);
	return 0;
}
