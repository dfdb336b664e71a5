/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_TOKEN_TEXT_H
#define AUTH_TOKEN_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/messages.h"
#include "base/secret.h"

/*
 * How tokens are written: a prefix that says what it is, then 48 characters of base64url: 32 random
 * bytes, and the first 4 bytes of SHA-256(prefix, random bytes). Scanners of leaked secrets find
 * the prefix, and tell a real one from an example by the checksum, without asking anybody.
 */
enum { TOKEN_SECRET = 32, TOKEN_TEXT = 64 };

/* out: NUL-terminated. */
void token_write(enum credential kind, const uint8_t secret[TOKEN_SECRET], char out[TOKEN_TEXT]);
/* False: no token of ours, or not as it was written. */
bool token_read(const char *text, enum credential *out_kind, uint8_t out_secret[TOKEN_SECRET]);

/* A new one, as it is told once, and the SHA-256 of its random bytes, which is all that is kept.
 * NULL: no guarded memory. */
struct secret *token_new(enum credential kind, uint8_t out_hash[32]);

#endif
