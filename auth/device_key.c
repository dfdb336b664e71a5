/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/device_key.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <string.h>

enum { LABEL = sizeof(DEVICE_KEY_LABEL) - 1, DER_MAX = 80 };

bool device_proof_read(struct block bytes, struct device_proof *out)
{
	if (bytes.len != DEVICE_PROOF)
		return false;
	*out = (struct device_proof){bytes.data, bytes.data + DEVICE_CHALLENGE,
				     bytes.data + DEVICE_CHALLENGE + DEVICE_SIGNATURE};
	return true;
}

/* NULL: not a point of the curve, or no memory. */
static EVP_PKEY *load(const uint8_t *point)
{
	char group[] = "P-256";
	uint8_t copy[DEVICE_POINT];
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);

	memcpy(copy, point, sizeof(copy));
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, copy, sizeof(copy)),
		OSSL_PARAM_construct_end()};
	if (ctx && (copy[0] != 4 || EVP_PKEY_fromdata_init(ctx) != 1 ||
		    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1))
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/* The two numbers as OpenSSL wants them; 0: no memory. */
static size_t to_der(const uint8_t *raw, uint8_t out[DER_MAX])
{
	enum { HALF = DEVICE_SIGNATURE / 2 };
	ECDSA_SIG *pair = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw, HALF, NULL), *s = BN_bin2bn(raw + HALF, HALF, NULL);
	uint8_t *at = out;
	int len = 0;

	if (pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
		r = s = NULL; /* the pair's now */
		len = i2d_ECDSA_SIG(pair, &at);
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(pair);
	return len > 0 ? (size_t)len : 0;
}

bool device_proof_holds(const struct device_proof *proof)
{
	uint8_t signed_bytes[LABEL + DEVICE_CHALLENGE], der[DER_MAX];
	EVP_PKEY *key = load(proof->point);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = to_der(proof->signature, der);

	memcpy(signed_bytes, DEVICE_KEY_LABEL, LABEL);
	memcpy(signed_bytes + LABEL, proof->challenge, DEVICE_CHALLENGE);
	bool holds = key && ctx && len > 0 &&
		     EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
		     EVP_DigestVerify(ctx, der, len, signed_bytes, sizeof(signed_bytes)) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return holds;
}
