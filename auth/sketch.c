/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/sketch.h"

#include <math.h>

enum { INDEX_BITS = 6 };

void hll_add(struct hll *hll, uint64_t item)
{
	uint8_t *rank = &hll->rank[item & (HLL_REGISTERS - 1)];
	/* The set bit bounds the rank: 58 bits are looked at. */
	uint64_t rest = (item >> INDEX_BITS) | (UINT64_C(1) << (64 - INDEX_BITS));
	uint8_t found = (uint8_t)(__builtin_ctzll(rest) + 1);

	if (found > *rank)
		*rank = found;
}

void hll_merge(struct hll *into, const struct hll *from)
{
	for (int i = 0; i < HLL_REGISTERS; i++)
		if (from->rank[i] > into->rank[i])
			into->rank[i] = from->rank[i];
}

uint32_t hll_count(const struct hll *hll)
{
	const double m = HLL_REGISTERS;
	double sum = 0;
	int empty = 0;

	for (int i = 0; i < HLL_REGISTERS; i++) {
		sum += 1.0 / (double)(UINT64_C(1) << hll->rank[i]);
		empty += hll->rank[i] == 0;
	}
	double estimate = 0.709 * m * m / sum;
	if (estimate <= 2.5 * m && empty > 0)
		estimate =
			m * log(m / empty); /* linear counting: better while it is nearly empty */
	return (uint32_t)lround(estimate);
}
