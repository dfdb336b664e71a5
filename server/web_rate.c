/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/web_rate.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/sys.h"

enum { SETS = 1024, WAYS = 4 };

static const struct {
	int64_t burst, each_us; /* tokens at most, microseconds for one more */
} limits[WEB_RATE__COUNT] = {
	[WEB_RATE_ALL] = {500, 10000},	  /* 100 a second */
	[WEB_RATE_PUBLIC] = {60, 500000}, /* 2 a second */
	[WEB_RATE_TOKEN] = {100, 50000},  /* 20 a second */
};
static const int64_t report_burst = 100, report_each_us = 50000;

/* Time-based form of a bucket: when it would be full again. */
struct bucket {
	uint8_t key[16];
	int64_t full_at[WEB_RATE__COUNT];
	int64_t used_at;
};

struct web_rate {
	pthread_mutex_t lock;
	uint64_t seed;
	int64_t report_full_at;
	struct bucket buckets[SETS][WAYS];
};

struct web_rate *web_rate_new(void)
{
	struct web_rate *rate = calloc(1, sizeof(*rate));

	if (rate == NULL)
		return NULL;
	pthread_mutex_init(&rate->lock, NULL);
	sys_random(&rate->seed, sizeof(rate->seed));
	return rate;
}

void web_rate_free(struct web_rate *rate)
{
	if (rate == NULL)
		return;
	pthread_mutex_destroy(&rate->lock);
	free(rate);
}

/* IPv4 as it is, IPv6 without its lower half, anything else by its text. */
static void key_of(const char *peer, uint8_t key[16])
{
	memset(key, 0, 16);
	if (inet_pton(AF_INET6, peer, key) == 1) {
		memset(key + 8, 0, 8);
		return;
	}
	if (inet_pton(AF_INET, peer, key) != 1)
		memcpy(key, peer, strnlen(peer, 15));
	key[15] = 4;
}

static size_t set_of(const struct web_rate *rate, const uint8_t key[16])
{
	uint64_t hash = rate->seed ^ UINT64_C(14695981039346656037);

	for (int i = 0; i < 16; i++)
		hash = (hash ^ key[i]) * UINT64_C(1099511628211);
	return (size_t)((hash >> 32) % SETS);
}

static struct bucket *find(struct web_rate *rate, const uint8_t key[16])
{
	struct bucket *set = rate->buckets[set_of(rate, key)], *oldest = &set[0];

	for (int i = 0; i < WAYS; i++) {
		if (set[i].used_at != 0 && memcmp(set[i].key, key, 16) == 0)
			return &set[i];
		if (set[i].used_at < oldest->used_at)
			oldest = &set[i];
	}
	memset(oldest, 0, sizeof(*oldest));
	memcpy(oldest->key, key, 16);
	return oldest;
}

static bool take(int64_t *full_at, int64_t now, int64_t burst, int64_t each_us, int *out_retry)
{
	int64_t base = *full_at > now ? *full_at : now;

	if (base + each_us - now > burst * each_us) {
		*out_retry = (int)((base + each_us - now - burst * each_us + 999999) / 1000000);
		return false;
	}
	*full_at = base + each_us;
	return true;
}

static bool take_key(struct web_rate *rate, enum web_rate_class class, const uint8_t key[16],
		     int *out_retry)
{
	int64_t now = sys_mono_us();

	pthread_mutex_lock(&rate->lock);
	struct bucket *bucket = find(rate, key);
	bucket->used_at = now > 0 ? now : 1;
	bool granted = take(&bucket->full_at[class], now, limits[class].burst,
			    limits[class].each_us, out_retry);
	pthread_mutex_unlock(&rate->lock);
	return granted;
}

bool web_rate_take(struct web_rate *rate, enum web_rate_class class, const char *peer,
		   int *out_retry)
{
	uint8_t key[16];

	key_of(peer, key);
	return take_key(rate, class, key, out_retry);
}

bool web_rate_take_id(struct web_rate *rate, enum web_rate_class class, const struct uuid *id,
		      int *out_retry)
{
	return take_key(rate, class, id->b, out_retry);
}

bool web_rate_report(struct web_rate *rate)
{
	int retry;

	pthread_mutex_lock(&rate->lock);
	bool granted =
		take(&rate->report_full_at, sys_mono_us(), report_burst, report_each_us, &retry);
	pthread_mutex_unlock(&rate->lock);
	return granted;
}
