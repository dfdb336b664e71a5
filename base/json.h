/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/uuid.h"

/*
 * JSON writer (RFC 8259) straight into a buffer; commas and nesting are kept here. Reading JSON is
 * jansson's work, and only web links it. key NULL inside arrays and at the top.
 */
struct json {
	struct buf *out;
	uint32_t depth;	      /* at most 31 */
	uint32_t has_members; /* bit per depth */
};

void json_init(struct json *json, struct buf *out);
void json_object(struct json *json, const char *key);
void json_end_object(struct json *json);
void json_array(struct json *json, const char *key);
void json_end_array(struct json *json);
void json_text(struct json *json, const char *key, const char *text); /* NULL writes null */
void json_text_n(struct json *json, const char *key, const char *text, size_t len);
void json_int(struct json *json, const char *key, int64_t value);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);
void json_uuid(struct json *json, const char *key, const struct uuid *id); /* NULL writes null */
void json_time(struct json *json, const char *key, int64_t real_us); /* RFC 3339; 0 writes null */
void json_raw(struct json *json, const char *key, const char *raw_json);

#endif
