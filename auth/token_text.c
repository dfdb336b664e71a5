/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/token_text.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/sys.h"
#include "base/text.h"

enum { CHECK = 4, TAIL = 48 };

static const char *const prefixes[CREDENTIAL__COUNT] = {
	[CREDENTIAL_TOKEN] = "sekisho_pat_",
	[CREDENTIAL_ACCESS] = "sekisho_at_",
	[CREDENTIAL_CLIENT] = "sekisho_cs_",
};

static void checksum(const char *prefix, const uint8_t *secret, uint8_t out[CHECK])
{
	crypto_hash_sha256_state state;
	uint8_t hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, (const uint8_t *)prefix, strlen(prefix));
	crypto_hash_sha256_update(&state, secret, TOKEN_SECRET);
	crypto_hash_sha256_final(&state, hash);
	memcpy(out, hash, CHECK);
	wipe(&state, sizeof(state));
}

void token_write(enum credential kind, const uint8_t secret[TOKEN_SECRET], char out[TOKEN_TEXT])
{
	uint8_t bytes[TOKEN_SECRET + CHECK];
	size_t len = strlen(prefixes[kind]);

	memcpy(bytes, secret, TOKEN_SECRET);
	checksum(prefixes[kind], secret, bytes + TOKEN_SECRET);
	memcpy(out, prefixes[kind], len);
	base64url_encode(bytes, sizeof(bytes), out + len);
	wipe(bytes, sizeof(bytes));
}

static bool read_tail(const char *prefix, const char *tail, uint8_t out[TOKEN_SECRET])
{
	uint8_t bytes[TOKEN_SECRET + CHECK], wanted[CHECK];
	bool right = false;

	if (strlen(tail) == TAIL &&
	    base64url_decode(tail, TAIL, bytes, sizeof(bytes)) == (long)sizeof(bytes)) {
		checksum(prefix, bytes, wanted);
		right = sodium_memcmp(wanted, bytes + TOKEN_SECRET, CHECK) == 0;
		memcpy(out, bytes, TOKEN_SECRET);
	}
	wipe(bytes, sizeof(bytes));
	return right;
}

bool token_read(const char *text, enum credential *out_kind, uint8_t out_secret[TOKEN_SECRET])
{
	for (int kind = 0; kind < CREDENTIAL__COUNT; kind++) {
		size_t len = prefixes[kind] ? strlen(prefixes[kind]) : 0;
		if (len == 0 || strncmp(text, prefixes[kind], len) != 0)
			continue;
		*out_kind = (enum credential)kind;
		return read_tail(prefixes[kind], text + len, out_secret);
	}
	return false;
}

struct secret *token_new(enum credential kind, uint8_t out_hash[32])
{
	uint8_t bytes[TOKEN_SECRET];
	struct secret *text = secret_new(TOKEN_TEXT);

	if (!text)
		return NULL;
	sys_random(bytes, sizeof(bytes));
	crypto_hash_sha256(out_hash, bytes, sizeof(bytes));
	token_write(kind, bytes, (char *)secret_data(text));
	secret_truncate(text, strlen((char *)secret_data(text)));
	wipe(bytes, sizeof(bytes));
	return text;
}
