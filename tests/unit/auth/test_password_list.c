/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "auth/password_common.h"
#include "auth/password_list.h"

static enum err open_text(const char *text, size_t len, char reason[256])
{
	char path[] = "/tmp/sekisho-list-XXXXXX";
	struct ctx ctx;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	close(fd);
	ctx_init(&ctx, NULL);
	enum err err = password_list_open(&ctx, path);
	unlink(path);
	snprintf(reason, 256, "%s", ctx.error.text);
	return err;
}

static void use_built_in(void)
{
	struct ctx ctx;

	ctx_init(&ctx, NULL);
	assert_int_equal(password_list_open(&ctx, ""), ERR_OK);
}

static bool has(const char *text)
{
	return password_list_has(text, strlen(text));
}

static void the_built_in_list_is_sorted_and_found_in(void **state)
{
	static const char *const there[] = {"password", "PassWord", "sunshine", "qwertyuiop",
					    "iloveyou", "!qaz2wsx", "zzzzzzz1"};
	static const char *const absent[] = {
		"",	     "plover-sandy-41-harbour", "passwor-",
		"passworda", "\xff\xff\xff\xff",	"password\nqwerty",
		"\x01"};

	(void)state;
	use_built_in();
	for (size_t i = 0; i < sizeof(there) / sizeof(there[0]); i++) {
		if (!has(there[i]))
			fail_msg("not there: %s", there[i]);
	}
	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
		if (has(absent[i]))
			fail_msg("there: %s", absent[i]);
	}
}

static void what_is_common_is_not_less_so_with_something_around_it(void **state)
{
	static const char *const refused[] = {"liverpoolfc",	"L1v3rp00l",	 "2026liverpool!",
					      "chelseachelsea", "Newcastle1999", "..manchester.."};
	static const char *const taken[] = {"plover-sandy-41-harbour", "4821-7733-9914-tom",
					    "chelsea-beats-newcastle", "liverpoolplovers"};

	(void)state;
	use_built_in();
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (!password_is_common(refused[i], strlen(refused[i])))
			fail_msg("taken: %s", refused[i]);
	}
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		if (password_is_common(taken[i], strlen(taken[i])))
			fail_msg("refused: %s", taken[i]);
	}
}

static void every_line_of_a_list_is_found(void **state)
{
	char text[8192], word[32], reason[256];
	size_t len = 0;

	(void)state;
	for (int i = 0; i < 400; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "w%03d%.*s\n", i, i % 7,
					"abcdefg");
	for (int end = 0; end < 2; end++) { /* with and without the last newline */
		assert_int_equal(open_text(text, len - (size_t)end, reason), ERR_OK);
		for (int i = 0; i < 400; i++) {
			snprintf(word, sizeof(word), "W%03d%.*s", i, i % 7, "abcdefg");
			assert_true(has(word));
			word[strlen(word) - 1] = '_';
			assert_false(has(word));
		}
	}
	use_built_in();
}

/* The first lines of such a list would be of other passwords; these are made for this. */
static void a_list_of_hashes_holds_what_was_typed(void **state)
{
	static const char hashes[] = "0000000000000000000000000000000000000001:3\r\n"
				     "5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:9\r\n"
				     "8BE3C943B1609FFFBFC51AAD666D0A04ADF83C9D:1\r\n"
				     "B1B3773A05C0ED0176787A4F1574FF0075F7521E:2\r\n";
	char reason[256];

	(void)state;
	assert_int_equal(open_text(hashes, strlen(hashes), reason), ERR_OK);
	assert_true(has("password"));
	assert_true(has("Password"));
	assert_true(has("PASSWORD")); /* in small letters */
	assert_true(has("qwerty"));
	assert_false(has("liverpool"));
	use_built_in();
}

static void what_is_no_sorted_list_is_refused(void **state)
{
	static const struct {
		const char *text, *reason;
	} cases[] = {
		{"", "is no list of passwords"},
		{"b\na\n", "not sorted at line 2"},
		{"a\nb\nb\n", "not sorted at line 3"},
		{"a\n\nb\n", "not sorted at line 2"},
	};
	char reason[256];

	(void)state;
	use_built_in();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(open_text(cases[i].text, strlen(cases[i].text), reason),
				 ERR_INPUT);
		if (!strstr(reason, cases[i].reason))
			fail_msg("%s", reason);
		assert_true(has("sunshine")); /* the one before stays */
	}
	struct ctx ctx;
	ctx_init(&ctx, NULL);
	assert_int_equal(password_list_open(&ctx, "/nonexistent/list"), ERR_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_built_in_list_is_sorted_and_found_in),
		cmocka_unit_test(what_is_common_is_not_less_so_with_something_around_it),
		cmocka_unit_test(every_line_of_a_list_is_found),
		cmocka_unit_test(a_list_of_hashes_holds_what_was_typed),
		cmocka_unit_test(what_is_no_sorted_list_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
