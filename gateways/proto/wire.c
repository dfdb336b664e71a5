/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/proto/wire.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>

enum {
	NOTSENT_LOWAT = 128 * 1024,
	USER_TIMEOUT_MS = 20000,
	KEEP_IDLE = 30,
	KEEP_INTERVAL = 10,
	READ_AHEAD = 64 * 1024
};

static ssize_t bare_result(ssize_t n)
{
	if (n >= 0)
		return n;
	return errno == EAGAIN || errno == EINTR ? WIRE_AGAIN : WIRE_BROKEN;
}

static ssize_t tls_result(struct wire *wire, int result)
{
	int error = SSL_get_error(wire->ssl, result);

	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
		return WIRE_AGAIN;
	if (error == SSL_ERROR_ZERO_RETURN)
		return 0;
	ERR_clear_error();
	/* No further calls but free are allowed on it, close_notify included. */
	SSL_set_quiet_shutdown(wire->ssl, 1);
	return WIRE_BROKEN;
}

ssize_t wire_read(struct wire *wire, void *data, size_t len)
{
	size_t done;
	int result;

	if (!wire->ssl)
		return bare_result(recv(wire->fd, data, len, 0));
	ERR_clear_error();
	result = SSL_read_ex(wire->ssl, data, len, &done);
	return result == 1 ? (ssize_t)done : tls_result(wire, result);
}

ssize_t wire_write(struct wire *wire, const void *data, size_t len)
{
	size_t done;
	int result;

	if (!wire->ssl)
		return bare_result(send(wire->fd, data, len, MSG_NOSIGNAL));
	ERR_clear_error();
	result = SSL_write_ex(wire->ssl, data, len, &done);
	if (result == 1)
		return (ssize_t)done;
	result = (int)tls_result(wire, result);
	return result == 0 ? WIRE_BROKEN : result;
}

bool wire_has_pending(const struct wire *wire)
{
	return wire->ssl && SSL_has_pending(wire->ssl);
}

void wire_close(struct wire *wire)
{
	if (wire->ssl) {
		ERR_clear_error();
		if (SSL_is_init_finished(wire->ssl))
			SSL_shutdown(wire->ssl);
		ERR_clear_error();
		SSL_free(wire->ssl);
	}
	if (wire->fd >= 0)
		close(wire->fd);
	*wire = (struct wire){.fd = -1};
}

enum err tls_policy(SSL_CTX *tls)
{
	static const char suites[] = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
				     "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384";

	SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
					 SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				      SSL_MODE_RELEASE_BUFFERS);
	/* Otherwise each record costs two reads: its five bytes of header, then the rest. */
	SSL_CTX_set_read_ahead(tls, 1);
	SSL_CTX_set_default_read_buffer_len(tls, READ_AHEAD);
	SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(tls, 0);
	if (SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_cipher_list(tls, suites) != 1)
		return ERR_BUG;
	return ERR_OK;
}

static void set_option(int fd, int level, int name, int value)
{
	/* Best effort: a Unix socket in a test has none of them. */
	(void)setsockopt(fd, level, name, &value, sizeof(value));
}

void tcp_tune(int fd)
{
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, NOTSENT_LOWAT);
	set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, USER_TIMEOUT_MS);
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE);
	set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEP_INTERVAL);
}

void tcp_acknowledge(int fd)
{
	set_option(fd, IPPROTO_TCP, TCP_QUICKACK, 1);
}
