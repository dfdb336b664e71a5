/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/notice_meter.h"

#include <arpa/inet.h>
#include <sodium.h>
#include <string.h>

#include "base/sys.h"

static const int64_t every_us = NOTICE_EVERY_S * INT64_C(1000000);

static struct notice_bucket *find(struct notice_meter *meter, const struct uuid *provider_id)
{
	for (size_t i = 0; i < meter->count; i++)
		if (uuid_equal(&meter->buckets[i].provider_id, provider_id))
			return &meter->buckets[i];
	if (meter->count == NOTICE_METERS)
		return &meter->buckets[NOTICE_METERS - 1];
	struct notice_bucket *made = &meter->buckets[meter->count++];
	*made = (struct notice_bucket){.provider_id = *provider_id};
	return made;
}

bool notice_meter_take(struct notice_meter *meter, const struct uuid *provider_id, int64_t now_us,
		       int64_t *out_left_out)
{
	pthread_mutex_lock(&meter->lock);
	struct notice_bucket *bucket = find(meter, provider_id);
	int64_t from = bucket->full_at_us > now_us ? bucket->full_at_us : now_us;
	bool taken = from + every_us <= now_us + NOTICE_AT_ONCE * every_us;

	*out_left_out = taken ? bucket->left_out : 0;
	bucket->full_at_us = taken ? from + every_us : bucket->full_at_us;
	bucket->left_out = taken ? 0 : bucket->left_out + 1;
	pthread_mutex_unlock(&meter->lock);
	return taken;
}

/* --- By source --- */

/* What is no address is one source. */
static void prefix_of(struct block peer, uint8_t out[16])
{
	char text[INET6_ADDRSTRLEN] = "";
	struct in_addr four;
	uint8_t six[16];

	memset(out, 0, 16);
	if (peer.len < sizeof(text))
		memcpy(text, peer.data, peer.len);
	if (inet_pton(AF_INET, text, &four) == 1)
		memcpy(out + 12, &four, sizeof(four));
	else if (inet_pton(AF_INET6, text, six) == 1)
		memcpy(out, six, 8);
}

/* The meter is locked. */
static int64_t *slot_of(struct source_meter *meter, struct block peer)
{
	uint8_t prefix[16], hash[crypto_shorthash_BYTES];
	uint64_t number;

	if (!meter->keyed)
		sys_random(meter->key, sizeof(meter->key));
	meter->keyed = true;
	prefix_of(peer, prefix);
	(void)crypto_shorthash(hash, prefix, sizeof(prefix), meter->key);
	memcpy(&number, hash, sizeof(number));
	return &meter->full_at_us[number % SOURCE_METERS];
}

bool source_meter_open(struct source_meter *meter, struct block peer, int64_t now_us)
{
	pthread_mutex_lock(&meter->lock);
	bool open = *slot_of(meter, peer) + every_us <= now_us + NOTICE_AT_ONCE * every_us;
	pthread_mutex_unlock(&meter->lock);
	return open;
}

void source_meter_count(struct source_meter *meter, struct block peer, int64_t now_us)
{
	pthread_mutex_lock(&meter->lock);
	int64_t *full_at = slot_of(meter, peer);
	*full_at = (*full_at > now_us ? *full_at : now_us) + every_us;
	pthread_mutex_unlock(&meter->lock);
}
