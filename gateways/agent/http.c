/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/agent/http.h"

#include <strings.h>
#include <time.h>

#include "base/cleanup.h"

static enum err send_all(struct ctx *ctx, SSL *ssl, const struct buf *request)
{
	size_t at = 0, done;

	while (at < request->len) {
		if (SSL_write_ex(ssl, request->data + at, request->len - at, &done) != 1)
			return err_set(ctx, ERR_IO, "the server closed the connection");
		at += done;
	}
	return ERR_OK;
}

/* Value of a header line, or NULL; text is the NUL-terminated head. */
static const char *header(const char *head, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = strstr(head, "\r\n"); line; line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, len) == 0 && line[len] == ':')
			return line + len + 1 + strspn(line + len + 1, " \t");
	}
	return NULL;
}

static enum err dechunk(struct ctx *ctx, const char *at, const char *end, struct buf *out)
{
	for (;;) {
		char *after;
		unsigned long size = strtoul(at, &after, 16);
		const char *line = after ? strstr(after, "\r\n") : NULL;

		if (after == at || !line || size > HTTP_ANSWER_MAX)
			break;
		if (size == 0)
			return ERR_OK;
		if ((size_t)(end - line) < size + 4)
			break;
		buf_put(out, line + 2, size);
		at = line + 2 + size + 2;
	}
	return err_set(ctx, ERR_SYNTAX, "the server's answer is cut short");
}

static enum err body_of(struct ctx *ctx, const char *head, const char *body, const char *end,
			struct buf *out)
{
	const char *encoding = header(head, "Transfer-Encoding");
	const char *length = header(head, "Content-Length");
	size_t len = (size_t)(end - body);

	if (encoding && strncasecmp(encoding, "chunked", 7) == 0)
		return dechunk(ctx, body, end, out);
	if (length) {
		unsigned long stated = strtoul(length, NULL, 10);

		if (stated > len)
			return err_set(ctx, ERR_SYNTAX, "the server's answer is cut short");
		len = stated;
	}
	buf_put(out, body, len);
	return ERR_OK;
}

/* "HTTP/1.1 200 …" */
static bool status_of(const char *text, int *out)
{
	static const char digits[] = "0123456789";

	if ((strncmp(text, "HTTP/1.1 ", 9) != 0 && strncmp(text, "HTTP/1.0 ", 9) != 0) ||
	    strspn(text + 9, digits) != 3)
		return false;
	*out = (int)strtol(text + 9, NULL, 10);
	return true;
}

static void date_of(const char *head, struct http_answer *out)
{
	const char *date = header(head, "Date");
	struct tm tm = {0};

	out->has_date = date && strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	out->date = out->has_date ? (int64_t)timegm(&tm) : 0;
}

enum err http_parse(struct ctx *ctx, struct buf *bytes, struct http_answer *out)
{
	const char *text = buf_text(bytes);
	const char *end = text + bytes->len;
	const char *gap = strstr(text, "\r\n\r\n");
	scoped(buf_clear) struct buf head;
	enum err err;

	buf_init(&head, HTTP_ANSWER_MAX);
	buf_init(&out->body, HTTP_ANSWER_MAX);
	if (!gap || !status_of(text, &out->status))
		return err_set(ctx, ERR_SYNTAX, "the server does not answer in HTTP");
	buf_put(&head, text, (size_t)(gap - text) + 2);
	date_of(buf_text(&head), out);
	err = body_of(ctx, buf_text(&head), gap + 4, end, &out->body);
	if (err == ERR_OK && (buf_failed(&out->body) || buf_failed(&head)))
		err = err_set(ctx, ERR_TOO_LARGE, "the server's answer is too large");
	if (err)
		buf_clear(&out->body);
	return err;
}

enum err http_exchange(struct ctx *ctx, SSL *ssl, const struct buf *request,
		       struct http_answer *out)
{
	scoped(buf_clear) struct buf bytes;
	enum err err = send_all(ctx, ssl, request);

	buf_init(&bytes, HTTP_ANSWER_MAX);
	while (err == ERR_OK) {
		uint8_t *room = buf_reserve(&bytes, 4096);
		size_t done;

		if (!room)
			return err_set(ctx, ERR_TOO_LARGE, "the server's answer is too large");
		if (SSL_read_ex(ssl, room, 4096, &done) != 1)
			break;
		buf_commit(&bytes, done);
	}
	return err ? err : http_parse(ctx, &bytes, out);
}

void http_clear(struct http_answer *answer)
{
	buf_clear(&answer->body);
}
