/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rbac/page.h"

#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/text.h"

enum { PAGE_DEFAULT = 50, CURSOR_BYTES = 1536, CURSOR_HEAD = 8 + UUID_SIZE };

const char *page_cursor(struct ctx *ctx, const struct page_key *key)
{
	scoped(buf_clear) struct buf raw;
	buf_init(&raw, CURSOR_BYTES);
	buf_put_u64(&raw, (uint64_t)key->number);
	buf_put(&raw, key->id.b, UUID_SIZE);
	if (key->text != NULL)
		buf_put_text(&raw, key->text);
	char *text = arena_alloc(ctx->arena, BASE64_SIZE(CURSOR_BYTES));
	if (text == NULL || buf_failed(&raw))
		return NULL;
	base64url_encode(raw.data, raw.len, text);
	return text;
}

static enum err decode(struct ctx *ctx, const char *cursor, struct page_key *out)
{
	uint8_t raw[CURSOR_BYTES];
	long len = base64url_decode(cursor, strlen(cursor), raw, sizeof(raw));
	if (len < CURSOR_HEAD ||
	    !text_is_utf8((const char *)raw + CURSOR_HEAD, (size_t)len - CURSOR_HEAD))
		return err_field(ctx, "cursor", "cursor.invalid",
				 "This page mark is not one of ours; start from the first page.");
	struct rd rd = rd_of(raw, (size_t)len);
	out->number = (int64_t)rd_u64(&rd);
	memcpy(out->id.b, rd_bytes(&rd, UUID_SIZE), UUID_SIZE);
	out->text = arena_strndup(ctx->arena, (const char *)raw + CURSOR_HEAD,
				  (size_t)len - CURSOR_HEAD);
	return out->text != NULL ? ERR_OK : err_set(ctx, ERR_MEMORY, "No memory for a page.");
}

enum err page_from(struct ctx *ctx, const struct value *limit, const struct value *cursor,
		   enum page_order order, struct page *out)
{
	struct page page = {.limit = PAGE_DEFAULT, .first = true, .after.text = ""};
	if (limit != NULL && limit->set)
		page.limit = limit->number;
	page.fetch = page.limit + 1;
	if (order == PAGE_DESCENDING) {
		page.after.number = INT64_C(253402300799000000); /* end of the year 9999 */
		memset(page.after.id.b, 0xff, UUID_SIZE);
	}
	if (cursor != NULL && cursor->set) {
		page.first = false;
		enum err err = decode(ctx, cursor->text, &page.after);
		if (err != ERR_OK)
			return err;
	}
	*out = page;
	return ERR_OK;
}

void page_end(struct json *json, struct ctx *ctx, const struct page_key *last, int64_t total)
{
	json_text(json, "next_cursor", last != NULL ? page_cursor(ctx, last) : NULL);
	if (total >= 0)
		json_int(json, "total", total);
}
