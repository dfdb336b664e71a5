/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_DEVICE_KEY_H
#define AUTH_DEVICE_KEY_H

#include <stdbool.h>

#include "base/codec.h"

/*
 * A browser's key pair, P-256, made by WebCrypto as not extractable. A proof is 161 bytes: the
 * challenge it answers (32), the signature r, s (64; ECDSA with SHA-256, as WebCrypto makes it)
 * over DEVICE_KEY_LABEL and the challenge, and the public point, uncompressed (65).
 */
enum {
	DEVICE_CHALLENGE = 32,
	DEVICE_SIGNATURE = 64,
	DEVICE_POINT = 65,
	DEVICE_PROOF = DEVICE_CHALLENGE + DEVICE_SIGNATURE + DEVICE_POINT
};
#define DEVICE_KEY_LABEL "sekisho device 1\n"

struct device_proof {
	const uint8_t *challenge, *signature, *point;
};
/* False: not of that length. Borrowed from bytes. */
bool device_proof_read(struct block bytes, struct device_proof *out);
/* True when the point is on the curve and its key signed the challenge. */
bool device_proof_holds(const struct device_proof *proof);

#endif
