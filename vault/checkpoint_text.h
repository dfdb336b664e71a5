/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VAULT_CHECKPOINT_TEXT_H
#define VAULT_CHECKPOINT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * C2SP tlog-checkpoint in signed-note form, Ed25519. The origin is "sekisho/<installation id>",
 * where the installation id is made from the checkpoint public key itself, so that nobody can claim
 * another's name:
 *
 *   sekisho/9f86d081884c7d659a2feaa0c55ad015
 *   1234
 *   <base64 of the root hash>
 *
 *   — sekisho/9f86d081884c7d659a2feaa0c55ad015 <base64 of key id (4) ‖ signature (64)>
 *
 * vkey: "<origin>+<key id, 8 hex digits>+<base64 of 0x01 ‖ public key>".
 */
enum {
	CHECKPOINT_ORIGIN_SIZE = 41,
	CHECKPOINT_BODY_SIZE = 160,
	CHECKPOINT_NOTE_SIZE = 512,
	CHECKPOINT_VKEY_SIZE = 128,
	CHECKPOINT_ID_SIZE = 33,
};

/* 32 hex digits. */
void checkpoint_installation_id(const uint8_t public_key[32], char out[CHECKPOINT_ID_SIZE]);
void checkpoint_origin(const uint8_t public_key[32], char out[CHECKPOINT_ORIGIN_SIZE]);
/* The signed text, with its last newline; returns its length. */
size_t checkpoint_body(const uint8_t public_key[32], uint64_t size, const uint8_t root[32],
		       char out[CHECKPOINT_BODY_SIZE]);
/* The whole note, NUL-terminated; returns its length. */
size_t checkpoint_note(const uint8_t public_key[32], uint64_t size, const uint8_t root[32],
		       const uint8_t signature[64], char out[CHECKPOINT_NOTE_SIZE]);
void checkpoint_vkey(const uint8_t public_key[32], char out[CHECKPOINT_VKEY_SIZE]);

/* False unless vkey is exactly the form above, with the right key id and origin. */
bool checkpoint_vkey_parse(const char *vkey, uint8_t out_public_key[32]);
/* Parses note and verifies its signature by public_key; the text must be exactly what
 * checkpoint_note would write. */
bool checkpoint_note_verify(const char *note, size_t len, const uint8_t public_key[32],
			    uint64_t *out_size, uint8_t out_root[32]);

#endif
