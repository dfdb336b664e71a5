/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "server/web_json.h"
#include "tests/fuzz/fuzz.h"

/* A body against a table with every field type; whatever is accepted survives the message form. */
static const char *const choices[] = {"allow", "deny", NULL};
static const struct field sub[] = {
	{.name = "group_id", .type = FIELD_UUID, .flags = FIELD_REQUIRED},
	{.name = "needed", .type = FIELD_INT, .min = 0, .max = 100},
	{.name = NULL}};
static const struct field fields[] = {
	{.name = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .min = 1, .max = 16},
	{.name = "note", .type = FIELD_NOTE, .max = 64},
	{.name = "login", .type = FIELD_NAME, .min = 1, .max = 16},
	{.name = "count", .type = FIELD_INT, .min = -5, .max = 5},
	{.name = "yes", .type = FIELD_BOOL},
	{.name = "at", .type = FIELD_TIME},
	{.name = "id", .type = FIELD_UUID, .flags = FIELD_NULLABLE},
	{.name = "effect", .type = FIELD_CHOICE, .choices = choices},
	{.name = "ids", .type = FIELD_UUIDS, .min = 1, .max = 4},
	{.name = "texts", .type = FIELD_TEXTS, .min = 0, .max = 4},
	{.name = "rows", .type = FIELD_ROWS, .min = 0, .max = 3, .sub = sub},
	{.name = "token", .type = FIELD_TOKEN, .min = 4, .max = 8},
	{.name = NULL}};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct value values[FIELDS_MAX], again[FIELDS_MAX];
	struct arena *arena = arena_new(256 * 1024);
	struct ctx ctx;
	struct buf first, second;

	memset(values, 0, sizeof(values));
	memset(again, 0, sizeof(again));
	ctx_init(&ctx, arena);
	buf_init(&first, 64 * 1024);
	buf_init(&second, 64 * 1024);
	if (arena != NULL && web_json_fields(&ctx, fields, data, size, values) == ERR_OK) {
		fuzz_accepted();
		fields_put(&first, fields, values);
		struct rd rd = rd_of(first.data, first.len);
		assert(!buf_failed(&first));
		assert(fields_get(&ctx, fields, &rd, again) == ERR_OK && rd_done(&rd));
		fields_put(&second, fields, again);
		assert(second.len == first.len && memcmp(first.data, second.data, first.len) == 0);
	}
	buf_clear(&first);
	buf_clear(&second);
	arena_free(arena);
	return 0;
}
