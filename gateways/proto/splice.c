/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/proto/splice.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"

enum { PENDING_MAX = 2 * STREAM_WINDOW_MAX, PENDING_KEPT = STREAM_WINDOW };

struct splice {
	struct loop *loop;
	struct loop_fd *handle; /* NULL while nothing is awaited: a hung-up socket would spin */
	struct stream *stream;	/* NULL when closed */
	int fd;
	bool want_in, want_out;
	bool stream_ended, socket_ended;
	bool deaf;	    /* the socket takes no more: what still comes is dropped */
	struct buf pending; /* from the stream, for the socket */
	size_t at;
	uint64_t bytes_in, bytes_out; /* to the socket, from the socket */
	splice_done *done;
	void *arg;
};

static void splice_io(void *arg, int fd, uint32_t events);

static void splice_watch(struct splice *splice)
{
	uint32_t events = (splice->want_in ? (uint32_t)EPOLLIN : 0) |
			  (splice->want_out ? (uint32_t)EPOLLOUT : 0);

	if (events && splice->handle) {
		loop_fd_events(splice->handle, events);
	} else if (events) {
		splice->handle = loop_fd_add(splice->loop, splice->fd, events, splice_io, splice);
		if (!splice->handle && splice->stream)
			stream_reset(splice->stream, STREAM_CANCEL);
	} else if (splice->handle) {
		loop_fd_remove(splice->handle);
		splice->handle = NULL;
	}
}

static void splice_free(struct splice *splice)
{
	if (splice->handle)
		loop_fd_remove(splice->handle);
	close(splice->fd);
	if (splice->done)
		splice->done(splice->arg, splice->bytes_in, splice->bytes_out);
	buf_clear(&splice->pending);
	free(splice);
}

/* Sends from data; counts and consumes what went. -1 when the socket is broken. */
static ssize_t give(struct splice *splice, const uint8_t *data, size_t len)
{
	ssize_t n = send(splice->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	splice->bytes_in += (uint64_t)n;
	if (splice->stream)
		stream_consume(splice->stream, (size_t)n);
	return n;
}

/* Sends what waits; false when the socket is broken. */
static bool drain(struct splice *splice)
{
	size_t left = splice->pending.len - splice->at;
	ssize_t n = left ? give(splice, splice->pending.data + splice->at, left) : 0;

	if (n < 0)
		return false;
	splice->at += (size_t)n;
	left -= (size_t)n;
	if (left == 0) {
		if (splice->pending.size > PENDING_KEPT)
			buf_clear(&splice->pending);
		buf_reset(&splice->pending);
		splice->at = 0;
		if (splice->stream_ended)
			(void)shutdown(splice->fd, SHUT_WR);
	}
	splice->want_out = left > 0;
	return true;
}

static bool keep(struct splice *splice, const uint8_t *data, size_t len)
{
	if (splice->at && splice->pending.len + len > PENDING_MAX) {
		buf_consume(&splice->pending, splice->at);
		splice->at = 0;
	}
	buf_put(&splice->pending, data, len);
	splice->want_out = true;
	return !buf_failed(&splice->pending);
}

/* The socket takes no more. What it still has to say is sent first (a target's last words); then
 * the peer is told to stop. */
static void splice_deafen(struct splice *splice)
{
	size_t held = splice->pending.len - splice->at;

	splice->deaf = true;
	(void)shutdown(splice->fd, SHUT_WR); /* whoever lives behind it need not wait for more */
	splice->want_out = false;
	buf_reset(&splice->pending);
	splice->at = 0;
	splice_watch(splice);
	if (!splice->stream) {
		splice_free(splice);
		return;
	}
	stream_consume(splice->stream, held);
	if (splice->socket_ended)
		stream_reset(splice->stream, STREAM_OK);
}

static void splice_data(void *arg, struct stream *stream, const uint8_t *data, size_t len)
{
	struct splice *splice = arg;
	ssize_t n = 0;

	if (splice->deaf) {
		stream_consume(stream, len);
		return;
	}
	if (splice->pending.len == 0)
		n = give(splice, data, len);
	if (n < 0) {
		stream_consume(stream, len);
		splice_deafen(splice);
		return;
	}
	if ((size_t)n < len && !keep(splice, data + n, len - (size_t)n)) {
		stream_reset(stream, STREAM_CANCEL);
		return;
	}
	splice_watch(splice);
}

static void splice_end(void *arg, struct stream *stream)
{
	struct splice *splice = arg;

	(void)stream;
	splice->stream_ended = true;
	if (splice->pending.len == 0)
		(void)shutdown(splice->fd, SHUT_WR);
}

static ssize_t splice_pull(void *arg, struct stream *stream, uint8_t *out, size_t len,
			   bool *out_end)
{
	struct splice *splice = arg;
	ssize_t n = recv(splice->fd, out, len, MSG_DONTWAIT);

	(void)stream;
	splice->want_in = n < 0 && (errno == EAGAIN || errno == EINTR);
	splice_watch(splice);
	if (splice->want_in)
		return 0;
	if (n < 0)
		return -1;
	splice->socket_ended = *out_end = n == 0;
	splice->bytes_out += (uint64_t)n;
	if (splice->socket_ended && splice->deaf)
		stream_reset(stream, STREAM_OK);
	return n;
}

static void splice_closed(void *arg, struct stream *stream, uint32_t code)
{
	struct splice *splice = arg;

	(void)stream;
	splice->stream = NULL;
	splice->want_in = false;
	if (code != STREAM_OK || splice->pending.len == 0) {
		splice_free(splice);
		return;
	}
	splice_watch(splice);
}

static void splice_io(void *arg, int fd, uint32_t events)
{
	struct splice *splice = arg;
	bool readable = events & (EPOLLIN | EPOLLHUP | EPOLLERR);

	(void)fd;
	if (splice->want_out && !drain(splice)) {
		splice_deafen(splice);
		return;
	}
	if (!splice->stream && splice->pending.len == 0) {
		splice_free(splice);
		return;
	}
	if (splice->want_in && readable) {
		splice->want_in = false;
		stream_ready(splice->stream);
	}
	splice_watch(splice);
}

static const struct stream_events splice_events = {
	.data = splice_data,
	.end = splice_end,
	.pull = splice_pull,
	.closed = splice_closed,
};

struct splice *splice_new(struct loop *loop, struct stream *stream, int fd, splice_done *done,
			  void *arg)
{
	struct splice *splice = calloc(1, sizeof(*splice));

	if (!splice) {
		close(fd);
		stream_events(stream, NULL, NULL);
		stream_reset(stream, STREAM_CANCEL);
		return NULL;
	}
	(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	*splice =
		(struct splice){.loop = loop, .stream = stream, .fd = fd, .done = done, .arg = arg};
	buf_init(&splice->pending, PENDING_MAX);
	stream_events(stream, &splice_events, splice);
	/* A stream that already asked for bytes before the socket was there asks again. */
	stream_ready(stream);
	return splice;
}
