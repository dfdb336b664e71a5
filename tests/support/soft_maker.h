/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_SUPPORT_SOFT_MAKER_H
#define TESTS_SUPPORT_SOFT_MAKER_H

#include <openssl/x509.h>

#include "base/buf.h"
#include "base/codec.h"

/* A maker of authenticators with an authority of its own, for tests: its certificates say whatever
 * they are told to say. */
struct soft_maker {
	EVP_PKEY *root_key, *key;
	X509 *root, *leaf;
};
struct soft_maker_say {
	const uint8_t *aaguid; /* 16 bytes in the leaf; NULL: it names no model */
	const char *unit;      /* NULL: Authenticator Attestation */
	long days;	       /* the leaf is valid; 0: 30; below: it was */
	bool critical, leaf_is_ca, weak_digest, other_issuer;
};
void soft_maker_make(struct soft_maker *maker, const struct soft_maker_say *say);
void soft_maker_clear(struct soft_maker *maker);
/* The array x5c with the leaf, appended as CBOR. */
void soft_maker_x5c(const struct soft_maker *maker, struct buf *out);
/* The root in PEM; to be freed. */
char *soft_maker_pem(const struct soft_maker *maker);
/* A signature by the leaf's key (ES256), appended. */
void soft_maker_sign(const struct soft_maker *maker, struct block bytes, struct buf *out);

#endif
