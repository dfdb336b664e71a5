/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUDIT_CHECKPOINT_H
#define AUDIT_CHECKPOINT_H

#include "audit/merkle.h"
#include "base/ctx.h"

/*
 * Makes a checkpoint of the committed tree: root, consistency proof from what the keeper signed
 * last, the keeper's signature (through authority), a row in audit_checkpoint, and the note in the
 * checkpoints folder: appended to YYYY-MM-DD.txt, and whole in `latest`; `vkey` names the key.
 */
struct checkpoint_signer {
	enum err (*last)(struct ctx *ctx, void *arg, uint64_t *out_size, uint8_t out_root[32],
			 uint8_t out_public_key[32]);
	enum err (*sign)(struct ctx *ctx, void *arg, uint64_t old_size, uint64_t size,
			 const uint8_t root[32], const struct merkle_proof *consistency,
			 uint8_t out_signature[64]);
	void *arg;
};

enum { CHECKPOINT_SILENCE_S = 3600 };

/* Does nothing when the newest stored one covers the whole tree and is younger than an hour.
 * folder_fd: -1 writes no files. *out_made: a new one was stored.
 * ERR_INTEGRITY: the stored log does not extend what the keeper signed: it was rewound or changed.
 */
enum err checkpoint_make(struct ctx *ctx, const struct checkpoint_signer *signer, int folder_fd,
			 bool *out_made) ERR_CHECKED;

#endif
