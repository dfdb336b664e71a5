/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_AUTHORITY_LANE_H
#define SERVER_AUTHORITY_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct authority;
struct task;
struct job;

/*
 * Short database work that comes in thousands at once: every gateway of an installation after a
 * restart. It waits here and not in the pool's queue, which people's requests share, takes LANES of
 * the pool's threads at most, and up to LANE_BATCH pieces share a transaction, so one wait for the
 * disk. Pieces with the same key are done one after the other, in the order they came.
 */
enum { LANES = 3, LANE_BATCH = 16, LANE_MAX = 65536 };
struct db_lane {
	struct job *first, **last; /* last NULL: never used */
	size_t waiting;
	bool running;
};

/* task->step runs inside a transaction, its own or a shared one; when that fails each is done
 * alone, by task->work. False when LANE_MAX wait: the caller still owns the task. Loop thread. */
bool lane_submit(struct authority *authority, uint32_t key, struct task *task);
/* Goes on where the pool had no room. */
void lane_tick(struct authority *authority);
/* Ends what waits as if the database had been away. */
void lane_drop(struct authority *authority);

#endif
