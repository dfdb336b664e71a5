/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VAULT_ENVELOPE_H
#define VAULT_ENVELOPE_H

#include "base/buf.h"
#include "base/ctx.h"
#include "base/secret.h"
#include "vault/keeper.h"
#include "vault/keyring.h"

/*
 * Sealed form of one secret version: u8 format, u32 KEK version, data key under the KEK, plain text
 * under the data key. Both layers bind id, version and kind, so a blob opens only as what it was.
 * Format 2 binds the KEK's version to the data key alone, so that another KEK takes over without
 * the plain text; format 1 bound it to both, and is sealed anew when its KEK changes.
 */
enum err envelope_seal(struct ctx *ctx, const struct aead *aead, const struct keyring *ring,
		       const struct secret_ref *ref, const struct secret *plain,
		       struct buf *out) ERR_CHECKED;
/* ERR_INTEGRITY when changed, moved to another place, or sealed by a key that is gone. */
enum err envelope_open(struct ctx *ctx, const struct aead *aead, const struct keyring *ring,
		       const struct secret_ref *ref, struct block blob,
		       struct secret **out) ERR_CHECKED;

/* The same under the newest KEK. */
enum err envelope_rewrap(struct ctx *ctx, const struct aead *aead, const struct keyring *ring,
			 const struct secret_ref *ref, struct block blob,
			 struct buf *out) ERR_CHECKED;

#endif
