/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/risk.h"

enum {
	KAPPA = 3 * RISK_ONE, /* how many logins the organisation's habit counts for */
	LIMIT_OWN = 4096 * RISK_ONE,
	TERM_MIN = -3000,
	TERM_MAX = 4000,
	MICRO_PER_MILLI = 1000
};
#define P_ONE ((uint64_t)1 << 32) /* probability 1 */

/* share: what the level counts for in its feature, in thousandths. */
struct level {
	enum risk_feature feature;
	uint64_t share;
};
static const struct level levels[RISK_LEVELS] = {
	[RISK_PREFIX] = {RISK_NETWORK, 600},   [RISK_ASN] = {RISK_NETWORK, 300},
	[RISK_COUNTRY] = {RISK_NETWORK, 100},  [RISK_AGENT] = {RISK_CLIENT, 540},
	[RISK_FAMILY] = {RISK_CLIENT, 270},    [RISK_OS] = {RISK_CLIENT, 190},
	[RISK_WEEK_HOUR] = {RISK_HOUR, 300},   [RISK_DAY_PART] = {RISK_HOUR, 700},
	[RISK_TONGUE] = {RISK_LANGUAGE, 1000},
};

static uint64_t between(int32_t value, int32_t low, int32_t high)
{
	return (uint64_t)(value < low ? low : value > high ? high : value);
}

/* Among everybody: max(N(x), 1/2) / (N + M), in 2^-32. */
static uint64_t common(const struct risk_seen *seen)
{
	uint64_t with = between(seen->all, 1, INT32_MAX);
	uint64_t total = between(seen->all_total, 0, INT32_MAX) +
			 RISK_HALVES * between(seen->all_values, 1, INT32_MAX);

	return with >= total ? P_ONE : with * P_ONE / total;
}

/* The person's own: (n(x) + kappa p) / (n + kappa), in 2^-32. */
static uint64_t own(const struct risk_seen *seen, uint64_t p)
{
	uint64_t all = between(seen->own_all, 0, LIMIT_OWN);
	uint64_t with = between(seen->own, 0, (int32_t)all);
	uint64_t sum = (with * P_ONE + KAPPA * p) / (all + KAPPA);

	return sum ? sum : 1;
}

static int32_t clip(int64_t micro)
{
	int64_t half = micro < 0 ? -MICRO_PER_MILLI / 2 : MICRO_PER_MILLI / 2;
	int64_t milli = (micro + half) / MICRO_PER_MILLI;

	return (int32_t)(milli < TERM_MIN ? TERM_MIN : milli > TERM_MAX ? TERM_MAX : milli);
}

int32_t risk_term(const struct risk_seen seen[RISK_LEVELS], enum risk_feature feature)
{
	uint64_t everybody = 0, person = 0;

	for (int i = 0; i < RISK_LEVELS; i++) {
		if (levels[i].feature != feature || seen[i].known != 1)
			continue;
		uint64_t p = common(&seen[i]);
		everybody += levels[i].share * p;
		person += levels[i].share * own(&seen[i], p);
	}
	return everybody ? clip(risk_ln(everybody) - risk_ln(person)) : 0;
}
