/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sys.h"
#include "gateways/agent/witness.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/signer.h"
#include "vault/checkpoint_text.h"

/*
 * What a gateway holds as a witness, and is handed. Input: kind, then
 *   'f' the stored file as it is
 *   'p' a true file with some of its bytes replaced (pairs: place, byte): the same or refused
 *   'h' a checkpoint handed to a gateway that holds none, then to one that holds a true one: what
 *       is kept afterwards is signed, and not older unless the message calls itself a restart
 */
static char folder[] = "/tmp/fuzz-witness.XXXXXX";

static void folder_remove(void)
{
	static const char *const names[] = {"witness", "witness.superseded"};
	char path[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
}

static void store(const void *data, size_t len)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/witness", folder);
	scoped(fd_close_p) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert(fd >= 0 && sys_write_full(fd, data, len) == 0);
}

static size_t true_file(char text[CHECKPOINT_VKEY_SIZE + CHECKPOINT_NOTE_SIZE])
{
	static const uint8_t root[32] = "the root of a tree";
	char body[CHECKPOINT_BODY_SIZE];
	uint8_t signature[64];

	checkpoint_vkey(signer_key(), text);
	size_t len = strlen(text);
	text[len++] = '\n';
	signer_sign(body, checkpoint_body(signer_key(), 7, root, body), signature);
	return len + checkpoint_note(signer_key(), 7, root, signature, text + len);
}

/* Whatever loads is signed by the key it names. */
static bool loads(struct witness *witness)
{
	uint8_t root[32];
	uint64_t size;
	struct ctx ctx;

	ctx_init(&ctx, NULL);
	if (witness_load(&ctx, witness, folder) != ERR_OK)
		return false;
	assert(checkpoint_note_verify(witness->note, witness->note_len, witness->key, &size, root));
	assert(size == witness->size && memcmp(root, witness->root, sizeof(root)) == 0);
	return true;
}

static void patched(const uint8_t *data, size_t size)
{
	char text[CHECKPOINT_VKEY_SIZE + CHECKPOINT_NOTE_SIZE], copy[sizeof(text)];
	size_t len = true_file(text);
	struct witness witness;

	memcpy(copy, text, len);
	for (size_t i = 0; i + 1 < size; i += 2)
		copy[data[i] * len / 256] = (char)data[i + 1];
	store(copy, len);
	bool good = loads(&witness);
	assert(!good || witness.size == 7);
	assert(good || memcmp(copy, text, len) != 0);
	if (good)
		fuzz_accepted();
}

static void handed(const uint8_t *data, size_t size)
{
	char text[CHECKPOINT_VKEY_SIZE + CHECKPOINT_NOTE_SIZE];
	struct witness witness, after;
	struct ctx ctx;

	ctx_init(&ctx, NULL);
	store("", 0);
	(void)loads(&witness);
	if (witness_take(&ctx, &witness, data, size) == ERR_OK) {
		fuzz_accepted();
		assert(loads(&after) && after.size == witness.size);
	}
	store(text, true_file(text));
	assert(loads(&witness));
	if (witness_take(&ctx, &witness, data, size) == ERR_OK)
		assert(loads(&after) && (after.size >= 7 || data[0] != 0));
	else
		assert(loads(&after) && after.size == 7);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct witness witness;

	if (folder[sizeof(folder) - 2] == 'X') {
		assert(mkdtemp(folder) != NULL);
		assert(atexit(folder_remove) == 0);
	}
	if (size == 0)
		return 0;
	switch (data[0]) {
	case 'f':
		store(data + 1, size - 1);
		if (loads(&witness))
			fuzz_accepted();
		break;
	case 'p': patched(data + 1, size - 1); break;
	case 'h': handed(data + 1, size - 1); break;
	default: break;
	}
	return 0;
}
