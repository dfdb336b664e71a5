/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/hash_gate.h"

#include <pthread.h>

/* One for the process, as the memory is. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static unsigned running, ahead_waiting, others_waiting, ahead_in_a_row;

/* Lock held. One in so many turns is the others', as in the pool. */
static bool may_go(bool ahead)
{
	enum { IN_A_ROW = 8 };
	bool turn = others_waiting > 0 && ahead_in_a_row >= IN_A_ROW;

	return running < HASH_GATE_WIDTH && (ahead ? !turn : ahead_waiting == 0 || turn);
}

void hash_gate_enter(const struct ctx *ctx)
{
	bool ahead = ctx && ctx->ahead;

	pthread_mutex_lock(&lock);
	unsigned *waiting = ahead ? &ahead_waiting : &others_waiting;
	(*waiting)++;
	while (!may_go(ahead))
		pthread_cond_wait(&moved, &lock);
	(*waiting)--;
	ahead_in_a_row = ahead ? ahead_in_a_row + 1 : 0;
	running++;
	if (running < HASH_GATE_WIDTH)
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
