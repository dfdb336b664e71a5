/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/hash_gate.h"

#include <pthread.h>

/* One for the process, as the memory is. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static unsigned running, ahead_waiting;

void hash_gate_enter(const struct ctx *ctx)
{
	bool ahead = ctx && ctx->ahead;

	pthread_mutex_lock(&lock);
	ahead_waiting += ahead;
	while (running >= HASH_GATE_WIDTH || (!ahead && ahead_waiting > 0))
		pthread_cond_wait(&moved, &lock);
	ahead_waiting -= ahead;
	running++;
	if (running < HASH_GATE_WIDTH && ahead_waiting == 0)
		pthread_cond_broadcast(&moved); /* who let us go first may go too */
	pthread_mutex_unlock(&lock);
}

void hash_gate_leave(void)
{
	pthread_mutex_lock(&lock);
	running--;
	pthread_cond_broadcast(&moved);
	pthread_mutex_unlock(&lock);
}
