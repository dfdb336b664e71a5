/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_AGENT_DIAL_H
#define GATEWAYS_AGENT_DIAL_H

#include "base/loop.h"
#include "gateways/agent/resolve.h"
#include "gateways/proto/verdict.h"

/* Address ranges the operator allows (run --allow): none means any. */
enum { RANGES_MAX = 64 };
struct range {
	uint8_t family, bits;
	uint8_t address[16];
};
struct ranges {
	struct range list[RANGES_MAX];
	size_t count;
};
/* "192.0.2.0/24", "2001:db8::/32", or one address. */
bool range_add(struct ranges *ranges, const char *text);
bool range_allows(const struct ranges *ranges, const struct sockaddr *address);

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
