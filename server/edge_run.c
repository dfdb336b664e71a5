/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/log.h"
#include "base/messages.h"
#include "server/edge.h"
#include "server/edge_front.h"
#include "server/edge_gateway.h"

enum { AUTHORITY_QUEUE = 8192 };

static enum err on_issued(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	struct edge *edge = arg;

	(void)chan;
	return edge_tls_issued(edge->tls, msg->id, message);
}

static const struct chan_row authority_rows[] = {
	{MSG_SERVER_CERTIFICATE_ISSUED, "server_certificate_issued",
	 &msg_server_certificate_issued_codec, sizeof(struct msg_server_certificate_issued), 0, 0,
	 on_issued},
	{MSG_GATEWAY_VERDICT, "gateway_verdict", &msg_gateway_verdict_codec,
	 sizeof(struct msg_gateway_verdict), 0, 0, gateways_on_verdict},
	{MSG_GATEWAY_CLOSE, "gateway_close", &msg_gateway_close_codec,
	 sizeof(struct msg_gateway_close), 0, 0, gateways_on_close},
	{MSG_GATEWAY_POLICY, "gateway_policy", &msg_gateway_policy_codec,
	 sizeof(struct msg_gateway_policy), 0, 0, gateways_on_policy},
	{MSG_DIAL, "dial", &msg_dial_codec, sizeof(struct msg_dial), 1, 1, gateways_on_dial},
};

static enum err on_authority(void *arg, struct chan *chan, struct chan_msg *msg)
{
	return chan_dispatch(authority_rows, sizeof(authority_rows) / sizeof(authority_rows[0]),
			     arg, chan, msg);
}

static void authority_gone(void *arg, struct chan *chan)
{
	struct edge *edge = arg;

	(void)chan;
	log_event(LOG_LEVEL_WARN, NULL, "sibling_gone", "sibling", "authority", NULL);
	loop_stop(edge->loop);
}

/* Web never writes to us: anything but silence is its end. */
static void web_gone(void *arg, int fd, uint32_t events)
{
	struct edge *edge = arg;

	(void)fd;
	(void)events;
	log_event(LOG_LEVEL_WARN, NULL, "sibling_gone", "sibling", "web", NULL);
	loop_stop(edge->loop);
}

static bool open_main(struct edge *edge, const struct edge_start *start)
{
	edge->loop = loop_new();
	edge->tls = edge_tls_new();
	edge->gateways = gateways_new(edge);
	if (!edge->loop || !edge->tls || !edge->gateways)
		return false;
	edge->authority = chan_new(edge->loop, start->authority_fd, AUTHORITY_QUEUE, on_authority,
				   authority_gone, edge);
	return edge->authority && edge_tls_start(edge->tls, edge->loop, edge->authority) &&
	       loop_fd_add(edge->loop, edge->web_fd, EPOLLIN, web_gone, edge);
}

static bool open_fronts(struct edge *edge, struct addresses *addresses)
{
	for (size_t i = 0; i < EDGE_FRONTS; i++) {
		edge->fronts[i] = front_new(edge, addresses);
		if (!edge->fronts[i])
			return false;
	}
	return true;
}

enum err edge_run(const struct edge_start *start)
{
	struct edge edge = {.web_fd = start->web_fd, .listen_fd = start->listen_fd};
	struct addresses *addresses = addresses_new();
	enum err err = ERR_MEMORY;

	(void)signal(SIGPIPE, SIG_IGN);
	if (addresses && open_main(&edge, start)) {
		if (start->confine)
			start->confine(start->arg);
		if (open_fronts(&edge, addresses)) {
			if (start->lock)
				start->lock(start->arg);
			err = loop_run(edge.loop);
		}
	}
	for (size_t i = 0; i < EDGE_FRONTS; i++)
		front_free(edge.fronts[i]);
	gateways_free(edge.gateways);
	chan_free(edge.authority);
	edge_tls_free(edge.tls);
	loop_free(edge.loop);
	addresses_free(addresses);
	return err;
}
