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
	{MSG_GATEWAY_POLICY_PART, "gateway_policy_part", &msg_gateway_policy_part_codec,
	 sizeof(struct msg_gateway_policy_part), 0, 0, gateways_on_policy_part},
	{MSG_GATEWAY_CHECKPOINT, "gateway_checkpoint", &msg_gateway_checkpoint_codec,
	 sizeof(struct msg_gateway_checkpoint), 0, 0, gateways_on_checkpoint},
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

static void web_replace(struct edge *edge, int fd)
{
	int old;

	if (edge->web_handle)
		loop_fd_remove(edge->web_handle);
	edge->web_handle = NULL;
	pthread_mutex_lock(&edge->web_lock);
	old = edge->web_fd;
	edge->web_fd = fd;
	pthread_mutex_unlock(&edge->web_lock);
	if (old >= 0)
		close(old);
}

/* Web never writes to us: anything but silence is its end. Connections are shed until the
 * supervisor sends a new channel; those that are open live on. */
static void web_gone(void *arg, int fd, uint32_t events)
{
	struct edge *edge = arg;

	(void)fd;
	(void)events;
	log_event(LOG_LEVEL_WARN, NULL, "sibling_gone", "sibling", "web", NULL);
	web_replace(edge, -1);
}

static bool web_open(struct edge *edge, int fd)
{
	web_replace(edge, fd);
	edge->web_handle = loop_fd_add(edge->loop, fd, EPOLLIN, web_gone, edge);
	return edge->web_handle;
}

static void channel_again(void *arg, const char *name, int fd)
{
	struct edge *edge = arg;

	if (strcmp(name, "web") != 0) {
		close(fd);
		return;
	}
	log_event(LOG_LEVEL_INFO, NULL, "sibling_back", "sibling", name, NULL);
	if (!web_open(edge, fd))
		log_event(LOG_LEVEL_ERROR, NULL, "sibling_not_watched", "sibling", name, NULL);
}

bool edge_tell_web(struct edge *edge, const void *message, size_t len, int fd)
{
	bool ok;

	pthread_mutex_lock(&edge->web_lock);
	ok = edge->web_fd >= 0 &&
	     chan_send(edge->web_fd, MSG_CONNECTION, 0, message, len, &fd, 1, 0) == ERR_OK;
	pthread_mutex_unlock(&edge->web_lock);
	return ok;
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
	if (start->watch && start->watch(edge->loop, channel_again, edge))
		return false;
	return edge->authority && edge_tls_start(edge->tls, edge->loop, edge->authority) &&
	       web_open(edge, start->web_fd);
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

const struct sandbox_spec *edge_sandbox(void)
{
	static const struct sandbox_spec spec = {
		.role = "edge",
		.allow = SANDBOX_ACCEPT | SANDBOX_SEND_FDS | SANDBOX_SETSOCKOPT_TCP,
	};

	return &spec;
}

static struct addresses *count_addresses(const struct edge_start *start)
{
	struct ranges proxies = {0};

	for (const char *const *at = start->trusted_proxies; at && *at; at++)
		(void)range_add(&proxies, *at); /* conf_load has seen that each is one */
	return addresses_new(&proxies);
}

enum err edge_run(const struct edge_start *start)
{
	struct edge edge = {.web_fd = -1, .listen_fd = start->listen_fd};
	struct addresses *addresses = count_addresses(start);
	enum err err = ERR_MEMORY;

	(void)signal(SIGPIPE, SIG_IGN);
	pthread_mutex_init(&edge.web_lock, NULL);
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
	web_replace(&edge, -1);
	gateways_free(edge.gateways);
	chan_free(edge.authority);
	edge_tls_free(edge.tls);
	loop_free(edge.loop);
	addresses_free(addresses);
	pthread_mutex_destroy(&edge.web_lock);
	return err;
}
