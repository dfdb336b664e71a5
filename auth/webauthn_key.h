/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_WEBAUTHN_KEY_H
#define AUTH_WEBAUTHN_KEY_H

#include "auth/webauthn.h"

/* A COSE key (RFC 9052, 9053) in the form libfido2 takes. Exactly the members its kind has. */
struct webauthn_key {
	enum webauthn_alg alg;
	size_t len;
	uint8_t raw[259]; /* EC: x, y; Ed25519: the key; RSA: modulus of 2048 bits, exponent */
};
/* NULL, or passkey.algorithm (not one of ours) or passkey.key (malformed, not on its curve). */
const char *webauthn_key_read(struct block cose, struct webauthn_key *out);

/* The key for fido_assert_verify(), with its release. NULL: no memory. */
void *webauthn_key_load(const struct webauthn_key *key);
void webauthn_key_free(const struct webauthn_key *key, void *loaded);

#endif
