/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_CODEC_H
#define BASE_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/uuid.h"

/*
 * Wire form of messages between our processes: a C struct described by a table of fields, encoded
 * in table order, decoded with every bound checked and nothing left over. The table is the
 * contract. Decoded blocks and texts are borrowed from the message bytes.
 */
struct block {
	const uint8_t *data;
	size_t len;
};

enum codec_type {
	CODEC_U8,    /* uint8_t */
	CODEC_U32,   /* uint32_t */
	CODEC_U64,   /* uint64_t */
	CODEC_I64,   /* int64_t */
	CODEC_UUID,  /* struct uuid */
	CODEC_FIXED, /* uint8_t[max]: exactly max bytes */
	CODEC_BLOCK, /* struct block, 0..max bytes */
	CODEC_TEXT,  /* struct block holding valid UTF-8, 0..max bytes */
};

struct codec_field {
	enum codec_type type;
	uint16_t offset;
	uint32_t max;
};

#define CODEC_FIELD(type_, structure, member, max_)                    \
	{                                                              \
		(type_), (uint16_t)offsetof(structure, member), (max_) \
	}

struct codec {
	const char *name;
	const struct codec_field *fields;
	size_t count;
};

/* `static const struct codec_field x_fields[] = {…}; const struct codec x_codec = CODEC("x",
 * x_fields);` */
#define CODEC(name_, table)                                          \
	{                                                            \
		(name_), (table), sizeof(table) / sizeof((table)[0]) \
	}

/* Appends message (a struct that matches codec) to out; a value above its bound fails the buffer.
 */
void codec_put(struct buf *out, const struct codec *codec, const void *message);
/* ERR_INPUT when short, over a bound, not UTF-8, or something is left over. *message is filled only
 * on success of the fields read so far: use it only after ERR_OK. */
enum err codec_get(const struct codec *codec, const void *data, size_t len,
		   void *message) ERR_CHECKED;

#endif
