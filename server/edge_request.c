/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/edge_request.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"

enum { METHOD_MAX = 16, NUMBER_DIGITS = 15, CHUNK_DIGITS = 8, CHUNK_LINE_MAX = CHUNK_DIGITS + 2 };

void request_reader_init(struct request_reader *reader)
{
	*reader = (struct request_reader){.state = REQUEST_HEAD};
	buf_init_wiped(&reader->head, REQUEST_HEAD_MAX);
}

void request_reader_clear(struct request_reader *reader)
{
	buf_clear(&reader->head);
}

bool request_reader_is_inside(const struct request_reader *reader)
{
	return reader->state == REQUEST_HEAD ? reader->head.len > 0 : reader->state < REQUEST_WAIT;
}

static bool refuse(struct request_reader *reader, int status, const char *reason,
		   const char *detail)
{
	reader->status = status;
	reader->reason = reason;
	reader->detail = detail;
	return false;
}

static bool malformed(struct request_reader *reader, const char *detail)
{
	return refuse(reader, 400, "header.malformed", detail);
}

/* RFC 9110 5.6.2 */
static bool is_token(const char *text, size_t len)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      memchr(others, c, sizeof(others) - 1) != NULL))
			return false;
	}
	return len > 0;
}

/* Visible characters, blanks, tabs, and bytes above ASCII. */
static bool is_field_value(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* Visible ASCII; never the parts that only a proxy or a browser's address line may have. */
static bool is_target(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c <= ' ' || c >= 0x7f || c == '#' || c == '"' || c == '<' || c == '>' ||
		    c == '\\' || c == '^' || c == '`' || c == '{' || c == '|' || c == '}')
			return false;
	}
	return len > 0 && text[0] == '/';
}

/* METHOD SP target SP HTTP/1.x, each once. */
static bool read_request_line(struct request_reader *reader, const char *line, size_t len)
{
	const char *target = memchr(line, ' ', len);
	const char *version;

	if (target == NULL || !is_token(line, (size_t)(target - line)) ||
	    target - line > METHOD_MAX)
		return malformed(reader, "the request line has no method");
	target++;
	version = memchr(target, ' ', len - (size_t)(target - line));
	if (version == NULL || !is_target(target, (size_t)(version - target)))
		return malformed(reader, "the request's target is not a path");
	version++;
	len -= (size_t)(version - line);
	reader->old = len == 8 && memcmp(version, "HTTP/1.0", 8) == 0;
	if (!reader->old && (len != 8 || memcmp(version, "HTTP/1.1", 8) != 0))
		return refuse(reader, 505, "header.version", "only HTTP/1.1 is spoken here");
	return true;
}

static bool read_length(struct request_reader *reader, const char *value, size_t len)
{
	uint64_t length = 0;

	for (size_t i = 0; i < len; i++) {
		if (value[i] < '0' || value[i] > '9' || len > NUMBER_DIGITS)
			return refuse(reader, 400, "framing.length",
				      "Content-Length is not a number");
		length = length * 10 + (uint64_t)(value[i] - '0');
	}
	reader->length = length;
	return ++reader->lengths == 1 && len > 0
		       ? true
		       : refuse(reader, 400, "framing.length", "Content-Length is not one number");
}

static bool read_coding(struct request_reader *reader, const char *value, size_t len)
{
	if (++reader->codings != 1 || len != 7 || strncasecmp(value, "chunked", 7) != 0)
		return refuse(reader, 400, "framing.coding",
			      "only the chunked transfer coding is understood, once");
	return true;
}

static bool read_host(struct request_reader *reader, const char *value, size_t len)
{
	(void)value;
	if (++reader->hosts != 1 || len == 0)
		return refuse(reader, 400, "host.missing",
			      "the request names not exactly one host");
	return true;
}

static bool read_upgrade(struct request_reader *reader, const char *value, size_t len)
{
	(void)value;
	(void)len;
	reader->upgrade = true;
	return true;
}

static bool read_expect(struct request_reader *reader, const char *value, size_t len)
{
	if (len != 12 || strncasecmp(value, "100-continue", 12) != 0)
		return refuse(reader, 417, "header.expect", "that expectation cannot be met");
	return true;
}

/* Fields that say where a request ends, or what follows it. */
static const struct {
	const char *name;
	bool (*read)(struct request_reader *reader, const char *value, size_t len);
} readers[] = {
	{"Content-Length", read_length},
	{"Transfer-Encoding", read_coding},
	{"Host", read_host},
	{"Upgrade", read_upgrade},
	{"Expect", read_expect},
};

static bool read_field(struct request_reader *reader, const char *line, size_t len)
{
	const char *colon = memchr(line, ':', len);
	size_t name = colon != NULL ? (size_t)(colon - line) : 0;
	const char *value = line + name + 1;

	if (colon == NULL || !is_token(line, name) || !is_field_value(value, len - name - 1))
		return malformed(reader, "a header line is not \"name: value\"");
	if (++reader->fields > REQUEST_FIELDS_MAX)
		return refuse(reader, 431, "header.limit", "too many header lines");
	for (len -= name + 1; len > 0 && (*value == ' ' || *value == '\t'); len--)
		value++;
	while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
		len--;
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (strlen(readers[i].name) == name &&
		    strncasecmp(readers[i].name, line, name) == 0)
			return readers[i].read(reader, value, len);
	return true;
}

/* The head is over: how long is the body, and may anything follow? */
static bool finish_head(struct request_reader *reader, struct buf *out)
{
	if (reader->hosts != 1)
		return refuse(reader, 400, "host.missing", "the request names no host");
	if (reader->codings > 0 && (reader->lengths > 0 || reader->old))
		return refuse(reader, 400, "framing.ambiguous",
			      "Content-Length and Transfer-Encoding exclude each other");
	if (reader->upgrade && (reader->codings > 0 || reader->length > 0 || reader->count > 0))
		return refuse(reader, 400, "framing.upgrade",
			      "an upgrade has no body and is the first request of its connection");
	buf_put(out, reader->head.data, reader->head.len);
	buf_reset(&reader->head);
	reader->count += reader->count < UINT32_MAX;
	reader->left = reader->length;
	reader->state = reader->upgrade	      ? REQUEST_WAIT
			: reader->codings > 0 ? REQUEST_CHUNK_SIZE
			: reader->left > 0    ? REQUEST_BODY
					      : REQUEST_HEAD;
	reader->line = reader->fields = reader->hosts = reader->lengths = reader->codings = 0;
	reader->length = 0;
	reader->upgrade = false;
	return true;
}

/* Adds bytes up to and with the next LF; *used tells how many. True when the line is whole. */
static bool add_line(struct request_reader *reader, const uint8_t *data, size_t len, size_t *used)
{
	const uint8_t *end = memchr(data, '\n', len);

	*used = end != NULL ? (size_t)(end - data) + 1 : len;
	buf_put(&reader->head, data, *used);
	return end != NULL && !buf_failed(&reader->head);
}

static bool out_of_memory(struct request_reader *reader)
{
	return buf_error(&reader->head) == ERR_MEMORY &&
	       !refuse(reader, 503, "resource.exhausted", "memory is short; try again");
}

static bool head_too_long(struct request_reader *reader)
{
	if (out_of_memory(reader))
		return true;
	if (reader->line == 0 && (buf_failed(&reader->head) || reader->head.len > REQUEST_LINE_MAX))
		return refuse(reader, 414, "header.limit", "the request's address is too long"),
		       true;
	if (buf_failed(&reader->head))
		return refuse(reader, 431, "header.limit", "the request's headers are too long"),
		       true;
	return false;
}

static size_t feed_head(struct request_reader *reader, const uint8_t *data, size_t len,
			struct buf *out)
{
	size_t used = 0, at = reader->line;
	bool whole = add_line(reader, data, len, &used);

	if (head_too_long(reader) || !whole)
		return used;
	const char *line = (const char *)reader->head.data + at;
	size_t line_len = reader->head.len - at - 1;

	if (line_len == 0 || line[line_len - 1] != '\r') {
		(void)malformed(reader, "a line does not end in CR LF");
		return used;
	}
	line_len--;
	reader->line = reader->head.len;
	if (at == 0)
		(void)read_request_line(reader, line, line_len);
	else if (line_len == 0)
		(void)finish_head(reader, out);
	else
		(void)read_field(reader, line, line_len);
	return used;
}

static size_t feed_bytes(struct request_reader *reader, const uint8_t *data, size_t len,
			 struct buf *out)
{
	size_t count = reader->left < len ? (size_t)reader->left : len;

	buf_put(out, data, count);
	reader->left -= count;
	if (reader->left == 0)
		reader->state = reader->state == REQUEST_BODY ? REQUEST_HEAD : REQUEST_CHUNK_END;
	return count;
}

static bool chunk_size_of(const struct buf *line, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i + 2 < line->len; i++) {
		const char *digits = "0123456789abcdef", *at;
		char c = (char)line->data[i];

		at = c != '\0' ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;
		if (at == NULL)
			return false;
		*out = *out * 16 + (uint64_t)(at - digits);
	}
	return line->len > 2 && line->len <= CHUNK_LINE_MAX && line->data[line->len - 2] == '\r';
}

static void finish_chunk_line(struct request_reader *reader, struct buf *out)
{
	bool empty = reader->head.len == 2 && reader->head.data[0] == '\r';
	uint64_t size = 0;

	if (reader->state == REQUEST_CHUNK_SIZE ? !chunk_size_of(&reader->head, &size) : !empty) {
		(void)refuse(reader, 400, "framing.chunk", "the chunks of the body are malformed");
		return;
	}
	buf_put(out, reader->head.data, reader->head.len);
	buf_reset(&reader->head);
	reader->left = size;
	reader->state = reader->state == REQUEST_LAST	     ? REQUEST_HEAD
			: reader->state == REQUEST_CHUNK_END ? REQUEST_CHUNK_SIZE
			: size > 0			     ? REQUEST_CHUNK
							     : REQUEST_LAST;
}

/* A chunk's size, or the empty line behind a chunk or behind the last one. */
static size_t feed_chunk_line(struct request_reader *reader, const uint8_t *data, size_t len,
			      struct buf *out)
{
	size_t used = 0;
	bool whole = add_line(reader, data, len, &used);

	if (out_of_memory(reader))
		return used;
	if (reader->head.len > CHUNK_LINE_MAX || buf_failed(&reader->head))
		(void)refuse(reader, 400, "framing.chunk", "the chunks of the body are malformed");
	else if (whole)
		finish_chunk_line(reader, out);
	return used;
}

static size_t feed_held(struct request_reader *reader, const uint8_t *data, size_t len,
			struct buf *out)
{
	(void)out;
	buf_put(&reader->head, data, len);
	if (out_of_memory(reader))
		return len;
	if (reader->head.len > REQUEST_HELD_MAX || buf_failed(&reader->head))
		(void)refuse(reader, 400, "framing.upgrade",
			     "too much was sent before the upgrade was answered");
	return len;
}

static size_t feed_plain(struct request_reader *reader, const uint8_t *data, size_t len,
			 struct buf *out)
{
	(void)reader;
	buf_put(out, data, len);
	return len;
}

bool request_reader_feed(struct request_reader *reader, const uint8_t *data, size_t len,
			 struct buf *out)
{
	static size_t (*const feeds[])(struct request_reader * reader, const uint8_t *data,
				       size_t len, struct buf *out) = {
		[REQUEST_HEAD] = feed_head,
		[REQUEST_BODY] = feed_bytes,
		[REQUEST_CHUNK_SIZE] = feed_chunk_line,
		[REQUEST_CHUNK] = feed_bytes,
		[REQUEST_CHUNK_END] = feed_chunk_line,
		[REQUEST_LAST] = feed_chunk_line,
		[REQUEST_WAIT] = feed_held,
		[REQUEST_PLAIN] = feed_plain,
	};

	while (len > 0 && reader->status == 0) {
		size_t used = feeds[reader->state](reader, data, len, out);

		data += used;
		len -= used;
	}
	return reader->status == 0;
}

bool request_reader_answered(struct request_reader *reader, const uint8_t *data, size_t len,
			     struct buf *out)
{
	static const char switching[] = "HTTP/1.1 101 ";
	struct buf held = reader->head;
	bool good;

	buf_init_wiped(&reader->head, REQUEST_HEAD_MAX);
	reader->state =
		len >= sizeof(switching) - 1 && memcmp(data, switching, sizeof(switching) - 1) == 0
			? REQUEST_PLAIN
			: REQUEST_HEAD;
	good = request_reader_feed(reader, held.data, held.len, out);
	buf_clear(&held);
	return good;
}

static const char *title_of(int status)
{
	static const struct {
		int status;
		const char *title;
	} titles[] = {
		{400, "Bad Request"},
		{408, "Request Timeout"},
		{414, "URI Too Long"},
		{417, "Expectation Failed"},
		{431, "Request Header Fields Too Large"},
		{503, "Service Unavailable"},
		{505, "HTTP Version Not Supported"},
	};

	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (titles[i].status == status)
			return titles[i].title;
	return "Error";
}

void request_refusal(struct buf *out, int status, const char *reason, const char *detail)
{
	struct buf body;
	struct json json;

	buf_init(&body, 1024);
	json_init(&json, &body);
	json_object(&json, NULL);
	json_text(&json, "type", "about:blank");
	json_text(&json, "title", title_of(status));
	json_int(&json, "status", status);
	json_text(&json, "code", status == 503 ? "resource.exhausted" : "request.malformed");
	json_text(&json, "reason", reason);
	json_text(&json, "detail", detail);
	json_end_object(&json);
	buf_printf(out,
		   "HTTP/1.1 %d %s\r\nConnection: close\r\nContent-Length: %zu\r\n"
		   "Content-Type: application/problem+json\r\nCache-Control: no-store\r\n"
		   "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
		   "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
		   "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n\r\n",
		   status, title_of(status), body.len);
	buf_put(out, body.data, body.len);
	buf_clear(&body);
}
