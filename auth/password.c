/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/password.h"

#include <ctype.h>
#include <sodium.h>
#include <string.h>
#include <strings.h>

#include "auth/hash_gate.h"
#include "auth/password_common.h"
#include "auth/password_cost.h"
#include "base/text.h"

_Static_assert(PASSWORD_HASH_SIZE >= crypto_pwhash_argon2id_STRBYTES, "hash text fits");

static bool contains_fold(const char *text, size_t len, const char *word)
{
	size_t word_len = strlen(word);

	for (size_t at = 0; word_len >= 4 && at + word_len <= len; at++) {
		if (strncasecmp(text + at, word, word_len) == 0)
			return true;
	}
	return false;
}

/* One of the parts of names (separated by spaces, commas, dots …) that has at least four bytes. */
static bool contains_any(const char *text, size_t len, const char *names)
{
	static const char between[] = " ,;.-_/()\t\n\xe3\x80\x80"; /* the last: U+3000 */
	char word[128];

	while (*names) {
		size_t n = strcspn(names, " ,;.-_/()\t\n");
		const char *wide = strstr(names, "\xe3\x80\x80");
		if (wide && (size_t)(wide - names) < n)
			n = (size_t)(wide - names);
		(void)snprintf(word, sizeof(word), "%.*s", (int)n, names);
		if (contains_fold(text, len, word))
			return true;
		names += n;
		names += strspn(names, between);
	}
	return false;
}

static bool has(const char *text, size_t len, int (*is)(int c))
{
	for (size_t i = 0; i < len; i++) {
		if (is((unsigned char)text[i]))
			return true;
	}
	return false;
}

static enum err check_composition(struct ctx *ctx, const struct password_policy *policy,
				  const char *text, size_t len)
{
	if (text_codepoints(text, len) < (size_t)policy->min_length)
		return err_field(ctx, "password", "password.too_short",
				 "Use at least %d characters.", (int)policy->min_length);
	if (policy->need_lower && !has(text, len, islower))
		return err_field(ctx, "password", "password.no_lower",
				 "Add a small letter (a to z).");
	if (policy->need_upper && !has(text, len, isupper))
		return err_field(ctx, "password", "password.no_upper",
				 "Add a capital letter (A to Z).");
	if (policy->need_digit && !has(text, len, isdigit))
		return err_field(ctx, "password", "password.no_digit", "Add a digit (0 to 9).");
	return ERR_OK;
}

enum err password_check(struct ctx *ctx, const struct password_policy *policy,
			const struct secret *password, const char *login, const char *display_name)
{
	const char *text = (const char *)secret_bytes(password);
	size_t len = secret_len(password);

	if (len > PASSWORD_BYTES_MAX || !text_is_utf8(text, len))
		return err_field(ctx, "password", "password.malformed",
				 "The password is too long or not valid text.");
	enum err err = check_composition(ctx, policy, text, len);
	if (err != ERR_OK)
		return err;
	if (password_is_common(text, len))
		return err_field(ctx, "password", "password.common",
				 "This is one of the first passwords anybody would guess.");
	if (contains_fold(text, len, login))
		return err_field(ctx, "password", "password.contains_login",
				 "The password contains the login name.");
	if (contains_any(text, len, display_name))
		return err_field(ctx, "password", "password.contains_name",
				 "The password contains a name of yours.");
	if (contains_any(text, len, policy->words))
		return err_field(ctx, "password", "password.contains_company",
				 "The password contains a name of the organisation.");
	return ERR_OK;
}

enum err password_hash(struct ctx *ctx, const struct secret *password, char out[PASSWORD_HASH_SIZE])
{
	struct password_cost cost = password_cost();

	memset(out, 0, PASSWORD_HASH_SIZE);
	hash_gate_enter(ctx);
	bool made = crypto_pwhash_argon2id_str(out, (const char *)secret_bytes(password),
					       secret_len(password), cost.passes,
					       (size_t)cost.kib * 1024) == 0;
	hash_gate_leave();
	if (!made)
		return err_set(ctx, ERR_MEMORY, "Not enough memory to hash a password.");
	return ERR_OK;
}

bool password_matches(struct ctx *ctx, const char *hash, const struct secret *password)
{
	hash_gate_enter(ctx);
	bool right = crypto_pwhash_argon2id_str_verify(hash, (const char *)secret_bytes(password),
						       secret_len(password)) == 0;

	password_cost_burn(password_cost_left(hash));
	hash_gate_leave();
	return right;
}
