/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vault/checkpoint_state.h"

#include <sodium.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/sys.h"

enum { SLOT = 128, SLOTS = 2, BODY = 8 + 8 + 8 + 32 + 32 };

static const uint8_t magic[8] = {'S', 'K', 'C', 'P', 'T', '0', '0', '1'};

/* Of one slot; false when it is torn, foreign or empty. */
static bool parse_slot(const uint8_t raw[SLOT], struct checkpoint_state *out)
{
	uint8_t check[32];
	crypto_hash_sha256(check, raw, BODY);
	if (memcmp(raw, magic, sizeof(magic)) != 0 || memcmp(raw + BODY, check, 32) != 0)
		return false;
	struct rd rd = rd_of(raw + sizeof(magic), SLOT - sizeof(magic));
	out->counter = rd_u64(&rd);
	out->size = rd_u64(&rd);
	memcpy(out->root, rd_bytes(&rd, 32), 32);
	memcpy(out->public_key, rd_bytes(&rd, 32), 32);
	return true;
}

enum err checkpoint_state_load(struct ctx *ctx, struct checkpoint_state *state, int fd)
{
	uint8_t raw[SLOT * SLOTS] = {0};
	memset(state, 0, sizeof(*state));
	state->fd = fd;
	ssize_t n = fd < 0 ? -1 : sys_table()->pread(fd, raw, sizeof(raw), 0);
	if (n < 0)
		return err_set(ctx, ERR_IO, "the keeper's state file cannot be read");
	for (int i = 0; i < SLOTS; i++) {
		struct checkpoint_state slot = {.fd = fd, .present = true};
		if (parse_slot(raw + (size_t)i * SLOT, &slot) &&
		    (!state->present || slot.counter > state->counter))
			*state = slot;
	}
	if (n > 0 && !state->present)
		return err_set(ctx, ERR_INTEGRITY,
			       "the keeper's state file is damaged: restore it from its backup");
	return ERR_OK;
}

enum err checkpoint_state_store(struct ctx *ctx, struct checkpoint_state *state,
				const uint8_t public_key[32], uint64_t size, const uint8_t root[32])
{
	struct checkpoint_state next = {
		.fd = state->fd, .counter = state->counter + 1, .size = size, .present = true};
	memcpy(next.root, root, 32);
	memcpy(next.public_key, public_key, 32);
	scoped(buf_clear) struct buf slot;
	uint8_t check[32], raw[SLOT] = {0};
	buf_init(&slot, SLOT);
	buf_put(&slot, magic, sizeof(magic));
	buf_put_u64(&slot, next.counter);
	buf_put_u64(&slot, next.size);
	buf_put(&slot, next.root, 32);
	buf_put(&slot, next.public_key, 32);
	if (buf_failed(&slot))
		return err_set(ctx, ERR_MEMORY, "out of memory");
	crypto_hash_sha256(check, slot.data, BODY);
	memcpy(raw, slot.data, BODY);
	memcpy(raw + BODY, check, sizeof(check));
	off_t at = (off_t)(next.counter % SLOTS) * SLOT;
	bool stored = sys_table()->pwrite(state->fd, raw, SLOT, at) == SLOT;
#ifndef SEKISHO_DEFECT_SKIP_FSYNC
	stored = stored && sys_table()->fdatasync(state->fd) == 0;
#endif
	if (!stored)
		return err_set(ctx, ERR_IO, "the keeper's state file cannot be written");
	*state = next;
	return ERR_OK;
}
