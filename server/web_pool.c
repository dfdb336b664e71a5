/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/web_pool.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

struct worker_thread {
	struct web_pool *pool;
	struct web_worker worker;
	pthread_t thread;
	bool started;
};

struct queue {
	struct web_job *first, **last;
	size_t queued, running;
};

static const struct {
	size_t workers, queue_max;
} limits[WEB_LANES] = {
	[WEB_QUICK] = {WEB_WORKERS, 512},
	[WEB_SLOW] = {4, 128},
	[WEB_FORM] = {3, 128},
};

struct web_pool {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct queue lanes[WEB_LANES];
	bool stop;
	struct worker_thread threads[WEB_WORKERS];
};

struct web_pool *web_pool_new(const struct db_params *db)
{
	struct web_pool *pool = calloc(1, sizeof(*pool));

	if (pool == NULL)
		return NULL;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->wake, NULL);
	for (int i = 0; i < WEB_LANES; i++)
		pool->lanes[i].last = &pool->lanes[i].first;
	for (int i = 0; i < WEB_WORKERS; i++) {
		pool->threads[i].pool = pool;
		if (db != NULL)
			pool->threads[i].worker.db = db_new(db);
	}
	return pool;
}

static struct web_job *take_from(struct queue *queue)
{
	struct web_job *job = queue->first;

	if (job == NULL)
		return NULL;
	queue->first = job->next;
	if (queue->first == NULL)
		queue->last = &queue->first;
	queue->queued--;
	queue->running++;
	return job;
}

/* Lock held. */
static struct web_job *take(struct web_pool *pool)
{
	struct web_job *job = NULL;

	for (int i = 0; i < WEB_LANES && job == NULL; i++)
		if (pool->lanes[i].running < limits[i].workers || pool->stop)
			job = take_from(&pool->lanes[i]);
	return job;
}

static void *work(void *arg)
{
	struct worker_thread *me = arg;
	struct web_pool *pool = me->pool;

	pthread_mutex_lock(&pool->lock);
	for (;;) {
		struct web_job *job = take(pool);
		if (job == NULL && pool->stop)
			break;
		if (job == NULL) {
			pthread_cond_wait(&pool->wake, &pool->lock);
			continue;
		}
		enum web_lane lane = job->lane;
		pthread_mutex_unlock(&pool->lock);
		job->run(job, &me->worker); /* the job may be gone afterwards */
		pthread_mutex_lock(&pool->lock);
		pool->lanes[lane].running--;
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

enum err web_pool_start(struct web_pool *pool)
{
	for (int i = 0; i < WEB_WORKERS; i++) {
		if (pthread_create(&pool->threads[i].thread, NULL, work, &pool->threads[i]) != 0)
			return ERR_MEMORY;
		pool->threads[i].started = true;
	}
	return ERR_OK;
}

static bool add(struct web_pool *pool, struct web_job *job, size_t queue_max)
{
	struct queue *queue = &pool->lanes[job->lane];

	pthread_mutex_lock(&pool->lock);
	bool room = queue->queued < queue_max && !pool->stop;
	if (room) {
		job->next = NULL;
		*queue->last = job;
		queue->last = &job->next;
		queue->queued++;
		pthread_cond_signal(&pool->wake);
	}
	pthread_mutex_unlock(&pool->lock);
	return room;
}

bool web_pool_add(struct web_pool *pool, struct web_job *job)
{
	return add(pool, job, limits[job->lane].queue_max);
}

bool web_pool_return(struct web_pool *pool, struct web_job *job)
{
	return add(pool, job, SIZE_MAX);
}

void web_pool_stop(struct web_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->stop = true;
	pthread_cond_broadcast(&pool->wake);
	pthread_mutex_unlock(&pool->lock);
	for (int i = 0; i < WEB_WORKERS; i++) {
		if (pool->threads[i].started)
			pthread_join(pool->threads[i].thread, NULL);
		pool->threads[i].started = false;
	}
}

void web_pool_free(struct web_pool *pool)
{
	if (pool == NULL)
		return;
	for (int i = 0; i < WEB_WORKERS; i++)
		db_free(pool->threads[i].worker.db);
	pthread_cond_destroy(&pool->wake);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}
