/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/text.h"
#include "notify/kind.h"
#include "notify/message.h"

static const struct message_origin origin = {"sekisho@example.org", "https://pam.example.org:8443"};
static const int64_t now = 1795348800000000; /* 2026-11-22T12:00:00Z */

static struct message some(const char *kind, const char *language)
{
	return (struct message){.id = {{1}},
				.kind = kind,
				.language = language,
				.address = "tanaka@example.org",
				.login = "tanaka",
				.display_name = "田中 太郎",
				.occurred_at = now - 60 * 1000000,
				.peer = "192.0.2.7",
				.user_agent = "Mozilla/5.0",
				.detail = "YubiKey"};
}

static const char *write(struct buf *out, const struct message *message)
{
	buf_reset(out);
	assert_int_equal(message_write(out, &origin, message, now), ERR_OK);
	return buf_text(out);
}

/* The body, decoded; it lies behind the message in the same buffer. */
static const char *body_of(struct buf *out)
{
	static char body[16 * 1024];
	char line[128];
	const char *at = strstr(buf_text(out), "\r\n\r\n") + 4;
	size_t len = 0;

	while (*at) {
		size_t size = strcspn(at, "\r");
		assert_true(size <= 76 && at[size] == '\r' && at[size + 1] == '\n');
		memcpy(line, at, size);
		long got = base64_decode(line, size, body + len, sizeof(body) - len - 1);
		assert_true(got > 0);
		len += (size_t)got;
		at += size + 2;
	}
	body[len] = 0;
	return body;
}

static void header_has_what_rfc_5322_asks(void **state)
{
	struct buf out;
	struct message message = some("new_device", "en");

	(void)state;
	buf_init(&out, 64 * 1024);
	const char *text = write(&out, &message);
	assert_non_null(strstr(text, "Date: Sun, 22 Nov 2026 12:00:00 +0000\r\n"));
	assert_non_null(strstr(text, "From: Sekisho <sekisho@example.org>\r\n"));
	assert_non_null(strstr(text, "To: <tanaka@example.org>\r\n"));
	assert_non_null(strstr(
		text, "Message-ID: <01000000-0000-0000-0000-000000000000@pam.example.org>\r\n"));
	assert_non_null(strstr(text, "Auto-Submitted: auto-generated\r\n"));
	const char *body = body_of(&out);
	assert_non_null(strstr(body, "Dear 田中 太郎,"));
	assert_non_null(strstr(body, "Time: 22 November 2026, 20:59 (JST)\n"));
	assert_non_null(strstr(body, "From: 192.0.2.7\n"));
	assert_non_null(strstr(body, "\nhttps://pam.example.org:8443/profile\n"));
	assert_null(strstr(body, "YubiKey")); /* this kind shows no detail */
	buf_clear(&out);
}

static void subject_words_are_whole_characters_of_75_at_most(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 64 * 1024);
	for (const struct notice_kind *kind = notice_kinds(); kind->name; kind++) {
		struct message message = some(kind->name, "ja");
		const char *at = strstr(write(&out, &message), "Subject: ") + 9;
		for (;;) {
			char bytes[64];
			size_t size = strcspn(at, "\r");
			assert_true(size <= 75 && strncmp(at, "=?UTF-8?B?", 10) == 0);
			assert_memory_equal(at + size - 2, "?=", 2);
			long got = base64_decode(at + 10, size - 12, bytes, sizeof(bytes));
			assert_true(got > 0 && text_is_utf8(bytes, (size_t)got));
			at += size + 2;
			if (*at != ' ')
				break;
			at++;
		}
	}
	buf_clear(&out);
}

/* Every line outside the body: a name of a field, a fold, or the end. */
static void nothing_anybody_was_named_reaches_the_header(void **state)
{
	static const char evil[] = "x\r\nBcc: evil@example.net\r\n\r\nFree money <a@b>";
	struct buf out;
	struct message message = some("factor_added", "ja");

	(void)state;
	buf_init(&out, 64 * 1024);
	message.login = message.display_name = message.detail = evil;
	message.user_agent = message.peer = evil;
	const char *text = write(&out, &message);
	const char *end = strstr(text, "\r\n\r\n");
	const char *found = strstr(text, "Bcc");
	assert_true(found == NULL || found > end);
	assert_null(strstr(text, "evil@example.net")); /* base64 all of it */
	for (const char *line = text; line < end; line = strchr(line, '\n') + 1)
		assert_true(line[0] == ' ' || strcspn(line, ":") < strcspn(line, "\r "));
	buf_clear(&out);
}

static void what_is_no_address_is_refused(void **state)
{
	static const char *const bad[] = {
		"",	   "a",	    "@b",      "a@",	 "a@b@c", "a b@c",  "a@b\r\nBcc: c@d",
		"a@b,c@d", "<a@b>", "\"a\"@b", "a..b@c", ".a@b",  "a@b..c", "a@[127.0.0.1]",
		"a\n@b",   "あ@b"};
	static const char *const good[] = {"a@b", "o'neil+tag@mail.example.co.jp", "a.b@c-d.e"};
	struct buf out;
	struct message message = some("new_device", "ja");

	(void)state;
	buf_init(&out, 64 * 1024);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct message_origin from = {bad[i], "https://a"};
		assert_false(text_is_mail_address(bad[i]));
		message.address = bad[i];
		assert_int_equal(message_write(&out, &origin, &message, now), ERR_INPUT);
		message.address = "a@b";
		assert_int_equal(message_write(&out, &from, &message, now), ERR_INPUT);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(text_is_mail_address(good[i]));
	buf_clear(&out);
}

static void every_kind_says_what_happened_in_both_languages(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 64 * 1024);
	for (const struct notice_kind *kind = notice_kinds(); kind->name; kind++) {
		for (int language = 0; language < LANGUAGE__COUNT; language++) {
			const struct notice_words *words = &kind->words[language];
			struct message message =
				some(kind->name, language == LANGUAGE_JA ? "ja" : "en");
			write(&out, &message);
			const char *body = body_of(&out);
			assert_non_null(strstr(body, words->happened));
			assert_non_null(strstr(body, words->advice));
			assert_int_equal(strstr(body, "YubiKey") != NULL, words->detail != NULL);
			assert_true(strstr(body, "http") ==
				    strstr(body, "https://pam.example.org"));
		}
		assert_int_equal(kind->words[0].detail == NULL, kind->words[1].detail == NULL);
	}
	assert_null(notice_kind_by_name("no_such"));
	buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_has_what_rfc_5322_asks),
		cmocka_unit_test(subject_words_are_whole_characters_of_75_at_most),
		cmocka_unit_test(nothing_anybody_was_named_reaches_the_header),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(every_kind_says_what_happened_in_both_languages),
	};

	setenv("TZ", "Asia/Tokyo", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
