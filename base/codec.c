/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/codec.h"

#include <string.h>

#include "base/text.h"

static void put_field(struct buf *out, const struct codec_field *field, const uint8_t *at)
{
	const struct block *block = (const struct block *)(const void *)at;

	switch (field->type) {
	case CODEC_U8: buf_put_u8(out, *at); return;
	case CODEC_U32: buf_put_u32(out, *(const uint32_t *)(const void *)at); return;
	case CODEC_U64: buf_put_u64(out, *(const uint64_t *)(const void *)at); return;
	case CODEC_I64: buf_put_u64(out, (uint64_t) * (const int64_t *)(const void *)at); return;
	case CODEC_UUID: buf_put(out, at, UUID_SIZE); return;
	case CODEC_FIXED: buf_put(out, at, field->max); return;
	case CODEC_BLOCK:
	case CODEC_TEXT:
		if (block->len > field->max) {
			out->failed = true;
			return;
		}
		buf_put_block(out, block->data, block->len);
		return;
	}
	out->failed = true;
}

void codec_put(struct buf *out, const struct codec *codec, const void *message)
{
	for (size_t i = 0; i < codec->count; i++)
		put_field(out, &codec->fields[i],
			  (const uint8_t *)message + codec->fields[i].offset);
}

static void get_bytes(struct rd *rd, uint8_t *at, size_t len)
{
	const uint8_t *bytes = rd_bytes(rd, len);

	if (bytes != NULL)
		memcpy(at, bytes, len);
}

static void get_field(struct rd *rd, const struct codec_field *field, uint8_t *at)
{
	struct block *block = (struct block *)(void *)at;

	switch (field->type) {
	case CODEC_U8: *at = rd_u8(rd); return;
	case CODEC_U32: *(uint32_t *)(void *)at = rd_u32(rd); return;
	case CODEC_U64: *(uint64_t *)(void *)at = rd_u64(rd); return;
	case CODEC_I64: *(int64_t *)(void *)at = (int64_t)rd_u64(rd); return;
	case CODEC_UUID: get_bytes(rd, at, UUID_SIZE); return;
	case CODEC_FIXED: get_bytes(rd, at, field->max); return;
	case CODEC_BLOCK:
	case CODEC_TEXT:
		block->data = rd_block(rd, field->max, &block->len);
		if (field->type == CODEC_TEXT && block->len > 0 &&
		    !text_is_utf8((const char *)block->data, block->len))
			rd->failed = true;
		return;
	}
	rd->failed = true;
}

enum err codec_get(const struct codec *codec, const void *data, size_t len, void *message)
{
	struct rd rd = rd_of(data, len);

	for (size_t i = 0; i < codec->count; i++)
		get_field(&rd, &codec->fields[i], (uint8_t *)message + codec->fields[i].offset);
	return rd_done(&rd) ? ERR_OK : ERR_INPUT;
}
