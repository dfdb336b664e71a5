/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_PROTO_SPLICE_H
#define GATEWAYS_PROTO_SPLICE_H

#include "base/loop.h"
#include "gateways/proto/stream.h"

/*
 * Joins a stream and a socket, both ways, with back-pressure and half close: what arrives on the
 * stream counts as consumed only after the socket took it; the socket is read only when the stream
 * may send. It owns the socket, takes over the stream's events, and frees itself at the end.
 */
struct splice;
/* Called once, just before it frees itself. */
typedef void splice_done(void *arg, uint64_t bytes_in, uint64_t bytes_out);

/* fd: a connected stream socket, taken over (made non-blocking). done may be NULL. NULL when memory
 * is short: fd is closed and the stream reset. */
struct splice *splice_new(struct loop *loop, struct stream *stream, int fd, splice_done *done,
			  void *arg);

#endif
