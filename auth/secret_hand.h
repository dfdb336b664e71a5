/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SECRET_HAND_H
#define AUTH_SECRET_HAND_H

#include "auth/secret_store.h"

/*
 * A stored secret that another process of ours needs in the clear. Two steps, so that the record is
 * durable before anything is opened: recorded in a transaction, opened once that is committed.
 */
struct secret_hand { /* in ctx->arena */
	struct secret_ref ref;
	struct block blob;
};
/* Whose it is, and for what (kind: data of the event). */
struct secret_owner {
	const char *type, *name, *kind;
	const struct uuid *id;
};

/* In the caller's transaction: reads the secret, sealed, and writes secret.released.
 * ERR_NOT_FOUND. */
enum err secret_hand_record(struct ctx *ctx, const struct uuid *secret_id,
			    const struct secret_owner *owner, struct secret_hand *out) ERR_CHECKED;
/* After that transaction, and outside of any: the plain text in a pipe, which the caller closes;
 * *out_fd is -1 when it could not be made. ERR_SEALED. */
enum err secret_hand_open(struct ctx *ctx, const struct secret_hand *hand, int *out_fd) ERR_CHECKED;

#endif
