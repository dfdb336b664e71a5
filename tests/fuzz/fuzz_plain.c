/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <assert.h>
#include <string.h>

#include "server/plain.h"
#include "tests/fuzz/fuzz.h"

/* Whatever a reading says, and whatever people are called, a page has our tags only, each attribute
 * of it quoted and none of them a script. First bytes: kind, what it says first, language. */

static const char *const tags[] = {
	"!doctype", "html",   "head",  "meta", "title", "link", "body",	  "header",
	"span",	    "a",      "main",  "h1",   "h2",	"p",	"form",	  "input",
	"label",    "button", "ul",    "li",   "dl",	"dt",	"dd",	  "div",
	"table",    "thead",  "tbody", "tr",   "th",	"td",	"strong",
};

static void check_tag(const char *at)
{
	size_t len, found = 0, quotes = 0;

	at += *at == '/';
	len = strcspn(at, " >");
	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		found += strlen(tags[i]) == len && memcmp(tags[i], at, len) == 0;
	assert(found == 1);
	for (; *at != '>' || quotes % 2 != 0; at++) {
		assert(*at != '\0' && *at != '<');
		quotes += *at == '"';
		assert(quotes % 2 != 0 || strncmp(at, " on", 3) != 0);
	}
}

static void check_page(const char *page)
{
	for (const char *at = strchr(page, '<'); at != NULL; at = strchr(at + 1, '<'))
		check_tag(at + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd rd = rd_of(data, size);
	unsigned kind = rd_u8(&rd), told = rd_u8(&rd), japanese = rd_u8(&rd);
	size_t len = rd_left(&rd);
	const char *text = (const char *)rd_bytes(&rd, len);
	char own[256];

	if (rd.failed || kind >= PLAIN__COUNT)
		return 0;
	size_t take = len < sizeof(own) ? len : sizeof(own) - 1;
	if (take > 0)
		memcpy(own, text, take);
	own[take] = '\0';
	const struct principal self = {.login = own, .display_name = own, .timezone = own};
	const struct plain plain = {.kind = (enum plain_kind)kind,
				    .japanese = japanese % 2 != 0,
				    .theme = "",
				    .path = "/plain",
				    .token = own,
				    .told = told < TOLD__COUNT ? (enum page_told)told
							       : TOLD_NOTHING,
				    .seconds = (int64_t)len,
				    .onward = own,
				    .trace = own,
				    .self = &self};
	struct buf out;

	buf_init(&out, 4 * 1024 * 1024);
	plain_render(&plain, text, len, &out);
	assert(!buf_failed(&out));
	check_page(buf_text(&out));
	buf_clear(&out);
	fuzz_accepted();
	return 0;
}
