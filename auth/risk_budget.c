/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/risk_budget.h"

int32_t risk_budget_step(int32_t score)
{
	int64_t step = ((int64_t)score - RISK_LOW) / RISK_STEP;

	return (int32_t)(score < RISK_LOW ? 0 : step < RISK_STEPS ? step : RISK_STEPS - 1);
}

void risk_budget_add(struct risk_histogram *histogram, int32_t score)
{
	int32_t step = risk_budget_step(score);

	histogram->count[step] += histogram->count[step] < UINT32_MAX;
}

int32_t risk_budget_threshold(const struct risk_histogram *histogram, uint32_t ten_thousandths,
			      int32_t before, int32_t drift)
{
	uint64_t total = 0, above = 0;
	int32_t step = RISK_STEPS;

	for (int i = 0; i < RISK_STEPS; i++)
		total += histogram->count[i];
	if (total < RISK_BUDGET_LEAST)
		return before;
	while (step > 0 &&
	       (above + histogram->count[step - 1]) * 10000 <= total * ten_thousandths) {
		step--;
		above += histogram->count[step];
	}
	int64_t found = (int64_t)RISK_LOW + (int64_t)step * RISK_STEP;
	if (found > (int64_t)before + drift)
		return before + drift;
	return found < (int64_t)before - drift ? before - drift : (int32_t)found;
}
