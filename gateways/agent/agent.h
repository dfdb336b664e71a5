/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_AGENT_AGENT_H
#define GATEWAYS_AGENT_AGENT_H

#include "base/loop.h"
#include "gateways/agent/dial.h"
#include "gateways/agent/policy.h"
#include "gateways/agent/state.h"
#include "gateways/proto/stream.h"

/* One running gateway: shared by its connections (link.c), its answers (serve.c) and its heartbeat
 * (monitor.c). Single-threaded but for name look-ups. */
struct link;
struct monitor;
enum { AGENT_LINKS = 2 };

struct agent {
	struct loop *loop;
	struct resolver *resolver;
	struct state state;
	struct policy *policy;
	struct ranges ranges;
	struct uuid boot_id;
	int first_delay_ms;
	struct link *links[AGENT_LINKS]; /* control, interactive */
	struct monitor *monitor;
	bool stopped; /* a verdict that no retry cures */
};

/* A connection that is kept: dials, attaches, serves, dials again. */
struct link *link_new(struct agent *agent, enum gateway_class gateway_class, uint32_t index);
void link_free(struct link *link);
/* The server's verdict arrived on this connection. */
void link_verdict(struct link *link, uint32_t verdict, uint32_t retry_seconds);
const char *link_state(const struct link *link);     /* "up", "connecting", "waiting", … */
struct tunnel *link_tunnel(const struct link *link); /* NULL when down */
enum gateway_class link_class(const struct link *link);

/* Answers one request of the server; tunnel_events.request with the link as arg. */
void serve_request(void *arg, struct stream *stream);
struct agent *link_agent(const struct link *link);

/* Checks targets and beats on the events stream. */
struct monitor *monitor_new(struct agent *agent);
void monitor_free(struct monitor *monitor);
void monitor_pace(struct monitor *monitor, uint32_t beat_seconds);
/* The server opened GET /events: beats go there from now on. */
void monitor_stream(struct monitor *monitor, struct stream *stream);
/* The policy changed: forget targets that are gone, check new ones soon. */
void monitor_policy(struct monitor *monitor);
/* Rewrites the status file. */
void agent_status(struct agent *agent);

#endif
