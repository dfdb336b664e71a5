/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_PROTO_WIRE_H
#define GATEWAYS_PROTO_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <openssl/ssl.h>

#include "base/err.h"

/* Non-blocking bytes over TLS, or over a bare descriptor (tests): one shape for both. */
struct wire {
	int fd;
	SSL *ssl; /* NULL: bare */
};

enum { WIRE_AGAIN = -1, WIRE_BROKEN = -2 };
/* Bytes moved; 0 from a read: the peer ended; WIRE_AGAIN; WIRE_BROKEN. */
ssize_t wire_read(struct wire *wire, void *data, size_t len);
ssize_t wire_write(struct wire *wire, const void *data, size_t len);
/* Bytes that TLS has already taken from the socket, so that epoll would not tell. */
bool wire_has_pending(const struct wire *wire);
/* close_notify as far as it goes now, then frees and closes. */
void wire_close(struct wire *wire);

/* TLS 1.3, and 1.2 with exactly the four ECDHE AES-GCM suites; no renegotiation, no compression,
 * no tickets; moving write buffers. */
enum err tls_policy(SSL_CTX *tls) ERR_CHECKED;
/* TCP_NODELAY, TCP_NOTSENT_LOWAT 128 KiB, TCP_USER_TIMEOUT 20 s, keep-alive. */
void tcp_tune(int fd);
/* Acknowledges what was received now, not with our next bytes or after 40 ms: for a peer that may
 * hold its next bytes back until then (RFC 896). */
void tcp_acknowledge(int fd);

#endif
