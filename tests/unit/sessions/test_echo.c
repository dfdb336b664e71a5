/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "sessions/broker/echo.h"

#define MS ((int64_t)1000)
#define M  ECHO_MASK

/* What happened between person and target: > typed, < shown, ~ milliseconds pass. */
struct event {
	char kind;
	const char *text;
};

struct trace {
	const char *name;
	struct event events[24];
	const char *input;    /* as recorded */
	const char *commands; /* joined by | */
};

static const struct trace traces[] = {
	{"echoed_command_is_recorded",
	 {{'<', "$ "}, {'>', "l"}, {'<', "l"}, {'>', "s"}, {'<', "s"}, {'>', "\r"}, {'<', "\r\n"}},
	 "ls\r",
	 "ls"},
	{"password_without_echo_is_one_bullet",
	 {{'<', "code? "}, {'>', "secret"}, {'>', "\r"}, {'<', "\r\n$ "}},
	 M "\r",
	 ""},
	{"password_typed_slowly_is_one_bullet",
	 {{'<', "[sudo] password for a: "},
	  {'>', "s"},
	  {'~', "1500"},
	  {'>', "e"},
	  {'~', "1500"},
	  {'>', "c"},
	  {'>', "\r"},
	  {'<', "\r\n"}},
	 M "\r",
	 ""},
	{"slow_typing_without_echo_or_prompt_is_one_bullet",
	 {{'>', "s"}, {'~', "1500"}, {'>', "e"}, {'~', "1500"}, {'>', "\r"}, {'<', "\r\n"}},
	 M "\r",
	 ""},
	{"password_prompt_masks_even_what_is_echoed",
	 {{'<', "Password: "}, {'>', "p"}, {'<', "p"}, {'>', "w\r"}, {'<', "w\r\n"}},
	 M "\r",
	 ""},
	{"japanese_password_prompt_masks",
	 {{'<', "パスワード："}, {'>', "p"}, {'<', "p"}, {'>', "\r"}, {'<', "\r\n"}},
	 M "\r",
	 ""},
	{"letters_of_the_answer_are_not_an_echo",
	 {{'<', "? "}, {'>', "Per"}, {'>', "\r"}, {'<', "\r\nPermission denied\r\n"}},
	 M "\r",
	 ""},
	{"stars_are_not_an_echo",
	 {{'<', "pin "},
	  {'>', "1"},
	  {'<', "*"},
	  {'>', "2"},
	  {'<', "*"},
	  {'>', "\r"},
	  {'<', "\r\n"}},
	 M "\r",
	 ""},
	{"command_after_a_password_is_recorded_again",
	 {{'<', "Password: "},
	  {'>', "x\r"},
	  {'<', "\r\n# "},
	  {'>', "id"},
	  {'<', "id"},
	  {'>', "\r"},
	  {'<', "\r\n"}},
	 M "\rid\r",
	 "id"},
	{"backspace_edits_the_command",
	 {{'<', "$ "},
	  {'>', "lx"},
	  {'<', "lx"},
	  {'>', "\x7f"},
	  {'<', "\b\x1b[K"},
	  {'>', "s\r"},
	  {'<', "s\r\n"}},
	 "lx\x7fs\r",
	 "ls"},
	{"history_shows_the_command_that_was_not_typed",
	 {{'<', "$ "}, {'>', "\x1b[A"}, {'<', "make test"}, {'>', "\r"}, {'<', "\r\n"}},
	 "\x1b[A\r",
	 "make test"},
	{"insertion_in_the_middle",
	 {{'<', "$ "},
	  {'>', "ac"},
	  {'<', "ac"},
	  {'>', "\x1b[D"},
	  {'<', "\b"},
	  {'>', "b"},
	  {'<', "\x1b[1@b"},
	  {'>', "\r"},
	  {'<', "\r\n"}},
	 "ac\x1b[Db\r",
	 "abc"},
	{"colours_and_titles_are_no_text",
	 {{'<', "\x1b]0;title\x07\x1b[1;32mu@h\x1b[0m$ "},
	  {'>', "ls"},
	  {'<', "\x1b[4ml\x1b[24ms"},
	  {'>', "\r"},
	  {'<', "\x1b[?2004l\r\r\n"}},
	 "ls\r",
	 "ls"},
	{"japanese_is_matched_by_bytes",
	 {{'<', "$ "}, {'>', "echo 日本語"}, {'<', "echo 日本語"}, {'>', "\r"}, {'<', "\r\n"}},
	 "echo 日本語\r",
	 "echo 日本語"},
	{"japanese_backspace_takes_two_columns",
	 {{'<', "$ "},
	  {'>', "日本"},
	  {'<', "日本"},
	  {'>', "\x7f"},
	  {'<', "\b\b\x1b[K"},
	  {'>', "\r"},
	  {'<', "\r\n"}},
	 "日本\x7f\r",
	 "日"},
	{"wrap_at_the_margin_is_no_text",
	 {{'<', "$ "},
	  {'>', "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabb"},
	  {'<', "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa \rbb"},
	  {'>', "\r"},
	  {'<', "\r\n"}},
	 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabb\r",
	 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabb"},
	{"full_screen_program_has_no_commands",
	 {{'<', "\x1b[?1049h"}, {'>', ":q\r"}, {'<', ":q\r\n\x1b[?1049l"}},
	 ":q\r",
	 ""},
	{"type_ahead_before_the_prompt",
	 {{'>', "id\r"}, {'<', "id\r\nu@h:~$ id\r\n"}},
	 "id\r",
	 "id"},
	{"key_before_the_prompt_loses_the_prompt",
	 {{'>', "i"}, {'<', "u@h:~$ i"}, {'>', "d"}, {'<', "d"}, {'>', "\r"}, {'<', "\r\n"}},
	 M "\r",
	 ""},
	{"interrupt_is_recorded_and_no_command",
	 {{'<', "$ "}, {'>', "rm"}, {'<', "rm"}, {'>', "\x03"}, {'<', "^C\r\n$ "}},
	 "rm\x03",
	 ""},
	{"alt_key_is_masked",
	 {{'<', "$ "},
	  {'>', "\x1b"
		"b"},
	  {'~', "1200"}},
	 "\x1b" M,
	 ""},
	{"late_echo_is_masked",
	 {{'<', "$ "}, {'>', "ls"}, {'~', "1200"}, {'<', "ls"}, {'>', "\r"}, {'<', "\r\n"}},
	 M "\r",
	 ""},
	{"empty_line_is_no_command", {{'<', "$ "}, {'>', "\r"}, {'<', "\r\n$ "}}, "\r", ""},
	{"session_end_masks_the_rest", {{'<', "$ "}, {'>', "abc"}}, M, ""},
};

struct record {
	struct buf input, commands;
};

static void on_input(void *arg, const char *text, size_t len)
{
	buf_put(&((struct record *)arg)->input, text, len);
}

static void on_command(void *arg, const char *text, size_t len)
{
	struct record *record = arg;

	if (record->commands.len > 0)
		buf_put_text(&record->commands, "|");
	buf_put(&record->commands, text, len);
}

static void play(const struct trace *trace, struct record *record)
{
	const struct echo_sink sink = {record, on_input, on_command};
	struct echo *echo = echo_new(&sink, 40);
	int64_t now = 1000 * MS;

	assert_non_null(echo);
	for (const struct event *e = trace->events; e->text != NULL; e++) {
		const uint8_t *bytes = (const uint8_t *)e->text;
		now += 10 * MS;
		if (e->kind == '>')
			echo_typed(echo, bytes, strlen(e->text), now);
		else if (e->kind == '<')
			echo_shown(echo, bytes, strlen(e->text), now);
		else
			now += strtol(e->text, NULL, 10) * MS;
		echo_tick(echo, now);
	}
	echo_end(echo);
	assert_int_equal(echo_due_us(echo, now), -1);
	echo_free(echo);
}

static void traces_give_the_expected_record(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(traces) / sizeof(traces[0]); i++) {
		struct record record;
		buf_init(&record.input, 65536);
		buf_init(&record.commands, 65536);
		play(&traces[i], &record);
		if (strcmp(buf_text(&record.input), traces[i].input) != 0 ||
		    strcmp(buf_text(&record.commands), traces[i].commands) != 0)
			fail_msg("%s: input '%s' commands '%s'", traces[i].name,
				 buf_text(&record.input), buf_text(&record.commands));
		buf_clear(&record.input);
		buf_clear(&record.commands);
	}
}

static void long_command_is_cut_at_200_characters(void **state)
{
	struct record record;
	const struct echo_sink sink = {&record, on_input, on_command};
	struct echo *echo = echo_new(&sink, 80);
	char typed[700];
	size_t len = 0;

	(void)state;
	buf_init(&record.input, 65536);
	buf_init(&record.commands, 65536);
	for (int i = 0; i < 220; i++, len += 3)
		memcpy(typed + len, "日", 3);
	echo_shown(echo, (const uint8_t *)"$ ", 2, 1);
	echo_typed(echo, (const uint8_t *)typed, len, 2);
	echo_shown(echo, (const uint8_t *)typed, len, 3);
	echo_typed(echo, (const uint8_t *)"\r", 1, 4);
	echo_shown(echo, (const uint8_t *)"\r\n", 2, 5);
	assert_int_equal(record.commands.len, 600);
	assert_int_equal(record.input.len, len + 1);
	echo_free(echo);
	buf_clear(&record.input);
	buf_clear(&record.commands);
}

static void huge_paste_without_echo_stays_bounded_and_masked(void **state)
{
	struct record record;
	const struct echo_sink sink = {&record, on_input, on_command};
	struct echo *echo = echo_new(&sink, 80);
	static uint8_t paste[100 * 1024];

	(void)state;
	buf_init(&record.input, 65536);
	buf_init(&record.commands, 65536);
	memset(paste, 'x', sizeof(paste));
	echo_typed(echo, paste, sizeof(paste), 1);
	echo_end(echo);
	assert_string_equal(buf_text(&record.input), M);
	echo_free(echo);
	buf_clear(&record.input);
	buf_clear(&record.commands);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(traces_give_the_expected_record),
		cmocka_unit_test(long_command_is_cut_at_200_characters),
		cmocka_unit_test(huge_paste_without_echo_stays_bounded_and_masked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
