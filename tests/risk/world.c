/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/risk/world.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	COUNTRIES = 40,
	ISPS = 30, /* of a country; the last three are mobile */
	MOBILE = 3,
	HOSTERS = 10,
	NETWORKS = ISPS + HOSTERS,
	POOL = 40000,	    /* addresses of a provider */
	MOBILE_POOL = 6000, /* behind one translation */
	OFFICE_ASN = 900000,
	OFFICE_PEOPLE = 30,
	DEVICES = 3,
	DAY_MINUTES = 1440,
	COMPANY_DAYS = 100,
	CONSUMER_DAYS = 365
};

struct device {
	uint32_t browser, version, platform, release, variant, type;
	bool key;
};

struct person {
	uint32_t country, isp, home, mobile, office, language, shift;
	struct device devices[DEVICES];
	uint32_t device_count, main;
	double hour; /* of the day at which they begin */
	bool at_office, service;
	int32_t last;	/* minute of the sign-in before */
	int32_t travel; /* sign-ins left abroad */
	uint32_t abroad;
};

uint64_t rng_next(struct rng *rng)
{
	uint64_t z = (rng->state += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

uint32_t rng_below(struct rng *rng, uint32_t bound)
{
	return (uint32_t)(((rng_next(rng) >> 32) * bound) >> 32);
}

double rng_unit(struct rng *rng)
{
	return (double)(rng_next(rng) >> 11) / 9007199254740992.0;
}

bool rng_chance(struct rng *rng, double probability)
{
	return rng_unit(rng) < probability;
}

/* 0 most often: the usual shape of market shares. */
static uint32_t zipf(struct rng *rng, uint32_t n)
{
	return (uint32_t)(pow((double)n + 1, rng_unit(rng)) - 1) % n;
}

static double normal(struct rng *rng)
{
	double sum = 0;

	for (int i = 0; i < 12; i++)
		sum += rng_unit(rng);
	return sum - 6;
}

void params_default(struct params *out, enum habit habit)
{
	static const struct params defaults[] = {
		[HABIT_COMPANY] = {.lease = 0.10,
				   .mobile = 0.12,
				   .travel = 0.012,
				   .new_device = 0.008,
				   .lost_cookie = 0.02,
				   .new_browser = 0.07,
				   .new_os = 0.01,
				   .home_country = 0.92,
				   .browsers = 6,
				   .versions = 3,
				   .systems = 3,
				   .releases = 4,
				   .variants = 400,
				   .office = 0.6},
		/* Found by trying 200 sets: nearest to the published table. */
		[HABIT_CONSUMER] = {.lease = 0.4,
				    .mobile = 0.06,
				    .travel = 0.02,
				    .new_device = 0.02,
				    .lost_cookie = 0.02,
				    .new_browser = 0.15,
				    .new_os = 0.03,
				    .pace = 120,
				    .home_country = 0.3,
				    .browsers = 60,
				    .versions = 12,
				    .systems = 3,
				    .releases = 12,
				    .variants = 30000},
	};

	*out = defaults[habit];
	out->habit = habit;
	out->users = 500;
	out->seed = 1;
}

static uint32_t new_home(struct rng *rng, uint32_t isp)
{
	return isp * 65536 + rng_below(rng, isp % NETWORKS >= ISPS - MOBILE ? MOBILE_POOL : POOL);
}

static struct device new_device(struct world *world)
{
	struct rng *rng = &world->rng;
	const struct params *params = &world->params;
	uint32_t browser = zipf(rng, params->browsers), type = rng_below(rng, 3) != 0;

	return (struct device){.browser = browser,
			       .version = 100 + rng_below(rng, params->versions),
			       .platform = type * params->systems + zipf(rng, params->systems),
			       .release = rng_below(rng, params->releases),
			       .variant = zipf(rng, params->variants),
			       .type = type};
}

static void make_person(struct world *world, struct person *person)
{
	struct rng *rng = &world->rng;
	const struct params *params = &world->params;

	*person = (struct person){.device_count = 1 + rng_below(rng, DEVICES)};
	person->country = rng_chance(rng, params->home_country) ? 0 : 1 + zipf(rng, COUNTRIES - 1);
	person->isp = person->country * NETWORKS + zipf(rng, ISPS - MOBILE);
	person->mobile = person->country * NETWORKS + ISPS - 1 - zipf(rng, MOBILE);
	person->home = new_home(rng, person->isp);
	person->at_office = rng_chance(rng, params->office);
	person->office = rng_below(rng, 1 + params->users / OFFICE_PEOPLE);
	person->language = rng_chance(rng, 0.15) ? 0 : 1 + person->country;
	person->shift = rng_chance(rng, 0.08) ? 1 : 0;
	person->service = rng_chance(rng, 0.02);
	person->hour = 8.5 + 0.7 * normal(rng);
	for (uint32_t i = 0; i < person->device_count; i++)
		person->devices[i] = new_device(world);
}

/* --- Where and with what --- */

static void at(struct login *login, uint32_t address, uint32_t asn, uint32_t country)
{
	login->address = address;
	login->asn = asn;
	login->country = country;
	login->hosting = asn < OFFICE_ASN && asn % NETWORKS >= ISPS;
}

/* Whether something that changes with time has changed since the sign-in before. */
static bool changed(struct world *world, const struct person *person, const struct login *login,
		    double probability)
{
	double gap = (login->minute - person->last) / (double)DAY_MINUTES;

	if (world->params.pace > 0)
		probability = 1 - pow(1 - probability, gap / world->params.pace);
	return !person->service && rng_chance(&world->rng, probability);
}

static bool office_moved(const struct world *world, const struct login *login)
{
	return world->params.office_moves &&
	       login->minute / DAY_MINUTES >= world->params.office_moves;
}

static void place(struct world *world, struct person *person, struct login *login)
{
	struct rng *rng = &world->rng;

	if (person->travel == 0 && !person->service && rng_chance(rng, world->params.travel)) {
		person->travel = 1 + (int32_t)rng_below(rng, 3);
		person->abroad = (person->country + 1 + zipf(rng, COUNTRIES - 1)) % COUNTRIES;
	}
	if (person->travel > 0) {
		uint32_t asn = person->abroad * NETWORKS + zipf(rng, ISPS);
		person->travel--;
		login->change = true;
		at(login, new_home(rng, asn), asn, person->abroad);
	} else if (person->service || (person->at_office && rng_chance(rng, 0.7))) {
		/* The office that moves gets a new provider: a network nobody has seen. */
		bool moved = office_moved(world, login);
		uint32_t asn = OFFICE_ASN + moved;
		login->moved = moved;
		login->office = true;
		at(login, asn * 4096 + person->office * 256, asn, 0);
	} else if (rng_chance(rng, world->params.mobile)) {
		at(login, new_home(rng, person->mobile), person->mobile, person->country);
	} else {
		if (changed(world, person, login, world->params.lease))
			person->home = new_home(rng, person->isp);
		at(login, person->home, person->isp, person->country);
	}
}

static uint32_t mix(uint32_t a, uint32_t b)
{
	uint64_t x = ((uint64_t)a << 32 | b) * 0x9e3779b97f4a7c15;

	x ^= x >> 29;
	return (uint32_t)((x * 0xbf58476d1ce4e5b9) >> 32) | 1;
}

static void shows(struct login *login, const struct device *device)
{
	login->family = 1 + device->browser;
	login->platform = 1 + device->platform;
	login->device = 1 + device->type;
	login->browser = mix(device->browser, device->version);
	login->os = mix(100 + device->platform, device->release);
	login->agent = mix(mix(login->browser, login->os), device->variant);
}

static void with(struct world *world, struct person *person, struct login *login)
{
	struct rng *rng = &world->rng;
	const struct params *params = &world->params;
	uint32_t which =
		rng_chance(rng, 0.75) ? person->main : rng_below(rng, person->device_count);
	struct device *device = &person->devices[which];

	if (changed(world, person, login, params->new_device)) {
		*device = new_device(world);
		login->change = true;
	}
	if (changed(world, person, login, params->new_browser)) {
		device->version++;
		login->change = true;
	}
	if (changed(world, person, login, params->new_os)) {
		device->release++;
		login->change = true;
	}
	if (changed(world, person, login, params->lost_cookie)) {
		device->key = false;
		login->change = true;
	}
	login->key = device->key;
	device->key = true; /* a sign-in that succeeds leaves one */
	login->language = person->language;
	shows(login, device);
	person->last = login->minute;
}

/* --- When --- */

static int by_time(const void *a, const void *b)
{
	const struct login *x = a, *y = b;

	if (x->minute != y->minute)
		return x->minute < y->minute ? -1 : 1;
	return x->user < y->user ? -1 : x->user > y->user;
}

static void add(struct world *world, uint32_t user, int32_t minute)
{
	if ((world->count & (world->count - 1)) == 0) {
		size_t size = world->count ? world->count * 2 : 1;
		world->logins = realloc(world->logins, size * sizeof(*world->logins));
		if (!world->logins)
			abort();
	}
	world->logins[world->count++] = (struct login){.user = user, .minute = minute};
}

/* Each working day at one's hour, sometimes again in the afternoon, seldom at a weekend. */
static void company_times(struct world *world, uint32_t user)
{
	const struct person *person = &world->people[user];
	struct rng *rng = &world->rng;

	for (int32_t day = 0; day < COMPANY_DAYS; day++) {
		bool weekend = day % 7 >= 5;
		double hour = person->shift ? 6 + 8 * (day / 7 % 3) : person->hour;
		if (!rng_chance(rng, weekend ? 0.06 : 0.75))
			continue;
		hour = fmin(fmax(hour + 0.6 * normal(rng), 0), 23.9);
		add(world, user, day * DAY_MINUTES + (int32_t)(hour * 60));
		if (rng_chance(rng, 0.25))
			add(world, user, day * DAY_MINUTES + (int32_t)(fmin(hour + 4, 23.95) * 60));
	}
}

/* How often, as published: half twice at most, one in ten 9 times and more, one in a hundred 28. */
static uint32_t consumer_logins(struct rng *rng)
{
	static const struct {
		double share;
		uint32_t from, to;
	} table[] = {{.25, 1, 1}, {.5, 2, 2}, {.9, 3, 9}, {.95, 9, 13}, {.99, 13, 28}, {1, 28, 60}};
	double unit = rng_unit(rng);
	size_t i = 0;

	while (unit >= table[i].share && i < 5)
		i++;
	return table[i].from + rng_below(rng, table[i].to - table[i].from + 1);
}

static void consumer_times(struct world *world, uint32_t user)
{
	struct rng *rng = &world->rng;
	uint32_t logins =
		user < world->params.cohort ? 40 + rng_below(rng, 20) : consumer_logins(rng);

	for (uint32_t i = 0; i < logins; i++) {
		double hour = rng_chance(rng, 0.8) ? 9 + 11 * rng_unit(rng) : 24 * rng_unit(rng);
		add(world, user,
		    (int32_t)rng_below(rng, CONSUMER_DAYS) * DAY_MINUTES + (int32_t)(hour * 60));
	}
}

void world_make(struct world *world, const struct params *params)
{
	*world = (struct world){.params = *params, .rng = {params->seed}};
	world->users = params->users + params->cohort;
	world->people = calloc(world->users, sizeof(*world->people));
	if (!world->people)
		abort();
	for (uint32_t i = 0; i < world->users; i++) {
		make_person(world, &world->people[i]);
		if (params->habit == HABIT_COMPANY)
			company_times(world, i);
		else
			consumer_times(world, i);
	}
	qsort(world->logins, world->count, sizeof(*world->logins), by_time);
	for (size_t i = 0; i < world->count; i++) {
		struct login *login = &world->logins[i];
		place(world, &world->people[login->user], login);
		with(world, &world->people[login->user], login);
	}
}

void world_free(struct world *world)
{
	free(world->logins);
	free(world->people);
	*world = (struct world){0};
}

/* --- Attackers --- */

static void from(struct world *world, enum attacker kind, const struct login *last,
		 struct login *out)
{
	struct rng *rng = &world->rng;
	const struct person *victim = &world->people[last->user];
	uint32_t country = kind == ATTACK_ANYWHERE ? zipf(rng, COUNTRIES) : victim->country;
	uint32_t asn = country * NETWORKS;

	if (kind >= ATTACK_SAME_ISP)
		asn = victim->isp;
	else if (kind == ATTACK_VPN || rng_chance(rng, 0.5))
		asn += ISPS + rng_below(rng, HOSTERS);
	else
		asn += zipf(rng, ISPS);
	at(out, new_home(rng, asn), asn, country);
	out->language = kind == ATTACK_ANYWHERE ? 1 + country
			: kind == ATTACK_VPN	? 0
						: victim->language;
}

struct login attack(struct world *world, enum attacker kind, const struct login *last)
{
	struct rng *rng = &world->rng;
	struct login out = {.user = last->user};
	bool prepared = kind >= ATTACK_SAME_ISP;
	struct device device = new_device(world); /* what the next person would bring */
	const struct person *victim = &world->people[last->user];

	from(world, kind, last, &out);
	if (prepared) {
		device = victim->devices[victim->main];
		device.variant += 1 + rng_below(rng, world->params.variants - 1);
		device.variant %= world->params.variants;
	}
	shows(&out, &device);
	if (kind == ATTACK_SAME_AGENT) {
		out.agent = last->agent;
		out.browser = last->browser;
		out.os = last->os;
		out.family = last->family;
		out.platform = last->platform;
		out.device = last->device;
	}
	/* Within a day; whoever prepares keeps to working hours. */
	out.minute = last->minute + 1 + (int32_t)rng_below(rng, DAY_MINUTES);
	if (prepared)
		out.minute = last->minute / DAY_MINUTES * DAY_MINUTES + DAY_MINUTES + 540 +
			     (int32_t)rng_below(rng, 540);
	return out;
}
