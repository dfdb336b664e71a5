/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/signer.h"
#include "vault/checkpoint_text.h"

/* A checkpoint that anybody may hand us. Bytes as they are; and a true note with some of its bytes
 * replaced: either nothing changed or it is refused. */
static void vkey(const char *text)
{
	uint8_t key[32];
	char again[CHECKPOINT_VKEY_SIZE];

	if (!checkpoint_vkey_parse(text, key))
		return;
	checkpoint_vkey(key, again);
	assert(strcmp(again, text) == 0);
}

static size_t true_note(char note[CHECKPOINT_NOTE_SIZE])
{
	static const uint8_t root[32] = "the root of a tree";
	char body[CHECKPOINT_BODY_SIZE];
	uint8_t signature[64];

	signer_sign(body, checkpoint_body(signer_key(), 1234, root, body), signature);
	return checkpoint_note(signer_key(), 1234, root, signature, note);
}

static void patched(const uint8_t *data, size_t size)
{
	char note[CHECKPOINT_NOTE_SIZE] = "", copy[CHECKPOINT_NOTE_SIZE];
	size_t len = true_note(note);
	uint8_t root[32];
	uint64_t said;

	memcpy(copy, note, sizeof(copy));
	for (size_t i = 0; i + 1 < size; i += 2)
		copy[data[i] % len] = (char)data[i + 1];
	bool same = memcmp(copy, note, len) == 0;
	bool good = checkpoint_note_verify(copy, len, signer_key(), &said, root);
	assert(good == same && (!good || said == 1234));
	assert(!checkpoint_note_verify(note, len - 1, signer_key(), &said, root));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd rd = rd_of(data, size);
	char *text = fuzz_rest(&rd);
	uint8_t root[32];
	uint64_t said;

	vkey(text);
	if (checkpoint_note_verify((const char *)data, size, signer_key(), &said, root)) {
		char note[CHECKPOINT_NOTE_SIZE];

		assert(size < sizeof(note));
	}
	patched(data, size);
	free(text);
	return 0;
}
