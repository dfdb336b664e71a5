/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vault/totp.h"

#include <liboath/oath.h>
#include <sodium.h>

enum { DIGITS = 6, STEP = 30, WINDOW = 1 };

static bool six_digits(const char *code)
{
	return strlen(code) == DIGITS && strspn(code, "0123456789") == DIGITS;
}

static bool step_matches(const struct secret *seed, uint64_t step, const char *code)
{
	char expected[DIGITS + 1];
	if (oath_hotp_generate((const char *)secret_bytes(seed), secret_len(seed), step, DIGITS,
			       false, OATH_HOTP_DYNAMIC_TRUNCATION, expected) != OATH_OK)
		return false;
	bool same = sodium_memcmp(expected, code, DIGITS) == 0;
	wipe(expected, sizeof(expected));
	return same;
}

enum err totp_check(struct ctx *ctx, const struct secret *seed, const char *code,
		    int64_t unix_seconds, uint64_t last_step, uint64_t *out_step)
{
	if (!six_digits(code) || unix_seconds < WINDOW * STEP)
		return err_reason(ctx, ERR_UNAUTHENTICATED, "totp.wrong", "the code is wrong");
	uint64_t now = (uint64_t)unix_seconds / STEP, found = 0;
	bool replayed = false;
#ifdef SEKISHO_DEFECT_ACCEPT_REPLAYED_CODE
	last_step = 0;
#endif
	/* All steps are tried, so that time does not tell which one it was. */
	for (uint64_t step = now - WINDOW; step <= now + WINDOW; step++) {
		if (!step_matches(seed, step, code))
			continue;
		if (step <= last_step)
			replayed = true;
		else
			found = step;
	}
	if (found == 0 && replayed)
		return err_reason(ctx, ERR_UNAUTHENTICATED, "totp.replayed",
				  "the code was used before: wait for the next one");
	if (found == 0)
		return err_reason(ctx, ERR_UNAUTHENTICATED, "totp.wrong", "the code is wrong");
	*out_step = found;
	return ERR_OK;
}
