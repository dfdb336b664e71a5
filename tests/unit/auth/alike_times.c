/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/auth/alike_times.h"

#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "tests/unit/auth/people.h"

enum { PACED = 64 };
static const struct kind {
	const char *what, *login, *password;
	bool waits, capped, core;
} kinds[] = {
	{"nobody has the name", "nobody.here", NULL, false, false, true},
	{"wrong password", "enrolled", NULL, false, false, true},
	{"right password, wrong code", "enrolled", good, false, false, false},
	{"switched off", "off", good, false, false, false},
	{"never enrolled", "invited", NULL, false, false, false},
	{"password disabled", "capped", good, false, true, true},
	{"nobody has it, lane waits", "nobody.here", NULL, true, false, false},
	{"lane waits", "enrolled", good, true, false, true},
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

unsigned alike_rounds;
bool alike_core;
static double *work[KINDS], *told[KINDS];
static int64_t took[PACED];
static unsigned took_next;
static uint64_t dice = 20261122;

static unsigned roll(unsigned below)
{
	dice = dice * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (unsigned)(dice >> 33) % below;
}

/* The watch is a new one each time, or guessing so much would be a campaign. */
static void keep_pace(void)
{
	watch_free(base.watch);
	base.watch = watch_new();
	for (unsigned i = 0; i < PACED; i++)
		watch_took(base.watch, took[i]);
}

static void exec(const struct db_stmt *stmt)
{
	assert_int_equal(db_exec(&base, stmt, NULL, NULL), ERR_OK);
}

/* Statements of the test's own connection: a new one for each would take most of the time. */
static void set_lanes(const struct kind *kind)
{
	static const struct db_stmt clear = {"test.clear", "DELETE FROM auth_lane", 0, 0},
				    cap = {"test.cap", "UPDATE auth_lane SET fails = 100", 0, 0},
				    hold = {"test.hold",
					    "UPDATE auth_lane SET next_at = UTC_TIMESTAMP(6) + "
					    "INTERVAL 1 HOUR",
					    0, 0};
	struct lane lane;
	uint32_t fails;
	int64_t wait;

	exec(&clear);
	assert_int_equal(signin_subject(&base, kind->login, lane.subject), ERR_OK);
	assert_int_equal(lane_cap_reserve(&base, lane.subject, LANE_PASSWORD, &fails), ERR_OK);
	if (kind->capped)
		exec(&cap);
	lane_choose(&lane, NULL, (struct block){0});
	assert_int_equal(lane_reserve(&base, &lane, LANE_PASSWORD, &wait), ERR_OK);
	if (kind->waits)
		exec(&hold);
}

static void try_once(unsigned which, unsigned round)
{
	const struct kind *kind = &kinds[which];
	char wrong[32];

	arena_reset(base.arena); /* of the tries before */
	set_lanes(kind);
	keep_pace();
	(void)snprintf(wrong, sizeof(wrong), "wrong-password-%u", roll(1u << 30));
	int64_t began = sys_mono_us();
	struct answer answer = run(&(struct ask){.op = "auth.sign_in",
						 .peer = "203.0.113.77",
						 .secret = kind->password ? kind->password : wrong,
						 .values = {TEXT(kind->login), TEXT("000000")}});
	int64_t end = sys_mono_us();
	assert_int_equal(answer.err, ERR_UNAUTHENTICATED);
	work[which][round] = (double)(end - began) / 1000;
	told[which][round] =
		(double)((answer.answer_at_us > end ? answer.answer_at_us : end) - began) / 1000;
	if (kind->waits)
		return;
	took[took_next] = end - began;
	took_next = (took_next + 1) % PACED;
}

static int by_value(const void *a, const void *b)
{
	double one = *(const double *)a, other = *(const double *)b;

	return one < other ? -1 : one > other;
}

/* Both sorted, of n each. The probability of such ranks if there were no difference. */
static double rank_sum_p(const double *one, const double *other, unsigned n)
{
	double u = 0, count = n;

	for (unsigned i = 0, below = 0; i < n; i++) {
		while (below < n && other[below] < one[i])
			below++;
		unsigned equal = below;
		while (equal < n && other[equal] <= one[i])
			equal++;
		u += below + (equal - below) / 2.0;
	}
	double z = (u - count * count / 2) / sqrt(count * count * (2 * count + 1) / 12);
	return erfc(fabs(z) / sqrt(2));
}

static bool is_tried(unsigned which)
{
	return kinds[which].core || !alike_core;
}

static void print(const char *what, double *const *times)
{
	unsigned n = alike_rounds;

	print_message("%s, ms\n%-28s %8s %8s %8s   p\n", what, "", "p50", "p90", "p99");
	for (unsigned i = 0; i < KINDS; i++)
		qsort(times[i], n, sizeof(double), by_value);
	for (unsigned i = 0; i < KINDS; i++)
		if (is_tried(i))
			print_message("%-28s %8.1f %8.1f %8.1f   %.3g\n", kinds[i].what,
				      times[i][n / 2], times[i][n * 9 / 10], times[i][n * 99 / 100],
				      rank_sum_p(times[i], times[0], n));
}

static void shuffle(unsigned order[KINDS])
{
	for (unsigned i = 0; i < KINDS; i++)
		order[i] = i;
	for (unsigned i = KINDS - 1; i > 0; i--) {
		unsigned j = roll(i + 1), kept = order[i];
		order[i] = order[j];
		order[j] = kept;
	}
}

void alike_times(void **state)
{
	unsigned order[KINDS];

	(void)state;
	for (unsigned i = 0; i < KINDS; i++) {
		work[i] = calloc(alike_rounds, sizeof(double));
		told[i] = calloc(alike_rounds, sizeof(double));
		assert_true(work[i] && told[i]);
	}
	for (unsigned i = 0; i < PACED; i++) /* until it has settled */
		try_once(i % 6, 0);
	for (unsigned round = 0; round < alike_rounds; round++) {
		shuffle(order);
		for (unsigned i = 0; i < KINDS; i++)
			if (is_tried(order[i]))
				try_once(order[i], round);
	}
	print("work", work);
	print("told after", told);
	for (unsigned i = 0; i < KINDS; i++) {
		free(work[i]);
		free(told[i]);
	}
}
