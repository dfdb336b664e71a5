/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/checkpoint.h"

#include <fcntl.h>
#include <unistd.h>

#include "audit/tree_sql.h"
#include "base/cleanup.h"
#include "base/sys.h"
#include "base/text.h"
#include "vault/checkpoint_text.h"

struct last_signed {
	uint64_t size;
	uint8_t root[32], public_key[32];
};

static enum err write_file(int folder_fd, const char *name, int flags, const char *text)
{
	scoped(fd_close_p) int fd =
		openat(folder_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, 0640);
	if (fd < 0 || sys_write_full(fd, text, strlen(text)) != 0 ||
	    sys_table()->fdatasync(fd) != 0)
		return ERR_IO;
	return ERR_OK;
}

/* Readers find the old text or the new one, never a piece. */
static enum err replace_file(int folder_fd, const char *name, const char *text)
{
	char new_name[32];
	(void)snprintf(new_name, sizeof(new_name), "%s.new", name);
	if (write_file(folder_fd, new_name, O_TRUNC, text) != ERR_OK ||
	    renameat(folder_fd, new_name, folder_fd, name) != 0)
		return ERR_IO;
	return ERR_OK;
}

static enum err write_files(struct ctx *ctx, int folder_fd,
			    const struct tree_checkpoint *checkpoint)
{
	char day[TIME_TEXT_SIZE], name[32], entry[CHECKPOINT_NOTE_SIZE + 2];
	time_format(checkpoint->signed_at, day);
	(void)snprintf(name, sizeof(name), "%.10s.txt", day);
	(void)snprintf(entry, sizeof(entry), "%s\n", checkpoint->note);
	if (write_file(folder_fd, name, O_APPEND, entry) != ERR_OK ||
	    replace_file(folder_fd, "latest", checkpoint->note) != ERR_OK ||
	    replace_file(folder_fd, "vkey", checkpoint->vkey) != ERR_OK)
		return err_set(ctx, ERR_IO, "the checkpoints folder cannot be written");
	return ERR_OK;
}

/* True when there is nothing to say: whole tree covered, and recently. */
static enum err up_to_date(struct ctx *ctx, uint64_t size, bool *out)
{
	struct tree_checkpoint stored = {0};
	enum err err = tree_sql_last_checkpoint(ctx, &stored);
	if (err == ERR_NOT_FOUND) {
		*out = size == 0;
		return ERR_OK;
	}
	if (err != ERR_OK)
		return err;
	int64_t age = sys_real_us() - stored.signed_at;
	*out = stored.size == size && age >= 0 && age < INT64_C(1000000) * CHECKPOINT_SILENCE_S;
	return ERR_OK;
}

static enum err sign(struct ctx *ctx, const struct checkpoint_signer *signer,
		     const struct last_signed *last, struct tree_checkpoint *made,
		     char note[CHECKPOINT_NOTE_SIZE])
{
	const struct merkle_source source = tree_sql_source(ctx);
	struct merkle_proof proof;
	uint8_t signature[64], root[32];
	uint64_t size;
	enum err err = merkle_consistency(&source, last->size, made->size, &proof);
	if (err != ERR_OK)
		return err;
	if (!merkle_verify_consistency(last->size, last->root, made->size, made->root,
				       proof.hash[0], proof.count))
		return err_reason(ctx, ERR_INTEGRITY, "checkpoint.not_extending",
				  "the stored log does not extend the last signed checkpoint");
	err = signer->sign(ctx, signer->arg, last->size, made->size, made->root, &proof, signature);
	if (err != ERR_OK)
		return err;
	size_t len = checkpoint_note(last->public_key, made->size, made->root, signature, note);
	if (!checkpoint_note_verify(note, len, last->public_key, &size, root))
		return err_set(ctx, ERR_INTEGRITY, "the keeper's signature does not verify");
	return ERR_OK;
}

static enum err make(struct ctx *ctx, const struct checkpoint_signer *signer, uint64_t size,
		     int folder_fd)
{
	struct last_signed last;
	struct tree_checkpoint made = {.size = size, .signed_at = sys_real_us()};
	char note[CHECKPOINT_NOTE_SIZE], vkey[CHECKPOINT_VKEY_SIZE];
	const struct merkle_source source = tree_sql_source(ctx);
	enum err err = signer->last(ctx, signer->arg, &last.size, last.root, last.public_key);
	if (err != ERR_OK)
		return err;
	if (size < last.size)
		return err_reason(ctx, ERR_INTEGRITY, "checkpoint.rewound",
				  "the stored log is shorter than the last signed checkpoint");
	err = merkle_root_at(&source, size, made.root);
	if (err == ERR_OK)
		err = sign(ctx, signer, &last, &made, note);
	if (err != ERR_OK)
		return err;
	checkpoint_vkey(last.public_key, vkey);
	made.note = note;
	made.vkey = vkey;
	err = tree_sql_insert_checkpoint(ctx, &made);
	if (err == ERR_OK && folder_fd >= 0)
		err = write_files(ctx, folder_fd, &made);
	return err;
}

enum err checkpoint_make(struct ctx *ctx, const struct checkpoint_signer *signer, int folder_fd,
			 bool *out_made)
{
	uint64_t size = 0;
	bool done = false;
	*out_made = false;
	enum err err = tree_sql_size(ctx, &size);
	if (err == ERR_OK)
		err = up_to_date(ctx, size, &done);
	if (err != ERR_OK || done)
		return err;
	err = make(ctx, signer, size, folder_fd);
	*out_made = err == ERR_OK;
	return err;
}
