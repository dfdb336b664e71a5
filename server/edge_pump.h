/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_EDGE_PUMP_H
#define SERVER_EDGE_PUMP_H

#include "base/loop.h"
#include "gateways/proto/wire.h"

/*
 * One browser connection after its handshake: bytes between TLS and web's socket, both ways, 16 KiB
 * each. Either end may stop sending while the other goes on; what was read is always delivered
 * before an end is passed on.
 */
struct pump;
typedef void pump_done(void *arg);
/* Takes over wire and fd (non-blocking). done: called once from the loop, after both are closed.
 * NULL when memory is short: both are closed, done is not called. */
struct pump *pump_new(struct loop *loop, struct wire wire, int fd, pump_done *done, void *arg);
/* Closes both ends at once; done is not called. */
void pump_free(struct pump *pump);

#endif
