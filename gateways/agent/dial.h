/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_AGENT_DIAL_H
#define GATEWAYS_AGENT_DIAL_H

#include "base/loop.h"
#include "base/range.h"
#include "gateways/agent/resolve.h"
#include "gateways/proto/verdict.h"

/*
 * Connects to the first of several addresses that answers, without blocking: numeric ones at once,
 * names through the resolver, all within timeout_ms.
 */
struct dial;
/* fd: connected and non-blocking, the receiver's; or -1 and why. The dial frees itself after. */
typedef void dial_done(void *arg, int fd, enum gateway_reason reason);
/* Copies addresses. NULL when memory is short. ranges NULL: any address. */
struct dial *dial_start(struct loop *loop, struct resolver *resolver, const struct ranges *ranges,
			const char *const *addresses, size_t count, uint16_t port, int timeout_ms,
			dial_done *done, void *arg);
void dial_cancel(struct dial *dial);

#endif
