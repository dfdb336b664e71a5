/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/authority_live.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/sys.h"
#include "server/authority_live_inner.h"
#include "server/authority_result.h"

enum { QUEUE_MAX = 16, BROKER_QUEUE = 64, CUT_SECONDS = 3, HOLD_SLACK = 2, SPAWN_BROKER = 1 };
static const int64_t second_us = 1000000;

struct live *live_new(struct authority *authority, uint32_t kind)
{
	struct live *live = calloc(1, sizeof(*live));

	if (!live)
		return NULL;
	live->authority = authority;
	live->kind = kind;
	live->state = LIVE_PREPARING;
	live->user_fd = live->recording_fd = live->key_fd = -1;
	live->last = &live->first;
	live->next = authority->lives;
	authority->lives = live;
	return live;
}

static void close_starting(struct live *live)
{
	fd_close_p(&live->user_fd);
	fd_close_p(&live->recording_fd);
	fd_close_p(&live->key_fd);
	live->user_fd = live->recording_fd = live->key_fd = -1;
	if (live->extra)
		wipe(live->extra, live->extra_len);
	free(live->extra);
	live->extra = NULL;
	live->extra_len = 0;
}

void live_release(struct live *live)
{
	if (live->state != LIVE_ENDED || live->chan || live->busy || live->first || live->asking)
		return;
	for (struct live **at = &live->authority->lives; *at; at = &(*at)->next) {
		if (*at == live) {
			*at = live->next;
			break;
		}
	}
	close_starting(live);
	free(live);
}

size_t live_count(const struct authority *authority)
{
	size_t count = 0;

	for (const struct live *live = authority->lives; live; live = live->next)
		count += live->kind == BROKER_SSH_TERMINAL && live->chan != NULL;
	return count;
}

/* --- steps: one at a time per broker, in order --- */

static void step_work(struct task *task, struct ctx *ctx)
{
	struct live_step *step = (struct live_step *)task;

	memcpy(ctx->trace, step->live->trace, CTX_TRACE_SIZE);
	ctx->deadline_us = sys_mono_us() + 5 * second_us;
	step->err = step->run(ctx, step);
	if (step->err == ERR_OK)
		return;
	if (ctx->error.code == step->err && !step->must_land) {
		(void)snprintf(step->reason, sizeof(step->reason), "%s", ctx->error.reason);
		(void)snprintf(step->text, sizeof(step->text), "%s", ctx->error.text);
	}
	/* Waiting for a gateway is no failure of ours. */
	if (err_status(step->err) >= 500 && strcmp(step->reason, "gateway.offline") != 0)
		log_failure(ctx, "session_step");
}

static void submit_now(struct live_step *step);

/* The end of a session that could not be written for now: the row would stay open for good. */
static bool tries_again(struct live_step *step)
{
	struct live *live = step->live;

	if (!step->must_land || (step->err != ERR_UNAVAILABLE && step->err != ERR_UNKNOWN_OUTCOME &&
				 step->err != ERR_MEMORY))
		return false;
	live->again = step; /* live stays busy: nothing overtakes it, nothing frees live */
	live->again_at_us = sys_mono_us() + second_us;
	return true;
}

static void step_then(struct task *task)
{
	struct live_step *step = (struct live_step *)task;
	struct live *live = step->live;

	if (tries_again(step))
		return;
	live->busy = false;
	authority_apply(live->authority, &step->task.effects);
	if (step->finish)
		step->finish(step);
	fd_close_p(&step->fd);
	fd_close_p(&step->fd2);
	task_free(step);
	if (!live->busy && live->first) {
		struct live_step *next = live->first;
		live->first = next->next;
		if (!live->first)
			live->last = &live->first;
		live->queued--;
		submit_now(next);
	}
	live_release(live);
}

static void fail_later(void *arg)
{
	step_then(arg);
}

/* A full queue fails the step, but from the loop, so that no caller loses its live meanwhile. */
static void submit_now(struct live_step *step)
{
	step->live->busy = true;
	if (task_submit(step))
		return;
	step->err = ERR_UNAVAILABLE;
	if (!step->must_land)
		(void)snprintf(step->reason, sizeof(step->reason), "authority.busy");
	(void)loop_call(step->task.authority->loop, fail_later, step);
}

struct live_step *live_step_new(struct live *live,
				enum err (*run)(struct ctx *ctx, struct live_step *step),
				void (*finish)(struct live_step *step))
{
	struct live_step *step = task_new(live->authority, sizeof(*step), step_work, step_then);

	if (!step)
		return NULL;
	step->live = live;
	step->kind = live->kind;
	step->info = live->info;
	step->connected = (live->state & LIVE_CONNECTED) != 0;
	step->opened = live->opened;
	step->run = run;
	step->finish = finish;
	step->fd = step->fd2 = -1;
	return step;
}

void live_submit(struct live_step *step)
{
	struct live *live = step->live;

	if (!live->busy) {
		submit_now(step);
		return;
	}
	*live->last = step;
	live->last = &step->next;
	live->queued++;
	/* Brokers ask and wait: one that floods is not ours. */
	if (live->queued > QUEUE_MAX && live->cut_at_us == 0)
		live->cut_at_us = 1;
}

void live_post(struct live *live, uint32_t type, uint32_t id, const struct codec *codec,
	       const void *message, const int *fds, int nfds)
{
	if (!live->chan || !chan_is_open(live->chan))
		return;
	if (chan_post_codec(live->chan, type, id, codec, message, fds, nfds) != ERR_OK)
		live->cut_at_us = 1;
}

/* --- birth --- */

static void not_started(struct live *live, const char *hop, const char *reason, const char *text)
{
	struct live_step *step;

	close_starting(live);
	live->state = LIVE_ENDED;
	if (live->kind == BROKER_TEST) {
		struct live_step answer = {.live = live};
		(void)snprintf(answer.hop, sizeof(answer.hop), "%s", hop);
		(void)snprintf(answer.reason, sizeof(answer.reason), "%s", reason);
		(void)snprintf(answer.text, sizeof(answer.text), "%s", text);
		live_answer_test(live, &answer);
		return;
	}
	step = live_step_new(live, step_not_started, NULL);
	if (!step)
		return;
	step->must_land = true;
	(void)snprintf(step->hop, sizeof(step->hop), "%s", hop);
	(void)snprintf(step->reason, sizeof(step->reason), "%s", reason);
	(void)snprintf(step->text, sizeof(step->text), "%s", text);
	live_submit(step);
}

/* The broker ends by itself; one that does not is ended HOLD_SLACK later. */
static void tell_hold(struct live *live)
{
	int64_t left = (live->hold_at_us - sys_mono_us() + second_us - 1) / second_us - HOLD_SLACK;
	struct msg_broker_hold message = {.seconds = live->hold_at_us == 0 ? 0
						     : left > 0		   ? (uint32_t)left
									   : 1};

	live_post(live, MSG_BROKER_HOLD, 0, &msg_broker_hold_codec, &message, NULL, 0);
}

static void tell_start(struct live *live)
{
	struct authority *authority = live->authority;
	struct msg_broker_start start = {
		.kind = live->kind,
		.session_id = live->info.session_id,
		.trace = block_text(live->trace),
		.account_name = block_text(live->info.account),
		.target_name = block_text(live->info.target),
		.secret_kind = live->info.secret_kind,
		.ends_at = live->info.ends_at,
		.idle_seconds = (uint32_t)authority->conf->broker_idle_minutes * 60,
		.language = block_text(live->info.language),
		.extra = {live->extra, live->extra_len},
		.has_user = live->user_fd >= 0,
		.has_recording = live->recording_fd >= 0};
	int fds[3], nfds = 0;

	if (live->user_fd >= 0)
		fds[nfds++] = live->user_fd;
	if (live->recording_fd >= 0) {
		fds[nfds++] = live->recording_fd;
		fds[nfds++] = live->key_fd;
	}
	live_post(live, MSG_BROKER_START, 0, &msg_broker_start_codec, &start, fds, nfds);
	close_starting(live);
	if (live->hold_at_us != 0) /* it was held before it could be told */
		tell_hold(live);
}

struct birth {
	struct live *live;
	int fd;
};

static void spawned(struct authority *authority, void *arg, const void *answer)
{
	struct birth *birth = arg;
	struct live *live = birth->live;
	const struct msg_spawned *message = answer;
	int fd = birth->fd;

	free(birth);
	live->asking = false;
	if (!message || message->err != ERR_OK || live->cut_at_us != 0) {
		close(fd);
		not_started(live, "broker", "broker.spawn", "The session process did not start.");
		live_release(live);
		return;
	}
	live->chan = chan_new(authority->loop, fd, BROKER_QUEUE, live_receive, live_closed, live);
	if (!live->chan) {
		not_started(live, "broker", "broker.spawn", "No memory for a session.");
		live_release(live);
		return;
	}
	live->state = LIVE_STARTED;
	tell_start(live);
}

void live_prepared(struct live_step *step)
{
	struct live *live = step->live;
	struct birth *birth = NULL;
	struct msg_spawn message = {.kind = SPAWN_BROKER, .session_id = step->info.session_id};
	int fds[2];

	live->opened = step->opened;
	if (step->err != ERR_OK) {
		not_started(live, "broker", step->reason[0] ? step->reason : err_code(step->err),
			    step->text);
		return;
	}
	live->info = step->info;
	live->recording_fd = step->fd;
	live->key_fd = step->fd2;
	step->fd = step->fd2 = -1;
	if (chan_pair(fds) != ERR_OK || !(birth = calloc(1, sizeof(*birth)))) {
		not_started(live, "broker", "broker.spawn", "No channel for the session.");
		return;
	}
	*birth = (struct birth){live, fds[0]};
	live->asking = authority_ask(live->authority, PEER_SUPERVISOR, MSG_SPAWN, &msg_spawn_codec,
				     &message, &fds[1], 1, spawned, birth);
	close(fds[1]);
	if (!live->asking) {
		close(fds[0]);
		free(birth);
		not_started(live, "broker", "broker.spawn", "The supervisor does not answer.");
	}
}

void live_start_session(struct authority *authority, const struct uuid *session_id, int user_fd,
			struct block extra, const char *trace)
{
	struct live *live = live_new(authority, BROKER_SSH_TERMINAL);
	struct live_step *step = NULL;

	if (live) {
		live->info.session_id = *session_id;
		live->user_fd = user_fd;
		(void)snprintf(live->trace, sizeof(live->trace), "%s", trace);
		live->extra = extra.len ? malloc(extra.len) : NULL;
		if (live->extra) {
			memcpy(live->extra, extra.data, extra.len);
			live->extra_len = extra.len;
		}
		step = live_step_new(live, step_prepare_session, live_prepared);
	}
	if (step) {
		live_submit(step);
		return;
	}
	log_event(LOG_LEVEL_ERROR, NULL, "session_no_memory", NULL);
	close(user_fd);
	if (live) {
		live->user_fd = -1;
		live->state = LIVE_ENDED;
		live_release(live);
	}
}

void live_start_test(struct authority *authority, const struct live_test *test)
{
	struct live *live = live_new(authority, BROKER_TEST);
	struct live_step *step;

	if (!live)
		return; /* web's own time limit answers */
	live->asker = test->chan;
	live->asker_id = test->reply_id;
	live->info.session_id = uuid_v7();
	live->info.target_id = test->target_id;
	live->info.account_id = test->account_id;
	live->info.user_id = test->user_id;
	(void)snprintf(live->info.login, sizeof(live->info.login), "%s", test->login);
	step = live_step_new(live, step_prepare_test, live_prepared);
	if (step)
		live_submit(step);
	else
		not_started(live, "broker", "resource.exhausted", "No memory for a test.");
}

/* --- the end --- */

void live_end_broker(struct live *live, const char *reason, const char *text)
{
	struct msg_broker_end message = {.reason = block_text(reason), .text = block_text(text)};

	if (live->cut_at_us != 0)
		return;
	live_post(live, MSG_BROKER_END, 0, &msg_broker_end_codec, &message, NULL, 0);
	live->cut_at_us = sys_mono_us() + CUT_SECONDS * second_us;
}

static bool matches(const struct live *live, enum live_key key, const struct uuid *id)
{
	const struct uuid *own = key == LIVE_BY_SESSION ? &live->info.session_id
				 : key == LIVE_BY_LEASE ? &live->info.lease_id
							: &live->info.user_id;
	return live->state != LIVE_ENDED && uuid_equal(own, id);
}

struct abandon {
	struct task task;
	struct uuid id;
	char text[RUNNER_EFFECT_TEXT];
};

/* A session whose broker nobody knows any more has a recording to be read. */
static enum err abandon_step(struct ctx *ctx, void *arg)
{
	struct abandon *abandon = arg;
	struct live_step step = {.info = {.session_id = abandon->id}, .opened = true};
	bool orphaned = false;
	enum err err = step_orphaned(ctx, &step, &orphaned);

	if (err != ERR_OK || orphaned)
		return err;
	(void)snprintf(step.reason, sizeof(step.reason), "terminated");
	(void)snprintf(step.text, sizeof(step.text), "%s", abandon->text);
	return step_not_started(ctx, &step);
}

static void abandon_work(struct task *task, struct ctx *ctx)
{
	ctx->deadline_us = sys_mono_us() + 5 * second_us;
	enum err err = abandon_step(ctx, task);

	if (err != ERR_OK && err != ERR_NOT_FOUND)
		log_failure(ctx, "session_abandon");
}

void live_cut(struct authority *authority, enum live_key key, const struct uuid *id,
	      const char *reason)
{
	bool found = false;

	for (struct live *live = authority->lives; live; live = live->next) {
		/* One that has just ended writes its own end. */
		if (key == LIVE_BY_SESSION && uuid_equal(&live->info.session_id, id))
			found = true;
		if (matches(live, key, id)) {
			if (key == LIVE_BY_LEASE)
				live_end_broker(live, reason, "");
			else
				live_end_broker(live, "terminated", reason);
		}
	}
	if (found || key != LIVE_BY_SESSION)
		return;
	/* There is only the row. */
	struct abandon *abandon = task_new(authority, sizeof(*abandon), abandon_work, NULL);
	if (!abandon)
		return;
	abandon->id = *id;
	(void)snprintf(abandon->text, sizeof(abandon->text), "%s", reason);
	if (!task_submit(abandon))
		task_free(abandon);
}

static void hold(struct live *live, int64_t seconds)
{
	if (seconds == 0) {
		live_end_broker(live, "sign_in_ended", "");
		return;
	}
	live->hold_at_us = seconds < 0 ? 0 : sys_mono_us() + (seconds + HOLD_SLACK) * second_us;
	tell_hold(live);
}

void live_hold(struct authority *authority, const struct uuid *session_id, int64_t seconds)
{
	for (struct live *live = authority->lives; live; live = live->next)
		if (matches(live, LIVE_BY_SESSION, session_id))
			hold(live, seconds);
}

void live_forget_chan(struct authority *authority, struct chan *chan)
{
	for (struct live *live = authority->lives; live; live = live->next) {
		if (live->asker == chan)
			live->asker = NULL;
	}
}

void live_answer_test(struct live *live, const struct live_step *step)
{
	struct ctx ctx;
	struct out out = {.secret_fd = -1};
	scoped(buf_clear) struct buf reply;
	bool ok = strcmp(step->reason, "ok") == 0;

	if (!live->asker || live->test_done)
		return;
	live->test_done = true;
	ctx_init(&ctx, NULL);
	buf_init(&reply, CHAN_PAYLOAD_MAX);
	out_bool(&out, "ok", ok);
	out_text(&out, "hop", ok ? "" : step->hop);
	out_text(&out, "reason", step->reason);
	out_text(&out, "text", step->text);
	out_int(&out, "dial_ms", live->dial_ms);
	out_int(&out, "key_exchange_ms", live->key_exchange_ms);
	out_int(&out, "login_ms", live->login_ms);
	result_encode(&ctx, ERR_OK, &out, &reply);
	if (chan_post(live->asker, MSG_RESULT, live->asker_id, reply.data, reply.len, NULL, 0) !=
	    ERR_OK)
		log_event(LOG_LEVEL_WARN, NULL, "test_answer_shed", NULL);
}

void live_closed(void *arg, struct chan *chan)
{
	struct live *live = arg;
	struct live_step *step;
	bool recorded = live->state >= LIVE_READY;

	live->chan = NULL;
	chan_free(chan);
	if (live->state != LIVE_ENDED) {
		live->retry_at_us = 0;
		if (live->kind == BROKER_TEST || !recorded) {
			not_started(live, "broker", "broker.lost", "The session process died.");
		} else if ((step = live_step_new(live, step_broken, NULL))) {
			step->must_land = true;
			live->state = LIVE_ENDED;
			live_submit(step);
		}
		live->state = LIVE_ENDED;
	}
	live_release(live);
}

static void try_again(struct live *live)
{
	struct live_step *step = live->again;

	live->again = NULL;
	submit_now(step);
}

static void close_channel(struct live *live)
{
	struct chan *chan = live->chan;

	if (chan)
		live_closed(live, chan);
}

void live_set_back(struct authority *authority, int64_t back_us)
{
	for (struct live *live = authority->lives; live; live = live->next)
		if (live->info.ends_at > 0)
			live->info.ends_at -= back_us;
}

void live_tick(struct authority *authority)
{
	int64_t mono = sys_mono_us(), real = sys_real_us();

	for (struct live *live = authority->lives, *next; live; live = next) {
		next = live->next;
		if (live->chan && live->info.ends_at > 0 && live->info.ends_at <= real &&
		    live->state != LIVE_ENDED)
			live_end_broker(live, "lease_ended", "");
		if (live->hold_at_us != 0 && live->hold_at_us <= mono && live->state != LIVE_ENDED)
			live_end_broker(live, "sign_in_ended", "");
		if (live->again && live->again_at_us <= mono)
			try_again(live);
		if (live->retry_at_us != 0 && live->retry_at_us <= mono && !live->busy)
			live_choose_gateway(live);
		if (live->cut_at_us != 0 && live->cut_at_us <= mono)
			close_channel(live);
	}
}
