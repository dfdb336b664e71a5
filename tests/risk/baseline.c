/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/risk/baseline.h"

#include <math.h>
#include <stdlib.h>

enum { LEVELS = 7, NETWORK_LEVELS = 3 };

/* Of each feature the most specific level first. */
static const double lambda[LEVELS] = {0.6,
				      0.3,
				      0.1,
				      0.5386653840551359,
				      0.2680451498625666,
				      0.18818295100109536,
				      0.0051065150812021525};

struct baseline {
	struct tally everybody[LEVELS];
	struct tally own;    /* of (person, level, value) */
	struct tally logins; /* of a person */
	double total;
};

static size_t slot(const struct tally *tally, uint64_t key)
{
	size_t at = (size_t)((key * 0x9e3779b97f4a7c15) >> 20) & (tally->size - 1);

	while (tally->keys[at] && tally->keys[at] != key)
		at = (at + 1) & (tally->size - 1);
	return at;
}

uint32_t tally_get(const struct tally *tally, uint64_t key)
{
	return tally->size ? tally->counts[slot(tally, key)] : 0;
}

static void grow(struct tally *tally)
{
	struct tally larger = {.size = tally->size ? tally->size * 2 : 64, .used = tally->used};

	larger.keys = calloc(larger.size, sizeof(*larger.keys));
	larger.counts = calloc(larger.size, sizeof(*larger.counts));
	if (!larger.keys || !larger.counts)
		abort();
	for (size_t i = 0; i < tally->size; i++) {
		if (!tally->keys[i])
			continue;
		size_t at = slot(&larger, tally->keys[i]);
		larger.keys[at] = tally->keys[i];
		larger.counts[at] = tally->counts[i];
	}
	tally_free(tally);
	*tally = larger;
}

void tally_add(struct tally *tally, uint64_t key, uint32_t count)
{
	if (tally->used * 2 >= tally->size)
		grow(tally);
	size_t at = slot(tally, key);
	tally->used += !tally->keys[at];
	tally->keys[at] = key;
	tally->counts[at] += count;
}

void tally_free(struct tally *tally)
{
	free(tally->keys);
	free(tally->counts);
	*tally = (struct tally){0};
}

struct baseline *baseline_new(void)
{
	struct baseline *baseline = calloc(1, sizeof(*baseline));

	if (!baseline)
		abort();
	return baseline;
}

void baseline_free(struct baseline *baseline)
{
	for (int i = 0; i < LEVELS; i++)
		tally_free(&baseline->everybody[i]);
	tally_free(&baseline->own);
	tally_free(&baseline->logins);
	free(baseline);
}

static void values_of(const struct login *login, uint32_t values[LEVELS])
{
	const uint32_t all[LEVELS] = {login->address + 1, login->asn + 1, login->country + 1,
				      login->agent,	  login->browser, login->os,
				      login->device};

	for (int i = 0; i < LEVELS; i++)
		values[i] = all[i];
}

static uint64_t own_key(uint32_t user, int level, uint32_t value)
{
	uint64_t key = ((uint64_t)user * LEVELS + (uint64_t)level + 1) * 0x100000001b3 ^
		       (uint64_t)value * 0x9e3779b97f4a7c15;

	return key ? key : 1;
}

/* The most specific level: smoothed, and that twice, the second time among its own sign-ins. */
static double smoothed(const struct baseline *baseline, double with, int first, int levels)
{
	double unseen = 1, inner = with > 0 ? levels : 1;

	for (int i = first + 1; i < first + levels; i++)
		unseen += (double)baseline->everybody[i].used;
	if (with == 0)
		return 1 / (baseline->total + unseen) * (1 / inner);
	return with / (baseline->total + unseen) * (with / (with + inner));
}

/* p(x) / p(x | person) of one feature. */
static double ratio(const struct baseline *baseline, const struct login *login,
		    const uint32_t values[LEVELS], int first, int levels)
{
	double everybody = 0, person = 0, logins = tally_get(&baseline->logins, login->user + 1);

	for (int i = first; i < first + levels; i++) {
		double with = tally_get(&baseline->everybody[i], values[i]);
		double own = tally_get(&baseline->own, own_key(login->user, i, values[i]));
		everybody += lambda[i] * (i == first ? smoothed(baseline, with, first, levels)
						     : with / baseline->total);
		person += lambda[i] * own / logins;
	}
	return person > 0 ? everybody / person : 4;
}

double baseline_score(const struct baseline *baseline, const struct login *login)
{
	uint32_t values[LEVELS];
	double logins = tally_get(&baseline->logins, login->user + 1);

	if (logins == 0)
		return INFINITY;
	values_of(login, values);
	return ratio(baseline, login, values, 0, NETWORK_LEVELS) *
	       ratio(baseline, login, values, NETWORK_LEVELS, LEVELS - NETWORK_LEVELS) *
	       (1 / (double)baseline->logins.used) / (logins / baseline->total);
}

void baseline_learn(struct baseline *baseline, const struct login *login)
{
	uint32_t values[LEVELS];

	values_of(login, values);
	for (int i = 0; i < LEVELS; i++) {
		tally_add(&baseline->everybody[i], values[i], 1);
		tally_add(&baseline->own, own_key(login->user, i, values[i]), 1);
	}
	tally_add(&baseline->logins, login->user + 1, 1);
	baseline->total++;
}
