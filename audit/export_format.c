/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/export_format.h"

#include "base/json.h"
#include "base/text.h"

void export_put_header(struct buf *out, const struct export_header *header)
{
	struct json json;
	json_init(&json, out);
	json_object(&json, NULL);
	json_text(&json, "format", EXPORT_FORMAT);
	json_text(&json, "origin", header->origin);
	json_text(&json, "vkey", header->vkey);
	json_text(&json, "checkpoint", header->note);
	json_int(&json, "first", (int64_t)header->first);
	json_int(&json, "count", (int64_t)header->count);
	json_end_object(&json);
	buf_put_u8(out, '\n');
}

void export_put_event(struct buf *out, uint64_t n, const char *leaf, size_t leaf_len,
		      const struct merkle_proof *proof)
{
	struct json json;
	json_init(&json, out);
	json_object(&json, NULL);
	json_int(&json, "n", (int64_t)n);
	json_text_n(&json, "leaf", leaf, leaf_len);
	json_array(&json, "proof");
	for (size_t i = 0; i < proof->count; i++) {
		char text[BASE64_SIZE(MERKLE_HASH)];
		base64_encode(proof->hash[i], MERKLE_HASH, text);
		json_text(&json, NULL, text);
	}
	json_end_array(&json);
	json_end_object(&json);
	buf_put_u8(out, '\n');
}

void export_put_trailer(struct buf *out, uint64_t count)
{
	struct json json;
	json_init(&json, out);
	json_object(&json, NULL);
	json_int(&json, "count", (int64_t)count);
	json_end_object(&json);
	buf_put_u8(out, '\n');
}
