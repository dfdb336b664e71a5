/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/notice_meter.h"

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
