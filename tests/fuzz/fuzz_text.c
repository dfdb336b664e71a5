/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/field.h"
#include "base/text.h"
#include "tests/fuzz/fuzz.h"

/* Text forms that come from outside: what is accepted prints back to what came, or to a form that
 * is read as the same value. */
static void base64(const char *text, size_t len)
{
	size_t room = len + 4;
	uint8_t *bytes = malloc(room);
	char *again = malloc(BASE64_SIZE(room));
	long got = base64_decode(text, len, bytes, room);

	assert(bytes != NULL && again != NULL);
	if (got >= 0) {
		base64_encode(bytes, (size_t)got, again);
		assert(strlen(again) == len && memcmp(again, text, len) == 0);
	}
	got = base64url_decode(text, len, bytes, room);
	if (got >= 0) {
		base64url_encode(bytes, (size_t)got, again);
		assert(strlen(again) == len && memcmp(again, text, len) == 0);
	}
	free(bytes);
	free(again);
}

static void hex(const char *text, size_t len)
{
	uint8_t bytes[32];
	char again[65], lower[65];

	if (len > 64 || len % 2 != 0 || !hex_decode(text, bytes, len / 2))
		return;
	hex_encode(bytes, len / 2, again);
	for (size_t i = 0; i <= len; i++)
		lower[i] = text[i] >= 'A' && text[i] <= 'F' ? (char)(text[i] + 32) : text[i];
	assert(strcmp(again, lower) == 0);
}

static void id(const char *text)
{
	struct uuid uuid, same;
	char again[UUID_TEXT_SIZE];

	if (!uuid_parse(text, &uuid))
		return;
	uuid_format(&uuid, again);
	assert(uuid_parse(again, &same) && uuid_equal(&uuid, &same));
}

static void moment(const char *text)
{
	char again[TIME_TEXT_SIZE];
	int64_t us, same;

	if (!time_parse(text, &us))
		return;
	time_format(us, again);
	assert(time_parse(again, &same) && same == us);
}

/* What the input field table accepts as text (query, form, path) passes its own check. */
static void fields(struct ctx *ctx, const char *text)
{
	static const char *const choices[] = {"allow", "deny", NULL};
	static const struct field all[] = {
		{.name = "text", .type = FIELD_TEXT, .min = 1, .max = 16},
		{.name = "note", .type = FIELD_NOTE, .max = 64},
		{.name = "name", .type = FIELD_NAME, .min = 1, .max = 16},
		{.name = "int", .type = FIELD_INT, .min = -5, .max = INT64_MAX},
		{.name = "bool", .type = FIELD_BOOL},
		{.name = "time", .type = FIELD_TIME},
		{.name = "id", .type = FIELD_UUID},
		{.name = "choice", .type = FIELD_CHOICE, .choices = choices},
		{.name = "token", .type = FIELD_TOKEN, .min = 1, .max = 64},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct value value = {.set = false};

		if (field_from_text(ctx, &all[i], text, &value) != ERR_OK)
			continue;
		assert(value.set && field_check(ctx, &all[i], &value) == ERR_OK);
		assert(value.text == NULL || strcmp(value.text, text) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd rd = rd_of(data, size);
	struct arena *arena = arena_new(256 * 1024);
	char *text = fuzz_rest(&rd);
	size_t len = strlen(text);
	struct ctx ctx;

	if (text_is_utf8((const char *)data, size))
		assert(text_codepoints((const char *)data, size) <= size && len == size);
	ctx_init(&ctx, arena);
	base64(text, len);
	hex(text, len);
	id(text);
	moment(text);
	fields(&ctx, text);
	arena_free(arena);
	free(text);
	return 0;
}
