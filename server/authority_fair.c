/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/authority_fair.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "server/authority_pool.h"

struct source {
	unsigned char key[FAIR_KEY];
	struct job *first, **last;
	size_t waiting;
	struct source *next; /* whose turn is after this one's; or the next free one */
};

struct fair {
	struct source *turn, **turn_last, *unused;
	size_t waiting, max, slow_max;
	size_t *slow;
	struct source sources[]; /* max: each has one job at least */
};

void fair_key(struct block peer, unsigned char kind, unsigned char out[FAIR_KEY])
{
	char text[INET6_ADDRSTRLEN] = {0};
	unsigned char address[16] = {0};

	memset(out, 0, FAIR_KEY);
	out[0] = kind;
	if (peer.len >= sizeof(text))
		return;
	memcpy(text, peer.data ? peer.data : (const void *)"", peer.len);
	if (inet_pton(AF_INET, text, address) == 1)
		memcpy(out + 1, address, 4);
	else if (inet_pton(AF_INET6, text, address) == 1)
		memcpy(out + 1, address, 8);
}

void fair_key_device(struct block token, unsigned char out[FAIR_KEY])
{
	enum { KIND = 'd', PART = FAIR_KEY - 1 };

	memset(out, 0, FAIR_KEY);
	out[0] = KIND;
	memcpy(out + 1, token.data, token.len < PART ? token.len : PART);
}

struct fair *fair_new(size_t max, size_t slow_max, size_t *slow)
{
	struct fair *fair = calloc(1, sizeof(*fair) + max * sizeof(struct source));

	if (!fair)
		return NULL;
	fair->max = max;
	fair->slow_max = slow_max;
	fair->slow = slow;
	fair->turn_last = &fair->turn;
	for (size_t i = 0; i < max; i++) {
		fair->sources[i].next = fair->unused;
		fair->unused = &fair->sources[i];
	}
	return fair;
}

void fair_free(struct fair *fair)
{
	free(fair);
}

static struct source *find(struct fair *fair, const struct job *job)
{
	for (struct source *source = fair->turn; source; source = source->next) {
		if (memcmp(source->key, job->source, FAIR_KEY) == 0)
			return source;
	}
	return NULL;
}

static void to_the_end(struct fair *fair, struct source *source)
{
	source->next = NULL;
	*fair->turn_last = source;
	fair->turn_last = &source->next;
}

static void leave(struct fair *fair, struct source **at)
{
	struct source *source = *at;

	*at = source->next;
	if (fair->turn_last == &source->next)
		fair->turn_last = at;
}

static struct source *enter(struct fair *fair, const struct job *job)
{
	struct source *source = fair->unused;

	fair->unused = source->next;
	memcpy(source->key, job->source, FAIR_KEY);
	source->first = NULL;
	source->last = &source->first;
	source->waiting = 0;
	to_the_end(fair, source);
	return source;
}

static void retire(struct fair *fair, struct source **at)
{
	struct source *source = *at;

	leave(fair, at);
	source->next = fair->unused;
	fair->unused = source;
}

static struct source **longest(struct fair *fair)
{
	struct source **most = &fair->turn;

	for (struct source **at = &fair->turn; *at; at = &(*at)->next) {
		if ((*at)->waiting > (*most)->waiting)
			most = at;
	}
	return most;
}

/* It has two or more: it stays. */
static struct job *last_of(struct fair *fair, struct source *source)
{
	struct job **at = &source->first;

	while ((*at)->next)
		at = &(*at)->next;
	struct job *job = *at;
	*at = NULL;
	source->last = at;
	source->waiting--;
	fair->waiting--;
	return job;
}

bool fair_put(struct fair *fair, struct job *job, struct job **out_shed)
{
	struct source *source = find(fair, job);
	size_t own = source ? source->waiting : 0;

	*out_shed = NULL;
	if (fair->waiting >= fair->max) {
		struct source *most = fair->max > 0 ? *longest(fair) : NULL;
		if (!most || most->waiting <= own + 1)
			return false;
		*out_shed = last_of(fair, most);
	}
	if (!source)
		source = enter(fair, job);
	job->next = NULL;
	*source->last = job;
	source->last = &job->next;
	source->waiting++;
	fair->waiting++;
	return true;
}

static struct job *first_of(struct fair *fair, struct source **at)
{
	struct source *source = *at;
	struct job *job = source->first;

	source->first = job->next;
	if (!source->first)
		source->last = &source->first;
	source->waiting--;
	fair->waiting--;
	if (source->waiting == 0) {
		retire(fair, at);
	} else {
		leave(fair, at);
		to_the_end(fair, source);
	}
	return job;
}

struct job *fair_take(struct fair *fair)
{
	for (struct source **at = &fair->turn; *at; at = &(*at)->next) {
		bool slow = (*at)->first->slow;
		if (slow && *fair->slow >= fair->slow_max)
			continue;
		*fair->slow += slow;
		return first_of(fair, at);
	}
	return NULL;
}

void fair_slow_done(struct fair *fair)
{
	(*fair->slow)--;
}

struct job *fair_drop(struct fair *fair)
{
	return fair->turn ? first_of(fair, &fair->turn) : NULL;
}

size_t fair_waiting(const struct fair *fair)
{
	return fair->waiting;
}
