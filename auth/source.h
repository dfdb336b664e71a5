/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SOURCE_H
#define AUTH_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/sketch.h"
#include "base/buf.h"

/*
 * What sign-in attempts came from where, counted at several widths of the address: IPv4 /32 and
 * /24, IPv6 /64, /56 and /48 (an IPv4-mapped address is the IPv4 one). Counts halve in an hour.
 * Memory is bounded, one table for each level, so that a flood of addresses pushes out no network;
 * in its set the lightest gives way, a banned one never before its ban ends (unless all eight of
 * a set are banned), and sets are chosen under a random key: to be forgotten somebody must be
 * heavier than himself. Times are monotonic microseconds. No locking, no clock of its own.
 */
enum source_level { SOURCE_ADDRESS, SOURCE_NETWORK, SOURCE_SITE, SOURCE_LEVELS };

struct source_seen {
	uint32_t attempts, fails, unknown; /* decayed; unknown: names that nobody has */
	uint32_t users;			   /* different names, this and the last hour, about */
	uint32_t banned_s;		   /* seconds a ban goes on; 0: none */
};
/* One attempt to count. */
struct source_note {
	uint64_t user; /* hash of the name, under a key */
	bool failed, unknown;
};
/* A ban that has just begun. */
struct source_ban {
	char prefix[64]; /* "192.0.2.0/24" */
	uint32_t seconds;
	struct source_seen seen;
};

struct sources;
/* key: random, for the choice of sets. NULL: no memory. */
struct sources *sources_new(const uint8_t key[16]);
void sources_free(struct sources *sources);
/* Zeros for a level the address does not have, or when peer is no address. */
void sources_look(const struct sources *sources, const char *peer, int64_t now,
		  struct source_seen out[SOURCE_LEVELS]);
/* Counts it and bans whoever fails too much; returns how many of out were filled. Bans last five
 * minutes, doubling to an hour for those that come again within a day. */
int sources_count(struct sources *sources, const char *peer, const struct source_note *note,
		  int64_t now, struct source_ban out[SOURCE_LEVELS]);
/* Ends the bans that hold for peer, or all (NULL), and forgets their counts; how many. */
unsigned sources_clear(struct sources *sources, const char *peer, int64_t now);
/* Calls fn for each ban that is on. */
void sources_bans(const struct sources *sources, int64_t now,
		  void (*fn)(void *arg, const struct source_ban *ban), void *arg);
/* What is worth keeping over a restart: bans, then those with several failures, until out is full.
 * sources_get: false when the bytes are damaged; what was read until then stays. */
void sources_put(const struct sources *sources, int64_t now, struct buf *out);
bool sources_get(struct sources *sources, struct rd *rd, int64_t now);

#endif
