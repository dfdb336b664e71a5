/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_AGENT_AGENT_H
#define GATEWAYS_AGENT_AGENT_H

#include "base/loop.h"
#include "gateways/agent/dial.h"
#include "gateways/agent/identity.h"
#include "gateways/agent/policy.h"
#include "gateways/agent/proxy.h"
#include "gateways/agent/renew.h"
#include "gateways/agent/state.h"
#include "gateways/agent/witness.h"
#include "gateways/proto/stream.h"

/* One running gateway: shared by its connections (link.c), its answers (serve.c) and its heartbeat
 * (monitor.c). Single-threaded but for name look-ups. */
struct link;
struct monitor;
struct upload;
enum { AGENT_LINKS = 2 };

struct agent {
	struct loop *loop;
	struct resolver *resolver;
	struct state state;
	struct identity identity;
	struct proxy proxy;
	struct renewer *renewer;
	struct policy *policy;
	struct upload *large; /* the large policy that arrives now (serve.c), or NULL */
	struct witness witness;
	struct ranges ranges;
	struct uuid boot_id;
	int first_delay_ms;
	struct link *links[AGENT_LINKS]; /* control, interactive */
	struct monitor *monitor;
	struct loop_timer *lock_timer;
	bool locked, told_locked; /* the customer's lock: no sessions */
	bool stopped;		  /* a verdict that no retry cures */
	char reason[64];	  /* why the server refused the last connection, or empty */
};

/* A connection that is kept: dials, attaches, serves, dials again. */
struct link *link_new(struct agent *agent, enum gateway_class gateway_class, uint32_t index);
void link_free(struct link *link);
/* The server's verdict arrived on this connection. */
struct link_verdict {
	uint32_t verdict, retry_seconds;
	const char *reason; /* code; may be NULL */
};
void link_verdict(struct link *link, const struct link_verdict *verdict);
/* The control connection is up: this one may dial now. */
void link_kick(struct link *link);
/* Ends a connection that still shows an earlier certificate, as soon as that disturbs nobody: the
 * control connection first, others when no session is on them. */
void link_age(struct link *link);
/* Ends its connection, and every session on it; it comes back by itself. */
void link_cut(struct link *link, const char *reason);
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
/* A beat now: what it says has changed. */
void monitor_beat(struct monitor *monitor);
/* Looks at the lock twice a second; agent->locked is right from the first call on. */
bool agent_watch_lock(struct agent *agent);
/* Rewrites the status file. */
void agent_status(struct agent *agent);

#endif
