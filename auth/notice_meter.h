/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_NOTICE_METER_H
#define AUTH_NOTICE_METER_H

#include <pthread.h>
#include <stdbool.h>

#include "base/codec.h"
#include "base/uuid.h"

/*
 * How many refused logout messages become audit events. Anybody may send one, from as many
 * addresses as they have: for each provider, and once for those of no provider, some are recorded
 * at once and one a minute after that; what was left out is counted, and told with the next that is
 * recorded. Any thread.
 */
enum { NOTICE_METERS = 40, NOTICE_AT_ONCE = 60, NOTICE_EVERY_S = 60 };
struct notice_meter {
	pthread_mutex_t lock;
	size_t count;
	struct notice_bucket {
		struct uuid provider_id;
		int64_t full_at_us; /* monotonic: when nothing recorded counts any more */
		int64_t left_out;
	} buckets[NOTICE_METERS]; /* those of more providers than may be set up share the last */
};
/* Whether this one is recorded; then *out_left_out says how many were not before it. */
bool notice_meter_take(struct notice_meter *meter, const struct uuid *provider_id, int64_t now_us,
		       int64_t *out_left_out);

/*
 * How many answers that nobody here had asked for were refused, by where they came from (IPv6: by
 * /64). Judging one takes a process and may open our key: who has sent some at once, and then more
 * than one a minute, is not listened to. Sources share a bucket where a keyed hash says so. Zero is
 * a good one. Any thread.
 */
enum { SOURCE_METERS = 4096 };
struct source_meter {
	pthread_mutex_t lock;
	bool keyed;
	uint8_t key[16];
	int64_t full_at_us[SOURCE_METERS];
};
/* Whether one more of them is looked at. */
bool source_meter_open(struct source_meter *meter, struct block peer, int64_t now_us);
/* It was refused. */
void source_meter_count(struct source_meter *meter, struct block peer, int64_t now_us);

#endif
