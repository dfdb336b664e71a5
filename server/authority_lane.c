/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/authority_lane.h"

#include "base/log.h"
#include "base/sys.h"
#include "server/authority_inner.h"

enum { DEADLINE_S = 10 };

struct batch {
	struct task task;
	struct db_lane *lane;
	struct task *parts[LANE_BATCH];
	size_t count;
};

static void put(struct db_lane *lane, struct job *job)
{
	if (!lane->first)
		lane->last = &lane->first;
	job->next = NULL;
	*lane->last = job;
	lane->last = &job->next;
	lane->waiting++;
}

static struct task *take(struct db_lane *lane)
{
	struct job *job = lane->first;

	lane->first = job->next;
	lane->waiting--;
	return (struct task *)job;
}

static enum err together(struct ctx *ctx, void *arg)
{
	struct batch *batch = arg;
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < batch->count; i++) {
		err = batch->parts[i]->step(ctx, batch->parts[i]);
		batch->parts[i]->effects.err = err;
	}
	return err;
}

/* Then the database is the reason and not one of them. */
static bool database_failed(enum err err)
{
	return err == ERR_UNAVAILABLE || err == ERR_UNKNOWN_OUTCOME;
}

/* What the others took of the request's memory is no reason to refuse this one. */
static void work_alone(struct task *part, struct ctx *ctx)
{
	if (ctx->arena != NULL)
		arena_reset(ctx->arena);
	part->work(part, ctx);
}

static void work(struct task *task, struct ctx *ctx)
{
	struct batch *batch = (struct batch *)task;
	enum err err = ERR_BUG;

	ctx->deadline_us = sys_mono_us() + (int64_t)DEADLINE_S * 1000000;
	if (batch->count > 1)
		err = db_transaction(ctx, together, batch);
	if (database_failed(err))
		log_failure(ctx, "lane");
	for (size_t i = 0; err != ERR_OK && i < batch->count; i++) {
		if (database_failed(err))
			batch->parts[i]->effects.err = err;
		else
			work_alone(batch->parts[i], ctx);
	}
}

static void start(struct authority *authority, struct db_lane *lane);

static void done(struct task *task)
{
	struct batch *batch = (struct batch *)task;
	struct authority *authority = task->authority;
	struct db_lane *lane = batch->lane;

	for (size_t i = 0; i < batch->count; i++)
		batch->parts[i]->then(batch->parts[i]);
	task_free(batch);
	lane->running = false;
	start(authority, lane);
}

static void start(struct authority *authority, struct db_lane *lane)
{
	struct batch *batch;

	if (lane->running || !lane->first)
		return;
	batch = task_new(authority, sizeof(*batch), work, done);
	if (!batch)
		return;
	batch->lane = lane;
	while (lane->first && batch->count < LANE_BATCH)
		batch->parts[batch->count++] = take(lane);
	lane->running = task_submit(batch);
	if (lane->running)
		return;
	for (size_t i = batch->count; i-- > 0;) { /* back to where they were */
		struct job *job = &batch->parts[i]->job;

		job->next = lane->first;
		if (!lane->first)
			lane->last = &job->next;
		lane->first = job;
		lane->waiting++;
	}
	task_free(batch);
}

bool lane_submit(struct authority *authority, uint32_t key, struct task *task)
{
	struct db_lane *lane = &authority->lanes[key % LANES];

	if (lane->waiting >= LANE_MAX)
		return false;
	put(lane, &task->job);
	start(authority, lane);
	return true;
}

void lane_tick(struct authority *authority)
{
	for (size_t i = 0; i < LANES; i++)
		start(authority, &authority->lanes[i]);
}

void lane_drop(struct authority *authority)
{
	for (size_t i = 0; i < LANES; i++) {
		while (authority->lanes[i].first) {
			struct task *task = take(&authority->lanes[i]);

			task->effects.err = ERR_UNAVAILABLE;
			task->then(task);
		}
	}
}
