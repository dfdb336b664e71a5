/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/web_pool.h"

#include <pthread.h>
#include <stdlib.h>

struct worker_thread {
	struct web_pool *pool;
	struct web_worker worker;
	pthread_t thread;
	bool started;
};

struct queue {
	struct web_job *first, **last;
};

struct web_pool {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct queue quick, slow;
	size_t queued, slow_running;
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
	pool->quick.last = &pool->quick.first;
	pool->slow.last = &pool->slow.first;
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
	return job;
}

/* Lock held. */
static struct web_job *take(struct web_pool *pool)
{
	struct web_job *job = take_from(&pool->quick);

	if (job == NULL && (pool->slow_running < WEB_SLOW_WORKERS || pool->stop)) {
		job = take_from(&pool->slow);
		if (job != NULL)
			pool->slow_running++;
	}
	if (job != NULL)
		pool->queued--;
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
		bool slow = job->slow;
		pthread_mutex_unlock(&pool->lock);
		job->run(job, &me->worker); /* the job may be gone afterwards */
		pthread_mutex_lock(&pool->lock);
		if (slow)
			pool->slow_running--;
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

bool web_pool_add(struct web_pool *pool, struct web_job *job)
{
	struct queue *queue = job->slow ? &pool->slow : &pool->quick;

	pthread_mutex_lock(&pool->lock);
	bool room = pool->queued < WEB_QUEUE_MAX && !pool->stop;
	if (room) {
		job->next = NULL;
		*queue->last = job;
		queue->last = &job->next;
		pool->queued++;
		pthread_cond_signal(&pool->wake);
	}
	pthread_mutex_unlock(&pool->lock);
	return room;
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
