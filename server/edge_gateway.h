/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_EDGE_GATEWAY_H
#define SERVER_EDGE_GATEWAY_H

#include "server/edge.h"

/* The gateways' tunnels, in the main thread. */
struct gateways *gateways_new(struct edge *edge);
void gateways_free(struct gateways *gateways);

/* What the handshake proved about a gateway's connection. */
struct gateway_peer {
	struct uuid gateway_id, serial;
	char address[64];
};
/* Takes the wire over; from a front's thread. */
void gateways_accept(struct edge *edge, struct wire wire, const struct gateway_peer *peer);
/* Identity out of the verified client certificate. */
bool gateway_peer_of(SSL *ssl, struct gateway_peer *out);

/* Rows of the authority channel's table. */
enum err gateways_on_verdict(void *arg, struct chan *chan, struct chan_msg *msg,
			     const void *message);
enum err gateways_on_close(void *arg, struct chan *chan, struct chan_msg *msg, const void *message);
enum err gateways_on_policy(void *arg, struct chan *chan, struct chan_msg *msg,
			    const void *message);
enum err gateways_on_policy_part(void *arg, struct chan *chan, struct chan_msg *msg,
				 const void *message);
enum err gateways_on_checkpoint(void *arg, struct chan *chan, struct chan_msg *msg,
				const void *message);
enum err gateways_on_dial(void *arg, struct chan *chan, struct chan_msg *msg, const void *message);

#endif
