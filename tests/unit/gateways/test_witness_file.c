/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateways/agent/witness.h"
#include "tests/fuzz/signer.h"
#include "vault/checkpoint_text.h"

enum { SUPERSEDED_MAX = 64 * 1024, MORE_THAN_FIT = 1000 };

static char folder[] = "/tmp/test-witness.XXXXXX";

static enum err hand(struct witness *witness, uint64_t size, bool restart)
{
	static const uint8_t root[32] = "the root of a tree";
	char body[CHECKPOINT_BODY_SIZE], note[CHECKPOINT_NOTE_SIZE], vkey[CHECKPOINT_VKEY_SIZE];
	uint8_t signature[64];
	struct buf message;
	struct ctx ctx;

	ctx_init(&ctx, NULL);
	checkpoint_vkey(signer_key(), vkey);
	signer_sign(body, checkpoint_body(signer_key(), size, root, body), signature);
	const struct witness_handed handed = {
		.restart = restart,
		.vkey = {(const uint8_t *)vkey, strlen(vkey)},
		.note = {(const uint8_t *)note,
			 checkpoint_note(signer_key(), size, root, signature, note)}};
	buf_init(&message, WITNESS_HANDED_MAX);
	codec_put(&message, &witness_handed_codec, &handed);
	enum err err = witness_take(&ctx, witness, message.data, message.len);
	buf_clear(&message);
	return err;
}

/* A server whose edge was taken over sees signed checkpoints, and may call each of them a restart.
 */
static void restarts_do_not_fill_the_disk(void **state)
{
	enum err err = ERR_OK;
	struct witness witness;
	struct stat st;
	struct ctx ctx;
	int taken = 0;

	(void)state;
	ctx_init(&ctx, NULL);
	assert_non_null(mkdtemp(folder));
	assert_int_equal(witness_load(&ctx, &witness, folder), ERR_NOT_FOUND);
	assert_int_equal(hand(&witness, 1, false), ERR_OK);
	while (taken < MORE_THAN_FIT && err == ERR_OK) {
		err = hand(&witness, 2 + (uint64_t)taken, true);
		taken += err == ERR_OK;
	}
	assert_int_equal(err, ERR_LIMIT);
	assert_in_range(taken, 100, MORE_THAN_FIT - 1);
	assert_int_equal(stat(witness.old_path, &st), 0);
	assert_in_range(st.st_size, SUPERSEDED_MAX / 2, SUPERSEDED_MAX);
	assert_int_equal(witness.size, 1 + (uint64_t)taken); /* the refused one is not held */

	assert_int_equal(unlink(witness.old_path), 0); /* as the message says */
	assert_int_equal(hand(&witness, 5, true), ERR_OK);
	assert_int_equal(unlink(witness.old_path), 0);
	assert_int_equal(unlink(witness.path), 0);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(restarts_do_not_fill_the_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
