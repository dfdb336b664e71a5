/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/proto/stream.h"

#include <assert.h>
#include <sys/epoll.h>

#include "base/sys.h"
#include "gateways/proto/stream_inner.h"
#include "gateways/proto/verdict.h"

enum {
	READ_CHUNK = TUNNEL_FRAME_MAX,
	READS_PER_ROUND = 8,
	OUT_GATHER = TUNNEL_FRAME_MAX,
	OUT_MAX = 2 * TUNNEL_FRAME_MAX,
	WRITES_PER_ROUND = 16,
	PING_DEAD_S = 15,
	RESET_BURST = 1000,
	RESET_RATE = 33,
};
#define SECOND_US INT64_C(1000000)

static void tunnel_events_set(struct tunnel *tunnel, uint32_t events)
{
	if (tunnel->handle && tunnel->events_on != events) {
		tunnel->events_on = events;
		loop_fd_events(tunnel->handle, events);
	}
}

void tunnel_kick(struct tunnel *tunnel)
{
	tunnel_events_set(tunnel, EPOLLIN | EPOLLOUT);
}

void tunnel_close(struct tunnel *tunnel, const char *reason)
{
	if (!tunnel->reason)
		tunnel->reason = reason;
	tunnel_kick(tunnel);
}

/* Ours or the peer's. */
static const char *failure(ssize_t code)
{
	return code == NGHTTP2_ERR_NOMEM ? "memory" : "protocol";
}

/* Takes what goes out next from nghttp2's queue: small frames together, in our buffer; a large one
 * from where it was made, which stays as it is until nghttp2 is asked for more. */
static void gather(struct tunnel *tunnel)
{
	const uint8_t *data = NULL;
	ssize_t n = 0;

	buf_reset(&tunnel->out);
	while (tunnel->out.len < OUT_GATHER) {
		n = nghttp2_session_mem_send(tunnel->session, &data);
		if (n < 0)
			tunnel_close(tunnel, failure(n));
		if (n <= 0 || (tunnel->out.len == 0 && n >= STREAM_FRAME))
			break;
		buf_put(&tunnel->out, data, (size_t)n);
	}
	tunnel->next = tunnel->out.len ? tunnel->out.data : data;
	tunnel->left = tunnel->out.len ? tunnel->out.len : (size_t)(n > 0 ? n : 0);
}

/* True when everything there was went out. */
static bool flush(struct tunnel *tunnel)
{
	for (int i = 0; i < WRITES_PER_ROUND; i++) {
		ssize_t n;

		if (tunnel->left == 0)
			gather(tunnel);
		if (buf_failed(&tunnel->out))
			tunnel_close(tunnel, "memory");
		if (tunnel->left == 0 || buf_failed(&tunnel->out))
			return true;
		n = wire_write(&tunnel->wire, tunnel->next, tunnel->left);
		if (n == WIRE_AGAIN)
			return false;
		if (n < 0) {
			tunnel_close(tunnel, "lost");
			return true;
		}
		tunnel->next += n;
		tunnel->left -= (size_t)n;
	}
	return false;
}

/* Several records, so that a frame comes in one piece; what the last read said goes to *out_last.
 */
static size_t fill(struct tunnel *tunnel, uint8_t *data, ssize_t *out_last)
{
	size_t len = 0;

	do {
		*out_last = wire_read(&tunnel->wire, data + len, READ_CHUNK - len);
		if (*out_last > 0)
			len += (size_t)*out_last;
	} while (*out_last > 0 && len < READ_CHUNK);
	return len;
}

static void receive(struct tunnel *tunnel)
{
	uint8_t data[READ_CHUNK];
	ssize_t last = 1;

	for (int i = 0; i < READS_PER_ROUND && last > 0 && !tunnel->reason; i++) {
		size_t len = fill(tunnel, data, &last);

		if (len > 0)
			tunnel->heard_us = sys_mono_us();
		ssize_t taken = len > 0 ? nghttp2_session_mem_recv(tunnel->session, data, len) : 0;
		if (taken < 0)
			tunnel_close(tunnel, failure(taken));
	}
	if (last <= 0 && last != WIRE_AGAIN)
		tunnel_close(tunnel, last == 0 ? "ended" : "lost");
	tunnel->more = last > 0 && !tunnel->reason;
}

/* Releases the connection; streams hear of it first. */
static void teardown(struct tunnel *tunnel)
{
	tunnel->over = true;
	while (tunnel->first)
		stream_gone(tunnel->first, STREAM_CANCEL);
	loop_fd_remove(tunnel->handle);
	tunnel->handle = NULL;
	loop_timer_stop(tunnel->tick);
	wire_close(&tunnel->wire);
}

static void settle(struct tunnel *tunnel, bool flushed)
{
	if (!tunnel->reason && tunnel->draining && tunnel->count == 0 && flushed)
		tunnel->reason = "drained";
	if (!tunnel->reason && !nghttp2_session_want_read(tunnel->session) &&
	    !nghttp2_session_want_write(tunnel->session) && flushed)
		tunnel->reason = "ended";
	if (tunnel->reason) {
		teardown(tunnel);
		tunnel->events->closed(tunnel->arg, tunnel, tunnel->reason);
		return;
	}
	tunnel_events_set(tunnel, flushed && !tunnel->more ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

static void tunnel_io(void *arg, int fd, uint32_t events)
{
	struct tunnel *tunnel = arg;
	bool flushed;

	(void)fd;
	if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) || tunnel->more)
		receive(tunnel);
	flushed = flush(tunnel);
	settle(tunnel, flushed);
}

void tunnel_ping(struct tunnel *tunnel, int64_t now)
{
	if (!tunnel->ping_us &&
	    nghttp2_submit_ping(tunnel->session, NGHTTP2_FLAG_NONE, NULL) == 0) {
		tunnel->ping_us = now;
		tunnel_kick(tunnel);
	}
}

static void tunnel_tick(void *arg)
{
	struct tunnel *tunnel = arg;
	int64_t now = sys_mono_us();
	int64_t period = tunnel->connects ? GATEWAY_SESSION_PING : GATEWAY_IDLE_PING;

	if (tunnel->ping_us && now - tunnel->ping_us > PING_DEAD_S * SECOND_US &&
	    now - tunnel->heard_us > PING_DEAD_S * SECOND_US)
		tunnel_close(tunnel, "silent");
	else if (now - tunnel->heard_us >= period * SECOND_US)
		tunnel_ping(tunnel, now);
	loop_timer_set(tunnel->tick, SECOND_US);
}

static enum err session_open(struct tunnel *tunnel)
{
	nghttp2_session_callbacks *callbacks = NULL;
	nghttp2_option *option = NULL;
	enum err err = ERR_MEMORY;
	int result;

	if (nghttp2_session_callbacks_new(&callbacks) || nghttp2_option_new(&option) ||
	    stream_callbacks(callbacks))
		goto out;
	nghttp2_option_set_no_auto_window_update(option, 1);
	nghttp2_option_set_stream_reset_rate_limit(option, RESET_BURST, RESET_RATE);
	nghttp2_option_set_no_closed_streams(option, 1);
	result = tunnel->gateway
			 ? nghttp2_session_server_new2(&tunnel->session, callbacks, tunnel, option)
			 : nghttp2_session_client_new2(&tunnel->session, callbacks, tunnel, option);
	if (result == 0)
		err = ERR_OK;
out:
	nghttp2_option_del(option);
	nghttp2_session_callbacks_del(callbacks);
	return err;
}

static enum err session_greet(struct tunnel *tunnel)
{
	const nghttp2_settings_entry settings[] = {
		{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW},
		{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, TUNNEL_STREAMS_MAX},
		{NGHTTP2_SETTINGS_MAX_FRAME_SIZE, TUNNEL_FRAME_MAX},
		{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, TUNNEL_HEADERS_MAX},
		{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
	};

	if (nghttp2_submit_settings(tunnel->session, NGHTTP2_FLAG_NONE, settings,
				    sizeof(settings) / sizeof(settings[0])) ||
	    nghttp2_session_set_local_window_size(tunnel->session, NGHTTP2_FLAG_NONE, 0,
						  TUNNEL_IN_FLIGHT_MAX))
		return ERR_MEMORY;
	return ERR_OK;
}

struct tunnel *tunnel_new(struct loop *loop, struct wire wire, bool gateway,
			  const struct tunnel_events *events, void *arg)
{
	struct tunnel *tunnel = calloc(1, sizeof(*tunnel));

	if (!tunnel) {
		wire_close(&wire);
		return NULL;
	}
	*tunnel = (struct tunnel){.loop = loop,
				  .wire = wire,
				  .gateway = gateway,
				  .events = events,
				  .arg = arg,
				  .more = true, /* the handshake may have read some */
				  .heard_us = sys_mono_us()};
	buf_init(&tunnel->out, OUT_MAX);
	tunnel->tick = loop_timer_new(loop, tunnel_tick, tunnel);
	tunnel->events_on = EPOLLIN | EPOLLOUT;
	tunnel->handle = loop_fd_add(loop, wire.fd, tunnel->events_on, tunnel_io, tunnel);
	if (!tunnel->tick || !tunnel->handle || session_open(tunnel) || session_greet(tunnel)) {
		tunnel_free(tunnel);
		return NULL;
	}
	tunnel_ping(tunnel, sys_mono_us());
	loop_timer_set(tunnel->tick, SECOND_US);
	return tunnel;
}

void tunnel_drain(struct tunnel *tunnel)
{
	int32_t last = nghttp2_session_get_last_proc_stream_id(tunnel->session);

	if (tunnel->draining)
		return;
	tunnel->draining = true;
	if (nghttp2_submit_goaway(tunnel->session, NGHTTP2_FLAG_NONE, last, NGHTTP2_NO_ERROR, NULL,
				  0))
		tunnel_close(tunnel, "memory");
	tunnel_kick(tunnel);
}

void tunnel_free(struct tunnel *tunnel)
{
	if (!tunnel)
		return;
	if (!tunnel->over) {
		tunnel->reason = "freed";
		if (tunnel->handle)
			teardown(tunnel);
		else
			wire_close(&tunnel->wire);
	}
	loop_timer_free(tunnel->tick);
	nghttp2_session_del(tunnel->session);
	buf_clear(&tunnel->out);
	free(tunnel);
}

size_t tunnel_streams(const struct tunnel *tunnel)
{
	return tunnel->connects;
}

uint32_t tunnel_rtt_us(const struct tunnel *tunnel)
{
	return tunnel->rtt_us;
}

bool tunnel_is_open(const struct tunnel *tunnel)
{
	return !tunnel->reason && !tunnel->draining && tunnel->count < TUNNEL_STREAMS_MAX;
}

const struct wire *tunnel_wire(const struct tunnel *tunnel)
{
	return &tunnel->wire;
}
