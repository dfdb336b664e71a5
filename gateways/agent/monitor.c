/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/sys.h"
#include "gateways/agent/agent.h"
#include "gateways/proto/beat.h"

enum { WITNESS_BEATS = 6 }; /* the checkpoint held is presented with every so many beats */
enum { BEAT_DEFAULT_S = 30, CHECK_MS = 5000, CHECKS_AT_ONCE = 16 };
#define SECOND_US INT64_C(1000000)

/* State of one target, as last seen by a TCP connection. */
struct watched {
	struct monitor *monitor;
	struct uuid id;
	struct dial *dial;
	int64_t started_us, checked_us; /* monotonic; 0: never */
	uint32_t took_ms;
	uint8_t state;
	enum gateway_reason reason;
};

struct monitor {
	struct agent *agent;
	struct loop_timer *beat, *check;
	uint32_t beat_seconds;
	struct stream *stream; /* events stream, or NULL */
	uint64_t sequence;
	uint32_t witness_in;  /* beats until the checkpoint held is presented again */
	struct watched *list; /* in the order of the bundle: sorted by id */
	size_t count, next, running, reported;
};

static void checked(void *arg, int fd, enum gateway_reason reason)
{
	struct watched *watched = arg;
	int64_t now = sys_mono_us();

	watched->dial = NULL;
	watched->monitor->running--;
	watched->checked_us = now;
	watched->took_ms = (uint32_t)((now - watched->started_us) / 1000);
	watched->state = fd >= 0 ? BEAT_TARGET_REACHABLE : BEAT_TARGET_UNREACHABLE;
	watched->reason = reason;
	if (fd >= 0)
		close(fd);
}

static void check_one(struct monitor *monitor, struct watched *watched)
{
	const struct bundle *bundle = policy_bundle(monitor->agent->policy);
	const struct bundle_target *target = bundle ? bundle_find(bundle, &watched->id) : NULL;

	if (!target || watched->dial)
		return;
	watched->started_us = sys_mono_us();
	watched->dial =
		dial_start(monitor->agent->loop, monitor->agent->resolver, &monitor->agent->ranges,
			   target->addresses, target->address_count, (uint16_t)target->port,
			   CHECK_MS, checked, watched);
	if (watched->dial)
		monitor->running++;
}

/* A few at a time, in turn, so that each is seen once an interval while there are few. */
static void check_some(void *arg)
{
	struct monitor *monitor = arg;
	int64_t due = sys_mono_us() - monitor->beat_seconds * SECOND_US * 9 / 10;

	for (size_t i = 0; i < monitor->count && monitor->running < CHECKS_AT_ONCE; i++) {
		struct watched *watched = &monitor->list[monitor->next++ % monitor->count];

		if (watched->checked_us == 0 || watched->checked_us <= due)
			check_one(monitor, watched);
	}
	loop_timer_set(monitor->check, SECOND_US / 2);
}

static uint32_t load_centi(void)
{
	double load;

	return getloadavg(&load, 1) == 1 && load >= 0 ? (uint32_t)(load * 100) : 0;
}

static struct block reason_block(enum gateway_reason reason)
{
	const char *name = gateway_reason_row(reason)->name;

	return (struct block){.data = (const uint8_t *)name, .len = strlen(name)};
}

static size_t states(struct monitor *monitor, struct beat_target *out)
{
	int64_t now = sys_mono_us();
	size_t count = 0;

	for (size_t i = 0; i < monitor->count && count < BEAT_TARGETS_MAX; i++) {
		const struct watched *one = &monitor->list[monitor->reported++ % monitor->count];

		if (one->checked_us == 0)
			continue;
		out[count++] = (struct beat_target){
			.id = one->id,
			.state = one->state,
			.reason = reason_block(one->reason),
			.age_ms = (uint32_t)((now - one->checked_us) / 1000),
			.took_ms = one->took_ms,
		};
	}
	return count;
}

static struct beat_head beat_head(struct monitor *monitor)
{
	struct agent *agent = monitor->agent;
	struct tunnel *control = link_tunnel(agent->links[0]);
	struct tunnel *sessions = link_tunnel(agent->links[1]);
	struct tunnel *measured = sessions ? sessions : control;

	return (struct beat_head){
		.sequence = ++monitor->sequence,
		.clock = sys_real_us(),
		.load_centi = load_centi(),
		.policy_version = policy_version(agent->policy),
		.certificate_expires = agent->state.certificate_expires,
		.rtt_us = measured ? tunnel_rtt_us(measured) : 0,
		.streams = sessions ? (uint32_t)tunnel_streams(sessions) : 0,
		.boot_id = agent->boot_id,
		.version = {(const uint8_t *)SEKISHO_VERSION, sizeof(SEKISHO_VERSION) - 1},
		.locked = agent->locked,
	};
}

/* Tells the server which value this gateway holds, without showing it. */
static struct block chain_hash(const struct identity *identity, uint8_t out[GATEWAY_CHAIN])
{
	unsigned len = GATEWAY_CHAIN;

	if (!identity->has_chain ||
	    EVP_Digest(identity->chain, GATEWAY_CHAIN, out, &len, EVP_sha256(), NULL) != 1)
		return (struct block){0};
	return (struct block){out, len};
}

static void beat_send(struct monitor *monitor)
{
	struct beat_target *targets = calloc(BEAT_TARGETS_MAX, sizeof(*targets));
	struct beat_head head = beat_head(monitor);
	uint8_t chain[GATEWAY_CHAIN];
	struct buf record, framed;

	head.chain = chain_hash(&monitor->agent->identity, chain);
	buf_init(&record, BEAT_MAX);
	buf_init(&framed, BEAT_MAX + 8);
	beat_put(&record, &head, targets, targets ? states(monitor, targets) : 0);
	buf_put_u32(&framed, (uint32_t)record.len + 1);
	buf_put_u8(&framed, EVENT_RECORD_BEAT);
	buf_put(&framed, record.data, record.len);
	if (!buf_failed(&record) && !buf_failed(&framed))
		(void)stream_write(monitor->stream, framed.data, framed.len);
	buf_clear(&record);
	buf_clear(&framed);
	free(targets);
}

static void witness_send(struct monitor *monitor)
{
	struct buf record, framed;

	buf_init(&record, WITNESS_PRESENTED_MAX);
	buf_init(&framed, WITNESS_PRESENTED_MAX + 8);
	witness_put(&monitor->agent->witness, &record);
	buf_put_u32(&framed, (uint32_t)record.len + 1);
	buf_put_u8(&framed, EVENT_RECORD_WITNESS);
	buf_put(&framed, record.data, record.len);
	if (!buf_failed(&record) && !buf_failed(&framed))
		(void)stream_write(monitor->stream, framed.data, framed.len);
	buf_clear(&record);
	buf_clear(&framed);
}

static void beat_due(void *arg)
{
	struct monitor *monitor = arg;

	if (monitor->stream)
		beat_send(monitor);
	if (monitor->stream && monitor->witness_in-- == 0) {
		witness_send(monitor);
		monitor->witness_in = WITNESS_BEATS - 1;
	}
	for (size_t i = 0; i < AGENT_LINKS; i++)
		link_age(monitor->agent->links[i]);
	agent_status(monitor->agent);
	loop_timer_set(monitor->beat, monitor->beat_seconds * SECOND_US);
}

void monitor_beat(struct monitor *monitor)
{
	loop_timer_set(monitor->beat, 0);
}

static void events_closed(void *arg, struct stream *stream, uint32_t code)
{
	struct monitor *monitor = arg;

	(void)code;
	if (monitor->stream == stream)
		monitor->stream = NULL;
}

static const struct stream_events events_stream = {.closed = events_closed};

void monitor_stream(struct monitor *monitor, struct stream *stream)
{
	if (monitor->stream)
		stream_reset(monitor->stream, STREAM_CANCEL);
	monitor->stream = stream;
	monitor->witness_in = 0;
	stream_events(stream, &events_stream, monitor);
	/* The first beat goes at once: the server learns our policy version from it. */
	loop_timer_set(monitor->beat, 0);
}

void monitor_pace(struct monitor *monitor, uint32_t beat_seconds)
{
	monitor->beat_seconds = beat_seconds ? beat_seconds : BEAT_DEFAULT_S;
}

static void forget(struct monitor *monitor)
{
	for (size_t i = 0; i < monitor->count; i++)
		dial_cancel(monitor->list[i].dial);
	free(monitor->list);
	monitor->list = NULL;
	monitor->count = monitor->next = monitor->running = monitor->reported = 0;
}

/* Keeps what was seen of targets that stay; both lists are sorted by id. */
void monitor_policy(struct monitor *monitor)
{
	const struct bundle *bundle = policy_bundle(monitor->agent->policy);
	size_t count = bundle ? bundle->target_count : 0, old = 0;
	struct watched *list = calloc(count ? count : 1, sizeof(*list));

	if (!list)
		return;
	for (size_t i = 0; i < count; i++) {
		list[i] = (struct watched){.monitor = monitor, .id = bundle->targets[i].id};
		while (old < monitor->count &&
		       memcmp(monitor->list[old].id.b, list[i].id.b, UUID_SIZE) < 0)
			old++;
		if (old < monitor->count && uuid_equal(&monitor->list[old].id, &list[i].id)) {
			list[i] = monitor->list[old];
			list[i].dial = NULL; /* a check under way starts again */
		}
	}
	forget(monitor);
	monitor->list = list;
	monitor->count = count;
	loop_timer_set(monitor->check, 0);
}

struct monitor *monitor_new(struct agent *agent)
{
	struct monitor *monitor = calloc(1, sizeof(*monitor));

	if (!monitor)
		return NULL;
	monitor->agent = agent;
	monitor->beat_seconds = BEAT_DEFAULT_S;
	monitor->beat = loop_timer_new(agent->loop, beat_due, monitor);
	monitor->check = loop_timer_new(agent->loop, check_some, monitor);
	if (!monitor->beat || !monitor->check) {
		monitor_free(monitor);
		return NULL;
	}
	loop_timer_set(monitor->beat, SECOND_US);
	monitor_policy(monitor);
	return monitor;
}

void monitor_free(struct monitor *monitor)
{
	if (!monitor)
		return;
	forget(monitor);
	loop_timer_free(monitor->beat);
	loop_timer_free(monitor->check);
	free(monitor);
}
