/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_RISK_BASELINE_H
#define TESTS_RISK_BASELINE_H

#include "tests/risk/world.h"

/*
 * The published score, to compare with: Freeman et al. (NDSS 2016), equation 7, without attack
 * data, with the smoothing and the weights of the public implementation by the group of Wiefling
 * (github.com/das-group/rba-algorithm). Address, provider, country; user agent, browser, system,
 * type of device. Two differences: where that code computes the inner factor of the address over
 * the whole file, later sign-ins included, this one looks at the past only; and people without a
 * history, whom it leaves out, get an infinite score.
 */
struct baseline;
struct baseline *baseline_new(void);
void baseline_free(struct baseline *baseline);
double baseline_score(const struct baseline *baseline, const struct login *login);
void baseline_learn(struct baseline *baseline, const struct login *login);

/* Counts of numbers. */
struct tally {
	uint64_t *keys; /* 0: free */
	uint32_t *counts;
	size_t size, used;
};
uint32_t tally_get(const struct tally *tally, uint64_t key);
void tally_add(struct tally *tally, uint64_t key, uint32_t count);
void tally_free(struct tally *tally);

#endif
