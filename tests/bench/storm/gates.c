/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "gateways/agent/agent.h"
#include "gateways/proto/beat.h"
#include "gateways/proto/bundle.h"
#include "gateways/proto/verdict.h"
#include "storm.h"

enum { STEP_S = 30, BACKOFF_CAP_S = 60, PRINT_MS = 50, BEAT_DEFAULT_S = 30, PARTS_MAX = 16 };
#define SECOND_US INT64_C(1000000)

/* Behaves as gateways/agent does towards the server: back-off with full jitter, attach, chain
 * value, beats, policies; it dials no target and keeps nothing on a disk. */
struct storm;
struct gate;
struct end {
	struct gate *gate;
	enum gateway_class gateway_class;
	struct loop_timer *timer; /* the next try, or the limit of the step under way */
	struct wire wire;
	struct loop_fd *handle;
	struct tunnel *tunnel;
	unsigned failures, told_s;
	bool up;
};

struct gate {
	struct storm *storm;
	unsigned n;
	X509 *certificate;
	struct uuid id;
	uint8_t chain[GATEWAY_CHAIN], machine[GATEWAY_MACHINE];
	bool has_chain;
	uint64_t sequence, policy_version;
	struct stream *events;
	struct loop_timer *beat;
	unsigned beat_seconds;
	struct buf upload;
	struct end control, interactive;
};

struct storm {
	struct loop *loop;
	const struct state *server;
	SSL_CTX *tls;
	struct uuid boot_id;
	struct gate *gates;
	unsigned count, controls, interactives;
	struct loop_timer *print;
	bool changed;
};

/* ---- what is seen ---- */

static void print_now(void *arg)
{
	struct storm *storm = arg;

	if (storm->changed) {
		printf("%.3f %u %u\n", (double)sys_mono_us() / 1e6, storm->controls,
		       storm->interactives);
		(void)fflush(stdout);
	}
	storm->changed = false;
	loop_timer_set(storm->print, PRINT_MS * INT64_C(1000));
}

static void count_up(struct end *end, bool up)
{
	struct storm *storm = end->gate->storm;
	unsigned *count =
		end->gateway_class == GATEWAY_CONTROL ? &storm->controls : &storm->interactives;

	if (end->up == up)
		return;
	end->up = up;
	*count += up ? 1 : -1U;
	storm->changed = true;
}

/* ---- a connection's life ---- */

static int64_t below(int64_t limit)
{
	uint64_t value;

	sys_random(&value, sizeof(value));
	return limit > 0 ? (int64_t)(value % (uint64_t)limit) : 0;
}

static void end_retry(struct end *end)
{
	int64_t most = SECOND_US << (end->failures < 6 ? end->failures : 6);
	int64_t told = end->told_s * SECOND_US;

	if (most > BACKOFF_CAP_S * SECOND_US)
		most = BACKOFF_CAP_S * SECOND_US;
	end->failures++;
	end->told_s = 0;
	loop_timer_set(end->timer, told ? told + below(told) : below(most));
}

static void end_failed(struct end *end)
{
	if (end->handle)
		loop_fd_remove(end->handle);
	end->handle = NULL;
	wire_close(&end->wire);
	end->wire = (struct wire){.fd = -1};
	end_retry(end);
}

static void end_closed(void *arg, struct tunnel *tunnel, const char *reason)
{
	struct end *end = arg;

	(void)reason;
	end->tunnel = NULL;
	tunnel_free(tunnel);
	count_up(end, false);
	end_retry(end);
}

static void serve(void *arg, struct stream *stream);
static const struct tunnel_events end_events = {.request = serve, .closed = end_closed};

static void end_handshake(void *arg, int fd, uint32_t events)
{
	struct end *end = arg;
	int result, error;

	(void)fd;
	(void)events;
	ERR_clear_error();
	result = SSL_connect(end->wire.ssl);
	error = result == 1 ? SSL_ERROR_NONE : SSL_get_error(end->wire.ssl, result);
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
		loop_fd_events(end->handle, error == SSL_ERROR_WANT_READ ? EPOLLIN : EPOLLOUT);
		return;
	}
	if (error != SSL_ERROR_NONE) {
		SSL_set_quiet_shutdown(end->wire.ssl, 1);
		end_failed(end);
		return;
	}
	loop_fd_remove(end->handle);
	end->handle = NULL;
	end->tunnel = tunnel_new(end->gate->storm->loop, end->wire, true, &end_events, end);
	end->wire = (struct wire){.fd = -1};
	if (!end->tunnel)
		end_failed(end);
}

static bool end_start(struct end *end)
{
	struct gate *gate = end->gate;
	struct storm *storm = gate->storm;
	SSL *ssl = SSL_new(storm->tls);

	end->wire = (struct wire){.fd = storm_socket(gate->n), .ssl = ssl};
	if (end->wire.fd < 0 || !ssl || fcntl(end->wire.fd, F_SETFL, O_NONBLOCK) != 0)
		return false;
	tcp_tune(end->wire.fd);
	if (storm_connect(end->wire.fd, storm->server) != 0 ||
	    SSL_use_certificate(ssl, gate->certificate) != 1 ||
	    SSL_use_PrivateKey(ssl, storm->server->key) != 1 ||
	    SSL_set_fd(ssl, end->wire.fd) != 1 ||
	    state_tls_name(NULL, storm->server, ssl) != ERR_OK)
		return false;
	end->handle = loop_fd_add(storm->loop, end->wire.fd, EPOLLOUT, end_handshake, end);
	return end->handle;
}

static void end_timer(void *arg)
{
	struct end *end = arg;

	if (end->tunnel) {
		tunnel_close(end->tunnel, "no verdict");
		return;
	}
	if (end->handle) {
		end_failed(end);
		return;
	}
	if (end->gateway_class != GATEWAY_CONTROL && !end->gate->control.up)
		return; /* started when that one is admitted */
	loop_timer_set(end->timer, STEP_S * SECOND_US);
	if (!end_start(end))
		end_failed(end);
}

/* ---- what the server asks ---- */

static void serve_attach(struct end *end, struct stream *stream)
{
	const struct gate *gate = end->gate;
	char boot[UUID_TEXT_SIZE], protocol[16], clock[24], machine[2 * GATEWAY_MACHINE + 1];
	char chain[BASE64_SIZE(GATEWAY_CHAIN)];
	const struct stream_header headers[] = {
		{"gw-class", gateway_class_name(end->gateway_class)},
		{"gw-index", "0"},
		{"gw-boot-id", boot},
		{"gw-version", "storm"},
		{"gw-protocol", protocol},
		{"gw-clock", clock},
		{"gw-machine", machine},
		{"gw-chain", chain},
	};
	bool with_chain = gate->has_chain && end->gateway_class == GATEWAY_CONTROL;

	uuid_format(&gate->storm->boot_id, boot);
	(void)snprintf(protocol, sizeof(protocol), "%d", GATEWAY_PROTOCOL);
	(void)snprintf(clock, sizeof(clock), "%lld", (long long)sys_real_us());
	hex_encode(gate->machine, GATEWAY_MACHINE, machine);
	base64url_encode(gate->chain, GATEWAY_CHAIN, chain);
	stream_answer(stream, 200, headers,
		      sizeof(headers) / sizeof(headers[0]) - (with_chain ? 0 : 1), false);
}

static void take_verdict(struct end *end, struct stream *stream)
{
	struct gate *gate = end->gate;
	const char *chain = stream_header(stream, "gw-chain");
	const char *beat = stream_header(stream, "gw-beat-seconds");

	if (end->gateway_class == GATEWAY_CONTROL && chain &&
	    base64url_decode(chain, strlen(chain), gate->chain, GATEWAY_CHAIN) == GATEWAY_CHAIN)
		gate->has_chain = true;
	gate->beat_seconds = beat ? (unsigned)strtoul(beat, NULL, 10) : BEAT_DEFAULT_S;
	end->failures = 0;
	loop_timer_stop(end->timer);
	count_up(end, true);
	if (end->gateway_class == GATEWAY_CONTROL && !gate->interactive.tunnel)
		loop_timer_set(gate->interactive.timer, 0);
}

static void serve_verdict(struct end *end, struct stream *stream)
{
	const char *name = stream_header(stream, "gw-verdict");
	const char *retry = stream_header(stream, "gw-retry-after");
	const char *reason = stream_header(stream, "gw-reason");

	if (name && gateway_verdict_by_name(name) == GATEWAY_GO) {
		take_verdict(end, stream);
	} else {
		end->told_s = retry ? (unsigned)strtoul(retry, NULL, 10) : 0;
		(void)fprintf(stderr, "gateway %u %s: %s %s\n", end->gate->n,
			      gateway_class_name(end->gateway_class), name ? name : "?",
			      reason ? reason : "");
		tunnel_drain(end->tunnel);
	}
	stream_answer(stream, 204, NULL, 0, false);
}

static void beat_send(void *arg)
{
	struct gate *gate = arg;
	uint8_t hash[GATEWAY_CHAIN];
	unsigned len = sizeof(hash);
	struct beat_head head = {.sequence = ++gate->sequence,
				 .clock = sys_real_us(),
				 .policy_version = gate->policy_version,
				 .boot_id = gate->storm->boot_id,
				 .version = {(const uint8_t *)"storm", 5}};
	struct buf record, framed;

	if (!gate->events)
		return;
	if (gate->has_chain &&
	    EVP_Digest(gate->chain, GATEWAY_CHAIN, hash, &len, EVP_sha256(), NULL) == 1)
		head.chain = (struct block){hash, len};
	buf_init(&record, BEAT_MAX);
	buf_init(&framed, BEAT_MAX);
	beat_put(&record, &head, NULL, 0);
	buf_put_u32(&framed, (uint32_t)record.len + 1);
	buf_put_u8(&framed, EVENT_RECORD_BEAT);
	buf_put(&framed, record.data, record.len);
	(void)stream_write(gate->events, framed.data, framed.len);
	buf_clear(&record);
	buf_clear(&framed);
	loop_timer_set(gate->beat, gate->beat_seconds * SECOND_US);
}

static void events_closed(void *arg, struct stream *stream, uint32_t code)
{
	struct gate *gate = arg;

	(void)code;
	if (gate->events == stream)
		gate->events = NULL;
}

static const struct stream_events events_stream = {.closed = events_closed};

static void serve_events(struct end *end, struct stream *stream)
{
	stream_answer(stream, 200, NULL, 0, true);
	end->gate->events = stream;
	stream_events(stream, &events_stream, end->gate);
	loop_timer_set(end->gate->beat, 0);
}

static void upload_data(void *arg, struct stream *stream, const uint8_t *data, size_t len)
{
	struct gate *gate = arg;

	buf_put(&gate->upload, data, len);
	stream_consume(stream, len);
}

/* Who signed it is not judged here; its version goes into the beats: {u8, u32 length, u64 version,
 * …} (gateways/proto/bundle.c). */
static void policy_end(void *arg, struct stream *stream)
{
	struct gate *gate = arg;
	struct rd rd = rd_of(gate->upload.data, gate->upload.len);

	(void)rd_u8(&rd);
	(void)rd_u32(&rd);
	gate->policy_version = rd_u64(&rd);
	buf_clear(&gate->upload);
	stream_answer(stream, 204, NULL, 0, false);
}

static const struct stream_events policy_events = {.data = upload_data, .end = policy_end};

static void serve_policy(struct end *end, struct stream *stream)
{
	buf_clear(&end->gate->upload);
	stream_events(stream, &policy_events, end->gate);
}

static void taken(void *arg, struct stream *stream)
{
	(void)arg;
	stream_answer(stream, 204, NULL, 0, false);
}

static void serve_checkpoint(struct end *end, struct stream *stream)
{
	static const struct stream_events events = {.end = taken};

	(void)end;
	stream_events(stream, &events, NULL);
}

static void serve(void *arg, struct stream *stream)
{
	static const struct {
		const char *path;
		void (*serve)(struct end *end, struct stream *stream);
	} routes[] = {
		{"/attach", serve_attach},	   {"/verdict", serve_verdict},
		{"/events", serve_events},	   {"/policy", serve_policy},
		{"/checkpoint", serve_checkpoint},
	};
	const char *path = stream_header(stream, ":path");

	for (size_t i = 0; path && i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (strcmp(routes[i].path, path) == 0) {
			routes[i].serve(arg, stream);
			return;
		}
	}
	stream_answer(stream, 404, NULL, 0, false);
}

/* ---- all of them ---- */

static bool end_new(struct end *end, struct gate *gate, enum gateway_class gateway_class)
{
	*end = (struct end){.gate = gate, .gateway_class = gateway_class, .wire = {.fd = -1}};
	end->timer = loop_timer_new(gate->storm->loop, end_timer, end);
	return end->timer;
}

static bool gate_new(struct storm *storm, X509 *certificate)
{
	struct gate *gate = &storm->gates[storm->count];
	struct ctx ctx;

	ctx_init(&ctx, NULL);
	*gate = (struct gate){.storm = storm,
			      .n = storm->count,
			      .certificate = certificate,
			      .beat_seconds = BEAT_DEFAULT_S};
	buf_init(&gate->upload, BUNDLE_SIGNED_MAX);
	gate->beat = loop_timer_new(storm->loop, beat_send, gate);
	if (!gate->beat || state_gateway_id(&ctx, certificate, &gate->id) ||
	    !end_new(&gate->control, gate, GATEWAY_CONTROL) ||
	    !end_new(&gate->interactive, gate, GATEWAY_INTERACTIVE))
		return false;
	memcpy(gate->machine, gate->id.b, UUID_SIZE);
	storm->count++;
	return true;
}

static bool gates_load(struct storm *storm, const char *folder, unsigned count)
{
	char path[STATE_PATH_MAX];

	for (unsigned part = 0; part < PARTS_MAX && storm->count < count; part++) {
		(void)snprintf(path, sizeof(path), "%s/certificates-%u.pem", folder, part);
		FILE *file = fopen(path, "r");
		X509 *one;

		while (file && storm->count < count &&
		       (one = PEM_read_X509(file, NULL, NULL, NULL))) {
			if (!gate_new(storm, one))
				return false;
		}
		if (file)
			(void)fclose(file);
	}
	ERR_clear_error();
	return storm->count == count;
}

int storm_run(struct state *server, const char *folder, unsigned count)
{
	struct storm storm = {.loop = loop_new(), .server = server, .boot_id = uuid_random()};
	struct ctx ctx;

	ctx_init(&ctx, NULL);
	storm.gates = calloc(count ? count : 1, sizeof(*storm.gates));
	storm.print = storm.loop ? loop_timer_new(storm.loop, print_now, &storm) : NULL;
	if (!storm.gates || !storm.print || state_tls(&ctx, server, GATEWAY_ALPN, &storm.tls) ||
	    !gates_load(&storm, folder, count)) {
		(void)fprintf(stderr, "storm: %u gateways of %u\n", storm.count, count);
		return 1;
	}
	for (unsigned i = 0; i < count; i++)
		loop_timer_set(storm.gates[i].control.timer, below(SECOND_US));
	print_now(&storm);
	return loop_run(storm.loop) ? 1 : 0;
}
