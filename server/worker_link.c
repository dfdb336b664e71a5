/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/worker_link.h"

#include <poll.h>

#include "base/chan.h"
#include "base/cleanup.h"

enum { ANSWER_MS = 5000 };

void worker_link_init(struct worker_link *link, int fd)
{
	*link = (struct worker_link){.fd = fd};
	buf_init(&link->scratch, 2 * CHAN_PAYLOAD_MAX);
}

void worker_link_clear(struct worker_link *link)
{
	buf_clear(&link->scratch);
}

static enum err fault(struct ctx *ctx, struct worker_link *link, enum err err)
{
	if (err == ERR_UNAVAILABLE)
		return err_set(ctx, err, "authority does not answer");
	link->lost = true;
	return err_set(ctx, ERR_UNAVAILABLE, "the channel to authority is gone");
}

static enum err send_message(struct ctx *ctx, struct worker_link *link, uint32_t type, uint32_t id,
			     const struct codec *codec, const void *message)
{
	scoped(buf_clear) struct buf out;
	buf_init(&out, CHAN_PAYLOAD_MAX);
	codec_put(&out, codec, message);
	if (buf_failed(&out))
		return err_set(ctx, ERR_BUG, "a message to authority does not fit");
	enum err err = chan_send(link->fd, type, id, out.data, out.len, NULL, 0, ANSWER_MS);
	return err == ERR_OK ? ERR_OK : fault(ctx, link, err);
}

struct question {
	uint32_t type, answer_type;
	const struct codec *codec, *answer_codec;
	const void *message;
};

static enum err ask(struct ctx *ctx, struct worker_link *link, const struct question *question,
		    void *answer)
{
	struct chan_msg msg;
	link->last_id = link->last_id == UINT32_MAX ? 1 : link->last_id + 1;
	enum err err = send_message(ctx, link, question->type, link->last_id, question->codec,
				    question->message);
	if (err != ERR_OK)
		return err;
	do { /* answers that came too late are skipped */
		err = chan_receive(link->fd, &link->scratch, &msg, ANSWER_MS);
		if (err != ERR_OK)
			return fault(ctx, link, err);
		chan_close_fds(&msg);
	} while (msg.id != link->last_id);
	if (msg.type != question->answer_type ||
	    codec_get(question->answer_codec, msg.data, msg.len, answer) != ERR_OK) {
		link->lost = true;
		return err_set(ctx, ERR_BUG, "authority's answer is malformed");
	}
	return ERR_OK;
}

static enum err answered(struct ctx *ctx, uint32_t code)
{
	if (code == ERR_OK)
		return ERR_OK;
	return err_set(ctx, code < ERR__COUNT ? (enum err)code : ERR_BUG,
		       "authority gave no checkpoint signature");
}

static enum err last(struct ctx *ctx, void *arg, uint64_t *out_size, uint8_t out_root[32],
		     uint8_t out_public_key[32])
{
	const struct msg_last_checkpoint message = {0};
	const struct question question = {MSG_LAST_CHECKPOINT, MSG_CHECKPOINT_LAST,
					  &msg_last_checkpoint_codec, &msg_checkpoint_last_codec,
					  &message};
	struct msg_checkpoint_last answer = {0};
	enum err err = ask(ctx, arg, &question, &answer);
	if (err == ERR_OK)
		err = answered(ctx, answer.err);
	if (err != ERR_OK)
		return err;
	*out_size = answer.size;
	memcpy(out_root, answer.root, 32);
	memcpy(out_public_key, answer.public_key, 32);
	return ERR_OK;
}

static enum err sign(struct ctx *ctx, void *arg, uint64_t old_size, uint64_t size,
		     const uint8_t root[32], const struct merkle_proof *consistency,
		     uint8_t out_signature[64])
{
	struct msg_sign_checkpoint message = {
		.old_size = old_size,
		.size = size,
		.consistency = {consistency->hash[0], consistency->count * MERKLE_HASH}};
	const struct question question = {MSG_SIGN_CHECKPOINT, MSG_CHECKPOINT_SIGNED,
					  &msg_sign_checkpoint_codec, &msg_checkpoint_signed_codec,
					  &message};
	struct msg_checkpoint_signed answer = {0};
	memcpy(message.root, root, 32);
	enum err err = ask(ctx, arg, &question, &answer);
	if (err == ERR_OK)
		err = answered(ctx, answer.err);
	if (err == ERR_OK)
		memcpy(out_signature, answer.signature, 64);
	return err;
}

struct checkpoint_signer worker_link_signer(struct worker_link *link)
{
	return (struct checkpoint_signer){last, sign, link};
}

enum err worker_link_head(struct ctx *ctx, struct worker_link *link,
			  const struct msg_recording_head *head)
{
	return send_message(ctx, link, MSG_RECORDING_HEAD, 0, &msg_recording_head_codec, head);
}

enum err worker_link_judged(struct ctx *ctx, struct worker_link *link,
			    const struct msg_witness_judged *judged)
{
	return send_message(ctx, link, MSG_WITNESS_JUDGED, 0, &msg_witness_judged_codec, judged);
}

void worker_link_wait(struct worker_link *link, int timeout_ms)
{
	struct pollfd wait = {.fd = link->fd, .events = POLLIN};
	struct chan_msg msg;
	if (poll(&wait, 1, timeout_ms) <= 0)
		return;
	enum err err = chan_receive(link->fd, &link->scratch, &msg, 0);
	if (err == ERR_OK)
		chan_close_fds(&msg); /* a late answer */
	else if (err != ERR_UNAVAILABLE)
		link->lost = true;
}
