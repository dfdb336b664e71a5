/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/agent/witness.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "vault/checkpoint_text.h"
#include "vault/merkle_proof.h"

enum {
	FILE_MAX = CHECKPOINT_VKEY_SIZE + CHECKPOINT_NOTE_SIZE,
	SUPERSEDED_MAX = 64 * 1024, /* some 200 restarts: more are no administrator's */
};

static void free_p(uint8_t **data)
{
	free(*data);
}

static bool take_note(struct witness *out, const char *note, size_t len)
{
	if (len > sizeof(out->note) ||
	    !checkpoint_note_verify(note, len, out->key, &out->size, out->root))
		return false;
	memcpy(out->note, note, len);
	out->note_len = len;
	return true;
}

/* vkey, a line end, the note. */
static bool parse(const char *text, size_t len, struct witness *out)
{
	char vkey[CHECKPOINT_VKEY_SIZE];
	const char *end = memchr(text, '\n', len);
	size_t vkey_len = end != NULL ? (size_t)(end - text) : sizeof(vkey);
	if (vkey_len >= sizeof(vkey))
		return false;
	memcpy(vkey, text, vkey_len);
	vkey[vkey_len] = '\0';
	return checkpoint_vkey_parse(vkey, out->key) && take_note(out, end + 1, len - vkey_len - 1);
}

enum err witness_load(struct ctx *ctx, struct witness *witness, const char *dir)
{
	scoped(free_p) uint8_t *data = NULL;
	size_t len = 0;
	*witness = (struct witness){0};
	state_path(dir, "witness", witness->path);
	state_path(dir, "witness.superseded", witness->old_path);
	enum err err = sys_read_file(witness->path, FILE_MAX, &data, &len);
	if (err != ERR_OK)
		return err_set(ctx, err, "%s: not read", witness->path);
	struct witness read = *witness;
	if (!parse((const char *)data, len, &read))
		return err_set(ctx, ERR_INTEGRITY, "%s is damaged", witness->path);
	*witness = read;
	witness->present = true;
	return ERR_OK;
}

void witness_put(const struct witness *witness, struct buf *out)
{
	struct witness_presented held = {0};
	if (witness->present) {
		held.size = witness->size;
		memcpy(held.root, witness->root, sizeof(held.root));
		held.note = (struct block){(const uint8_t *)witness->note, witness->note_len};
	}
	codec_put(out, &witness_presented_codec, &held);
}

static enum err extends(struct ctx *ctx, const struct witness *held, const struct witness *next,
			const struct block *proof)
{
	if (!held->present)
		return ERR_OK;
	if (next->size < held->size)
		return err_set(ctx, ERR_STALE, "the checkpoint is older than the one held");
	if (proof->len % MERKLE_HASH != 0 ||
	    !merkle_verify_consistency(held->size, held->root, next->size, next->root, proof->data,
				       proof->len / MERKLE_HASH))
		return err_set(
			ctx, ERR_INTEGRITY,
			"the checkpoint does not extend the one held: the log was rewritten");
	return ERR_OK;
}

static enum err keep_old(struct ctx *ctx, const struct witness *held)
{
	scoped(free_p) uint8_t *data = NULL;
	scoped(fd_close_p) int fd = -1;
	struct stat st;
	size_t len = 0;
	if (!held->present)
		return ERR_OK;
	fd = open(held->old_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0 || fstat(fd, &st) != 0 ||
	    sys_read_file(held->path, FILE_MAX, &data, &len) != ERR_OK)
		return err_set(ctx, ERR_IO, "%s: cannot be written", held->old_path);
	/* Who took the server's edge over could else fill this disk, one restart after the other.
	 */
	if ((uint64_t)st.st_size + len > SUPERSEDED_MAX)
		return err_set(ctx, ERR_LIMIT, "%s is full: keep it elsewhere and remove it",
			       held->old_path);
	if (sys_write_full(fd, data, len) != 0 || sys_table()->fdatasync(fd) != 0)
		return err_set(ctx, ERR_IO, "%s: cannot be written", held->old_path);
	return ERR_OK;
}

static enum err store(struct ctx *ctx, struct witness *witness, const struct witness *next,
		      const struct witness_handed *handed)
{
	scoped(buf_clear) struct buf text;
	buf_init(&text, FILE_MAX);
	buf_put(&text, handed->vkey.data, handed->vkey.len);
	buf_put_u8(&text, '\n');
	buf_put(&text, handed->note.data, handed->note.len);
	if (buf_failed(&text) || sys_replace_file(witness->path, text.data, text.len, 0600))
		return err_set(ctx, ERR_IO, "%s: cannot be written", witness->path);
	*witness = *next;
	return ERR_OK;
}

enum err witness_take(struct ctx *ctx, struct witness *witness, const void *data, size_t len)
{
	char vkey[CHECKPOINT_VKEY_SIZE] = "";
	struct witness next = *witness;
	struct witness_handed handed;
	next.present = true;
	if (codec_get(&witness_handed_codec, data, len, &handed) != ERR_OK ||
	    handed.vkey.len >= sizeof(vkey))
		return err_set(ctx, ERR_INPUT, "the checkpoint is malformed");
	memcpy(vkey, handed.vkey.data, handed.vkey.len);
	if (!checkpoint_vkey_parse(vkey, next.key))
		return err_set(ctx, ERR_INPUT, "the checkpoint's key is malformed");
	if (witness->present && memcmp(next.key, witness->key, sizeof(next.key)) != 0)
		return err_set(ctx, ERR_DENIED, "the checkpoint is signed by another key");
	if (!take_note(&next, (const char *)handed.note.data, handed.note.len))
		return err_set(ctx, ERR_INTEGRITY, "the checkpoint's signature does not verify");
	enum err err = handed.restart ? keep_old(ctx, witness)
				      : extends(ctx, witness, &next, &handed.proof);
	return err != ERR_OK ? err : store(ctx, witness, &next, &handed);
}
