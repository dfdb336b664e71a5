/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/sys.h"
#include "base/text.h"
#include "gateways/proto/bundle.h"
#include "gateways/proto/stream.h"
#include "gateways/proto/witness.h"
#include "tests/containment/attack.h"

/* What an attacker in edge says to the gateways: it has their connections, and sees every grant
 * that passes. A gateway believes what the keeper signed, once, and nothing else. */

enum { TUNNELS = 16, ANSWER_US = 5000000, ROUND_MS = 20, AUTHORITY_SIZE = 80, GRANT_TEXT = 2048 };

static struct loop *stolen_loop;
static struct tunnel *tunnels[TUNNELS];
static char used_authority[AUTHORITY_SIZE], used_grant[GRANT_TEXT];

struct tunnel *__real_tunnel_new(struct loop *loop, struct wire wire, bool gateway,
				 const struct tunnel_events *events, void *arg);
struct tunnel *__wrap_tunnel_new(struct loop *loop, struct wire wire, bool gateway,
				 const struct tunnel_events *events, void *arg);
void __real_tunnel_free(struct tunnel *tunnel);
void __wrap_tunnel_free(struct tunnel *tunnel);
struct stream *__real_stream_open(struct tunnel *tunnel, const char *method, const char *authority,
				  const char *path, const struct stream_header *headers,
				  size_t count, bool has_body, const struct stream_events *events,
				  void *arg);
struct stream *__wrap_stream_open(struct tunnel *tunnel, const char *method, const char *authority,
				  const char *path, const struct stream_header *headers,
				  size_t count, bool has_body, const struct stream_events *events,
				  void *arg);

static void tunnel_exchange(const struct tunnel *old, struct tunnel *new)
{
	for (size_t i = 0; i < TUNNELS; i++) {
		if (tunnels[i] != old)
			continue;
		tunnels[i] = new;
		return;
	}
}

struct tunnel *__wrap_tunnel_new(struct loop *loop, struct wire wire, bool gateway,
				 const struct tunnel_events *events, void *arg)
{
	struct tunnel *tunnel = __real_tunnel_new(loop, wire, gateway, events, arg);

	stolen_loop = loop;
	if (tunnel != NULL)
		tunnel_exchange(NULL, tunnel);
	return tunnel;
}

void __wrap_tunnel_free(struct tunnel *tunnel)
{
	if (tunnel != NULL)
		tunnel_exchange(tunnel, NULL);
	__real_tunnel_free(tunnel);
}

struct stream *__wrap_stream_open(struct tunnel *tunnel, const char *method, const char *authority,
				  const char *path, const struct stream_header *headers,
				  size_t count, bool has_body, const struct stream_events *events,
				  void *arg)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(headers[i].name, "gw-grant") != 0)
			continue;
		(void)snprintf(used_authority, sizeof(used_authority), "%s", authority);
		(void)snprintf(used_grant, sizeof(used_grant), "%s", headers[i].value);
	}
	return __real_stream_open(tunnel, method, authority, path, headers, count, has_body, events,
				  arg);
}

/* ------------------------------------------------------------------ asking */

struct asked {
	int status;
	bool over;
};

static void on_answer(void *arg, struct stream *stream, int status)
{
	struct asked *asked = arg;

	asked->status = status;
	asked->over = true;
	stream_events(stream, NULL, NULL);
	stream_reset(stream, STREAM_CANCEL);
}

static void on_closed(void *arg, struct stream *stream, uint32_t code)
{
	(void)stream;
	(void)code;
	((struct asked *)arg)->over = true;
}

static const struct stream_events asking = {.answer = on_answer, .closed = on_closed};

struct question {
	const char *method, *authority, *path, *grant;
	const void *body;
	size_t len, times; /* the body, so often */
};

/* Status of the answer, 0: the stream was closed without one, -1: neither came. */
static int ask(struct tunnel *tunnel, const struct question *question)
{
	const struct stream_header headers[] = {
		{"gw-session", "01999999-9999-7999-8999-999999999999"},
		{"gw-grant", question->grant},
	};
	int64_t deadline = sys_mono_us() + ANSWER_US;
	struct asked asked = {0};
	struct stream *stream = __real_stream_open(
		tunnel, question->method, question->authority, question->path, headers,
		question->grant != NULL ? 2 : 0, question->path == NULL || question->body != NULL,
		&asking, &asked);

	if (stream == NULL)
		return -1;
	for (size_t i = 0; i < question->times && !asked.over; i++) {
		/* A full queue resets the stream: that is its end. */
		if (!stream_write(stream, question->body, question->len))
			break;
		if (loop_once(stolen_loop, 0) != ERR_OK)
			return -1;
	}
	if (question->times > 0 && !asked.over)
		stream_finish(stream);
	while (!asked.over && sys_mono_us() < deadline)
		if (loop_once(stolen_loop, ROUND_MS) != ERR_OK)
			return -1;
	return asked.over ? asked.status : -1;
}

/* Every gateway connection is asked: 0 when one of them does it. */
static int ask_all(const struct question *question)
{
	bool any = false;

	for (size_t i = 0; i < TUNNELS; i++) {
		if (tunnels[i] == NULL || !tunnel_is_open(tunnels[i]))
			continue;
		int status = ask(tunnels[i], question);
		if (status < 0)
			return UNPREPARED;
		if (status >= 200 && status < 300)
			return 0;
		any = true;
	}
	return any ? ANSWERED_NO : UNPREPARED;
}

static int connect_with(const char *authority, const char *grant)
{
	return ask_all(
		&(struct question){.method = "CONNECT", .authority = authority, .grant = grant});
}

/* ------------------------------------------------------------------ grants */

static int without_a_grant(const struct attack *attack)
{
	(void)attack;
	return used_grant[0] != 0 ? connect_with(used_authority, NULL) : UNPREPARED;
}

static int used_grant_again(const struct attack *attack)
{
	(void)attack;
	return used_grant[0] != 0 ? connect_with(used_authority, used_grant) : UNPREPARED;
}

static int used_grant_elsewhere(const struct attack *attack)
{
	char authority[AUTHORITY_SIZE];

	(void)attack;
	if (used_grant[0] == 0)
		return UNPREPARED;
	(void)snprintf(authority, sizeof(authority), "%s", used_authority);
	authority[0] = authority[0] == '0' ? '1' : '0';
	return connect_with(authority, used_grant);
}

/* A true grant with one byte of each place changed: nonce, time, target, signature. */
static int changed_grants(const struct attack *attack)
{
	uint8_t grant[GRANT_TEXT], changed[GRANT_TEXT];
	char text[GRANT_TEXT];
	long len = base64url_decode(used_grant, strlen(used_grant), grant, sizeof(grant));

	(void)attack;
	if (used_grant[0] == 0 || len <= 0)
		return UNPREPARED;
	for (long at = 0; at < len; at += 7) {
		memcpy(changed, grant, (size_t)len);
		changed[at] ^= 1;
		base64url_encode(changed, (size_t)len, text);
		int got = connect_with(used_authority, text);
		if (got != ANSWERED_NO)
			return got;
	}
	return ANSWERED_NO;
}

/* The same words under a key of one's own. */
static int forged_grant(const struct attack *attack)
{
	enum { SIGNATURE = 64 };
	uint8_t grant[GRANT_TEXT];
	char text[GRANT_TEXT];
	long len = base64url_decode(used_grant, strlen(used_grant), grant, sizeof(grant));

	(void)attack;
	if (used_grant[0] == 0 || len <= SIGNATURE)
		return UNPREPARED;
	sys_random(grant + len - SIGNATURE, SIGNATURE);
	base64url_encode(grant, (size_t)len, text);
	return connect_with(used_authority, text);
}

/* ------------------------------------------------------------------ the rest */

static int put(const char *path, size_t len, size_t times)
{
	uint8_t *noise = malloc(len);
	int got = UNPREPARED;

	if (noise != NULL) {
		sys_random(noise, len);
		got = ask_all(&(struct question){.method = "PUT",
						 .authority = "gateway",
						 .path = path,
						 .body = noise,
						 .len = len,
						 .times = times});
	}
	free(noise);
	return got;
}

static int forged_policy(const struct attack *attack)
{
	(void)attack;
	return put("/policy", BUNDLE_SIGNED_MAX / 4, 1);
}
static int forged_checkpoint(const struct attack *attack)
{
	(void)attack;
	return put("/checkpoint", WITNESS_HANDED_MAX / 4, 1);
}
/* It gathers no more than a policy may have, and writes nothing that is not signed. */
static int endless_policy(const struct attack *attack)
{
	(void)attack;
	return put("/policy", BUNDLE_SIGNED_MAX, 64);
}
static int gateways_files(const struct attack *attack)
{
	(void)attack;
	return ask_all(&(struct question){
		.method = "GET", .authority = "gateway", .path = "/identity.key"});
}

#define ANSWER(name_, function_)                                                                \
	{                                                                                       \
		.name = (name_), .roles = IN_EDGE, .refused = {ANSWERED_NO}, .run = (function_) \
	}

const struct attempt gateway_attempts[] = {
	ANSWER("dial_without_a_grant", without_a_grant),
	ANSWER("use_a_grant_again", used_grant_again),
	ANSWER("use_a_grant_for_another_target", used_grant_elsewhere),
	ANSWER("change_a_grant", changed_grants),
	ANSWER("forge_a_grant", forged_grant),
	ANSWER("forge_a_gateways_policy", forged_policy),
	ANSWER("forge_a_checkpoint_for_a_gateway", forged_checkpoint),
	ANSWER("fill_a_gateways_memory_and_disk", endless_policy),
	ANSWER("read_a_gateways_files", gateways_files),
	{0},
};
