/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/agent/resolve.h"

#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>

enum { THREADS = 2, WAITING_MAX = 1024, HOST_MAX = 254 };

struct lookup {
	struct resolver *resolver;
	struct lookup *next;
	char host[HOST_MAX];
	uint16_t port;
	struct resolved list[RESOLVE_MAX];
	size_t count;
	lookup_done *done; /* loop thread only; NULL: cancelled */
	void *arg;
};

struct resolver {
	struct loop *loop;
	pthread_t threads[THREADS];
	size_t thread_count;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct lookup *first, **last;
	size_t waiting;
	bool stop;
};

static void lookup_answer(void *arg)
{
	struct lookup *lookup = arg;

	if (lookup->done)
		lookup->done(lookup->arg, lookup->list, lookup->count);
	free(lookup);
}

static void lookup_run(struct lookup *lookup)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	struct addrinfo *found = NULL;
	char port[8];

	(void)snprintf(port, sizeof(port), "%u", lookup->port);
	if (getaddrinfo(lookup->host, port, &hints, &found))
		return;
	for (struct addrinfo *at = found; at && lookup->count < RESOLVE_MAX; at = at->ai_next) {
		struct resolved *one = &lookup->list[lookup->count];

		if (at->ai_addrlen > sizeof(one->address))
			continue;
		memcpy(&one->address, at->ai_addr, at->ai_addrlen);
		one->len = at->ai_addrlen;
		lookup->count++;
	}
	freeaddrinfo(found);
}

static struct lookup *take(struct resolver *resolver)
{
	struct lookup *lookup;

	pthread_mutex_lock(&resolver->lock);
	while (!resolver->first && !resolver->stop)
		pthread_cond_wait(&resolver->wake, &resolver->lock);
	lookup = resolver->stop ? NULL : resolver->first;
	if (lookup) {
		resolver->first = lookup->next;
		if (!resolver->first)
			resolver->last = &resolver->first;
		resolver->waiting--;
	}
	pthread_mutex_unlock(&resolver->lock);
	return lookup;
}

static void *resolver_thread(void *arg)
{
	struct resolver *resolver = arg;
	struct lookup *lookup;

	while ((lookup = take(resolver))) {
		lookup_run(lookup);
		if (!loop_call(resolver->loop, lookup_answer, lookup))
			free(lookup);
	}
	return NULL;
}

struct resolver *resolver_new(struct loop *loop)
{
	struct resolver *resolver = calloc(1, sizeof(*resolver));

	if (!resolver)
		return NULL;
	resolver->loop = loop;
	resolver->last = &resolver->first;
	pthread_mutex_init(&resolver->lock, NULL);
	pthread_cond_init(&resolver->wake, NULL);
	while (resolver->thread_count < THREADS) {
		if (pthread_create(&resolver->threads[resolver->thread_count], NULL,
				   resolver_thread, resolver)) {
			resolver_free(resolver);
			return NULL;
		}
		resolver->thread_count++;
	}
	return resolver;
}

void resolver_free(struct resolver *resolver)
{
	if (!resolver)
		return;
	pthread_mutex_lock(&resolver->lock);
	resolver->stop = true;
	pthread_cond_broadcast(&resolver->wake);
	pthread_mutex_unlock(&resolver->lock);
	for (size_t i = 0; i < resolver->thread_count; i++)
		pthread_join(resolver->threads[i], NULL);
	while (resolver->first) {
		struct lookup *lookup = resolver->first;

		resolver->first = lookup->next;
		free(lookup);
	}
	pthread_cond_destroy(&resolver->wake);
	pthread_mutex_destroy(&resolver->lock);
	free(resolver);
}

struct lookup *lookup_start(struct resolver *resolver, const char *host, uint16_t port,
			    lookup_done *done, void *arg)
{
	struct lookup *lookup = calloc(1, sizeof(*lookup));
	bool room;

	if (!lookup || strlen(host) >= HOST_MAX) {
		free(lookup);
		return NULL;
	}
	lookup->resolver = resolver;
	lookup->port = port;
	lookup->done = done;
	lookup->arg = arg;
	memcpy(lookup->host, host, strlen(host) + 1);
	pthread_mutex_lock(&resolver->lock);
	room = resolver->waiting < WAITING_MAX;
	if (room) {
		*resolver->last = lookup;
		resolver->last = &lookup->next;
		resolver->waiting++;
		pthread_cond_signal(&resolver->wake);
	}
	pthread_mutex_unlock(&resolver->lock);
	if (!room) {
		free(lookup);
		return NULL;
	}
	return lookup;
}

void lookup_cancel(struct lookup *lookup)
{
	lookup->done = NULL;
}
