/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_WEBAUTHN_CHAIN_H
#define AUTH_WEBAUTHN_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/codec.h"

/*
 * Whose certificate signed a "packed" attestation (Web Authentication Level 3, 8.2 and 8.2.1). What
 * is trusted is what an administrator has entered, and nothing else.
 */
enum { CHAIN_CERTIFICATES = 4, CHAIN_DER_MAX = 4096, CHAIN_SUBJECT = 256 };

/* A certificate that chains of one model may lead to. alone: entered for that model only, so that a
 * certificate that does not name its model can be of no other. */
struct chain_anchor {
	struct block der;
	bool alone;
};
/* x5c: the CBOR array of a statement whose signature held. NULL with the anchor it leads to, or
 * passkey.attestation_leaf (not what such a certificate must be), passkey.attestation_model (of
 * another model, or of none it names), passkey.attestation_chain (leads to no anchor, or is not
 * valid at that moment). */
const char *webauthn_chain_judge(struct block x5c, const uint8_t aaguid[16],
				 const struct chain_anchor *anchors, size_t count, int64_t now_us,
				 size_t *out_anchor);

/* One certificate of an authority in PEM, nothing behind it. False: not that. */
struct chain_root {
	uint8_t der[CHAIN_DER_MAX];
	size_t len;
	uint8_t fingerprint[32]; /* SHA-256 of der */
	char subject[CHAIN_SUBJECT];
	int64_t not_after; /* microseconds */
};
bool webauthn_chain_root(const char *pem, struct chain_root *out);

#endif
