/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VAULT_KEYRING_H
#define VAULT_KEYRING_H

#include <stdint.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/ctx.h"
#include "base/secret.h"
#include "vault/aead.h"
#include "vault/provider.h"

/*
 * The unsealed key hierarchy: a wrapping key (from the provider) opens the root key, the root key
 * opens KEK versions and signing keys, a KEK opens the data key of each secret version.
 *
 * Stored form (vault state): "SKVS", u8 format, then entries {u8 tag, u32 length, value}; the last
 * one is a MAC by a key made from the root, over everything before it, so that whoever holds the
 * database cannot exchange the public parts.
 */
enum { KEYRING_KEKS_MAX = 64, KEYRING_STATE_MAX = 32 * 1024, KEYRING_CERT_MAX = 2048 };

struct keyring {
	struct secret *root;		/* 32 */
	struct secret *keks;		/* 32 each, in the order of kek_versions */
	struct secret *checkpoint_seed; /* 32: Ed25519 */
	struct secret *grant_seed;	/* 32: Ed25519 */
	struct secret *ca_scalar;	/* 32: P-256 private key */
	uint32_t kek_versions[KEYRING_KEKS_MAX];
	size_t kek_count;
	uint8_t checkpoint_public[32];
	uint8_t grant_public[32];
	uint8_t ca_point[65];
	uint8_t ca_certificate[KEYRING_CERT_MAX];
	size_t ca_certificate_len;
	/* The root as it is stored, so that other keys change without the wrapping key at hand. */
	uint8_t provider, salt[PROVIDER_SALT], wrapped_root[32 + AEAD_OVERHEAD];
};

void keyring_clear(struct keyring *ring);
/* Makes everything new and appends the stored form to out_state. */
enum err keyring_create(struct ctx *ctx, const struct aead *aead, const struct provider *provider,
			const struct provider_input *input, struct keyring *ring,
			struct buf *out_state) ERR_CHECKED;
/* ERR_UNAUTHENTICATED: wrong passphrase or key file; ERR_INTEGRITY: the state was changed. */
enum err keyring_load(struct ctx *ctx, const struct aead *aead, const struct provider *provider,
		      const struct provider_input *input, struct block state,
		      struct keyring *ring) ERR_CHECKED;

/* A changed copy of ring for later use, and its stored form. The secrets sealed under a dropped KEK
 * are lost: whoever asks has seen that there are none. NEW_ROOT asks the provider for a new
 * wrapping key. ERR_CONFLICT: too many KEKs. */
enum keyring_change { KEYRING_ADD_KEK = 1, KEYRING_DROP_OLD = 2, KEYRING_NEW_ROOT = 3 };
enum err keyring_change(struct ctx *ctx, const struct aead *aead, const struct provider *provider,
			const struct provider_input *input, const struct keyring *ring,
			enum keyring_change change, struct keyring *out,
			struct buf *out_state) ERR_CHECKED;

/* Newest KEK; by version: NULL when there is none. */
const uint8_t *keyring_kek(const struct keyring *ring, uint32_t version);
uint32_t keyring_kek_newest(const struct keyring *ring);
void keyring_sign(const struct secret *seed, const void *data, size_t len, uint8_t out[64]);

#endif
