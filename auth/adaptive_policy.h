/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_ADAPTIVE_POLICY_H
#define AUTH_ADAPTIVE_POLICY_H

#include "auth/risk.h"
#include "base/conf.h"
#include "base/ctx.h"
#include "base/uuid.h"

/*
 * What follows from the score of a sign-in, as administrators set it. The configuration may fix the
 * mode (adaptive_sign_in); then the one stored here waits. Texts live in the request's arena.
 */
enum {
	ADAPTIVE_WORDS = 1024, /* characters of a list, as stored */
	ADAPTIVE_OFFICES_MAX = 16,
	ADAPTIVE_HOSTERS_MAX = 80,
	/* Within these thresholds stay, whoever or whatever sets them. */
	ADAPTIVE_CHALLENGE_MIN = -3000,
	ADAPTIVE_CHALLENGE_MAX = 5000,
	ADAPTIVE_BLOCK_MIN = 3000,
	ADAPTIVE_BLOCK_MAX = 15000,
	ADAPTIVE_APART = 1000, /* a block comes at least so far above a step-up */
	/* Budgets: ten-thousandths of the sign-ins that show a known device. */
	ADAPTIVE_CHALLENGE_BUDGET_MAX = 2000,
	ADAPTIVE_BLOCK_BUDGET_MAX = 100,
	ADAPTIVE_DAYS = 30,	  /* sign-ins of so many days are looked at */
	ADAPTIVE_SETTLED = 10,	  /* of people who have signed in so often */
	ADAPTIVE_NIGHT_DRIFT = 70 /* how far a night may move a threshold: 490 in a week */
};

struct adaptive_policy {
	enum conf_adaptive mode; /* OFF, AUDIT or ENFORCE */
	bool by_budget;		 /* thresholds follow the budgets */
	int32_t challenge_budget, block_budget;
	int32_t challenge, block;
	const char *offices, *hosters; /* ranges; AS numbers: words with a blank between */
	int64_t version;
	bool mail_code; /* a code by mail may be the second step (auth/signin_mail.c) */
};
enum err adaptive_policy_read(struct ctx *ctx, bool lock, struct adaptive_policy *out) ERR_CHECKED;
enum err adaptive_policy_store(struct ctx *ctx, const struct adaptive_policy *policy,
			       const struct uuid *event_id) ERR_CHECKED;

/* When budgets were last looked at, and from how many sign-ins. day: since 1970, 0 never. */
struct adaptive_tuning {
	int64_t day, scores;
};
enum err adaptive_tuning_read(struct ctx *ctx, struct adaptive_tuning *out) ERR_CHECKED;
enum err adaptive_tuning_store(struct ctx *ctx, const struct adaptive_tuning *tuning) ERR_CHECKED;

/* The mode in force. */
enum conf_adaptive adaptive_mode(const struct ctx *ctx, const struct adaptive_policy *policy);
/* "off", "audit", "enforce". */
const char *adaptive_mode_name(enum conf_adaptive mode);
/* Into the thresholds and version of what decides. */
void adaptive_policy_apply(const struct adaptive_policy *policy, struct risk_policy *out);
/* Towards thresholds that keep the budgets, each by `drift` at most and within the limits above. */
struct risk_histogram;
void adaptive_policy_move(struct adaptive_policy *policy, const struct risk_histogram *histogram,
			  int32_t challenge_budget, int32_t block_budget, int32_t drift);
bool adaptive_is_office(const struct adaptive_policy *policy, const char *address);
bool adaptive_is_hoster(const struct adaptive_policy *policy, uint32_t asn);

#endif
