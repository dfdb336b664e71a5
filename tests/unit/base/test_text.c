/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/cmocka_all.h"

#include <string.h>

#include "base/text.h"
#include "base/uuid.h"

static void malformed_utf8_is_refused(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		bool ok;
	} cases[] = {
		{"", 0, true},		{"abc", 3, true},
		{"関所", 6, true},	{"\xf0\xa0\xae\xb7", 4, true},
		{"\xc0\x80", 2, false}, {"\xed\xa0\x80", 3, false},
		{"\xe9\x96", 2, false}, {"\xf4\x90\x80\x80", 4, false},
		{"a\0b", 3, false},	{"\x80", 1, false},
		{"\xff", 1, false},	{"\xe0\x80\xaf", 3, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(text_is_utf8(cases[i].text, cases[i].len), cases[i].ok);
}

static void characters_that_forge_lines_are_not_printable(void **state)
{
	static const char *const bad[] = {"a\nb",     "a\x1b[0m",     "a\x7f",
					  "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xae"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_is_printable(bad[i], strlen(bad[i]), false));
	assert_true(text_is_printable("a\nb", 3, true));
	assert_true(text_is_printable("髙橋 ①㈱", strlen("髙橋 ①㈱"), false));
}

static void text_nobody_sees_is_blank(void **state)
{
	static const char *const blank[] = {
		"", "  ", "\n\t", "\xe2\x80\x8b", "\xe3\x80\x80 ", "\xe3\x85\xa4"};
	static const char *const shown[] = {"a", " 1 ", "\xe3\x80\x80山", "🙂"};

	(void)state;
	for (size_t i = 0; i < sizeof(blank) / sizeof(blank[0]); i++)
		assert_true(text_is_blank(blank[i]));
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		assert_false(text_is_blank(shown[i]));
}

static void base64_round_trips_and_is_canonical(void **state)
{
	uint8_t data[40], back[40];
	char text[BASE64_SIZE(sizeof(data))];

	(void)state;
	for (size_t len = 0; len <= sizeof(data); len++) {
		for (size_t i = 0; i < len; i++)
			data[i] = (uint8_t)(i * 37 + len);
		base64_encode(data, len, text);
		assert_int_equal(base64_decode(text, strlen(text), back, sizeof(back)), (long)len);
		assert_memory_equal(data, back, len);
		base64url_encode(data, len, text);
		assert_int_equal(base64url_decode(text, strlen(text), back, sizeof(back)),
				 (long)len);
		assert_memory_equal(data, back, len);
	}
	assert_int_equal(base64_decode("YQ==", 4, back, sizeof(back)), 1);
	assert_int_equal(base64_decode("YR==", 4, back, sizeof(back)), -1); /* spare bits set */
	assert_int_equal(base64_decode("YQ=", 3, back, sizeof(back)), -1);
	assert_int_equal(base64_decode("Y===", 4, back, sizeof(back)), -1);
	assert_int_equal(base64url_decode("a+b_", 4, back, sizeof(back)), -1);
	assert_int_equal(base64url_decode("YWJj", 4, back, 2), -1); /* too small a buffer */
}

static void base32_matches_rfc4648(void **state)
{
	char out[20];

	(void)state;
	base32_encode("foobar", 6, out);
	assert_string_equal(out, "MZXW6YTBOI");
	base32_encode("f", 1, out);
	assert_string_equal(out, "MY");
}

static void times_parse_strictly(void **state)
{
	static const struct {
		const char *text;
		int64_t us; /* -1: refused */
	} cases[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"2026-11-21T10:00:00+09:00", INT64_C(1795222800000000)},
		{"2026-11-21T01:00:00.5Z", INT64_C(1795222800500000)},
		{"2026-02-31T00:00:00Z", -1},
		{"2026-11-21 10:00:00Z", -1},
		{"2026-11-21T10:00:00", -1},
		{"2026-11-21T24:00:00Z", -1},
		{"2026-11-21T10:00:00.Z", -1},
		{"2026-11-21T10:00:00Zx", -1},
		{"", -1},
	};
	char text[TIME_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t us = -1;
		assert_int_equal(time_parse(cases[i].text, &us), cases[i].us >= 0);
		assert_true(us == cases[i].us);
	}
	time_format(INT64_C(1795222800500000), text);
	assert_string_equal(text, "2026-11-21T01:00:00.500000Z");
}

static void uuids_are_versioned_ordered_and_strict(void **state)
{
	struct uuid a = uuid_v7(), back;
	char text[UUID_TEXT_SIZE];

	(void)state;
	assert_int_equal(a.b[6] >> 4, 7);
	assert_int_equal(uuid_random().b[6] >> 4, 4);
	uuid_format(&a, text);
	assert_true(uuid_parse(text, &back));
	assert_true(uuid_equal(&a, &back));
	assert_false(uuid_parse("00000000-0000-0000-0000-00000000000", &back));
	assert_false(uuid_parse("00000000x0000-0000-0000-000000000000", &back));
	assert_false(uuid_parse("g0000000-0000-0000-0000-000000000000", &back));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(malformed_utf8_is_refused),
		cmocka_unit_test(characters_that_forge_lines_are_not_printable),
		cmocka_unit_test(text_nobody_sees_is_blank),
		cmocka_unit_test(base64_round_trips_and_is_canonical),
		cmocka_unit_test(base32_matches_rfc4648),
		cmocka_unit_test(times_parse_strictly),
		cmocka_unit_test(uuids_are_versioned_ordered_and_strict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
