/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/edge_gateway.h"

#include <stdio.h>
#include <unistd.h>

#include <openssl/x509v3.h>

#include "base/log.h"
#include "base/messages.h"
#include "base/sys.h"
#include "base/text.h"
#include "gateways/proto/beat.h"
#include "gateways/proto/bundle.h"
#include "gateways/proto/splice.h"
#include "gateways/proto/stream.h"
#include "gateways/proto/verdict.h"
#include "gateways/proto/witness.h"
#include "server/edge_policy.h"

enum {
	ATTACH_S = 20,
	DIAL_S = 15,
	VERSION_MAX = 63,
	NUMBER_TEXT = 16,
	LEFT_MAX = 256,
	REASON_MAX = 63,
	BUCKETS = 4096 /* a power of two */
};
#define SECOND_US INT64_C(1000000)

/* One connection of a gateway: asks `attach`, authority decides, then it serves its class. */
struct tie {
	struct gateways *gateways;
	struct tie *next, **link;	  /* of its gateway's bucket */
	struct tie *ask_next, **ask_link; /* of its request's; ask_link NULL: none under way */
	struct gateway_peer peer;
	struct tunnel *tunnel;
	struct loop_timer *limit; /* attach, then closing after a refusal */
	uint32_t request_id;	  /* MSG_GATEWAY_ATTACH under way, or 0 */
	uint32_t gateway_class, index;
	bool attached;
	struct buf events;	      /* bytes of the events stream, up to a whole record */
	struct policy_upload *upload; /* a large policy under way, or NULL */
};

/* A connection that ended while authority was deciding: it was counted only if that says `go`. */
struct left {
	struct left *next;
	struct uuid gateway_id;
	uint32_t request_id, gateway_class, index;
};

/* One CONNECT until it is answered; then the splice has its own life. */
struct dialling {
	struct gateways *gateways;
	struct stream *stream;
	struct loop_timer *limit;
	uint32_t request_id;
	int64_t started_us;
	int fd;
};

struct gateways {
	struct edge *edge;
	struct tie *ties[BUCKETS];   /* by gateway */
	struct tie *asking[BUCKETS]; /* by request */
	struct left *left;	     /* newest first */
	struct policy_gather gather; /* authority sends one policy at a time */
	uint32_t last_id;
};

static struct block text_block(const char *text)
{
	return (struct block){.data = (const uint8_t *)text, .len = strlen(text)};
}

struct gateways *gateways_new(struct edge *edge)
{
	struct gateways *gateways = calloc(1, sizeof(*gateways));

	if (!gateways)
		return NULL;
	gateways->edge = edge;
	policy_gather_init(&gateways->gather);
	return gateways;
}

/* Ids come from certificates that we issued: nobody chooses them to fall into one bucket. */
static struct tie **bucket_of(struct gateways *gateways, const struct uuid *id)
{
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < UUID_SIZE; i++)
		hash = (hash ^ id->b[i]) * 16777619U;
	return &gateways->ties[hash % BUCKETS];
}

/* The next one of that gateway from tie on, or NULL. */
static struct tie *tie_of(struct tie *tie, const struct uuid *id)
{
	while (tie && !uuid_equal(&tie->peer.gateway_id, id))
		tie = tie->next;
	return tie;
}

static void tie_answered(struct tie *tie)
{
	if (tie->ask_link) {
		*tie->ask_link = tie->ask_next;
		if (tie->ask_next)
			tie->ask_next->ask_link = tie->ask_link;
	}
	tie->ask_link = NULL;
	tie->request_id = 0;
}

static void tie_asks(struct tie *tie)
{
	struct gateways *gateways = tie->gateways;
	struct tie **bucket;

	tie_answered(tie);
	tie->request_id = ++gateways->last_id ? gateways->last_id : ++gateways->last_id;
	bucket = &gateways->asking[tie->request_id % BUCKETS];
	tie->ask_next = *bucket;
	tie->ask_link = bucket;
	if (*bucket)
		(*bucket)->ask_link = &tie->ask_next;
	*bucket = tie;
}

static void tie_free(struct tie *tie)
{
	*tie->link = tie->next;
	if (tie->next)
		tie->next->link = tie->link;
	tie_answered(tie);
	loop_timer_free(tie->limit);
	tunnel_free(tie->tunnel);
	buf_clear(&tie->events);
	free(tie);
}

void gateways_free(struct gateways *gateways)
{
	if (!gateways)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		while (gateways->ties[i])
			/* tie_free moves it on through tie->link, which clang 14 does not follow.
			 */
			tie_free(gateways->ties[i]); /* NOLINT(clang-analyzer-unix.Malloc) */
	}
	while (gateways->left) {
		struct left *left = gateways->left;
		gateways->left = left->next;
		free(left);
	}
	policy_gather_clear(&gateways->gather);
	free(gateways);
}

static void tell_detached(struct edge *edge, const struct left *left, const char *reason)
{
	struct msg_gateway_detached gone = {
		.gateway_id = left->gateway_id,
		.gateway_class = left->gateway_class,
		.index = left->index,
		.reason = text_block(reason),
	};

	if (chan_post_codec(edge->authority, MSG_GATEWAY_DETACHED, 0, &msg_gateway_detached_codec,
			    &gone, NULL, 0))
		log_event(LOG_LEVEL_WARN, NULL, "detach_not_told", NULL);
}

/* Authority may never answer one of them: the oldest is given up. */
static void left_keep(struct gateways *gateways, const struct left *gone)
{
	struct left *left = malloc(sizeof(*left)), **at = &gateways->left;

	if (!left)
		return;
	for (size_t i = 1; *at && i < LEFT_MAX; i++)
		at = &(*at)->next;
	free(*at);
	*at = NULL;
	*left = *gone;
	left->next = gateways->left;
	gateways->left = left;
}

static void left_judged(struct gateways *gateways, uint32_t request_id, uint32_t verdict)
{
	struct left **at = &gateways->left;

	while (*at && (*at)->request_id != request_id)
		at = &(*at)->next;
	if (!*at)
		return;
	struct left *left = *at;
	*at = left->next;
	if (verdict == GATEWAY_GO)
		tell_detached(gateways->edge, left, "left");
	free(left);
}

static void tie_closed(void *arg, struct tunnel *tunnel, const char *reason)
{
	struct tie *tie = arg;
	char id[UUID_TEXT_SIZE];

	(void)tunnel;
	uuid_format(&tie->peer.gateway_id, id);
	log_event(LOG_LEVEL_INFO, NULL, "gateway_closed", "gateway", id, "reason", reason, NULL);
	const struct left gone = {.gateway_id = tie->peer.gateway_id,
				  .request_id = tie->request_id,
				  .gateway_class = tie->gateway_class,
				  .index = tie->index};
	/* A refused one was never counted: its end must not take another's place away. */
	if (tie->attached)
		tell_detached(tie->gateways->edge, &gone, reason);
	else if (tie->request_id)
		left_keep(tie->gateways, &gone);
	tie_free(tie);
}

static const struct tunnel_events tie_events = {.closed = tie_closed};
static const struct stream_events deaf_events;

static void tie_limit(void *arg)
{
	struct tie *tie = arg;

	tunnel_close(tie->tunnel, "attach took too long");
}

static bool header_number(const struct stream *stream, const char *name, uint32_t *out)
{
	const char *text = stream_header(stream, name);
	unsigned long value = text ? strtoul(text, NULL, 10) : 0;

	*out = (uint32_t)value;
	return text && value <= 64;
}

/* Who is too old to say them gets a verdict on its version, not a closed connection. */
struct attach_extras {
	uint8_t machine[GATEWAY_MACHINE], chain[GATEWAY_CHAIN];
};
static bool read_extras(const struct stream *stream, struct attach_extras *extras,
			struct msg_gateway_attach *out)
{
	const char *protocol = stream_header(stream, "gw-protocol");
	const char *clock = stream_header(stream, "gw-clock");
	const char *machine = stream_header(stream, "gw-machine");
	const char *chain = stream_header(stream, "gw-chain");

	out->protocol = protocol ? (uint32_t)strtoul(protocol, NULL, 10) : 0;
	out->clock = clock ? strtoll(clock, NULL, 10) : 0;
	if (machine) {
		if (strlen(machine) != 2 * sizeof(extras->machine) ||
		    !hex_decode(machine, extras->machine, sizeof(extras->machine)))
			return false;
		out->machine = (struct block){extras->machine, sizeof(extras->machine)};
	}
	if (chain) {
		if (base64url_decode(chain, strlen(chain), extras->chain, sizeof(extras->chain)) !=
		    (long)sizeof(extras->chain))
			return false;
		out->chain = (struct block){extras->chain, sizeof(extras->chain)};
	}
	return true;
}

static void tell_record(struct tie *tie, uint8_t kind, const struct block *bytes)
{
	const struct msg_gateway_beat beat = {tie->peer.gateway_id, *bytes};
	const struct msg_gateway_witness witness = {tie->peer.gateway_id, *bytes};
	struct chan *authority = tie->gateways->edge->authority;

	/* A full queue: the next one says it again. */
	if (kind == EVENT_RECORD_BEAT)
		(void)!chan_post_codec(authority, MSG_GATEWAY_BEAT, 0, &msg_gateway_beat_codec,
				       &beat, NULL, 0);
	if (kind == EVENT_RECORD_WITNESS)
		(void)!chan_post_codec(authority, MSG_GATEWAY_WITNESS, 0,
				       &msg_gateway_witness_codec, &witness, NULL, 0);
}

/* Also from one that is refused afterwards: what it holds may be why. */
static void tell_witness(struct tie *tie, const struct stream *stream)
{
	const char *text = stream_header(stream, "gw-witness");
	uint8_t record[WITNESS_PRESENTED_MAX];
	long len = text ? base64url_decode(text, strlen(text), record, sizeof(record)) : -1;

	if (len > 0 && tie->gateway_class == GATEWAY_CONTROL)
		tell_record(tie, EVENT_RECORD_WITNESS, &(struct block){record, (size_t)len});
}

/* What the gateway says about itself; who it is comes from its certificate only. */
static void attach_answer(void *arg, struct stream *stream, int status)
{
	struct tie *tie = arg;
	const char *name = stream_header(stream, "gw-class");
	const char *boot = stream_header(stream, "gw-boot-id");
	const char *version = stream_header(stream, "gw-version");
	struct msg_gateway_attach attach = {
		.gateway_id = tie->peer.gateway_id,
		.serial = tie->peer.serial,
		.peer = text_block(tie->peer.address),
	};
	struct attach_extras extras;

	tie->gateway_class = name ? gateway_class_by_name(name) : 0;
	if (status != 200 || !tie->gateway_class || !boot || !version ||
	    !uuid_parse(boot, &attach.boot_id) || !header_number(stream, "gw-index", &tie->index) ||
	    strlen(version) > VERSION_MAX || !text_is_printable(version, strlen(version), false) ||
	    !read_extras(stream, &extras, &attach)) {
		tunnel_close(tie->tunnel, "attach answer");
		return;
	}
	tell_witness(tie, stream);
	attach.gateway_class = tie->gateway_class;
	attach.index = tie->index;
	attach.version = text_block(version);
	tie_asks(tie);
	if (chan_post_codec(tie->gateways->edge->authority, MSG_GATEWAY_ATTACH, tie->request_id,
			    &msg_gateway_attach_codec, &attach, NULL, 0))
		tunnel_close(tie->tunnel, "busy");
}

static const struct stream_events attach_events = {.answer = attach_answer};

struct arrival {
	struct edge *edge;
	struct wire wire;
	struct gateway_peer peer;
};

static void tie_new(struct arrival *arrival)
{
	struct gateways *gateways = arrival->edge->gateways;
	struct tie *tie = calloc(1, sizeof(*tie)), **bucket;

	if (!tie) {
		wire_close(&arrival->wire);
		return;
	}
	bucket = bucket_of(gateways, &arrival->peer.gateway_id);
	tie->gateways = gateways;
	tie->peer = arrival->peer;
	buf_init(&tie->events, BEAT_MAX + 64);
	tie->next = *bucket;
	tie->link = bucket;
	if (*bucket)
		(*bucket)->link = &tie->next;
	*bucket = tie;
	tie->limit = loop_timer_new(arrival->edge->loop, tie_limit, tie);
	tie->tunnel = tunnel_new(arrival->edge->loop, arrival->wire, false, &tie_events, tie);
	if (!tie->limit || !tie->tunnel ||
	    !stream_open(tie->tunnel, "GET", "gateway", "/attach", NULL, 0, false, &attach_events,
			 tie)) {
		tie_free(tie);
		return;
	}
	loop_timer_set(tie->limit, ATTACH_S * SECOND_US);
}

static void arrived(void *arg)
{
	struct arrival *arrival = arg;

	tie_new(arrival);
	free(arrival);
}

void gateways_accept(struct edge *edge, struct wire wire, const struct gateway_peer *peer)
{
	struct arrival *arrival = malloc(sizeof(*arrival));

	if (arrival)
		*arrival = (struct arrival){.edge = edge, .wire = wire, .peer = *peer};
	if (!arrival || !loop_call(edge->loop, arrived, arrival)) {
		wire_close(&wire);
		free(arrival);
	}
}

/* Records of the events stream: {u32 length, u8 kind, bytes}. False: the framing is broken. */
static bool take_record(struct tie *tie)
{
	struct rd rd = rd_of(tie->events.data, tie->events.len);
	uint32_t len = rd_u32(&rd);

	if (len < 1 || len > BEAT_MAX + 1)
		return false;
	if (rd_left(&rd) < len)
		return true;
	uint8_t kind = rd_u8(&rd);
	const struct block bytes = {rd_bytes(&rd, len - 1), len - 1};
	tell_record(tie, kind, &bytes);
	buf_consume(&tie->events, sizeof(uint32_t) + len);
	return true;
}

static void events_data(void *arg, struct stream *stream, const uint8_t *data, size_t len)
{
	struct tie *tie = arg;
	size_t before;

	stream_consume(stream, len);
	buf_put(&tie->events, data, len);
	do {
		before = tie->events.len;
		if (buf_failed(&tie->events) || (before >= 5 && !take_record(tie))) {
			tunnel_close(tie->tunnel, "events stream");
			return;
		}
	} while (tie->events.len < before);
}

static void events_closed(void *arg, struct stream *stream, uint32_t code)
{
	struct tie *tie = arg;

	(void)stream;
	(void)code;
	tunnel_close(tie->tunnel, "events stream ended");
}

static const struct stream_events events_events = {.data = events_data, .closed = events_closed};

/* A newer connection of the same place replaces one that has not noticed yet that it is dead. */
static void replace_older(struct tie *tie)
{
	const struct uuid *id = &tie->peer.gateway_id;
	struct tie *other = *bucket_of(tie->gateways, id);

	for (; (other = tie_of(other, id)); other = other->next) {
		if (other != tie && other->attached && other->gateway_class == tie->gateway_class &&
		    other->index == tie->index)
			tunnel_close(other->tunnel, "replaced");
	}
}

static void tie_accept(struct tie *tie)
{
	replace_older(tie);
	tie->attached = true;
	loop_timer_stop(tie->limit);
	if (tie->gateway_class == GATEWAY_CONTROL &&
	    !stream_open(tie->tunnel, "GET", "gateway", "/events", NULL, 0, false, &events_events,
			 tie))
		tunnel_close(tie->tunnel, "memory");
}

static void send_verdict(struct tie *tie, const struct msg_gateway_verdict *verdict)
{
	char retry[NUMBER_TEXT], beat[NUMBER_TEXT], status[NUMBER_TEXT], reason[REASON_MAX + 1];
	char chain[BASE64_SIZE(GATEWAY_CHAIN)];
	const struct stream_header headers[] = {
		{"gw-verdict", gateway_verdict_name(verdict->verdict)},
		{"gw-status", status},
		{"gw-reason", reason},
		{"gw-retry-after", retry},
		{"gw-beat-seconds", beat},
		{"gw-chain", chain},
	};
	size_t count = sizeof(headers) / sizeof(headers[0]) - !verdict->chain.len;

	(void)snprintf(status, sizeof(status), "%d", gateway_verdict_status(verdict->verdict));
	(void)snprintf(reason, sizeof(reason), "%.*s", (int)verdict->text.len,
		       (const char *)verdict->text.data);
	base64url_encode(verdict->chain.data, verdict->chain.len, chain);
	(void)snprintf(retry, sizeof(retry), "%u", verdict->retry_after);
	(void)snprintf(beat, sizeof(beat), "%u", verdict->beat_seconds);
	if (!stream_open(tie->tunnel, "POST", "gateway", "/verdict", headers, count, false,
			 &deaf_events, NULL))
		tunnel_close(tie->tunnel, "memory");
}

enum err gateways_on_verdict(void *arg, struct chan *chan, struct chan_msg *msg,
			     const void *message)
{
	const struct msg_gateway_verdict *verdict = message;
	struct edge *edge = arg;
	struct tie *tie = edge->gateways->asking[msg->id % BUCKETS];

	(void)chan;
	while (tie && tie->request_id != msg->id)
		tie = tie->ask_next;
	if (msg->id == 0 || !gateway_verdict_name(verdict->verdict))
		return ERR_INPUT;
	if (!tie) {
		left_judged(edge->gateways, msg->id, verdict->verdict);
		return ERR_OK;
	}
	tie_answered(tie);
	send_verdict(tie, verdict);
	if (verdict->verdict == GATEWAY_GO) {
		tie_accept(tie);
	} else {
		tunnel_drain(tie->tunnel);
		loop_timer_set(tie->limit, 5 * SECOND_US);
	}
	return ERR_OK;
}

enum err gateways_on_close(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	const struct msg_gateway_close *close_message = message;
	const struct uuid *id = &close_message->gateway_id;
	struct edge *edge = arg;
	struct tie *tie = *bucket_of(edge->gateways, id);

	(void)chan;
	(void)msg;
	for (; (tie = tie_of(tie, id)); tie = tie->next)
		tunnel_close(tie->tunnel, "closed by the server");
	return ERR_OK;
}

static const struct stream_events put_events = {.answer = put_answered};

/* It was told of a large policy and holds another one: that travels only when it is asked for. */
static void policy_answer(void *arg, struct stream *stream, int status)
{
	struct tie *tie = arg;
	const struct msg_gateway_policy_wanted wanted = {tie->peer.gateway_id};

	if (status != GATEWAY_BODY_WANTED)
		put_answered(NULL, stream, status);
	else if (!tie->upload &&
		 chan_post_codec(tie->gateways->edge->authority, MSG_GATEWAY_POLICY_WANTED, 0,
				 &msg_gateway_policy_wanted_codec, &wanted, NULL, 0))
		log_event(LOG_LEVEL_WARN, NULL, "policy_wish_lost", NULL);
}

static const struct stream_events policy_events = {.answer = policy_answer};

/* The next control connection of that gateway from tie on, or NULL. */
static struct tie *control_of(struct tie *tie, const struct uuid *gateway_id)
{
	while ((tie = tie_of(tie, gateway_id)) &&
	       !(tie->attached && tie->gateway_class == GATEWAY_CONTROL))
		tie = tie->next;
	return tie;
}

/* To the control connections of that gateway. */
static void put_body(struct edge *edge, const struct uuid *gateway_id, const char *path,
		     const struct block *body, const struct stream_events *events)
{
	struct tie *tie = *bucket_of(edge->gateways, gateway_id);

	for (; (tie = control_of(tie, gateway_id)); tie = tie->next) {
		struct stream *stream = stream_open(tie->tunnel, "PUT", "gateway", path, NULL, 0,
						    true, events, tie);

		if (stream && stream_write(stream, body->data, body->len))
			stream_finish(stream);
	}
}

enum err gateways_on_policy(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	const struct msg_gateway_policy *policy = message;
	bool announced = bundle_is_announcement(policy->bundle.data, policy->bundle.len);

	(void)chan;
	(void)msg;
	/* What was sent whole cannot be wanted whole. */
	put_body(arg, &policy->gateway_id, "/policy", &policy->bundle,
		 announced ? &policy_events : &put_events);
	return ERR_OK;
}

enum err gateways_on_policy_part(void *arg, struct chan *chan, struct chan_msg *msg,
				 const void *message)
{
	struct edge *edge = arg;
	struct policy_gather *gather = &edge->gateways->gather;
	struct tie *tie;
	bool whole;
	enum err err = policy_gather_part(gather, message, &whole);

	(void)chan;
	(void)msg;
	if (err || !whole)
		return err;
	tie = control_of(*bucket_of(edge->gateways, &gather->gateway_id), &gather->gateway_id);
	/* One at a time: what a slow line still carries is not joined by a second. */
	if (buf_failed(&gather->bytes) ||
	    (tie && !tie->upload &&
	     !policy_upload_start(tie->tunnel, &gather->bytes, &tie->upload)))
		log_event(LOG_LEVEL_WARN, NULL, "policy_not_sent", NULL);
	policy_gather_clear(gather);
	return ERR_OK;
}

enum err gateways_on_checkpoint(void *arg, struct chan *chan, struct chan_msg *msg,
				const void *message)
{
	const struct msg_gateway_checkpoint *checkpoint = message;

	(void)chan;
	(void)msg;
	put_body(arg, &checkpoint->gateway_id, "/checkpoint", &checkpoint->handed, &put_events);
	return ERR_OK;
}

static void tell_dialled(struct edge *edge, uint32_t id, enum gateway_reason reason,
			 uint32_t rtt_us)
{
	const struct gateway_reason_row *row = gateway_reason_row(reason);
	struct msg_dialled dialled = {
		.ok = reason == GW_REASON_NONE,
		.hop = text_block(row->hop),
		.reason = text_block(row->name),
		.text = text_block(reason ? row->text : ""),
		.rtt_us = rtt_us,
	};

	if (chan_post_codec(edge->authority, MSG_DIALLED, id, &msg_dialled_codec, &dialled, NULL,
			    0))
		log_event(LOG_LEVEL_WARN, NULL, "dial_answer_lost", NULL);
}

static void dialling_free(struct dialling *dialling)
{
	loop_timer_free(dialling->limit);
	if (dialling->fd >= 0)
		close(dialling->fd);
	free(dialling);
}

static void dial_answer(void *arg, struct stream *stream, int status)
{
	struct dialling *dialling = arg;
	struct edge *edge = dialling->gateways->edge;
	const char *reason = stream_header(stream, "gw-reason");
	int64_t took = sys_mono_us() - dialling->started_us;

	stream_events(stream, NULL, NULL);
	if (status == 200) {
		tell_dialled(edge, dialling->request_id, GW_REASON_NONE, (uint32_t)took);
		(void)splice_new(edge->loop, stream, dialling->fd, NULL, NULL);
		dialling->fd = -1;
	} else {
		stream_reset(stream, STREAM_CANCEL);
		tell_dialled(edge, dialling->request_id,
			     reason ? gateway_reason_by_name(reason) : GW_PROTOCOL, 0);
	}
	dialling_free(dialling);
}

/* Gone before it answered. */
static void dial_closed(void *arg, struct stream *stream, uint32_t code)
{
	struct dialling *dialling = arg;

	(void)stream;
	tell_dialled(dialling->gateways->edge, dialling->request_id,
		     code == STREAM_REFUSED ? GW_BUSY : GW_LOST, 0);
	dialling_free(dialling);
}

static void dial_limit(void *arg)
{
	struct dialling *dialling = arg;
	struct stream *stream = dialling->stream;

	tell_dialled(dialling->gateways->edge, dialling->request_id, GW_TIMEOUT, 0);
	stream_events(stream, NULL, NULL);
	stream_reset(stream, STREAM_CANCEL);
	dialling_free(dialling);
}

static const struct stream_events dial_events = {.answer = dial_answer, .closed = dial_closed};

/* The interactive connection of that gateway with the fewest streams. */
static struct tie *best_tie(struct gateways *gateways, const struct uuid *id)
{
	struct tie *best = NULL, *tie = *bucket_of(gateways, id);

	for (; (tie = tie_of(tie, id)); tie = tie->next) {
		if (!tie->attached || tie->gateway_class != GATEWAY_INTERACTIVE ||
		    !tunnel_is_open(tie->tunnel))
			continue;
		if (!best || tunnel_streams(tie->tunnel) < tunnel_streams(best->tunnel))
			best = tie;
	}
	return best;
}

static struct stream *open_connect(struct tie *tie, const struct msg_dial *dial,
				   struct dialling *dialling)
{
	char grant[BASE64_SIZE(GRANT_SIGNED_MAX)], session[UUID_TEXT_SIZE], authority[80];
	const struct stream_header headers[] = {{"gw-session", session}, {"gw-grant", grant}};

	if (dial->grant.len > GRANT_SIGNED_MAX || dial->authority.len >= sizeof(authority))
		return NULL;
	memcpy(authority, dial->authority.data, dial->authority.len);
	authority[dial->authority.len] = '\0';
	base64url_encode(dial->grant.data, dial->grant.len, grant);
	uuid_format(&dial->session_id, session);
	return stream_open(tie->tunnel, "CONNECT", authority, NULL, headers, 2, true, &dial_events,
			   dialling);
}

enum err gateways_on_dial(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	const struct msg_dial *dial = message;
	struct edge *edge = arg;

	(void)chan;
	if (msg->id == 0)
		return ERR_INPUT;
	struct tie *tie = best_tie(edge->gateways, &dial->gateway_id);
	struct dialling *dialling = tie ? calloc(1, sizeof(*dialling)) : NULL;
	if (!dialling) {
		tell_dialled(edge, msg->id, tie ? GW_BUSY : GW_OFFLINE, 0);
		return ERR_OK;
	}
	*dialling = (struct dialling){.gateways = edge->gateways,
				      .request_id = msg->id,
				      .started_us = sys_mono_us(),
				      .fd = chan_take_fd(msg, 0)};
	dialling->limit = loop_timer_new(edge->loop, dial_limit, dialling);
	if (dialling->limit)
		dialling->stream = open_connect(tie, dial, dialling);
	if (!dialling->stream) {
		tell_dialled(edge, msg->id, GW_BUSY, 0);
		dialling_free(dialling);
		return ERR_OK;
	}
	loop_timer_set(dialling->limit, DIAL_S * SECOND_US);
	return ERR_OK;
}

static bool uri_gateway(const GENERAL_NAME *name, struct uuid *out)
{
	const char *uri = (const char *)ASN1_STRING_get0_data(name->d.uniformResourceIdentifier);
	int len = ASN1_STRING_length(name->d.uniformResourceIdentifier);
	enum { MARK = 4, ID = UUID_TEXT_SIZE - 1, SCHEME = 9 };
	char id[UUID_TEXT_SIZE];

	if (len < SCHEME + MARK + ID || strncmp(uri, "spiffe://", SCHEME) != 0 ||
	    memcmp(uri + len - ID - MARK, "/gw/", MARK) != 0)
		return false;
	memcpy(id, uri + len - ID, ID);
	id[ID] = '\0';
	return uuid_parse(id, out);
}

bool gateway_peer_of(SSL *ssl, struct gateway_peer *out)
{
	X509 *certificate = SSL_get0_peer_certificate(ssl);
	GENERAL_NAMES *names;
	BIGNUM *serial;
	bool found = false;

	if (!certificate || SSL_get_verify_result(ssl) != X509_V_OK)
		return false;
	serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
	names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	for (int i = 0; serial && names && i < sk_GENERAL_NAME_num(names) && !found; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		found = name->type == GEN_URI && uri_gateway(name, &out->gateway_id);
	}
	found = found && BN_bn2binpad(serial, out->serial.b, UUID_SIZE) == UUID_SIZE;
	GENERAL_NAMES_free(names);
	BN_free(serial);
	return found;
}
