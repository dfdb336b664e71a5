/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateways/proto/stream.h"
#include "tests/fuzz/fuzz.h"

/*
 * Frames on a gateway's connection, as the other end would write them. First byte: which end we
 * are (bit 0), whether the peer's preface and settings come first (bit 1), and what the owner of a
 * stream does (the rest). Then HTTP/2 frames. Every stream that began is reported closed, once.
 */
struct world {
	uint8_t how;
	size_t open, closed;
	bool over;
};

static void on_data(void *arg, struct stream *stream, const uint8_t *data, size_t len)
{
	struct world *world = arg;
	volatile uint8_t last = data[len - 1];

	(void)last;
	if (world->how & 4)
		stream_consume(stream, len);
	if (world->how & 8)
		(void)stream_write(stream, data, len);
	if (world->how & 16)
		stream_reset(stream, STREAM_CANCEL);
}

static void on_end(void *arg, struct stream *stream)
{
	struct world *world = arg;

	if (world->how & 32)
		stream_finish(stream);
}

static void on_answer(void *arg, struct stream *stream, int status)
{
	(void)arg;
	assert(status >= 100 && status <= 999);
	(void)stream_header(stream, "gw-reason");
}

static ssize_t on_pull(void *arg, struct stream *stream, uint8_t *out, size_t len, bool *out_end)
{
	struct world *world = arg;

	(void)stream;
	if (len > 16)
		len = 16;
	memset(out, 'x', len);
	*out_end = true;
	return world->how & 64 ? (ssize_t)len : -1;
}

static void on_stream_closed(void *arg, struct stream *stream, uint32_t code)
{
	struct world *world = arg;

	(void)stream;
	(void)code;
	assert(world->closed < world->open);
	world->closed++;
}

static const struct stream_events stream_events_all = {
	on_answer, on_data, on_end, on_pull, on_stream_closed,
};

static void on_request(void *arg, struct stream *stream)
{
	static const struct stream_header header = {"gw-reason", "none"};
	struct world *world = arg;
	const char *method = stream_header(stream, ":method");

	fuzz_accepted();
	world->open++;
	stream_events(stream, &stream_events_all, world);
	(void)stream_header(stream, ":authority");
	if (method == NULL)
		stream_reset(stream, STREAM_PROTOCOL);
	else
		stream_answer(stream, 200, &header, 1, (world->how & 128) != 0);
}

static void on_tunnel_closed(void *arg, struct tunnel *tunnel, const char *reason)
{
	struct world *world = arg;

	(void)tunnel;
	assert(!world->over && reason != NULL);
	world->over = true;
}

static const struct tunnel_events events = {on_request, on_tunnel_closed};

static void greet(int fd, bool to_gateway)
{
	static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
	static const uint8_t settings[9] = {0, 0, 0, 4, 0, 0, 0, 0, 0};

	if (to_gateway)
		(void)!send(fd, preface, sizeof(preface) - 1, MSG_NOSIGNAL);
	(void)!send(fd, settings, sizeof(settings), MSG_NOSIGNAL);
}

static void turn(struct loop *loop, struct world *world, int peer)
{
	uint8_t drain[4096];

	for (int i = 0; i < 12 && !world->over; i++) {
		assert(loop_once(loop, 0) == ERR_OK);
		while (recv(peer, drain, sizeof(drain), MSG_DONTWAIT) > 0) {
		}
	}
}

static void run(struct loop *loop, struct tunnel *tunnel, struct world *world, int peer,
		const uint8_t *data, size_t size)
{
	if (!(world->how & 1)) { /* the server asks first */
		struct stream *stream = stream_open(tunnel, "CONNECT", "a.target:22", NULL, NULL, 0,
						    true, &stream_events_all, world);
		world->open += stream != NULL;
	}
	if (world->how & 2)
		greet(peer, world->how & 1);
	(void)!send(peer, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	turn(loop, world, peer);
	if (!world->over)
		tunnel_drain(tunnel);
	(void)shutdown(peer, SHUT_WR);
	turn(loop, world, peer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world world = {0};
	struct loop *loop = loop_new();
	int pair[2];

	if (loop == NULL || size < 2 || size > 64 * 1024 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) {
		loop_free(loop);
		return 0;
	}
	world.how = data[0];
	struct tunnel *tunnel =
		tunnel_new(loop, (struct wire){.fd = pair[0]}, world.how & 1, &events, &world);
	assert(tunnel != NULL);
	run(loop, tunnel, &world, pair[1], data + 1, size - 1);
	tunnel_free(tunnel);
	assert(world.open == world.closed);
	loop_free(loop);
	close(pair[1]);
	return 0;
}
