/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SECRET_STORE_H
#define AUTH_SECRET_STORE_H

#include "base/codec.h"
#include "base/ctx.h"
#include "vault/keeper.h"

/* Sealed blobs at rest (tables secret, secret_version). Every folder that owns a secret uses these;
 * nothing here ever sees plain text. All run in the caller's transaction. */

/* A new secret, or the next version of ref->id; the row is made when it does not exist yet. */
enum err secret_store_put(struct ctx *ctx, const struct secret_ref *ref,
			  struct block blob) ERR_CHECKED;
/* Current version; fills *out_ref and *out_blob (arena). ERR_NOT_FOUND. */
enum err secret_store_get(struct ctx *ctx, const struct uuid *id, struct secret_ref *out_ref,
			  struct block *out_blob) ERR_CHECKED;
/* The secret and all its versions; nothing may name it any more. */
enum err secret_store_drop(struct ctx *ctx, const struct uuid *id) ERR_CHECKED;
/* The version a next put must use: 1 for an unknown id. Locks the row. */
enum err secret_store_next_version(struct ctx *ctx, const struct uuid *id,
				   uint32_t *out_version) ERR_CHECKED;

#endif
