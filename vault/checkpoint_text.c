/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vault/checkpoint_text.h"

#include <inttypes.h>
#include <sodium.h>

#include "base/text.h"

static const char dash[] = "\xe2\x80\x94"; /* em dash that begins a signature line */

void checkpoint_installation_id(const uint8_t public_key[32], char out[CHECKPOINT_ID_SIZE])
{
	static const char label[] = "sekisho-installation/1";
	uint8_t hash[32];
	crypto_hash_sha256_state state;
	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, (const uint8_t *)label, sizeof(label));
	crypto_hash_sha256_update(&state, public_key, 32);
	crypto_hash_sha256_final(&state, hash);
	hex_encode(hash, 16, out);
}

void checkpoint_origin(const uint8_t public_key[32], char out[CHECKPOINT_ORIGIN_SIZE])
{
	char id[CHECKPOINT_ID_SIZE];
	checkpoint_installation_id(public_key, id);
	(void)snprintf(out, CHECKPOINT_ORIGIN_SIZE, "sekisho/%s", id);
}

size_t checkpoint_body(const uint8_t public_key[32], uint64_t size, const uint8_t root[32],
		       char out[CHECKPOINT_BODY_SIZE])
{
	char origin[CHECKPOINT_ORIGIN_SIZE], root_text[BASE64_SIZE(32)];
	checkpoint_origin(public_key, origin);
	base64_encode(root, 32, root_text);
	return (size_t)snprintf(out, CHECKPOINT_BODY_SIZE, "%s\n%" PRIu64 "\n%s\n", origin, size,
				root_text);
}

/* SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key), first four bytes. */
static void key_id(const uint8_t public_key[32], uint8_t out[4])
{
	char origin[CHECKPOINT_ORIGIN_SIZE];
	uint8_t hash[32];
	crypto_hash_sha256_state state;
	checkpoint_origin(public_key, origin);
	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, (const uint8_t *)origin, strlen(origin));
	crypto_hash_sha256_update(&state, (const uint8_t *)"\n\x01", 2);
	crypto_hash_sha256_update(&state, public_key, 32);
	crypto_hash_sha256_final(&state, hash);
	memcpy(out, hash, 4);
}

size_t checkpoint_note(const uint8_t public_key[32], uint64_t size, const uint8_t root[32],
		       const uint8_t signature[64], char out[CHECKPOINT_NOTE_SIZE])
{
	char body[CHECKPOINT_BODY_SIZE], origin[CHECKPOINT_ORIGIN_SIZE], line[BASE64_SIZE(68)];
	uint8_t signed_by[68];
	checkpoint_body(public_key, size, root, body);
	checkpoint_origin(public_key, origin);
	key_id(public_key, signed_by);
	memcpy(signed_by + 4, signature, 64);
	base64_encode(signed_by, sizeof(signed_by), line);
	return (size_t)snprintf(out, CHECKPOINT_NOTE_SIZE, "%s\n%s %s %s\n", body, dash, origin,
				line);
}

void checkpoint_vkey(const uint8_t public_key[32], char out[CHECKPOINT_VKEY_SIZE])
{
	char origin[CHECKPOINT_ORIGIN_SIZE], hex[9], text[BASE64_SIZE(33)];
	uint8_t id[4], typed[33] = {0x01};
	checkpoint_origin(public_key, origin);
	key_id(public_key, id);
	hex_encode(id, sizeof(id), hex);
	memcpy(typed + 1, public_key, 32);
	base64_encode(typed, sizeof(typed), text);
	(void)snprintf(out, CHECKPOINT_VKEY_SIZE, "%s+%s+%s", origin, hex, text);
}

bool checkpoint_vkey_parse(const char *vkey, uint8_t out_public_key[32])
{
	/* Base64 may contain '+': the key is behind the second one from the left. */
	const char *first = strchr(vkey, '+');
	const char *second = first ? strchr(first + 1, '+') : NULL;
	uint8_t typed[33];
	char expected[CHECKPOINT_VKEY_SIZE];
	if (second == NULL || strlen(second + 1) != BASE64_SIZE(33) - 1 ||
	    base64_decode(second + 1, strlen(second + 1), typed, sizeof(typed)) != 33)
		return false;
	checkpoint_vkey(typed + 1, expected);
	if (typed[0] != 0x01 || strcmp(expected, vkey) != 0)
		return false;
	memcpy(out_public_key, typed + 1, 32);
	return true;
}

/* Second line: decimal without leading zeros. Third: base64 of 32 bytes. */
static bool parse_body(const char *note, uint64_t *out_size, uint8_t out_root[32])
{
	const char *size_text = strchr(note, '\n');
	const char *root_text = size_text ? strchr(size_text + 1, '\n') : NULL;
	const char *end = root_text ? strchr(root_text + 1, '\n') : NULL;
	if (end == NULL || (size_t)(end - root_text - 1) != BASE64_SIZE(32) - 1)
		return false;
	uint64_t size = 0;
	for (const char *c = size_text + 1; c < root_text; c++) {
		if (*c < '0' || *c > '9' || size > (UINT64_MAX - 9) / 10)
			return false;
		size = size * 10 + (uint64_t)(*c - '0');
	}
	*out_size = size;
	return base64_decode(root_text + 1, (size_t)(end - root_text - 1), out_root, 32) == 32;
}

static bool parse_signature(const char *note, uint8_t out_signature[64])
{
	const char *gap = strstr(note, "\n\n");
	const char *space = gap ? strrchr(gap, ' ') : NULL;
	uint8_t signed_by[68];
	if (space == NULL || strlen(space + 1) != BASE64_SIZE(68) ||
	    base64_decode(space + 1, BASE64_SIZE(68) - 1, signed_by, sizeof(signed_by)) != 68)
		return false;
	memcpy(out_signature, signed_by + 4, 64);
	return true;
}

bool checkpoint_note_verify(const char *note, size_t len, const uint8_t public_key[32],
			    uint64_t *out_size, uint8_t out_root[32])
{
	char text[CHECKPOINT_NOTE_SIZE], expected[CHECKPOINT_NOTE_SIZE], body[CHECKPOINT_BODY_SIZE];
	uint8_t root[32], signature[64];
	uint64_t size;
	if (len >= sizeof(text) || memchr(note, 0, len) != NULL)
		return false;
	memcpy(text, note, len);
	text[len] = '\0';
	if (!parse_body(text, &size, root) || !parse_signature(text, signature))
		return false;
	checkpoint_note(public_key, size, root, signature, expected);
	size_t body_len = checkpoint_body(public_key, size, root, body);
	if (strcmp(text, expected) != 0 ||
	    crypto_sign_verify_detached(signature, (const uint8_t *)body, body_len, public_key) !=
		    0)
		return false;
	*out_size = size;
	memcpy(out_root, root, 32);
	return true;
}
