/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/edge_front.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <openssl/err.h>

#include "base/log.h"
#include "base/messages.h"
#include "gateways/proto/verdict.h"
#include "server/edge_gateway.h"
#include "server/edge_pump.h"

enum {
	ACCEPTS_PER_ROUND = 64,
	HANDSHAKE_S = 10,
	PAUSE_MS = 100,
	EXPORTER_SIZE = 32,
	CONNECTIONS_MAX = 4096, /* of one front */
	CONNECTION_MAX = 256,	/* bytes of MSG_CONNECTION */
};
#define SECOND_US      INT64_C(1000000)
#define EXPORTER_LABEL "EXPORTER-Channel-Binding"

struct front {
	struct edge *edge;
	struct addresses *addresses;
	struct loop *loop;
	struct loop_fd *listen;
	struct loop_timer *pause;
	pthread_t thread;
	bool started, told;
	struct guest *first;
	size_t count;
};

/* A connection: handshake, then a pump of its own or the gateways' thread. */
struct guest {
	struct front *front;
	struct guest *next, **link;
	struct sockaddr_storage peer;
	struct wire wire; /* until it is handed on */
	struct loop_fd *handle;
	struct loop_timer *limit;
	struct pump *pump;
};

static void guest_free(struct guest *guest)
{
	struct front *front = guest->front;

	*guest->link = guest->next;
	if (guest->next)
		guest->next->link = guest->link;
	front->count--;
	addresses_give(front->addresses, &guest->peer);
	if (guest->handle)
		loop_fd_remove(guest->handle);
	loop_timer_free(guest->limit);
	wire_close(&guest->wire);
	free(guest);
}

static void guest_pumped(void *arg)
{
	guest_free(arg);
}

static void peer_text(const struct sockaddr_storage *peer, char out[INET6_ADDRSTRLEN],
		      uint32_t *out_port)
{
	if (peer->ss_family == AF_INET6) {
		const struct sockaddr_in6 *six = (const void *)peer;

		*out_port = ntohs(six->sin6_port);
		if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
			inet_ntop(AF_INET, six->sin6_addr.s6_addr + 12, out, INET6_ADDRSTRLEN);
		else
			inet_ntop(AF_INET6, &six->sin6_addr, out, INET6_ADDRSTRLEN);
	} else {
		const struct sockaddr_in *four = (const void *)peer;

		*out_port = ntohs(four->sin_port);
		inet_ntop(AF_INET, &four->sin_addr, out, INET6_ADDRSTRLEN);
	}
}

/* Web gets its end and who it is; a full channel sheds this connection, nothing waits. */
static bool tell_web(struct guest *guest, int fd)
{
	char peer[INET6_ADDRSTRLEN] = "";
	uint8_t exporter[EXPORTER_SIZE];
	const char *version = SSL_get_version(guest->wire.ssl);
	struct msg_connection message = {0};
	struct buf bytes;
	bool ok;

	peer_text(&guest->peer, peer, &message.peer_port);
	message.peer = (struct block){(const uint8_t *)peer, strlen(peer)};
	message.tls_version = (struct block){(const uint8_t *)version, strlen(version)};
	if (SSL_export_keying_material(guest->wire.ssl, exporter, sizeof(exporter), EXPORTER_LABEL,
				       sizeof(EXPORTER_LABEL) - 1, NULL, 0, 0) == 1)
		message.tls_exporter = (struct block){exporter, sizeof(exporter)};
	buf_init(&bytes, CONNECTION_MAX);
	codec_put(&bytes, &msg_connection_codec, &message);
	ok = !buf_failed(&bytes) && edge_tell_web(guest->front->edge, bytes.data, bytes.len, fd);
	buf_clear(&bytes);
	return ok;
}

static void serve_browser(struct guest *guest)
{
	struct wire wire = guest->wire;
	int pair[2];
	bool told;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0) {
		guest_free(guest);
		return;
	}
	told = tell_web(guest, pair[1]);
	close(pair[1]);
	if (!told) {
		close(pair[0]);
		guest_free(guest);
		return;
	}
	guest->wire = (struct wire){.fd = -1};
	guest->pump = pump_new(guest->front->loop, wire, pair[0], guest_pumped, guest);
	if (!guest->pump)
		guest_free(guest);
}

static void serve_gateway(struct guest *guest)
{
	struct gateway_peer peer = {0};
	uint32_t port;

	if (gateway_peer_of(guest->wire.ssl, &peer)) {
		peer_text(&guest->peer, peer.address, &port);
		gateways_accept(guest->front->edge, guest->wire, &peer);
		guest->wire = (struct wire){.fd = -1};
	}
	guest_free(guest);
}

static bool gateway_alpn(const unsigned char *alpn, unsigned len)
{
	return len == strlen(GATEWAY_ALPN) && memcmp(alpn, GATEWAY_ALPN, len) == 0;
}

static void established(struct guest *guest)
{
	const unsigned char *alpn;
	unsigned len;

	loop_fd_remove(guest->handle);
	guest->handle = NULL;
	loop_timer_stop(guest->limit);
	SSL_get0_alpn_selected(guest->wire.ssl, &alpn, &len);
	if (gateway_alpn(alpn, len)) {
		serve_gateway(guest);
	} else {
		/* Without tickets the handshake ends with the client's bytes: we say nothing next.
		 */
		tcp_acknowledge(guest->wire.fd);
		serve_browser(guest);
	}
}

static void log_refused(struct guest *guest)
{
	unsigned long error = ERR_peek_error();
	const char *reason = ERR_reason_error_string(error);
	const unsigned char *alpn;
	unsigned len;
	char peer[INET6_ADDRSTRLEN];
	uint32_t port;

	/* A gateway that is turned away is news; browsers and scanners break off all the time. */
	SSL_get0_alpn_selected(guest->wire.ssl, &alpn, &len);
	peer_text(&guest->peer, peer, &port);
	log_event(len > 0 && gateway_alpn(alpn, len) ? LOG_LEVEL_WARN : LOG_LEVEL_DEBUG, NULL,
		  "handshake_failed", "peer", peer, "reason", reason ? reason : "closed", NULL);
}

static void handshake(void *arg, int fd, uint32_t events)
{
	struct guest *guest = arg;
	int result, error;

	(void)fd;
	(void)events;
	ERR_clear_error();
	result = SSL_accept(guest->wire.ssl);
	if (result == 1) {
		established(guest);
		return;
	}
	error = SSL_get_error(guest->wire.ssl, result);
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
		loop_fd_events(guest->handle, error == SSL_ERROR_WANT_READ ? EPOLLIN : EPOLLOUT);
		return;
	}
	log_refused(guest);
	SSL_set_quiet_shutdown(guest->wire.ssl, 1);
	guest_free(guest);
}

static void handshake_late(void *arg)
{
	struct guest *guest = arg;

	SSL_set_quiet_shutdown(guest->wire.ssl, 1);
	guest_free(guest);
}

static bool guest_start(struct guest *guest, SSL_CTX *context)
{
	guest->wire.ssl = SSL_new(context);
	guest->limit = loop_timer_new(guest->front->loop, handshake_late, guest);
	if (!guest->wire.ssl || !guest->limit || SSL_set_fd(guest->wire.ssl, guest->wire.fd) != 1)
		return false;
	SSL_set_accept_state(guest->wire.ssl);
	guest->handle = loop_fd_add(guest->front->loop, guest->wire.fd, EPOLLIN, handshake, guest);
	loop_timer_set(guest->limit, HANDSHAKE_S * SECOND_US);
	return guest->handle;
}

static void welcome(struct front *front, int fd, const struct sockaddr_storage *peer,
		    SSL_CTX *context)
{
	struct guest *guest;

	if (front->count >= CONNECTIONS_MAX || !addresses_take(front->addresses, peer)) {
		close(fd);
		return;
	}
	guest = calloc(1, sizeof(*guest));
	if (!guest) {
		addresses_give(front->addresses, peer);
		close(fd);
		return;
	}
	tcp_tune(fd);
	*guest = (struct guest){.front = front, .peer = *peer, .wire = {.fd = fd}};
	guest->next = front->first;
	guest->link = &front->first;
	if (front->first)
		front->first->link = &guest->next;
	front->first = guest;
	front->count++;
	if (!guest_start(guest, context))
		guest_free(guest);
}

static void listen_again(void *arg)
{
	struct front *front = arg;

	loop_fd_events(front->listen, EPOLLIN);
}

/* No certificate yet (sealed, starting): a closed connection is a clear answer. */
static void turn_away(struct front *front, int fd)
{
	close(fd);
	if (!front->told)
		log_event(LOG_LEVEL_WARN, NULL, "no_certificate_yet", NULL);
	front->told = true;
}

static void front_accept(void *arg, int listen_fd, uint32_t events)
{
	struct front *front = arg;
	SSL_CTX *context = edge_tls_current(front->edge->tls);

	(void)events;
	for (int i = 0; i < ACCEPTS_PER_ROUND; i++) {
		struct sockaddr_storage peer = {0};
		socklen_t len = sizeof(peer);
		int fd = accept4(listen_fd, (struct sockaddr *)&peer, &len,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0 &&
		    (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
			/* Level-triggered: without a pause this would spin. */
			loop_fd_events(front->listen, 0);
			loop_timer_set(front->pause, PAUSE_MS * INT64_C(1000));
		}
		if (fd < 0)
			break;
		if (context)
			welcome(front, fd, &peer, context);
		else
			turn_away(front, fd);
	}
	front->told = front->told && !context;
	SSL_CTX_free(context);
}

static void *front_thread(void *arg)
{
	struct front *front = arg;

	if (loop_run(front->loop))
		log_event(LOG_LEVEL_ERROR, NULL, "front_failed", NULL);
	return NULL;
}

struct front *front_new(struct edge *edge, struct addresses *addresses)
{
	struct front *front = calloc(1, sizeof(*front));

	if (!front)
		return NULL;
	front->edge = edge;
	front->addresses = addresses;
	front->loop = loop_new();
	if (front->loop) {
		front->pause = loop_timer_new(front->loop, listen_again, front);
		front->listen =
			loop_fd_add(front->loop, edge->listen_fd, EPOLLIN, front_accept, front);
	}
	front->started = front->pause && front->listen &&
			 pthread_create(&front->thread, NULL, front_thread, front) == 0;
	if (!front->started) {
		front_free(front);
		return NULL;
	}
	return front;
}

void front_free(struct front *front)
{
	if (!front)
		return;
	if (front->started) {
		loop_stop(front->loop);
		pthread_join(front->thread, NULL);
	}
	while (front->first) {
		/* guest_free moves first on through guest->link, which clang 14 does not follow. */
		if (front->first->pump) /* NOLINT(clang-analyzer-unix.Malloc) */
			pump_free(front->first->pump);
		guest_free(front->first);
	}
	if (front->listen)
		loop_fd_remove(front->listen);
	loop_timer_free(front->pause);
	loop_free(front->loop);
	free(front);
}
