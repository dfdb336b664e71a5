/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/password_policy.h"

#include <string.h>

#include "base/arena.h"

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Zero is no limit, so the weakest. */
static int64_t shorter_age(int64_t a, int64_t b)
{
	if (a == 0 || b == 0)
		return larger(a, b);
	return a < b ? a : b;
}

enum err password_policy_join(struct ctx *ctx, struct password_policy *policy,
			      const struct password_policy *other)
{
	const char *words = policy->words;

	if (other->words[0] && strcmp(words, other->words) != 0)
		words = arena_printf(ctx->arena, "%s %s", words, other->words);
	if (!words)
		return err_set(ctx, ERR_MEMORY, "Request memory is used up.");
	policy->words = words;
	policy->min_length = larger(policy->min_length, other->min_length);
	policy->need_lower |= other->need_lower;
	policy->need_upper |= other->need_upper;
	policy->need_digit |= other->need_digit;
	policy->history = larger(policy->history, other->history);
	policy->max_age_days = shorter_age(policy->max_age_days, other->max_age_days);
	return ERR_OK;
}

bool password_is_old(const struct password_policy *policy, int64_t set_at, int64_t now)
{
	static const int64_t day_us = (int64_t)24 * 3600 * 1000000;

	return policy->max_age_days > 0 && now - set_at > policy->max_age_days * day_us;
}

static const char *truth(bool value)
{
	return value ? "true" : "false";
}

const char *password_rules_json(struct ctx *ctx, const struct password_policy *policy)
{
	return arena_printf(ctx->arena,
			    "{\"min_length\":%d,\"need_lower\":%s,\"need_upper\":%s,"
			    "\"need_digit\":%s,\"history\":%d,\"max_age_days\":%d}",
			    (int)policy->min_length, truth(policy->need_lower),
			    truth(policy->need_upper), truth(policy->need_digit),
			    (int)policy->history, (int)policy->max_age_days);
}
