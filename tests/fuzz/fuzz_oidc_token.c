/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "auth/oidc/token.h"
#include "base/arena.h"
#include "tests/fuzz/fuzz.h"

/* What an OpenID provider sends: a line with its key set (JWKS), then an ID or a logout token. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct oidc_expected expected = {.issuer = "https://id.example/realm",
						      .client_id = "sekisho",
						      .nonce = "n-0S6_WzA2Mj",
						      .now_s = 1790000000,
						      .max_age_s = -1};
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	struct federated_identity identity;
	struct oidc_logout logout;
	struct arena *arena;

	if (!end)
		return 0;
	arena = arena_new(1024 * 1024);
	assert(arena);
	const struct block jwks = {data, (size_t)(end - data)};
	const struct block token = {end + 1, size - jwks.len - 1};
	if (!oidc_token_check(arena, token, jwks, &expected, &identity)) {
		fuzz_accepted();
		assert(identity.subject[0] && strlen(identity.subject) <= FEDERATED_SUBJECT_MAX);
		assert(identity.attribute_count <= FEDERATED_ATTRIBUTES_MAX);
	}
	if (!oidc_logout_check(arena, token, jwks, &expected, &logout)) {
		fuzz_accepted();
		assert(logout.token_id[0] && (logout.subject[0] || logout.session[0]));
	}
	arena_free(arena);
	return 0;
}
