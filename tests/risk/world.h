/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_RISK_WORLD_H
#define TESTS_RISK_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * People who sign in, and people who sign in as them: a synthetic organisation. Everything that
 * happens follows from the parameters and the seed. Networks, countries and browsers are numbers
 * drawn from distributions of the usual shape; none is real.
 */
struct rng {
	uint64_t state;
};
uint64_t rng_next(struct rng *rng);
uint32_t rng_below(struct rng *rng, uint32_t bound);
double rng_unit(struct rng *rng);
bool rng_chance(struct rng *rng, double probability);

/* What a server sees of one sign-in. */
struct login {
	uint32_t user;
	int32_t minute;			     /* since the beginning, a Monday 00:00 */
	uint32_t address, asn, country;	     /* prefix: address / 256 */
	uint32_t agent, browser, os, device; /* whole string; with version; with version; type */
	uint32_t family, platform;	     /* the same without versions */
	uint32_t language;
	bool hosting; /* the network rents servers */
	bool key;     /* the browser proves a key of this person */
	bool office;  /* from an office */
	bool moved;   /* from the office that has just moved */
	bool change;  /* travel, a new device, a lost cookie or an update */
};

enum habit { HABIT_CONSUMER, HABIT_COMPANY };

struct params {
	enum habit habit;
	uint32_t users;
	uint32_t cohort; /* HABIT_CONSUMER: so many more people, with 40 sign-ins and more */
	uint64_t seed;
	/* probabilities at each sign-in; with a pace, those of change are for so many days */
	double lease, mobile, travel, new_device, lost_cookie, new_browser, new_os;
	double pace;
	double home_country; /* share of the people of country 0 */
	/* how many browsers, versions of each in use, systems, versions of each, builds of each */
	uint32_t browsers, versions, systems, releases, variants;
	double office;	      /* share of the people who work at an office */
	int32_t office_moves; /* day, or 0 */
};
void params_default(struct params *out, enum habit habit);

struct world {
	struct params params;
	struct login *logins; /* in the order of time */
	size_t count;
	struct person *people;
	uint32_t users;
	struct rng rng;
};
void world_make(struct world *world, const struct params *params);
void world_free(struct world *world);

/* Attackers with the right password, from the clumsy to the well prepared. */
enum attacker {
	ATTACK_ANYWHERE,   /* A0: any country, any browser */
	ATTACK_VPN,	   /* A1: a rented server in the person's country, any browser */
	ATTACK_TARGETED,   /* A2: a network of the country, a browser likely there */
	ATTACK_SAME_ISP,   /* A3: the person's provider, browser and system */
	ATTACK_SAME_AGENT, /* A4: and exactly the person's browser */
	ATTACKERS
};
/* An attack on the person of `last`, after it. */
struct login attack(struct world *world, enum attacker kind, const struct login *last);

#endif
