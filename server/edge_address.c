/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <pthread.h>

#include "server/edge_front.h"

enum { BUCKETS = 4096, KEY = 16, HELD_MAX = 65536 };

struct held {
	uint8_t key[KEY];
	unsigned count;
	struct held *next;
};

struct addresses {
	pthread_mutex_t lock;
	struct held *buckets[BUCKETS];
	size_t count;
	struct ranges uncounted;
};

struct addresses *addresses_new(const struct ranges *uncounted)
{
	struct addresses *addresses = calloc(1, sizeof(*addresses));

	if (!addresses)
		return NULL;
	pthread_mutex_init(&addresses->lock, NULL);
	addresses->uncounted = *uncounted;
	return addresses;
}

static bool is_counted(const struct addresses *addresses, const struct sockaddr_storage *peer)
{
	return addresses->uncounted.count == 0 ||
	       !range_allows(&addresses->uncounted, (const struct sockaddr *)peer);
}

void addresses_free(struct addresses *addresses)
{
	if (!addresses)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		while (addresses->buckets[i]) {
			struct held *held = addresses->buckets[i];

			addresses->buckets[i] = held->next;
			free(held);
		}
	}
	pthread_mutex_destroy(&addresses->lock);
	free(addresses);
}

/* IPv4 whole (also when mapped), IPv6 by its /64: one customer can have that many addresses. */
static void key_of(const struct sockaddr_storage *peer, uint8_t key[KEY])
{
	memset(key, 0, KEY);
	if (peer->ss_family == AF_INET6) {
		const struct sockaddr_in6 *six = (const void *)peer;
		bool mapped = IN6_IS_ADDR_V4MAPPED(&six->sin6_addr);

		memcpy(key, six->sin6_addr.s6_addr, mapped ? 16 : 8);
	} else {
		const struct sockaddr_in *four = (const void *)peer;

		key[10] = key[11] = 0xff;
		memcpy(key + 12, &four->sin_addr, 4);
	}
}

static struct held **place_of(struct addresses *addresses, const uint8_t key[KEY])
{
	uint32_t hash = 2166136261U;
	struct held **at;

	for (size_t i = 0; i < KEY; i++)
		hash = (hash ^ key[i]) * 16777619U;
	at = &addresses->buckets[hash % BUCKETS];
	while (*at && memcmp((*at)->key, key, KEY) != 0)
		at = &(*at)->next;
	return at;
}

bool addresses_take(struct addresses *addresses, const struct sockaddr_storage *peer)
{
	uint8_t key[KEY];
	struct held **at;
	bool taken = false;

	if (!is_counted(addresses, peer))
		return true;
	key_of(peer, key);
	pthread_mutex_lock(&addresses->lock);
	at = place_of(addresses, key);
	if (!*at && addresses->count < HELD_MAX) {
		*at = calloc(1, sizeof(**at));
		if (*at) {
			memcpy((*at)->key, key, KEY);
			addresses->count++;
		}
	}
	if (*at && (*at)->count < ADDRESS_CONNECTIONS_MAX) {
		(*at)->count++;
		taken = true;
	}
	pthread_mutex_unlock(&addresses->lock);
	return taken;
}

void addresses_give(struct addresses *addresses, const struct sockaddr_storage *peer)
{
	uint8_t key[KEY];
	struct held **at, *held;

	if (!is_counted(addresses, peer))
		return;
	key_of(peer, key);
	pthread_mutex_lock(&addresses->lock);
	at = place_of(addresses, key);
	held = *at;
	if (held && --held->count == 0) {
		*at = held->next;
		addresses->count--;
		free(held);
	}
	pthread_mutex_unlock(&addresses->lock);
}
