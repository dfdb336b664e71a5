/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/edge_pump.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

enum { PUMP_BUFFER = 16 * 1024, ROUNDS = 32, LINGER_S = 2 };
#define SECOND_US INT64_C(1000000)

/* A descriptor that leaves epoll while nothing is awaited: a hung-up one would spin. */
struct watch {
	int fd;
	struct loop_fd *handle;
	uint32_t events;
};

struct half {
	uint8_t data[PUMP_BUFFER];
	size_t at, len;
	bool ended; /* the source sends no more */
	bool shut;  /* the end was passed on */
	bool dead;  /* the sink takes no more: bytes are dropped */
};

struct pump {
	struct loop *loop;
	struct wire wire;
	struct watch client, web;
	struct half up, down; /* client to web, web to client */
	struct loop_timer *linger;
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
	pump_finish(arg);
}

static void half_sent(struct half *half, size_t n)
{
	half->at += n;
	if (half->at == half->len)
		half->at = half->len = 0;
}

/* True when something moved. */
static bool up_step(struct pump *pump)
{
	struct half *up = &pump->up;
	ssize_t n;

	if (up->len == 0 && !up->ended) {
		n = wire_read(&pump->wire, up->data, sizeof(up->data));
		if (n == WIRE_AGAIN)
			return false;
		if (n == WIRE_BROKEN)
			pump->broken = true; /* nobody is left to answer to */
		up->ended = n <= 0;
		up->len = n > 0 ? (size_t)n : 0;
		return n > 0;
	}
	if (up->len == 0)
		return false;
	n = up->dead ? (ssize_t)(up->len - up->at)
		     : send(pump->web.fd, up->data + up->at, up->len - up->at, MSG_NOSIGNAL);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	up->dead |= n < 0;
	half_sent(up, n < 0 ? up->len - up->at : (size_t)n);
	return true;
}

static bool down_step(struct pump *pump)
{
	struct half *down = &pump->down;
	ssize_t n;

	if (down->len == 0 && !down->ended) {
		n = recv(pump->web.fd, down->data, sizeof(down->data), 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return false;
		down->ended = n <= 0;
		down->len = n > 0 ? (size_t)n : 0;
		return n > 0;
	}
	if (down->len == 0)
		return false;
	n = wire_write(&pump->wire, down->data + down->at, down->len - down->at);
	if (n == WIRE_AGAIN)
		return false;
	if (n < 0) {
		pump->broken = true;
		return false;
	}
	half_sent(down, (size_t)n);
	return true;
}

/* Passes ends on, but only behind the bytes before them. */
static void pass_ends(struct pump *pump)
{
	if (pump->up.ended && pump->up.len == 0 && !pump->up.shut) {
		pump->up.shut = true;
		(void)shutdown(pump->web.fd, SHUT_WR);
	}
	if (pump->down.ended && pump->down.len == 0 && !pump->down.shut) {
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

	if (!pump->up.ended && pump->up.len == 0)
		client |= EPOLLIN;
	if (pump->down.len || (more && wire_has_pending(&pump->wire)))
		client |= EPOLLOUT;
	if (!pump->down.ended && pump->down.len == 0)
		web |= EPOLLIN;
	if (pump->up.len)
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
		pass_ends(pump);
	if (!pump->broken)
		pump_watch(pump, moved);
	if (pump->broken || (pump->down.shut && pump->up.ended))
		pump_finish(pump);
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
	/* Both writable and readable: the first round looks at everything. */
	watch_set(pump, &pump->client, EPOLLIN | EPOLLOUT);
	watch_set(pump, &pump->web, EPOLLIN);
	if (!pump->linger || pump->broken) {
		pump_free(pump);
		return NULL;
	}
	return pump;
}
