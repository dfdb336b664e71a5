/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_AUTHORITY_POOL_H
#define SERVER_AUTHORITY_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/ctx.h"
#include "base/loop.h"
#include "server/authority_fair.h"
#include "sql/db.h"

/*
 * Threads that wait for the database so that the reader never does: a bounded queue of jobs, fair
 * to their sources (authority_fair.h), each thread with its own connection and arena; and a second
 * such queue for jobs that are ahead of those. run() works in a thread; done() then runs in the
 * loop's thread and frees the job. A full queue refuses at once: load is shed, not piled up.
 */
struct job {
	struct job *next;
	unsigned char source[FAIR_KEY]; /* all zero: one like the others */
	bool ahead;			/* waits for none that is not, and has room of its own */
	bool slow;			/* one thread always stays free of these */
	void (*shed)(struct job *job);	/* instead of run and done, when it lost its place; NULL
					   where all have one source */
	void (*run)(struct job *job, struct ctx *ctx);
	void (*done)(struct job *job);
	struct loop *loop;    /* the pool's */
	int64_t submitted_us; /* monotonic */
};

struct pool_params {
	struct loop *loop;
	size_t threads, queue_max, arena_max;
	size_t reserved; /* of threads: only for jobs that are ahead */
	struct db_params db;
	struct keeper_client *keeper;
	struct network *network;
	struct watch *watch;
	const struct conf *conf;
	const struct helpers *helpers;
	enum err (*on_audit)(struct ctx *ctx, const struct audit *audit); /* ctx->on_audit */
};
struct pool;
/* Copies what it needs; starts its threads at once. NULL when memory or threads are short. */
struct pool *pool_new(const struct pool_params *params);
/* Waits for running jobs; queued ones are dropped after their done() was called. */
void pool_free(struct pool *pool);
/* False when there is no room for it: the caller still owns the job. May shed another one. Loop
 * thread only. */
bool pool_submit(struct pool *pool, struct job *job);
size_t pool_waiting(struct pool *pool);

#endif
