/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/worker_witness.h"

#include "audit/tree_sql.h"
#include "gateways/proto/witness.h"
#include "vault/checkpoint_text.h"

static struct block text_of(const char *text)
{
	return (struct block){(const uint8_t *)text, strlen(text)};
}

/* Only what our key signed counts: a gateway cannot cry wolf. */
static bool counts(const struct presented_witness *presented, const char *vkey)
{
	uint8_t key[32], root[MERKLE_HASH];
	uint64_t size = 0;
	if (presented->size == 0)
		return true;
	return checkpoint_vkey_parse(vkey, key) &&
	       checkpoint_note_verify(presented->note, presented->note_len, key, &size, root) &&
	       size == presented->size && memcmp(root, presented->root, MERKLE_HASH) == 0;
}

static enum err is_lost(struct ctx *ctx, const struct presented_witness *presented,
			uint64_t own_size, bool *out)
{
	const struct merkle_source source = tree_sql_source(ctx);
	uint8_t root[MERKLE_HASH];
	*out = presented->size > own_size;
	if (*out || presented->size == 0)
		return ERR_OK;
	enum err err = merkle_root_at(&source, presented->size, root);
	if (err == ERR_OK)
		*out = memcmp(root, presented->root, MERKLE_HASH) != 0;
	return err;
}

static enum err hand(struct ctx *ctx, const struct presented_witness *presented,
		     const struct tree_checkpoint *newest, bool restart, struct buf *out)
{
	const struct merkle_source source = tree_sql_source(ctx);
	struct merkle_proof proof = {0};
	enum err err = ERR_OK;
	if (!restart && newest->size <= presented->size)
		return ERR_OK;
	if (!restart)
		err = merkle_consistency(&source, presented->size, newest->size, &proof);
	const struct witness_handed message = {.restart = restart,
					       .vkey = text_of(newest->vkey),
					       .note = text_of(newest->note),
					       .proof = {proof.hash[0], proof.count * MERKLE_HASH}};
	if (err == ERR_OK)
		codec_put(out, &witness_handed_codec, &message);
	return err;
}

enum err worker_witness_judge(struct ctx *ctx, const struct presented_witness *presented,
			      struct msg_witness_judged *out, struct buf *handed)
{
	struct tree_checkpoint newest;
	bool lost = false;
	uint64_t own_size = 0;
	enum err err = tree_sql_size(ctx, &own_size);
	if (err == ERR_OK)
		err = tree_sql_last_checkpoint(ctx, &newest);
	if (err != ERR_OK)
		return err;
	if (counts(presented, newest.vkey)) {
		err = is_lost(ctx, presented, own_size, &lost);
		if (err == ERR_OK && (!lost || presented->acknowledged))
			err = hand(ctx, presented, &newest, lost, handed);
	}
	if (err != ERR_OK)
		return err;
	*out = (struct msg_witness_judged){.gateway_id = presented->gateway_id,
					   .size = presented->size,
					   .own_size = own_size,
					   .lost = lost,
					   .handed = {handed->data, handed->len}};
	memcpy(out->root, presented->root, sizeof(out->root));
	return ERR_OK;
}
