/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/json.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/text.h"

enum { DEPTH_MAX = 31 };

void json_init(struct json *json, struct buf *out)
{
	*json = (struct json){.out = out};
}

static void put_string(struct buf *out, const char *text, size_t len)
{
	size_t from = 0;

	buf_put_u8(out, '"');
	for (size_t i = 0; i < len; i++) {
		uint8_t c = (uint8_t)text[i];
		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
			continue;
		buf_put(out, text + from, i - from);
		from = i + 1;
		if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", c);
		else
			buf_printf(out, "\\u%04x", c);
	}
	buf_put(out, text + from, len - from);
	buf_put_u8(out, '"');
}

/* The comma before this member, if one is due, and its key. */
static void member(struct json *json, const char *key)
{
	uint32_t bit = 1U << json->depth;

	if (json->has_members & bit)
		buf_put_u8(json->out, ',');
	json->has_members |= bit;
	if (key == NULL)
		return;
	put_string(json->out, key, strlen(key));
	buf_put_u8(json->out, ':');
}

static void open_level(struct json *json, const char *key, uint8_t bracket)
{
	member(json, key);
	buf_put_u8(json->out, bracket);
	assert(json->depth < DEPTH_MAX);
	json->depth++;
	json->has_members &= ~(1U << json->depth);
}

static void close_level(struct json *json, uint8_t bracket)
{
	assert(json->depth > 0);
	json->depth--;
	buf_put_u8(json->out, bracket);
}

void json_object(struct json *json, const char *key)
{
	open_level(json, key, '{');
}

void json_end_object(struct json *json)
{
	close_level(json, '}');
}

void json_array(struct json *json, const char *key)
{
	open_level(json, key, '[');
}

void json_end_array(struct json *json)
{
	close_level(json, ']');
}

void json_text_n(struct json *json, const char *key, const char *text, size_t len)
{
	member(json, key);
	put_string(json->out, text, len);
}

void json_text(struct json *json, const char *key, const char *text)
{
	if (text == NULL)
		json_null(json, key);
	else
		json_text_n(json, key, text, strlen(text));
}

void json_int(struct json *json, const char *key, int64_t value)
{
	member(json, key);
	buf_printf(json->out, "%" PRId64, value);
}

void json_bool(struct json *json, const char *key, bool value)
{
	json_raw(json, key, value ? "true" : "false");
}

void json_null(struct json *json, const char *key)
{
	json_raw(json, key, "null");
}

void json_uuid(struct json *json, const char *key, const struct uuid *id)
{
	char text[UUID_TEXT_SIZE];

	if (id == NULL || uuid_is_nil(id)) {
		json_null(json, key);
		return;
	}
	uuid_format(id, text);
	json_text(json, key, text);
}

void json_time(struct json *json, const char *key, int64_t real_us)
{
	char text[TIME_TEXT_SIZE];

	if (real_us == 0) {
		json_null(json, key);
		return;
	}
	time_format(real_us, text);
	json_text(json, key, text);
}

void json_raw(struct json *json, const char *key, const char *raw_json)
{
	member(json, key);
	buf_put_text(json->out, raw_json);
}
