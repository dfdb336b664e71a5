/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_RISK_BUDGET_H
#define AUTH_RISK_BUDGET_H

#include <stdint.h>

/*
 * Thresholds from a budget: which score do at most so many of a thousand of the organisation's own
 * sign-ins reach? Scores are counted in steps of 50, so that a year of them is one small table.
 */
enum {
	RISK_STEP = 50,
	RISK_STEPS = 1024, /* from RISK_LOW on; what lies outside counts at the ends */
	RISK_LOW = -20000,
	RISK_BUDGET_LEAST = 200 /* fewer sign-ins say nothing */
};

struct risk_histogram {
	uint32_t count[RISK_STEPS];
};

/* Of the table, for a score. */
int32_t risk_budget_step(int32_t score);
void risk_budget_add(struct risk_histogram *histogram, int32_t score);
/* The lowest threshold that at most `ten_thousandths` of the scores reach, no further than
 * `drift` from `before`; `before` itself when there are too few scores. */
int32_t risk_budget_threshold(const struct risk_histogram *histogram, uint32_t ten_thousandths,
			      int32_t before, int32_t drift);

#endif
