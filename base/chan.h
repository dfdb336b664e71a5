/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_CHAN_H
#define BASE_CHAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/ctx.h"
#include "base/loop.h"

/*
 * Message channel between two of our processes over a SOCK_SEQPACKET socket pair: header {u32 type,
 * u32 id, u32 payload length}, payload of at most CHAN_PAYLOAD_MAX, up to CHAN_FDS descriptors.
 * A message that breaks the framing, loses descriptors (MSG_CTRUNC), or has a type or state the
 * receiver's table does not list, is a bug or an attack: the receiver closes the channel.
 *
 * id correlates a reply with its request: the asker picks it (never 0), the reply carries it back;
 * notifications use 0.
 */
enum { CHAN_PAYLOAD_MAX = 160 * 1024, CHAN_FDS = 4 };

struct chan_msg {
	uint32_t type;
	uint32_t id;
	const uint8_t *data; /* borrowed until the handler returns */
	size_t len;
	int fds[CHAN_FDS]; /* -1 when absent; owned by the receiver: take with chan_take_fd, the
			      rest is closed */
	int nfds;
};

/* A socket pair fit for chan_new; buffers sized for CHAN_PAYLOAD_MAX; close-on-exec, non-blocking.
 */
enum err chan_pair(int out_fds[2]) ERR_CHECKED;

/* Blocking-style use (keeper client, start-up): one message out, in, with a time limit.
 * ERR_UNAVAILABLE on time-out or a full queue, ERR_IO when the peer is gone. Descriptors in fds
 * stay the caller's. */
enum err chan_send(int fd, uint32_t type, uint32_t id, const void *data, size_t len, const int *fds,
		   int nfds, int timeout_ms) ERR_CHECKED;
/* scratch receives the payload (limit at least CHAN_PAYLOAD_MAX); *out borrows from it. */
enum err chan_receive(int fd, struct buf *scratch, struct chan_msg *out,
		      int timeout_ms) ERR_CHECKED;
int chan_take_fd(struct chan_msg *msg, int index); /* -1 when absent; the message forgets it */
void chan_close_fds(struct chan_msg *msg);	   /* closes what was not taken */

/*
 * Event-loop use: a bounded queue of outgoing messages; a stopped peer sheds load instead of
 * stalling us.
 */
struct chan;
/* Called for each whole message; returning anything but ERR_OK closes the channel (a malformed
 * message from a sibling). */
typedef enum err chan_handler(void *arg, struct chan *chan, struct chan_msg *msg);
/* Called once when the peer is gone or the channel was closed by a fault; free it there or later.
 */
typedef void chan_closed(void *arg, struct chan *chan);

/* Takes ownership of fd and registers with loop. queue_max: outgoing messages kept when the socket
 * is full. */
struct chan *chan_new(struct loop *loop, int fd, size_t queue_max, chan_handler *handler,
		      chan_closed *closed, void *arg);
void chan_free(struct chan *chan);
/* Queues a copy; fds are duplicated and queued, the caller keeps (and closes) its own. Loop thread
 * only. ERR_LIMIT when the queue is full, ERR_IO when closed. */
enum err chan_post(struct chan *chan, uint32_t type, uint32_t id, const void *data, size_t len,
		   const int *fds, int nfds) ERR_CHECKED;
/* Encodes and posts. */
enum err chan_post_codec(struct chan *chan, uint32_t type, uint32_t id, const struct codec *codec,
			 const void *message, const int *fds, int nfds) ERR_CHECKED;
bool chan_is_open(const struct chan *chan);

/* Receiver's table: message type, its codec (NULL: empty payload), number of descriptors it must
 * carry, handler. chan_dispatch finds the row, checks descriptors, decodes into a zeroed struct of
 * size `size`, calls. Unlisted: ERR_DENIED. */
struct chan_row {
	uint32_t type;
	const char *name;
	const struct codec *codec;
	size_t size;
	int fds_min, fds_max;
	enum err (*handle)(void *arg, struct chan *chan, struct chan_msg *msg, const void *message);
};
enum { CHAN_MESSAGE_MAX = 1024 };
enum err chan_dispatch(const struct chan_row *rows, size_t count, void *arg, struct chan *chan,
		       struct chan_msg *msg) ERR_CHECKED;

#endif
