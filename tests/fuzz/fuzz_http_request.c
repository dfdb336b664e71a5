/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "server/edge_request.h"
#include "tests/fuzz/fuzz.h"

/* A browser connection's bytes: the same verdict and the same bytes let through, at once or one by
 * one; and what went on is the beginning of what came. */
static void feed(struct request_reader *reader, struct buf *out, const uint8_t *data, size_t size,
		 size_t piece)
{
	request_reader_init(reader);
	buf_init(out, 256 * 1024);
	for (size_t at = 0; at < size; at += piece)
		if (!request_reader_feed(reader, data + at, size - at < piece ? size - at : piece,
					 out))
			break;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char yes[] = "HTTP/1.1 101 x", no[] = "HTTP/1.1 403 x";
	struct request_reader whole, pieces;
	struct buf first, second;

	if (size == 0)
		return 0;
	feed(&whole, &first, data, size, size);
	feed(&pieces, &second, data, size, 1 + data[0] % 8);
	assert(whole.status == pieces.status && whole.state == pieces.state);
	assert(first.len == second.len && first.len <= size && !buf_failed(&first));
	assert(first.len == 0 || memcmp(first.data, second.data, first.len) == 0);
	assert(first.len == 0 || memcmp(first.data, data, first.len) == 0);
	if (whole.status == 0 && first.len == size)
		fuzz_accepted();
	if (whole.status == 0 && whole.state == REQUEST_WAIT) {
		(void)request_reader_answered(&whole, (const uint8_t *)yes, sizeof(yes), &first);
		(void)request_reader_answered(&pieces, (const uint8_t *)no, sizeof(no), &second);
		assert(whole.status == 0 && first.len == size && second.len <= size);
	}
	request_reader_clear(&whole);
	request_reader_clear(&pieces);
	buf_clear(&first);
	buf_clear(&second);
	return 0;
}
