/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vault/keeper.h"

#include <pthread.h>
#include <stdatomic.h>
#ifdef SEKISHO_TSAN
#include <sanitizer/tsan_interface.h>
#endif
#include <unistd.h>

#include "base/arena.h"
#include "base/chan.h"
#include "base/cleanup.h"
#include "vault/keeper_messages.h"

enum { DEFAULT_WAIT_MS = 5000, UNSEAL_WAIT_MS = 30000 };

struct keeper_client {
	pthread_mutex_t lock;
	int fd;
	uint32_t last_id;
	atomic_bool broken;
};

struct keeper_client *keeper_client_new(int channel_fd)
{
	struct keeper_client *client = calloc(1, sizeof(*client));
	if (client == NULL)
		return NULL;
	client->fd = channel_fd;
	if (pthread_mutex_init(&client->lock, NULL) != 0) {
		free(client);
		return NULL;
	}
	return client;
}

void keeper_client_free(struct keeper_client *client)
{
	if (client == NULL)
		return;
	fd_close_p(&client->fd);
	pthread_mutex_destroy(&client->lock);
	free(client);
}

bool keeper_client_broken(const struct keeper_client *client)
{
	return atomic_load(&client->broken);
}

static int wait_ms(const struct ctx *ctx, int at_most)
{
	int64_t left = ctx_left_us(ctx) / 1000;
	return left < at_most ? (int)left : at_most;
}

/* Late answers to questions that were given up are skipped by their id. */
static enum err receive_reply(struct keeper_client *client, const struct ctx *ctx, uint32_t id,
			      int at_most, struct buf *scratch, struct chan_msg *out)
{
	for (;;) {
		enum err err = chan_receive(client->fd, scratch, out, wait_ms(ctx, at_most));
		if (err != ERR_OK)
			return err;
		chan_close_fds(out);
		if (out->type != KEEPER_REPLY)
			return ERR_INPUT;
		if (out->id == id)
			return ERR_OK;
	}
}

static enum err exchange(struct keeper_client *client, struct ctx *ctx, uint32_t type,
			 const struct buf *request, int fd, int at_most, struct buf *scratch,
			 struct chan_msg *out)
{
	if (atomic_load(&client->broken))
		return ERR_IO;
	client->last_id = client->last_id == UINT32_MAX ? 1 : client->last_id + 1;
	enum err err = chan_send(client->fd, type, client->last_id, request->data, request->len,
				 &fd, fd >= 0 ? 1 : 0, wait_ms(ctx, at_most));
	if (err == ERR_OK)
		err = receive_reply(client, ctx, client->last_id, at_most, scratch, out);
		/* Anything but a time-out leaves the channel in a state nobody can rely on. */
#ifndef SEKISHO_DEFECT_BELIEVE_BROKEN_KEEPER
	if (err != ERR_OK && err != ERR_UNAVAILABLE)
		atomic_store(&client->broken, true);
#endif
	return err;
}

static struct block arena_block(struct ctx *ctx, struct block in)
{
	return (struct block){arena_memdup(ctx->arena, in.data, in.len), in.len};
}

/* Error texts come over as they were set in the keeper. */
static enum err adopt_error(struct ctx *ctx, const struct keeper_reply *reply)
{
	char reason[CTX_REASON_SIZE + 1], field[CTX_FIELD_SIZE + 1];
	if (reply->err >= ERR__COUNT) {
		atomic_store(&ctx->keeper->broken, true);
		return err_set(ctx, ERR_BUG, "the keeper answered an unknown error");
	}
	(void)snprintf(reason, sizeof(reason), "%.*s", (int)reply->reason.len,
		       (const char *)reply->reason.data);
	(void)snprintf(field, sizeof(field), "%.*s", (int)reply->field.len,
		       (const char *)reply->field.data);
	return err_record(ctx, (enum err)reply->err, reason, field, __FILE__, __LINE__, "%.*s",
			  (int)reply->text.len, (const char *)reply->text.data);
}

#ifdef SEKISHO_TSAN
/* gcc's run-time knows every lock function but this one: it is told. */
static bool lock_until(pthread_mutex_t *lock, const struct timespec *until)
{
	__tsan_mutex_pre_lock(lock, __tsan_mutex_try_lock);
	bool locked = pthread_mutex_clocklock(lock, CLOCK_MONOTONIC, until) == 0;
	__tsan_mutex_post_lock(
		lock, __tsan_mutex_try_lock | (locked ? 0 : __tsan_mutex_try_lock_failed), 0);
	return locked;
}
#else
static bool lock_until(pthread_mutex_t *lock, const struct timespec *until)
{
	return pthread_mutex_clocklock(lock, CLOCK_MONOTONIC, until) == 0;
}
#endif

/* A keeper that hangs must not make the callers wait for one another beyond their time. */
static bool lock_in_time(struct keeper_client *client, const struct ctx *ctx)
{
	if (ctx->deadline_us == 0)
		return pthread_mutex_lock(&client->lock) == 0;
	struct timespec until = {.tv_sec = (time_t)(ctx->deadline_us / 1000000),
				 .tv_nsec = (long)(ctx->deadline_us % 1000000) * 1000};
	return lock_until(&client->lock, &until);
}

/* One message, one answer; the answer's data is copied into the arena. */
static enum err call(struct ctx *ctx, uint32_t type, const struct codec *codec, const void *message,
		     int fd, int at_most, struct keeper_reply *out)
{
	struct keeper_client *client = ctx->keeper;
	scoped(buf_clear) struct buf request, scratch;
	struct chan_msg answer;

	*out = (struct keeper_reply){0};
	buf_init(&request, CHAN_PAYLOAD_MAX);
	buf_init_wiped(&scratch, 2 * CHAN_PAYLOAD_MAX);
	codec_put(&request, codec, message);
	if (buf_failed(&request))
		return buf_tell(ctx, &request, "the request to the keeper");
	if (!lock_in_time(client, ctx))
		return err_set(ctx, ERR_UNAVAILABLE, "the keeper does not answer");
	enum err err = exchange(client, ctx, type, &request, fd, at_most, &scratch, &answer);
	pthread_mutex_unlock(&client->lock);
	if (err == ERR_OK) {
		err = codec_get(&keeper_reply_codec, answer.data, answer.len, out);
		if (err != ERR_OK)
			atomic_store(&client->broken, true);
	}
	if (err == ERR_IO || err == ERR_UNAVAILABLE)
		return err_set(ctx, ERR_UNAVAILABLE, "the keeper does not answer");
	if (err != ERR_OK)
		return err_set(ctx, ERR_BUG, "the keeper's answer is malformed");
	if (out->err != ERR_OK)
		return adopt_error(ctx, out);
	out->data = arena_block(ctx, out->data);
	if (out->data.len > 0 && out->data.data == NULL)
		return err_set(ctx, ERR_MEMORY, "the keeper's answer does not fit into memory");
	return ERR_OK;
}

/* The answer must have exactly that many bytes. */
static enum err fixed(struct ctx *ctx, const struct keeper_reply *reply, size_t len, void *out)
{
	if (reply->data.len != len)
		return err_set(ctx, ERR_BUG, "the keeper's answer has another size");
	memcpy(out, reply->data.data, len);
	return ERR_OK;
}

enum err keeper_status(struct ctx *ctx, struct keeper_status *out)
{
	const struct keeper_empty request = {0};
	struct keeper_reply reply;
	enum err err = call(ctx, KEEPER_STATUS, &keeper_empty_codec, &request, -1, DEFAULT_WAIT_MS,
			    &reply);
	if (err != ERR_OK)
		return err;
	struct rd rd = rd_of(reply.data.data, reply.data.len);
	struct keeper_status status = {.initialised = rd_u8(&rd) != 0, .sealed = rd_u8(&rd) != 0};
	status.kek_version = rd_u32(&rd);
	status.provider = rd_u8(&rd);
	status.keks = rd_u32(&rd);
	const uint8_t *state = rd_bytes(&rd, sizeof(status.state));
	if (state != NULL)
		memcpy(status.state, state, sizeof(status.state));
	if (!rd_done(&rd))
		return err_set(ctx, ERR_BUG, "the keeper's answer has another size");
	*out = status;
	return ERR_OK;
}

enum err keeper_unseal(struct ctx *ctx, int passphrase_fd, struct block state,
		       struct block *out_state)
{
	const struct keeper_unseal_request request = {state};
	struct keeper_reply reply;
	enum err err = call(ctx, KEEPER_UNSEAL, &keeper_unseal_codec, &request, passphrase_fd,
			    UNSEAL_WAIT_MS, &reply);
	if (err == ERR_OK)
		*out_state = reply.data;
	return err;
}

enum err keeper_change(struct ctx *ctx, enum keeper_change change, int passphrase_fd,
		       struct block *out_state)
{
	const struct keeper_change_request request = {change};
	struct keeper_reply reply;
	enum err err = call(ctx, KEEPER_CHANGE, &keeper_change_codec, &request, passphrase_fd,
			    UNSEAL_WAIT_MS, &reply);
	if (err == ERR_OK)
		*out_state = reply.data;
	return err;
}

enum err keeper_adopt(struct ctx *ctx, const uint8_t state[32])
{
	struct keeper_adopt_request request;
	struct keeper_reply reply;
	memcpy(request.state, state, sizeof(request.state));
	return call(ctx, KEEPER_ADOPT, &keeper_adopt_codec, &request, -1, DEFAULT_WAIT_MS, &reply);
}

enum err keeper_rewrap(struct ctx *ctx, const struct secret_ref *ref, struct block blob,
		       struct block *out)
{
	const struct keeper_open_request request = {*ref, blob};
	struct keeper_reply reply;
	enum err err =
		call(ctx, KEEPER_REWRAP, &keeper_open_codec, &request, -1, DEFAULT_WAIT_MS, &reply);
	if (err == ERR_OK)
		*out = reply.data;
	return err;
}

enum err keeper_seal(struct ctx *ctx, const struct secret_ref *ref, int plain_fd, struct block *out)
{
	const struct keeper_seal_request request = {*ref};
	struct keeper_reply reply;
	enum err err = call(ctx, KEEPER_SEAL, &keeper_seal_codec, &request, plain_fd,
			    DEFAULT_WAIT_MS, &reply);
	if (err == ERR_OK)
		*out = reply.data;
	return err;
}

enum err keeper_generate(struct ctx *ctx, const struct secret_ref *ref, uint32_t length,
			 int plain_copy_fd, struct block *out)
{
	const struct keeper_generate_request request = {*ref, length};
	struct keeper_reply reply;
	enum err err = call(ctx, KEEPER_GENERATE, &keeper_generate_codec, &request, plain_copy_fd,
			    DEFAULT_WAIT_MS, &reply);
	if (err == ERR_OK)
		*out = reply.data;
	return err;
}

enum err keeper_open(struct ctx *ctx, const struct secret_ref *ref, struct block blob, int plain_fd)
{
	const struct keeper_open_request request = {*ref, blob};
	struct keeper_reply reply;
	return call(ctx, KEEPER_OPEN, &keeper_open_codec, &request, plain_fd, DEFAULT_WAIT_MS,
		    &reply);
}

enum err keeper_totp_check(struct ctx *ctx, const struct secret_ref *ref, struct block blob,
			   const char *code, int64_t unix_seconds, uint64_t last_step,
			   uint64_t *out_step)
{
	size_t len = strlen(code);
	if (len > 16)
		return err_reason(ctx, ERR_UNAUTHENTICATED, "totp.wrong", "the code is wrong");
	const struct keeper_totp_request request = {
		*ref, blob, {(const uint8_t *)code, len}, unix_seconds, last_step};
	struct keeper_reply reply;
	enum err err =
		call(ctx, KEEPER_TOTP, &keeper_totp_codec, &request, -1, DEFAULT_WAIT_MS, &reply);
	if (err == ERR_OK)
		*out_step = reply.number;
	return err;
}

enum err keeper_sign_checkpoint(struct ctx *ctx, uint64_t old_size, uint64_t size,
				const uint8_t root[32], struct block consistency,
				uint8_t out_signature[KEEPER_SIGNATURE])
{
	struct keeper_checkpoint_request request = {old_size, size, {0}, consistency};
	struct keeper_reply reply;
	memcpy(request.root, root, sizeof(request.root));
	enum err err = call(ctx, KEEPER_CHECKPOINT, &keeper_checkpoint_codec, &request, -1,
			    DEFAULT_WAIT_MS, &reply);
	return err == ERR_OK ? fixed(ctx, &reply, KEEPER_SIGNATURE, out_signature) : err;
}

enum err keeper_last_checkpoint(struct ctx *ctx, uint64_t *out_size, uint8_t out_root[32])
{
	const struct keeper_empty request = {0};
	struct keeper_reply reply;
	enum err err =
		call(ctx, KEEPER_LAST, &keeper_empty_codec, &request, -1, DEFAULT_WAIT_MS, &reply);
	if (err == ERR_OK)
		err = fixed(ctx, &reply, 32, out_root);
	if (err == ERR_OK)
		*out_size = reply.number;
	return err;
}

enum err keeper_sign(struct ctx *ctx, enum keeper_sign_label label, struct block payload,
		     uint8_t out_signature[KEEPER_SIGNATURE])
{
	const struct keeper_sign_request request = {label, payload};
	struct keeper_reply reply;
	enum err err =
		call(ctx, KEEPER_SIGN, &keeper_sign_codec, &request, -1, DEFAULT_WAIT_MS, &reply);
	return err == ERR_OK ? fixed(ctx, &reply, KEEPER_SIGNATURE, out_signature) : err;
}

enum err keeper_public(struct ctx *ctx, struct keeper_public *out)
{
	const struct keeper_empty request = {0};
	struct keeper_reply reply;
	enum err err = call(ctx, KEEPER_PUBLIC, &keeper_empty_codec, &request, -1, DEFAULT_WAIT_MS,
			    &reply);
	if (err != ERR_OK)
		return err;
	if (reply.data.len <= 64)
		return err_set(ctx, ERR_BUG, "the keeper's answer has another size");
	memcpy(out->checkpoint, reply.data.data, 32);
	memcpy(out->grant, reply.data.data + 32, 32);
	out->ca_certificate = (struct block){reply.data.data + 64, reply.data.len - 64};
	return ERR_OK;
}

enum err keeper_issue(struct ctx *ctx, const struct keeper_cert *request, struct block *out_der)
{
	struct keeper_reply reply;
	enum err err =
		call(ctx, KEEPER_ISSUE, &keeper_issue_codec, request, -1, DEFAULT_WAIT_MS, &reply);
	if (err == ERR_OK)
		*out_der = reply.data;
	return err;
}
