/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_FORWARD_LINK_H
#define SERVER_FORWARD_LINK_H

#include <openssl/ssl.h>
#include <stdbool.h>

#include "base/conf.h"
#include "base/ctx.h"
#include "base/secret.h"

/*
 * One TLS connection to a syslog receiver (RFC 5425), whose certificate must be issued under the
 * configured CA for the configured name.
 *
 * Syslog has no acknowledgement. What there is: we say close_notify, and then nothing but the
 * receiver's own end of the stream, with all our bytes acknowledged and no reset, counts as
 * "everything was read". A kernel answers a close with unread bytes by a reset, so a receiver that
 * died or was stopped before it had read them cannot give that answer.
 */
struct forward_link {
	SSL_CTX *tls;
	char host[256], port[8];
	SSL *ssl; /* NULL: not connected */
	int fd;
};

/* Reads certificates: call before confinement. key: PEM of the one for conf's certificate, or NULL.
 * Clear in any case. */
enum err forward_link_init(struct ctx *ctx, struct forward_link *link, const struct conf *conf,
			   const struct secret *key) ERR_CHECKED;
void forward_link_clear(struct forward_link *link);

/* ERR_UNAVAILABLE: no connection; ERR_DENIED: the certificate does not verify. */
enum err forward_link_open(struct ctx *ctx, struct forward_link *link) ERR_CHECKED;
enum err forward_link_send(struct ctx *ctx, struct forward_link *link, const void *data,
			   size_t len) ERR_CHECKED;
/* Ends the connection. ERR_OK: the receiver has read everything sent on it. */
enum err forward_link_confirm(struct ctx *ctx, struct forward_link *link) ERR_CHECKED;
/* Ends it without asking: nothing is known about what was sent. */
void forward_link_drop(struct forward_link *link);
/* Waits, at most so long; false when the receiver went away meanwhile. */
bool forward_link_wait(struct forward_link *link, int timeout_ms);

#endif
