/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The way of a session's bytes with nothing faked but web and authority: edge (the role's own code
 * in a process of its own), the real sekisho-gateway, a real keeper, over TLS on the loopback.
 */
#include "tests/unit/cmocka_all.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/chan.h"
#include "base/log.h"
#include "base/messages.h"
#include "base/sys.h"
#include "base/text.h"
#include "gateways/agent/renew.h"
#include "gateways/est.h"
#include "gateways/gateways_api.h"
#include "gateways/proto/beat.h"
#include "gateways/proto/bundle.h"
#include "gateways/proto/verdict.h"
#include "gateways/proto/wire.h"
#include "gateways/proto/witness.h"
#include "server/edge.h"
#include "tests/support/test_keeper.h"
#include "vault/keeper.h"

enum { BULK = 64 * 1024 * 1024, STREAMS = 64, SLOW = 20, WAIT_MS = 60000 };
enum { BIG = 16 * 1024 * 1024, BROWSERS = 4, VISITS = 100 };
#define TOKEN	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaA"
#define SECOND_US INT64_C(1000000)

static struct {
	struct ctx ctx;
	struct loop *loop;
	struct chan *edge, *web;
	pid_t edge_pid, gateway_pid;
	uint16_t port, echo_port, closed_port;
	struct keeper_public keys;
	struct block signer;
	char dir[64], pin[65];
	struct uuid tenant, gateway_id, target_id, closed_id, serial, boot_id;
	uint32_t verdict;
	bool serve_big;
	uint8_t big[32];
	atomic_uint browsers;
	unsigned certificates, attached, detached, beats, reachable, unreachable, wanted;
	unsigned open; /* connections that were let in and have not left */
	uint64_t beat_policy;
	uint32_t last_id, dialled_id;
	bool dialled_ok;
	char dialled_reason[64];
	uint64_t policy_version;
	struct block large;	/* body of the announced policy; none: a small policy */
	const struct buf *sent; /* what is sent as that body */
	bool hold;		/* no verdict yet: only the ids are noted */
	uint32_t held[8], held_count;
	bool chained, locked;
	uint8_t chain[GATEWAY_CHAIN]; /* given last */
} t;

/* ---- authority ---- */

static enum err on_certificate(void *arg, struct chan *chan, struct chan_msg *msg,
			       const void *message)
{
	static const char names[] = "localhost\0"
				    "127.0.0.1";
	const struct msg_server_certificate *ask = message;
	struct msg_server_certificate_issued issued = {.ca = t.keys.ca_certificate};
	struct keeper_cert request = {
		.kind = ask->kind,
		.serial = uuid_random(),
		.not_before = sys_real_us() / SECOND_US - 60,
		.not_after = sys_real_us() / SECOND_US + 86400,
		.public_key = ask->public_key,
		.names = {(const uint8_t *)names, sizeof(names) - 1},
	};

	(void)arg;
	request.serial.b[0] = 0x41;
	issued.err = keeper_issue(&t.ctx, &request, &issued.certificate);
	assert_int_equal(issued.err, ERR_OK);
	t.certificates++;
	return chan_post_codec(chan, MSG_SERVER_CERTIFICATE_ISSUED, msg->id,
			       &msg_server_certificate_issued_codec, &issued, NULL, 0);
}

static void signed_form(struct buf *payload, enum keeper_sign_label label)
{
	uint8_t signature[KEEPER_SIGNATURE];

	assert_false(buf_failed(payload));
	assert_int_equal(
		keeper_sign(&t.ctx, label, (struct block){payload->data, payload->len}, signature),
		ERR_OK);
	buf_put(payload, signature, sizeof(signature));
}

static struct bundle_head policy_head(int64_t issued)
{
	return (struct bundle_head){
		.version = t.policy_version,
		.tenant = t.tenant,
		.gateway_id = t.gateway_id,
		.issued = issued,
		.refresh_after = issued + BUNDLE_REFRESH_US,
		.stale_after = issued + BUNDLE_STALE_US,
		.expires = issued + BUNDLE_EXPIRES_US,
	};
}

/* The two targets of the test, and so many more behind them. */
static void policy_body(struct buf *out, uint32_t more)
{
	char echo[] = "127.0.0.1";
	struct bundle_target targets[2] = {
		{.id = t.target_id, .port = t.echo_port, .address_count = 1, .addresses = {echo}},
		{.id = t.closed_id, .port = t.closed_port, .address_count = 1, .addresses = {echo}},
	};
	struct bundle_writer writer;

	buf_init(out, BUNDLE_LARGE_MAX);
	bundle_body_begin(&writer, out);
	for (size_t i = 0; i < 2; i++)
		bundle_body_add(&writer, &targets[i]);
	for (uint32_t i = 0; i < more; i++) {
		targets[1].id =
			(struct uuid){{0xff, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};
		bundle_body_add(&writer, &targets[1]);
	}
	bundle_body_end(&writer);
	assert_false(buf_failed(out));
}

/* Small, or the announcement of t.large. */
static void push_policy(int64_t issued)
{
	const struct bundle_head head = policy_head(issued);
	struct msg_gateway_policy policy = {.gateway_id = t.gateway_id};
	struct buf bundle, body;

	buf_init(&bundle, BUNDLE_SIGNED_MAX);
	policy_body(&body, 0);
	if (t.large.len)
		bundle_put_announcement(&bundle, &head, t.large);
	else
		bundle_put_small(&bundle, &head, (struct block){body.data, body.len});
	signed_form(&bundle, KEEPER_SIGN_BUNDLE);
	policy.bundle = (struct block){bundle.data, bundle.len};
	assert_int_equal(chan_post_codec(t.edge, MSG_GATEWAY_POLICY, 0, &msg_gateway_policy_codec,
					 &policy, NULL, 0),
			 ERR_OK);
	buf_clear(&bundle);
	buf_clear(&body);
}

/* A large policy in parts: announced is the body of t.large, sent is this one. */
static void push_parts(const struct buf *body)
{
	const struct bundle_head head = policy_head(sys_real_us());
	struct msg_gateway_policy_part part = {.gateway_id = t.gateway_id};
	struct buf whole;

	buf_init(&whole, BUNDLE_LARGE_MAX);
	bundle_put_announcement(&whole, &head, t.large);
	signed_form(&whole, KEEPER_SIGN_BUNDLE);
	buf_put(&whole, body->data, body->len);
	assert_false(buf_failed(&whole));
	part.total = (uint32_t)whole.len;
	for (size_t at = 0; at < whole.len; at += part.bytes.len) {
		size_t left = whole.len - at;

		part.offset = (uint32_t)at;
		part.bytes = (struct block){whole.data + at,
					    left < MSG_POLICY_PART ? left : MSG_POLICY_PART};
		assert_int_equal(chan_post_codec(t.edge, MSG_GATEWAY_POLICY_PART, 0,
						 &msg_gateway_policy_part_codec, &part, NULL, 0),
				 ERR_OK);
	}
	buf_clear(&whole);
}

static enum err on_policy_wanted(void *arg, struct chan *chan, struct chan_msg *msg,
				 const void *message)
{
	const struct msg_gateway_policy_wanted *wanted = message;

	(void)arg;
	(void)chan;
	(void)msg;
	assert_true(uuid_equal(&wanted->gateway_id, &t.gateway_id));
	t.wanted++;
	push_parts(t.sent);
	return ERR_OK;
}

static enum err on_attach(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	const struct msg_gateway_attach *attach = message;
	bool control = attach->gateway_class == GATEWAY_CONTROL;
	struct msg_gateway_verdict verdict = {
		.verdict = t.verdict, .retry_after = 1, .beat_seconds = 1};
	enum err err;

	(void)arg;
	assert_true(uuid_equal(&attach->gateway_id, &t.gateway_id));
	assert_true(uuid_equal(&attach->serial, &t.serial));
	assert_int_equal(attach->protocol, GATEWAY_PROTOCOL);
	assert_int_equal(attach->machine.len, GATEWAY_MACHINE);
	assert_true(attach->clock > sys_real_us() - 60 * SECOND_US);
	if (t.hold) {
		assert_true(t.held_count < 8);
		t.held[t.held_count++] = msg->id;
		t.attached++;
		return ERR_OK;
	}
	if (control && t.verdict == GATEWAY_GO) {
		/* It shows what it was given last, in the run before this one, too. */
		assert_int_equal(attach->chain.len, t.chained ? GATEWAY_CHAIN : 0);
		if (t.chained)
			assert_memory_equal(attach->chain.data, t.chain, GATEWAY_CHAIN);
		sys_random(t.chain, sizeof(t.chain));
		t.chained = true;
		verdict.chain = (struct block){t.chain, sizeof(t.chain)};
	}
	err = chan_post_codec(chan, MSG_GATEWAY_VERDICT, msg->id, &msg_gateway_verdict_codec,
			      &verdict, NULL, 0);
	t.boot_id = attach->boot_id;
	if (t.verdict == GATEWAY_GO) {
		t.attached++;
		t.open++;
		if (attach->gateway_class == GATEWAY_CONTROL)
			push_policy(sys_real_us());
	}
	return err;
}

static enum err on_detached(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	(void)arg;
	(void)chan;
	(void)msg;
	(void)message;
	t.detached++;
	t.open--;
	return ERR_OK;
}

static enum err on_beat(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	const struct msg_gateway_beat *beat = message;
	struct beat_target *targets;
	struct beat_head head;
	size_t count;

	(void)arg;
	(void)chan;
	(void)msg;
	assert_int_equal(beat_get(beat->record.data, beat->record.len, &head, &targets, &count),
			 ERR_OK);
	t.beats++;
	t.beat_policy = head.policy_version;
	t.locked = head.locked;
	if (t.large.len && t.beat_policy != t.policy_version)
		push_policy(sys_real_us());
	t.reachable = t.unreachable = 0;
	for (size_t i = 0; i < count; i++) {
		t.reachable += targets[i].state == BEAT_TARGET_REACHABLE;
		t.unreachable += targets[i].state == BEAT_TARGET_UNREACHABLE;
	}
	free(targets);
	return ERR_OK;
}

/* A gateway that was handed nothing holds nothing, and says so. */
static enum err on_witness(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	const struct msg_gateway_witness *witness = message;
	struct witness_presented held;

	(void)arg;
	(void)chan;
	(void)msg;
	assert_int_equal(codec_get(&witness_presented_codec, witness->record.data,
				   witness->record.len, &held),
			 ERR_OK);
	assert_int_equal(held.size, 0);
	return ERR_OK;
}

static enum err on_dialled(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	const struct msg_dialled *dialled = message;

	(void)arg;
	(void)chan;
	t.dialled_id = msg->id;
	t.dialled_ok = dialled->ok;
	memcpy(t.dialled_reason, dialled->reason.data, dialled->reason.len);
	t.dialled_reason[dialled->reason.len] = '\0';
	return ERR_OK;
}

static const struct chan_row edge_rows[] = {
	{MSG_SERVER_CERTIFICATE, "certificate", &msg_server_certificate_codec,
	 sizeof(struct msg_server_certificate), 0, 0, on_certificate},
	{MSG_GATEWAY_ATTACH, "attach", &msg_gateway_attach_codec, sizeof(struct msg_gateway_attach),
	 0, 0, on_attach},
	{MSG_GATEWAY_DETACHED, "detached", &msg_gateway_detached_codec,
	 sizeof(struct msg_gateway_detached), 0, 0, on_detached},
	{MSG_GATEWAY_BEAT, "beat", &msg_gateway_beat_codec, sizeof(struct msg_gateway_beat), 0, 0,
	 on_beat},
	{MSG_GATEWAY_WITNESS, "witness", &msg_gateway_witness_codec,
	 sizeof(struct msg_gateway_witness), 0, 0, on_witness},
	{MSG_GATEWAY_POLICY_WANTED, "policy_wanted", &msg_gateway_policy_wanted_codec,
	 sizeof(struct msg_gateway_policy_wanted), 0, 0, on_policy_wanted},
	{MSG_DIALLED, "dialled", &msg_dialled_codec, sizeof(struct msg_dialled), 0, 0, on_dialled},
};

static enum err on_edge(void *arg, struct chan *chan, struct chan_msg *msg)
{
	return chan_dispatch(edge_rows, sizeof(edge_rows) / sizeof(edge_rows[0]), arg, chan, msg);
}

static void on_gone(void *arg, struct chan *chan)
{
	(void)arg;
	(void)chan;
	fail_msg("edge is gone");
}

/* ---- web: just enough HTTP for EST ---- */

static void answer(int fd, int status, const char *type, const struct buf *body)
{
	char head[256];
	int len = snprintf(head, sizeof(head),
			   "HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
			   status, type, body->len);

	assert_int_equal(write(fd, head, (size_t)len), len);
	assert_int_equal(sys_write_full(fd, body->data, body->len), 0);
}

static void answer_certs(int fd, const struct block *list, size_t count)
{
	struct buf body;

	buf_init(&body, 65536);
	assert_int_equal(est_certs_only(&t.ctx, list, count, &body), ERR_OK);
	answer(fd, 200, "application/pkcs7-mime", &body);
	buf_clear(&body);
}

static void enrol_answer(int fd, const char *head, const char *body, size_t len,
			 struct block exporter)
{
	struct value values[FIELDS_MAX] = {{0}};
	uint8_t point[ENROL_POINT_SIZE];
	char authorization[256] = "";
	struct buf nothing = {0};
	struct keeper_cert request = {
		.kind = KEEPER_CERT_GATEWAY,
		.subject = t.gateway_id,
		.serial = t.serial,
		.not_before = sys_real_us() / SECOND_US - 60,
		.not_after = sys_real_us() / SECOND_US + 86400,
		.public_key = {point, sizeof(point)},
	};
	const char *at = strstr(head, "Authorization: ");
	struct block der;

	assert_non_null(at);
	assert_int_equal(sscanf(at, "Authorization: %255[^\r]", authorization), 1);
	const struct est_request est = {.authorization = authorization,
					.content_type = "application/pkcs10",
					.body = {(const uint8_t *)body, len},
					.tls_exporter = exporter};

	assert_int_equal(est_read_enrol(&t.ctx, &est, values), ERR_OK);
	assert_int_equal(values[ENROL_BOUND].number, 1);
	if (strcmp(values[ENROL_TOKEN].text, TOKEN) != 0) {
		answer(fd, 401, "text/plain", &nothing);
		return;
	}
	assert_int_equal(base64url_decode(values[ENROL_POINT].text,
					  strlen(values[ENROL_POINT].text), point, sizeof(point)),
			 sizeof(point));
	assert_int_equal(keeper_issue(&t.ctx, &request, &der), ERR_OK);
	answer_certs(fd, &der, 1);
}

static void serve_http(int fd, struct block exporter)
{
	struct buf in;
	const char *gap = NULL, *length;
	size_t body = 0;

	buf_init(&in, 65536);
	(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	while (!gap || in.len < (size_t)(gap - (const char *)in.data) + 4 + body) {
		uint8_t *room = buf_reserve(&in, 4096);
		ssize_t n = read(fd, room, 4096);

		if (n <= 0)
			break;
		buf_commit(&in, (size_t)n);
		gap = strstr(buf_text(&in), "\r\n\r\n");
		length = strstr(buf_text(&in), "Content-Length: ");
		body = gap && length ? strtoul(length + 16, NULL, 10) : 0;
	}
	if (gap && strncmp(buf_text(&in), "GET /.well-known/est/cacerts ", 29) == 0)
		answer_certs(fd, (struct block[]){t.keys.ca_certificate, t.signer}, 2);
	else if (gap)
		enrol_answer(fd, buf_text(&in), gap + 4, body, exporter);
	buf_clear(&in);
}

struct transfer {
	int fd;
	size_t size;
	uint8_t sent[32], got[32];
	size_t received;
};

static void *send_bulk(void *arg)
{
	struct transfer *transfer = arg;
	crypto_hash_sha256_state hash;
	uint8_t data[65536];

	crypto_hash_sha256_init(&hash);
	for (size_t left = transfer->size; left;) {
		size_t n = left < sizeof(data) ? left : sizeof(data);

		randombytes_buf(data, n);
		crypto_hash_sha256_update(&hash, data, n);
		if (sys_write_full(transfer->fd, data, n) != 0)
			return NULL;
		left -= n;
	}
	crypto_hash_sha256_final(&hash, transfer->sent);
	(void)shutdown(transfer->fd, SHUT_WR);
	return NULL;
}

/* A body larger than every buffer on the way, from a thread of its own as web would. */
static void *serve_big(void *arg)
{
	struct transfer transfer = {.fd = (int)(intptr_t)arg, .size = BIG};
	char request[512], head[] = "HTTP/1.1 200 X\r\n\r\n";

	(void)fcntl(transfer.fd, F_SETFL, fcntl(transfer.fd, F_GETFL) & ~O_NONBLOCK);
	if (read(transfer.fd, request, sizeof(request)) > 0 &&
	    sys_write_full(transfer.fd, head, sizeof(head) - 1) == 0)
		send_bulk(&transfer);
	memcpy(t.big, transfer.sent, 32);
	atomic_fetch_add(&t.browsers, 1);
	close(transfer.fd);
	return NULL;
}

static enum err on_connection(void *arg, struct chan *chan, struct chan_msg *msg,
			      const void *message)
{
	const struct msg_connection *connection = message;
	int fd = chan_take_fd(msg, 0);

	(void)arg;
	(void)chan;
	assert_int_equal(connection->peer.len, 9);
	assert_memory_equal(connection->peer.data, "127.0.0.1", 9);
	if (t.serve_big) {
		pthread_t thread;

		assert_int_equal(pthread_create(&thread, NULL, serve_big, (void *)(intptr_t)fd), 0);
		pthread_detach(thread);
		return ERR_OK;
	}
	serve_http(fd, connection->tls_exporter);
	close(fd);
	return ERR_OK;
}

static const struct chan_row web_rows[] = {
	{MSG_CONNECTION, "connection", &msg_connection_codec, sizeof(struct msg_connection), 1, 1,
	 on_connection},
};

static enum err on_web(void *arg, struct chan *chan, struct chan_msg *msg)
{
	return chan_dispatch(web_rows, 1, arg, chan, msg);
}

/* ---- the target: an echo server ---- */

static void *echo_one(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char data[65536];
	ssize_t n;

	while ((n = recv(fd, data, sizeof(data), 0)) > 0) {
		for (ssize_t at = 0, sent; at < n; at += sent) {
			sent = send(fd, data + at, (size_t)(n - at), MSG_NOSIGNAL);
			if (sent <= 0) {
				close(fd);
				return NULL;
			}
		}
	}
	close(fd);
	return NULL;
}

static void *echo_server(void *arg)
{
	int listen_fd = (int)(intptr_t)arg, fd;
	pthread_t thread;

	while ((fd = accept(listen_fd, NULL, NULL)) >= 0) {
		if (pthread_create(&thread, NULL, echo_one, (void *)(intptr_t)fd) == 0)
			pthread_detach(thread);
	}
	return NULL;
}

static int bind_local(uint16_t *out_port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	*out_port = ntohs(address.sin_port);
	return fd;
}

static int listen_local(uint16_t *out_port)
{
	int fd = bind_local(out_port);

	assert_int_equal(listen(fd, 128), 0);
	return fd;
}

/* ---- helpers ---- */

#define WAIT_FOR(condition)                                              \
	do {                                                             \
		int64_t end_ = sys_mono_us() + WAIT_MS * INT64_C(1000);  \
		while (!(condition) && sys_mono_us() < end_)             \
			assert_int_equal(loop_once(t.loop, 50), ERR_OK); \
		assert_true(condition);                                  \
	} while (0)

static pid_t spawn(const char *const *argv, int input)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (input >= 0)
			(void)dup2(input, STDIN_FILENO);
		(void)execv(SEKISHO_BINARY_DIR "/bin/sekisho-gateway",
			    (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	return pid;
}

static int wait_exit(pid_t pid)
{
	int status = 0;
	pid_t done = 0;

	WAIT_FOR(done == pid || (done = waitpid(pid, &status, WNOHANG)) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int enrol(const char *token, const char *pin)
{
	char server[32];
	const char *argv[] = {"sekisho-gateway", "enrol", "--server", server, "--token-stdin",
			      "--ca-sha256",	 pin,	  "--state",  t.dir,  NULL};
	int pipe_fds[2];
	pid_t pid;

	(void)snprintf(server, sizeof(server), "localhost:%u", t.port);
	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
	assert_int_equal(write(pipe_fds[1], token, strlen(token)), (ssize_t)strlen(token));
	close(pipe_fds[1]);
	pid = spawn(argv, pipe_fds[0]);
	close(pipe_fds[0]);
	return wait_exit(pid);
}

static void gateway_spawn(void)
{
	const char *argv[] = {
		"sekisho-gateway", "run",	  "--state", t.dir, "--first-delay-ms", "10",
		"--allow",	   "127.0.0.0/8", NULL};

	t.gateway_pid = spawn(argv, -1);
}

static void gateway_start(void)
{
	unsigned before = t.attached;

	gateway_spawn();
	WAIT_FOR(t.attached >= before + 2);
}

static struct grant make_grant(void)
{
	int64_t now = sys_real_us();

	return (struct grant){
		.tenant = t.tenant,
		.gateway_id = t.gateway_id,
		.boot_id = t.boot_id,
		.target_id = t.target_id,
		.session_id = uuid_random(),
		.user_id = uuid_random(),
		.nonce = uuid_random(),
		.port = t.echo_port,
		.protocol = {(const uint8_t *)GRANT_PROTOCOL, sizeof(GRANT_PROTOCOL) - 1},
		.policy_version = t.policy_version,
		.issued = now,
		.expires = now + GRANT_LIFE_US,
	};
}

/* Asks edge to dial; returns our end of the stream, answer not awaited. */
static int dial_start(const struct grant *grant, bool forge, uint32_t *out_id)
{
	char authority[80], id[UUID_TEXT_SIZE];
	struct msg_dial dial = {.gateway_id = t.gateway_id, .session_id = grant->session_id};
	struct buf bytes;
	int pair[2];

	uuid_format(&grant->target_id, id);
	dial.authority.len =
		(size_t)snprintf(authority, sizeof(authority), "%s.target:%u", id, grant->port);
	dial.authority.data = (const uint8_t *)authority;
	buf_init(&bytes, GRANT_SIGNED_MAX);
	grant_put(&bytes, grant);
	signed_form(&bytes, KEEPER_SIGN_GRANT);
	bytes.data[bytes.len - 1] ^= forge;
	dial.grant = (struct block){bytes.data, bytes.len};
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	*out_id = ++t.last_id;
	assert_int_equal(
		chan_post_codec(t.edge, MSG_DIAL, *out_id, &msg_dial_codec, &dial, &pair[1], 1),
		ERR_OK);
	close(pair[1]);
	buf_clear(&bytes);
	return pair[0];
}

static int dial(const struct grant *grant, bool forge)
{
	uint32_t id;
	int fd = dial_start(grant, forge, &id);

	WAIT_FOR(t.dialled_id == id);
	return fd;
}

static void assert_refused(const struct grant *grant, bool forge, const char *reason)
{
	int fd = dial(grant, forge);

	assert_false(t.dialled_ok);
	assert_string_equal(t.dialled_reason, reason);
	close(fd);
}

static bool dial_says(const char *reason)
{
	struct grant grant = make_grant();
	int fd = dial(&grant, false);

	close(fd);
	return !t.dialled_ok && strcmp(t.dialled_reason, reason) == 0;
}

/* GW-08: two thirds, a twentieth of the life earlier or later; what is past is due now. */
static void gw_08_renewal_is_due_at_two_thirds(void **state)
{
	const int64_t hour = 3600 * SECOND_US, begins = 1000 * hour;
	const int64_t issued = begins + 300 * SECOND_US, expires = issued + 168 * hour;
	const int64_t earliest = renew_delay_us(begins, expires, issued, 0);
	const int64_t latest = renew_delay_us(begins, expires, issued, 999);

	(void)state;
	assert_in_range(earliest, 103 * hour, 104 * hour);
	assert_in_range(latest, 120 * hour, 121 * hour);
	assert_int_equal(renew_delay_us(begins, expires, expires + hour, 500), 0);
}

static void *receive_bulk(void *arg)
{
	struct transfer *transfer = arg;
	crypto_hash_sha256_state hash;
	uint8_t data[65536];
	ssize_t n;

	crypto_hash_sha256_init(&hash);
	while ((n = read(transfer->fd, data, sizeof(data))) > 0) {
		crypto_hash_sha256_update(&hash, data, (size_t)n);
		transfer->received += (size_t)n;
	}
	crypto_hash_sha256_final(&hash, transfer->got);
	return NULL;
}

/* Sends, half-closes, reads until the end: the same bytes, all of them. */
static void assert_echo(int fd, size_t size)
{
	struct transfer transfer = {.fd = fd, .size = size};
	pthread_t sender, receiver;

	assert_int_equal(pthread_create(&sender, NULL, send_bulk, &transfer), 0);
	assert_int_equal(pthread_create(&receiver, NULL, receive_bulk, &transfer), 0);
	pthread_join(sender, NULL);
	pthread_join(receiver, NULL);
	assert_int_equal(transfer.received, size);
	assert_memory_equal(transfer.sent, transfer.got, 32);
	close(fd);
}

/* ---- tests, in this order ---- */

static void enrolment_with_a_wrong_pin_sends_no_token(void **state)
{
	char pin[65];

	(void)state;
	memcpy(pin, t.pin, sizeof(pin));
	pin[0] = pin[0] == '0' ? '1' : '0';
	assert_int_equal(enrol(TOKEN, pin), 1);
}

static void enrolment_with_a_wrong_token_is_refused(void **state)
{
	(void)state;
	assert_int_equal(enrol("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbA", t.pin), 1);
}

static void enrolment_leaves_a_gateway_that_attaches_and_beats(void **state)
{
	(void)state;
	assert_int_equal(enrol(TOKEN, t.pin), 0);
	gateway_start();
	WAIT_FOR(t.reachable == 1 && t.unreachable == 1);
	assert_int_equal(t.beat_policy, t.policy_version);
}

static void bytes_are_exact_both_ways_and_half_close_works(void **state)
{
	struct grant grant = make_grant();
	int64_t start;
	int fd;

	(void)state;
	fd = dial(&grant, false);
	assert_true(t.dialled_ok);
	start = sys_mono_us();
	assert_echo(fd, BULK);
	print_message("64 MiB echoed in %lld ms\n", (long long)(sys_mono_us() - start) / 1000);
}

static void grants_that_do_not_fit_are_refused(void **state)
{
	struct grant grant = make_grant();
	int fd = dial(&grant, false);

	(void)state;
	assert_true(t.dialled_ok);
	close(fd);
	assert_refused(&grant, false, "grant.replayed");
	grant = make_grant();
	assert_refused(&grant, true, "grant.signature");
	grant.issued -= 2 * GRANT_LIFE_US;
	grant.expires -= 2 * GRANT_LIFE_US;
	assert_refused(&grant, false, "grant.expired");
	grant = make_grant();
	grant.expires += GRANT_LIFE_US;
	assert_refused(&grant, false, "grant.expired");
	grant = make_grant();
	grant.gateway_id = uuid_random();
	assert_refused(&grant, false, "grant.foreign");
	grant = make_grant();
	grant.tenant = uuid_random();
	assert_refused(&grant, false, "grant.foreign");
	grant = make_grant();
	grant.target_id = uuid_random();
	assert_refused(&grant, false, "target.unknown");
	grant = make_grant();
	grant.port++;
	assert_refused(&grant, false, "target.unknown");
	grant = make_grant();
	grant.policy_version++;
	assert_refused(&grant, false, "policy.behind");
}

static void closed_target_is_told_apart(void **state)
{
	struct grant grant = make_grant();

	(void)state;
	grant.target_id = t.closed_id;
	grant.port = t.closed_port;
	assert_refused(&grant, false, "target.refused");
}

/* Nothing but what was ordered ends a stream of a gateway that lives. */
static void assert_ends(int fd)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	char byte;

	assert_int_equal(poll(&wait, 1, WAIT_MS), 1);
	assert_int_equal(read(fd, &byte, 1), 0);
	close(fd);
}

/* Writes until nothing moves for a second; returns the bytes that went. */
static size_t stuff(const int *fds, size_t count)
{
	uint8_t data[65536] = {0};
	size_t total = 0;

	for (int idle = 0; idle < 20; idle++) {
		for (size_t i = 0; i < count; i++) {
			ssize_t n = send(fds[i], data, sizeof(data), MSG_DONTWAIT | MSG_NOSIGNAL);

			total += n > 0 ? (size_t)n : 0;
			idle = n > 0 ? -1 : idle;
		}
		if (idle >= 0)
			(void)poll(NULL, 0, 50);
	}
	return total;
}

/* More of them than windows of one connection would fit, were it to count what they hold. */
static void slow_readers_hold_back_nobody_else(void **state)
{
	int slow[SLOW], fds[STREAMS];
	struct grant grant;

	(void)state;
	/* The echo of these is never read: what fits in windows and buffers, then it stops. */
	for (size_t i = 0; i < SLOW; i++) {
		grant = make_grant();
		slow[i] = dial(&grant, false);
		assert_true(t.dialled_ok);
	}
	assert_true(stuff(slow, SLOW) < SLOW * (size_t)64 * 1024 * 1024);
	for (size_t i = 0; i < STREAMS; i++) {
		grant = make_grant();
		fds[i] = dial(&grant, false);
		assert_true(t.dialled_ok);
	}
	for (size_t i = 0; i < STREAMS; i++)
		assert_echo(fds[i], 256 * 1024);
	for (size_t i = 0; i < SLOW; i++)
		close(slow[i]);
}

static void revoked_gateway_is_cut_at_once(void **state)
{
	struct msg_gateway_close cut = {.gateway_id = t.gateway_id};
	struct grant grant = make_grant();
	unsigned before = t.detached, attached = t.attached;
	int fd = dial(&grant, false);

	(void)state;
	assert_true(t.dialled_ok);
	assert_int_equal(chan_post_codec(t.edge, MSG_GATEWAY_CLOSE, 0, &msg_gateway_close_codec,
					 &cut, NULL, 0),
			 ERR_OK);
	WAIT_FOR(t.detached == before + 2);
	assert_ends(fd);
	/* It was not told to stop, so it comes back by itself. */
	WAIT_FOR(t.attached >= attached + 2);
}

static void killed_gateway_comes_back_after_restart(void **state)
{
	struct grant grant;
	unsigned before = t.detached;
	int fd;

	(void)state;
	assert_int_equal(kill(t.gateway_pid, SIGKILL), 0);
	assert_int_equal(waitpid(t.gateway_pid, NULL, 0), t.gateway_pid);
	WAIT_FOR(t.detached == before + 2);
	grant = make_grant();
	assert_refused(&grant, false, "gateway.offline");
	t.beats = 0;
	gateway_start();
	WAIT_FOR(t.beats > 0 && t.beat_policy == t.policy_version);
	grant = make_grant();
	fd = dial(&grant, false);
	assert_true(t.dialled_ok);
	assert_echo(fd, 1024 * 1024);
}

/* The new run does not know what the one before honoured: the signed run id does. */
static void grant_used_before_a_restart_is_refused_after_it(void **state)
{
	struct grant grant = make_grant();
	unsigned before = t.detached;
	int fd = dial(&grant, false);

	(void)state;
	assert_true(t.dialled_ok);
	close(fd);
	assert_int_equal(kill(t.gateway_pid, SIGKILL), 0);
	assert_int_equal(waitpid(t.gateway_pid, NULL, 0), t.gateway_pid);
	WAIT_FOR(t.detached == before + 2);
	t.beats = 0;
	gateway_start();
	WAIT_FOR(t.beats > 0 && t.beat_policy == t.policy_version);
	assert_refused(&grant, false, "grant.replayed");
}

static void pass_time(int64_t us)
{
	int64_t end = sys_mono_us() + us;

	while (sys_mono_us() < end)
		assert_int_equal(loop_once(t.loop, 50), ERR_OK);
}

static void send_verdict(uint32_t id, uint32_t verdict)
{
	struct msg_gateway_verdict message = {.verdict = verdict, .beat_seconds = 1};

	t.open += verdict == GATEWAY_GO;
	assert_int_equal(chan_post_codec(t.edge, MSG_GATEWAY_VERDICT, id,
					 &msg_gateway_verdict_codec, &message, NULL, 0),
			 ERR_OK);
}

/* One more arrives at authority, and is gone before it is answered: the question's id. */
static uint32_t leave_while_judged(void)
{
	uint32_t before = t.held_count;

	t.hold = true;
	gateway_spawn();
	WAIT_FOR(t.held_count > before);
	assert_int_equal(kill(t.gateway_pid, SIGKILL), 0);
	assert_int_equal(waitpid(t.gateway_pid, NULL, 0), t.gateway_pid);
	pass_time(SECOND_US / 2);
	return t.held[before];
}

/* Else whoever holds a revoked certificate would count the real gateway's connections down. */
static void who_leaves_while_judged_counts_only_after_go(void **state)
{
	unsigned before = t.detached;

	(void)state;
	assert_int_equal(kill(t.gateway_pid, SIGKILL), 0);
	assert_int_equal(waitpid(t.gateway_pid, NULL, 0), t.gateway_pid);
	WAIT_FOR(t.detached == before + 2);
	send_verdict(leave_while_judged(), GATEWAY_REVOKED);
	pass_time(SECOND_US / 5);
	assert_int_equal(t.detached, before + 2);
	send_verdict(leave_while_judged(), GATEWAY_GO);
	WAIT_FOR(t.detached == before + 3);
	t.hold = false;
	t.beats = 0;
	gateway_start();
	WAIT_FOR(t.beats > 0 && t.beat_policy == t.policy_version);
}

/* Stands still when it returns: a signal alone takes its time. */
static void freeze(pid_t pid)
{
	int status = 0;

	assert_int_equal(kill(pid, SIGSTOP), 0);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
}

/* A frozen one's connections look alive: each that is replaced is taken off the count, once. */
static void replaced_connections_are_told_once(void **state)
{
	unsigned before = t.detached;
	pid_t frozen = t.gateway_pid;

	(void)state;
	freeze(frozen);
	t.beats = 0;
	gateway_start();
	WAIT_FOR(t.detached == before + 2);
	assert_int_equal(kill(frozen, SIGKILL), 0);
	assert_int_equal(waitpid(frozen, NULL, 0), frozen);
	WAIT_FOR(t.beats > 1);
	assert_int_equal(t.detached, before + 2);
}

static int gateway_command(const char *command)
{
	const char *argv[] = {"sekisho-gateway", command, "--state", t.dir, NULL};

	return wait_exit(spawn(argv, -1));
}

static void restart_gateway(void)
{
	unsigned before = t.detached;

	assert_int_equal(kill(t.gateway_pid, SIGKILL), 0);
	assert_int_equal(waitpid(t.gateway_pid, NULL, 0), t.gateway_pid);
	WAIT_FOR(t.detached == before + 2);
	t.beats = 0;
	gateway_start();
	WAIT_FOR(t.beats > 0 && t.beat_policy == t.policy_version);
}

/* GW-34 */
static void gw_34_the_customers_lock_ends_every_session_and_outlives_a_restart(void **state)
{
	struct grant grant = make_grant(), other = make_grant();
	int fd = dial(&grant, false), second = dial(&other, false);

	(void)state;
	assert_true(t.dialled_ok);
	assert_int_equal(gateway_command("lock"), 0);
	assert_ends(fd);
	assert_ends(second);
	WAIT_FOR(t.locked);
	WAIT_FOR(dial_says("gateway.locked"));
	restart_gateway();
	assert_true(t.locked);
	grant = make_grant();
	assert_refused(&grant, false, "gateway.locked");
	assert_int_equal(gateway_command("unlock"), 0);
	WAIT_FOR(!t.locked);
	grant = make_grant();
	fd = dial(&grant, false);
	assert_true(t.dialled_ok);
	assert_echo(fd, 1024);
}

/* GW-33: what waited for a gateway that did not move is dropped, and who asked is told. */
static void gw_33_a_dial_that_waits_too_long_is_dropped_and_told(void **state)
{
	struct grant grant = make_grant();
	uint32_t id;
	int fd;

	(void)state;
	grant.issued -= GRANT_LIFE_US - SECOND_US;
	grant.expires -= GRANT_LIFE_US - SECOND_US;
	freeze(t.gateway_pid);
	fd = dial_start(&grant, false, &id);
	pass_time(3 * SECOND_US / 2);
	assert_int_equal(kill(t.gateway_pid, SIGCONT), 0);
	WAIT_FOR(t.dialled_id == id);
	assert_false(t.dialled_ok);
	assert_string_equal(t.dialled_reason, "grant.expired");
	close(fd);
	/* And one that is not even answered. */
	grant = make_grant();
	freeze(t.gateway_pid);
	fd = dial_start(&grant, false, &id);
	WAIT_FOR(t.dialled_id == id);
	assert_false(t.dialled_ok);
	assert_true(strcmp(t.dialled_reason, "gateway.timeout") == 0 ||
		    strcmp(t.dialled_reason, "gateway.lost") == 0);
	close(fd);
	assert_int_equal(kill(t.gateway_pid, SIGCONT), 0);
	/* Its connections may have been given up meanwhile: then it comes again with both. */
	t.beats = 0;
	WAIT_FOR(t.beats > 1 && t.open == 2);
	restart_gateway();
}

static void stopped_gateway_ends_in_order(void **state)
{
	(void)state;
	assert_int_equal(kill(t.gateway_pid, SIGTERM), 0);
	assert_int_equal(wait_exit(t.gateway_pid), 0);
	gateway_start();
}

static void policy_never_goes_back(void **state)
{
	uint64_t kept = t.policy_version;
	unsigned beats;

	(void)state;
	t.policy_version = kept - 1;
	push_policy(sys_real_us());
	t.policy_version = kept + 1;
	push_policy(sys_real_us() - 3600 * SECOND_US);
	t.policy_version = kept;
	beats = t.beats;
	WAIT_FOR(t.beats > beats + 1);
	assert_int_equal(t.beat_policy, kept);
}

static void assert_dials(void)
{
	struct grant grant = make_grant();
	int fd = dial(&grant, false);

	assert_true(t.dialled_ok);
	close(fd);
}

/* Announced first; the body goes only to a gateway that does not hold it, also after a restart. */
static void large_policy_travels_once(void **state)
{
	struct buf body, other;

	(void)state;
	policy_body(&body, 50000);
	policy_body(&other, 50000);
	other.data[other.len - 1] ^= 1;
	t.large = (struct block){body.data, body.len};
	t.sent = &other; /* not what was announced */
	t.policy_version++;
	WAIT_FOR(t.wanted == 3);
	assert_int_equal(t.beat_policy, t.policy_version - 1);
	t.sent = &body;
	WAIT_FOR(t.beat_policy == t.policy_version);
	assert_dials();
	t.wanted = 0;
	t.policy_version++;
	WAIT_FOR(t.beat_policy == t.policy_version);
	stopped_gateway_ends_in_order(NULL);
	t.beats = 0;
	WAIT_FOR(t.beats > 0 && t.beat_policy == t.policy_version);
	assert_dials();
	assert_int_equal(t.wanted, 0);
	t.large = (struct block){0};
	t.policy_version++;
	push_policy(sys_real_us());
	WAIT_FOR(t.beat_policy == t.policy_version);
	buf_clear(&body);
	buf_clear(&other);
}

static SSL *tls_connect(const char *alpn, int max_version, const char *suites)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				      .sin_port = htons(t.port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	unsigned char list[32];
	SSL *ssl;

	list[0] = (unsigned char)strlen(alpn);
	memcpy(list + 1, alpn, strlen(alpn));
	assert_int_equal(SSL_CTX_set_alpn_protos(tls, list, list[0] + 1U), 0);
	assert_int_equal(SSL_CTX_set_max_proto_version(tls, max_version), 1);
	if (suites)
		assert_int_equal(SSL_CTX_set_cipher_list(tls, suites), 1);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ssl = SSL_new(tls);
	SSL_CTX_free(tls);
	assert_int_equal(SSL_set_fd(ssl, fd), 1);
	if (SSL_connect(ssl) != 1) {
		SSL_free(ssl);
		close(fd);
		return NULL;
	}
	return ssl;
}

static void tls_drop(SSL *ssl)
{
	int fd = SSL_get_fd(ssl);

	SSL_free(ssl);
	close(fd);
}

static bool handshake_works(const char *suites)
{
	SSL *ssl = tls_connect("http/1.1", TLS1_2_VERSION, suites);

	if (ssl)
		tls_drop(ssl);
	return ssl != NULL;
}

static void tls_offers_what_it_should_and_nothing_else(void **state)
{
	static const struct {
		const char *suites;
		bool accepted;
	} cases[] = {
		{"ECDHE-ECDSA-AES128-GCM-SHA256", true},  {"ECDHE-ECDSA-AES256-GCM-SHA384", true},
		{"ECDHE-RSA-AES128-GCM-SHA256", true},	  {"ECDHE-RSA-AES256-GCM-SHA384", true},
		{"ECDHE-RSA-AES256-SHA384", false},	  {"AES128-GCM-SHA256", false},
		{"ECDHE-ECDSA-CHACHA20-POLY1305", false}, {"DHE-RSA-AES128-GCM-SHA256", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(handshake_works(cases[i].suites), cases[i].accepted);
	assert_null(tls_connect("http/1.1", TLS1_1_VERSION, "ALL:@SECLEVEL=0"));
	assert_null(tls_connect("h2", TLS1_3_VERSION, NULL));
}

/* New connections, one after the other: what a confined process does only under churn. */
static void *browse(void *arg)
{
	static const char request[] = "GET /.well-known/est/cacerts HTTP/1.1\r\nHost: a\r\n\r\n";
	unsigned *good = arg;

	for (int i = 0; i < VISITS; i++) {
		SSL *ssl = tls_connect("http/1.1", TLS1_3_VERSION, NULL);
		char answer_text[8192];

		if (!ssl)
			break;
		if (SSL_write(ssl, request, sizeof(request) - 1) > 0 &&
		    SSL_read(ssl, answer_text, sizeof(answer_text)) > 12)
			*good += strncmp(answer_text, "HTTP/1.1 200", 12) == 0;
		while (SSL_read(ssl, answer_text, sizeof(answer_text)) > 0)
			;
		tls_drop(ssl);
	}
	atomic_fetch_add(&t.browsers, 1);
	return NULL;
}

static void many_short_browser_connections_are_served(void **state)
{
	unsigned good[BROWSERS] = {0};
	pthread_t threads[BROWSERS];

	(void)state;
	for (size_t i = 0; i < BROWSERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, browse, &good[i]), 0);
	WAIT_FOR(atomic_load(&t.browsers) == BROWSERS);
	for (size_t i = 0; i < BROWSERS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(good[i], VISITS);
	}
}

static void *download(void *arg)
{
	static const char request[] = "GET /big HTTP/1.1\r\nHost: a\r\n\r\n";
	crypto_hash_sha256_state hash;
	uint8_t data[65536], *got = arg;
	SSL *ssl = tls_connect("http/1.1", TLS1_3_VERSION, NULL);
	size_t skip = 18, total = 0;
	int n;

	crypto_hash_sha256_init(&hash);
	if (SSL_write(ssl, request, sizeof(request) - 1) <= 0)
		return NULL;
	while ((n = SSL_read(ssl, data, sizeof(data))) > 0) {
		size_t drop = skip < (size_t)n ? skip : (size_t)n;

		skip -= drop;
		total += (size_t)n - drop;
		crypto_hash_sha256_update(&hash, data + drop, (size_t)n - drop);
		if (total % 7 == 0)
			(void)poll(NULL, 0, 1); /* a client that is slower than the server */
	}
	crypto_hash_sha256_final(&hash, got);
	/* The end came as a proper end, behind the last byte. */
	assert_int_equal(SSL_get_error(ssl, n), SSL_ERROR_ZERO_RETURN);
	assert_int_equal(total, BIG);
	tls_drop(ssl);
	atomic_fetch_add(&t.browsers, 1);
	return NULL;
}

static void large_answer_reaches_a_slow_browser_whole(void **state)
{
	unsigned before = atomic_load(&t.browsers);
	pthread_t thread;
	uint8_t got[32];

	(void)state;
	t.serve_big = true;
	assert_int_equal(pthread_create(&thread, NULL, download, got), 0);
	WAIT_FOR(atomic_load(&t.browsers) == before + 2);
	pthread_join(thread, NULL);
	t.serve_big = false;
	assert_memory_equal(got, t.big, 32);
}

static void gateway_protocol_without_certificate_is_refused(void **state)
{
	unsigned attached = t.attached;
	SSL *ssl = tls_connect(GATEWAY_ALPN, TLS1_3_VERSION, NULL);
	char byte;

	(void)state;
	/* TLS 1.3 tells the client only after its own handshake is done. */
	if (ssl) {
		assert_true(SSL_read(ssl, &byte, 1) <= 0);
		tls_drop(ssl);
	}
	assert_null(tls_connect(GATEWAY_ALPN, TLS1_2_VERSION, NULL));
	assert_int_equal(t.attached, attached);
}

static void revoked_verdict_ends_the_gateway(void **state)
{
	struct msg_gateway_close cut = {.gateway_id = t.gateway_id};

	(void)state;
	t.verdict = GATEWAY_REVOKED;
	assert_int_equal(chan_post_codec(t.edge, MSG_GATEWAY_CLOSE, 0, &msg_gateway_close_codec,
					 &cut, NULL, 0),
			 ERR_OK);
	assert_int_equal(wait_exit(t.gateway_pid), 3);
	t.gateway_pid = 0;
}

static void edge_confine(void *arg)
{
	struct sandbox_report report = {0};

	(void)arg;
	if (sandbox_drop_identity(0, 0) || sandbox_landlock(edge_sandbox(), &report))
		_exit(3);
}

static void edge_lock(void *arg)
{
	struct sandbox_report report = {0};

	(void)arg;
	if (sandbox_seccomp(edge_sandbox(), &report) || sandbox_self_test(edge_sandbox()))
		_exit(4);
}

static void edge_child(int authority, int web, int listen_fd)
{
	const struct edge_start start = {
		.authority_fd = authority,
		.web_fd = web,
		.listen_fd = listen_fd,
		.confine = edge_confine,
		.lock = edge_lock,
	};

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	log_setup("edge", LOG_LEVEL_INFO);
	_exit(edge_run(&start) == ERR_OK ? 0 : 1);
}

static void start_edge(void)
{
	int authority[2], web[2], listen_fd = listen_local(&t.port);

	assert_int_equal(chan_pair(authority), ERR_OK);
	assert_int_equal(chan_pair(web), ERR_OK);
	(void)fcntl(listen_fd, F_SETFL, O_NONBLOCK);
	t.edge_pid = fork();
	if (t.edge_pid == 0) {
		close(authority[0]);
		close(web[0]);
		edge_child(authority[1], web[1], listen_fd);
	}
	close(authority[1]);
	close(web[1]);
	close(listen_fd);
	t.edge = chan_new(t.loop, authority[0], 64, on_edge, on_gone, NULL);
	t.web = chan_new(t.loop, web[0], 64, on_web, on_gone, NULL);
	assert_true(t.edge && t.web);
}

static void learn_keys(void)
{
	const struct keeper_cert signer = {
		.kind = KEEPER_CERT_SIGNER,
		.serial = {.b = {0x40, 1}},
		.not_before = sys_real_us() / SECOND_US - 60,
		.not_after = sys_real_us() / SECOND_US + 86400,
	};
	uint8_t hash[32];

	assert_int_equal(keeper_public(&t.ctx, &t.keys), ERR_OK);
	assert_int_equal(keeper_issue(&t.ctx, &signer, &t.signer), ERR_OK);
	crypto_hash_sha256(hash, t.keys.ca_certificate.data, t.keys.ca_certificate.len);
	hex_encode(hash, sizeof(hash), t.pin);
}

static int start(void **state)
{
	pthread_t echo;
	int fd;

	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	ctx_init(&t.ctx, arena_new(64 * 1024 * 1024));
	test_keeper_start(&t.ctx);
	learn_keys();
	t.loop = loop_new();
	t.verdict = GATEWAY_GO;
	t.policy_version = 10;
	t.tenant = uuid_random();
	t.gateway_id = uuid_random();
	t.target_id = uuid_v7();
	t.closed_id = uuid_v7();
	if (memcmp(t.target_id.b, t.closed_id.b, UUID_SIZE) > 0) {
		struct uuid swap = t.target_id;

		t.target_id = t.closed_id;
		t.closed_id = swap;
	}
	t.serial = uuid_random();
	t.serial.b[0] = 0x42;
	(void)snprintf(t.dir, sizeof(t.dir), "/tmp/sekisho-gw.XXXXXX");
	assert_non_null(mkdtemp(t.dir));
	start_edge();
	(void)bind_local(&t.closed_port); /* kept: bound by us, nobody can listen there */
	fd = listen_local(&t.echo_port);
	assert_int_equal(pthread_create(&echo, NULL, echo_server, (void *)(intptr_t)fd), 0);
	pthread_detach(echo);
	/* Both certificates are asked for and given; edge takes them into use in its own time. */
	WAIT_FOR(t.certificates == 2);
	WAIT_FOR(handshake_works("ECDHE-ECDSA-AES128-GCM-SHA256"));
	WAIT_FOR(handshake_works("ECDHE-RSA-AES128-GCM-SHA256"));
	return 0;
}

static int stop(void **state)
{
	static const char *const files[] = {"identity.pem", "ca.pem", "signer.pem",    "config",
					    "chain",	    "locked", "policy.bundle", "status"};
	char path[128];

	(void)state;
	if (t.gateway_pid > 0)
		(void)kill(t.gateway_pid, SIGKILL);
	(void)kill(t.edge_pid, SIGKILL);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", t.dir, files[i]);
		(void)unlink(path);
	}
	(void)rmdir(t.dir);
	test_keeper_stop(t.ctx.keeper);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gw_08_renewal_is_due_at_two_thirds),
		cmocka_unit_test(enrolment_with_a_wrong_pin_sends_no_token),
		cmocka_unit_test(enrolment_with_a_wrong_token_is_refused),
		cmocka_unit_test(enrolment_leaves_a_gateway_that_attaches_and_beats),
		cmocka_unit_test(bytes_are_exact_both_ways_and_half_close_works),
		cmocka_unit_test(grants_that_do_not_fit_are_refused),
		cmocka_unit_test(closed_target_is_told_apart),
		cmocka_unit_test(slow_readers_hold_back_nobody_else),
		cmocka_unit_test(revoked_gateway_is_cut_at_once),
		cmocka_unit_test(killed_gateway_comes_back_after_restart),
		cmocka_unit_test(grant_used_before_a_restart_is_refused_after_it),
		cmocka_unit_test(who_leaves_while_judged_counts_only_after_go),
		cmocka_unit_test(replaced_connections_are_told_once),
		cmocka_unit_test(
			gw_34_the_customers_lock_ends_every_session_and_outlives_a_restart),
		cmocka_unit_test(gw_33_a_dial_that_waits_too_long_is_dropped_and_told),
		cmocka_unit_test(stopped_gateway_ends_in_order),
		cmocka_unit_test(policy_never_goes_back),
		cmocka_unit_test(large_policy_travels_once),
		cmocka_unit_test(tls_offers_what_it_should_and_nothing_else),
		cmocka_unit_test(many_short_browser_connections_are_served),
		cmocka_unit_test(large_answer_reaches_a_slow_browser_whole),
		cmocka_unit_test(gateway_protocol_without_certificate_is_refused),
		cmocka_unit_test(revoked_verdict_ends_the_gateway),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
