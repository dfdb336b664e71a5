/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vault/generate.h"

#include "base/sys.h"
#include "vault/keeper.h"

static const char lower[] = "abcdefghijkmnopqrstuvwxyz";
static const char upper[] = "ABCDEFGHJKLMNPQRSTUVWXYZ";
static const char digit[] = "23456789";
static const char sign[] = "-_.+:=@%,";
static const char alphabet[] = "abcdefghijkmnopqrstuvwxyz"
			       "ABCDEFGHJKLMNPQRSTUVWXYZ"
			       "23456789"
			       "-_.+:=@%,";

/* Unbiased: what lies beyond the largest multiple is drawn again. */
static char draw(void)
{
	enum { COUNT = sizeof(alphabet) - 1, LIMIT = 256 - 256 % COUNT };
	uint8_t byte;
	do
		sys_random(&byte, 1);
	while (byte >= LIMIT);
	return alphabet[byte % COUNT];
}

static bool has_one_of(const struct secret *password, const char *set)
{
	for (size_t i = 0; i < secret_len(password); i++)
		/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): a search, not a copy */
		if (memchr(set, secret_bytes(password)[i], strlen(set)) != NULL)
			return true;
	return false;
}

static enum err password(struct ctx *ctx, uint32_t length, struct secret **out)
{
	if (length < GENERATE_PASSWORD_MIN || length > GENERATE_PASSWORD_MAX)
		return err_field(ctx, "length", "secret.length",
				 "a password has %d to %d characters", GENERATE_PASSWORD_MIN,
				 GENERATE_PASSWORD_MAX);
	struct secret *made = secret_new(length);
	if (made == NULL)
		return err_set(ctx, ERR_MEMORY, "no locked memory: raise LimitMEMLOCK");
	/* Drawing the whole again keeps all passwords that qualify equally likely. The first is a
	 * letter: some devices take a leading sign for an option. */
	do {
		for (uint32_t i = 0; i < length; i++)
			secret_data(made)[i] = (uint8_t)draw();
	} while (!has_one_of(made, lower) || !has_one_of(made, upper) || !has_one_of(made, digit) ||
		 !has_one_of(made, sign) || memchr(sign, secret_bytes(made)[0], sizeof(sign) - 1));
	*out = made;
	return ERR_OK;
}

static enum err random_bytes(struct ctx *ctx, uint32_t length, struct secret **out)
{
	if (length < 16 || length > GENERATE_KEY_MAX)
		return err_field(ctx, "length", "secret.length", "a key has 16 to %d bytes",
				 GENERATE_KEY_MAX);
	struct secret *made = secret_new(length);
	if (made == NULL)
		return err_set(ctx, ERR_MEMORY, "no locked memory: raise LimitMEMLOCK");
	sys_random(secret_data(made), length);
	*out = made;
	return ERR_OK;
}

enum err generate_secret(struct ctx *ctx, uint32_t kind, uint32_t length, struct secret **out)
{
	switch (kind) {
	case SECRET_PASSWORD: return password(ctx, length, out);
	case SECRET_TOTP:
	case SECRET_RECORDING_KEY: return random_bytes(ctx, length, out);
	default:
		return err_field(ctx, "kind", "secret.kind",
				 "this kind of secret cannot be made up");
	}
}
