/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Growing byte buffer that names its maximum at init. Failure (limit or memory) is sticky: puts
 * after it do nothing and buf_failed() is true. Integers are big-endian.
 */
struct buf {
	uint8_t *data;
	size_t len;
	size_t size;
	size_t limit;
	bool failed;
	bool starved; /* it failed for memory, not for its limit */
	bool wipe;    /* contents are erased before memory is returned */
};

void buf_init(struct buf *buf, size_t limit);
/* For contents that must be wiped (never for secrets kept longer than a message: use struct
 * secret). */
void buf_init_wiped(struct buf *buf, size_t limit);
void buf_clear(struct buf *buf); /* releases; the buffer may be used again */
void buf_reset(struct buf *buf); /* empties, keeps memory, clears failure */
static inline bool buf_failed(const struct buf *buf)
{
	return buf->failed;
}

/* Why it failed: ERR_MEMORY (ours to answer for) or ERR_TOO_LARGE; ERR_OK when it did not. */
static inline enum err buf_error(const struct buf *buf)
{
	return !buf->failed ? ERR_OK : buf->starved ? ERR_MEMORY : ERR_TOO_LARGE;
}
struct ctx;
/* The same, told in ctx: memory is short for what, or it is too large. */
void buf_explain(struct ctx *ctx, const struct buf *buf, const char *what);
static inline enum err buf_tell(struct ctx *ctx, const struct buf *buf, const char *what)
{
	buf_explain(ctx, buf, what);
	return buf_error(buf);
}

void buf_put(struct buf *buf, const void *data, size_t len);
void buf_put_u8(struct buf *buf, uint8_t value);
void buf_put_u16(struct buf *buf, uint16_t value);
void buf_put_u32(struct buf *buf, uint32_t value);
void buf_put_u64(struct buf *buf, uint64_t value);
void buf_put_text(struct buf *buf, const char *text); /* without the NUL */
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* u32 length, then the bytes. */
void buf_put_block(struct buf *buf, const void *data, size_t len);
/* Makes room for len more bytes and returns where to write them (then buf_commit), or NULL. */
uint8_t *buf_reserve(struct buf *buf, size_t len);
void buf_commit(struct buf *buf, size_t len);
/* Drops len bytes from the front. */
void buf_consume(struct buf *buf, size_t len);
/* NUL-terminates (not counted in len) and returns the text; "" after failure. */
const char *buf_text(struct buf *buf);

/* Reader over borrowed bytes; failure (short input) is sticky and reads then give 0 / NULL. */
struct rd {
	const uint8_t *data;
	size_t len;
	size_t at;
	bool failed;
};

struct rd rd_of(const void *data, size_t len);
uint8_t rd_u8(struct rd *rd);
uint16_t rd_u16(struct rd *rd);
uint32_t rd_u32(struct rd *rd);
uint64_t rd_u64(struct rd *rd);
/* Exactly len bytes, borrowed. */
const uint8_t *rd_bytes(struct rd *rd, size_t len);
/* u32 length and that many bytes, at most max; fails above it. */
const uint8_t *rd_block(struct rd *rd, size_t max, size_t *out_len);
static inline size_t rd_left(const struct rd *rd)
{
	return rd->failed ? 0 : rd->len - rd->at;
}
/* True when nothing failed and nothing is left over. */
static inline bool rd_done(const struct rd *rd)
{
	return !rd->failed && rd->at == rd->len;
}

#endif
