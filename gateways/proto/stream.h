/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_PROTO_STREAM_H
#define GATEWAYS_PROTO_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/loop.h"
#include "gateways/proto/wire.h"

/*
 * Many byte streams over one connection: HTTP/2 with its roles reversed. The gateway, which dialled
 * the connection, answers requests; the server, which accepted it, opens them. Nothing outside
 * stream.c knows nghttp2, so that another transport can take its place.
 *
 * Back-pressure: the peer may send as much as was consumed (stream_consume), which the owner calls
 * after the bytes were written on. What we send is pulled when the peer has room for it. A stream
 * whose owner keeps up is given a larger window, so that a long way does not slow it; the windows
 * of the streams alone bound what is held: one that nobody reads does not stop the others.
 *
 * All in the loop's thread. Callbacks may call any function here but tunnel_free.
 */
struct tunnel;
struct stream;

enum {
	STREAM_WINDOW = 256 * 1024,	      /* at first */
	STREAM_WINDOW_MAX = 16 * 1024 * 1024, /* 16 MiB in 100 ms: 1.3 Gbit/s */
	TUNNEL_GROWTH_MAX = 64 * 1024 * 1024, /* of all windows of a connection beyond the first */
	TUNNEL_IN_FLIGHT_MAX = 64 * 1024 * 1024,
	TUNNEL_STREAMS_MAX = 4000,
	STREAM_FRAME = 16 * 1024, /* on the wire: a TLS record */
	TUNNEL_FRAME_MAX = 4 * STREAM_FRAME,
	TUNNEL_HEADERS_MAX = 16 * 1024,
	STREAM_QUEUE_MAX = 256 * 1024,
};
enum stream_code { STREAM_OK = 0, STREAM_PROTOCOL = 1, STREAM_REFUSED = 7, STREAM_CANCEL = 8 };

struct tunnel_events {
	/* Gateway: a request's headers are complete; set its events (or answer it) now. */
	void (*request)(void *arg, struct stream *stream);
	/* The connection is over; called once, never from inside another call into the tunnel. Its
	 * streams are already closed. Free the tunnel here or later. */
	void (*closed)(void *arg, struct tunnel *tunnel, const char *reason);
};

/* Any may be NULL: then bytes are consumed and dropped, ends ignored. */
struct stream_events {
	void (*answer)(void *arg, struct stream *stream, int status);
	void (*data)(void *arg, struct stream *stream, const uint8_t *data, size_t len);
	void (*end)(void *arg, struct stream *stream); /* the peer sends no more */
	/* Bytes to send: number written to out (0: none now, stream_ready tells when), *out_end at
	 * the end, -1 to abort the stream. Called after what stream_write queued. */
	ssize_t (*pull)(void *arg, struct stream *stream, uint8_t *out, size_t len, bool *out_end);
	/* Last call: the stream is gone when it returns. code STREAM_OK: both ends finished. */
	void (*closed)(void *arg, struct stream *stream, uint32_t code);
};

/* Takes over wire (handshake done, non-blocking). NULL when memory is short: wire is closed. */
struct tunnel *tunnel_new(struct loop *loop, struct wire wire, bool gateway,
			  const struct tunnel_events *events, void *arg);
/* Ends now; events->closed is called from the loop soon. Safe in every callback. */
void tunnel_close(struct tunnel *tunnel, const char *reason);
/* Takes no new streams, closes when the last one ended. */
void tunnel_drain(struct tunnel *tunnel);
/* Closes the connection at once; streams get their closed call, the owner of the tunnel none. */
void tunnel_free(struct tunnel *tunnel);
size_t tunnel_streams(const struct tunnel *tunnel);  /* CONNECT streams open now */
uint32_t tunnel_rtt_us(const struct tunnel *tunnel); /* by PING; 0: not known yet */
bool tunnel_is_open(const struct tunnel *tunnel);    /* takes new streams */
const struct wire *tunnel_wire(const struct tunnel *tunnel);

struct stream_header {
	const char *name, *value;
};
/* Server: opens a request; path NULL for CONNECT. With has_body, bytes come from stream_write and
 * pull. NULL when the tunnel takes no more. */
struct stream *stream_open(struct tunnel *tunnel, const char *method, const char *authority,
			   const char *path, const struct stream_header *headers, size_t count,
			   bool has_body, const struct stream_events *events, void *arg);
/* Gateway: answers; without has_body the answer is complete. */
void stream_answer(struct stream *stream, int status, const struct stream_header *headers,
		   size_t count, bool has_body);
void stream_events(struct stream *stream, const struct stream_events *events, void *arg);
/* Queues a copy; false when STREAM_QUEUE_MAX would be passed: the stream is then reset. */
bool stream_write(struct stream *stream, const void *data, size_t len);
void stream_finish(struct stream *stream); /* END_STREAM after what is queued; pull is not asked */
void stream_ready(struct stream *stream);  /* pull has something again */
void stream_consume(struct stream *stream, size_t len);
void stream_reset(struct stream *stream, enum stream_code code);
/* Header of the request or answer, ":method" and the like too; NULL when absent. Valid until the
 * stream is gone. */
const char *stream_header(const struct stream *stream, const char *name);
struct tunnel *stream_tunnel(const struct stream *stream);

#endif
