/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/access/fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "reports/csv.h"
#include "reports/privileged_use.h"
#include "reports/reports_api.h"
#include "tests/support/test_db.h"

static const struct principal auditor = {.user_id = {{1, 1}},
					 .login = "admin",
					 .display_name = "Admin",
					 .language = "ja",
					 .timezone = "Asia/Tokyo",
					 .permissions = (permission_set)1 << PERM_REPORT_VIEW};

static int set_up(void **state)
{
	(void)state;
	assert_int_equal(zones_load("/usr/share/zoneinfo"), ERR_OK);
	organisation();
	/* a loan used once, and one never used; a purpose that would run in a spreadsheet */
	test_db_script(
		"INSERT INTO request (id, number, requester_id, workflow_id, purpose, ticket,"
		" starts_at, ends_at, state, stage, stage_count, created_at, updated_at) VALUES"
		" (X'A1', 'R-2026-000001', X'01020000000000000000000000000000',"
		" X'05010000000000000000000000000000', '=HYPERLINK(\"http://x\",\"<b>\")', '',"
		" '2026-11-21 13:00', '2026-11-21 14:00', 'finished', 1, 1, '2026-11-21',"
		" '2026-11-21');"
		"INSERT INTO approval SELECT id, 1, X'01030000000000000000000000000000', 'approve',"
		" '', '2026-11-21' FROM request;"
		"INSERT INTO approval SELECT id, 2, X'01040000000000000000000000000000', 'approve',"
		" '', '2026-11-21' FROM request;"
		"INSERT INTO lease (id, request_id, account_id, user_id, starts_at, ends_at,"
		" exclusive, state, ended_at) SELECT X'B1', id,"
		" X'06010000000000000000000000000000', requester_id, starts_at, ends_at, TRUE,"
		" 'returned', '2026-11-21 13:30' FROM request;"
		"INSERT INTO lease (id, request_id, account_id, user_id, starts_at, ends_at,"
		" exclusive, state, ended_at) SELECT X'B2', id,"
		" X'06020000000000000000000000000000', requester_id, starts_at, ends_at, TRUE,"
		" 'ended', ends_at FROM request;"
		"INSERT INTO session (id, lease_id, user_id, account_id, target_id, state, "
		"created_at,"
		" connected_at, ended_at, peer) SELECT X'C1', l.id, l.user_id, l.account_id,"
		" X'03010000000000000000000000000000', 'ended', '2026-11-21 13:05',"
		" '2026-11-21 13:05', '2026-11-21 13:20', '192.0.2.1' FROM lease l"
		" WHERE state = 'returned';"
		"INSERT INTO recording (session_id, file_name, secret_id, state) SELECT id, "
		"'x.skr',"
		" X'07070000000000000000000000000000', 'complete' FROM session");
	return 0;
}

/* The answer of reports.use in one format; its media type in *out_type. */
static const char *make(struct ctx *ctx, int64_t format, bool mark, const char **out_type)
{
	const struct op *tables[] = {reports_ops(), NULL};
	struct in in = {.op = op_by_id(tables, "reports.use")};
	struct buf buf;
	struct json json;
	int64_t from = 0, to = 0;
	assert_true(time_parse("2026-11-01T00:00:00+09:00", &from));
	assert_true(time_parse("2026-12-01T00:00:00+09:00", &to));
	input_number(&in, RU_FROM, from);
	input_number(&in, RU_TO, to);
	input_number(&in, RU_FORMAT, format);
	input_number(&in, RU_BOM, mark);
	buf_init(&buf, 1 << 20);
	json_init(&json, &buf);
	struct reply reply = {.json = &json, .body = &buf, .etag = -1, .stream_fd = -1};
	assert_string_equal(reports_reads()[1].op, "reports.use");
	assert_int_equal(reports_reads()[1].run(ctx, &in, &reply), ERR_OK);
	const char *text = arena_strdup(ctx->arena, buf_text(&buf));
	buf_clear(&buf);
	*out_type = reply.content_type;
	if (format == 2)
		assert_string_equal(reply.file_name, "privileged-use_20261101_20261201.csv");
	return text;
}

static void every_loan_is_reported_with_its_session(void **state)
{
	(void)state;
	struct ctx ctx;
	const char *type;
	actor_begin(&ctx, &auditor);
	const char *json = make(&ctx, 0, false, &type);
	assert_string_equal(type, "application/json");
	assert_non_null(strstr(json, "\"approvers\":[\"Bob\",\"Carol\"]"));
	assert_non_null(strstr(json, "\"result\":\"ended\""));
	assert_non_null(strstr(json, "\"recording\":\"complete\""));
	assert_non_null(strstr(json, "\"session_id\":null"));
	assert_non_null(strstr(json, "\"result\":\"unused\""));
	actor_end(&ctx);
}

static void csv_cannot_run_in_a_spreadsheet(void **state)
{
	(void)state;
	struct ctx ctx;
	const char *type;
	actor_begin(&ctx, &auditor);
	const char *csv = make(&ctx, 2, true, &type);
	assert_memory_equal(csv, "\xef\xbb\xbf\"利用者\",\"ターゲット\"", 28);
	assert_non_null(strstr(csv, ",\"'=HYPERLINK(\"\"http://x\"\",\"\"<b>\"\")\","));
	assert_non_null(strstr(csv, "\"2026-11-21 22:00:00+09:00\""));
	assert_non_null(strstr(csv, "\r\n"));
	csv = make(&ctx, 2, false, &type);
	assert_int_equal(csv[0], '"');
	actor_end(&ctx);
	static const char *const hostile[] = {"=1", "+1", "-1", "@x", "\tx", "\rx"};
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		struct buf buf;
		buf_init(&buf, 100);
		csv_field(&buf, true, hostile[i]);
		assert_memory_equal(buf_text(&buf), "\"'", 2);
		buf_clear(&buf);
	}
}

static void html_is_whole_escaped_and_without_inline_style(void **state)
{
	(void)state;
	struct ctx ctx;
	const char *type;
	actor_begin(&ctx, &auditor);
	const char *html = make(&ctx, 1, false, &type);
	assert_string_equal(type, "text/html; charset=utf-8");
	assert_memory_equal(html, "<!DOCTYPE html>\n<html lang=\"ja\">", 32);
	assert_non_null(strstr(html, "特権ID利用レポート"));
	assert_non_null(strstr(html, "&lt;b&gt;"));
	assert_null(strstr(html, "<b>"));
	assert_null(strstr(html, "style="));
	assert_null(strstr(html, "<script"));
	assert_non_null(strstr(html, "href=\"/report.css\""));
	assert_non_null(strstr(html, "</html>"));
	struct principal english = auditor;
	english.language = "en";
	ctx.principal = &english;
	html = make(&ctx, 1, false, &type);
	assert_non_null(strstr(html, "<h1>Privileged ID use</h1>"));
	assert_non_null(strstr(html, "<td>Not used</td>"));
	actor_end(&ctx);
}

static void bad_periods_and_zones_are_refused(void **state)
{
	(void)state;
	struct ctx ctx;
	const struct op *tables[] = {reports_ops(), NULL};
	struct in in = {.op = op_by_id(tables, "reports.use")};
	struct reply reply = {.etag = -1};
	actor_begin(&ctx, &auditor);
	input_number(&in, RU_FROM, 5);
	input_number(&in, RU_TO, 5);
	assert_int_equal(reports_reads()[1].run(&ctx, &in, &reply), ERR_INPUT);
	assert_string_equal(ctx.error.field, "to");
	input_number(&in, RU_TO, 6);
	input_text(&in, RU_TIMEZONE, "Mars/Olympus");
	assert_int_equal(reports_reads()[1].run(&ctx, &in, &reply), ERR_INPUT);
	assert_string_equal(ctx.error.field, "timezone");
	actor_end(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_loan_is_reported_with_its_session),
		cmocka_unit_test(csv_cannot_run_in_a_spreadsheet),
		cmocka_unit_test(html_is_whole_escaped_and_without_inline_style),
		cmocka_unit_test(bad_periods_and_zones_are_refused),
	};
	return cmocka_run_group_tests(tests, set_up, NULL);
}
