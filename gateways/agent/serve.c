/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "gateways/agent/agent.h"
#include "gateways/proto/splice.h"
#include "gateways/proto/verdict.h"

enum { DIAL_MS = 10000, BEAT_DEFAULT_S = 30 };

/* One CONNECT while its target is dialled. */
struct session {
	struct agent *agent;
	struct stream *stream; /* NULL: the server gave up */
	struct dial *dial;
};

/* PUT /policy or /checkpoint while its body arrives. */
struct upload {
	struct agent *agent;
	enum err (*take)(struct ctx *ctx, struct agent *agent, const struct buf *body);
	/* What the body may grow to, asked once its first BUNDLE_ANNOUNCEMENT bytes are there;
	 * NULL: no more than at first. */
	size_t (*room)(const struct policy *policy, const void *data, size_t len);
	const char *refused; /* event of the log */
	struct buf body;
};

static void refuse(struct stream *stream, enum gateway_reason reason)
{
	const struct gateway_reason_row *row = gateway_reason_row(reason);
	const struct stream_header header = {"gw-reason", row->name};

	stream_answer(stream, row->status, &header, 1, false);
}

static void log_session(struct stream *stream, const char *event, enum gateway_reason reason)
{
	const char *session = stream_header(stream, "gw-session");
	const char *target = stream_header(stream, ":authority");

	log_event(reason ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, NULL, event, "session",
		  session ? session : "", "target", target ? target : "", "reason",
		  gateway_reason_row(reason)->name, NULL);
}

static void session_closed(void *arg, struct stream *stream, uint32_t code)
{
	struct session *session = arg;

	(void)stream;
	(void)code;
	dial_cancel(session->dial);
	free(session);
}

static void session_dialled(void *arg, int fd, enum gateway_reason reason)
{
	struct session *session = arg;
	struct stream *stream = session->stream;

	session->dial = NULL;
	log_session(stream, fd < 0 ? "session_refused" : "session_open", reason);
	if (fd < 0) {
		refuse(stream, reason);
		return;
	}
	tcp_tune(fd);
	/* The splice takes the stream's events over, session_closed is not called any more. */
	stream_events(stream, NULL, NULL);
	stream_answer(stream, 200, NULL, 0, true);
	(void)splice_new(session->agent->loop, stream, fd, NULL, NULL);
	free(session);
}

/* Data before our answer would be a server that does not wait: the stream is aborted. */
static void session_data(void *arg, struct stream *stream, const uint8_t *data, size_t len)
{
	(void)arg;
	(void)data;
	stream_consume(stream, len);
	stream_reset(stream, STREAM_PROTOCOL);
}

static const struct stream_events session_events = {.data = session_data, .closed = session_closed};

static void serve_connect(struct link *link, struct stream *stream)
{
	struct agent *agent = link_agent(link);
	const struct bundle_target *target = NULL;
	struct session *session;
	enum gateway_reason reason;

	if (link_class(link) == GATEWAY_CONTROL) {
		refuse(stream, GW_PROTOCOL);
		return;
	}
	agent->locked = lock_is_set(agent->state.dir);
	reason = agent->locked ? GW_LOCKED
			       : policy_check(agent->policy, stream_header(stream, ":authority"),
					      stream_header(stream, "gw-grant"), &target);
	session = reason ? NULL : calloc(1, sizeof(*session));
	if (session) {
		session->agent = agent;
		session->stream = stream;
		session->dial =
			dial_start(agent->loop, agent->resolver, &agent->ranges, target->addresses,
				   target->address_count, (uint16_t)target->port, DIAL_MS,
				   session_dialled, session);
	}
	if (!session || !session->dial) {
		reason = reason ? reason : GW_BUSY;
		log_session(stream, "session_refused", reason);
		free(session);
		refuse(stream, reason);
		return;
	}
	stream_events(stream, &session_events, session);
}

static void witness_text(const struct agent *agent, char out[BASE64_SIZE(WITNESS_PRESENTED_MAX)])
{
	struct buf record;

	buf_init(&record, WITNESS_PRESENTED_MAX);
	witness_put(&agent->witness, &record);
	base64url_encode(record.data, buf_failed(&record) ? 0 : record.len, out);
	buf_clear(&record);
}

static void serve_attach(struct link *link, struct stream *stream)
{
	const struct agent *agent = link_agent(link);
	const struct identity *identity = &agent->identity;
	char boot[UUID_TEXT_SIZE], protocol[16], clock[24], machine[2 * GATEWAY_MACHINE + 1];
	char chain[BASE64_SIZE(GATEWAY_CHAIN)], witness[BASE64_SIZE(WITNESS_PRESENTED_MAX)];
	const struct stream_header headers[] = {
		{"gw-class", gateway_class_name(link_class(link))},
		{"gw-index", "0"},
		{"gw-boot-id", boot},
		{"gw-version", SEKISHO_VERSION},
		{"gw-protocol", protocol},
		{"gw-clock", clock},
		{"gw-machine", machine},
		{"gw-witness", witness},
		{"gw-chain", chain},
	};
	bool with_chain = identity->has_chain && link_class(link) == GATEWAY_CONTROL;

	uuid_format(&agent->boot_id, boot);
	(void)snprintf(protocol, sizeof(protocol), "%d", GATEWAY_PROTOCOL);
	(void)snprintf(clock, sizeof(clock), "%lld", (long long)sys_real_us());
	hex_encode(identity->machine, GATEWAY_MACHINE, machine);
	base64url_encode(identity->chain, GATEWAY_CHAIN, chain);
	witness_text(agent, witness);
	stream_answer(stream, 200, headers,
		      sizeof(headers) / sizeof(headers[0]) - (with_chain ? 0 : 1), false);
}

static uint32_t number_of(const char *text, uint32_t otherwise, uint32_t most)
{
	unsigned long value = text ? strtoul(text, NULL, 10) : otherwise;

	return value > most ? most : (uint32_t)value;
}

/* Kept before anything else happens: the next attach must show it. If it cannot be written the old
 * one stays good until the server hears of the new. */
static void take_chain(struct link *link, const char *text)
{
	struct agent *agent = link_agent(link);
	uint8_t chain[GATEWAY_CHAIN];
	struct ctx ctx;

	ctx_init(&ctx, NULL);
	if (text && link_class(link) == GATEWAY_CONTROL &&
	    base64url_decode(text, strlen(text), chain, sizeof(chain)) == (long)sizeof(chain) &&
	    identity_advance(&ctx, agent->state.dir, chain, &agent->identity))
		log_failure(&ctx, "chain_not_kept");
}

static void serve_verdict(struct link *link, struct stream *stream)
{
	const char *name = stream_header(stream, "gw-verdict");
	const char *beat = stream_header(stream, "gw-beat-seconds");
	const struct link_verdict verdict = {
		.verdict = name ? gateway_verdict_by_name(name) : 0,
		.retry_seconds = number_of(stream_header(stream, "gw-retry-after"), 0, 3600),
		.reason = stream_header(stream, "gw-reason"),
	};

	if (verdict.verdict == GATEWAY_GO)
		take_chain(link, stream_header(stream, "gw-chain"));
	monitor_pace(link_agent(link)->monitor, number_of(beat, BEAT_DEFAULT_S, 3600));
	link_verdict(link, &verdict);
	stream_answer(stream, verdict.verdict ? 204 : 400, NULL, 0, false);
}

static void serve_events(struct link *link, struct stream *stream)
{
	stream_answer(stream, 200, NULL, 0, true);
	monitor_stream(link_agent(link)->monitor, stream);
}

/* Only what is signed may be large, and only one at a time. */
static void upload_grow(struct upload *upload)
{
	struct agent *agent = upload->agent;
	size_t room = upload->room(agent->policy, upload->body.data, upload->body.len);

	upload->room = NULL;
	if (room <= upload->body.limit || agent->large)
		return;
	agent->large = upload;
	upload->body.limit = room;
}

static void upload_free(struct upload *upload)
{
	if (upload->agent->large == upload)
		upload->agent->large = NULL;
	buf_clear(&upload->body);
	free(upload);
}

static void upload_data(void *arg, struct stream *stream, const uint8_t *data, size_t len)
{
	struct upload *upload = arg;

	buf_put(&upload->body, data, len);
	stream_consume(stream, len);
	if (upload->room && upload->body.len >= BUNDLE_ANNOUNCEMENT)
		upload_grow(upload);
}

static enum err take_policy(struct ctx *ctx, struct agent *agent, const struct buf *body)
{
	enum err err = policy_store(ctx, agent->policy, body->data, body->len);

	if (err)
		return err;
	log_event(LOG_LEVEL_DEBUG, ctx, "policy_stored", NULL);
	monitor_policy(agent->monitor);
	return ERR_OK;
}

static enum err take_checkpoint(struct ctx *ctx, struct agent *agent, const struct buf *body)
{
	return witness_take(ctx, &agent->witness, body->data, body->len);
}

static void upload_end(void *arg, struct stream *stream)
{
	struct upload *upload = arg;
	struct agent *agent = upload->agent;
	struct ctx ctx;
	enum err err = ERR_TOO_LARGE;

	ctx_init(&ctx, NULL);
	if (!buf_failed(&upload->body))
		err = upload->take(&ctx, agent, &upload->body);
	if (err && err != ERR_CONFLICT) /* that one is answered with more */
		log_failure(&ctx, upload->refused);
	stream_answer(stream, err ? err_status(err) : 204, NULL, 0, false);
	agent_status(agent);
}

static void upload_closed(void *arg, struct stream *stream, uint32_t code)
{
	(void)stream;
	(void)code;
	upload_free(arg);
}

static const struct stream_events upload_events = {
	.data = upload_data, .end = upload_end, .closed = upload_closed};

static void upload_begin(struct stream *stream, const struct upload *what, size_t max)
{
	struct upload *upload = malloc(sizeof(*upload));

	if (!upload) {
		refuse(stream, GW_BUSY);
		return;
	}
	*upload = *what;
	buf_init(&upload->body, max);
	stream_events(stream, &upload_events, upload);
}

static void serve_policy(struct link *link, struct stream *stream)
{
	upload_begin(stream,
		     &(struct upload){.agent = link_agent(link),
				      .take = take_policy,
				      .room = policy_room,
				      .refused = "policy_refused"},
		     BUNDLE_SIGNED_MAX);
}

static void serve_checkpoint(struct link *link, struct stream *stream)
{
	upload_begin(stream,
		     &(struct upload){.agent = link_agent(link),
				      .take = take_checkpoint,
				      .refused = "checkpoint_refused"},
		     WITNESS_HANDED_MAX);
}

/* What the server may ask, by connection class: unlisted is 404. */
struct route {
	const char *method, *path;
	bool control_only;
	void (*serve)(struct link *link, struct stream *stream);
};
static const struct route routes[] = {
	{"GET", "/attach", false, serve_attach},	{"POST", "/verdict", false, serve_verdict},
	{"GET", "/events", true, serve_events},		{"PUT", "/policy", true, serve_policy},
	{"PUT", "/checkpoint", true, serve_checkpoint},
};

void serve_request(void *arg, struct stream *stream)
{
	const char *method = stream_header(stream, ":method");
	const char *path = stream_header(stream, ":path");
	struct link *link = arg;

	if (!method || (strcmp(method, "CONNECT") != 0 && !path)) {
		stream_reset(stream, STREAM_PROTOCOL);
		return;
	}
	if (strcmp(method, "CONNECT") == 0) {
		serve_connect(link, stream);
		return;
	}
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		const struct route *route = &routes[i];

		if (strcmp(route->method, method) == 0 && strcmp(route->path, path) == 0 &&
		    (!route->control_only || link_class(link) == GATEWAY_CONTROL)) {
			route->serve(link, stream);
			return;
		}
	}
	stream_answer(stream, 404, NULL, 0, false);
}
