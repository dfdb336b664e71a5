/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "auth/saml/metadata.h"
#include "base/arena.h"
#include "tests/fuzz/fuzz.h"

/* What an administrator was given of an identity provider. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool begun;
	struct saml_idp idp;
	struct ctx ctx;
	struct arena *arena = arena_new(1024 * 1024);

	assert(arena);
	ctx_init(&ctx, arena);
	assert(begun || saml_signature_init(&ctx) == ERR_OK);
	begun = true;
	if (!saml_metadata_read(&ctx, (struct block){data, size}, NULL,
				INT64_C(1767268800) * 1000000, &idp)) {
		fuzz_accepted();
		assert(strncmp(idp.sign_in, "https://", 8) == 0 &&
		       strlen(idp.sign_in) <= SAML_URL_MAX);
		assert(idp.keys.count > 0 && idp.keys.count <= SAML_CERTIFICATES_MAX);
	}
	arena_free(arena);
	return 0;
}
