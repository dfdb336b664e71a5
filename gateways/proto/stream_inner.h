/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_PROTO_STREAM_INNER_H
#define GATEWAYS_PROTO_STREAM_INNER_H

#include <nghttp2/nghttp2.h>

#include "base/buf.h"
#include "gateways/proto/stream.h"

/* Shared by tunnel.c (the connection) and stream.c (what happens on a stream); nobody else. */
struct tunnel {
	struct loop *loop;
	struct wire wire;
	struct loop_fd *handle;
	struct loop_timer *tick;
	uint32_t events_on;
	nghttp2_session *session;
	bool gateway, draining, over;
	const char *reason; /* set: close when the current call returns to the loop */
	const struct tunnel_events *events;
	void *arg;
	struct buf out;
	const uint8_t *next; /* what goes out now, in out or inside nghttp2 */
	size_t left;
	bool more; /* the last round of reading stopped before everything was read */
	struct stream *first;
	size_t count, connects;
	int64_t heard_us, ping_us; /* last bytes heard; PING under way since, 0: none */
	uint32_t rtt_us;
	size_t grown; /* windows of streams beyond STREAM_WINDOW */
};

struct stream {
	struct tunnel *tunnel;
	struct stream *next, **link;
	int32_t id;
	const struct stream_events *events;
	void *arg;
	struct buf headers; /* name NUL value NUL … */
	struct buf out;
	size_t out_at;
	size_t window;	 /* what the peer may send without hearing from us */
	size_t consumed; /* since consumed_since */
	int64_t consumed_since;
	bool headed, connect, finished, deferred, closing;
	bool plenty; /* filled the last frame it was asked for */
};

/* Asks the loop to come back for writing. */
void tunnel_kick(struct tunnel *tunnel);
/* Measures the round trip, unless that is under way. */
void tunnel_ping(struct tunnel *tunnel, int64_t now);
enum err stream_callbacks(nghttp2_session_callbacks *callbacks) ERR_CHECKED;
/* Unlinks, tells the owner, frees. */
void stream_gone(struct stream *stream, uint32_t code);

#endif
