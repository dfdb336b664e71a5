/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VAULT_CHECKPOINT_STATE_H
#define VAULT_CHECKPOINT_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ctx.h"

/*
 * What the keeper signed last, in a file only it holds: two slots of 128 bytes, written in turn
 * with a counter and a checksum, so that a torn write leaves the other one. Each names the
 * checkpoint key it belongs to.
 */
struct checkpoint_state {
	int fd; /* borrowed */
	uint64_t counter;
	uint64_t size;
	uint8_t root[32];
	uint8_t public_key[32];
	bool present;
};

/* Reads the newest good slot; an empty file leaves present false. ERR_INTEGRITY when something is
 * there but no slot is whole. */
enum err checkpoint_state_load(struct ctx *ctx, struct checkpoint_state *state, int fd) ERR_CHECKED;
/* Durable before it returns ERR_OK; *state changes only then. */
enum err checkpoint_state_store(struct ctx *ctx, struct checkpoint_state *state,
				const uint8_t public_key[32], uint64_t size,
				const uint8_t root[32]) ERR_CHECKED;

#endif
