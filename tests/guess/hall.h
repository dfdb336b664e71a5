/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_GUESS_HALL_H
#define TESTS_GUESS_HALL_H

#include "auth/watch.h"
#include "tests/risk/world.h"

/*
 * The product's sign-in (signin_run, with lanes, caps, sources, spraying and campaigns) over
 * memory in place of the database, the keeper and the hash, with a clock and randomness of our
 * own: days of guessing in a second, the same each time. What is replaced is what stores and what
 * computes (hall.c, linked over it); what decides is the product's.
 */
enum { HALL_PASSWORD = 24 };
struct hall_person {
	struct uuid id;
	char login[16], password[HALL_PASSWORD];
	char peer[48]; /* where they signed in from before */
	bool has_code; /* a device that shows codes is enrolled */
};
struct hall_try {
	const char *login, *password, *peer, *code;
	const struct hall_person *device; /* whose device is shown, key and all; NULL: nobody's */
};

/* What the decisions were, so far. */
struct hall_count {
	uint64_t looked_at;  /* passwords */
	uint64_t right_seen; /* right ones among them */
	uint64_t disabled;   /* authenticators, by their hundredth failure */
	uint64_t let_in;
};

/* One at a time; passwords are shorter than HALL_PASSWORD. people: borrowed, in the order of their
 * logins' numbers ("u0", "u1" …). */
void hall_open(struct hall_person *people, size_t count, uint64_t seed);
void hall_close(void);
/* Microseconds since the beginning; never back. */
void hall_clock(int64_t us);
/* The code that a person's device shows now. */
void hall_code(const struct hall_person *person, char out[8]);
/* Whether it was let in. */
bool hall_sign_in(const struct hall_try *attempt);
struct watch_campaign hall_campaign(void);
extern struct hall_count hall_count;

#endif
