/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_WEB_POOL_H
#define SERVER_WEB_POOL_H

#include <stdbool.h>

#include "sql/db.h"

/*
 * Handler threads: WEB_WORKERS of them with a database connection each, and a bounded queue for
 * each lane. No lane but the quick one may take all threads or fill another's queue: people who are
 * signed in go on while strangers keep the password hashing busy.
 */
enum { WEB_WORKERS = 10 };
enum web_lane {
	WEB_QUICK,
	WEB_SLOW, /* reports, exports, connection tests */
	WEB_FORM, /* sign-in and enrolment: passwords are hashed, and no thread waits for that */
	WEB_LANES,
};

struct web_pool;
struct web_worker {
	struct db *db; /* NULL when the pool has no database */
};

struct web_job {
	struct web_job *next;
	void (*run)(struct web_job *job, struct web_worker *worker);
	enum web_lane lane;
};

/* db NULL: no database. Threads start with web_pool_start. */
struct web_pool *web_pool_new(const struct db_params *db);
enum err web_pool_start(struct web_pool *pool) ERR_CHECKED;
/* False when the queue is full: the caller keeps the job. */
bool web_pool_add(struct web_pool *pool, struct web_job *job);
/* For one that was taken from the queue before: there is always room. False: the pool stops. */
bool web_pool_return(struct web_pool *pool, struct web_job *job);
/* Lets queued jobs finish and joins the threads; nothing can be added any more. */
void web_pool_stop(struct web_pool *pool);
/* After web_pool_stop, when nobody can call web_pool_add. */
void web_pool_free(struct web_pool *pool);

#endif
