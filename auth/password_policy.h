/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_PASSWORD_POLICY_H
#define AUTH_PASSWORD_POLICY_H

#include <stdbool.h>

#include "base/ctx.h"
#include "base/uuid.h"

/*
 * What a password must be. Two profiles are there from the start, `nist` (after NIST SP 800-63B-4:
 * long, no composition rules, no expiry) and `classic` (composition, 90 days, no reuse of the last
 * five); administrators adjust them and say which groups each is for. The list of common passwords,
 * the context words and the bounds of the length hold under every policy.
 */
struct password_policy {
	struct uuid id;
	const char *profile;
	bool is_default;
	int64_t min_length; /* characters */
	bool need_lower, need_upper, need_digit;
	int64_t history;      /* how many of the last passwords are refused; 1: the present one */
	int64_t max_age_days; /* 0: no limit */
	const char *words;    /* names of the organisation, separated by spaces */
	int64_t version;
};

enum {
	PASSWORD_HISTORY_MAX = 24,
	PASSWORD_LENGTH_FLOOR = 8,
	PASSWORD_LENGTH_CEILING = 64,
	PASSWORD_AGE_MAX_DAYS = 3650
};

/* Both at once: somebody who belongs to several groups meets the strictest of each rule. Words are
 * joined in the arena. */
enum err password_policy_join(struct ctx *ctx, struct password_policy *policy,
			      const struct password_policy *other) ERR_CHECKED;
/* The rules that a person may see, as a JSON object in the arena. */
const char *password_rules_json(struct ctx *ctx, const struct password_policy *policy);
/* True when a password set then is too old now (microseconds). */
bool password_is_old(const struct password_policy *policy, int64_t set_at, int64_t now);

#endif
