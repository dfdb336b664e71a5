/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/cmocka_all.h"

#include <string.h>

#include "base/field.h"

static const char *const effects[] = {"allow", "deny", NULL};
static const struct field stage_fields[] = {
	{.name = "group_id", .type = FIELD_UUID, .flags = FIELD_REQUIRED},
	{.name = "needed", .type = FIELD_INT, .min = 0, .max = 9},
	{0},
};
static const struct field fields[] = {
	{.name = "login", .type = FIELD_NAME, .flags = FIELD_REQUIRED, .min = 1, .max = 8},
	{.name = "purpose", .type = FIELD_NOTE, .min = 1, .max = 10},
	{.name = "effect", .type = FIELD_CHOICE, .choices = effects},
	{.name = "ids", .type = FIELD_UUIDS, .min = 1, .max = 3},
	{.name = "stages", .type = FIELD_ROWS, .min = 1, .max = 2, .sub = stage_fields},
	{.name = "parent", .type = FIELD_UUID, .flags = FIELD_NULLABLE},
	{0},
};
enum { LOGIN, PURPOSE, EFFECT, IDS, STAGES, PARENT, COUNT };

static struct arena *arena;
static struct ctx ctx;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(64 * 1024);
	ctx_init(&ctx, arena);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void values_survive_the_message(void **state)
{
	struct uuid ids[2] = {uuid_v7(), uuid_random()};
	struct value row[2] = {{.set = true, .id = ids[0]}, {.set = true, .number = 2}};
	struct value *const rows[1] = {row};
	struct value in[COUNT] = {
		[LOGIN] = {.set = true, .text = "taro"},
		[PURPOSE] = {.set = true, .text = "障害\n対応"},
		[EFFECT] = {.set = true, .number = 1},
		[IDS] = {.set = true, .ids = ids, .number = 2},
		[STAGES] = {.set = true, .rows = rows, .number = 1},
		[PARENT] = {.set = true, .null = true},
	};
	struct value out[COUNT] = {0};
	struct buf buf;

	(void)state;
	buf_init(&buf, 4096);
	fields_put(&buf, fields, in);
	struct rd rd = rd_of(buf.data, buf.len);
	assert_int_equal(fields_get(&ctx, fields, &rd, out), ERR_OK);
	assert_true(rd_done(&rd));
	assert_string_equal(out[PURPOSE].text, "障害\n対応");
	assert_true(uuid_equal(&out[IDS].ids[1], &ids[1]));
	assert_int_equal(out[STAGES].rows[0][1].number, 2);
	assert_true(out[PARENT].null);
	for (size_t len = 0; len < buf.len; len++) {
		struct value cut[COUNT] = {0};
		rd = rd_of(buf.data, len);
		assert_int_not_equal(fields_get(&ctx, fields, &rd, cut), ERR_OK);
	}
	buf_clear(&buf);
}

static void the_receiver_checks_every_bound_again(void **state)
{
	static const struct {
		int field;
		struct value value;
		const char *name, *reason;
	} cases[] = {
		{LOGIN, {.set = false}, "login", "required"},
		{LOGIN, {.set = true, .text = "Taro"}, "login", "characters"},
		{LOGIN, {.set = true, .text = "tarotarot"}, "login", "too_long"},
		{LOGIN, {.set = true, .text = ""}, "login", "empty"},
		{PURPOSE, {.set = true, .text = "12345678901"}, "purpose", "too_long"},
		{PURPOSE, {.set = true, .text = "a\x1b"}, "purpose", "control_character"},
		{EFFECT, {.set = true, .number = 2}, "effect", "choice"},
		{EFFECT, {.set = true, .null = true}, "effect", "null"},
		{IDS, {.set = true, .number = 0}, "ids", "too_few"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct value in[COUNT] = {[LOGIN] = {.set = true, .text = "taro"}},
			     out[COUNT] = {0};
		struct buf buf;
		in[cases[i].field] = cases[i].value;
		buf_init(&buf, 4096);
		fields_put(&buf, fields, in);
		struct rd rd = rd_of(buf.data, buf.len);
		assert_int_equal(fields_get(&ctx, fields, &rd, out), ERR_INPUT);
		assert_string_equal(ctx.error.field, cases[i].name);
		assert_string_equal(ctx.error.reason, cases[i].reason);
		buf_clear(&buf);
	}
}

static void text_forms_parse_by_type(void **state)
{
	struct value value;

	(void)state;
	assert_int_equal(field_from_text(&ctx, &fields[EFFECT], "deny", &value), ERR_OK);
	assert_int_equal(value.number, 1);
	assert_int_equal(field_from_text(&ctx, &fields[EFFECT], "Deny", &value), ERR_INPUT);
	assert_int_equal(field_from_text(&ctx, &fields[IDS], "x", &value), ERR_INPUT);
	const struct field limit = {.name = "limit", .type = FIELD_INT, .min = 1, .max = 200};
	assert_int_equal(field_from_text(&ctx, &limit, "200", &value), ERR_OK);
	assert_int_equal(field_from_text(&ctx, &limit, "0", &value), ERR_INPUT);
	assert_int_equal(field_from_text(&ctx, &limit, " 5", &value), ERR_INPUT);
	assert_int_equal(field_from_text(&ctx, &limit, "99999999999999999999", &value), ERR_INPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_survive_the_message),
		cmocka_unit_test(the_receiver_checks_every_bound_again),
		cmocka_unit_test(text_forms_parse_by_type),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
