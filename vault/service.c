/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vault/service.h"

#include <liboath/oath.h>
#include <sodium.h>

#include "base/chan.h"
#include "base/cleanup.h"
#include "vault/keeper_messages.h"
#include "vault/service_inner.h"

enum { IDLE_MS = 60 * 1000, SEND_MS = 5000 };

union keeper_any {
	struct keeper_empty empty;
	struct keeper_unseal_request unseal;
	struct keeper_seal_request seal;
	struct keeper_generate_request generate;
	struct keeper_open_request open;
	struct keeper_totp_request totp;
	struct keeper_checkpoint_request checkpoint;
	struct keeper_sign_request sign;
	struct keeper_cert issue;
	struct keeper_change_request change;
	struct keeper_adopt_request adopt;
};

/* What is not here does not exist. */
static const struct keeper_row {
	uint32_t type;
	bool while_sealed;
	int fds_min, fds_max;
	const struct codec *codec;
	keeper_handler *handle;
} rows[] = {
	{KEEPER_STATUS, true, 0, 0, &keeper_empty_codec, keeper_do_status},
	{KEEPER_UNSEAL, true, 0, 1, &keeper_unseal_codec, keeper_do_unseal},
	{KEEPER_SEAL, false, 1, 1, &keeper_seal_codec, keeper_do_seal},
	{KEEPER_GENERATE, false, 0, 1, &keeper_generate_codec, keeper_do_generate},
	{KEEPER_OPEN, false, 1, 1, &keeper_open_codec, keeper_do_open},
	{KEEPER_TOTP, false, 0, 0, &keeper_totp_codec, keeper_do_totp},
	{KEEPER_CHECKPOINT, false, 0, 0, &keeper_checkpoint_codec, keeper_do_checkpoint},
	{KEEPER_LAST, false, 0, 0, &keeper_empty_codec, keeper_do_last},
	{KEEPER_SIGN, false, 0, 0, &keeper_sign_codec, keeper_do_sign},
	{KEEPER_PUBLIC, false, 0, 0, &keeper_empty_codec, keeper_do_public},
	{KEEPER_ISSUE, false, 0, 0, &keeper_issue_codec, keeper_do_issue},
	{KEEPER_CHANGE, false, 0, 1, &keeper_change_codec, keeper_do_change},
	{KEEPER_ADOPT, false, 0, 0, &keeper_adopt_codec, keeper_do_adopt},
	{KEEPER_REWRAP, false, 0, 0, &keeper_open_codec, keeper_do_rewrap},
};

struct keeper_service *keeper_service_new(const struct keeper_config *config)
{
	struct keeper_service *service = calloc(1, sizeof(*service));
	if (service == NULL)
		return NULL;
	service->config = *config;
	buf_init(&service->made, KEYRING_STATE_MAX);
	service->aead = aead_new();
	if (service->aead == NULL || sodium_init() < 0 || oath_init() != OATH_OK) {
		keeper_service_free(service);
		return NULL;
	}
	return service;
}

void keeper_service_free(struct keeper_service *service)
{
	if (service == NULL)
		return;
	keyring_clear(&service->ring);
	keyring_clear(&service->next);
	buf_clear(&service->made);
	aead_free(service->aead);
	free(service);
}

static const struct keeper_row *find_row(uint32_t type)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].type == type)
			return &rows[i];
	return NULL;
}

static struct block text_block(const char *text)
{
	return (struct block){(const uint8_t *)text, strlen(text)};
}

static enum err reply(int fd, uint32_t id, enum err result, const struct ctx *ctx,
		      const struct keeper_call *call)
{
	scoped(buf_clear) struct buf out;
	struct keeper_reply message = {.err = result};
	if (result == ERR_OK) {
		message.number = call->number;
		message.data = (struct block){call->data.data, call->data.len};
	} else if (ctx->error.code == result) {
		message.reason = text_block(ctx->error.reason);
		message.field = text_block(ctx->error.field);
		message.text = text_block(ctx->error.text);
	}
	buf_init_wiped(&out, CHAN_PAYLOAD_MAX);
	codec_put(&out, &keeper_reply_codec, &message);
	if (buf_failed(&out))
		return ERR_BUG;
	return chan_send(fd, KEEPER_REPLY, id, out.data, out.len, NULL, 0, SEND_MS);
}

static enum err handle(struct keeper_service *service, const struct keeper_row *row, int channel_fd,
		       struct chan_msg *msg)
{
	union keeper_any message;
	struct ctx ctx;
	memset(&message, 0, sizeof(message));
	if (msg->nfds < row->fds_min || msg->nfds > row->fds_max)
		return ERR_DENIED;
	enum err err = codec_get(row->codec, msg->data, msg->len, &message);
	if (err != ERR_OK)
		return err;
	scoped(fd_close_p) int fd = chan_take_fd(msg, 0);
	struct keeper_call call = {.service = service, .message = &message, .fd = fd};
	ctx_init(&ctx, NULL);
	buf_init_wiped(&call.data, KEEPER_BLOB_MAX);
	if (!service->unsealed && !row->while_sealed)
		err = err_set(&ctx, ERR_SEALED, "the vault is sealed");
	else
		err = row->handle(&ctx, &call);
	if (err == ERR_OK && buf_failed(&call.data))
		err = buf_tell(&ctx, &call.data, "the keeper's answer");
	err = reply(channel_fd, msg->id, err, &ctx, &call);
	buf_clear(&call.data);
	return err;
}

enum err keeper_service_serve(struct keeper_service *service, int channel_fd)
{
	scoped(buf_clear) struct buf scratch;
	buf_init_wiped(&scratch, 2 * CHAN_PAYLOAD_MAX);
	for (;;) {
		struct chan_msg msg;
		enum err err = chan_receive(channel_fd, &scratch, &msg, IDLE_MS);
		if (err == ERR_UNAVAILABLE)
			continue;
		if (err == ERR_IO)
			return ERR_OK;
		if (err != ERR_OK)
			return err;
		const struct keeper_row *row = find_row(msg.type);
		err = row == NULL || msg.id == 0 ? ERR_DENIED
						 : handle(service, row, channel_fd, &msg);
		chan_close_fds(&msg);
		if (err == ERR_IO)
			return ERR_OK;
		if (err != ERR_OK)
			return err;
	}
}
