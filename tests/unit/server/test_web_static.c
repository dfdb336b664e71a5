/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <unistd.h>

#include "server/web_asset.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/server/fake_authority.h"

/* The portal's files: a table of the test's own stands in for the built portal. */
#define FORM(text)                                              \
	{                                                       \
		(const unsigned char *)(text), sizeof(text) - 1 \
	}
#define NO_FORM         \
	{               \
		NULL, 0 \
	}

const struct web_asset web_assets[] = {
	{"/assets/index-abc.js",
	 "text/javascript; charset=utf-8",
	 "\"e1\"",
	 true,
	 {FORM("plain script"), FORM("zipped"), FORM("brotli")}},
	{"/favicon.svg", "image/svg+xml", "\"e2\"", false, {FORM("<svg/>"), NO_FORM, NO_FORM}},
	{"/index.html",
	 "text/html; charset=utf-8",
	 "\"e3\"",
	 false,
	 {FORM("<!doctype html>\n<html lang=\"ja\" class=\"\"><p>hi</p>"), FORM("never"), NO_FORM}},
	{NULL, NULL, NULL, false, {NO_FORM, NO_FORM, NO_FORM}},
};

static const struct op *const tables[] = {NULL};
static const struct op_read *const reads[] = {NULL};
static struct fixture fixture;
static char got[64 * 1024];

static int start(void **state)
{
	(void)state;
	fixture_start(&fixture, tables, reads);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	fixture_stop(&fixture);
	return 0;
}

#define HOST		"Host: pam.example\r\n"
#define GET(path, more) "GET " path " HTTP/1.1\r\n" HOST more "\r\n"

static const struct {
	const char *name, *request;
	int status;
	const char *wanted[4];
	const char *absent;
} cases[] = {
	{"a plain file",
	 GET("/assets/index-abc.js", ""),
	 200,
	 {"plain script", "Content-Type: text/javascript; charset=utf-8", "ETag: \"e1\"",
	  "Cache-Control: public, max-age=31536000, immutable"},
	 "Content-Encoding"},
	{"brotli is preferred",
	 GET("/assets/index-abc.js", "Accept-Encoding: gzip, deflate, br\r\n"),
	 200,
	 {"\r\n\r\nbrotli", "Content-Encoding: br", "Vary: Accept-Encoding", ""},
	 "plain script"},
	{"gzip where there is no brotli",
	 GET("/assets/index-abc.js", "Accept-Encoding: br;q=0, gzip;q=0.5\r\n"),
	 200,
	 {"\r\n\r\nzipped", "Content-Encoding: gzip", "", ""},
	 "brotli"},
	{"a known file is not sent again",
	 GET("/assets/index-abc.js", "If-None-Match: \"e0\", \"e1\"\r\n"),
	 304,
	 {"ETag: \"e1\"", "", "", ""},
	 "plain script"},
	{"a file whose name stays is asked for again",
	 GET("/favicon.svg", ""),
	 200,
	 {"<svg/>", "Cache-Control: no-cache", "", ""},
	 "immutable"},
	{"the page, Japanese by default",
	 GET("/", ""),
	 200,
	 {"<html lang=\"ja\" class=\"\"><p>hi</p>", "Cache-Control: no-store",
	  "Content-Type: text/html; charset=utf-8", "Content-Security-Policy: default-src 'none'"},
	 "Content-Encoding"},
	{"the page in the browser's language",
	 GET("/", "Accept-Language: en-GB,en;q=0.9,ja;q=0.8\r\n"),
	 200,
	 {"<html lang=\"en\" class=\"\">", "", "", ""},
	 "lang=\"ja\""},
	{"the cookie's language and theme win",
	 GET("/requests/1",
	     "Accept-Language: ja\r\nCookie: a=b; sekisho-lang=en; sekisho-theme=dark\r\n"),
	 200,
	 {"<html lang=\"en\" class=\"pf-v6-theme-dark\">", "", "", ""},
	 "lang=\"ja\""},
	{"a cookie cannot write markup",
	 GET("/", "Cookie: sekisho-lang=\"><script>; sekisho-theme=\"x\r\n"),
	 200,
	 {"<html lang=\"ja\" class=\"\">", "", "", ""},
	 "<script>"},
	{"the page by its file name",
	 GET("/index.html", ""),
	 200,
	 {"<p>hi</p>", "", "", ""},
	 "never"},
	{"a missing file is no page",
	 GET("/assets/none.js", ""),
	 404,
	 {"not_found", "", "", ""},
	 "<p>hi"},
	{"no way out of the table",
	 GET("/assets/../../etc/passwd.txt", ""),
	 404,
	 {"not_found", "", "", ""},
	 "root:"},
	{"the API is not the portal's",
	 GET("/api/v2/x", ""),
	 404,
	 {"not_found", "", "", ""},
	 "<p>"},
};

static void files_are_served_as_they_should(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int status = fixture_ask(&fixture, cases[i].request, got, sizeof(got));
		bool good = status == cases[i].status && strstr(got, cases[i].absent) == NULL;
		for (int k = 0; k < 4; k++)
			good = good && strstr(got, cases[i].wanted[k]) != NULL;
		if (!good)
			fail_msg("%s: %d\n%s", cases[i].name, status, got);
	}
}

static void head_answers_without_a_body(void **state)
{
	(void)state;
	int fd = fixture_connect(&fixture);
	static const char head[] =
		"HEAD /favicon.svg HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n";
	fixture_talk(fd, head, got, sizeof(got));
	close(fd);
	assert_non_null(strstr(got, "HTTP/1.1 200"));
	assert_non_null(strstr(got, "Content-Length: 6"));
	assert_null(strstr(got, "<svg/>"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_served_as_they_should),
		cmocka_unit_test(head_answers_without_a_body),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
