/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/edge_pump.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

#include "base/secret.h"
#include "server/edge_request.h"

enum {
	PUMP_BUFFER = 16 * 1024 - 1, /* a buffer has one byte more */
	PASS_MAX = 64 * 1024,	     /* what one read can let through, with the head before it */
	ROUNDS = 32,
	LINGER_S = 2,
	REFUSE_S = 5, /* for the answers to what came before a refused request */
	HEAD_S = 10,  /* for a whole head, from its first byte */
	BODY_S = 60,  /* for the rest of the request */
	STALL_S = 20, /* a peer that takes less than STALL_MIN in that time is let go */
	STALL_MIN = 4096,
};
#define SECOND_US INT64_C(1000000)

/* A descriptor that leaves epoll while nothing is awaited: a hung-up one would spin. */
struct watch {
	int fd;
	struct loop_fd *handle;
	uint32_t events;
};

struct half {
	struct buf data;
	size_t at;
	bool ended; /* the source sends no more */
	bool shut;  /* the end was passed on */
	bool dead;  /* the sink takes no more: bytes are dropped */
};

struct pump {
	struct loop *loop;
	struct wire wire;
	struct watch client, web;
	struct half up, down; /* client to web, web to client */
	struct request_reader reader;
	uint32_t asked; /* requests when `late` was set */
	enum request_state asked_state;
	uint64_t sent, sent_before; /* to the client, in all and when `stall` was set */
	bool stalling, refused, answered;
	struct loop_timer *linger, *late, *stall;
	pump_done *done;
	void *arg;
	bool broken;
};

static void pump_io(void *arg, int fd, uint32_t events);

static void watch_set(struct pump *pump, struct watch *watch, uint32_t events)
{
	if (watch->events == events)
		return;
	watch->events = events;
	if (events && watch->handle) {
		loop_fd_events(watch->handle, events);
	} else if (events) {
		watch->handle = loop_fd_add(pump->loop, watch->fd, events, pump_io, pump);
		pump->broken |= !watch->handle;
	} else if (watch->handle) {
		loop_fd_remove(watch->handle);
		watch->handle = NULL;
	}
}

void pump_free(struct pump *pump)
{
	watch_set(pump, &pump->client, 0);
	watch_set(pump, &pump->web, 0);
	loop_timer_free(pump->linger);
	loop_timer_free(pump->late);
	loop_timer_free(pump->stall);
	request_reader_clear(&pump->reader);
	buf_clear(&pump->up.data);
	buf_clear(&pump->down.data);
	wire_close(&pump->wire);
	close(pump->web.fd);
	free(pump);
}

static void pump_finish(struct pump *pump)
{
	pump_done *done = pump->done;
	void *arg = pump->arg;

	pump_free(pump);
	done(arg);
}

static void linger_over(void *arg)
{
	struct pump *pump = arg;

	if (!pump->refused || pump->answered) {
		pump_finish(pump);
		return;
	}
	pump->down.ended = true; /* web waits for the rest of what was refused */
	pump_io(pump, -1, 0);
}

static size_t half_left(const struct half *half)
{
	return half->data.len - half->at;
}

static void half_sent(struct half *half, size_t n)
{
	half->at += n;
	if (half->at == half->data.len) {
		buf_reset(&half->data);
		half->at = 0;
	}
}

/* What was good before it is still answered; then the refusal, see pass_ends. */
static void refuse(struct pump *pump)
{
	pump->refused = pump->up.ended = true;
	/* Inside its only request web has no answer under way, and none to come. */
	pump->down.ended |= pump->reader.count <= 1 && pump->reader.state != REQUEST_HEAD;
	loop_timer_stop(pump->late);
	loop_timer_set(pump->linger, REFUSE_S * SECOND_US);
}

/* A request has HEAD_S for its head and BODY_S for the rest. */
static void watch_clock(struct pump *pump)
{
	const struct request_reader *reader = &pump->reader;
	bool inside = request_reader_is_inside(reader);
	enum request_state state = reader->state == REQUEST_HEAD ? REQUEST_HEAD : REQUEST_BODY;

	if (!inside && pump->asked != 0)
		loop_timer_stop(pump->late);
	else if (inside && (pump->asked != reader->count + 1 || pump->asked_state != state))
		loop_timer_set(pump->late, (state == REQUEST_HEAD ? HEAD_S : BODY_S) * SECOND_US);
	pump->asked = inside ? reader->count + 1 : 0;
	pump->asked_state = state;
}

static void let_through(struct pump *pump, const uint8_t *data, size_t len)
{
	if (!request_reader_feed(&pump->reader, data, len, &pump->up.data))
		refuse(pump);
	else
		watch_clock(pump);
	pump->broken |= buf_failed(&pump->up.data);
}

/* Behind a refusal: unread input at close would reset the connection, and with it the answer. */
static bool drain(struct pump *pump, uint8_t *data, size_t len)
{
	ssize_t n = wire_read(&pump->wire, data, len);

	pump->broken |= n <= 0 && n != WIRE_AGAIN;
	return n > 0;
}

/* True when something moved. */
static bool up_step(struct pump *pump)
{
	struct half *up = &pump->up;
	uint8_t data[PUMP_BUFFER];
	ssize_t n;

	if (pump->refused && pump->down.shut)
		return drain(pump, data, sizeof(data));
	if (half_left(up) == 0 && !up->ended && pump->reader.state != REQUEST_WAIT) {
		n = wire_read(&pump->wire, data, sizeof(data));
		if (n == WIRE_AGAIN)
			return false;
		if (n == WIRE_BROKEN)
			pump->broken = true; /* nobody is left to answer to */
		up->ended = n <= 0;
		if (n > 0) {
			let_through(pump, data, (size_t)n);
			wipe(data, (size_t)n); /* passwords and cookies are among it */
		}
		return n > 0;
	}
	if (half_left(up) == 0)
		return false;
	n = up->dead ? (ssize_t)half_left(up)
		     : send(pump->web.fd, up->data.data + up->at, half_left(up), MSG_NOSIGNAL);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n < 0)
		(void)shutdown(pump->web.fd, SHUT_WR); /* web need not wait for the rest */
	up->dead |= n < 0;
	half_sent(up, n < 0 ? half_left(up) : (size_t)n);
	return true;
}

static bool fill_down(struct pump *pump)
{
	struct half *down = &pump->down;
	uint8_t *room = buf_reserve(&down->data, PUMP_BUFFER);
	ssize_t n;

	if (!room) {
		pump->broken = true;
		return false;
	}
	n = recv(pump->web.fd, room, PUMP_BUFFER, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	down->ended = n <= 0;
	if (n <= 0)
		return false;
	buf_commit(&down->data, (size_t)n);
	if (pump->reader.state == REQUEST_WAIT &&
	    !request_reader_answered(&pump->reader, room, (size_t)n, &pump->up.data))
		refuse(pump);
	return true;
}

/* The peer does not take what there is: it has STALL_S to take a little. */
static void stalled(struct pump *pump)
{
	if (pump->stalling)
		return;
	pump->stalling = true;
	pump->sent_before = pump->sent;
	loop_timer_set(pump->stall, STALL_S * SECOND_US);
}

static bool down_step(struct pump *pump)
{
	struct half *down = &pump->down;
	ssize_t n;

	if (half_left(down) == 0)
		return !down->ended && fill_down(pump);
	n = wire_write(&pump->wire, down->data.data + down->at, half_left(down));
	if (n == WIRE_AGAIN) {
		stalled(pump);
		return false;
	}
	if (n < 0) {
		pump->broken = true;
		return false;
	}
	pump->sent += (uint64_t)n;
	half_sent(down, (size_t)n);
	return true;
}

/* Our own answer, behind web's last one. */
static void answer_refused(struct pump *pump)
{
	const struct request_reader *reader = &pump->reader;

	if (!pump->refused || pump->answered || !pump->down.ended || half_left(&pump->down) > 0)
		return;
	pump->answered = true;
	request_refusal(&pump->down.data, reader->status, reader->reason, reader->detail);
	(void)down_step(pump);
}

/* Passes ends on, but only behind the bytes before them. */
static void pass_ends(struct pump *pump)
{
	if (pump->up.ended && half_left(&pump->up) == 0 && !pump->up.shut) {
		pump->up.shut = true;
		(void)shutdown(pump->web.fd, SHUT_WR);
	}
	if (pump->down.ended && half_left(&pump->down) == 0 && !pump->down.shut) {
		pump->down.shut = true;
		ERR_clear_error();
		(void)SSL_shutdown(pump->wire.ssl);
		ERR_clear_error();
		(void)shutdown(pump->wire.fd, SHUT_WR);
		/* Unread input at close would reset the connection and lose our last bytes. */
		pump->up.dead = true;
		loop_timer_set(pump->linger, LINGER_S * SECOND_US);
	}
}

static void pump_watch(struct pump *pump, bool more)
{
	uint32_t client = 0, web = 0;

	if ((!pump->up.ended && half_left(&pump->up) == 0 && pump->reader.state != REQUEST_WAIT) ||
	    (pump->refused && pump->down.shut))
		client |= EPOLLIN;
	if (half_left(&pump->down) || (more && wire_has_pending(&pump->wire)))
		client |= EPOLLOUT;
	if (!pump->down.ended && half_left(&pump->down) == 0)
		web |= EPOLLIN;
	if (half_left(&pump->up))
		web |= EPOLLOUT;
	watch_set(pump, &pump->client, client);
	watch_set(pump, &pump->web, web);
}

static void pump_io(void *arg, int fd, uint32_t events)
{
	struct pump *pump = arg;
	bool moved = true;

	(void)fd;
	(void)events;
	for (int i = 0; i < ROUNDS && moved && !pump->broken; i++) {
		moved = up_step(pump);
		moved |= down_step(pump);
	}
	if (!pump->broken)
		answer_refused(pump);
	if (!pump->broken)
		pass_ends(pump);
	if (!pump->broken)
		pump_watch(pump, moved);
	if (pump->broken || (pump->down.shut && pump->up.ended && !pump->refused))
		pump_finish(pump);
}

/* Too slow: refused like anything else that is not a request. */
static void request_late(void *arg)
{
	struct pump *pump = arg;

	pump->reader.status = 408;
	pump->reader.reason = "request.slow";
	pump->reader.detail = "the request took too long to come";
	refuse(pump);
	pump_io(pump, -1, 0);
}

static void look_again(void *arg)
{
	struct pump *pump = arg;

	pump->stalling = false;
	if (half_left(&pump->down) == 0)
		return;
	if (pump->sent - pump->sent_before < STALL_MIN)
		pump_finish(pump);
	else
		stalled(pump);
}

struct pump *pump_new(struct loop *loop, struct wire wire, int fd, pump_done *done, void *arg)
{
	struct pump *pump = calloc(1, sizeof(*pump));

	if (!pump) {
		wire_close(&wire);
		close(fd);
		return NULL;
	}
	pump->loop = loop;
	pump->wire = wire;
	pump->client.fd = wire.fd;
	pump->web.fd = fd;
	pump->done = done;
	pump->arg = arg;
	pump->linger = loop_timer_new(loop, linger_over, pump);
	pump->late = loop_timer_new(loop, request_late, pump);
	pump->stall = loop_timer_new(loop, look_again, pump);
	request_reader_init(&pump->reader);
	buf_init_wiped(&pump->up.data, PASS_MAX);
	buf_init_wiped(&pump->down.data, PUMP_BUFFER);
	/* Both writable and readable: the first round looks at everything. */
	watch_set(pump, &pump->client, EPOLLIN | EPOLLOUT);
	watch_set(pump, &pump->web, EPOLLIN);
	if (!pump->linger || !pump->late || !pump->stall || pump->broken) {
		pump_free(pump);
		return NULL;
	}
	return pump;
}
