/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_EDGE_H
#define SERVER_EDGE_H

#include <stdatomic.h>

#include "base/chan.h"
#include "base/loop.h"
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
	int web_fd;
	int listen_fd;
	struct front *fronts[EDGE_FRONTS];
	struct gateways *gateways;
};

/* Everything from descriptors on: usable without a supervisor. lock is called once threads run
 * (NULL: nothing to do). Returns when authority or web is gone. */
struct edge_start {
	int authority_fd, web_fd, listen_fd;
	void (*confine)(void *arg);
	void (*lock)(void *arg);
	void *arg;
};
enum err edge_run(const struct edge_start *start) ERR_CHECKED;

#endif
