/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_AGENT_WITNESS_H
#define GATEWAYS_AGENT_WITNESS_H

#include "base/ctx.h"
#include "gateways/agent/state.h"
#include "gateways/proto/witness.h"

/*
 * The newest checkpoint of the server's audit log, kept in the file `witness` (verifier key, then
 * the signed note) and never exchanged for one that does not extend it. The first key seen is
 * the key. What a restart replaces is appended to `witness.superseded` (at most 64 KiB): evidence
 * is not thrown away.
 */
struct witness {
	char path[STATE_PATH_MAX], old_path[STATE_PATH_MAX];
	bool present;
	uint8_t key[32], root[32];
	uint64_t size;
	char note[512];
	size_t note_len;
};

/* Reads what is stored. ERR_NOT_FOUND: nothing yet; ERR_INTEGRITY: the file is damaged. */
enum err witness_load(struct ctx *ctx, struct witness *witness, const char *dir) ERR_CHECKED;
/* Appends what to present. */
void witness_put(const struct witness *witness, struct buf *out);
/* Verifies a handed checkpoint and keeps it durably. ERR_DENIED: another key's; ERR_INTEGRITY: not
 * signed, or not an extension; ERR_STALE: older; ERR_LIMIT: `witness.superseded` is full. */
enum err witness_take(struct ctx *ctx, struct witness *witness, const void *data,
		      size_t len) ERR_CHECKED;

#endif
