/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_EDGE_REQUEST_H
#define SERVER_EDGE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * A strict reader of HTTP/1.1 requests (RFC 9112) between TLS and web: what it lets through has one
 * meaning only. Lines end in CRLF; no folding, no bare CR or LF, no control characters; one Host;
 * a body is announced once, by a plain Content-Length or by exactly "chunked", without extensions
 * and trailers; the target begins with "/". A head goes on when all of it is good, so that web's
 * parser never sees a byte of a bad one, and never has to answer by itself.
 */
enum {
	REQUEST_LINE_MAX = 8 * 1024,  /* method, target, version */
	REQUEST_HEAD_MAX = 16 * 1024, /* with all fields */
	REQUEST_FIELDS_MAX = 100,
	REQUEST_HELD_MAX = 4096, /* bytes behind a request to upgrade, until it is answered */
};

enum request_state {
	REQUEST_HEAD, /* between requests, or inside a head */
	REQUEST_BODY, /* Content-Length: left bytes */
	REQUEST_CHUNK_SIZE,
	REQUEST_CHUNK,
	REQUEST_CHUNK_END,
	REQUEST_LAST,  /* behind the last chunk */
	REQUEST_WAIT,  /* upgrade asked for: what comes is held until the answer */
	REQUEST_PLAIN, /* upgraded: no HTTP any more */
};

struct request_reader {
	enum request_state state;
	struct buf head; /* lines of the head so far, or the size line of a chunk, or held bytes */
	size_t line;	 /* where the line at hand begins in head */
	uint64_t left;	 /* bytes of the body or chunk to come */
	uint32_t count;	 /* heads passed on */
	/* of the head at hand */
	uint32_t fields, hosts, lengths, codings;
	uint64_t length;
	bool old, upgrade;
	/* why it was refused: status 0 is not at all */
	int status;
	const char *reason, *detail;
};

void request_reader_init(struct request_reader *reader);
void request_reader_clear(struct request_reader *reader);
/* Appends to out what may go on. False: refused for good, see status; what is in out by then are
 * whole requests, or the beginning of a body whose framing broke. */
bool request_reader_feed(struct request_reader *reader, const uint8_t *data, size_t len,
			 struct buf *out);
/* The first bytes of web's answer to a request to upgrade: decides what the held ones are. Called
 * only in state REQUEST_WAIT. */
bool request_reader_answered(struct request_reader *reader, const uint8_t *data, size_t len,
			     struct buf *out);
/* Part of a request has come, but not all of it. */
bool request_reader_is_inside(const struct request_reader *reader);
/* The whole answer to what was refused (or to a request that came too slowly: status 408). */
void request_refusal(struct buf *out, int status, const char *reason, const char *detail);

#endif
