/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "server/edge_request.h"
#include "tests/unit/cmocka_all.h"

/* What is refused is refused however it is cut into pieces, and what is let through is unchanged.
 */
struct row {
	const char *name, *text;
	size_t len;
	int status;
};
#define ROW(status_, name_, text_)                       \
	{                                                \
		name_, text_, sizeof(text_) - 1, status_ \
	}
#define H "Host: a\r\n"

static const struct row rows[] = {
	ROW(0, "a plain one", "GET / HTTP/1.1\r\n" H "\r\n"),
	ROW(0, "an old one", "GET /x?y=%20 HTTP/1.0\r\n" H "\r\n"),
	ROW(0, "any method", "PROPFIND / HTTP/1.1\r\n" H "\r\n"),
	ROW(0, "a body", "POST / HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabc"),
	ROW(0, "two in a row",
	    "POST / HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\n" H "\r\n"),
	ROW(0, "chunks",
	    "POST / HTTP/1.1\r\n" H
	    "Transfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n"
	    "0\r\n\r\nGET /b HTTP/1.1\r\n" H "\r\n"),
	ROW(0, "blanks around a value", "GET / HTTP/1.1\r\nHost:\t a \t\r\nX:\r\n\r\n"),
	ROW(0, "bytes above ASCII in a value", "GET / HTTP/1.1\r\n" H "X: \xe6\x97\xa5\r\n\r\n"),
	ROW(0, "an upgrade and what follows",
	    "GET /t HTTP/1.1\r\n" H "Upgrade: websocket\r\n\r\n\x82\x81"),

	ROW(400, "CL and TE",
	    "POST / HTTP/1.1\r\n" H
	    "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	ROW(400, "TE and CL",
	    "POST / HTTP/1.1\r\n" H
	    "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n"),
	ROW(400, "two lengths",
	    "POST / HTTP/1.1\r\n" H "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
	ROW(400, "the same length twice",
	    "POST / HTTP/1.1\r\n" H "Content-Length: 1\r\nContent-Length: 1\r\n\r\na"),
	ROW(400, "a list of lengths", "POST / HTTP/1.1\r\n" H "Content-Length: 1, 1\r\n\r\na"),
	ROW(400, "a signed length", "POST / HTTP/1.1\r\n" H "Content-Length: +1\r\n\r\na"),
	ROW(400, "a hex length", "POST / HTTP/1.1\r\n" H "Content-Length: 0x1\r\n\r\na"),
	ROW(400, "an empty length", "POST / HTTP/1.1\r\n" H "Content-Length:\r\n\r\n"),
	ROW(400, "a length beyond numbers",
	    "POST / HTTP/1.1\r\n" H "Content-Length: 18446744073709551617\r\n\r\na"),
	ROW(400, "two codings in one",
	    "POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
	ROW(400, "two codings in two",
	    "POST / HTTP/1.1\r\n" H
	    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	ROW(400, "identity", "POST / HTTP/1.1\r\n" H "Transfer-Encoding: identity\r\n\r\n"),
	ROW(400, "a coding with a tail",
	    "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\x0b\r\n\r\n0\r\n\r\n"),
	ROW(400, "a coding in quotes",
	    "POST / HTTP/1.1\r\n" H "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"),
	ROW(400, "a blank before the colon",
	    "POST / HTTP/1.1\r\n" H "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
	ROW(400, "chunks in HTTP/1.0",
	    "POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	ROW(400, "a folded line", "GET / HTTP/1.1\r\n" H "X: a\r\n b\r\n\r\n"),
	ROW(400, "a fold at the start", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
	ROW(400, "bare LF", "GET / HTTP/1.1\nHost: a\n\n"),
	ROW(400, "bare LF at one line", "GET / HTTP/1.1\r\nHost: a\n\r\n"),
	ROW(400, "bare LF at the end", "GET / HTTP/1.1\r\n" H "\n"),
	ROW(400, "bare CR inside", "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"),
	ROW(400, "CR CR LF", "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n"),
	ROW(400, "NUL in a value", "GET / HTTP/1.1\r\n" H "X: a\0b\r\n\r\n"),
	ROW(400, "NUL in a name", "GET / HTTP/1.1\r\n" H "X\0: a\r\n\r\n"),
	ROW(400, "no colon", "GET / HTTP/1.1\r\n" H "X\r\n\r\n"),
	ROW(400, "no name", "GET / HTTP/1.1\r\n" H ": x\r\n\r\n"),
	ROW(400, "an empty line first", "\r\nGET / HTTP/1.1\r\n" H "\r\n"),
	ROW(400, "no host", "GET / HTTP/1.1\r\n\r\n"),
	ROW(400, "two hosts", "GET / HTTP/1.1\r\n" H "Host: b\r\n\r\n"),
	ROW(400, "an empty host", "GET / HTTP/1.1\r\nHost: \r\n\r\n"),
	ROW(400, "a whole address", "GET https://a/ HTTP/1.1\r\n" H "\r\n"),
	ROW(400, "a tunnel", "CONNECT a:22 HTTP/1.1\r\n" H "\r\n"),
	ROW(400, "an asterisk", "OPTIONS * HTTP/1.1\r\n" H "\r\n"),
	ROW(400, "two blanks", "GET  / HTTP/1.1\r\n" H "\r\n"),
	ROW(505, "a blank at the end", "GET / HTTP/1.1 \r\n" H "\r\n"),
	ROW(400, "a tab", "GET\t/ HTTP/1.1\r\n" H "\r\n"),
	ROW(400, "no version", "GET /\r\n" H "\r\n"),
	ROW(505, "another version", "GET / HTTP/2.0\r\n" H "\r\n"),
	ROW(505, "a version in small letters", "GET / http/1.1\r\n" H "\r\n"),
	ROW(400, "bytes above ASCII in the target", "GET /\xe6\x97\xa5 HTTP/1.1\r\n" H "\r\n"),
	ROW(400, "a fragment", "GET /#x HTTP/1.1\r\n" H "\r\n"),
	ROW(400, "HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
	ROW(400, "TLS inside TLS", "\x16\x03\x01\x02\x00\x01\n"),
	ROW(417, "an expectation", "POST / HTTP/1.1\r\n" H "Expect: 200-ok\r\n\r\n"),
	ROW(400, "a chunk extension",
	    "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\n\r\n"),
	ROW(400, "a chunk with 0x",
	    "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n"),
	ROW(400, "a chunk of minus one",
	    "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n0\r\n\r\n"),
	ROW(400, "a chunk beyond numbers",
	    "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n100000003\r\nabc\r\n"),
	ROW(400, "a chunk line with bare LF",
	    "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n"),
	ROW(400, "a chunk longer than said",
	    "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n"),
	ROW(400, "an empty chunk line",
	    "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n\r\n"),
	ROW(400, "trailers",
	    "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\nHost: b\r\n\r\n"),
	ROW(400, "an upgrade with a body",
	    "GET /t HTTP/1.1\r\n" H "Upgrade: websocket\r\nContent-Length: 1\r\n\r\na"),
	ROW(400, "an upgrade as the second request",
	    "GET / HTTP/1.1\r\n" H "\r\nGET /t HTTP/1.1\r\n" H "Upgrade: websocket\r\n\r\n"),
};

/* All of it in pieces of that size; what went on. */
static bool feed(struct request_reader *reader, const struct row *row, size_t piece,
		 struct buf *out)
{
	request_reader_init(reader);
	buf_init(out, 64 * 1024);
	for (size_t at = 0; at < row->len; at += piece) {
		size_t len = row->len - at < piece ? row->len - at : piece;

		if (!request_reader_feed(reader, (const uint8_t *)row->text + at, len, out))
			return false;
	}
	return true;
}

static void requests_are_refused_or_unchanged(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];

		for (size_t piece = 1; piece <= row->len; piece += piece < 4 ? 1 : row->len) {
			struct request_reader reader;
			struct buf out;
			bool good = feed(&reader, row, piece, &out);

			if (reader.status != row->status)
				print_error("%s, in pieces of %zu: %d\n", row->name, piece,
					    reader.status);
			assert_int_equal(reader.status, row->status);
			assert_int_equal(good, row->status == 0);
			assert_true(out.len <= row->len);
			assert_memory_equal(out.data ? (const char *)out.data : "", row->text,
					    out.len);
			if (good && reader.state == REQUEST_HEAD)
				assert_int_equal(out.len, row->len);
			buf_clear(&out);
			request_reader_clear(&reader);
		}
	}
}

/* Nothing of a bad head goes on, not even its good lines. */
static void a_bad_head_stays_here(void **state)
{
	static const struct row row =
		ROW(400, "", "GET /a HTTP/1.1\r\n" H "\r\nGET /b HTTP/1.1\r\n" H "X\r\n\r\n");
	struct request_reader reader;
	struct buf out;

	(void)state;
	assert_false(feed(&reader, &row, 7, &out));
	assert_string_equal(buf_text(&out), "GET /a HTTP/1.1\r\n" H "\r\n");
	buf_clear(&out);
	request_reader_clear(&reader);
}

static void long_ones(const char *start, const char *more, size_t times, int status)
{
	struct request_reader reader;
	struct buf out;
	bool good;

	request_reader_init(&reader);
	buf_init(&out, 64 * 1024);
	good = request_reader_feed(&reader, (const uint8_t *)start, strlen(start), &out);
	for (size_t i = 0; i < times && good; i++)
		good = request_reader_feed(&reader, (const uint8_t *)more, strlen(more), &out);
	assert_int_equal(reader.status, status);
	assert_true(reader.head.size <= 2 * REQUEST_HEAD_MAX);
	buf_clear(&out);
	request_reader_clear(&reader);
}

static void lengths_are_bounded(void **state)
{
	(void)state;
	long_ones("GET /", "aaaaaaaaaaaaaaaa", 500, 0);
	long_ones("GET /", "aaaaaaaaaaaaaaaa", 1000000, 414);
	long_ones("GET / HTTP/1.1\r\nX: ", "aaaaaaaaaaaaaaaa", 1000000, 431);
	long_ones("GET / HTTP/1.1\r\n", "X: a\r\n", 100, 0);
	long_ones("GET / HTTP/1.1\r\n", "X: a\r\n", 101, 431);
	long_ones("POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n", "0", 1000, 400);
	long_ones("GET / HTTP/1.1\r\n" H "Upgrade: websocket\r\n\r\n", "aaaaaaaaaaaaaaaa", 1000,
		  400);
}

static void what_follows_an_upgrade_waits_for_its_answer(void **state)
{
	static const struct row frames =
		ROW(0, "", "GET /t HTTP/1.1\r\n" H "Upgrade: websocket\r\n\r\n\x82\x80\0\0\0\0");
	static const struct row smuggled =
		ROW(0, "", "GET /t HTTP/1.1\r\n" H "Upgrade: x\r\n\r\nGET /b HTTP/1.1\r\n\r\n");
	static const char yes[] = "HTTP/1.1 101 Switching Protocols\r\n",
			  no[] = "HTTP/1.1 403 Forbidden";
	struct request_reader reader;
	struct buf out;

	(void)state;
	assert_true(feed(&reader, &frames, 64, &out));
	assert_int_equal(out.len, frames.len - 6);
	assert_true(request_reader_answered(&reader, (const uint8_t *)yes, sizeof(yes) - 1, &out));
	assert_int_equal(out.len, frames.len);
	assert_true(request_reader_feed(&reader, (const uint8_t *)"\n", 1, &out));
	buf_clear(&out);
	request_reader_clear(&reader);

	assert_true(feed(&reader, &smuggled, 64, &out));
	assert_false(request_reader_answered(&reader, (const uint8_t *)no, sizeof(no) - 1, &out));
	assert_int_equal(reader.status, 400);
	buf_clear(&out);
	request_reader_clear(&reader);
}

static void a_refusal_is_a_whole_answer(void **state)
{
	struct buf out;
	const char *text, *body;
	char length[64];

	(void)state;
	buf_init(&out, 4096);
	request_refusal(&out, 414, "header.limit", "too long");
	text = buf_text(&out);
	body = strstr(text, "\r\n\r\n");
	assert_non_null(body);
	assert_int_equal(strncmp(text, "HTTP/1.1 414 URI Too Long\r\n", 27), 0);
	(void)snprintf(length, sizeof(length), "Content-Length: %zu\r\n", strlen(body + 4));
	assert_non_null(strstr(text, length));
	assert_non_null(strstr(text, "application/problem+json"));
	buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_refused_or_unchanged),
		cmocka_unit_test(a_bad_head_stays_here),
		cmocka_unit_test(lengths_are_bounded),
		cmocka_unit_test(what_follows_an_upgrade_waits_for_its_answer),
		cmocka_unit_test(a_refusal_is_a_whole_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
