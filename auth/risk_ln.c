/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/risk.h"
#include "auth/risk_tables.h"

/* value = 2^e * (1 + f): ln 2 times e, and ln(1 + f) between two places of the table. */
int64_t risk_ln(uint64_t value)
{
	if (value < 2)
		return 0;
	int exponent = 63 - __builtin_clzll(value);
	uint64_t fraction = (value << (63 - exponent)) << 1; /* f in 2^-64 */
	uint64_t step = fraction >> 56;
	int64_t rest = (int64_t)((fraction >> 24) & 0xffffffff); /* of a step, in 2^-32 */
	int64_t low = risk_ln_table[step], high = risk_ln_table[step + 1];

	return ((int64_t)exponent * RISK_LN_2 + 500) / 1000 + low +
	       (((high - low) * rest + ((int64_t)1 << 31)) >> 32);
}
