/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_RISK_OURS_H
#define TESTS_RISK_OURS_H

#include "auth/risk_profile.h"
#include "auth/risk_record.h"
#include "tests/risk/baseline.h"

/* The product's score over a synthetic organisation. */
struct ours {
	struct risk_profile *profiles;
	struct login *last; /* of each person */
	struct tally all[RISK_LEVELS];
	int32_t total[RISK_LEVELS];
	struct tally colleagues; /* people new to a prefix in four weeks, as the product counts */
	struct tally counted;	 /* of those, each person */
	struct risk_policy policy;
	bool offices; /* administrators have named the offices' networks */
	bool lookup;  /* countries and providers of addresses are known */
};
void ours_init(struct ours *ours, uint32_t users, bool lookup, const struct risk_policy *policy);
void ours_free(struct ours *ours);
void ours_look(const struct ours *ours, const struct login *login, struct risk_look *out);
/* key: whether the device key is shown, whatever the sign-in says. */
void ours_facts(const struct ours *ours, const struct login *login, bool key,
		struct risk_facts *out);
struct risk_decision ours_judge(const struct ours *ours, const struct login *login, bool key);
void ours_learn(struct ours *ours, const struct login *login);

#endif
