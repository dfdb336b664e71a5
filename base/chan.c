/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/chan.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/sys.h"

enum { HEADER_SIZE = 12, SOCKET_BUFFER = 1024 * 1024 };

struct outgoing {
	struct outgoing *next;
	uint8_t header[HEADER_SIZE];
	int fds[CHAN_FDS];
	int nfds;
	size_t len;
	uint8_t data[];
};

struct chan {
	int fd;
	struct loop_fd *watch;
	size_t queued, queue_max;
	struct outgoing *first, **last;
	chan_handler *handler;
	chan_closed *closed;
	void *arg;
	uint8_t *scratch;
	bool busy;   /* inside the handler: free waits */
	bool doomed; /* freed while busy */
};

enum err chan_pair(int out_fds[2])
{
	int fds[2];
	int size = SOCKET_BUFFER;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) != 0)
		return ERR_IO;
	for (int i = 0; i < 2; i++) {
		setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
		setsockopt(fds[i], SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	}
	out_fds[0] = fds[0];
	out_fds[1] = fds[1];
	return ERR_OK;
}

static void put_header(uint8_t *header, uint32_t type, uint32_t id, size_t len)
{
	const uint32_t words[3] = {type, id, (uint32_t)len};

	for (int i = 0; i < 3; i++)
		for (int k = 0; k < 4; k++)
			header[4 * i + k] = (uint8_t)(words[i] >> (24 - 8 * k));
}

/* One sendmsg. ERR_LIMIT when the socket is full, ERR_IO when the peer is gone. */
static enum err send_now(int fd, uint8_t *header, const void *data, size_t len, const int *fds,
			 int nfds)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int) * CHAN_FDS)];
		struct cmsghdr align;
	} control = {0};
	struct iovec parts[2] = {{header, HEADER_SIZE}, {(void *)(uintptr_t)data, len}};
	struct msghdr msg = {.msg_iov = parts, .msg_iovlen = 2};

	if (nfds > 0) {
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)nfds);
		struct cmsghdr *rights = CMSG_FIRSTHDR(&msg);
		assert(rights != NULL); /* there is room for CHAN_FDS */
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)nfds);
		memcpy(CMSG_DATA(rights), fds, sizeof(int) * (size_t)nfds);
	}
	for (;;) {
		if (sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
			return ERR_OK;
		if (errno == EINTR)
			continue;
		return errno == EAGAIN || errno == ENOBUFS || errno == ETOOMANYREFS ? ERR_LIMIT
										    : ERR_IO;
	}
}

static bool keep_rights(struct msghdr *msg, struct chan_msg *out)
{
	bool whole = !(msg->msg_flags & (MSG_CTRUNC | MSG_TRUNC));

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		int count = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		for (int i = 0; i < count; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(c) + sizeof(int) * (size_t)i, sizeof(fd));
			if (out->nfds < CHAN_FDS)
				out->fds[out->nfds++] = fd;
			else
				close(fd);
		}
	}
	return whole;
}

static bool parse_header(const uint8_t *data, size_t got, struct chan_msg *out)
{
	struct rd rd = rd_of(data, got);

	out->type = rd_u32(&rd);
	out->id = rd_u32(&rd);
	out->len = rd_u32(&rd);
	out->data = data + HEADER_SIZE;
	return !rd.failed && out->len == rd_left(&rd);
}

/* One recvmsg into scratch (HEADER_SIZE + CHAN_PAYLOAD_MAX bytes).
 * ERR_LIMIT: nothing there; ERR_IO: peer gone; ERR_INPUT: broken framing. */
static enum err receive_now(int fd, uint8_t *scratch, struct chan_msg *out)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int) * CHAN_FDS)];
		struct cmsghdr align;
	} control = {0};
	struct iovec part = {scratch, HEADER_SIZE + CHAN_PAYLOAD_MAX};
	struct msghdr msg = {.msg_iov = &part,
			     .msg_iovlen = 1,
			     .msg_control = control.bytes,
			     .msg_controllen = sizeof(control.bytes)};
	ssize_t got;

	*out = (struct chan_msg){.fds = {-1, -1, -1, -1}};
	do
		got = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == EAGAIN ? ERR_LIMIT : ERR_IO;
	if (got == 0)
		return ERR_IO;
	bool whole = keep_rights(&msg, out);
	if (!whole || !parse_header(scratch, (size_t)got, out)) {
		chan_close_fds(out);
		return ERR_INPUT;
	}
	return ERR_OK;
}

int chan_take_fd(struct chan_msg *msg, int index)
{
	if (index < 0 || index >= msg->nfds)
		return -1;
	int fd = msg->fds[index];
	msg->fds[index] = -1;
	return fd;
}

void chan_close_fds(struct chan_msg *msg)
{
	for (int i = 0; i < msg->nfds; i++) {
		if (msg->fds[i] >= 0)
			close(msg->fds[i]);
		msg->fds[i] = -1;
	}
}

static int wait_for(int fd, short events, int64_t until)
{
	struct pollfd wait = {.fd = fd, .events = events};
	int64_t left = until - sys_mono_us();

	return poll(&wait, 1, left > 0 ? (int)((left + 999) / 1000) : 0);
}

enum err chan_send(int fd, uint32_t type, uint32_t id, const void *data, size_t len, const int *fds,
		   int nfds, int timeout_ms)
{
	uint8_t header[HEADER_SIZE];
	int64_t until = sys_mono_us() + (int64_t)timeout_ms * 1000;

	if (len > CHAN_PAYLOAD_MAX || nfds > CHAN_FDS)
		return ERR_TOO_LARGE;
	put_header(header, type, id, len);
	for (;;) {
		enum err err = send_now(fd, header, data, len, fds, nfds);
		if (err != ERR_LIMIT)
			return err;
		if (wait_for(fd, POLLOUT, until) == 0)
			return ERR_UNAVAILABLE;
	}
}

enum err chan_receive(int fd, struct buf *scratch, struct chan_msg *out, int timeout_ms)
{
	int64_t until = sys_mono_us() + (int64_t)timeout_ms * 1000;

	buf_reset(scratch);
	uint8_t *bytes = buf_reserve(scratch, HEADER_SIZE + CHAN_PAYLOAD_MAX);
	if (bytes == NULL)
		return ERR_MEMORY;
	for (;;) {
		enum err err = receive_now(fd, bytes, out);
		if (err != ERR_LIMIT)
			return err;
		if (wait_for(fd, POLLIN, until) == 0)
			return ERR_UNAVAILABLE;
	}
}

static void free_outgoing(struct outgoing *message)
{
	for (int i = 0; i < message->nfds; i++)
		close(message->fds[i]);
	wipe(message->data, message->len);
	free(message);
}

static void drop_queue(struct chan *chan)
{
	while (chan->first != NULL) {
		struct outgoing *message = chan->first;
		chan->first = message->next;
		free_outgoing(message);
	}
	chan->last = &chan->first;
	chan->queued = 0;
}

static void close_channel(struct chan *chan)
{
	if (chan->fd < 0)
		return;
	loop_fd_remove(chan->watch);
	chan->watch = NULL;
	close(chan->fd);
	chan->fd = -1;
	drop_queue(chan);
}

static void fail_channel(struct chan *chan)
{
	if (chan->fd < 0)
		return;
	close_channel(chan);
	if (chan->closed != NULL && !chan->doomed)
		chan->closed(chan->arg, chan);
}

static void destroy(struct chan *chan)
{
	close_channel(chan);
	wipe(chan->scratch, HEADER_SIZE + CHAN_PAYLOAD_MAX);
	free(chan->scratch);
	free(chan);
}

void chan_free(struct chan *chan)
{
	if (chan == NULL)
		return;
	if (chan->busy) {
		chan->doomed = true;
		close_channel(chan);
		return;
	}
	destroy(chan);
}

static bool flush(struct chan *chan)
{
	while (chan->first != NULL) {
		struct outgoing *m = chan->first;
		enum err err = send_now(chan->fd, m->header, m->data, m->len, m->fds, m->nfds);
		if (err == ERR_LIMIT)
			return true;
		if (err != ERR_OK)
			return false;
		chan->first = m->next;
		if (chan->first == NULL)
			chan->last = &chan->first;
		chan->queued--;
		free_outgoing(m);
	}
	loop_fd_events(chan->watch, EPOLLIN);
	return true;
}

/* Up to 32 messages a turn, so that one busy peer does not starve the others. False: close. */
static bool read_messages(struct chan *chan)
{
	for (int i = 0; i < 32 && chan->fd >= 0; i++) {
		struct chan_msg msg;
		enum err err = receive_now(chan->fd, chan->scratch, &msg);
		if (err == ERR_LIMIT)
			return true;
		if (err != ERR_OK)
			return false;
		err = chan->handler(chan->arg, chan, &msg);
		chan_close_fds(&msg);
		wipe(chan->scratch, HEADER_SIZE + msg.len); /* cookies and tokens come by here */
		if (err != ERR_OK)
			return false;
	}
	return true;
}

static void on_ready(void *arg, int fd, uint32_t events)
{
	struct chan *chan = arg;
	bool alive = true;

	(void)fd;
	chan->busy = true;
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		alive = read_messages(chan);
	if (alive && chan->fd >= 0 && events & EPOLLOUT)
		alive = flush(chan);
	if (!alive)
		fail_channel(chan);
	chan->busy = false;
	if (chan->doomed)
		destroy(chan);
}

struct chan *chan_new(struct loop *loop, int fd, size_t queue_max, chan_handler *handler,
		      chan_closed *closed, void *arg)
{
	struct chan *chan = calloc(1, sizeof(*chan));
	uint8_t *scratch = malloc(HEADER_SIZE + CHAN_PAYLOAD_MAX);
	int flags = fcntl(fd, F_GETFL);

	if (chan == NULL || scratch == NULL || flags < 0 ||
	    fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
		goto fail;
	*chan = (struct chan){.fd = fd,
			      .queue_max = queue_max,
			      .handler = handler,
			      .closed = closed,
			      .arg = arg,
			      .scratch = scratch};
	chan->last = &chan->first;
	chan->watch = loop_fd_add(loop, fd, EPOLLIN, on_ready, chan);
	if (chan->watch != NULL)
		return chan;
fail:
	free(scratch);
	free(chan);
	close(fd);
	return NULL;
}

static enum err queue_message(struct chan *chan, const uint8_t *header, const void *data,
			      size_t len, const int *fds, int nfds)
{
	if (chan->queued >= chan->queue_max)
		return ERR_LIMIT;
	struct outgoing *message = calloc(1, sizeof(*message) + len);
	if (message == NULL)
		return ERR_MEMORY;
	memcpy(message->header, header, HEADER_SIZE);
	message->len = len;
	if (len > 0)
		memcpy(message->data, data, len);
	for (int i = 0; i < nfds; i++) {
		int copy = fcntl(fds[i], F_DUPFD_CLOEXEC, 0);
		if (copy < 0) {
			free_outgoing(message);
			return ERR_LIMIT;
		}
		message->fds[message->nfds++] = copy;
	}
	*chan->last = message;
	chan->last = &message->next;
	chan->queued++;
	loop_fd_events(chan->watch, EPOLLIN | EPOLLOUT);
	return ERR_OK;
}

enum err chan_post(struct chan *chan, uint32_t type, uint32_t id, const void *data, size_t len,
		   const int *fds, int nfds)
{
	uint8_t header[HEADER_SIZE];

	if (chan->fd < 0)
		return ERR_IO;
	if (len > CHAN_PAYLOAD_MAX || nfds > CHAN_FDS)
		return ERR_TOO_LARGE;
	put_header(header, type, id, len);
	if (chan->first == NULL) {
		enum err err = send_now(chan->fd, header, data, len, fds, nfds);
		if (err != ERR_LIMIT)
			return err;
	}
	return queue_message(chan, header, data, len, fds, nfds);
}

enum err chan_post_codec(struct chan *chan, uint32_t type, uint32_t id, const struct codec *codec,
			 const void *message, const int *fds, int nfds)
{
	struct buf payload;

	buf_init_wiped(&payload, CHAN_PAYLOAD_MAX);
	codec_put(&payload, codec, message);
	enum err err = buf_failed(&payload)
			       ? buf_error(&payload)
			       : chan_post(chan, type, id, payload.data, payload.len, fds, nfds);
	buf_clear(&payload);
	return err;
}

bool chan_is_open(const struct chan *chan)
{
	return chan->fd >= 0;
}

enum err chan_dispatch(const struct chan_row *rows, size_t count, void *arg, struct chan *chan,
		       struct chan_msg *msg)
{
	_Alignas(max_align_t) uint8_t message[CHAN_MESSAGE_MAX] = {0};

	for (size_t i = 0; i < count; i++) {
		const struct chan_row *row = &rows[i];
		if (row->type != msg->type)
			continue;
		if (msg->nfds < row->fds_min || msg->nfds > row->fds_max ||
		    row->size > sizeof(message))
			return ERR_INPUT;
		if (row->codec == NULL && msg->len != 0)
			return ERR_INPUT;
		if (row->codec != NULL) {
			enum err err = codec_get(row->codec, msg->data, msg->len, message);
			if (err != ERR_OK)
				return err;
		}
		return row->handle(arg, chan, msg, message);
	}
	return ERR_DENIED;
}
