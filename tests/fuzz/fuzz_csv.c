/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "server/web_csv.h"
#include "tests/fuzz/fuzz.h"

/* A file against a table of columns; whatever is accepted survives the message form. */
static const struct field sub[] = {
	{.name = "row", .type = FIELD_INT, .flags = FIELD_REQUIRED, .min = 1, .max = 1000000},
	{.name = "a", .type = FIELD_NOTE, .flags = FIELD_REQUIRED, .max = 40},
	{.name = "b", .type = FIELD_NOTE, .max = 8},
	{.name = "c", .type = FIELD_NOTE, .max = 8},
	{.name = NULL}};
static const struct field fields[] = {{.name = "rows",
				       .type = FIELD_ROWS,
				       .flags = FIELD_REQUIRED,
				       .min = 1,
				       .max = 50,
				       .sub = sub},
				      {.name = NULL}};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct value value = {.set = false}, again = {.set = false};
	struct arena *arena = arena_new(256 * 1024);
	struct ctx ctx;
	struct buf first, second;

	ctx_init(&ctx, arena);
	buf_init(&first, 256 * 1024);
	buf_init(&second, 256 * 1024);
	if (arena != NULL && web_csv_rows(&ctx, &fields[0], data, size, &value) == ERR_OK) {
		fuzz_accepted();
		fields_put(&first, fields, &value);
		struct rd rd = rd_of(first.data, first.len);
		assert(!buf_failed(&first));
		assert(fields_get(&ctx, fields, &rd, &again) == ERR_OK && rd_done(&rd));
		fields_put(&second, fields, &again);
		assert(second.len == first.len && memcmp(first.data, second.data, first.len) == 0);
	}
	buf_clear(&first);
	buf_clear(&second);
	arena_free(arena);
	return 0;
}
