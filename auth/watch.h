/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_WATCH_H
#define AUTH_WATCH_H

#include "auth/guess.h"
#include "base/codec.h"
#include "base/ctx.h"
#include "base/secret.h"
#include "base/uuid.h"

/*
 * All sign-ins together, as one process sees them: counts by source, one password on many names,
 * many names with a try each, more failures than usual. A campaign begins when one of these shows,
 * and ends when none has shown for a quarter of an hour. Known devices are neither counted as
 * failing nor touched by what follows from it. Any thread; the caller gives the time (monotonic
 * microseconds), so that a run can be repeated.
 */
struct watch;
struct watch *watch_new(void); /* NULL: no memory */
void watch_free(struct watch *watch);

/* One attempt. */
struct watch_try {
	const char *peer;
	uint64_t user; /* hash of the name typed, under a key */
	enum lane_kind lane;
	bool unknown; /* nobody has that name */
};
/* Fills what is known of it so far into guess. places: somebody who would be looked at takes a
 * place among the unknown devices that a campaign leaves room for. */
void watch_look(struct watch *watch, const struct watch_try *attempt, bool places, int64_t now,
		struct guess *guess);
/* It failed. password: the one that was wrong, or NULL when it was right or not looked at. */
void watch_failed(struct watch *watch, const struct watch_try *attempt,
		  const struct secret *password, int64_t now, struct guess *guess);
void watch_passed(struct watch *watch, const struct watch_try *attempt, int64_t now,
		  const struct guess *guess);

/* How long one took whose proofs were looked at, from its beginning; and how long the longest of
 * the last 64 took: until there are as many, at least at_first_us. Never above a second. */
void watch_took(struct watch *watch, int64_t took_us);
int64_t watch_pace(struct watch *watch, int64_t at_first_us);

/* The campaign that is on, or ended last; id nil: none yet. */
struct watch_campaign {
	struct uuid id;
	unsigned kinds; /* enum guess_campaign */
	bool is_on;
	int64_t started_at, last_at; /* monotonic */
	uint32_t attempts, accepted, users, sources;
};
/* What waits to be told: each once, in the order it happened. */
struct watch_news {
	struct watch_campaign campaign, over; /* the one that is on or began; the one that ended */
	bool started, ended;
	struct source_ban bans[8];
	int ban_count;
	uint32_t unsaid; /* bans nobody had room for */
};
/* False: nothing new. What was taken comes again unless watch_told follows. */
bool watch_news(struct watch *watch, int64_t now, struct watch_news *out);
void watch_told(struct watch *watch, const struct watch_news *news);

/* Ends bans: those that hold for peer, or all (NULL). */
unsigned watch_clear_bans(struct watch *watch, const char *peer, int64_t now);
void watch_bans(struct watch *watch, int64_t now,
		void (*fn)(void *arg, const struct source_ban *ban), void *arg);

/* For a restart. The campaign goes on with the id it had. */
void watch_put(struct watch *watch, int64_t now, struct buf *out);
bool watch_get(struct watch *watch, struct block bytes, int64_t now);

#endif
