/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_EDGE_H
#define SERVER_EDGE_H

#include <pthread.h>

#include "base/chan.h"
#include "base/loop.h"
#include "base/sandbox.h"
#include "base/uuid.h"
#include "gateways/proto/wire.h"
#include "server/edge_tls.h"

/*
 * Edge: the only process the internet reaches. Two threads accept, do the TLS handshake and pump
 * browser connections into socket pairs that web holds the other end of; the main thread keeps the
 * gateways' tunnels and talks to authority. It reads no HTTP, no file and no database.
 */
enum { EDGE_FRONTS = 2 };

struct front;
struct gateways;
struct edge {
	struct loop *loop; /* main thread */
	struct chan *authority;
	struct edge_tls *tls;
	pthread_mutex_t web_lock; /* guards web_fd: fronts send, the main thread replaces */
	int web_fd;		  /* -1: web is being started again */
	struct loop_fd *web_handle;
	int listen_fd;
	struct front *fronts[EDGE_FRONTS];
	struct gateways *gateways;
};

/* A browser's stream for web; false: it has no room, or is not there. Any thread. */
bool edge_tell_web(struct edge *edge, const void *message, size_t len, int fd);

/* Everything from descriptors on: usable without a supervisor. Returns when authority is gone. */
struct edge_start {
	int authority_fd, web_fd, listen_fd;
	const char *const *trusted_proxies; /* conf; NULL: none */
	void (*confine)(void *arg);	    /* before threads; NULL: nothing */
	void (*lock)(void *arg);	    /* after */
	/* Calls back with fresh channel ends of siblings that were started again. */
	enum err (*watch)(struct loop *loop, void (*channel)(void *arg, const char *name, int fd),
			  void *arg);
	void *arg;
};
/* What edge may do: no file, no connect, no exec. */
const struct sandbox_spec *edge_sandbox(void);
enum err edge_run(const struct edge_start *start) ERR_CHECKED;

#endif
