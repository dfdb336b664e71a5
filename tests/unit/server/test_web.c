/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "auth/token_text.h"
#include "base/json.h"
#include "base/sys.h"
#include "rbac/principal.h"
#include "server/web_inner.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/server/fake_authority.h"

/* Operations of the test: one of each kind. */
static const char *const colours[] = {"red", "blue", NULL};
static const struct field none[] = {{.name = NULL}};
static const struct field by_id[] = {
	{.name = "id", .type = FIELD_UUID, .flags = FIELD_PATH | FIELD_REQUIRED}, {.name = NULL}};
static const struct field list_fields[] = {
	{.name = "limit", .type = FIELD_INT, .flags = FIELD_QUERY, .min = 1, .max = 200},
	{.name = "q", .type = FIELD_TEXT, .flags = FIELD_QUERY, .min = 0, .max = 20},
	{.name = NULL}};
static const struct field create_fields[] = {
	{.name = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .min = 1, .max = 10},
	{.name = "colour", .type = FIELD_CHOICE, .choices = colours},
	{.name = "count", .type = FIELD_INT, .min = 0, .max = 9},
	{.name = NULL}};
static const struct field update_fields[] = {
	{.name = "id", .type = FIELD_UUID, .flags = FIELD_PATH | FIELD_REQUIRED},
	{.name = "name", .type = FIELD_TEXT, .min = 1, .max = 10},
	{.name = NULL}};
static const struct field form_fields[] = {
	{.name = "login", .type = FIELD_NAME, .flags = FIELD_REQUIRED, .min = 1, .max = 64},
	{.name = NULL}};

static const struct op rows[] = {
	{.id = "things.list",
	 .method = "GET",
	 .path = "/api/v1/things",
	 .auth = OP_AUTH_SESSION,
	 .permission = PERM_TARGET_VIEW,
	 .kind = OP_READ,
	 .fields = list_fields},
	{.id = "things.get",
	 .method = "GET",
	 .path = "/api/v1/things/{id}",
	 .auth = OP_AUTH_SESSION,
	 .kind = OP_READ,
	 .fields = by_id},
	{.id = "things.create",
	 .method = "POST",
	 .path = "/api/v1/things",
	 .auth = OP_AUTH_SESSION,
	 .kind = OP_WRITE,
	 .body = OP_BODY_JSON,
	 .max_body = 200,
	 .flags = OP_FLAG_IDEMPOTENT | OP_FLAG_CREATED,
	 .fields = create_fields,
	 .then = "things.get"},
	{.id = "things.update",
	 .method = "PATCH",
	 .path = "/api/v1/things/{id}",
	 .auth = OP_AUTH_SESSION,
	 .kind = OP_WRITE,
	 .body = OP_BODY_JSON,
	 .max_body = 200,
	 .flags = OP_FLAG_IF_MATCH,
	 .fields = update_fields},
	{.id = "things.fresh",
	 .method = "POST",
	 .path = "/api/v1/fresh",
	 .auth = OP_AUTH_FRESH,
	 .kind = OP_WRITE,
	 .fields = none},
	{.id = "things.managed",
	 .method = "POST",
	 .path = "/api/v1/managed",
	 .auth = OP_AUTH_SESSION,
	 .permission = PERM_TARGET_MANAGE,
	 .kind = OP_WRITE,
	 .fields = none},
	{.id = "things.closed",
	 .method = "GET",
	 .path = "/api/v1/closed",
	 .kind = OP_READ,
	 .fields = none},
	{.id = "things.hold",
	 .method = "GET",
	 .path = "/api/v1/hold",
	 .auth = OP_AUTH_SESSION,
	 .kind = OP_READ,
	 .fields = none},
	{.id = "things.metrics",
	 .method = "GET",
	 .path = "/metrics",
	 .auth = OP_AUTH_METRICS,
	 .kind = OP_READ,
	 .fields = none},
	{.id = "things.sign_in",
	 .method = "POST",
	 .path = "/api/v1/sign-in",
	 .auth = OP_AUTH_PUBLIC,
	 .kind = OP_WRITE,
	 .body = OP_BODY_FORM,
	 .max_body = 100,
	 .flags = OP_FLAG_SECRET_FIELD,
	 .fields = form_fields},
	{.id = "things.pair",
	 .method = "POST",
	 .path = "/api/v1/pair",
	 .auth = OP_AUTH_SESSION,
	 .kind = OP_WRITE,
	 .body = OP_BODY_FORM,
	 .max_body = 100,
	 .flags = OP_FLAG_SECRET_FIELD | OP_FLAG_SECRET_PAIR,
	 .fields = none},
	{.id = "things.secret",
	 .method = "PUT",
	 .path = "/api/v1/things/{id}/secret",
	 .auth = OP_AUTH_SESSION,
	 .kind = OP_WRITE,
	 .body = OP_BODY_OCTETS,
	 .max_body = 64,
	 .fields = by_id},
	{.id = "things.raw",
	 .method = "GET",
	 .path = "/api/v1/raw",
	 .auth = OP_AUTH_SESSION,
	 .event = EVENT_RECORDING_EXPORTED,
	 .kind = OP_READ_AUDITED,
	 .fields = none,
	 .media_type = "application/x-asciicast"},
	{.id = "things.terminal",
	 .method = "GET",
	 .path = "/api/v1/terminal",
	 .auth = OP_AUTH_SESSION,
	 .kind = OP_UPGRADE,
	 .fields = none},
	{.id = "things.events",
	 .method = "GET",
	 .path = "/api/v1/events",
	 .auth = OP_AUTH_SESSION,
	 .kind = OP_READ,
	 .flags = OP_FLAG_SSE,
	 .fields = none},
	{.id = NULL},
};
static const struct op *const tables[] = {rows, NULL};

static enum err read_list(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	json_object(reply->json, NULL);
	json_text(reply->json, "who", ctx->principal->login);
	json_int(reply->json, "limit", in->values[0].number);
	json_text(reply->json, "q", in->values[1].text);
	json_end_object(reply->json);
	return ERR_OK;
}

static enum err read_get(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	(void)ctx;
	json_object(reply->json, NULL);
	json_uuid(reply->json, "id", &in->values[0].id);
	json_end_object(reply->json);
	reply->etag = 3;
	return ERR_OK;
}

static enum err read_metrics(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	(void)ctx;
	(void)in;
	buf_put_text(reply->body, "things 3\n");
	reply->content_type = "text/plain; version=0.0.4";
	return ERR_OK;
}

/* Threads of web that stay in a read until the test lets them go. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int held;
	bool released;
} hold = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static bool all_are_held(void)
{
	return hold.held == WEB_WORKERS;
}

static bool are_released(void)
{
	return hold.released;
}

/* Lock held; gives up after a minute. */
static void wait_for(bool (*done)(void))
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 60;
	for (int rc = 0; !done() && rc == 0;)
		rc = pthread_cond_timedwait(&hold.changed, &hold.lock, &until);
}

static enum err read_hold(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	(void)ctx;
	(void)in;
	pthread_mutex_lock(&hold.lock);
	hold.held++;
	pthread_cond_broadcast(&hold.changed);
	wait_for(are_released);
	pthread_mutex_unlock(&hold.lock);
	json_object(reply->json, NULL);
	json_end_object(reply->json);
	return ERR_OK;
}

static const struct op_read handlers[] = {{"things.list", read_list},
					  {"things.get", read_get},
					  {"things.hold", read_hold},
					  {"things.metrics", read_metrics},
					  {NULL, NULL}};
static const struct op_read *const reads[] = {handlers, NULL};

static struct fixture fixture;
static char got[64 * 1024];
enum { WAIT_MS = 60000 };

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

/* Before each case, whatever the one before it said. */
static int say_the_usual(void **state)
{
	const struct fake_answers usual = fake_usual();

	(void)state;
	fixture_say(&fixture, &usual);
	return 0;
}

static void say_result(const struct msg_result *result)
{
	struct fake_answers answers = fake_usual();

	answers.result = *result;
	fixture_say(&fixture, &answers);
}

#define HOST   "Host: pam.example:8443\r\n"
#define SCRAPE "GET /metrics HTTP/1.1\r\n" HOST
#define COOKIE "Cookie: __Host-sekisho=" FAKE_COOKIE "\r\n"
#define MARK   "X-Sekisho: 1\r\n"
#define JSON   "Content-Type: application/json\r\n"
#define FORM   "Content-Type: application/x-www-form-urlencoded\r\n"
#define ID     "0199a000-0000-7000-8000-000000000001"
#define POST   "POST /api/v1/things HTTP/1.1\r\n" HOST COOKIE
#define WS                                                          \
	"GET /api/v1/terminal HTTP/1.1\r\n" HOST COOKIE             \
	"Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n" \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define WS_REST "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sekisho-terminal.1\r\n"
#define ORIGIN	"Origin: https://pam.example:8443\r\n"

struct refusal {
	const char *name, *request;
	int status;
	const char *code, *reason; /* parts of the problem */
};

static const struct refusal refusals[] = {
	{"unknown path", "GET /api/v1/nothing HTTP/1.1\r\n" HOST "\r\n", 404, "not_found",
	 "path.unknown"},
	{"metrics without a token", SCRAPE "\r\n", 401, "auth.required", "metrics.token"},
	{"metrics as a person", SCRAPE COOKIE "\r\n", 401, "auth.required", "metrics.token"},
	{"metrics with another token", SCRAPE "Authorization: Bearer scrape-6c1f0b7e2a95\r\n\r\n",
	 401, "auth.required", "metrics.token"},
	{"metrics with part of the token",
	 SCRAPE "Authorization: Bearer scrape-6c1f0b7e2a9\r\n\r\n", 401, "auth.required",
	 "metrics.token"},
	{"metrics with more than the token",
	 SCRAPE "Authorization: Bearer " FAKE_METRICS_TOKEN "x\r\n\r\n", 401, "auth.required",
	 "metrics.token"},
	{"metrics with the token in another scheme",
	 SCRAPE "Authorization: Basic " FAKE_METRICS_TOKEN "\r\n\r\n", 401, "auth.required",
	 "metrics.token"},
	{"metrics with an empty token", SCRAPE "Authorization: Bearer \r\n\r\n", 401,
	 "auth.required", "metrics.token"},
	{"unknown well-known path", "GET /.well-known/x HTTP/1.1\r\n" HOST "\r\n", 404, "not_found",
	 "path.unknown"},
	{"malformed id in the path", "GET /api/v1/things/1 HTTP/1.1\r\n" HOST COOKIE "\r\n", 404,
	 "not_found", "path.unknown"},
	{"other method", "DELETE /api/v1/things HTTP/1.1\r\n" HOST "\r\n", 405,
	 "method.not_allowed", "method.unknown"},
	{"HEAD of an operation", "HEAD /api/v1/things HTTP/1.1\r\n" HOST "\r\n", 405, "", ""},
	{"POST to the portal", "POST /requests HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 405,
	 "method.not_allowed", "method.unknown"},
	{"encoded NUL in the path", "GET /api/v1/things%00 HTTP/1.1\r\n" HOST "\r\n", 400,
	 "request.malformed", "path.malformed"},
	{"bad escape in the path", "GET /api/v1/th%zz HTTP/1.1\r\n" HOST "\r\n", 400,
	 "request.malformed", "path.malformed"},
	{"control character in the path", "GET /api/v1/th%0a HTTP/1.1\r\n" HOST "\r\n", 400,
	 "request.malformed", "path.malformed"},
	{"no host", "GET /api/v1/things HTTP/1.1\r\n\r\n", 400, "", ""},
	{"foreign host", "GET /api/v1/things HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421,
	 "request.misdirected", "host.unknown"},
	{"host with a wrong port form",
	 "GET /api/v1/things HTTP/1.1\r\nHost: pam.example:x\r\n\r\n", 421, "request.misdirected",
	 "host.unknown"},
	{"two hosts", "GET /api/v1/things HTTP/1.1\r\n" HOST HOST "\r\n", 400, "request.malformed",
	 "header.repeated"},
	{"two lengths", POST MARK JSON "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400,
	 "request.malformed", "header.repeated"},
	{"length and chunks",
	 POST MARK JSON "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
	 "request.malformed", "framing.ambiguous"},
	{"unknown coding", POST MARK JSON "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400,
	 "request.malformed", "framing.coding"},
	{"signed length", POST MARK JSON "Content-Length: +2\r\n\r\n{}", 400, "", ""},
	{"too long by its length", POST MARK JSON "Content-Length: 201\r\n\r\n", 413,
	 "body.too_large", "body.limit"},
	{"too long by its chunks",
	 POST MARK JSON "Transfer-Encoding: chunked\r\n\r\n"
			"80\r\n"
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"
			"80\r\n"
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"
			"0\r\n\r\n",
	 413, "body.too_large", "body.limit"},
	{"body where none belongs",
	 "GET /api/v1/things HTTP/1.1\r\n" HOST COOKIE "Content-Length: 1\r\n\r\nx", 413,
	 "body.too_large", "body.limit"},
	{"no cookie", "GET /api/v1/things HTTP/1.1\r\n" HOST "\r\n", 401, "auth.required",
	 "session.absent"},
	{"short cookie",
	 "GET /api/v1/things HTTP/1.1\r\n" HOST "Cookie: __Host-sekisho=AAAA\r\n\r\n", 401,
	 "auth.required", "session.absent"},
	{"a cookie that a neighbour could set",
	 "GET /api/v1/things HTTP/1.1\r\n" HOST "Cookie: sekisho=" FAKE_COOKIE
	 "; __Secure-sekisho=" FAKE_COOKIE "\r\n\r\n",
	 401, "auth.required", "session.absent"},
	{"two cookies",
	 "GET /api/v1/things HTTP/1.1\r\n" HOST "Cookie: __Host-sekisho=" FAKE_COOKIE
	 "; __Host-sekisho=" FAKE_COOKIE "\r\n\r\n",
	 401, "auth.required", "session.absent"},
	{"unknown cookie",
	 "GET /api/v1/things HTTP/1.1\r\n" HOST
	 "Cookie: __Host-sekisho=BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n\r\n",
	 401, "auth.required", ""},
	{"operation open to nobody", "GET /api/v1/closed HTTP/1.1\r\n" HOST COOKIE "\r\n", 403,
	 "access.denied", "operation.closed"},
	{"read from another site",
	 "GET /api/v1/things HTTP/1.1\r\n" HOST COOKIE "Sec-Fetch-Site: cross-site\r\n\r\n", 403,
	 "access.denied", "csrf.refused"},
	{"write without the mark", POST JSON "Content-Length: 12\r\n\r\n{\"name\":\"a\"}", 403,
	 "access.denied", "csrf.refused"},
	{"write with a foreign origin",
	 POST MARK JSON
	 "Origin: https://evil.example\r\nContent-Length: 12\r\n\r\n{\"name\":\"a\"}",
	 403, "access.denied", "csrf.refused"},
	{"write with a null origin",
	 POST MARK JSON "Origin: null\r\nContent-Length: 12\r\n\r\n{\"name\":\"a\"}", 403,
	 "access.denied", "csrf.refused"},
	{"write from the same site only",
	 POST MARK JSON "Sec-Fetch-Site: same-site\r\nContent-Length: 12\r\n\r\n{\"name\":\"a\"}",
	 403, "access.denied", "csrf.refused"},
	{"wrong media type",
	 POST MARK "Content-Type: text/plain\r\nContent-Length: 12\r\n\r\n{\"name\":\"a\"}", 415,
	 "media_type.unsupported", "media_type.wrong"},
	{"no media type", POST MARK "Content-Length: 12\r\n\r\n{\"name\":\"a\"}", 415,
	 "media_type.unsupported", "media_type.wrong"},
	{"media type with a suffix",
	 POST MARK "Content-Type: application/jsonx\r\nContent-Length: 2\r\n\r\n{}", 415,
	 "media_type.unsupported", "media_type.wrong"},
	{"not JSON", POST MARK JSON "Content-Length: 5\r\n\r\n{nam}", 400, "request.malformed",
	 "json.malformed"},
	{"JSON that is no object", POST MARK JSON "Content-Length: 2\r\n\r\n[]", 400,
	 "request.malformed", "json.not_object"},
	{"repeated member",
	 POST MARK JSON "Content-Length: 23\r\n\r\n{\"name\":\"a\",\"name\":\"b\"}", 400,
	 "request.malformed", "json.malformed"},
	{"deep JSON", POST MARK JSON "Content-Length: 23\r\n\r\n{\"name\":[[[[[[[[]]]]]]]]", 400,
	 "request.malformed", "json.deep"},
	{"unknown member", POST MARK JSON "Content-Length: 19\r\n\r\n{\"name\":\"a\",\"x\":1} ",
	 422, "input.invalid", "\"name\":\"x\",\"reason\":\"unknown\""},
	{"missing member", POST MARK JSON "Content-Length: 2\r\n\r\n{}", 422, "input.invalid",
	 "\"name\":\"name\",\"reason\":\"required\""},
	{"text too long", POST MARK JSON "Content-Length: 22\r\n\r\n{\"name\":\"aaaaaaaaaaa\"}",
	 422, "input.invalid", "\"reason\":\"too_long\""},
	{"number of the wrong type",
	 POST MARK JSON "Content-Length: 24\r\n\r\n{\"name\":\"a\",\"count\":\"1\"}", 422,
	 "input.invalid", "\"name\":\"count\",\"reason\":\"type\""},
	{"number out of range",
	 POST MARK JSON "Content-Length: 23\r\n\r\n{\"name\":\"a\",\"count\":10}", 422,
	 "input.invalid", "\"name\":\"count\",\"reason\":\"range\""},
	{"no such choice",
	 POST MARK JSON "Content-Length: 29\r\n\r\n{\"name\":\"a\",\"colour\":\"green\"}", 422,
	 "input.invalid", "\"name\":\"colour\""},
	{"control character in a text",
	 POST MARK JSON "Content-Length: 19\r\n\r\n{\"name\":\"a\\u0007b\"}", 422, "input.invalid",
	 "\"reason\":\"control_character\""},
	{"unknown query member", "GET /api/v1/things?x=1 HTTP/1.1\r\n" HOST COOKIE "\r\n", 422,
	 "input.invalid", "\"name\":\"x\",\"reason\":\"unknown\""},
	{"repeated query member", "GET /api/v1/things?q=1&q=2 HTTP/1.1\r\n" HOST COOKIE "\r\n", 422,
	 "input.invalid", "\"reason\":\"duplicate\""},
	{"query out of range", "GET /api/v1/things?limit=201 HTTP/1.1\r\n" HOST COOKIE "\r\n", 422,
	 "input.invalid", "\"name\":\"limit\",\"reason\":\"range\""},
	{"query without a value", "GET /api/v1/things?q HTTP/1.1\r\n" HOST COOKIE "\r\n", 400,
	 "request.malformed", "encoding.malformed"},
	{"query that is not UTF-8", "GET /api/v1/things?q=%ff HTTP/1.1\r\n" HOST COOKIE "\r\n", 400,
	 "request.malformed", "encoding.malformed"},
	{"change without a version",
	 "PATCH /api/v1/things/" ID " HTTP/1.1\r\n" HOST COOKIE MARK JSON
	 "Content-Length: 12\r\n\r\n{\"name\":\"a\"}",
	 428, "precondition.required", "precondition.required"},
	{"change with a bare version",
	 "PATCH /api/v1/things/" ID " HTTP/1.1\r\n" HOST COOKIE MARK JSON
	 "If-Match: 3\r\nContent-Length: 12\r\n\r\n{\"name\":\"a\"}",
	 400, "request.malformed", "if_match.malformed"},
	{"change of any version",
	 "PATCH /api/v1/things/" ID " HTTP/1.1\r\n" HOST COOKIE MARK JSON
	 "If-Match: *\r\nContent-Length: 12\r\n\r\n{\"name\":\"a\"}",
	 400, "request.malformed", "if_match.malformed"},
	{"short idempotency key",
	 POST MARK JSON "Idempotency-Key: a\r\nContent-Length: 12\r\n\r\n{\"name\":\"a\"}", 400,
	 "request.malformed", "idempotency_key.malformed"},
	{"form without its secret",
	 "POST /api/v1/sign-in HTTP/1.1\r\n" HOST MARK FORM "Content-Length: 9\r\n\r\nlogin=abc",
	 422, "input.invalid", "\"name\":\"password\",\"reason\":\"required\""},
	{"form with two secrets",
	 "POST /api/v1/sign-in HTTP/1.1\r\n" HOST MARK FORM
	 "Content-Length: 31\r\n\r\nlogin=a&password=1&password=222",
	 422, "input.invalid", "\"reason\":\"duplicate\""},
	{"form with an unknown member",
	 "POST /api/v1/sign-in HTTP/1.1\r\n" HOST MARK FORM
	 "Content-Length: 22\r\n\r\nlogin=a&password=1&x=1",
	 422, "input.invalid", "\"reason\":\"unknown\""},
	{"form with a bad login",
	 "POST /api/v1/sign-in HTTP/1.1\r\n" HOST MARK FORM
	 "Content-Length: 18\r\n\r\nlogin=A&password=1",
	 422, "input.invalid", "\"name\":\"login\""},
	{"empty secret",
	 "PUT /api/v1/things/" ID "/secret HTTP/1.1\r\n" HOST COOKIE MARK
	 "Content-Type: application/octet-stream\r\nContent-Length: 0\r\n\r\n",
	 422, "input.invalid", "\"reason\":\"required\""},
	{"terminal without an upgrade",
	 "GET /api/v1/terminal HTTP/1.1\r\n" HOST COOKIE ORIGIN "\r\n", 400, "request.malformed",
	 "websocket.handshake"},
	{"terminal without an origin", WS WS_REST "\r\n", 403, "access.denied", "csrf.refused"},
	{"terminal from a foreign page", WS WS_REST "Origin: https://evil.example\r\n\r\n", 403,
	 "access.denied", "csrf.refused"},
	{"terminal of another version",
	 WS ORIGIN "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Protocol: sekisho-terminal.1\r\n\r\n",
	 400, "request.malformed", "websocket.version"},
	{"terminal without its protocol", WS ORIGIN "Sec-WebSocket-Version: 13\r\n\r\n", 400,
	 "request.malformed", "websocket.protocol"},
	{"missing file of the portal", "GET /assets/none.js HTTP/1.1\r\n" HOST "\r\n", 404,
	 "not_found", "path.unknown"},
};

static void every_refusal_says_why(void **state)
{
	int before = fixture_seen(&fixture).executed;

	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *r = &refusals[i];
		int status = fixture_ask(&fixture, r->request, got, sizeof(got));
		if (status != r->status || strstr(got, r->code) == NULL ||
		    strstr(got, r->reason) == NULL)
			fail_msg("%s: wanted %d %s %s, got %d:\n%s", r->name, r->status, r->code,
				 r->reason, status, got);
	}
	assert_int_equal(fixture_seen(&fixture).executed, before);
}

static void a_problem_is_dressed_like_every_answer(void **state)
{
	static const char *const wanted[] = {
		"Content-Type: application/problem+json",
		"Cache-Control: no-store",
		"Strict-Transport-Security: max-age=31536000",
		"X-Content-Type-Options: nosniff",
		"Referrer-Policy: no-referrer",
		"Cross-Origin-Opener-Policy: same-origin",
		"Cross-Origin-Resource-Policy: same-origin",
		"Content-Security-Policy: default-src 'none'; script-src 'self';",
		"frame-ancestors 'none'; require-trusted-types-for 'script'",
		"\"type\":\"about:blank\"",
		"\"trace\":\"",
		"Allow: GET, POST",
	};

	(void)state;
	fixture_ask(&fixture, "DELETE /api/v1/things HTTP/1.1\r\n" HOST "\r\n", got, sizeof(got));
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (strstr(got, wanted[i]) == NULL)
			fail_msg("no %s in:\n%s", wanted[i], got);
}

#define RIGHT_TOKEN SCRAPE "Authorization: Bearer " FAKE_METRICS_TOKEN "\r\n\r\n"

static void metrics_are_for_the_bearer_of_the_token(void **state)
{
	(void)state;
	assert_int_equal(fixture_ask(&fixture, RIGHT_TOKEN, got, sizeof(got)), 200);
	assert_non_null(strstr(got, "\r\n\r\nthings 3\n"));
	assert_non_null(strstr(got, "Content-Type: text/plain; version=0.0.4"));
	assert_non_null(strstr(got, "Cache-Control: no-store"));
}

/* Every connection of the test is closed by then: nobody reads the parameter. */
static void without_a_token_file_metrics_are_for_nobody(void **state)
{
	(void)state;
	fixture.web->params.metrics_digest = NULL;
	assert_int_equal(fixture_ask(&fixture, RIGHT_TOKEN, got, sizeof(got)), 401);
	fixture.web->params.metrics_digest = fixture.metrics_digest;
	assert_non_null(strstr(got, "WWW-Authenticate: Bearer realm=\"sekisho-metrics\""));
}

static void a_wrong_metrics_token_is_told(void **state)
{
	(void)state;
	fixture_expect_refusal(&fixture, "things.metrics", "metrics.token", ERR_UNAUTHENTICATED);
	fixture_ask(&fixture, SCRAPE "Authorization: Bearer guess\r\n\r\n", got, sizeof(got));
	assert_true(fixture_await_refusal(&fixture));
	assert_null(strstr(got, "guess"));
}

/* The token it knows has the same 32 zero bytes as the cookie it knows. */
static int ask_with_token(const char *line, const char *token, const char *more)
{
	char request[1024];

	snprintf(request, sizeof(request),
		 "%s HTTP/1.1\r\n" HOST "Authorization: Bearer %s\r\n%s\r\n", line, token, more);
	return fixture_ask(&fixture, request, got, sizeof(got));
}

static void known_token(char out[TOKEN_TEXT])
{
	static const uint8_t zero[TOKEN_SECRET];

	token_write(CREDENTIAL_TOKEN, zero, out);
}

static void a_token_stands_for_cookie_and_mark(void **state)
{
	char token[TOKEN_TEXT];
	int before = fixture_seen(&fixture).executed;

	(void)state;
	known_token(token);
	assert_int_equal(ask_with_token("GET /api/v1/things", token, ""), 200);
	assert_int_equal(ask_with_token("POST /api/v1/managed", token, "Content-Length: 0\r\n"),
			 204);
	assert_int_equal(fixture_seen(&fixture).executed, before + 1);
	/* The same without it is somebody unknown, or a foreign page's doing. */
	assert_int_equal(fixture_ask(&fixture,
				     "POST /api/v1/managed HTTP/1.1\r\n" HOST COOKIE
				     "Content-Length: 0\r\n\r\n",
				     got, sizeof(got)),
			 403);
	assert_non_null(strstr(got, "csrf.refused"));
}

static void a_token_that_opens_nothing_says_so(void **state)
{
	static const uint8_t other[TOKEN_SECRET] = {1};
	char token[TOKEN_TEXT];

	(void)state;
	known_token(token);
	fixture_expect_refusal(&fixture, "things.list", "token.malformed", ERR_UNAUTHENTICATED);
	token[20] = token[20] == 'A' ? 'B' : 'A';
	assert_int_equal(ask_with_token("GET /api/v1/things", token, ""), 401);
	assert_non_null(strstr(got, "token.malformed"));
	assert_non_null(strstr(got, "WWW-Authenticate: Bearer realm=\"sekisho\", "
				    "error=\"invalid_token\""));
	assert_null(strstr(got, token));
	assert_true(fixture_await_refusal(&fixture));
	token_write(CREDENTIAL_TOKEN, other, token);
	assert_int_equal(ask_with_token("GET /api/v1/things", token, ""), 401);
	assert_int_equal(ask_with_token("GET /api/v1/things", "", ""), 401);
	known_token(token);
	assert_int_equal(ask_with_token("GET /api/v1/things", token, COOKIE), 400);
	assert_non_null(strstr(got, "token.with_cookie"));
}

/* No stream, no terminal, nothing fresh, nothing of one's own that is not listed. */
static void what_is_closed_to_tokens_stays_closed(void **state)
{
	static const char *const lines[] = {"POST /api/v1/fresh", "GET /api/v1/events",
					    "GET /api/v1/terminal", "GET /api/v1/hold",
					    "GET /api/v1/closed"};
	char token[TOKEN_TEXT];
	int before = fixture_seen(&fixture).executed;

	(void)state;
	known_token(token);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		int status = ask_with_token(lines[i], token,
					    lines[i][0] == 'P' ? "Content-Length: 0\r\n" : "");
		if (status != 403 || (strstr(got, "token.not_for_this") == NULL &&
				      strstr(got, "operation.closed") == NULL))
			fail_msg("%s: %d %s", lines[i], status, got);
	}
	assert_int_equal(fixture_seen(&fixture).executed, before);
}

/* A token comes back every 50 ms: the first of some tries that is quicker finds none. */
static void each_token_has_a_rate_of_its_own(void **state)
{
	const struct uuid known = {{7}}, other = {{9}};
	char token[TOKEN_TEXT];
	int status = 200, retry = 0;

	(void)state;
	known_token(token);
	for (int i = 0; i < 200 && status == 200; i++) {
		while (web_rate_take_id(fixture.web->rate, WEB_RATE_TOKEN, &known, &retry))
			;
		status = ask_with_token("GET /api/v1/things", token, "");
	}
	assert_int_equal(status, 429);
	assert_non_null(strstr(got, "rate.token"));
	assert_non_null(strstr(got, "Retry-After: 1"));
	assert_true(web_rate_take_id(fixture.web->rate, WEB_RATE_TOKEN, &other, &retry));
	assert_int_equal(fixture_ask(&fixture, "GET /api/v1/things HTTP/1.1\r\n" HOST COOKIE "\r\n",
				     got, sizeof(got)),
			 200);
}

static struct web_count_row row_of(const char *operation)
{
	struct web_count_row row;

	for (size_t i = 0; i < web_counts_size(fixture.counts); i++) {
		web_counts_read(fixture.counts, i, &row);
		if (strcmp(row.operation, operation) == 0)
			return row;
	}
	fail_msg("nobody counts %s", operation);
	return row;
}

static void answers_are_counted_by_operation_and_class(void **state)
{
	struct web_count_row nothing = row_of("none"), list = row_of("things.list");
	uint64_t sum = 0, before = 0;

	(void)state;
	size_t size = web_counts_size(fixture.counts);
	fixture_ask(&fixture, "GET /api/v1/surprise HTTP/1.1\r\n" HOST "\r\n", got, sizeof(got));
	fixture_ask(&fixture, "GET /api/v1/things HTTP/1.1\r\n" HOST "\r\n", got, sizeof(got));
	fixture_ask(&fixture, "GET /api/v1/things HTTP/1.1\r\n" HOST COOKIE "\r\n", got,
		    sizeof(got));
	assert_int_equal(row_of("none").classes[3], nothing.classes[3] + 1);
	assert_int_equal(row_of("things.list").classes[3], list.classes[3] + 1);
	assert_int_equal(row_of("things.list").classes[1], list.classes[1] + 1);
	for (size_t i = 0; i < WEB_COUNT_BUCKETS; i++) {
		before += list.buckets[i];
		sum += row_of("things.list").buckets[i];
	}
	assert_int_equal(sum, before + 2);
	assert_int_equal(web_counts_size(fixture.counts), size);
}

static void missing_permission_is_refused_and_told(void **state)
{
	struct fake_answers answers = fake_usual();

	(void)state;
	answers.permissions = 0;
	fixture_say(&fixture, &answers);
	fixture_expect_refusal(&fixture, "things.list", "permission.missing", ERR_DENIED);
	assert_int_equal(fixture_ask(&fixture, "GET /api/v1/things HTTP/1.1\r\n" HOST COOKIE "\r\n",
				     got, sizeof(got)),
			 403);
	assert_non_null(strstr(got, "permission.missing"));
	assert_non_null(strstr(got, "target.view"));
	assert_true(fixture_await_refusal(&fixture));
}

static void an_old_sign_in_is_not_fresh(void **state)
{
	struct fake_answers answers = fake_usual();

	(void)state;
	answers.authenticated_at -= INT64_C(16) * 60 * 1000000;
	fixture_say(&fixture, &answers);
	assert_int_equal(fixture_ask(&fixture,
				     "POST /api/v1/fresh HTTP/1.1\r\n" HOST COOKIE MARK
				     "Content-Length: 0\r\n\r\n",
				     got, sizeof(got)),
			 401);
	assert_non_null(strstr(got, "auth.not_fresh"));
	say_the_usual(NULL);
	assert_int_equal(fixture_ask(&fixture,
				     "POST /api/v1/fresh HTTP/1.1\r\n" HOST COOKIE MARK
				     "Content-Length: 0\r\n\r\n",
				     got, sizeof(got)),
			 204);
}

static void a_read_runs_here_with_its_values(void **state)
{
	(void)state;
	assert_int_equal(fixture_ask(&fixture,
				     "GET /api/v1/things?limit=5&q=a%20b+c HTTP/1.1\r\n"
				     "Host: SEKISHO.example\r\n" COOKIE "\r\n",
				     got, sizeof(got)),
			 200);
	assert_non_null(strstr(got, "{\"who\":\"hanako\",\"limit\":5,\"q\":\"a b c\"}"));
	assert_non_null(strstr(got, "Content-Type: application/json"));
}

static void an_address_is_a_host_too(void **state)
{
	(void)state;
	assert_int_equal(
		fixture_ask(&fixture,
			    "GET /api/v1/things HTTP/1.1\r\nHost: [2001:db8::7]:8443\r\n" COOKIE
			    "\r\n",
			    got, sizeof(got)),
		200);
	assert_int_equal(fixture_ask(&fixture,
				     "GET /api/v1/things HTTP/1.1\r\nHost: [2001:db8::7\r\n" COOKIE
				     "\r\n",
				     got, sizeof(got)),
			 421);
}

static void a_creation_is_executed_and_read_back(void **state)
{
	struct msg_result result = {.has_id = 1, .version = 1};

	(void)state;
	assert_true(uuid_parse(ID, &result.id));
	say_result(&result);
	assert_int_equal(
		fixture_ask(&fixture,
			    POST MARK JSON ORIGIN
			    "Idempotency-Key: key-12345\r\nSec-Fetch-Site: same-origin\r\n"
			    "Content-Length: 29\r\n\r\n{\"name\":\"a\",\"colour\":\"blue\"} ",
			    got, sizeof(got)),
		201);
	assert_non_null(strstr(got, "Location: /api/v1/things/" ID "\r\n"));
	assert_non_null(strstr(got, "ETag: \"3\""));
	assert_non_null(strstr(got, "{\"id\":\"" ID "\"}"));
	struct fake_seen seen = fixture_seen(&fixture);
	assert_string_equal(seen.op, "things.create");
	assert_string_equal(seen.idempotency_key, "key-12345");
	/* name "a", choice 1, count absent */
	static const uint8_t values[] = {2, 0, 0, 0, 1, 'a', 2, 0, 0, 0, 0, 0, 0, 0, 1, 0};
	assert_int_equal(seen.values_len, sizeof(values));
	assert_memory_equal(seen.values, values, sizeof(values));
}

static void if_match_reaches_authority_and_its_refusal_comes_back(void **state)
{
	(void)state;
	say_result(&(struct msg_result){.err = ERR_STALE,
					.text = {(const uint8_t *)"changed meanwhile", 17}});
	assert_int_equal(
		fixture_ask(&fixture,
			    "PATCH /api/v1/things/" ID " HTTP/1.1\r\n" HOST COOKIE MARK JSON
			    "If-Match: \"7\"\r\nContent-Length: 12\r\n\r\n{\"name\":\"a\"}",
			    got, sizeof(got)),
		412);
	assert_int_equal(fixture_seen(&fixture).if_match, 7);
	assert_non_null(strstr(got, "\"code\":\"version.stale\""));
	assert_non_null(strstr(got, "changed meanwhile"));
}

static void result_fields_become_an_object(void **state)
{
	static const uint8_t fields[] = {
		OUT_TEXT, 0, 0, 0,   1,	  't', 1,	 0, 0, 0, 2, 'h', '"', OUT_INT,
		0,	  0, 0, 1,   'n', 0,   0,	 0, 0, 0, 0, 0,	  5,   OUT_BOOL,
		0,	  0, 0, 1,   'b', 1,   OUT_JSON, 0, 0, 0, 1, 'j', 1,   0,
		0,	  0, 3, '[', '1', ']', OUT_TEXT, 0, 0, 0, 1, 'z', 0,
	};
	(void)state;
	say_result(&(struct msg_result){.fields = {fields, sizeof(fields)}});
	int status = fixture_ask(&fixture,
				 "POST /api/v1/fresh HTTP/1.1\r\n" HOST COOKIE MARK
				 "Content-Length: 0\r\n\r\n",
				 got, sizeof(got));
	assert_int_equal(status, 200);
	assert_non_null(strstr(got, "{\"t\":\"h\\\"\",\"n\":5,\"b\":true,\"j\":[1],\"z\":null}"));
}

static void secrets_travel_by_pipe_only(void **state)
{
	struct fake_seen seen;

	(void)state;
	assert_int_equal(
		fixture_ask(&fixture,
			    "POST /api/v1/sign-in HTTP/1.1\r\n" HOST MARK FORM
			    "Content-Length: 32\r\n\r\nlogin=hanako&password=p%26+%E3%81%82",
			    got, sizeof(got)),
		400); /* cut inside an escape */
	assert_int_equal(
		fixture_ask(&fixture,
			    "POST /api/v1/sign-in HTTP/1.1\r\n" HOST MARK FORM
			    "Content-Length: 36\r\n\r\nlogin=hanako&password=p%26+%E3%81%82",
			    got, sizeof(got)),
		204);
	seen = fixture_seen(&fixture);
	assert_int_equal(seen.secret_len, 6);
	assert_memory_equal(seen.secret, "p& \xe3\x81\x82", 6);
	assert_int_equal(seen.values_len, 1 + 4 + 6); /* the login alone */
	assert_int_equal(fixture_ask(&fixture,
				     "POST /api/v1/pair HTTP/1.1\r\n" HOST COOKIE MARK FORM
				     "Content-Length: 32\r\n\r\npassword=new&current_password=old",
				     got, sizeof(got)),
			 204);
	seen = fixture_seen(&fixture);
	assert_int_equal(seen.secret_len, 6);
	assert_memory_equal(seen.secret, "ol\0new", 6);
	assert_int_equal(
		fixture_ask(
			&fixture,
			"PUT /api/v1/things/" ID "/secret HTTP/1.1\r\n" HOST COOKIE MARK
			"Content-Type: application/octet-stream\r\n"
			"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\n\n\x01\r\n0\r\n\r\n",
			got, sizeof(got)),
		204);
	seen = fixture_seen(&fixture);
	assert_int_equal(seen.secret_len, 5);
	assert_memory_equal(seen.secret, "abc\n\x01", 5);
}

static void cookies_are_set_hard(void **state)
{
	(void)state;
	say_result(&(struct msg_result){.set_session = {(const uint8_t *)FAKE_COOKIE, 43},
					.set_device = {(const uint8_t *)FAKE_COOKIE, 43}});
	assert_int_equal(fixture_ask(&fixture,
				     "POST /api/v1/sign-in HTTP/1.1\r\n" HOST MARK FORM
				     "Content-Length: 18\r\n\r\nlogin=a&password=1",
				     got, sizeof(got)),
			 204);
	say_result(&(struct msg_result){.clear_session = 1});
	assert_non_null(strstr(got, "Set-Cookie: __Host-sekisho=" FAKE_COOKIE
				    "; Path=/; Secure; HttpOnly; SameSite=Lax\r\n"));
	assert_non_null(strstr(got, "Set-Cookie: __Host-sekisho-device=" FAKE_COOKIE
				    "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age="));
	fixture_ask(&fixture,
		    "POST /api/v1/fresh HTTP/1.1\r\n" HOST COOKIE MARK "Content-Length: 0\r\n\r\n",
		    got, sizeof(got));
	assert_non_null(strstr(got, "Set-Cookie: __Host-sekisho=; Path=/; Secure; HttpOnly; "
				    "SameSite=Lax; Max-Age=0\r\n"));
}

static void a_descriptor_becomes_the_body(void **state)
{
	struct fake_answers answers = fake_usual();

	(void)state;
	answers.result.has_body = RESULT_BYTES;
	answers.body = "{\"version\":2}\n[0.1,\"o\",\"x\"]\n";
	fixture_say(&fixture, &answers);
	int status = fixture_ask(&fixture, "GET /api/v1/raw HTTP/1.1\r\n" HOST COOKIE "\r\n", got,
				 sizeof(got));
	assert_int_equal(status, 200);
	assert_non_null(strstr(got, "Content-Type: application/x-asciicast"));
	assert_non_null(strstr(got, "{\"version\":2}\n[0.1,\"o\",\"x\"]\n"));
}

static void ask_framed(const char *frames, size_t len)
{
	struct fake_answers answers = fake_usual();

	answers.result.has_body = RESULT_FRAMES;
	answers.body = frames;
	answers.body_len = len;
	fixture_say(&fixture, &answers);
	assert_int_equal(fixture_ask(&fixture, "GET /api/v1/raw HTTP/1.1\r\n" HOST COOKIE "\r\n",
				     got, sizeof(got)),
			 200);
}

static void a_body_whose_writer_died_has_no_end(void **state)
{
	static const char frames[] = "\3\0\0\0one\3\0\0\0two\0\0\0\0";

	(void)state;
	ask_framed(frames, sizeof(frames) - 1);
	assert_non_null(strstr(got, "one"));
	assert_non_null(strstr(got, "two"));
	assert_non_null(strstr(got, "\r\n0\r\n\r\n"));
	for (size_t cut = 1; cut < sizeof(frames) - 1; cut++) {
		ask_framed(frames, cut);
		assert_non_null(strstr(got, "Transfer-Encoding: chunked"));
		assert_null(strstr(got, "\r\n0\r\n\r\n"));
	}
}

/* The limits are 0.9, 0.95 and 3 s; without one of them the link's own minute would end it. */
enum { LIMITED_US = 30 * 1000 * 1000 };

static void a_silent_authority_is_503(void **state)
{
	struct fake_answers answers = fake_usual();

	(void)state;
	answers.mute = true;
	fixture_say(&fixture, &answers);
	int64_t before = sys_mono_us();
	int status = fixture_ask(&fixture, "GET /api/v1/things HTTP/1.1\r\n" HOST COOKIE "\r\n",
				 got, sizeof(got));
	assert_true(sys_mono_us() - before < LIMITED_US);
	assert_int_equal(status, 503);
	assert_non_null(strstr(got, "authority.away"));
}

/* Microseconds until it is given up; authority says nothing to orders. */
static int64_t ask_in_vain(const char *text)
{
	struct fake_answers answers = fake_usual();

	answers.mute_orders = true;
	fixture_say(&fixture, &answers);
	int64_t before = sys_mono_us();
	assert_int_equal(fixture_ask(&fixture, text, got, sizeof(got)), 503);
	int64_t took = sys_mono_us() - before;
	assert_true(took < LIMITED_US);
	return took;
}

static void an_unanswered_order_is_an_unknown_outcome(void **state)
{
	(void)state;
	(void)ask_in_vain("POST /api/v1/fresh HTTP/1.1\r\n" HOST COOKIE MARK
			  "Content-Length: 0\r\n\r\n");
	assert_non_null(strstr(got, "\"code\":\"outcome.unknown\""));
}

/* Hashing queues: a form may take longer than the second of everything else. */
static void an_unanswered_form_is_given_up_later(void **state)
{
	(void)state;
	assert_true(ask_in_vain("POST /api/v1/sign-in HTTP/1.1\r\n" HOST MARK FORM
				"Content-Length: 18\r\n\r\nlogin=a&password=1") > 2000000);
}

static void send_many(int fds[WEB_WORKERS], const char *text)
{
	for (int i = 0; i < WEB_WORKERS; i++) {
		fds[i] = fixture_connect(&fixture);
		assert_int_equal(write(fds[i], text, strlen(text)), (ssize_t)strlen(text));
	}
}

static void expect_many(const int fds[WEB_WORKERS], const char *wanted)
{
	for (int i = 0; i < WEB_WORKERS; i++) {
		fixture_talk(fds[i], "", got, sizeof(got));
		assert_non_null(strstr(got, wanted));
		close(fds[i]);
	}
}

static void release_all(void)
{
	pthread_mutex_lock(&hold.lock);
	hold.released = true;
	pthread_cond_broadcast(&hold.changed);
	pthread_mutex_unlock(&hold.lock);
}

/* What a read waited for a thread is no longer there for authority, which is not even asked. */
static void waiting_in_the_queue_counts(void **state)
{
	int holding[WEB_WORKERS], waiting[WEB_WORKERS];

	(void)state;
	send_many(holding, "GET /api/v1/hold HTTP/1.1\r\n" HOST COOKIE "\r\n");
	pthread_mutex_lock(&hold.lock);
	wait_for(all_are_held);
	bool held = all_are_held();
	pthread_mutex_unlock(&hold.lock);
	assert_true(held);
	int before = fixture_seen(&fixture).asked;
	send_many(waiting, "GET /api/v1/things HTTP/1.1\r\n" HOST COOKIE "\r\n");
	/* Answered without such a thread: what was sent before it is queued by then. */
	assert_int_equal(fixture_ask(&fixture, "GET /api/v1/nothing HTTP/1.1\r\n" HOST "\r\n", got,
				     sizeof(got)),
			 404);
	usleep(1000000); /* a read has 0.9 s */
	release_all();
	expect_many(waiting, "server.busy");
	assert_int_equal(fixture_seen(&fixture).asked, before);
	expect_many(holding, "HTTP/1.1 200");
}

static void keep_alive_serves_one_after_the_other(void **state)
{
	int fd = fixture_connect(&fixture);

	(void)state;
	for (int i = 0; i < 20; i++) {
		fixture_talk(fd, "GET /api/v1/things HTTP/1.1\r\n" HOST COOKIE "\r\n", got,
			     sizeof(got));
		assert_non_null(strstr(got, "HTTP/1.1 200"));
	}
	close(fd);
}

static void an_upgraded_socket_goes_to_authority(void **state)
{
	int fd = fixture_connect(&fixture);
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	size_t len = 0;

	(void)state;
	assert_int_equal(
		send(fd, WS WS_REST ORIGIN "\r\nearly", strlen(WS WS_REST ORIGIN "\r\nearly"), 0),
		(ssize_t)strlen(WS WS_REST ORIGIN "\r\nearly"));
	while (len + 1 < sizeof(got) && poll(&wait, 1, WAIT_MS) == 1) {
		ssize_t n = recv(fd, got + len, sizeof(got) - len - 1, 0);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	got[len] = '\0';
	close(fd);
	assert_non_null(strstr(got, "HTTP/1.1 101"));
	assert_non_null(strstr(got, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
	assert_non_null(strstr(got, "Sec-WebSocket-Protocol: sekisho-terminal.1"));
	assert_non_null(strstr(got, "\x82\x01!")); /* written by authority on the same socket */
	struct fake_seen seen = fixture_seen(&fixture);
	assert_string_equal(seen.op, "things.terminal");
	assert_string_equal(seen.upgraded, "early");
}

static void a_refused_terminal_is_told_in_frames(void **state)
{
	static const char text[] = "the lease is over";
	int fd = fixture_connect(&fixture);
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	size_t len = 0;

	(void)state;
	say_result(&(struct msg_result){.err = ERR_CONFLICT,
					.reason = {(const uint8_t *)"lease.ended", 11},
					.text = {(const uint8_t *)text, sizeof(text) - 1}});
	send(fd, WS WS_REST ORIGIN "\r\n", strlen(WS WS_REST ORIGIN "\r\n"), 0);
	while (len + 1 < sizeof(got) && poll(&wait, 1, WAIT_MS) == 1) {
		ssize_t n = recv(fd, got + len, sizeof(got) - len - 1, 0);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	close(fd);
	static const char frames[] =
		"\x82\x26\x12server\0lease.ended\0the lease is over\0\x88\x02\x03\xe8";
	const char *end = memmem(got, len, "\r\n\r\n", 4);
	assert_non_null(end);
	assert_int_equal(len - (size_t)(end + 4 - got), sizeof(frames) - 1);
	assert_memory_equal(end + 4, frames, sizeof(frames) - 1);
}

static void read_for(int fd, const char *wanted)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	size_t len = strlen(got);

	while (strstr(got, wanted) == NULL && poll(&wait, 1, WAIT_MS) == 1) {
		ssize_t n = recv(fd, got + len, sizeof(got) - len - 1, 0);
		if (n <= 0)
			break;
		len += (size_t)n;
		got[len] = '\0';
	}
}

static void events_reach_who_may_hear_them(void **state)
{
	struct uuid other = {.b = {1}}, mine = {.b = {7}};
	int fd = fixture_connect(&fixture);
	static const char ask[] = "GET /api/v1/events HTTP/1.1\r\n" HOST COOKIE "\r\n";

	struct fake_answers answers = fake_usual();

	(void)state;
	answers.permissions = UINT64_C(1) << PERM_TARGET_USE;
	fixture_say(&fixture, &answers);
	got[0] = '\0';
	assert_int_equal(send(fd, ask, sizeof(ask) - 1, 0), (ssize_t)sizeof(ask) - 1);
	read_for(fd, "event: hello");
	assert_non_null(strstr(got, "Content-Type: text/event-stream"));
	assert_non_null(strstr(got, "event: hello\ndata: {}\n\n"));
	fixture_notify(&fixture, "audit", NULL);      /* no right to it */
	fixture_notify(&fixture, "made-up", NULL);    /* nobody listed it */
	fixture_notify(&fixture, "requests", &other); /* somebody else's */
	fixture_notify(&fixture, "requests", &mine);
	fixture_notify(&fixture, "sessions", NULL);
	read_for(fd, "event: sessions");
	assert_non_null(strstr(got, "event: sessions\ndata: {\"topic\":\"sessions\",\"id\":\"09"));
	assert_non_null(strstr(got, "event: requests"));
	assert_null(strstr(strstr(got, "event: requests") + 1, "event: requests"));
	assert_null(strstr(got, "event: audit"));
	assert_null(strstr(got, "made-up"));
	close(fd);
}

static void a_seventh_stream_of_a_session_ends_its_oldest(void **state)
{
	static const char ask[] = "GET /api/v1/events HTTP/1.1\r\n" HOST COOKIE "\r\n";
	int fds[7];

	(void)state;
	for (int i = 0; i < 7; i++) {
		fds[i] = fixture_connect(&fixture);
		got[0] = '\0';
		assert_int_equal(send(fds[i], ask, sizeof(ask) - 1, 0), (ssize_t)sizeof(ask) - 1);
		read_for(fds[i], "event: hello");
		assert_non_null(strstr(got, "HTTP/1.1 200"));
	}
	got[0] = '\0';
	read_for(fds[0], "retry: 30000");
	assert_non_null(strstr(got, "retry: 30000"));
	fixture_notify(&fixture, "sessions", NULL);
	got[0] = '\0';
	read_for(fds[6], "event: sessions");
	assert_non_null(strstr(got, "event: sessions"));
	for (int i = 0; i < 7; i++)
		close(fds[i]);
}

static void a_flood_is_slowed_down(void **state)
{
	static const char ask[] = "GET /api/v1/nothing HTTP/1.1\r\n" HOST "\r\n";
	int fd = fixture_connect(&fixture), count = 0;

	(void)state;
	got[0] = '\0';
	while (count++ < 2000 && strstr(got, "HTTP/1.1 429") == NULL)
		if (fixture_talk(fd, ask, got, sizeof(got)) == 0)
			fail_msg("connection closed after %d requests", count);
	close(fd);
	assert_non_null(strstr(got, "Retry-After: 1"));
	assert_non_null(strstr(got, "\"code\":\"rate.limited\""));
	assert_true(count > 100);
}

#define CASE(f) cmocka_unit_test_setup(f, say_the_usual)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(every_refusal_says_why),
		CASE(a_problem_is_dressed_like_every_answer),
		CASE(metrics_are_for_the_bearer_of_the_token),
		CASE(without_a_token_file_metrics_are_for_nobody),
		CASE(a_wrong_metrics_token_is_told),
		CASE(a_token_stands_for_cookie_and_mark),
		CASE(a_token_that_opens_nothing_says_so),
		CASE(what_is_closed_to_tokens_stays_closed),
		CASE(each_token_has_a_rate_of_its_own),
		CASE(answers_are_counted_by_operation_and_class),
		CASE(missing_permission_is_refused_and_told),
		CASE(an_old_sign_in_is_not_fresh),
		CASE(a_read_runs_here_with_its_values),
		CASE(an_address_is_a_host_too),
		CASE(a_creation_is_executed_and_read_back),
		CASE(if_match_reaches_authority_and_its_refusal_comes_back),
		CASE(result_fields_become_an_object),
		CASE(secrets_travel_by_pipe_only),
		CASE(cookies_are_set_hard),
		CASE(a_descriptor_becomes_the_body),
		CASE(a_body_whose_writer_died_has_no_end),
		CASE(a_silent_authority_is_503),
		CASE(an_unanswered_order_is_an_unknown_outcome),
		CASE(an_unanswered_form_is_given_up_later),
		CASE(waiting_in_the_queue_counts),
		CASE(keep_alive_serves_one_after_the_other),
		CASE(an_upgraded_socket_goes_to_authority),
		CASE(a_refused_terminal_is_told_in_frames),
		CASE(events_reach_who_may_hear_them),
		CASE(a_seventh_stream_of_a_session_ends_its_oldest),
		CASE(a_flood_is_slowed_down),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
