/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sys/mman.h>
#include <unistd.h>

#include "base/conf.h"
#include "tests/fuzz/fuzz.h"
#include "vault/envelope.h"

/* What the database hands the keeper: its own state, and a sealed secret. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct aead *aead;
	static struct keyring own;
	static struct provider_input input = {.rootkey_fd = -1};
	const struct provider *provider = provider_by_id(CONF_PROVIDER_SEALED_FILE);
	const struct secret_ref ref = {{{1}}, 1, SECRET_PASSWORD};
	struct keyring ring = {0};
	struct secret *plain = NULL;
	struct buf state;
	struct ctx ctx;
	ctx_init(&ctx, NULL);
	if (aead == NULL) {
		aead = aead_new();
		input.rootkey_fd = memfd_create("rootkey", MFD_CLOEXEC);
		buf_init(&state, KEYRING_STATE_MAX);
		(void)!keyring_create(&ctx, aead, provider, &input, &own, &state);
		buf_clear(&state);
	}
	if (keyring_load(&ctx, aead, provider, &input, (struct block){data, size}, &ring) == ERR_OK)
		keyring_clear(&ring);
	if (envelope_open(&ctx, aead, &own, &ref, (struct block){data, size}, &plain) == ERR_OK)
		secret_free(plain);
	return 0;
}
