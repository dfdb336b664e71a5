/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "auth/token_text.h"
#include "tests/fuzz/fuzz.h"

/* What stands behind "Bearer ". A token has exactly one form. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd rd = rd_of(data, size);
	uint8_t secret[TOKEN_SECRET];
	enum credential kind = CREDENTIAL_COOKIE;
	char again[TOKEN_TEXT];
	char *text = fuzz_rest(&rd);

	if (token_read(text, &kind, secret)) {
		fuzz_accepted();
		token_write(kind, secret, again);
		assert(strcmp(text, again) == 0);
	}
	free(text);
	return 0;
}
