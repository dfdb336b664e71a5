/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fuzz/signer.h"

#include <sodium.h>
#include <string.h>

static uint8_t public_key[crypto_sign_PUBLICKEYBYTES], secret_key[crypto_sign_SECRETKEYBYTES];

static void make(void)
{
	static const uint8_t seed[crypto_sign_SEEDBYTES] = "a key that protects nothing";

	if (secret_key[0] == 0)
		(void)crypto_sign_seed_keypair(public_key, secret_key, seed);
}

const uint8_t *signer_key(void)
{
	make();
	return public_key;
}

void signer_sign(const void *data, size_t len, uint8_t out[64])
{
	make();
	(void)crypto_sign_detached(out, NULL, data, len, secret_key);
}

void signer_append(struct buf *out, const char *label, const void *data, size_t len)
{
	struct buf signed_bytes;
	uint8_t signature[crypto_sign_BYTES];

	buf_init(&signed_bytes, len + 64);
	buf_put(&signed_bytes, label, strlen(label) + 1);
	buf_put(&signed_bytes, data, len);
	signer_sign(signed_bytes.data, signed_bytes.len, signature);
	buf_put(out, data, len);
	buf_put(out, signature, sizeof(signature));
	buf_clear(&signed_bytes);
}
