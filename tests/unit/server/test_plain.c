/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "auth/page_api.h"
#include "base/json.h"
#include "base/text.h"
#include "server/plain.h"
#include "server/web_inner.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/server/fake_authority.h"

/* Sign-in without scripts: the pages' own rows against an authority of the test's, as text browsers
 * and others would ask for them. */

#define PROVIDER "0199a000-0000-7000-8000-000000000001"

static const char *shown = "{\"items\":[]}";

static enum err read_shown(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	(void)ctx;
	(void)in;
	buf_put_text(reply->body, shown);
	return ERR_OK;
}

static const struct op_read handlers[] = {{"pages.sign_in_form", read_shown},
					  {"pages.recovery_form", read_shown},
					  {"pages.mail_form", read_shown},
					  {"pages.mail_code_form", read_shown},
					  {"pages.second_form", read_shown},
					  {"pages.session", read_shown},
					  {NULL, NULL}};
static const struct op_read *const reads[] = {handlers, NULL};
static const struct op *tables[] = {NULL, NULL};
static struct fixture fixture;
static char got[64 * 1024], request[16 * 1024];

static int start(void **state)
{
	(void)state;
	tables[0] = page_ops();
	fixture_start(&fixture, tables, reads);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	fixture_stop(&fixture);
	return 0;
}

static int say_the_usual(void **state)
{
	const struct fake_answers usual = fake_usual();

	(void)state;
	shown = "{\"items\":[]}";
	fixture_say(&fixture, &usual);
	return 0;
}

#define HOST "Host: pam.example:8443\r\n"
#define ME   "Cookie: __Host-sekisho=" FAKE_COOKIE "\r\n"
#define OWN  "Origin: https://pam.example:8443\r\nSec-Fetch-Site: same-origin\r\n"

static int get(const char *path, const char *more)
{
	snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\n" HOST "%s\r\n", path, more);
	return fixture_ask(&fixture, request, got, sizeof(got));
}

static int post(const char *path, const char *more, const char *body)
{
	snprintf(request, sizeof(request),
		 "POST %s HTTP/1.1\r\n" HOST "%s"
		 "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n\r\n%s",
		 path, more, strlen(body), body);
	return fixture_ask(&fixture, request, got, sizeof(got));
}

static void copy_after(const char *mark, char out[44])
{
	const char *at = strstr(got, mark);

	if (at == NULL || strlen(at) < strlen(mark) + 43)
		fail_msg("no %s in:\n%s", mark, got);
	else
		snprintf(out, 44, "%.43s", at + strlen(mark));
}

struct form {
	char cookie[128], token[44];
};

/* A page as a browser without cookies gets it. */
static struct form open_form(const char *path)
{
	struct form form;
	char cookie[44];

	assert_int_equal(get(path, ""), 200);
	copy_after("Set-Cookie: __Host-sekisho-form=", cookie);
	copy_after("name=\"form\" value=\"", form.token);
	snprintf(form.cookie, sizeof(form.cookie), "Cookie: __Host-sekisho-form=%s\r\n", cookie);
	return form;
}

#define FIELDS "login=hanako&password=pass+word%21&code=123456"

static int send_form(const struct form *form, const char *more)
{
	char head[512], body[256];

	snprintf(head, sizeof(head), "%s%s", form->cookie, more);
	snprintf(body, sizeof(body), "%s&form=%s", FIELDS, form->token);
	return post("/plain", head, body);
}

static void assert_leads(int status, const char *place)
{
	char line[256];

	snprintf(line, sizeof(line), "Location: %s\r\n", place);
	if (status != 303 || strstr(got, line) == NULL)
		fail_msg("wanted 303 to %s, got %d:\n%s", place, status, got);
}

static void pages_are_dressed_for_no_script(void **state)
{
	static const char *const wanted[] = {
		"Content-Type: text/html; charset=utf-8\r\n",
		"Content-Security-Policy: default-src 'none'; style-src 'self'; img-src 'self'; "
		"base-uri 'none'; form-action 'self'; frame-ancestors 'none'\r\n",
		"Referrer-Policy: same-origin\r\n",
		"Cache-Control: no-store\r\n",
		"X-Content-Type-Options: nosniff\r\n",
		"; Path=/; Secure; HttpOnly; SameSite=Strict\r\n",
		"<html lang=\"ja\" class=\"\">",
		"<form method=\"post\" action=\"/plain\">",
	};

	(void)state;
	assert_int_equal(get("/plain", ""), 200);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (strstr(got, wanted[i]) == NULL)
			fail_msg("no %s in:\n%s", wanted[i], got);
	assert_null(strstr(got, "<script"));
	assert_null(strstr(got, "style="));
}

static void a_form_signs_in_as_the_api_does(void **state)
{
	struct fake_answers answers = fake_usual();
	struct form form = open_form("/plain");

	(void)state;
	answers.result.set_session = (struct block){(const uint8_t *)FAKE_COOKIE, 43};
	fixture_say(&fixture, &answers);
	assert_leads(send_form(&form, OWN), "/plain/session");
	assert_non_null(strstr(got, "Set-Cookie: __Host-sekisho=" FAKE_COOKIE
				    "; Path=/; Secure; HttpOnly; SameSite=Lax\r\n"));
	assert_non_null(strstr(got, "Set-Cookie: __Host-sekisho-form=; Path=/;"));
	struct fake_seen seen = fixture_seen(&fixture);
	assert_string_equal(seen.op, "pages.sign_in");
	assert_int_equal(seen.secret_len, 10);
	assert_memory_equal(seen.secret, "pass word!", 10);
	/* A text browser says neither where it comes from nor what for. */
	assert_leads(send_form(&form, ""), "/plain/session");
}

static void recovery_code_goes_before_the_password(void **state)
{
	struct form form = open_form("/plain/recovery");
	char body[256];

	(void)state;
	snprintf(body, sizeof(body), "login=hanako&password=p&recovery_code=ABCD&form=%s",
		 form.token);
	assert_leads(post("/plain/recovery", form.cookie, body), "/plain/session");
	struct fake_seen seen = fixture_seen(&fixture);
	assert_string_equal(seen.op, "pages.recovery");
	assert_int_equal(seen.secret_len, 6);
	assert_memory_equal(seen.secret, "ABCD\0p", 6);
}

/* Offered where it is switched on; asking leads to the form for the code, whatever came of it. */
static void a_code_by_mail_is_asked_for_and_typed(void **state)
{
	char body[256];

	(void)state;
	assert_int_equal(get("/plain", ""), 200);
	assert_null(strstr(got, "/plain/mail"));
	shown = "{\"items\":[],\"mail_code\":true}";
	assert_int_equal(get("/plain", ""), 200);
	assert_non_null(strstr(got, "href=\"/plain/mail\""));
	struct form form = open_form("/plain/mail");
	snprintf(body, sizeof(body), "login=hanako&password=p&form=%s", form.token);
	assert_leads(post("/plain/mail", form.cookie, body), "/plain/mail-code");
	assert_string_equal(fixture_seen(&fixture).op, "pages.mail_send");
	assert_leads(post("/plain/mail", "", body), "/plain/mail?told=form");
	form = open_form("/plain/mail-code");
	assert_non_null(strstr(got, "[0-9]{8}"));
	snprintf(body, sizeof(body), "login=hanako&password=p&code=12345678&form=%s", form.token);
	assert_leads(post("/plain/mail-code", form.cookie, body), "/plain/session");
	assert_string_equal(fixture_seen(&fixture).op, "pages.mail_code");
	snprintf(body, sizeof(body), "login=hanako&password=p&code=123456&form=%s", form.token);
	assert_leads(post("/plain/mail-code", form.cookie, body), "/plain/mail-code?told=input");
}

/* Each of these is somebody else's form. */
static void foreign_forms_do_nothing(void **state)
{
	struct form form = open_form("/plain"), second = open_form("/plain/second"), other;
	char body[512], both[512];
	int before = fixture_seen(&fixture).executed;

	(void)state;
	snprintf(body, sizeof(body), "%s&form=%s", FIELDS, form.token);
	fixture_expect_refusal(&fixture, "pages.sign_in", "csrf.refused", ERR_DENIED);
	assert_leads(post("/plain", form.cookie, FIELDS), "/plain?told=form");
	assert_true(fixture_await_refusal(&fixture));
	assert_leads(post("/plain", "", body), "/plain?told=form");
	other = form;
	memcpy(other.token, second.token, sizeof(other.token));
	assert_leads(send_form(&other, OWN), "/plain?told=form");
	/* the right cookie, and the token of another form of it */
	snprintf(both, sizeof(both), "code=123456&form=%s", form.token);
	assert_leads(post("/plain/second", form.cookie, both), "/plain/second?told=form");
	other = form;
	other.token[0] = other.token[0] == 'A' ? 'B' : 'A';
	assert_leads(send_form(&other, OWN), "/plain?told=form");
	snprintf(both, sizeof(both), "%.*s; %s", (int)strlen(form.cookie) - 2, form.cookie,
		 second.cookie + strlen("Cookie: "));
	assert_leads(post("/plain", both, body), "/plain?told=form");
	assert_leads(send_form(&form, "Sec-Fetch-Site: cross-site\r\n"), "/plain?told=form");
	assert_leads(send_form(&form, "Sec-Fetch-Site: same-site\r\n"), "/plain?told=form");
	assert_leads(send_form(&form, "Origin: https://evil.example\r\n"), "/plain?told=form");
	assert_leads(send_form(&form, "Origin: null\r\n"), "/plain?told=form");
	assert_int_equal(fixture_seen(&fixture).executed, before);
	assert_leads(send_form(&form, OWN), "/plain/session");
}

static const char *const malformed[] = {
	"",
	"login",
	"login=hanako&password=p&code=123456&code=123456&form=$",
	"login=hanako&password=p&password=q&code=123456&form=$",
	"login=hanako&password=p&code=123456&form=$&form=x",
	"login=hanako&password=p&code=123456&next=https://evil.example&form=$",
	"login=hanako&password=&code=123456&form=$",
	"login=hanako&code=123456&form=$",
	"login=hanako&password=%zz&code=123456&form=$",
	"login=hanako&password=%00&code=123456&form=$",
	"login=hanako&password=%ff&code=123456&form=$",
	"login=%3Cscript%3E&password=p&code=123456&form=$",
	"login=hanako&password=p&code=12345&form=$",
	"login=hanako&password=p&code=123456&form=",
	"login=hanako&password=p&code=123456&form=$$$",
};

/* $: the form's token. */
static void fill(const char *from, const char *token, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (; *from != '\0'; from++) {
		if (*from == '$')
			snprintf(out + len, size - len, "%s", token);
		else
			snprintf(out + len, size - len, "%c", *from);
		len = strlen(out);
	}
}

static void malformed_forms_lead_back(void **state)
{
	struct form form = open_form("/plain");
	int before = fixture_seen(&fixture).executed;
	char body[512];

	(void)state;
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		fill(malformed[i], form.token, body, sizeof(body));
		assert_leads(post("/plain", form.cookie, body), "/plain?told=input");
	}
	static char huge[6000];
	memset(huge, 'a', sizeof(huge) - 1);
	assert_leads(post("/plain", form.cookie, huge), "/plain?told=input");
	snprintf(request, sizeof(request),
		 "POST /plain HTTP/1.1\r\n" HOST "Content-Type: text/plain\r\n"
		 "Content-Length: 4\r\n\r\na=b\n");
	assert_leads(fixture_ask(&fixture, request, got, sizeof(got)), "/plain?told=input");
	assert_int_equal(fixture_seen(&fixture).executed, before);
}

static const struct {
	enum err err;
	const char *reason, *place;
} failures[] = {
	{ERR_UNAUTHENTICATED, "sign_in.failed", "/plain?told=wrong"},
	{ERR_UNAUTHENTICATED, "sign_in.needs_passkey", "/plain?told=passkey"},
	{ERR_UNAUTHENTICATED, "federation.expired", "/plain?told=expired"},
	{ERR_CONFLICT, "mail_code.off", "/plain?told=mail"},
	{ERR_LIMIT, "sign_in.wait", "/plain?told=wait"},
	{ERR_UNAVAILABLE, "server.busy", "/plain?told=unavailable"},
	{ERR_BUG, "", "/plain?told=unavailable"},
};

static void failures_lead_back_and_say_one_word(void **state)
{
	struct form form = open_form("/plain");

	(void)state;
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		struct fake_answers answers = fake_usual();
		const char *reason = failures[i].reason;
		answers.result.err = failures[i].err;
		answers.result.reason = (struct block){(const uint8_t *)reason, strlen(reason)};
		fixture_say(&fixture, &answers);
		assert_leads(send_form(&form, OWN), failures[i].place);
		assert_null(strstr(got, "hanako"));
	}
	assert_int_equal(get("/plain?told=wrong", "Accept-Language: en\r\n"), 200);
	assert_non_null(strstr(got, "role=\"alert\">Login, password, code or passkey is wrong.<"));
	assert_non_null(strstr(got, "<title>Error: Sign in"));
	assert_int_equal(get("/plain?told=wait&seconds=30", "Accept-Language: en\r\n"), 200);
	assert_non_null(strstr(got, "Wait 30 seconds."));
}

static void what_an_address_says_is_not_repeated(void **state)
{
	static const char *const hostile[] = {
		"/plain?told=%3Cscript%3E", "/plain?lang=%22%3E%3Cscript%3E", "/plain?x=<script>",
		"/plain?seconds=1e9",	    "/plain?told=wrong&told=wait",    "/plain?told",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		assert_in_range(get(hostile[i], ""), 400, 422);
		assert_non_null(strstr(got, "Content-Type: text/html"));
		assert_null(strstr(got, "script>"));
	}
}

static void language_is_chosen_by_a_link_and_kept(void **state)
{
	(void)state;
	assert_int_equal(get("/plain?lang=en&told=left", "Accept-Language: ja\r\n"), 200);
	assert_non_null(strstr(got, "Set-Cookie: sekisho-lang=en; Path=/;"));
	assert_non_null(strstr(got, "<html lang=\"en\""));
	assert_non_null(strstr(got, "href=\"/plain?lang=ja&amp;told=left\" lang=\"ja\""));
	assert_int_equal(get("/plain", "Cookie: sekisho-lang=en; sekisho-theme=dark\r\n"), 200);
	assert_non_null(strstr(got, "<html lang=\"en\" class=\"dark\">"));
}

static void who_is_signed_in_sees_that_and_signs_out(void **state)
{
	char token[44], body[128];
	struct form form = open_form("/plain");
	int before = fixture_seen(&fixture).executed;

	(void)state;
	assert_leads(get("/plain", ME), "/plain/session");
	assert_leads(get("/plain/session", ""), "/plain?told=session");
	shown = "{\"items\":[{\"user_agent\":\"<img src=x onerror=alert(1)>\",\"peer\":\"\\\"'&\","
		"\"created_at\":\"2026-11-22T01:00:00Z\",\"current\":true}]}";
	assert_int_equal(get("/plain/session", ME), 200);
	assert_non_null(strstr(got, "花子 (hanako)"));
	assert_non_null(strstr(got, "&lt;img src=x onerror=alert(1)&gt;"));
	assert_non_null(strstr(got, "&quot;&#39;&amp;"));
	assert_non_null(strstr(got, "2026-11-22 01:00:00"));
	assert_null(strstr(got, "<img"));
	copy_after("name=\"form\" value=\"", token);
	/* a token of before the sign-in, and none at all */
	snprintf(body, sizeof(body), "form=%s", form.token);
	assert_leads(post("/plain/session", ME, body), "/plain/session?told=form");
	assert_leads(post("/plain/session", ME, ""), "/plain/session?told=form");
	assert_int_equal(fixture_seen(&fixture).executed, before);
	snprintf(body, sizeof(body), "form=%s", token);
	assert_leads(post("/plain/session", ME OWN, body), "/plain?told=left");
	assert_string_equal(fixture_seen(&fixture).op, "pages.sign_out");
	assert_leads(post("/plain/session", "", body), "/plain?told=session");
}

/* Whoever could plant the cookie of the form knows tokens for it; none of them ends a sign-in. */
static void a_planted_form_cookie_signs_nobody_out(void **state)
{
	static const char path[] = "/plain/session";
	uint8_t planted[32] = {1}, mac[32];
	char cookie[44], token[44], head[256], body[128];
	int before = fixture_seen(&fixture).executed;
	unsigned len = 0;

	(void)state;
	base64url_encode(planted, sizeof(planted), cookie);
	assert_non_null(HMAC(EVP_sha256(), planted, sizeof(planted), (const uint8_t *)path,
			     strlen(path), mac, &len));
	base64url_encode(mac, sizeof(mac), token);
	snprintf(head, sizeof(head),
		 "Cookie: __Host-sekisho=" FAKE_COOKIE "; __Host-sekisho-form=%s\r\n", cookie);
	snprintf(body, sizeof(body), "form=%s", token);
	assert_leads(post(path, head, body), "/plain/session?told=form");
	assert_int_equal(fixture_seen(&fixture).executed, before);
}

static struct block location_of(struct buf *out, const char *location)
{
	buf_init(out, 4096);
	buf_put_u8(out, OUT_TEXT);
	buf_put_block(out, "location", 8);
	buf_put_u8(out, 1);
	buf_put_block(out, location, strlen(location));
	return (struct block){out->data, out->len};
}

static void say_location(struct buf *out, const char *location)
{
	struct fake_answers answers = fake_usual();

	answers.result.fields = location_of(out, location);
	fixture_say(&fixture, &answers);
}

static void a_provider_signs_out_by_a_link(void **state)
{
	struct buf fields;
	char token[44], body[128];

	(void)state;
	assert_int_equal(get("/plain/session", ME), 200);
	copy_after("name=\"form\" value=\"", token);
	snprintf(body, sizeof(body), "form=%s", token);
	say_location(&fields, "https://idp.example/out?a=1&b=\"><script>");
	assert_int_equal(post("/plain/session", ME OWN, body), 200);
	assert_non_null(
		strstr(got, "href=\"https://idp.example/out?a=1&amp;b=&quot;&gt;&lt;script&gt;\""));
	buf_clear(&fields);
	say_location(&fields, "javascript:alert(1)");
	assert_leads(post("/plain/session", ME OWN, body), "/plain/session?told=unavailable");
	buf_clear(&fields);
}

static void providers_are_links_and_lead_back_to_pages(void **state)
{
	static const struct {
		const char *came, *goes;
	} back[] = {
		{"/", "/plain/session"},
		{"/signin/second", "/plain/second"},
		{"/signin?failed=provider", "/plain?told=provider"},
		{"/signin", "/plain?told=left"},
	};
	struct buf fields;

	(void)state;
	shown = "{\"items\":[{\"id\":\"" PROVIDER "\",\"name\":\"<b>\\\"A\\\"</b>\"},"
		"{\"id\":\"javascript:alert(1)\",\"name\":\"no\"}]}";
	assert_int_equal(get("/plain", "Accept-Language: en\r\n"), 200);
	assert_non_null(strstr(got, "href=\"/plain/with/" PROVIDER
				    "\">Sign in with &lt;b&gt;&quot;A&quot;&lt;/b&gt;</a>"));
	assert_null(strstr(got, "javascript:"));
	say_location(&fields, "https://idp.example/in");
	assert_leads(get("/plain/with/" PROVIDER, ""), "https://idp.example/in");
	assert_non_null(strstr(got, "Set-Cookie: __Host-sekisho-plain=1; Path=/; Secure; HttpOnly; "
				    "SameSite=Lax; Max-Age=900\r\n"));
	assert_leads(get("/plain/with/" PROVIDER, "Sec-Fetch-Site: cross-site\r\n"),
		     "/plain?told=form");
	buf_clear(&fields);
	for (size_t i = 0; i < sizeof(back) / sizeof(back[0]); i++) {
		assert_leads(get(back[i].came, "Cookie: __Host-sekisho-plain=1\r\n"), back[i].goes);
		assert_non_null(strstr(got, "Set-Cookie: __Host-sekisho-plain=; Path=/;"));
		assert_int_equal(get(back[i].came, ""), 200);
	}
	assert_int_equal(get("/requests", "Cookie: __Host-sekisho-plain=1\r\n"), 200);
}

/* Providers that cannot be read keep nobody from signing in with a password. */
static void damaged_reading_leaves_the_form(void **state)
{
	static const char *const damaged[] = {"", "[]", "{\"items\":7}", "{\"items\":[7,null,{}]}"};

	(void)state;
	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		shown = damaged[i];
		open_form("/plain");
	}
}

static void what_is_due_is_said(void **state)
{
	struct principal self = {.login = "hanako",
				 .display_name = "</dd><script>",
				 .timezone = "No/Where",
				 .password_due = true,
				 .factor_due = FACTOR_DUE_PROVE};
	const struct plain plain = {.kind = PLAIN_SESSION,
				    .theme = "",
				    .path = "/plain/session",
				    .token = "t",
				    .told = TOLD_NOTHING,
				    .self = &self};
	struct buf out;

	(void)state;
	buf_init(&out, 64 * 1024);
	plain_render(&plain, NULL, 0, &out);
	assert_non_null(strstr(buf_text(&out), "Your password must be changed."));
	assert_non_null(strstr(buf_text(&out), "Show the passkey"));
	assert_non_null(strstr(buf_text(&out), "1970-01-01 00:00:00+00:00"));
	assert_non_null(strstr(buf_text(&out), "&lt;/dd&gt;&lt;script&gt;"));
	assert_null(strstr(buf_text(&out), "<script"));
	buf_clear(&out);
}

/* Nothing is left out in either language. */
static void every_word_is_there_twice(void **state)
{
	struct plain plain = {.kind = PLAIN_SIGN_IN};

	(void)state;
	for (int japanese = 0; japanese < 2; japanese++) {
		plain.japanese = japanese;
		for (int i = 0; i < WORD__COUNT; i++)
			if (*plain_word(&plain, (enum plain_word)i) == '\0' &&
			    i != WORD_WITH_BEFORE && i != WORD_WITH_AFTER)
				fail_msg("word %d is missing", i);
		for (int i = 0; i < TOLD__COUNT; i++) {
			plain.told = (enum page_told)i;
			assert_true(*plain_told(&plain) != '\0' && page_told_names[i] != NULL);
		}
	}
}

#define CASE(name) cmocka_unit_test_setup(name, say_the_usual)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(pages_are_dressed_for_no_script),
		CASE(a_form_signs_in_as_the_api_does),
		CASE(recovery_code_goes_before_the_password),
		CASE(a_code_by_mail_is_asked_for_and_typed),
		CASE(foreign_forms_do_nothing),
		CASE(malformed_forms_lead_back),
		CASE(failures_lead_back_and_say_one_word),
		CASE(what_an_address_says_is_not_repeated),
		CASE(language_is_chosen_by_a_link_and_kept),
		CASE(who_is_signed_in_sees_that_and_signs_out),
		CASE(a_planted_form_cookie_signs_nobody_out),
		CASE(a_provider_signs_out_by_a_link),
		CASE(providers_are_links_and_lead_back_to_pages),
		CASE(damaged_reading_leaves_the_form),
		CASE(what_is_due_is_said),
		CASE(every_word_is_there_twice),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
