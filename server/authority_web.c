/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "base/sys.h"
#include "server/authority_inner.h"

/* What web may ask. */

struct question {
	struct task task;
	uint32_t id, opened; /* of the channel it came by */
	uint8_t *bytes;
	size_t len;
};

static void question_free(struct question *question)
{
	if (question->bytes)
		wipe(question->bytes, question->len);
	free(question->bytes);
	task_free(question);
}

static void authenticate_work(struct task *task, struct ctx *ctx)
{
	struct question *question = (struct question *)task;
	struct msg_authenticate message;

	if (codec_get(&msg_authenticate_codec, question->bytes, question->len, &message) == ERR_OK)
		runner_authenticate(ctx, &message, task->job.submitted_us, &task->effects.reply);
}

/* Web's channel may be another one by now, and its question of this id about somebody else. */
static void authenticate_done(struct task *task)
{
	struct question *question = (struct question *)task;
	struct chan *web = task->authority->peers[PEER_WEB];
	const struct buf *reply = &task->effects.reply;

	if (question->opened == task->authority->opened[PEER_WEB] && web && chan_is_open(web) &&
	    reply->len > 0 &&
	    chan_post(web, MSG_PRINCIPAL, question->id, reply->data, reply->len, NULL, 0) != ERR_OK)
		log_event(LOG_LEVEL_WARN, NULL, "answer_shed", NULL);
	question_free(question);
}

static void refused_work(struct task *task, struct ctx *ctx)
{
	struct question *question = (struct question *)task;
	struct msg_refused message;

	if (codec_get(&msg_refused_codec, question->bytes, question->len, &message) == ERR_OK &&
	    runner_refused(task->authority->runner, ctx, &message) != ERR_OK)
		log_failure(ctx, "refusal_not_recorded");
}

static void refused_done(struct task *task)
{
	question_free((struct question *)task);
}

static struct question *ask(struct authority *authority, const struct chan_msg *msg,
			    void (*work)(struct task *task, struct ctx *ctx),
			    void (*done)(struct task *task))
{
	struct question *question = task_new(authority, sizeof(*question), work, done);

	if (!question)
		return NULL;
	question->id = msg->id;
	question->opened = authority->opened[PEER_WEB];
	question->bytes = malloc(msg->len ? msg->len : 1);
	if (!question->bytes) {
		question_free(question);
		return NULL;
	}
	memcpy(question->bytes, msg->data, msg->len);
	question->len = msg->len;
	return question;
}

static void answer_busy(struct chan *chan, uint32_t id)
{
	struct msg_principal busy = {.err = ERR_UNAVAILABLE,
				     .reason = block_text("authority.busy")};

	if (chan_post_codec(chan, MSG_PRINCIPAL, id, &msg_principal_codec, &busy, NULL, 0) !=
	    ERR_OK)
		log_event(LOG_LEVEL_WARN, NULL, "answer_shed", NULL);
}

static enum err on_authenticate(void *arg, struct chan *chan, struct chan_msg *msg,
				const void *message)
{
	struct question *question = ask(arg, msg, authenticate_work, authenticate_done);

	(void)message;
	if (question && task_submit(question))
		return ERR_OK;
	if (question)
		question_free(question);
	answer_busy(chan, msg->id);
	return ERR_OK;
}

static enum err on_execute(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	return execute_start(arg, chan, msg, message, false);
}

static enum err on_refused(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	struct question *question = ask(arg, msg, refused_work, refused_done);

	(void)chan;
	(void)message;
	if (question && task_submit(question))
		return ERR_OK;
	if (question)
		question_free(question);
	log_event(LOG_LEVEL_ERROR, NULL, "refusal_not_recorded", NULL);
	return ERR_OK;
}

static const struct chan_row rows[] = {
	{MSG_AUTHENTICATE, "authenticate", &msg_authenticate_codec, sizeof(struct msg_authenticate),
	 0, 0, on_authenticate},
	{MSG_EXECUTE, "execute", &msg_execute_codec, sizeof(struct msg_execute), 0, 1, on_execute},
	{MSG_REFUSED, "refused", &msg_refused_codec, sizeof(struct msg_refused), 0, 0, on_refused},
};

enum err web_receive(void *arg, struct chan *chan, struct chan_msg *msg)
{
	return chan_dispatch(rows, sizeof(rows) / sizeof(rows[0]), arg, chan, msg);
}
