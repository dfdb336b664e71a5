/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SEED_H
#define AUTH_SEED_H

#include "vault/keeper.h"

/* The key of a one-time-code device (RFC 6238): 160 random bits made and sealed by the keeper.
 * seed_make: in the caller's transaction. */
enum err seed_make(struct ctx *ctx, struct secret_ref *out_ref, struct block *out_blob) ERR_CHECKED;
/* Its otpauth:// address as a pipe, for its owner. After the transaction in which that was audited.
 */
enum err seed_show(struct ctx *ctx, const struct secret_ref *ref, struct block blob,
		   const char *login, int *out_fd) ERR_CHECKED;

#endif
