/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ctx.h"
#include "base/secret.h"

void buf_init(struct buf *buf, size_t limit)
{
	*buf = (struct buf){.limit = limit};
}

void buf_init_wiped(struct buf *buf, size_t limit)
{
	*buf = (struct buf){.limit = limit, .wipe = true};
}

static void release(struct buf *buf)
{
	if (buf->wipe && buf->data != NULL)
		wipe(buf->data, buf->size);
	free(buf->data);
	buf->data = NULL;
	buf->size = 0;
}

void buf_clear(struct buf *buf)
{
	release(buf);
	buf->len = 0;
	buf->failed = buf->starved = false;
}

void buf_explain(struct ctx *ctx, const struct buf *buf, const char *what)
{
	enum err err = buf_error(buf);

	if (err == ERR_MEMORY)
		(void)err_set(ctx, err, "memory is short for %s", what);
	else if (err != ERR_OK)
		(void)err_set(ctx, err, "%s is too large", what);
}

void buf_reset(struct buf *buf)
{
	if (buf->wipe && buf->data != NULL)
		wipe(buf->data, buf->len);
	buf->len = 0;
	buf->failed = buf->starved = false;
}

/* A wiped buffer must not leave copies behind in realloc's old block. */
static bool grow(struct buf *buf, size_t need)
{
	size_t size = buf->size == 0 ? 256 : buf->size;

	while (size < need)
		size *= 2;
	uint8_t *data = malloc(size);
	if (data == NULL)
		return false;
	size_t len = buf->len;
	if (len > 0)
		memcpy(data, buf->data, len);
	release(buf);
	buf->data = data;
	buf->size = size;
	return true;
}

uint8_t *buf_reserve(struct buf *buf, size_t len)
{
	if (buf->failed || len > buf->limit || buf->len > buf->limit - len) {
		buf->failed = true;
		return NULL;
	}
	if ((buf->len + len > buf->size || buf->data == NULL) && !grow(buf, buf->len + len + 1)) {
		buf->failed = buf->starved = true;
		return NULL;
	}
	return buf->data + buf->len;
}

void buf_commit(struct buf *buf, size_t len)
{
	buf->len += len;
}

void buf_put(struct buf *buf, const void *data, size_t len)
{
	uint8_t *to = buf_reserve(buf, len);

	if (to == NULL)
		return;
	if (len > 0)
		memcpy(to, data, len);
	buf->len += len;
}

void buf_put_u8(struct buf *buf, uint8_t value)
{
	buf_put(buf, &value, 1);
}

void buf_put_u16(struct buf *buf, uint16_t value)
{
	const uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};

	buf_put(buf, bytes, sizeof(bytes));
}

void buf_put_u32(struct buf *buf, uint32_t value)
{
	const uint8_t bytes[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16),
				  (uint8_t)(value >> 8), (uint8_t)value};

	buf_put(buf, bytes, sizeof(bytes));
}

void buf_put_u64(struct buf *buf, uint64_t value)
{
	buf_put_u32(buf, (uint32_t)(value >> 32));
	buf_put_u32(buf, (uint32_t)value);
}

void buf_put_text(struct buf *buf, const char *text)
{
	buf_put(buf, text, strlen(text));
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args, again;

	va_start(args, format);
	va_copy(again, args);
	int len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	uint8_t *to = len >= 0 ? buf_reserve(buf, (size_t)len + 1) : NULL;
	if (to != NULL) {
		vsnprintf((char *)to, (size_t)len + 1, format, again);
		buf->len += (size_t)len;
	}
	va_end(again);
}

void buf_put_block(struct buf *buf, const void *data, size_t len)
{
	if (len > UINT32_MAX) {
		buf->failed = true;
		return;
	}
	buf_put_u32(buf, (uint32_t)len);
	buf_put(buf, data, len);
}

void buf_consume(struct buf *buf, size_t len)
{
	if (len >= buf->len) {
		buf->len = 0;
		return;
	}
	memmove(buf->data, buf->data + len, buf->len - len);
	buf->len -= len;
}

const char *buf_text(struct buf *buf)
{
	if (buf->failed)
		return "";
	if (buf->len + 1 > buf->size && !grow(buf, buf->len + 1)) {
		buf->failed = true;
		return "";
	}
	buf->data[buf->len] = '\0';
	return (const char *)buf->data;
}

struct rd rd_of(const void *data, size_t len)
{
	return (struct rd){.data = data, .len = len};
}

const uint8_t *rd_bytes(struct rd *rd, size_t len)
{
	if (rd->failed || len > rd->len - rd->at) {
		rd->failed = true;
		return NULL;
	}
	const uint8_t *bytes = rd->data + rd->at;
	rd->at += len;
	return bytes;
}

static uint64_t rd_number(struct rd *rd, size_t size)
{
	const uint8_t *bytes = rd_bytes(rd, size);
	uint64_t value = 0;

	for (size_t i = 0; bytes != NULL && i < size; i++)
		value = value << 8 | bytes[i];
	return value;
}

uint8_t rd_u8(struct rd *rd)
{
	return (uint8_t)rd_number(rd, 1);
}

uint16_t rd_u16(struct rd *rd)
{
	return (uint16_t)rd_number(rd, 2);
}

uint32_t rd_u32(struct rd *rd)
{
	return (uint32_t)rd_number(rd, 4);
}

uint64_t rd_u64(struct rd *rd)
{
	return rd_number(rd, 8);
}

const uint8_t *rd_block(struct rd *rd, size_t max, size_t *out_len)
{
	size_t len = rd_u32(rd);

	if (len > max)
		rd->failed = true;
	const uint8_t *bytes = rd_bytes(rd, len);
	*out_len = bytes != NULL ? len : 0;
	return bytes;
}
