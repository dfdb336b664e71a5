/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "audit/syslog.h"
#include "tests/unit/cmocka_all.h"

/* Frames against the text of RFC 5424 and 5425. */

static const struct syslog_origin origin = {"pam.example", 32473};
static const uint8_t hash[32] = {0xab, 0xcd};

static struct syslog_event event_of(const char *outcome, bool is_auth)
{
	return (struct syslog_event){
		.n = 41,
		.id = {.b = {1}},
		.time = INT64_C(1000000) * 1767225600 + 123456,
		.is_auth = is_auth,
		.event = "request.created",
		.outcome = outcome,
		.actor = "tanaka",
		.object_type = "request",
		.object_name = "a\"b\\c]d\ne",
		.leaf_hash = hash,
		.leaf = "{\"v\":1}",
		.leaf_len = 7,
	};
}

static void put(const struct syslog_event *event, char *out, size_t size)
{
	struct buf frames;
	buf_init(&frames, 4096);
	syslog_put_event(&frames, &origin, event);
	assert_false(buf_failed(&frames));
	(void)snprintf(out, size, "%s", buf_text(&frames));
	buf_clear(&frames);
}

static void an_event_is_one_counted_message(void **state)
{
	const struct syslog_event event = event_of("ok", false);
	char text[2048];
	int length = 0, start = 0;
	(void)state;
	put(&event, text, sizeof(text));
	assert_int_equal(sscanf(text, "%d %n", &length, &start), 1);
	assert_int_equal((size_t)length, strlen(text) - (size_t)start);
	assert_string_equal(
		text + start,
		"<109>1 2026-01-01T00:00:00.123456Z pam.example sekisho - request.created "
		"[sekisho@32473 n=\"41\" id=\"01000000-0000-0000-0000-000000000000\" "
		"leafHash=\"abcd000000000000000000000000000000000000000000000000000000000000\" "
		"outcome=\"ok\" actor=\"tanaka\" objectType=\"request\" "
		"object=\"a\\\"b\\\\c\\]d?e\"] \xef\xbb\xbf{\"v\":1}");
}

static void priority_tells_the_log_and_the_outcome(void **state)
{
	static const struct {
		const char *outcome, *priority;
		bool is_auth;
	} cases[] = {{"ok", "<85>1 ", true},
		     {"refused", "<84>1 ", true},
		     {"refused", "<108>1 ", false},
		     {"failed", "<107>1 ", false}};
	char text[2048];
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct syslog_event event = event_of(cases[i].outcome, cases[i].is_auth);
		put(&event, text, sizeof(text));
		assert_non_null(strstr(text, cases[i].priority));
	}
}

static void a_checkpoint_carries_its_note(void **state)
{
	struct buf frames;
	(void)state;
	buf_init(&frames, 4096);
	syslog_put_checkpoint(&frames, &origin, 7, 0, "note\n");
	assert_non_null(strstr(buf_text(&frames),
			       " sekisho - checkpoint [checkpoint@32473 size=\"7\" "
			       "note=\"bm90ZQo=\"]"));
	buf_clear(&frames);
}

static void what_does_not_fit_fails(void **state)
{
	const struct syslog_event event = event_of("ok", false);
	struct buf frames;
	(void)state;
	buf_init(&frames, 64);
	syslog_put_event(&frames, &origin, &event);
	assert_true(buf_failed(&frames));
	buf_clear(&frames);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_is_one_counted_message),
		cmocka_unit_test(priority_tells_the_log_and_the_outcome),
		cmocka_unit_test(a_checkpoint_carries_its_note),
		cmocka_unit_test(what_does_not_fit_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
