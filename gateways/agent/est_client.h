/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_AGENT_EST_CLIENT_H
#define GATEWAYS_AGENT_EST_CLIENT_H

#include <openssl/pkcs7.h>
#include <openssl/ssl.h>

#include "base/buf.h"
#include "base/ctx.h"
#include "gateways/agent/proxy.h"
#include "gateways/agent/state.h"

/* What enrolment and renewal share of RFC 7030: one blocking connection for each request. */
enum { EST_EXPORTER = 32 };

struct est_link {
	SSL_CTX *tls;
	SSL *ssl;
	int fd;
};
/* proxy NULL: directly. With a CA in state the server's certificate is checked, with a certificate
 * of our own that is shown; alpn names what is spoken. Close with est_close. */
enum err est_open(struct ctx *ctx, const struct state *state, const struct proxy *proxy,
		  const char *alpn, struct est_link *link) ERR_CHECKED;
void est_close(struct est_link *link);

/* Header lines every request has: host, agent, date. */
void est_put_head(struct buf *out, const struct state *state);
/* PKCS#10 for key, bound to that connection (RFC 9266), with its last header lines. */
enum err est_put_request(struct ctx *ctx, SSL *ssl, EVP_PKEY *key, struct buf *out) ERR_CHECKED;
/* RFC 9266 value of the connection. */
enum err est_exporter(struct ctx *ctx, SSL *ssl, uint8_t out[EST_EXPORTER]) ERR_CHECKED;

/* Certs-only PKCS#7 in base64 (line breaks allowed), RFC 7030 4.1.3. Free with est_certs_free. */
enum err est_read_certs(struct ctx *ctx, struct buf *body, PKCS7 **out) ERR_CHECKED;
void est_certs_free(PKCS7 **p7);

#endif
