/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/password.h"

#include <ctype.h>
#include <sodium.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

enum { OPSLIMIT = 3, MEMLIMIT = 64 * 1024 * 1024 };

_Static_assert(PASSWORD_HASH_SIZE >= crypto_pwhash_argon2id_STRBYTES, "hash text fits");

/* Words that carry most of the long passwords people guess first: alone, repeated, or followed by
 * digits and signs they are refused. */
static const char *const common[] = {
	"password",
	"passw0rd",
	"p@ssword",
	"p@ssw0rd",
	"passphrase",
	"administrator",
	"admin",
	"adminadmin",
	"welcome",
	"changeme",
	"letmein",
	"qwerty",
	"qwertyuiop",
	"qwertyuiop[]",
	"asdfghjkl",
	"asdfghjkl;'",
	"zxcvbnm",
	"qazwsx",
	"qazwsxedc",
	"qazwsxedcrfv",
	"1q2w3e4r",
	"1q2w3e4r5t",
	"1q2w3e4r5t6y",
	"1qaz2wsx",
	"1qaz2wsx3edc",
	"1qaz2wsx3edc4rfv",
	"q1w2e3r4t5y6",
	"zaq12wsx",
	"zaq1xsw2",
	"iloveyou",
	"monkey",
	"dragon",
	"football",
	"baseball",
	"basketball",
	"superman",
	"batman",
	"starwars",
	"princess",
	"sunshine",
	"trustno1",
	"master",
	"shadow",
	"michael",
	"jennifer",
	"computer",
	"internet",
	"samsung",
	"whatever",
	"freedom",
	"secret",
	"secretsecret",
	"supersecret",
	"topsecret",
	"mypassword",
	"mysecret",
	"defaultpassword",
	"temporary",
	"temppassword",
	"initialpassword",
	"rootpassword",
	"rootroot",
	"toortoor",
	"database",
	"mariadb",
	"mysqlmysql",
	"oracle",
	"postgres",
	"server",
	"sekisho",
	"gateway",
	"abcdefghijkl",
	"abcdefgh",
	"abcd1234",
	"abc123",
	"aa123456",
	"a1b2c3d4",
	"a1b2c3d4e5f6",
	"123qwe",
	"123qweasd",
	"123qweasdzxc",
	"qwe123",
	"qweasdzxc",
	"correcthorsebatterystaple",
	"correct horse battery staple",
	"himitsu",
	"sakura",
	"tokyo",
	"nihon",
	"pasuwado",
	"konnichiwa",
	"arigatou",
	"doraemon",
	"pokemon",
	"naruto",
	"spring",
	"summer",
	"autumn",
	"winter",
	"january",
	"february",
	"october",
	"november",
	"december",
	"monday",
	"friday",
	"company",
	"security",
};

/* Length of text without the digits and signs at its end. */
static size_t stem_len(const char *text, size_t len)
{
	while (len > 0 && !isalpha((unsigned char)text[len - 1]) && (text[len - 1] & 0x80) == 0)
		len--;
	return len;
}

/* True when text is word once or several times, nothing else. */
static bool is_repeated(const char *text, size_t len, const char *word, size_t word_len)
{
	if (word_len == 0 || len == 0 || len % word_len != 0)
		return false;
	for (size_t at = 0; at < len; at += word_len) {
		if (strncasecmp(text + at, word, word_len) != 0)
			return false;
	}
	return true;
}

static bool is_common(const char *text, size_t len)
{
	size_t stem = stem_len(text, len);

	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		size_t word_len = strlen(common[i]);
		if (is_repeated(text, len, common[i], word_len) ||
		    is_repeated(text, stem, common[i], word_len))
			return true;
	}
	return false;
}

/* "aaaaaaaaaaaa", "123456789012", "abcabcabcabc": each byte follows from the ones before. */
static bool is_monotonous(const char *text, size_t len)
{
	for (size_t period = 1; period <= 3; period++) {
		if (is_repeated(text + period, len - len % period - period, text, period))
			return true;
	}
	size_t steps = 0;
	for (size_t i = 1; i < len; i++) {
		int step = text[i] - text[i - 1];
		steps += step == 1 || step == -1 || step == 0 || step == -9;
	}
	return steps + 2 >= len;
}

static bool contains_fold(const char *text, size_t len, const char *word)
{
	size_t word_len = strlen(word);

	for (size_t at = 0; word_len >= 4 && at + word_len <= len; at++) {
		if (strncasecmp(text + at, word, word_len) == 0)
			return true;
	}
	return false;
}

enum err password_check(struct ctx *ctx, const struct secret *password, const char *login)
{
	const char *text = (const char *)secret_bytes(password);
	size_t len = secret_len(password);

	if (len > PASSWORD_BYTES_MAX || !text_is_utf8(text, len))
		return err_field(ctx, "password", "password.malformed",
				 "The password is too long or not valid text.");
	if (text_codepoints(text, len) < PASSWORD_MIN)
		return err_field(ctx, "password", "password.too_short",
				 "Use at least %d characters.", PASSWORD_MIN);
	if (is_common(text, len) || is_monotonous(text, len))
		return err_field(ctx, "password", "password.common",
				 "This is one of the first passwords anybody would guess.");
	if (contains_fold(text, len, login))
		return err_field(ctx, "password", "password.contains_login",
				 "The password contains the login name.");
	return ERR_OK;
}

enum err password_hash(struct ctx *ctx, const struct secret *password, char out[PASSWORD_HASH_SIZE])
{
	memset(out, 0, PASSWORD_HASH_SIZE);
	if (crypto_pwhash_argon2id_str(out, (const char *)secret_bytes(password),
				       secret_len(password), OPSLIMIT, MEMLIMIT) != 0)
		return err_set(ctx, ERR_MEMORY, "Not enough memory to hash a password.");
	return ERR_OK;
}

bool password_matches(const char *hash, const struct secret *password)
{
	return crypto_pwhash_argon2id_str_verify(hash, (const char *)secret_bytes(password),
						 secret_len(password)) == 0;
}
