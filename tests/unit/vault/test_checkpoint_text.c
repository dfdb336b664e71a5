/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>

#include "vault/checkpoint_text.h"

/* Computed apart from this code, for the public key 00 01 … 1f. */
static const char origin[] = "sekisho/cf07cea1aad9a9d3dcfbdd31bcdd65af";
static const char vkey[] =
	"sekisho/"
	"cf07cea1aad9a9d3dcfbdd31bcdd65af+965016fd+AQABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

static void origin_and_key_follow_the_public_key(void **state)
{
	uint8_t key[32], parsed[32];
	char text[CHECKPOINT_VKEY_SIZE];
	(void)state;
	for (uint8_t i = 0; i < 32; i++)
		key[i] = i;
	checkpoint_origin(key, text);
	assert_string_equal(text, origin);
	checkpoint_vkey(key, text);
	assert_string_equal(text, vkey);
	assert_true(checkpoint_vkey_parse(vkey, parsed));
	assert_memory_equal(parsed, key, 32);
}

static void malformed_keys_are_refused(void **state)
{
	char text[sizeof(vkey)];
	uint8_t parsed[32];
	(void)state;
	for (size_t i = 0; i < sizeof(vkey) - 1; i++) {
		memcpy(text, vkey, sizeof(vkey));
		text[i] ^= 1;
		assert_false(checkpoint_vkey_parse(text, parsed));
		text[i] = '\0';
		assert_false(checkpoint_vkey_parse(text, parsed));
	}
}

static void note_verifies_only_as_it_was_signed(void **state)
{
	uint8_t public_key[32], private_key[64], root[32] = {7}, signature[64], out_root[32];
	char body[CHECKPOINT_BODY_SIZE], note[CHECKPOINT_NOTE_SIZE];
	uint64_t size = 0;
	(void)state;
	crypto_sign_keypair(public_key, private_key);
	size_t len = checkpoint_body(public_key, 1234, root, body);
	crypto_sign_detached(signature, NULL, (uint8_t *)body, len, private_key);
	len = checkpoint_note(public_key, 1234, root, signature, note);
	assert_true(checkpoint_note_verify(note, len, public_key, &size, out_root));
	assert_int_equal(size, 1234);
	assert_memory_equal(out_root, root, 32);
	for (size_t i = 0; i < len; i++) {
		assert_false(checkpoint_note_verify(note, i, public_key, &size, out_root));
		note[i] ^= 1;
		assert_false(checkpoint_note_verify(note, len, public_key, &size, out_root));
		note[i] ^= 1;
	}
	public_key[0] ^= 1;
	assert_false(checkpoint_note_verify(note, len, public_key, &size, out_root));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(origin_and_key_follow_the_public_key),
		cmocka_unit_test(malformed_keys_are_refused),
		cmocka_unit_test(note_verifies_only_as_it_was_signed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
