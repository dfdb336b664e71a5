/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef RBAC_PAGE_H
#define RBAC_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ctx.h"
#include "base/field.h"
#include "base/json.h"
#include "base/uuid.h"

/*
 * Keyset paging of lists: the cursor is the sort key of the last row shown, so a page stays right
 * while rows come and go. A list statement asks for page.fetch rows (one more than shown) after
 * {number or text, id}; without a cursor the key is below everything (above, for descending lists).
 */
#define FIELD_LIMIT                                                                            \
	{                                                                                      \
		.name = "limit", .type = FIELD_INT, .flags = FIELD_QUERY, .min = 1, .max = 200 \
	}
#define FIELD_CURSOR                                                                               \
	{                                                                                          \
		.name = "cursor", .type = FIELD_TOKEN, .flags = FIELD_QUERY, .min = 1, .max = 2048 \
	}
#define FIELD_SEARCH                                                                        \
	{                                                                                   \
		.name = "q", .type = FIELD_TEXT, .flags = FIELD_QUERY, .min = 0, .max = 100 \
	}

/* Lists show what is in use; archived=true shows what is not any more. */
#define FIELD_ARCHIVED                                                       \
	{                                                                    \
		.name = "archived", .type = FIELD_BOOL, .flags = FIELD_QUERY \
	}

struct page_key {
	int64_t number;	  /* time or number the list is sorted by; 0 when unused */
	const char *text; /* name the list is sorted by; "" when unused */
	struct uuid id;
};

struct page {
	int64_t limit; /* rows to show */
	int64_t fetch; /* rows to ask for: limit + 1 */
	bool first;    /* no cursor was given */
	struct page_key after;
};

enum page_order { PAGE_ASCENDING, PAGE_DESCENDING };

/* Reads limit and cursor (NULL: absent). A cursor that is not ours: ERR_INPUT, field "cursor". */
enum err page_from(struct ctx *ctx, const struct value *limit, const struct value *cursor,
		   enum page_order order, struct page *out) ERR_CHECKED;
/* Writes "next_cursor" (null when last is NULL) and, unless negative, "total". */
void page_end(struct json *json, struct ctx *ctx, const struct page_key *last, int64_t total);
/* Cursor text in the context's arena. */
const char *page_cursor(struct ctx *ctx, const struct page_key *key);

#endif
