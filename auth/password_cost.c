/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/password_cost.h"

#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/sys.h"

enum { MIB = 1024, TRIES = 3, LEAST_KIB = 8 };

static const struct password_cost table[] = {
	{2, 19 * MIB}, {2, 32 * MIB}, {2, 46 * MIB}, {2, 64 * MIB},  {3, 64 * MIB},
	{4, 64 * MIB}, {6, 64 * MIB}, {8, 64 * MIB}, {12, 64 * MIB},
};
enum { STEPS = sizeof(table) / sizeof(table[0]) };

/* Chosen once at start, or when the vault is opened, while others may hash already. */
static _Atomic uint64_t present = (uint64_t)3 << 32 | 64 * MIB;

struct password_cost password_cost(void)
{
	uint64_t packed = present;

	return (struct password_cost){(uint32_t)(packed >> 32), (uint32_t)packed};
}

void password_cost_set(struct password_cost cost)
{
	present = (uint64_t)cost.passes << 32 | cost.kib;
}

uint64_t password_cost_work(struct password_cost cost)
{
	return (uint64_t)cost.passes * cost.kib;
}

struct password_cost password_cost_within(int64_t first_us, int64_t target_us)
{
	struct password_cost best = table[0];
	uint64_t first = password_cost_work(table[0]);

	for (size_t i = 1; i < STEPS && first_us > 0; i++) {
		uint64_t work = password_cost_work(table[i]);
		if ((uint64_t)first_us * work / first <= (uint64_t)target_us)
			best = table[i];
	}
	return best;
}

static bool compute(struct password_cost cost)
{
	static const uint8_t salt[crypto_pwhash_SALTBYTES];
	uint8_t out[crypto_pwhash_BYTES_MIN];

	return crypto_pwhash(out, sizeof(out), "", 0, salt, cost.passes, (size_t)cost.kib * 1024,
			     crypto_pwhash_ALG_ARGON2ID13) == 0;
}

int64_t password_cost_measure(void)
{
	int64_t best = -1;

	for (int i = 0; i < TRIES; i++) {
		int64_t start = sys_thread_us();
		if (!compute(table[0]))
			return -1;
		int64_t took = sys_thread_us() - start;
		if (best < 0 || took < best)
			best = took;
	}
	return best;
}

bool password_cost_of(const char *hash, struct password_cost *out)
{
	struct password_cost cost;
	char end = 0;

	if (sscanf(hash, "$argon2id$v=19$m=%u,t=%u,p=1%c", &cost.kib, &cost.passes, &end) != 3 ||
	    end != '$' || cost.kib < LEAST_KIB || cost.passes == 0)
		return false;
	*out = cost;
	return true;
}

uint64_t password_cost_left(const char *hash)
{
	struct password_cost cost;
	uint64_t wanted = password_cost_work(password_cost());

	if (!password_cost_of(hash, &cost) || password_cost_work(cost) >= wanted)
		return 0;
	return wanted - password_cost_work(cost);
}

void password_cost_burn(uint64_t work)
{
	uint32_t most = password_cost().kib;
	uint32_t passes = (uint32_t)((work + most - 1) / most);

	if (work >= LEAST_KIB)
		(void)compute((struct password_cost){passes, (uint32_t)(work / passes)});
}
