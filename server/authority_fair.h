/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_AUTHORITY_FAIR_H
#define SERVER_AUTHORITY_FAIR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/codec.h"

/*
 * A bounded queue that is fair to sources: they take turns, and each source's own jobs keep their
 * order. When it is full, a newcomer takes the place of the last job of the source that has most
 * waiting, if that is more than the newcomer's would have; so one that floods the queue only ever
 * displaces itself. With one source for all it is a plain queue. Not locked: the pool's.
 */
struct job;
struct fair;

enum { FAIR_KEY = 9 };
/* Who asks: an IPv4 address, or the first 64 bits of an IPv6 one, which are one customer's. kind
 * keeps apart what must not wait for each other. Anything else is one source. */
void fair_key(struct block peer, unsigned char kind, unsigned char out[FAIR_KEY]);
/* Of a device cookie (auth/device_mark.h): its person is one source, wherever it comes from. */
void fair_key_device(struct block token, unsigned char out[FAIR_KEY]);

/* max: jobs that wait at once. slow_max: of those marked slow, so many run at once, counted in
 * *slow (borrowed for life, several queues may share it). */
struct fair *fair_new(size_t max, size_t slow_max, size_t *slow);
void fair_free(struct fair *fair);
/* False: no room, the caller still owns the job. *out_shed: another job whose place this one took,
 * or NULL. */
bool fair_put(struct fair *fair, struct job *job, struct job **out_shed);
/* The next that may run now, or NULL. A slow one counts as running until fair_slow_done. */
struct job *fair_take(struct fair *fair);
void fair_slow_done(struct fair *fair);
/* Any that waits, whatever runs; NULL: none. */
struct job *fair_drop(struct fair *fair);
size_t fair_waiting(const struct fair *fair);

#endif
