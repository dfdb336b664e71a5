/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * siege [seeds [one in how many [first seed]]]: the goals of docs/PERFORMANCE.md about stuffing,
 * spraying and lock-out (G6 to G8), by the product's sign-in over memory (hall.h). The second
 * number makes everything that many times smaller. Fails when a figure is worse than its gate.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/guess/hall.h"
#include "tests/support/goals.h"

enum { SEEDS_MAX = 50, PEOPLE = 5000, UNENROLLED = 10, PAIRS = 100000, ADDRESSES = 20000 };
enum { VALID_PERCENT = 1, KNOWN_PERCENT = 30, ADMINS = 5, BOTS = 10000, AT_SAME_PLACE = 100 };
enum { SPEEDS = 3, SPRAYS = 24, HOUR = 3600, DAY = 24 * HOUR, WARM = HOUR, SPRAY_SHARE = 200 };
static const int64_t second_us = 1000000;

static struct settings {
	int seeds;
	uint32_t part;
	uint64_t first;
} settings = {5, 1, 1};

struct stuffing {
	double sessions, known_device, known_network, stranger;
	double seen, with_code, tries_before_flag;
};
struct spraying {
	double sessions, names_before_flag, known_device, stranger;
};
struct locking {
	double sessions, refused, disabled, stranger, hours_away;
};
static struct stuffing stuffed[SPEEDS][SEEDS_MAX];
static struct spraying sprayed[SEEDS_MAX];
static struct locking locked[SEEDS_MAX];

/* --- People who sign in meanwhile --- */

enum way { BY_DEVICE, BY_NETWORK, BY_NEITHER, WAYS };
struct occasion {
	int64_t at; /* seconds */
	uint32_t person;
	enum way way;
	bool right; /* else: mistyped */
};
struct town {
	struct hall_person *people;
	uint32_t count;
	struct rng rng;
	struct occasion *occasions;
	size_t occasion_count, next;
	uint32_t tried[WAYS], in[WAYS];
};

static void address(struct rng *rng, char out[48])
{
	if (rng_chance(rng, 0.1))
		(void)snprintf(out, 48, "2001:db8:%x:%x::%x", rng_below(rng, 65536),
			       rng_below(rng, 65536), 1 + rng_below(rng, 65535));
	else
		(void)snprintf(out, 48, "%u.%u.%u.%u", 11 + rng_below(rng, 200),
			       rng_below(rng, 256), rng_below(rng, 256), 1 + rng_below(rng, 254));
}

static void town_open(struct town *town, uint32_t people, uint64_t seed)
{
	*town = (struct town){.count = people, .rng = {seed * 1000003}};
	town->people = calloc(people, sizeof(*town->people));
	if (!town->people)
		abort();
	hall_open(town->people, people, seed);
	for (uint32_t i = 0; i < people; i++) {
		struct hall_person *person = &town->people[i];
		(void)snprintf(person->password, sizeof(person->password), "own-%016llx",
			       (unsigned long long)rng_next(&town->rng));
		address(&town->rng, person->peer);
		person->has_code = i % UNENROLLED != 1;
	}
}

static void town_close(struct town *town)
{
	hall_close();
	free(town->people);
	free(town->occasions);
}

static int by_time(const void *a, const void *b)
{
	const struct occasion *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->person < y->person ? -1 : x->person > y->person;
}

static void plan(struct town *town, const struct occasion *occasion)
{
	size_t n = town->occasion_count;

	if ((n & (n - 1)) == 0) {
		town->occasions =
			realloc(town->occasions, (n ? 2 * n : 1) * sizeof(*town->occasions));
		if (!town->occasions)
			abort();
	}
	town->occasions[town->occasion_count++] = *occasion;
}

/* 8 in a hundred mistype three to five times before, as fast as they can type. */
static void plan_sign_in(struct town *town, uint32_t person, int64_t at)
{
	double way = rng_unit(&town->rng);
	struct occasion occasion = {.at = at,
				    .person = person,
				    .way = way < .96   ? BY_DEVICE
					   : way < .99 ? BY_NETWORK
						       : BY_NEITHER,
				    .right = true};

	plan(town, &occasion);
	if (!rng_chance(&town->rng, 0.08))
		return;
	occasion.right = false;
	for (uint32_t wrong = 3 + rng_below(&town->rng, 3); wrong > 0; wrong--) {
		occasion.at -= 15;
		plan(town, &occasion);
	}
}

/* So many sign-ins a day of each who can. */
static void plan_days(struct town *town, int64_t seconds, double a_day)
{
	uint32_t sign_ins = (uint32_t)(a_day * town->count * (double)seconds / DAY);

	for (uint32_t i = 0; i < sign_ins; i++) {
		uint32_t person = rng_below(&town->rng, town->count);
		int64_t at = 100 + (int64_t)(rng_unit(&town->rng) * (double)(seconds - 100));
		if (town->people[person].has_code)
			plan_sign_in(town, person, at);
	}
	qsort(town->occasions, town->occasion_count, sizeof(*town->occasions), by_time);
}

static void sign_in(struct town *town, const struct occasion *occasion)
{
	const struct hall_person *person = &town->people[occasion->person];
	struct hall_try try = {.login = person->login,
			       .password = occasion->right ? person->password : "mistyped",
			       .peer = person->peer,
			       .device = occasion->way == BY_DEVICE ? person : NULL};
	char code[8], elsewhere[48];

	hall_clock(occasion->at * second_us);
	hall_code(person, code);
	try.code = code;
	if (occasion->way != BY_NETWORK) {
		address(&town->rng, elsewhere);
		try.peer = elsewhere;
	}
	bool in = hall_sign_in(&try);
	town->tried[occasion->way] += occasion->right;
	town->in[occasion->way] += occasion->right && in;
}

static void live_until(struct town *town, int64_t at)
{
	while (town->next < town->occasion_count && town->occasions[town->next].at <= at)
		sign_in(town, &town->occasions[town->next++]);
	hall_clock(at * second_us);
}

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 100;
}

static double share_of(const struct town *town, enum way way)
{
	return percent(town->in[way], town->tried[way]);
}

static bool guess(const char *login, const char *password, const char *peer, const char *code)
{
	return hall_sign_in(&(struct hall_try){
		.login = login, .password = password, .peer = peer, .code = code});
}

static void any_code(struct rng *rng, char out[8])
{
	(void)snprintf(out, 8, "%06u", rng_below(rng, 1000000));
}

/* --- Stuffing: pairs that were stolen elsewhere --- */

/* One in a hundred is right, for people of whom every tenth never enrolled a second factor; of the
 * others a third are of people here, the rest of nobody. Whether it was let in. */
static bool stuff(struct town *town, bool with_code, bool valid, const char *peer)
{
	uint32_t at = rng_below(&town->rng, town->count);
	const struct hall_person *person = &town->people[at];
	char login[24], wrong[24], code[8];

	(void)snprintf(login, sizeof(login), "n%llx",
		       (unsigned long long)rng_next(&town->rng) >> 16);
	(void)snprintf(wrong, sizeof(wrong), "w%llx", (unsigned long long)rng_next(&town->rng));
	any_code(&town->rng, code);
	if (valid && with_code)
		hall_code(person, code);
	bool known = valid || rng_below(&town->rng, 100) < KNOWN_PERCENT;
	return guess(known ? person->login : login, valid ? person->password : wrong, peer, code);
}

static uint32_t stuff_all(struct town *town, int64_t seconds, bool with_code, double *out_flag)
{
	uint32_t pairs = PAIRS / settings.part, in = 0;
	char(*peers)[48] = calloc(ADDRESSES, sizeof(*peers));

	if (!peers)
		abort();
	*out_flag = pairs;
	for (uint32_t i = 0; i < ADDRESSES; i++)
		address(&town->rng, peers[i]);
	for (uint32_t i = 0; i < pairs; i++) {
		live_until(town, WARM + seconds * i / pairs);
		bool valid = i % (100 / VALID_PERCENT) == 50;
		in += stuff(town, with_code, valid, peers[rng_below(&town->rng, ADDRESSES)]);
		if (*out_flag == pairs && hall_campaign().is_on)
			*out_flag = i + 1;
	}
	free(peers);
	return in;
}

static void run_stuffing(uint64_t seed, int64_t seconds, struct stuffing *out)
{
	double valid = (double)PAIRS / settings.part * VALID_PERCENT / 100, ignored;
	struct town town;

	town_open(&town, PEOPLE, seed);
	plan_days(&town, WARM + seconds, 1.2);
	uint32_t in = stuff_all(&town, seconds, false, &out->tries_before_flag);
	out->sessions = in;
	for (enum way way = BY_DEVICE; way < WAYS; way++)
		(&out->known_device)[way] = share_of(&town, way);
	/* Beside those, what the owners showed was looked at and right. */
	out->seen = 100 * ((double)hall_count.right_seen - town.in[0] - town.in[1] - town.in[2]) /
		    valid;
	town_close(&town);
	town_open(&town, PEOPLE, seed);
	out->with_code =
		100 * stuff_all(&town, seconds, true, &ignored) / (valid * (1 - 1.0 / UNENROLLED));
	town_close(&town);
}

/* --- Spraying: one password on everybody, each from an address of its own --- */

/* One in two hundred has it. */
static void run_spraying(uint64_t seed, struct spraying *out)
{
	static const char often[] = "Spring-2026-again";
	uint32_t people = PEOPLE / settings.part < 500 ? 500 : PEOPLE / settings.part;
	struct town town;
	uint32_t in = 0, tries = people * (settings.part > 1 ? 2 : SPRAYS);
	double flagged = 0;

	town_open(&town, people, seed);
	for (uint32_t i = SPRAY_SHARE / 2; i < people; i += SPRAY_SHARE)
		memcpy(town.people[i].password, often, sizeof(often));
	plan_days(&town, WARM + DAY, 1.2);
	for (uint32_t i = 0; i < tries; i++) {
		char peer[48], code[8], tried[32];
		live_until(&town, WARM + (int64_t)HOUR * i / people);
		address(&town.rng, peer);
		any_code(&town.rng, code);
		(void)snprintf(tried, sizeof(tried), "Autumn-20%02u", i / people);
		in += guess(town.people[i % people].login, i < people ? often : tried, peer, code);
		if (flagged == 0 && hall_campaign().is_on)
			flagged = i + 1;
	}
	*out = (struct spraying){.sessions = in,
				 .names_before_flag = flagged > 0 ? flagged : people,
				 .known_device = share_of(&town, BY_DEVICE),
				 .stranger = share_of(&town, BY_NEITHER)};
	town_close(&town);
}

/* --- Locking the administrators out --- */

/* A try a second at one of the five, from ten thousand addresses; one in a hundred from the
 * administrator's own. */
static bool besiege(struct town *town, char (*bots)[48], int64_t at)
{
	const struct hall_person *admin = &town->people[rng_below(&town->rng, ADMINS)];
	bool same_place = rng_below(&town->rng, AT_SAME_PLACE) == 0;
	char code[8];

	live_until(town, WARM + at);
	any_code(&town->rng, code);
	return guess(admin->login, "no-idea-of-it",
		     same_place ? admin->peer : bots[rng_below(&town->rng, BOTS)], code);
}

/* How long it takes to wear the password out of somebody who never signs in: its hundredth wrong
 * one in a row disables it. */
static double hours_until_disabled(struct town *town, char (*bots)[48])
{
	int64_t at = 0;

	while (hall_count.disabled == 0 && at < 30 * DAY)
		(void)besiege(town, bots, at++);
	return (double)at / HOUR;
}

static void run_locking(uint64_t seed, struct locking *out)
{
	char(*bots)[48] = calloc(BOTS, sizeof(*bots));
	struct town town;
	uint32_t in = 0;
	int64_t seconds = settings.part > 1 ? HOUR : DAY;

	if (!bots)
		abort();
	town_open(&town, ADMINS, seed);
	for (uint32_t i = 0; i < ADMINS; i++)
		town.people[i].has_code = true;
	for (uint32_t i = 0; i < BOTS; i++)
		address(&town.rng, bots[i]);
	plan_days(&town, WARM + seconds, 24);
	for (int64_t at = 0; at < seconds; at++)
		in += besiege(&town, bots, at);
	*out = (struct locking){.sessions = in,
				.refused = town.tried[BY_DEVICE] - town.in[BY_DEVICE],
				.disabled = (double)hall_count.disabled,
				.stranger = share_of(&town, BY_NEITHER)};
	town_close(&town);
	town_open(&town, ADMINS, seed + SEEDS_MAX);
	out->hours_away = settings.part > 1 ? 0 : hours_until_disabled(&town, bots);
	town_close(&town);
	free(bots);
}

/* --- What it comes to --- */

#define STUFFING(at, when)                                                                         \
	GOAL("G6", "sessions gained by 100,000 pairs in " when, stuffed[at], sessions, AT_MOST, 0, \
	     0),                                                                                   \
		GOAL("G6", "% of owners' sign-ins let in, known device", stuffed[at],              \
		     known_device, AT_LEAST, 99.9, 99.9),                                          \
		GOAL("", "  known network, no known device", stuffed[at], known_network, FIGURE,   \
		     0, 0),                                                                        \
		GOAL("", "  neither", stuffed[at], stranger, FIGURE, 0, 0),                        \
		GOAL("", "  pairs tried before it is a campaign", stuffed[at], tries_before_flag,  \
		     FIGURE, 0, 0),                                                                \
		GOAL("", "  % of the right pairs whose password was looked at", stuffed[at], seen, \
		     FIGURE, 0, 0),                                                                \
		GOAL("", "  % of them let in, if the guesser had the right code too", stuffed[at], \
		     with_code, FIGURE, 0, 0)

static const struct goal goals[] = {
	STUFFING(0, "an hour"),
	STUFFING(1, "a day"),
	STUFFING(2, "a week"),
	GOAL("G7", "names tried before spraying is a campaign", sprayed, names_before_flag, AT_MOST,
	     10, 10),
	GOAL("G7", "sessions gained by 24 passwords on everybody", sprayed, sessions, AT_MOST, 0,
	     0),
	GOAL("", "  % of owners' sign-ins let in, known device", sprayed, known_device, AT_LEAST,
	     99.9, 99.9),
	GOAL("", "  neither device nor network known", sprayed, stranger, FIGURE, 0, 0),
	GOAL("G8", "administrators' sign-ins from known devices refused", locked, refused, AT_MOST,
	     0, 0),
	GOAL("G8", "authenticators disabled in 24 hours", locked, disabled, AT_MOST, 0, 0),
	GOAL("G8", "sessions gained", locked, sessions, AT_MOST, 0, 0),
	GOAL("", "  % of administrators' sign-ins let in, nothing known", locked, stranger, FIGURE,
	     0, 0),
	GOAL("", "  hours until a password that nobody uses is disabled", locked, hours_away,
	     FIGURE, 0, 0),
};

int main(int argc, char **argv)
{
	static const int64_t speeds[SPEEDS] = {HOUR, DAY, 7 * DAY};
	bool kept = true;

	settings.seeds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : settings.seeds;
	settings.part = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : settings.part;
	settings.first = argc > 3 ? strtoull(argv[3], NULL, 10) : settings.first;
	if (settings.seeds < 1 || settings.seeds > SEEDS_MAX || settings.part < 1) {
		(void)fprintf(stderr, "usage: siege [seeds [one in how many [first seed]]]\n");
		return 2;
	}
	for (int i = 0; i < settings.seeds; i++) {
		uint64_t seed = settings.first + (uint64_t)i;
		for (int speed = 0; speed < SPEEDS; speed++)
			run_stuffing(seed, speeds[speed] / settings.part, &stuffed[speed][i]);
		run_spraying(seed, &sprayed[i]);
		run_locking(seed, &locked[i]);
	}
	printf("%d seeds from %llu; synthetic people and guessers, the product's decisions\n\n",
	       settings.seeds, (unsigned long long)settings.first);
	for (size_t i = 0; i < sizeof(goals) / sizeof(goals[0]); i++)
		kept &= goal_print(&goals[i], settings.seeds);
	return !kept;
}
