/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_RECOVERY_H
#define AUTH_RECOVERY_H

#include "base/ctx.h"
#include "base/secret.h"

/*
 * Recovery codes: ten at a time, 80 random bits each, written as 16 letters and digits of RFC 4648
 * base32 in groups of four. Each signs in once, with the password, in place of a second factor.
 * Only Argon2id values are stored. One person's codes share a salt, so that one hash tells whether
 * a code is any of them; with 80 bits each that costs nothing.
 */
enum {
	RECOVERY_CODES = 10,
	RECOVERY_TEXT = 19, /* ABCD-EFGH-IJKL-MNOP */
	RECOVERY_SALT = 16,
	RECOVERY_HASH = 32
};

/* Bytes are random; out: RECOVERY_TEXT characters, not ended by NUL. */
void recovery_write(const uint8_t bytes[10], char out[RECOVERY_TEXT]);
/* Spaces, hyphens and small letters do not matter. Always does the whole work; what is no code at
 * all gives a hash that no code has. ERR_MEMORY. */
enum err recovery_hash(struct ctx *ctx, const struct secret *typed,
		       const uint8_t salt[RECOVERY_SALT], uint8_t out[RECOVERY_HASH]) ERR_CHECKED;

#endif
