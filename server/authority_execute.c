/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/device_mark.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/sys.h"
#include "server/authority_inner.h"
#include "server/authority_live.h"
#include "server/authority_replay.h"

/* Requests on their way between a channel and a thread. */

struct execute {
	struct task task;
	struct chan *chan; /* NULL when it closed meanwhile */
	struct execute *next_open;
	uint32_t id;
	uint8_t *bytes; /* copy of the message: cookies inside, wiped */
	size_t len;
	int fd;
	bool console;
	char trace[CTX_TRACE_SIZE];
	struct uuid user_id;
	char login[256];
	struct loop_timer *held; /* until its answer's time; NULL: it has not been held */
};

/* Held no longer than web waits for a form (web_dispatch.c). */
enum { HELD_MAX = 4096, HELD_UNTIL_US = 2800000 };

static void work(struct task *task, struct ctx *ctx)
{
	struct execute *execute = (struct execute *)task;
	struct msg_execute message;
	struct runner_request request = {.message = &message,
					 .fd = execute->fd,
					 .console = execute->console,
					 .since_us = task->job.submitted_us,
					 .out_user_id = &execute->user_id,
					 .out_login = execute->login,
					 .out_login_size = sizeof(execute->login)};

	execute->fd = -1;
	/* Checked when it came in; the copy only moved. */
	if (codec_get(&msg_execute_codec, execute->bytes, execute->len, &message) != ERR_OK) {
		runner_put_failure(&task->effects.reply, ERR_BUG, "", "");
		task->effects.err = ERR_BUG;
		return;
	}
	runner_result_clear(&task->effects);
	runner_execute(task->authority->runner, ctx, &request, &task->effects);
	memcpy(execute->trace, ctx->trace, sizeof(execute->trace));
}

static struct block upgrade_extra(const struct execute *execute)
{
	struct msg_execute message;

	if (codec_get(&msg_execute_codec, execute->bytes, execute->len, &message) != ERR_OK)
		return (struct block){0};
	return message.upgrade_extra;
}

/* True when the answer comes later, from a job. */
static bool start_job(struct execute *execute, const struct out_effect *effect)
{
	struct authority *authority = execute->task.authority;

	switch (effect->kind) {
	case OUT_EFFECT_TEST_TARGET:
		live_start_test(authority, &(struct live_test){.target_id = effect->id,
							       .account_id = effect->other,
							       .user_id = execute->user_id,
							       .login = execute->login,
							       .chan = execute->chan,
							       .reply_id = execute->id});
		return true;
	case OUT_EFFECT_READ_RECORDING:
		replay_start(authority, &(struct live_replay){.session_id = effect->id,
							      .mode = effect->number,
							      .first = effect->number2,
							      .count = effect->number3,
							      .chan = execute->chan,
							      .reply_id = execute->id});
		return true;
	case OUT_EFFECT_START_SESSION:
		live_start_session(authority, &effect->id, execute->task.effects.upgrade_fd,
				   upgrade_extra(execute), execute->trace);
		execute->task.effects.upgrade_fd = -1;
		return false;
	default: return false;
	}
}

static void answer(struct execute *execute)
{
	struct runner_result *result = &execute->task.effects;
	struct chan *chan = execute->chan;

	if (!chan || !chan_is_open(chan))
		return;
	enum err err = chan_post(chan, MSG_RESULT, execute->id, result->reply.data,
				 result->reply.len, &result->body_fd, result->body_fd >= 0);
	if (err != ERR_OK)
		log_event(LOG_LEVEL_WARN, NULL, "answer_shed", "code", err_code(err), NULL);
}

static void execute_free(struct execute *execute)
{
	struct execute **at = &execute->task.authority->open_executes;

	while (*at && *at != execute)
		at = &(*at)->next_open;
	if (*at)
		*at = execute->next_open;
	if (execute->bytes)
		wipe(execute->bytes, execute->len);
	free(execute->bytes);
	loop_timer_free(execute->held);
	fd_close_p(&execute->fd);
	task_free(execute);
}

static void held_long_enough(void *arg)
{
	struct execute *execute = arg;

	execute->task.authority->held--;
	answer(execute);
	execute_free(execute);
}

/* True when the answer comes at its time. No thread waits for that, and no more of them than are
 * worth their memory. */
static bool hold(struct execute *execute)
{
	struct authority *authority = execute->task.authority;
	int64_t at = execute->task.effects.answer_at_us;
	int64_t latest = execute->task.job.submitted_us + HELD_UNTIL_US;
	int64_t left = (at < latest ? at : latest) - sys_mono_us();

	if (left <= 0 || authority->held >= HELD_MAX)
		return false;
	execute->held = loop_timer_new(authority->loop, held_long_enough, execute);
	if (!execute->held)
		return false;
	loop_timer_set(execute->held, left);
	authority->held++;
	return true;
}

static void done(struct task *task)
{
	struct execute *execute = (struct execute *)task;
	bool later = false;

	/* Perhaps it was done, and its effects are not known: who may not go on is found out. */
	if (task->effects.err == ERR_UNKNOWN_OUTCOME)
		tick_recheck(task->authority);
	for (size_t i = 0; i < task->effects.effect_count; i++)
		later = start_job(execute, &task->effects.effects[i]) || later;
	authority_apply(task->authority, &task->effects);
	if (!later && hold(execute))
		return;
	if (!later)
		answer(execute);
	execute_free(execute);
}

static void refuse_busy(struct execute *execute)
{
	runner_put_failure(&execute->task.effects.reply, ERR_UNAVAILABLE, "authority.busy",
			   "The server is busy. Try again in a moment.");
	answer(execute);
	execute_free(execute);
}

static struct pool *pool_of(const struct authority *authority, struct block op)
{
	switch (runner_pool(op)) {
	case POOL_PASSWORDS: return authority->passwords;
	case POOL_HELPERS: return authority->helped;
	default: return authority->general;
	}
}

static void shed(struct job *job)
{
	refuse_busy((struct execute *)job);
}

/* Where few threads take long, sources take turns, and those who are signed in, or once were on
 * that device, wait for none who never were. */
static bool submit(struct execute *execute, const struct msg_execute *message)
{
	struct authority *authority = execute->task.authority;
	struct job *job = &execute->task.job;
	struct pool *pool = pool_of(authority, message->op);
	const struct op *op = runner_op(authority->runner, message->op);

	if (pool != authority->general && op) {
		job->slow = op->flags & OP_FLAG_SLOW;
		job->shed = shed;
		bool signed_in = op->auth != OP_AUTH_PUBLIC,
		     marked = device_mark_holds(message->device);

		job->ahead = signed_in || marked;
		if (marked && !signed_in)
			fair_key_device(message->device, job->source);
		else
			fair_key(message->peer, signed_in, job->source);
	}
	return pool_submit(pool, job);
}

enum err execute_start(struct authority *authority, struct chan *chan, struct chan_msg *msg,
		       const struct msg_execute *message, bool console)
{
	struct execute *execute = task_new(authority, sizeof(*execute), work, done);

	if (!execute)
		return ERR_MEMORY;
	execute->chan = chan;
	execute->id = msg->id;
	execute->console = console;
	execute->fd = chan_take_fd(msg, 0);
	execute->bytes = malloc(msg->len ? msg->len : 1);
	execute->len = msg->len;
	execute->next_open = authority->open_executes;
	authority->open_executes = execute;
	if (!execute->bytes) {
		execute->len = 0;
		refuse_busy(execute);
		return ERR_OK;
	}
	memcpy(execute->bytes, msg->data, msg->len);
	if (!submit(execute, message))
		refuse_busy(execute);
	return ERR_OK;
}

void execute_forget_chan(struct authority *authority, struct chan *chan)
{
	for (struct execute *execute = authority->open_executes; execute;
	     execute = execute->next_open) {
		if (execute->chan == chan)
			execute->chan = NULL;
	}
}
