/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bench_risk [people [sign-ins]]: one sign-in's score among so many people's profiles, each read
 * from its bytes at a random place, scored and written down as a record; beside the SHA-256 of the
 * same bytes, and beside the profile's bytes touched alone. Prints `name value unit ratio peer`.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth/risk_profile.h"
#include "auth/risk_record.h"

enum { PEOPLE = 1000000, SIGN_INS = 300000, HISTORY = 12, FIRST_DAY = 20000, PLACES = 3000 };

struct bench {
	uint8_t (*profiles)[RISK_PROFILE_BYTES];
	uint32_t people, sign_ins;
	uint64_t random;
	uint64_t *times;
	struct risk_policy policy;
	volatile uint64_t sink; /* so that no work is dropped */
};

static uint64_t next(struct bench *bench)
{
	uint64_t z = (bench->random += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static struct risk_look any_look(struct bench *bench, uint16_t day)
{
	struct risk_look look = {.day = day, .hour = (uint8_t)(next(bench) % RISK_HOURS)};

	for (int i = 0; i < RISK_VALUES; i++)
		look.values[i] = 1 + next(bench) % PLACES;
	return look;
}

static void fill(struct bench *bench)
{
	for (uint32_t i = 0; i < bench->people; i++) {
		struct risk_profile profile = {0};
		for (uint16_t day = 0; day < HISTORY; day++) {
			struct risk_look look = any_look(bench, (uint16_t)(FIRST_DAY + day));
			risk_learn(&profile, &look);
		}
		risk_profile_write(&profile, bench->profiles[i]);
	}
}

static void score(struct bench *bench, const uint8_t *bytes)
{
	struct risk_look look = any_look(bench, FIRST_DAY + HISTORY);
	struct risk_around around = {.role = RISK_USER, .device_key = true};
	struct risk_profile profile;
	struct risk_facts facts;
	struct risk_record record;
	char text[RISK_RECORD_TEXT];

	for (int i = 0; i < RISK_LEVELS; i++)
		around.all[i] = (struct risk_seen){.all = (int32_t)(next(bench) % 1000),
						   .all_total = 24000000,
						   .all_values = PLACES};
	if (!risk_profile_read(bytes, RISK_PROFILE_BYTES, &profile))
		abort();
	risk_facts(&profile, &look, &around, &facts);
	risk_record_make(&facts, &bench->policy, &record);
	risk_record_write(&record, text);
	bench->sink += (uint64_t)record.decision.score + (uint8_t)text[9];
}

static void decide(struct bench *bench, const uint8_t *bytes)
{
	static struct risk_facts facts; /* of the profile before: the arithmetic alone */
	struct risk_decision decision;

	facts.seen[bytes[20] % RISK_LEVELS].own = bytes[21];
	facts.seen[bytes[22] % RISK_LEVELS] = (struct risk_seen){1, bytes[1], 4096, 7, 900, 50};
	risk_decide(&facts, &bench->policy, &decision);
	bench->sink += (uint64_t)decision.score;
}

static void hash(struct bench *bench, const uint8_t *bytes)
{
	uint8_t out[crypto_hash_sha256_BYTES];

	(void)crypto_hash_sha256(out, bytes, RISK_PROFILE_BYTES);
	bench->sink += out[0];
}

static void touch(struct bench *bench, const uint8_t *bytes)
{
	for (int i = 0; i < RISK_PROFILE_BYTES; i += 64)
		bench->sink += bytes[i];
}

static uint64_t now_ns(void)
{
	struct timespec at;

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

struct times {
	double p50, p99, p999; /* microseconds */
};

static struct times measure(struct bench *bench, void (*work)(struct bench *, const uint8_t *))
{
	uint32_t n = bench->sign_ins;

	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *bytes = bench->profiles[next(bench) % bench->people];
		uint64_t start = now_ns();
		work(bench, bytes);
		bench->times[i] = now_ns() - start;
	}
	qsort(bench->times, n, sizeof(*bench->times), by_value);
	return (struct times){(double)bench->times[n / 2] / 1000,
			      (double)bench->times[(uint64_t)n * 99 / 100] / 1000,
			      (double)bench->times[(uint64_t)n * 999 / 1000] / 1000};
}

static void report(const char *name, struct times times, struct times peer)
{
	printf("%-34s p50 %6.2f  p99 %6.2f  p99.9 %7.2f us   %5.2f times the SHA-256 (p50), %5.2f "
	       "(p99)\n",
	       name, times.p50, times.p99, times.p999, times.p50 / peer.p50, times.p99 / peer.p99);
}

int main(int argc, char **argv)
{
	struct bench bench = {.people = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : PEOPLE,
			      .sign_ins =
				      argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : SIGN_INS,
			      .random = 1};

	if (bench.people < 1 || bench.sign_ins < 1000 || sodium_init() < 0)
		return 2;
	bench.profiles = calloc(bench.people, sizeof(*bench.profiles));
	bench.times = calloc(bench.sign_ins, sizeof(*bench.times));
	if (!bench.profiles || !bench.times)
		return 1;
	risk_policy_default(&bench.policy);
	fill(&bench);
	struct times peer = measure(&bench, hash);
	report("sha256_of_the_profile", peer, peer);
	report("profile_touched", measure(&bench, touch), peer);
	report("read_score_and_record", measure(&bench, score), peer);
	report("decision_alone", measure(&bench, decide), peer);
	printf("profile %d bytes stored, %zu in memory; %u people, %u sign-ins\n",
	       RISK_PROFILE_BYTES, sizeof(struct risk_profile), bench.people, bench.sign_ins);
	free(bench.profiles);
	free(bench.times);
	return 0;
}
