/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sessions/broker/ws.h"
#include "tests/fuzz/fuzz.h"

/*
 * Frames of a browser's WebSocket. Odd first byte: the bytes as they are; even: a list of {first
 * byte of a frame, u8 length, payload}, framed and masked properly, so that whole messages come
 * through. What is handed up is bounded, and nothing is handed up after a breach.
 */
struct seen {
	size_t messages, bytes;
	bool over;
};

static void on_message(void *arg, uint8_t type, const uint8_t *data, size_t len)
{
	struct seen *seen = arg;
	volatile uint8_t last = len > 0 ? data[len - 1] : type;

	(void)last;
	assert(!seen->over && len < WS_MESSAGE_MAX);
	fuzz_accepted();
	seen->messages++;
	seen->bytes += len;
}

static void frame(struct buf *out, struct rd *rd)
{
	static const uint8_t mask[4] = {0, 0, 0, 0};
	uint8_t first = rd_u8(rd), len = rd_u8(rd);
	const uint8_t *payload;

	if (len > rd_left(rd))
		len = (uint8_t)rd_left(rd);
	payload = rd_bytes(rd, len);
	buf_put_u8(out, first);
	buf_put_u8(out, 0x80 | (len < 126 ? len : 126));
	if (len >= 126)
		buf_put_u16(out, len);
	buf_put(out, mask, sizeof(mask));
	if (payload != NULL)
		buf_put(out, payload, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rd rd = rd_of(data, size);
	struct seen seen = {0};
	struct buf bytes;
	int pair[2];

	if (size < 2 || size > 64 * 1024 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
		return 0;
	buf_init(&bytes, 1024 * 1024);
	if (rd_u8(&rd) & 1)
		buf_put(&bytes, rd.data + 1, size - 1);
	else
		while (rd_left(&rd) > 1)
			frame(&bytes, &rd);
	size_t extra = bytes.len < 8 ? bytes.len : 8;
	struct ws *ws = ws_new(pair[0], (struct block){bytes.data, extra}, on_message, &seen);
	assert(ws != NULL);
	if (bytes.len > extra)
		(void)!send(pair[1], bytes.data + extra, bytes.len - extra,
			    MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)shutdown(pair[1], SHUT_WR);
	for (int i = 0; i < 64 && !seen.over; i++) {
		seen.over = ws_read(ws) != ERR_OK;
		(void)ws_send(ws, WS_OUTPUT, data, size & 255);
		(void)!ws_write(ws);
	}
	assert(seen.bytes + seen.messages <= bytes.len);
	ws_close(ws, 1000);
	(void)!ws_write(ws);
	ws_free(ws);
	close(pair[1]);
	buf_clear(&bytes);
	return 0;
}
