/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

#include "base/log.h"
#include "base/sys.h"
#include "gateways/agent/agent.h"
#include "gateways/proto/verdict.h"

enum { DIAL_MS = 10000, HANDSHAKE_S = 15, ATTACH_S = 30, BACKOFF_CAP_S = 60, HEALTHY_S = 60 };
#define SECOND_US INT64_C(1000000)

/*
 * waiting → dialling → handshake → attaching (tunnel is up, no verdict yet) → up; any failure goes
 * back to waiting. One timer: the next try, or the limit of the current step.
 */
enum link_step {
	LINK_WAITING,
	LINK_DIALLING,
	LINK_PROXY,
	LINK_HANDSHAKE,
	LINK_ATTACHING,
	LINK_UP,
	LINK_STOPPED
};

struct link {
	struct agent *agent;
	enum gateway_class gateway_class;
	uint32_t index;
	enum link_step step;
	struct loop_timer *timer;
	struct dial *dial;
	struct wire wire;
	struct buf proxy_head; /* answer of the proxy so far */
	X509 *certificate;     /* shown on this connection; our reference */
	struct loop_fd *handle;
	struct tunnel *tunnel;
	unsigned failures;
	int64_t up_since;
	uint32_t verdict, retry_seconds;
};

/* What a person at this machine can do about a refusal. */
static const char *advice_of(const char *reason)
{
	static const struct {
		const char *reason, *advice;
	} rows[] = {
		{"gateway.clock", "this machine's clock is more than five minutes off: set it"},
		{"gateway.too_old", "this program is too old for the server: update it"},
		{"source.refused", "the server accepts this gateway from other addresses only"},
		{"gateway.other_machine", "this folder belongs to another machine: enrol this one"},
		{"gateway.copied",
		 "this folder is a copy or was restored: an administrator decides"},
		{"gateway.held", "held after a copy was seen: an administrator decides"},
		{"gateway.second_machine", "a gateway with this identity is connected already"},
		{"certificate.revoked", "revoked: enrol again with a new join token"},
		{"certificate.expired", "the certificate ended: enrol again with a new join token"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].reason, reason) == 0)
			return rows[i].advice;
	}
	return "";
}

static int64_t random_below(int64_t limit)
{
	uint64_t value;

	sys_random(&value, sizeof(value));
	return limit > 0 ? (int64_t)(value % (uint64_t)limit) : 0;
}

static void link_wait(struct link *link, int64_t delay_us)
{
	link->step = LINK_WAITING;
	loop_timer_set(link->timer, delay_us);
	agent_status(link->agent);
}

/* Full jitter: anywhere up to 1, 2, 4 … 60 s. */
static void link_retry(struct link *link)
{
	int64_t most = SECOND_US << (link->failures < 6 ? link->failures : 6);

	if (most > BACKOFF_CAP_S * SECOND_US)
		most = BACKOFF_CAP_S * SECOND_US;
	link->failures++;
	if (link->retry_seconds) {
		int64_t told = link->retry_seconds * SECOND_US;

		link->retry_seconds = 0;
		link_wait(link, told + random_below(told));
		return;
	}
	link_wait(link, random_below(most));
}

static void link_failed(struct link *link, const char *what, const char *why)
{
	log_event(LOG_LEVEL_WARN, NULL, "connection_failed", "class",
		  gateway_class_name(link->gateway_class), "step", what, "reason", why, NULL);
	if (link->handle)
		loop_fd_remove(link->handle);
	link->handle = NULL;
	wire_close(&link->wire);
	link_retry(link);
}

static bool verdict_is_final(uint32_t verdict)
{
	return verdict == GATEWAY_REVOKED || verdict == GATEWAY_TOO_OLD;
}

static void link_closed(void *arg, struct tunnel *tunnel, const char *reason)
{
	struct link *link = arg;

	log_event(LOG_LEVEL_WARN, NULL, "connection_lost", "class",
		  gateway_class_name(link->gateway_class), "reason", reason, NULL);
	if (link->step == LINK_UP && sys_mono_us() - link->up_since > HEALTHY_S * SECOND_US)
		link->failures = 0;
	link->tunnel = NULL;
	tunnel_free(tunnel);
	/* A certificate that was replaced meanwhile may be refused: the new one is tried. */
	if (verdict_is_final(link->verdict) &&
	    (link->verdict != GATEWAY_REVOKED ||
	     link->certificate == link->agent->state.certificate)) {
		link->step = LINK_STOPPED;
		link->agent->stopped = true;
		agent_status(link->agent);
		loop_stop(link->agent->loop);
		return;
	}
	link_retry(link);
}

static const struct tunnel_events link_events = {.request = serve_request, .closed = link_closed};

static void link_established(struct link *link)
{
	const unsigned char *alpn;
	unsigned len;

	loop_fd_remove(link->handle);
	link->handle = NULL;
	SSL_get0_alpn_selected(link->wire.ssl, &alpn, &len);
	if (len != strlen(GATEWAY_ALPN) || memcmp(alpn, GATEWAY_ALPN, len) != 0) {
		link_failed(link, "handshake", "the server speaks another protocol");
		return;
	}
	link->tunnel = tunnel_new(link->agent->loop, link->wire, true, &link_events, link);
	link->wire = (struct wire){.fd = -1};
	if (!link->tunnel) {
		link_failed(link, "attach", "out of memory");
		return;
	}
	link->step = LINK_ATTACHING;
	loop_timer_set(link->timer, ATTACH_S * SECOND_US);
}

static void link_handshake(void *arg, int fd, uint32_t events)
{
	struct link *link = arg;
	long verify;
	int result, error;

	(void)fd;
	(void)events;
	ERR_clear_error();
	result = SSL_connect(link->wire.ssl);
	if (result == 1) {
		link_established(link);
		return;
	}
	error = SSL_get_error(link->wire.ssl, result);
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
		loop_fd_events(link->handle, error == SSL_ERROR_WANT_READ ? EPOLLIN : EPOLLOUT);
		return;
	}
	verify = SSL_get_verify_result(link->wire.ssl);
	SSL_set_quiet_shutdown(link->wire.ssl, 1);
	link_failed(link, "handshake",
		    verify ? X509_verify_cert_error_string(verify) : "closed by the server");
}

static bool link_start_tls(struct link *link)
{
	const struct state *state = &link->agent->state;
	SSL_CTX *tls;
	bool ok;

	X509_free(link->certificate);
	link->certificate = X509_up_ref(state->certificate) == 1 ? state->certificate : NULL;
	if (state_tls(NULL, state, GATEWAY_ALPN, &tls))
		return false;
	link->wire.ssl = SSL_new(tls);
	SSL_CTX_free(tls);
	ok = link->wire.ssl && SSL_set_fd(link->wire.ssl, link->wire.fd) == 1 &&
	     state_tls_name(NULL, state, link->wire.ssl) == ERR_OK;
	if (ok)
		link->handle = loop_fd_add(link->agent->loop, link->wire.fd, EPOLLOUT,
					   link_handshake, link);
	return ok && link->handle;
}

static void link_secure(struct link *link)
{
	link->step = LINK_HANDSHAKE;
	loop_timer_set(link->timer, HANDSHAKE_S * SECOND_US);
	if (!link_start_tls(link))
		link_failed(link, "handshake", "TLS cannot be set up");
}

static void link_proxy_answer(void *arg, int fd, uint32_t events)
{
	struct link *link = arg;
	struct ctx ctx;
	uint8_t byte;
	enum err err;

	(void)events;
	ctx_init(&ctx, NULL);
	if (recv(fd, &byte, 1, 0) != 1) {
		link_failed(link, "proxy", "the proxy closed the connection");
		return;
	}
	buf_put_u8(&link->proxy_head, byte);
	err = proxy_judge(&ctx, buf_text(&link->proxy_head), link->proxy_head.len);
	if (err == ERR_STALE)
		return;
	if (err) {
		link_failed(link, "proxy", ctx.error.text);
		return;
	}
	loop_fd_remove(link->handle);
	link->handle = NULL;
	link_secure(link);
}

/* The request is far smaller than what a new connection takes at once. */
static void link_ask_proxy(struct link *link)
{
	const struct agent *agent = link->agent;
	struct buf request;
	bool sent;

	link->step = LINK_PROXY;
	loop_timer_set(link->timer, HANDSHAKE_S * SECOND_US);
	buf_clear(&link->proxy_head);
	buf_init(&link->proxy_head, PROXY_HEAD_MAX + 1);
	buf_init_wiped(&request, PROXY_HEAD_MAX);
	proxy_put(&request, &agent->proxy, agent->state.host, agent->state.port);
	sent = !buf_failed(&request) &&
	       send(link->wire.fd, request.data, request.len, MSG_NOSIGNAL) == (ssize_t)request.len;
	buf_clear(&request);
	if (sent)
		link->handle =
			loop_fd_add(agent->loop, link->wire.fd, EPOLLIN, link_proxy_answer, link);
	if (!link->handle)
		link_failed(link, "proxy", "the proxy closed the connection");
}

static void link_dialled(void *arg, int fd, enum gateway_reason reason)
{
	struct link *link = arg;

	link->dial = NULL;
	if (fd < 0) {
		link_failed(link, "dial", gateway_reason_row(reason)->text);
		return;
	}
	tcp_tune(fd);
	link->wire.fd = fd;
	if (link->agent->proxy.host[0])
		link_ask_proxy(link);
	else
		link_secure(link);
}

static void link_dial(struct link *link)
{
	struct agent *agent = link->agent;
	bool through = agent->proxy.host[0];
	const char *host = through ? agent->proxy.host : agent->state.host;
	uint16_t port = through ? agent->proxy.port : agent->state.port;

	link->step = LINK_DIALLING;
	link->verdict = 0;
	if (sys_real_us() > agent->state.certificate_expires) {
		(void)snprintf(agent->reason, sizeof(agent->reason), "certificate.expired");
		link_failed(link, "dial", advice_of("certificate.expired"));
		return;
	}
	link->dial = dial_start(agent->loop, agent->resolver, NULL, &host, 1, port, DIAL_MS,
				link_dialled, link);
	if (!link->dial)
		link_failed(link, "dial", "out of memory");
}

/* The server judges the control connection; others of the same run follow it, and are kicked. */
static bool link_may_dial(const struct link *link)
{
	const struct link *control = link->agent->links[0];

	return link->gateway_class == GATEWAY_CONTROL || (control && control->step == LINK_UP);
}

static void link_timer(void *arg)
{
	struct link *link = arg;

	if (link->step == LINK_WAITING && link_may_dial(link))
		link_dial(link);
	else if (link->step == LINK_HANDSHAKE || link->step == LINK_PROXY)
		link_failed(link, link->step == LINK_PROXY ? "proxy" : "handshake", "timed out");
	else if (link->step == LINK_ATTACHING)
		tunnel_close(link->tunnel, "no verdict");
}

static void refused(struct link *link, const struct link_verdict *verdict)
{
	const char *name = gateway_verdict_name(verdict->verdict);
	const char *reason = verdict->reason ? verdict->reason : "";

	log_event(LOG_LEVEL_ERROR, NULL, "refused", "class",
		  gateway_class_name(link->gateway_class), "verdict", name ? name : "unknown",
		  "reason", reason, "advice", advice_of(reason), NULL);
	(void)snprintf(link->agent->reason, sizeof(link->agent->reason), "%s", reason);
	agent_status(link->agent);
	tunnel_drain(link->tunnel);
}

void link_verdict(struct link *link, const struct link_verdict *verdict)
{
	struct agent *agent = link->agent;

	link->verdict = verdict->verdict;
	link->retry_seconds = verdict->retry_seconds;
	if (verdict->verdict != GATEWAY_GO) {
		refused(link, verdict);
		return;
	}
	log_event(LOG_LEVEL_INFO, NULL, "attached", "class",
		  gateway_class_name(link->gateway_class), NULL);
	agent->reason[0] = '\0';
	link->step = LINK_UP;
	link->up_since = sys_mono_us();
	loop_timer_stop(link->timer);
	for (size_t i = 0; link->gateway_class == GATEWAY_CONTROL && i < AGENT_LINKS; i++)
		link_kick(agent->links[i]);
	agent_status(agent);
}

void link_kick(struct link *link)
{
	if (link->step == LINK_WAITING && link->gateway_class != GATEWAY_CONTROL)
		loop_timer_set(link->timer, 0);
}

void link_age(struct link *link)
{
	const struct link *control = link->agent->links[0];
	bool control_is_new =
		control->step == LINK_UP && control->certificate == link->agent->state.certificate;

	if (link->step != LINK_UP || link->certificate == link->agent->state.certificate)
		return;
	if (link == control || (control_is_new && tunnel_streams(link->tunnel) == 0))
		link_cut(link, "renewed");
}

void link_cut(struct link *link, const char *reason)
{
	if (link->tunnel)
		tunnel_close(link->tunnel, reason);
}

struct link *link_new(struct agent *agent, enum gateway_class gateway_class, uint32_t index)
{
	struct link *link = calloc(1, sizeof(*link));

	if (!link)
		return NULL;
	*link = (struct link){
		.agent = agent, .gateway_class = gateway_class, .index = index, .wire = {.fd = -1}};
	link->timer = loop_timer_new(agent->loop, link_timer, link);
	if (!link->timer) {
		free(link);
		return NULL;
	}
	loop_timer_set(link->timer, random_below(agent->first_delay_ms * INT64_C(1000) + 1));
	return link;
}

void link_free(struct link *link)
{
	if (!link)
		return;
	loop_timer_free(link->timer);
	dial_cancel(link->dial);
	if (link->handle)
		loop_fd_remove(link->handle);
	wire_close(&link->wire);
	tunnel_free(link->tunnel);
	buf_clear(&link->proxy_head);
	X509_free(link->certificate);
	free(link);
}

const char *link_state(const struct link *link)
{
	static const char *const names[] = {
		[LINK_WAITING] = "waiting",	[LINK_DIALLING] = "connecting",
		[LINK_PROXY] = "proxy",		[LINK_HANDSHAKE] = "handshake",
		[LINK_ATTACHING] = "attaching", [LINK_UP] = "up",
		[LINK_STOPPED] = "stopped",
	};

	return names[link->step];
}

struct tunnel *link_tunnel(const struct link *link)
{
	return link->tunnel;
}

enum gateway_class link_class(const struct link *link)
{
	return link->gateway_class;
}

struct agent *link_agent(const struct link *link)
{
	return link->agent;
}
