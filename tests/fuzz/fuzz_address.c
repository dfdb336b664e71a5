/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "gateways/agent/state.h"
#include "targets/address.h"
#include "targets/kind.h"
#include "tests/fuzz/fuzz.h"

/* Addresses of targets and servers as people type them; secrets' outer shape. A canonical form is
 * its own canonical form. */
static void address(const char *text)
{
	char out[ADDRESS_SIZE], again[ADDRESS_SIZE];

	if (!address_normalise(text, out))
		return;
	assert(strlen(out) < ADDRESS_SIZE && address_normalise(out, again));
	assert(strcmp(out, again) == 0);
}

static void server(const char *text)
{
	struct state state = {0};
	struct ctx ctx;

	ctx_init(&ctx, NULL);
	if (state_server(&ctx, text, &state) == ERR_OK)
		assert(state.port > 0 && state.host[0] != '\0' &&
		       strlen(state.host) < STATE_HOST_MAX);
}

static void secrets(const uint8_t *data, size_t size)
{
	for (const struct target_kind *const *kind = target_kinds(); *kind != NULL; kind++)
		for (const struct target_secret_kind *secret = (*kind)->secrets;
		     secret->name != NULL; secret++)
			if (secret->refuse != NULL && size <= secret->max)
				(void)secret->refuse(data, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd rd = rd_of(data, size);
	char *text = fuzz_rest(&rd);

	address(text);
	server(text);
	secrets(data, size);
	free(text);
	return 0;
}
