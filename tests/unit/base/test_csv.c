/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/csv.h"
#include "tests/unit/cmocka_all.h"

enum { CELLS = 8, TEXT = 512 };

/* All records as "cell|cell/cell|cell", or "!reason" where it stops. */
static void read_all(const char *text, size_t len, char out[TEXT])
{
	scoped(arena_free_p) struct arena *arena = arena_new(64 * 1024);
	const char *cells[CELLS];
	size_t count, at = 0;
	struct csv csv;
	struct ctx ctx;

	ctx_init(&ctx, arena);
	enum err err = csv_init(&ctx, &csv, text, len);
	while (err == ERR_OK && (err = csv_next(&ctx, &csv, cells, CELLS, &count)) == ERR_OK) {
		at += (size_t)snprintf(out + at, TEXT - at, "%s", csv.record > 1 ? "/" : "");
		for (size_t i = 0; i < count; i++)
			at += (size_t)snprintf(out + at, TEXT - at, "%s%s", i > 0 ? "|" : "",
					       cells[i]);
	}
	if (err != ERR_NOT_FOUND)
		(void)snprintf(out + at, TEXT - at, "!%s", ctx.error.reason);
	else
		out[at] = '\0';
}

static void records_and_cells_are_read_as_the_standard_says(void **state)
{
	static const struct {
		const char *text, *read;
	} cases[] = {
		{"a,b\r\nc,d\r\n", "a|b/c|d"},
		{"a,b\nc,d", "a|b/c|d"},
		{"\xEF\xBB\xBF"
		 "a,b\r\n",
		 "a|b"},
		{"a,,\r\n,,\r\n", "a||/||"},
		{"\"a\"\"b\",\"c,d\"\r\n", "a\"b|c,d"},
		{"\"two\r\nlines\",x\r\n", "two\nlines|x"},
		{"\"\",\"\"\"\"\r\n", "|\""},
		{"名前,説明\r\n", "名前|説明"},
		{"", ""},
		{"\r\n", ""},
		{" a , b \n", " a | b "},
		{"a\"b,c\n", "!csv.malformed"},
		{"\"a\"b,c\n", "!csv.malformed"},
		{"\"a,b\n", "!csv.malformed"},
		{"\"", "!csv.malformed"},
		{"\"\"\"", "!csv.malformed"},
		{"a\rb\n", "!csv.malformed"},
		{"ok\n1,2,3,4,5,6,7,8,9\n", "ok!csv.too_many_cells"},
		{"\x83\x5e\x81\x5b\n", "!csv.not_utf8"}, /* Shift_JIS */
		{"\xff\xfe"
		 "a",
		 "!csv.not_utf8"}, /* UTF-16 */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char read[TEXT] = "";
		read_all(cases[i].text, strlen(cases[i].text), read);
		assert_string_equal(read, cases[i].read);
	}
}

static void a_nul_byte_is_refused(void **state)
{
	char read[TEXT] = "";

	(void)state;
	read_all("a,b\0c\n", 6, read);
	assert_string_equal(read, "!csv.not_utf8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_and_cells_are_read_as_the_standard_says),
		cmocka_unit_test(a_nul_byte_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
