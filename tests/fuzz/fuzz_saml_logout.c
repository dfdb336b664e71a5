/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "auth/saml/logout.h"
#include "auth/saml/second.h"
#include "base/arena.h"
#include "tests/fuzz/fuzz.h"

/* What anybody may send to our logout address: {u16 length, pinned certificate, u8: 1 an answer,
 * 2 in an address}; in an address three texts (RelayState, algorithm, signature), each {u16 length,
 * bytes}, and then the message as it was before it was escaped; else the XML of a form. */
enum { ANSWER = 1, QUERY = 2 };

static const char *text(struct arena *arena, struct rd *rd, size_t len)
{
	const uint8_t *bytes = rd_bytes(rd, len);

	return bytes ? arena_strndup(arena, (const char *)bytes, len) : NULL;
}

static const char *judge(struct ctx *ctx, const struct saml_expect *expect,
			 const struct saml_arrival *arrival, bool answer)
{
	struct saml_logout said;
	const char *issuer = NULL;
	const char *why = saml_logout_sender(ctx, arrival->message, &issuer);

	if (!why && answer)
		return saml_logout_check_response(ctx, expect, arrival);
	if (!why)
		why = saml_logout_check(ctx, expect, arrival, &said);
	if (why)
		return why;
	assert(said.id[0] && said.name_id[0] && said.index_count <= SAML_INDEXES_MAX);
	/* lasso 2.8.1 loses some bytes for each signed address: a process of its own each time. */
	return arrival->query ? NULL
			      : saml_second_check_logout(ctx, expect, arrival->message, &said);
}

static const char *read_and_judge(struct ctx *ctx, struct rd *rd)
{
	size_t len = rd_u16(rd);
	const uint8_t *certificate = rd_bytes(rd, len);
	uint8_t kind = rd_u8(rd);
	struct saml_query query = {.parameter = kind & ANSWER ? "SAMLResponse" : "SAMLRequest"};
	struct saml_arrival arrival = {.query = kind & QUERY ? &query : NULL};
	const struct saml_expect expect = {.entity = "https://sekisho.example.org/saml",
					   .acs = "https://sekisho.example.org/saml/slo",
					   .issuer = "https://idp.example.net/metadata",
					   .request = kind & ANSWER ? "_q" : "",
					   .keys = {{{certificate, len}}, 1},
					   .now_us = INT64_C(1767268800) * 1000000};

	if (!certificate)
		return "fuzz";
	if (kind & QUERY) {
		query.relay = text(ctx->arena, rd, rd_u16(rd));
		query.algorithm = text(ctx->arena, rd, rd_u16(rd));
		query.signature = text(ctx->arena, rd, rd_u16(rd));
		query.message = text(ctx->arena, rd, rd_left(rd));
		if (query.relay && !query.relay[0])
			query.relay = NULL;
		if (!query.algorithm || !query.signature || !query.message)
			return "fuzz";
		const char *why = saml_redirect_read(ctx, query.message, &arrival.message);
		if (why)
			return why;
	} else {
		arrival.message.len = rd_left(rd);
		arrival.message.data = rd_bytes(rd, arrival.message.len);
	}
	return judge(ctx, &expect, &arrival, kind & ANSWER);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool begun;
	struct rd rd = rd_of(data, size);
	struct ctx ctx;
	struct arena *arena = arena_new(4 * 1024 * 1024);

	assert(arena);
	ctx_init(&ctx, arena);
	assert(begun || saml_signature_init(&ctx) == ERR_OK);
	begun = true;
	if (!read_and_judge(&ctx, &rd))
		fuzz_accepted();
	arena_free(arena);
	return 0;
}
