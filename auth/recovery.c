/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/recovery.h"

#include <sodium.h>
#include <string.h>

#include "auth/hash_gate.h"
#include "base/cleanup.h"
#include "base/text.h"

enum { CODE_BYTES = 10, CODE_CHARS = 16, GROUP = 4, OPSLIMIT = 2, MEMLIMIT = 19 * 1024 * 1024 };

void recovery_write(const uint8_t bytes[CODE_BYTES], char out[RECOVERY_TEXT])
{
	char plain[CODE_CHARS + 1];
	size_t at = 0;

	base32_encode(bytes, CODE_BYTES, plain);
	for (size_t i = 0; i < CODE_CHARS; i++) {
		if (i > 0 && i % GROUP == 0)
			out[at++] = '-';
		out[at++] = plain[i];
	}
	wipe(plain, sizeof(plain));
}

/* The sixteen characters alone; false when these are not sixteen of the alphabet. */
static bool read_code(const struct secret *typed, char out[CODE_CHARS])
{
	const char *text = (const char *)secret_bytes(typed);
	size_t count = 0;

	for (size_t i = 0; i < secret_len(typed); i++) {
		char c = text[i];
		if (c == '-' || c == ' ')
			continue;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (count == CODE_CHARS || !((c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7')))
			return false;
		out[count++] = c;
	}
	return count == CODE_CHARS;
}

enum err recovery_hash(struct ctx *ctx, const struct secret *typed,
		       const uint8_t salt[RECOVERY_SALT], uint8_t out[RECOVERY_HASH])
{
	scoped(secret_free_p) struct secret *code = secret_new(CODE_CHARS);

	if (!code)
		return err_set(ctx, ERR_MEMORY, "No guarded memory for a secret.");
	bool right = read_code(typed, (char *)secret_data(code));
	hash_gate_enter(ctx);
	bool made = crypto_pwhash(out, RECOVERY_HASH, (const char *)secret_bytes(code), CODE_CHARS,
				  salt, OPSLIMIT, MEMLIMIT, crypto_pwhash_ALG_ARGON2ID13) == 0;
	hash_gate_leave();
	if (!made)
		return err_set(ctx, ERR_MEMORY, "Not enough memory to hash a recovery code.");
	if (!right)
		memset(out, 0, RECOVERY_HASH);
	return ERR_OK;
}
