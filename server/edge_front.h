/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_EDGE_FRONT_H
#define SERVER_EDGE_FRONT_H

#include <netinet/in.h>

#include "base/range.h"
#include "server/edge.h"

/* One accepting thread: its connections from the handshake to the end. */
struct front;
/* Starts the thread. addresses counts connections per client and is shared by all fronts. */
struct addresses;
struct front *front_new(struct edge *edge, struct addresses *addresses);
void front_free(struct front *front); /* stops and joins */

/* How many connections each client address (IPv6: /64) holds; thread-safe. */
enum { ADDRESS_CONNECTIONS_MAX = 256 };
/* Those in uncounted (copied; an empty list: nobody) may hold any number. */
struct addresses *addresses_new(const struct ranges *uncounted);
void addresses_free(struct addresses *addresses);
/* False: that one holds ADDRESS_CONNECTIONS_MAX already, or the table is full. */
bool addresses_take(struct addresses *addresses, const struct sockaddr_storage *peer);
void addresses_give(struct addresses *addresses, const struct sockaddr_storage *peer);

#endif
