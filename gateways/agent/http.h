/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_AGENT_HTTP_H
#define GATEWAYS_AGENT_HTTP_H

#include <openssl/ssl.h>

#include "base/buf.h"
#include "base/ctx.h"

/*
 * Just enough HTTP/1.1 for enrolment: one request, one answer, over a blocking TLS connection that
 * is used once. Bodies end by Content-Length, chunks, or the end of the connection.
 */
struct http_answer {
	int status;
	bool has_date;
	int64_t date; /* header Date, seconds since 1970 */
	struct buf body;
};
enum { HTTP_ANSWER_MAX = 256 * 1024 };
/* Sends request as it is and reads the whole answer; free with http_clear. */
enum err http_exchange(struct ctx *ctx, SSL *ssl, const struct buf *request,
		       struct http_answer *out) ERR_CHECKED;
/* The answer out of its bytes; what http_exchange does after reading. */
enum err http_parse(struct ctx *ctx, struct buf *bytes, struct http_answer *out) ERR_CHECKED;
void http_clear(struct http_answer *answer);

#endif
