/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_AGENT_PROXY_H
#define GATEWAYS_AGENT_PROXY_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/ctx.h"
#include "base/secret.h"

/*
 * The customer's HTTP proxy: CONNECT (RFC 9110 9.3.6), with Basic login when there is one. It
 * carries bytes only: TLS to the server is end to end, so a proxy that opens TLS is refused.
 */
enum { PROXY_HOST_MAX = 254, PROXY_HEAD_MAX = 8192, PROXY_LOGIN_MAX = 512 };
struct proxy {
	char host[PROXY_HOST_MAX]; /* "": none */
	uint16_t port;
	struct secret *login; /* "user:password"; NULL: none */
};
/* text: HOST:PORT; login_file: one line user:password, or NULL. Free with proxy_clear. */
enum err proxy_read(struct ctx *ctx, const char *text, const char *login_file,
		    struct proxy *out) ERR_CHECKED;
/* The lines proxy= and proxy_login_file= of the folder's config; none is fine. */
enum err proxy_load(struct ctx *ctx, const char *dir, struct proxy *out) ERR_CHECKED;
void proxy_clear(struct proxy *proxy);

/* Appends the request for a tunnel to host:port; out must be wiped after (buf_init_wiped). */
void proxy_put(struct buf *out, const struct proxy *proxy, const char *host, uint16_t port);
/* Judges the head of the answer so far: ERR_STALE: more is needed; ERR_OK: bytes behind the head
 * are the server's, which never speaks first in TLS, so there are none; else why not. */
enum err proxy_judge(struct ctx *ctx, const char *head, size_t len) ERR_CHECKED;
/* The whole exchange on a connected blocking socket. */
enum err proxy_open(struct ctx *ctx, const struct proxy *proxy, const char *host, uint16_t port,
		    int fd) ERR_CHECKED;

#endif
