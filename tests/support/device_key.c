/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/device_key.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <string.h>

EVP_PKEY *device_key_new(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	assert(key);
	return key;
}

static void sign(EVP_PKEY *key, const uint8_t *challenge, uint8_t out[DEVICE_SIGNATURE])
{
	enum { LABEL = sizeof(DEVICE_KEY_LABEL) - 1 };
	uint8_t bytes[LABEL + DEVICE_CHALLENGE], der[80];
	const uint8_t *at = der;
	size_t len = sizeof(der);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	memcpy(bytes, DEVICE_KEY_LABEL, LABEL);
	memcpy(bytes + LABEL, challenge, DEVICE_CHALLENGE);
	assert(ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1);
	assert(EVP_DigestSign(ctx, der, &len, bytes, sizeof(bytes)) == 1);
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)len);
	assert(pair);
	assert(BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, 32) == 32);
	assert(BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + 32, 32) == 32);
	ECDSA_SIG_free(pair);
	EVP_MD_CTX_free(ctx);
}

void device_key_prove(EVP_PKEY *key, const uint8_t challenge[DEVICE_CHALLENGE],
		      uint8_t out[DEVICE_PROOF])
{
	size_t len = 0;

	memcpy(out, challenge, DEVICE_CHALLENGE);
	sign(key, challenge, out + DEVICE_CHALLENGE);
	assert(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY,
					       out + DEVICE_CHALLENGE + DEVICE_SIGNATURE,
					       DEVICE_POINT, &len) == 1);
	assert(len == DEVICE_POINT);
}
