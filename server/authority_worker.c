/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/sys.h"
#include "gateways/witness.h"
#include "server/authority_inner.h"
#include "server/authority_live.h"
#include "vault/keeper.h"

/* What the worker may ask: checkpoints from the keeper, and to note the head of a broken recording.
 */

enum { DEADLINE_S = 5, CONSISTENCY_MAX = 128 * 1024 };

struct checkpoint {
	struct task task;
	uint32_t id;
	struct msg_sign_checkpoint sign;
	uint8_t *consistency;
	struct msg_checkpoint_signed made;
	struct msg_checkpoint_last last;
};

static void checkpoint_free(struct checkpoint *checkpoint)
{
	free(checkpoint->consistency);
	task_free(checkpoint);
}

static void post(struct task *task, uint32_t type, uint32_t id, const struct codec *codec,
		 const void *message)
{
	struct chan *worker = task->authority->peers[PEER_WORKER];

	if (worker && chan_is_open(worker) &&
	    chan_post_codec(worker, type, id, codec, message, NULL, 0) != ERR_OK)
		log_event(LOG_LEVEL_WARN, NULL, "answer_shed", NULL);
}

static void sign_work(struct task *task, struct ctx *ctx)
{
	struct checkpoint *checkpoint = (struct checkpoint *)task;
	struct keeper_public keys;

	ctx->deadline_us = sys_mono_us() + (int64_t)DEADLINE_S * 1000000;
	enum err err = keeper_sign_checkpoint(ctx, checkpoint->sign.old_size, checkpoint->sign.size,
					      checkpoint->sign.root, checkpoint->sign.consistency,
					      checkpoint->made.signature);
	if (err == ERR_OK)
		err = keeper_public(ctx, &keys);
	if (err == ERR_OK)
		memcpy(checkpoint->made.public_key, keys.checkpoint, KEEPER_PUBLIC_KEY);
	else if (err != ERR_SEALED)
		log_failure(ctx, "checkpoint");
	checkpoint->made.err = (uint32_t)err;
}

static void sign_done(struct task *task)
{
	struct checkpoint *checkpoint = (struct checkpoint *)task;

	post(task, MSG_CHECKPOINT_SIGNED, checkpoint->id, &msg_checkpoint_signed_codec,
	     &checkpoint->made);
	checkpoint_free(checkpoint);
}

static void last_work(struct task *task, struct ctx *ctx)
{
	struct checkpoint *checkpoint = (struct checkpoint *)task;
	struct keeper_public keys;

	ctx->deadline_us = sys_mono_us() + (int64_t)DEADLINE_S * 1000000;
	enum err err = keeper_last_checkpoint(ctx, &checkpoint->last.size, checkpoint->last.root);
	if (err == ERR_OK)
		err = keeper_public(ctx, &keys);
	if (err == ERR_OK)
		memcpy(checkpoint->last.public_key, keys.checkpoint, KEEPER_PUBLIC_KEY);
	checkpoint->last.err = (uint32_t)err;
}

static void last_done(struct task *task)
{
	struct checkpoint *checkpoint = (struct checkpoint *)task;

	post(task, MSG_CHECKPOINT_LAST, checkpoint->id, &msg_checkpoint_last_codec,
	     &checkpoint->last);
	checkpoint_free(checkpoint);
}

/* A full queue answers "unavailable" at once; the worker asks again in its next round. */
static void submit(struct checkpoint *checkpoint)
{
	if (task_submit(checkpoint))
		return;
	checkpoint->made.err = checkpoint->last.err = ERR_UNAVAILABLE;
	checkpoint->task.then(&checkpoint->task);
}

static enum err on_sign(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	const struct msg_sign_checkpoint *sign = message;
	struct checkpoint *checkpoint = task_new(arg, sizeof(*checkpoint), sign_work, sign_done);

	(void)chan;
	if (!checkpoint)
		return ERR_MEMORY;
	checkpoint->id = msg->id;
	checkpoint->sign = *sign;
	checkpoint->consistency = malloc(sign->consistency.len ? sign->consistency.len : 1);
	if (!checkpoint->consistency) {
		checkpoint_free(checkpoint);
		return ERR_MEMORY;
	}
	if (sign->consistency.len > 0)
		memcpy(checkpoint->consistency, sign->consistency.data, sign->consistency.len);
	checkpoint->sign.consistency.data = checkpoint->consistency;
	submit(checkpoint);
	return ERR_OK;
}

static enum err on_last(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	struct checkpoint *checkpoint = task_new(arg, sizeof(*checkpoint), last_work, last_done);

	(void)chan;
	(void)message;
	if (!checkpoint)
		return ERR_MEMORY;
	checkpoint->id = msg->id;
	submit(checkpoint);
	return ERR_OK;
}

struct head {
	struct task task;
	struct msg_recording_head head;
};

static enum err head_step(struct ctx *ctx, void *arg)
{
	struct head *head = arg;

	return live_recording_head(ctx, &head->head);
}

static void head_work(struct task *task, struct ctx *ctx)
{
	struct head *head = (struct head *)task;
	struct out out = {.secret_fd = -1};

	ctx->deadline_us = sys_mono_us() + (int64_t)DEADLINE_S * 1000000;
	if (db_transaction(ctx, head_step, head) != ERR_OK) {
		log_failure(ctx, "recording_head");
		return;
	}
	out_notify(&out, "sessions", &head->head.session_id);
	runner_take_effects(&task->effects, &out);
}

static void head_done(struct task *task)
{
	authority_apply(task->authority, &task->effects);
	task_free(task);
}

static enum err on_head(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	struct head *head = task_new(arg, sizeof(*head), head_work, head_done);

	(void)chan;
	(void)msg;
	if (!head)
		return ERR_MEMORY;
	head->head = *(const struct msg_recording_head *)message;
	if (!task_submit(head))
		task_free(head); /* the worker finds it again */
	return ERR_OK;
}

struct judged {
	struct task task;
	struct msg_witness_judged judged;
	uint8_t handed[4096];
};

static enum err judged_step(struct ctx *ctx, void *arg)
{
	struct judged *judged = arg;
	struct out out = {.secret_fd = -1};
	bool alarm = false;
	enum err err = witness_judge(ctx, &judged->judged, &alarm);

	if (alarm)
		out_notify(&out, "system", NULL);
	judged->task.effects.notify_count = 0;
	runner_take_effects(&judged->task.effects, &out);
	return err;
}

static void judged_work(struct task *task, struct ctx *ctx)
{
	ctx->deadline_us = sys_mono_us() + (int64_t)DEADLINE_S * 1000000;
	task->effects.err = db_transaction(ctx, judged_step, task);
	if (task->effects.err != ERR_OK)
		log_failure(ctx, "witness");
}

static void judged_done(struct task *task)
{
	struct judged *judged = (struct judged *)task;
	struct chan *edge = task->authority->peers[PEER_EDGE];
	const struct msg_gateway_checkpoint message = {judged->judged.gateway_id,
						       judged->judged.handed};

	authority_apply(task->authority, &task->effects);
	/* What is shed is handed over the next time the gateway presents. */
	if (task->effects.err == ERR_OK && message.handed.len > 0 && edge && chan_is_open(edge))
		(void)!chan_post_codec(edge, MSG_GATEWAY_CHECKPOINT, 0,
				       &msg_gateway_checkpoint_codec, &message, NULL, 0);
	task_free(task);
}

static enum err on_judged(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	struct judged *judged = task_new(arg, sizeof(*judged), judged_work, judged_done);

	(void)chan;
	(void)msg;
	if (!judged)
		return ERR_MEMORY;
	judged->judged = *(const struct msg_witness_judged *)message;
	if (judged->judged.handed.len > 0)
		memcpy(judged->handed, judged->judged.handed.data, judged->judged.handed.len);
	judged->judged.handed.data = judged->handed;
	if (!task_submit(judged))
		task_free(judged); /* the worker finds it again */
	return ERR_OK;
}

static const struct chan_row rows[] = {
	{MSG_SIGN_CHECKPOINT, "sign_checkpoint", &msg_sign_checkpoint_codec,
	 sizeof(struct msg_sign_checkpoint), 0, 0, on_sign},
	{MSG_LAST_CHECKPOINT, "last_checkpoint", &msg_last_checkpoint_codec,
	 sizeof(struct msg_last_checkpoint), 0, 0, on_last},
	{MSG_WITNESS_JUDGED, "witness_judged", &msg_witness_judged_codec,
	 sizeof(struct msg_witness_judged), 0, 0, on_judged},
	{MSG_RECORDING_HEAD, "recording_head", &msg_recording_head_codec,
	 sizeof(struct msg_recording_head), 0, 0, on_head},
};

enum err worker_receive(void *arg, struct chan *chan, struct chan_msg *msg)
{
	return chan_dispatch(rows, sizeof(rows) / sizeof(rows[0]), arg, chan, msg);
}
