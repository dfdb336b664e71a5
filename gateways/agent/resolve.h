/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_AGENT_RESOLVE_H
#define GATEWAYS_AGENT_RESOLVE_H

#include <stdint.h>
#include <sys/socket.h>

#include "base/loop.h"

/* Name look-ups in helper threads, so that a slow name server stops nothing else. */
enum { RESOLVE_MAX = 8 };
struct resolved {
	struct sockaddr_storage address;
	socklen_t len;
};

struct resolver;
struct lookup;
typedef void lookup_done(void *arg, const struct resolved *list, size_t count);

struct resolver *resolver_new(struct loop *loop);
/* Stops after look-ups under way; they are not answered. */
void resolver_free(struct resolver *resolver);
/* done is called from the loop (count 0: no such name), unless lookup_cancel came first. NULL when
 * too many wait. */
struct lookup *lookup_start(struct resolver *resolver, const char *host, uint16_t port,
			    lookup_done *done, void *arg);
void lookup_cancel(struct lookup *lookup);

#endif
