/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_SUPPORT_SOFT_JOSE_H
#define TESTS_SUPPORT_SOFT_JOSE_H

#include <stdbool.h>
#include <stddef.h>

/* A signer of JSON Web Tokens over OpenSSL that signs whatever it is told to, lies included. */
enum soft_jose_kty { SOFT_RSA, SOFT_RSA_SHORT, SOFT_P256, SOFT_P384 };
struct soft_jose {
	struct evp_pkey_st *key;
	enum soft_jose_kty kty;
};
enum { SOFT_TOKEN = 128 * 1024, SOFT_JWK = 4096 };

/* Made once for each kty and kept: RSA takes long. */
const struct soft_jose *soft_jose_key(enum soft_jose_kty kty, int number);
/* Its public JWK with these further members (text like ",\"use\":\"sig\"", or ""). */
void soft_jose_jwk(const struct soft_jose *key, const char *more, char out[SOFT_JWK]);
/* How to sign: by the name in real life, or not at all. secret: for SOFT_HS256. */
enum soft_jose_sign { SOFT_RS256, SOFT_PS256, SOFT_ES256, SOFT_ES256_DER, SOFT_HS256, SOFT_NONE };
void soft_jose_token(const struct soft_jose *key, enum soft_jose_sign sign, const char *header,
		     const char *payload, const char *secret, char out[SOFT_TOKEN]);
/* The public key as PEM, for those who take it as a secret. */
void soft_jose_pem(const struct soft_jose *key, char out[SOFT_JWK]);
/* base64url of the left half of SHA-256 (at_hash). */
void soft_jose_half(const char *of, char out[32]);

#endif
