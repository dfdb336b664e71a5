/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/authority_replay.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/secret_store.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/sys.h"
#include "server/authority_live_sql.h"

enum { SPAWN_REPLAY = 2, REPLAY_QUEUE = 8, DEADLINE_S = 5 };

struct replay {
	struct task task;
	struct replay *next;
	struct live_replay want;
	struct live_file file;
	enum err err;
	int recording, key, control;
};

static void reply_failure(struct replay *replay, enum err err, const char *reason, const char *text)
{
	scoped(buf_clear) struct buf reply;

	buf_init(&reply, CHAN_PAYLOAD_MAX);
	runner_put_failure(&reply, err, reason, text);
	if (replay->want.chan && chan_is_open(replay->want.chan) &&
	    chan_post(replay->want.chan, MSG_RESULT, replay->want.reply_id, reply.data, reply.len,
		      NULL, 0) != ERR_OK)
		log_event(LOG_LEVEL_WARN, NULL, "answer_shed", NULL);
}

static void replay_free(struct replay *replay)
{
	struct replay **at = &replay->task.authority->replays;

	while (*at && *at != replay)
		at = &(*at)->next;
	if (*at)
		*at = replay->next;
	fd_close_p(&replay->recording);
	fd_close_p(&replay->key);
	fd_close_p(&replay->control);
	task_free(replay);
}

static enum err look_up(struct ctx *ctx, void *arg)
{
	struct replay *replay = arg;
	struct secret_ref ref;
	struct block blob;
	int fds[2];
	enum err err = live_sql_file(ctx, &replay->want.session_id, &replay->file);

	if (err == ERR_OK)
		err = secret_store_get(ctx, &replay->file.secret_id, &ref, &blob);
	if (err != ERR_OK)
		return err;
	if (secret_pipe_empty(fds) != ERR_OK)
		return err_set(ctx, ERR_UNAVAILABLE, "No pipe for the recording key.");
	fd_close_p(&replay->key);
	replay->key = fds[0];
	err = keeper_open(ctx, &ref, blob, fds[1]);
	close(fds[1]);
	return err;
}

static void prepare(struct task *task, struct ctx *ctx)
{
	struct replay *replay = (struct replay *)task;

	ctx->deadline_us = sys_mono_us() + (int64_t)DEADLINE_S * 1000000;
	replay->err = db_transaction(ctx, look_up, replay);
	if (replay->err == ERR_OK && !replay->file.has_key)
		replay->err = ERR_NOT_FOUND;
	if (replay->err == ERR_OK) {
		replay->recording = openat(task->authority->recordings, replay->file.name,
					   O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		if (replay->recording < 0)
			replay->err = ERR_NOT_FOUND;
	}
	replay->file.name = NULL; /* of the arena */
	if (err_status(replay->err) >= 500 && replay->err != ERR_OK)
		log_failure(ctx, "replay");
}

static enum err refuse_all(void *arg, struct chan *chan, struct chan_msg *msg)
{
	(void)arg;
	(void)chan;
	(void)msg;
	return ERR_DENIED; /* a replay process only listens */
}

static void control_closed(void *arg, struct chan *chan)
{
	(void)arg;
	chan_free(chan);
}

/* The channel stays open while the process works; it frees itself when the process is gone. */
static bool hand_over(struct replay *replay, int output)
{
	struct msg_replay message = {.mode = (uint32_t)replay->want.mode,
				     .session_id = replay->want.session_id,
				     .first_chunk = (uint64_t)replay->want.first,
				     .chunk_count = (uint64_t)replay->want.count};
	int fds[3] = {replay->recording, replay->key, output};

	memcpy(message.public_key, replay->file.public_key, 32);
	int control = replay->control;

	replay->control = -1; /* chan_new takes it over, also when it fails */
	struct chan *chan = chan_new(replay->task.authority->loop, control, REPLAY_QUEUE,
				     refuse_all, control_closed, NULL);
	if (!chan)
		return false;
	if (chan_post_codec(chan, MSG_REPLAY, 1, &msg_replay_codec, &message, fds, 3) == ERR_OK)
		return true;
	chan_free(chan);
	return false;
}

static void reply_body(struct replay *replay, int body)
{
	struct msg_result result = {
		.has_body = RESULT_FRAMES, .has_id = 1, .id = replay->want.session_id};
	struct chan *chan = replay->want.chan;

	if (chan && chan_is_open(chan) &&
	    chan_post_codec(chan, MSG_RESULT, replay->want.reply_id, &msg_result_codec, &result,
			    &body, 1) != ERR_OK)
		log_event(LOG_LEVEL_WARN, NULL, "answer_shed", NULL);
}

static void spawned(struct authority *authority, void *arg, const void *answer)
{
	struct replay *replay = arg;
	const struct msg_spawned *message = answer;
	int fds[2] = {-1, -1};

	(void)authority;
	if (message && message->err == ERR_OK && pipe2(fds, O_CLOEXEC) == 0 &&
	    hand_over(replay, fds[1]))
		reply_body(replay, fds[0]);
	else
		reply_failure(replay, ERR_UNAVAILABLE, "replay.spawn",
			      "The replay process did not start.");
	fd_close_p(&fds[0]);
	fd_close_p(&fds[1]);
	replay_free(replay);
}

static void prepared(struct task *task)
{
	struct replay *replay = (struct replay *)task;
	struct msg_spawn message = {.kind = SPAWN_REPLAY, .session_id = replay->want.session_id};
	int fds[2];

	if (replay->err != ERR_OK) {
		reply_failure(replay, replay->err,
			      replay->err == ERR_NOT_FOUND ? "recording.missing" : "",
			      "There is no recording of this session.");
		replay_free(replay);
		return;
	}
	if (chan_pair(fds) != ERR_OK) {
		reply_failure(replay, ERR_UNAVAILABLE, "replay.spawn", "No channel.");
		replay_free(replay);
		return;
	}
	replay->control = fds[0];
	bool asked = authority_ask(task->authority, PEER_SUPERVISOR, MSG_SPAWN, &msg_spawn_codec,
				   &message, &fds[1], 1, spawned, replay);
	close(fds[1]);
	if (!asked) {
		reply_failure(replay, ERR_UNAVAILABLE, "replay.spawn",
			      "The supervisor does not answer.");
		replay_free(replay);
	}
}

void replay_start(struct authority *authority, const struct live_replay *want)
{
	struct replay *replay = task_new(authority, sizeof(*replay), prepare, prepared);

	if (!replay)
		return; /* web's time limit answers */
	replay->want = *want;
	replay->recording = replay->key = replay->control = -1;
	replay->next = authority->replays;
	authority->replays = replay;
	if (task_submit(replay))
		return;
	reply_failure(replay, ERR_UNAVAILABLE, "authority.busy", "The server is busy.");
	replay_free(replay);
}

void replay_forget_chan(struct authority *authority, struct chan *chan)
{
	for (struct replay *replay = authority->replays; replay; replay = replay->next) {
		if (replay->want.chan == chan)
			replay->want.chan = NULL;
	}
}
