/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VAULT_AEAD_H
#define VAULT_AEAD_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/err.h"

/*
 * AES-256-GCM by a cipher fetched once (fetching may need files: before confinement). Sealed form:
 * random nonce (12), ciphertext, tag (16). Each key here seals few messages, far below the limit of
 * random nonces. Contexts live for one call; OpenSSL cleanses the expanded key with them.
 */
enum { AEAD_KEY = 32, AEAD_NONCE = 12, AEAD_TAG = 16, AEAD_OVERHEAD = AEAD_NONCE + AEAD_TAG };

struct aead;
struct aead *aead_new(void); /* NULL when OpenSSL has no such cipher */
void aead_free(struct aead *aead);

/* out: len + AEAD_OVERHEAD bytes. ERR_MEMORY when OpenSSL refuses. */
enum err aead_seal(const struct aead *aead, const uint8_t key[AEAD_KEY], const struct buf *ad,
		   const uint8_t *plain, size_t len, uint8_t *out) ERR_CHECKED;
/* out: sealed_len - AEAD_OVERHEAD bytes; wiped on ERR_INTEGRITY. */
enum err aead_open(const struct aead *aead, const uint8_t key[AEAD_KEY], const struct buf *ad,
		   const uint8_t *sealed, size_t sealed_len, uint8_t *out) ERR_CHECKED;

#endif
