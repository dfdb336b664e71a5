/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/support/soft_jose.h"

#include <assert.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { KINDS = 4, EACH = 2, SIGNATURE = 1024 };

static EVP_PKEY *make(enum soft_jose_kty kty)
{
	switch (kty) {
	case SOFT_RSA: return EVP_RSA_gen(2048);
	case SOFT_RSA_SHORT: return EVP_RSA_gen(1024);
	case SOFT_P256: return EVP_EC_gen("P-256");
	case SOFT_P384: return EVP_EC_gen("P-384");
	}
	return NULL;
}

const struct soft_jose *soft_jose_key(enum soft_jose_kty kty, int number)
{
	static struct soft_jose keys[KINDS][EACH];
	struct soft_jose *key = &keys[kty][number];

	if (!key->key) {
		key->key = make(kty);
		key->kty = kty;
	}
	assert(key->key);
	return key;
}

static void number(const struct soft_jose *key, const char *name, size_t pad, char *out)
{
	uint8_t bytes[512];
	BIGNUM *value = NULL;
	int len;

	assert(EVP_PKEY_get_bn_param(key->key, name, &value) == 1);
	len = pad ? BN_bn2binpad(value, bytes, (int)pad) : BN_bn2bin(value, bytes);
	assert(len > 0);
	base64url_encode(bytes, (size_t)len, out);
	BN_free(value);
}

void soft_jose_jwk(const struct soft_jose *key, const char *more, char out[SOFT_JWK])
{
	char a[700], b[700];

	if (key->kty == SOFT_RSA || key->kty == SOFT_RSA_SHORT) {
		number(key, OSSL_PKEY_PARAM_RSA_N, 0, a);
		number(key, OSSL_PKEY_PARAM_RSA_E, 0, b);
		snprintf(out, SOFT_JWK, "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"%s}", a, b,
			 more);
		return;
	}
	number(key, OSSL_PKEY_PARAM_EC_PUB_X, key->kty == SOFT_P256 ? 32 : 48, a);
	number(key, OSSL_PKEY_PARAM_EC_PUB_Y, key->kty == SOFT_P256 ? 32 : 48, b);
	snprintf(out, SOFT_JWK, "{\"kty\":\"EC\",\"crv\":\"%s\",\"x\":\"%s\",\"y\":\"%s\"%s}",
		 key->kty == SOFT_P256 ? "P-256" : "P-384", a, b, more);
}

/* r and s one after the other, 32 bytes each (RFC 7518, 3.4). */
static size_t plain_of_der(const uint8_t *der, size_t len, uint8_t out[64])
{
	const uint8_t *at = der;
	ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &at, (long)len);

	assert(signature);
	assert(BN_bn2binpad(ECDSA_SIG_get0_r(signature), out, 32) == 32);
	assert(BN_bn2binpad(ECDSA_SIG_get0_s(signature), out + 32, 32) == 32);
	ECDSA_SIG_free(signature);
	return 64;
}

static size_t sign_with(const struct soft_jose *key, bool pss, const char *text,
			uint8_t out[SIGNATURE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *how = NULL;
	size_t len = SIGNATURE;

	assert(EVP_DigestSignInit(context, &how, EVP_sha256(), NULL, key->key) == 1);
	if (pss) {
		assert(EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1);
		assert(EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST) == 1);
	}
	assert(EVP_DigestSign(context, out, &len, (const uint8_t *)text, strlen(text)) == 1);
	EVP_MD_CTX_free(context);
	return len;
}

static size_t sign_text(const struct soft_jose *key, enum soft_jose_sign sign, const char *text,
			const char *secret, uint8_t out[SIGNATURE])
{
	uint8_t der[SIGNATURE];
	unsigned len = 0;

	switch (sign) {
	case SOFT_RS256: return sign_with(key, false, text, out);
	case SOFT_PS256: return sign_with(key, true, text, out);
	case SOFT_ES256_DER: return sign_with(key, false, text, out);
	case SOFT_ES256: return plain_of_der(der, sign_with(key, false, text, der), out);
	case SOFT_HS256:
		HMAC(EVP_sha256(), secret, (int)strlen(secret), (const uint8_t *)text, strlen(text),
		     out, &len);
		return len;
	case SOFT_NONE: break;
	}
	return 0;
}

static void add_part(const void *data, size_t len, char *out)
{
	size_t at = strlen(out);

	out[at] = '.';
	base64url_encode(data, len, out + at + 1);
}

void soft_jose_token(const struct soft_jose *key, enum soft_jose_sign sign, const char *header,
		     const char *payload, const char *secret, char out[SOFT_TOKEN])
{
	uint8_t signature[SIGNATURE];

	assert(BASE64_SIZE(strlen(header)) + BASE64_SIZE(strlen(payload)) + 2048 < SOFT_TOKEN);
	base64url_encode(header, strlen(header), out);
	add_part(payload, strlen(payload), out);
	size_t len = sign_text(key, sign, out, secret, signature);
	add_part(signature, len, out);
}

void soft_jose_pem(const struct soft_jose *key, char out[SOFT_JWK])
{
	BIO *bio = BIO_new(BIO_s_mem());

	assert(bio && PEM_write_bio_PUBKEY(bio, key->key) == 1);
	int len = BIO_read(bio, out, SOFT_JWK - 1);
	out[len > 0 ? len : 0] = 0;
	BIO_free(bio);
}

void soft_jose_half(const char *of, char out[32])
{
	uint8_t hash[32];

	assert(EVP_Digest(of, strlen(of), hash, NULL, EVP_sha256(), NULL) == 1);
	base64url_encode(hash, 16, out);
}
