/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/authority_result.h"

#include <string.h>
#include <unistd.h>

#include "base/chan.h"
#include "base/cleanup.h"
#include "base/messages.h"
#include "server/authority_runner.h"

enum { FIELDS_BYTES = 32 * 1024 };

static struct block block_of(const char *text)
{
	return (struct block){(const uint8_t *)(text ? text : ""), text ? strlen(text) : 0};
}

/* {u8 type, block name, value}: see web's renderer. */
static void put_field(struct buf *out, const struct out_field *field)
{
	buf_put_u8(out, (uint8_t)field->type);
	buf_put_block(out, field->name, strlen(field->name));
	switch (field->type) {
	case OUT_TEXT:
	case OUT_JSON:
		buf_put_u8(out, field->text != NULL);
		if (field->text)
			buf_put_block(out, field->text, strlen(field->text));
		break;
	case OUT_BOOL: buf_put_u8(out, field->number != 0); break;
	case OUT_INT:
	case OUT_TIME: buf_put_u64(out, (uint64_t)field->number); break;
	case OUT_UUID: buf_put(out, field->id.b, UUID_SIZE); break;
	}
}

/* ERR_LIMIT names no input field: there `field` holds the seconds to wait. */
static void fill_failure(const struct ctx *ctx, enum err err, struct msg_result *result,
			 struct buf *fields)
{
	result->err = (uint32_t)err;
	if (ctx->error.code != err)
		return;
	result->reason = block_of(ctx->error.reason);
	if (err == ERR_LIMIT && ctx->error.field[0]) {
		const struct out_field wait = {
			.name = "retry_after", .type = OUT_TEXT, .text = ctx->error.field};
		put_field(fields, &wait);
		result->fields = (struct block){fields->data, fields->len};
	} else {
		result->field = block_of(ctx->error.field);
	}
	/* What went wrong inside is for the log, not for a stranger. */
	if (err_status(err) < 500 || err == ERR_SEALED)
		result->text = block_of(ctx->error.text);
}

void result_encode(struct ctx *ctx, enum err err, const struct out *out, struct buf *reply)
{
	struct msg_result result = {0};
	scoped(buf_clear) struct buf fields;

	buf_init_wiped(&fields, FIELDS_BYTES);
	if (err != ERR_OK) {
		fill_failure(ctx, err, &result, &fields);
		codec_put(reply, &msg_result_codec, &result);
		return;
	}
	for (size_t i = 0; i < out->field_count; i++)
		put_field(&fields, &out->fields[i]);
	result.has_id = out->has_id;
	result.id = out->id;
	result.version = out->version;
	result.fields = (struct block){fields.data, fields.len};
	result.set_session = block_of(out->set_session);
	result.set_device = block_of(out->set_device);
	result.set_flow = block_of(out->set_flow);
	result.clear_session = out->clear_session;
	result.flow = (uint8_t)((out->clear_flow ? RESULT_FLOW_CLEAR : 0) |
				(out->flow_cross_site ? RESULT_FLOW_CROSS_SITE : 0));
	result.has_body = out->secret_fd >= 0 ? RESULT_BYTES : RESULT_NO_BODY;
	if (!buf_failed(&fields))
		codec_put(reply, &msg_result_codec, &result);
	/* The change is committed: an answer too large to send is not a failure of the change. */
	if (buf_failed(&fields) || buf_failed(reply)) {
		buf_reset(reply);
		runner_put_failure(reply, ERR_UNKNOWN_OUTCOME, "answer.too_large", "");
	}
}

void runner_put_failure(struct buf *reply, enum err err, const char *reason, const char *text)
{
	struct msg_result result = {
		.err = (uint32_t)err, .reason = block_of(reason), .text = block_of(text)};

	codec_put(reply, &msg_result_codec, &result);
}

void runner_result_init(struct runner_result *result)
{
	memset(result, 0, sizeof(*result));
	result->body_fd = result->upgrade_fd = -1;
	buf_init_wiped(&result->reply, CHAN_PAYLOAD_MAX);
}

void runner_result_clear(struct runner_result *result)
{
	buf_clear(&result->reply);
	fd_close_p(&result->body_fd);
	fd_close_p(&result->upgrade_fd);
	result->body_fd = result->upgrade_fd = -1;
}

void runner_take_effects(struct runner_result *result, const struct out *out)
{
	for (size_t i = 0; i < out->effect_count && result->effect_count < OUT_EFFECTS_MAX; i++) {
		size_t at = result->effect_count++;
		result->effects[at] = out->effects[i];
		(void)snprintf(result->effect_text[at], RUNNER_EFFECT_TEXT, "%s",
			       out->effects[i].text ? out->effects[i].text : "");
		result->effects[at].text = NULL;
	}
	for (size_t i = 0; i < out->notify_count && result->notify_count < OUT_NOTIFY_MAX; i++) {
		size_t at = result->notify_count++;
		(void)snprintf(result->notify[at].topic, RUNNER_TOPIC, "%s", out->notify[i].topic);
		result->notify[at].id = out->notify[i].id;
	}
}
