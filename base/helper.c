/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/helper.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cleanup.h"

enum { MESSAGE_ID = 1, START_MS = 10000, ANSWER_MS = 5000, FRAME_MAX = CHAN_PAYLOAD_MAX + 4096 };

/* ------------------------------------------------------------------ who asks */

static enum err broken(struct ctx *ctx, const char *reason, const char *text)
{
	return err_reason(ctx, ERR_UNAVAILABLE, reason, "%s", text);
}

static int wait_ms(const struct ctx *ctx, int at_most)
{
	int64_t left = ctx_left_us(ctx) / 1000;

	return left < at_most ? (int)left : at_most;
}

/* Our own end of the pair, with a process at the other; -1: none. */
static int start(struct ctx *ctx, enum helper_kind kind)
{
	int ends[2];

	if (ctx->helpers == NULL || chan_pair(ends) != ERR_OK)
		return -1;
	bool started = ctx->helpers->start(ctx->helpers->arg, kind, ends[1]);
	close(ends[1]);
	if (started)
		return ends[0];
	close(ends[0]);
	return -1;
}

static enum err send_ask(const struct ctx *ctx, int control, const struct helper_ask *ask)
{
	scoped(buf_clear) struct buf bytes;

	buf_init_wiped(&bytes, CHAN_PAYLOAD_MAX);
	codec_put(&bytes, ask->codec, ask->message);
	if (buf_failed(&bytes))
		return buf_error(&bytes);
	return chan_send(control, ask->type, MESSAGE_ID, bytes.data, bytes.len, ask->fds, ask->nfds,
			 wait_ms(ctx, ask->wait_ms));
}

/* Decodes from the arena, which the answer's blocks then lie in. */
static enum err keep_answer(struct ctx *ctx, const struct helper_ask *ask,
			    const struct chan_msg *msg, void *answer)
{
	if (msg->type != ask->answer_type || msg->id != MESSAGE_ID || msg->nfds != 0)
		return ERR_INPUT;
	const void *kept = arena_memdup(ctx->arena, msg->data, msg->len);
	if (kept == NULL)
		return ERR_MEMORY;
	memset(answer, 0, ask->answer_size);
	return codec_get(ask->answer_codec, kept, msg->len, answer);
}

static enum err hear(struct ctx *ctx, int control, const struct helper_ask *ask, void *answer)
{
	scoped(buf_clear) struct buf scratch;
	struct chan_msg msg = {0};

	buf_init_wiped(&scratch, FRAME_MAX);
	enum err err = chan_receive(control, &scratch, &msg, wait_ms(ctx, ask->wait_ms));
	if (err == ERR_OK) {
		err = keep_answer(ctx, ask, &msg, answer);
		chan_close_fds(&msg);
	}
	return err;
}

enum err helper_call(struct ctx *ctx, const struct helper_ask *ask, void *answer)
{
	scoped(fd_close_p) int control = start(ctx, ask->kind);

	if (control < 0)
		return broken(ctx, "helper.busy", "No process for this could be started.");
	enum err err = send_ask(ctx, control, ask);
	if (err == ERR_TOO_LARGE)
		return err_reason(ctx, err, "helper.too_large", "The message is too large.");
	if (err == ERR_OK)
		err = hear(ctx, control, ask, answer);
	if (err == ERR_OK)
		return ERR_OK;
	return err == ERR_UNAVAILABLE
		       ? broken(ctx, "helper.late", "The process for this did not answer in time.")
		       : broken(ctx, "helper.broken",
				"The process for this ended without an answer.");
}

/* ------------------------------------------------------------------ who answers */

static const struct helper_row *row_of(const struct helper_row *rows, size_t count, uint32_t type)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].type == type)
			return &rows[i];
	return NULL;
}

static enum err answer_ask(struct ctx *ctx, int control, const struct helper_row *row,
			   struct chan_msg *msg)
{
	_Alignas(max_align_t) uint8_t message[HELPER_MESSAGE_MAX] = {0};
	_Alignas(max_align_t) uint8_t answer[HELPER_MESSAGE_MAX] = {0};
	scoped(buf_clear) struct buf bytes;

	buf_init_wiped(&bytes, CHAN_PAYLOAD_MAX);
	if (row == NULL || msg->nfds != row->fds || row->size > sizeof(message))
		return ERR_DENIED;
	enum err err = codec_get(row->codec, msg->data, msg->len, message);
	if (err == ERR_OK)
		err = row->work(ctx, msg, message, answer);
	if (err != ERR_OK)
		return err;
	codec_put(&bytes, row->answer_codec, answer);
	if (buf_failed(&bytes))
		return buf_error(&bytes);
	return chan_send(control, row->answer_type, msg->id, bytes.data, bytes.len, NULL, 0,
			 ANSWER_MS);
}

enum err helper_serve(int control, const struct helper_row *rows, size_t count)
{
	struct arena *arena = arena_new(HELPER_ARENA_MAX);
	struct chan_msg msg = {0};
	struct buf scratch;
	struct ctx ctx;

	ctx_init(&ctx, arena);
	buf_init_wiped(&scratch, FRAME_MAX);
	enum err err = arena == NULL ? ERR_MEMORY : chan_receive(control, &scratch, &msg, START_MS);
	if (err == ERR_OK)
		err = answer_ask(&ctx, control, row_of(rows, count, msg.type), &msg);
	chan_close_fds(&msg);
	buf_clear(&scratch);
	arena_free(arena);
	return err;
}
