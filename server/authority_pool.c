/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/authority_pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/sys.h"

struct worker {
	pthread_t thread;
	struct pool *pool;
	struct db *db;
	struct arena *arena;
	bool started, idle;
	pthread_cond_t wake;
	struct worker *next_idle;
};

struct pool {
	struct loop *loop;
	struct keeper_client *keeper;
	struct network *network;
	struct watch *watch;
	const struct conf *conf;
	const struct helpers *helpers;
	enum err (*on_audit)(struct ctx *ctx, const struct audit *audit);
	pthread_mutex_t lock;
	/* Who became idle last works next: as few connections as the load needs are in use, and
	 * what they have prepared is at hand. */
	struct worker *idle;
	struct fair *queues[2]; /* [ahead] */
	unsigned ahead_in_a_row;
	size_t slow;		   /* jobs marked slow that run, of both queues */
	size_t others, others_max; /* that run: jobs that are not ahead */
	bool stopping;
	size_t count;
	struct worker workers[];
};

/* Lock held; until somebody takes it from the idle ones. */
static void be_idle(struct pool *pool, struct worker *worker)
{
	worker->idle = true;
	worker->next_idle = pool->idle;
	pool->idle = worker;
	while (worker->idle)
		pthread_cond_wait(&worker->wake, &pool->lock);
}

/* Lock held. */
static void wake_one(struct pool *pool)
{
	struct worker *worker = pool->idle;

	if (!worker)
		return;
	pool->idle = worker->next_idle;
	worker->idle = false;
	pthread_cond_signal(&worker->wake);
}

/* Lock held. One in so many turns is the others', so that who is ahead cannot keep them out. */
static struct job *take(struct pool *pool)
{
	enum { IN_A_ROW = 8 };
	bool may = pool->others < pool->others_max;
	struct job *job = NULL;

	if (may && pool->ahead_in_a_row >= IN_A_ROW)
		job = fair_take(pool->queues[0]);
	if (!job)
		job = fair_take(pool->queues[1]);
	if (!job && may)
		job = fair_take(pool->queues[0]);
	if (!job)
		return NULL;
	pool->ahead_in_a_row = job->ahead ? pool->ahead_in_a_row + 1 : 0;
	pool->others += !job->ahead;
	return job;
}

static struct job *next_job(struct pool *pool, struct worker *worker)
{
	struct job *job = NULL;

	pthread_mutex_lock(&pool->lock);
	while (!pool->stopping && !(job = take(pool)))
		be_idle(pool, worker);
	pthread_mutex_unlock(&pool->lock);
	return job;
}

static void is_done(struct pool *pool, const struct job *job)
{
	pthread_mutex_lock(&pool->lock);
	pool->others -= !job->ahead;
	if (job->slow)
		fair_slow_done(pool->queues[job->ahead]);
	pthread_mutex_unlock(&pool->lock);
}

static void finish(void *arg)
{
	struct job *job = arg;

	job->done(job);
}

/* The loop's queue is larger than all of ours together: this waits only while it is stuck. */
static void post_done(struct pool *pool, struct job *job)
{
	while (!loop_call(pool->loop, finish, job))
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct pool *pool = worker->pool;

	for (struct job *job; (job = next_job(pool, worker));) {
		struct ctx ctx;
		ctx_init(&ctx, worker->arena);
		ctx.db = worker->db;
		ctx.keeper = pool->keeper;
		ctx.network = pool->network;
		ctx.watch = pool->watch;
		ctx.conf = pool->conf;
		ctx.helpers = pool->helpers;
		ctx.on_audit = pool->on_audit;
		ctx.ahead = job->ahead;
		job->run(job, &ctx);
		arena_reset(worker->arena);
		is_done(pool, job);
		post_done(pool, job);
	}
	return NULL;
}

static bool start_worker(struct pool *pool, struct worker *worker, const struct pool_params *params)
{
	worker->pool = pool;
	pthread_cond_init(&worker->wake, NULL);
	worker->db = db_new(&params->db);
	worker->arena = arena_new(params->arena_max);
	if (!worker->db || !worker->arena)
		return false;
	worker->started = pthread_create(&worker->thread, NULL, work, worker) == 0;
	return worker->started;
}

struct pool *pool_new(const struct pool_params *params)
{
	struct pool *pool = calloc(1, sizeof(*pool) + params->threads * sizeof(struct worker));

	if (!pool)
		return NULL;
	pool->loop = params->loop;
	pool->keeper = params->keeper;
	pool->network = params->network;
	pool->watch = params->watch;
	pool->conf = params->conf;
	pool->helpers = params->helpers;
	pool->on_audit = params->on_audit;
	pthread_mutex_init(&pool->lock, NULL);
	size_t slow_max = params->threads > 1 ? params->threads - 1 : 1;
	pool->others_max = params->threads - params->reserved;
	for (int i = 0; i < 2; i++)
		pool->queues[i] = fair_new(params->queue_max, slow_max, &pool->slow);
	if (!pool->queues[0] || !pool->queues[1]) {
		pool_free(pool);
		return NULL;
	}
	while (pool->count < params->threads) {
		if (!start_worker(pool, &pool->workers[pool->count++], params)) {
			pool_free(pool);
			return NULL;
		}
	}
	return pool;
}

void pool_free(struct pool *pool)
{
	if (!pool)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->stopping = true;
	while (pool->idle)
		wake_one(pool);
	pthread_mutex_unlock(&pool->lock);
	for (size_t i = 0; i < pool->count; i++) {
		if (pool->workers[i].started)
			pthread_join(pool->workers[i].thread, NULL);
		pthread_cond_destroy(&pool->workers[i].wake);
		db_free(pool->workers[i].db);
		arena_free(pool->workers[i].arena);
	}
	for (int i = 0; i < 2; i++) {
		for (struct job *job; pool->queues[i] && (job = fair_drop(pool->queues[i]));)
			job->done(job);
		fair_free(pool->queues[i]);
	}
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

bool pool_submit(struct pool *pool, struct job *job)
{
	struct job *shed = NULL;

	job->loop = pool->loop;
	job->submitted_us = sys_mono_us();
	pthread_mutex_lock(&pool->lock);
	bool room = !pool->stopping && fair_put(pool->queues[job->ahead], job, &shed);
	if (room)
		wake_one(pool);
	pthread_mutex_unlock(&pool->lock);
	if (shed)
		shed->shed(shed);
	return room;
}

size_t pool_waiting(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	size_t waiting = fair_waiting(pool->queues[0]) + fair_waiting(pool->queues[1]);
	pthread_mutex_unlock(&pool->lock);
	return waiting;
}
