/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "rbac/page.h"
#include "tests/fuzz/fuzz.h"

/* A list's cursor, which a client may make up: accepted ones are ours, letter by letter. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd rd = rd_of(data, size);
	char *text = fuzz_rest(&rd);
	struct arena *arena = arena_new(64 * 1024);
	struct value cursor = {.set = true, .text = text};
	struct page page;
	struct ctx ctx;

	ctx_init(&ctx, arena);
	if (page_from(&ctx, NULL, &cursor, PAGE_ASCENDING, &page) == ERR_OK) {
		fuzz_accepted();
		assert(strcmp(page_cursor(&ctx, &page.after), text) == 0);
	}
	arena_free(arena);
	free(text);
	return 0;
}
