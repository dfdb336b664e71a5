/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_RISK_TRIAL_H
#define TESTS_RISK_TRIAL_H

#include "tests/risk/ours.h"

/*
 * One synthetic organisation from its first sign-in to its last, judged by the published score and
 * by ours, on the same stream. An attack follows every sign-in from the fourth on, of each kind;
 * none of them is learned from.
 */
enum { TPRS = 4, SPANS = 2, SCORES = 3 };
enum score { BY_BASELINE, BY_OURS, BY_OURS_BLIND }; /* blind: no countries, no providers */

struct trial {
	/* Median of a person's re-authentications in the first 12 and 39 sign-ins, the first of all
	 * included, with the threshold that this share of the attacks reaches. By the sum alone: no
	 * device key is known to anybody. */
	double asked[SCORES][ATTACKERS][TPRS][SPANS];
	/* The same with our decisions: floor, cold start and score. */
	double floor_median[SPANS], floor_share[SPANS];
	/* The same if the cold start were two sign-ins, or stepped up whatever is shown. */
	double short_median[SPANS], strict_median[SPANS];
	/* A copied device key used in a person's cold start: share that is not allowed; [1] if that
	 * were two sign-ins that step up whatever is shown. */
	double stolen_cold[2][ATTACKERS];
	double same_agent;	     /* share of pairs of people with the same user agent */
	double caught[ATTACKERS];    /* no device key: share that is not allowed */
	double stolen[2][ATTACKERS]; /* a copied device key: the same; [1] blind */
	double poisoned_no_key, poisoned_key; /* an intruder's later attempts that are refused */
	double stepped, blocked;	      /* after ten sign-ins: share of the rightful ones */
	double stepped_change, stepped_quiet;
	double baseline_stepped;			  /* the published score at 99 % of A0 */
	double moved_median, moved_most, moved_above_one; /* step-ups by the score, office moved */
	double month_median, month_most;
	double extra[2]; /* share of sign-ins with a key that the score steps up; [1] blind */
	double same; /* share of the records whose decision is made again from them; 0 if one lies
		      */
	size_t logins, attacks;
};
extern const double trial_tprs[TPRS];
/* policies: [1] for the score that is blind. */
/* offices: their networks are named. */
void trial_run(const struct params *params, const struct risk_policy policies[2], bool offices,
	       struct trial *out);
/* Thresholds from an organisation's own sign-ins: steps up `step` and blocks `block` of ten
 * thousand of those that show a key. */
void trial_thresholds(const struct params *params, bool lookup, uint32_t step, uint32_t block,
		      struct risk_policy *policy);

#endif
