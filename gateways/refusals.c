/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/refusals.h"

#include <pthread.h>
#include <string.h>

#include "base/sys.h"

enum { KINDS = 256 };

struct kind {
	struct uuid gateway_id;
	const char *reason; /* NULL: free */
	int64_t said_at;
	uint64_t unsaid;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct kind kinds[KINDS];

static bool is_kind(const struct kind *kind, const struct uuid *gateway_id, const char *reason)
{
	return kind->reason && uuid_equal(&kind->gateway_id, gateway_id) &&
	       strcmp(kind->reason, reason) == 0;
}

/* That kind, or in the place of the one said longest ago a new one. */
static struct kind *find(const struct uuid *gateway_id, const char *reason)
{
	struct kind *oldest = &kinds[0];

	for (size_t i = 0; i < KINDS; i++) {
		if (is_kind(&kinds[i], gateway_id, reason))
			return &kinds[i];
		if (kinds[i].said_at < oldest->said_at)
			oldest = &kinds[i];
	}
	*oldest = (struct kind){.gateway_id = *gateway_id};
	return oldest;
}

bool refusal_due(const struct uuid *gateway_id, const char *reason, uint64_t *out_unsaid)
{
	int64_t now = sys_mono_us();

	(void)pthread_mutex_lock(&lock);
	struct kind *kind = find(gateway_id, reason);
	bool due = !kind->reason || now - kind->said_at >= REFUSALS_PAUSE_S * INT64_C(1000000);
	*out_unsaid = due ? kind->unsaid : ++kind->unsaid;
	if (due)
		*kind = (struct kind){*gateway_id, reason, now, 0};
	(void)pthread_mutex_unlock(&lock);
	return due;
}

void refusal_unsaid(const struct uuid *gateway_id, const char *reason)
{
	(void)pthread_mutex_lock(&lock);
	find(gateway_id, reason)->reason = NULL;
	(void)pthread_mutex_unlock(&lock);
}
