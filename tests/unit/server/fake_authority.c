/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/server/fake_authority.h"

#include <assert.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/chan.h"
#include "base/log.h"
#include "base/sys.h"

static void copy(char *out, size_t size, struct block from)
{
	size_t len = from.len < size ? from.len : size - 1;

	if (len > 0)
		memcpy(out, from.data, len);
	out[len] = '\0';
}

static void answer(struct fake_authority *fake, uint32_t type, uint32_t id,
		   const struct codec *codec, const void *message, const int *fds, int nfds)
{
	struct buf bytes;

	buf_init(&bytes, CHAN_PAYLOAD_MAX);
	codec_put(&bytes, codec, message);
	assert(!buf_failed(&bytes));
	if (chan_send(fake->fd, type, id, bytes.data, bytes.len, fds, nfds, 60000) != ERR_OK)
		abort();
	buf_clear(&bytes);
}

static struct block text_block(const char *text)
{
	return (struct block){(const uint8_t *)text, strlen(text)};
}

static void on_authenticate(struct fake_authority *fake, struct chan_msg *msg)
{
	static const uint8_t known[32] = {0};
	struct msg_authenticate question;
	struct msg_principal principal = {
		.login = text_block("hanako"),
		.display_name = text_block("花子"),
		.language = text_block("ja"),
		.timezone = text_block("Asia/Tokyo"),
		.theme = text_block("system"),
		.permissions = fake->answers.permissions,
		.authenticated_at = fake->answers.authenticated_at,
	};

	principal.user_id.b[0] = 7;
	principal.session_id.b[0] = 8;
	assert(codec_get(&msg_authenticate_codec, msg->data, msg->len, &question) == ERR_OK);
	if (question.cookie.len != 32 || memcmp(question.cookie.data, known, 32) != 0)
		principal.err = ERR_UNAUTHENTICATED;
	if (question.credential == CREDENTIAL_TOKEN)
		principal.token_id = (struct uuid){{7}};
	fake->seen.asked++;
	answer(fake, MSG_PRINCIPAL, msg->id, &msg_principal_codec, &principal, NULL, 0);
}

static void take_secret(struct fake_seen *seen, int fd)
{
	ssize_t got = read(fd, seen->secret, sizeof(seen->secret));

	seen->secret_len = got > 0 ? (size_t)got : 0;
	close(fd);
}

static void take_socket(struct fake_seen *seen, int fd, const struct msg_execute *question)
{
	copy(seen->upgraded, sizeof(seen->upgraded), question->upgrade_extra);
	if (write(fd, "\x82\x01!", 3) != 3)
		abort();
	close(fd);
}

static void note_order(struct fake_seen *seen, const struct msg_execute *question)
{
	seen->executed++;
	copy(seen->op, sizeof(seen->op), question->op);
	copy(seen->idempotency_key, sizeof(seen->idempotency_key), question->idempotency_key);
	seen->if_match = question->if_match;
	assert(question->values.len <= sizeof(seen->values));
	memcpy(seen->values, question->values.data, question->values.len);
	seen->values_len = question->values.len;
}

static void take_fd(struct fake_authority *fake, int fd, const struct msg_execute *question)
{
	bool terminal = strstr(fake->seen.op, "terminal") != NULL;

	if (!terminal)
		take_secret(&fake->seen, fd);
	else if (fake->answers.result.err == ERR_OK)
		take_socket(&fake->seen, fd, question);
	else
		close(fd);
}

/* -1 without a body. */
static int body_pipe(const struct fake_answers *answers)
{
	size_t len = answers->body_len;
	int fds[2];

	if (answers->body == NULL)
		return -1;
	if (len == 0)
		len = strlen(answers->body);
	assert(pipe(fds) == 0);
	assert(write(fds[1], answers->body, len) == (ssize_t)len);
	close(fds[1]);
	return fds[0];
}

static void on_execute(struct fake_authority *fake, struct chan_msg *msg)
{
	struct msg_execute question;
	int fd = chan_take_fd(msg, 0), body = body_pipe(&fake->answers);

	assert(codec_get(&msg_execute_codec, msg->data, msg->len, &question) == ERR_OK);
	note_order(&fake->seen, &question);
	if (fd >= 0)
		take_fd(fake, fd, &question);
	answer(fake, MSG_RESULT, msg->id, &msg_result_codec, &fake->answers.result, &body,
	       body >= 0 ? 1 : 0);
	if (body >= 0)
		close(body);
}

static bool text_is(struct block text, const char *wanted)
{
	return text.len == strlen(wanted) && memcmp(text.data, wanted, text.len) == 0;
}

static void on_refused(struct fake_authority *fake, struct chan_msg *msg)
{
	struct fake_refusal *awaited = &fake->awaited;
	struct msg_refused message;

	assert(codec_get(&msg_refused_codec, msg->data, msg->len, &message) == ERR_OK);
	if (awaited->op == NULL || !text_is(message.op, awaited->op) ||
	    !text_is(message.reason, awaited->reason) || message.err != awaited->err)
		return;
	awaited->seen = true;
	pthread_cond_signal(&fake->refused);
}

static void hear(struct fake_authority *fake, struct chan_msg *msg)
{
	const struct fake_answers *says = &fake->answers;

	if (msg->type == MSG_REFUSED)
		on_refused(fake, msg);
	else if (says->mute || (says->mute_orders && msg->type == MSG_EXECUTE))
		fake->seen.asked++;
	else if (msg->type == MSG_AUTHENTICATE)
		on_authenticate(fake, msg);
	else if (msg->type == MSG_EXECUTE)
		on_execute(fake, msg);
}

static void *run(void *arg)
{
	struct fake_authority *fake = arg;
	struct buf scratch;
	struct chan_msg msg;

	buf_init(&scratch, CHAN_PAYLOAD_MAX + 64);
	while (chan_receive(fake->fd, &scratch, &msg, 3600 * 1000) == ERR_OK) {
		pthread_mutex_lock(&fake->lock);
		hear(fake, &msg);
		pthread_mutex_unlock(&fake->lock);
		chan_close_fds(&msg);
	}
	buf_clear(&scratch);
	return NULL;
}

struct fake_answers fake_usual(void)
{
	return (struct fake_answers){.permissions = UINT64_MAX, .authenticated_at = sys_real_us()};
}

void fake_authority_start(struct fake_authority *fake, int fd)
{
	*fake = (struct fake_authority){.fd = fd, .answers = fake_usual()};
	pthread_mutex_init(&fake->lock, NULL);
	pthread_cond_init(&fake->refused, NULL);
	assert(pthread_create(&fake->thread, NULL, run, fake) == 0);
}

void fake_authority_join(struct fake_authority *fake)
{
	pthread_join(fake->thread, NULL);
	close(fake->fd);
	pthread_cond_destroy(&fake->refused);
	pthread_mutex_destroy(&fake->lock);
}

static void *run_loop(void *arg)
{
	if (loop_run(arg) != ERR_OK)
		abort();
	return NULL;
}

void fixture_start(struct fixture *fixture, const struct op *const *ops,
		   const struct op_read *const *reads)
{
	static const char *const names[] = {"sekisho.example", "192.0.2.7", "2001:db8::7", NULL};
	int fds[2];

	*fixture = (struct fixture){
		.conf = {.public_url = "https://pam.example:8443", .server_names = names}};
	log_setup("test", LOG_LEVEL_ERROR);
	fixture->loop = loop_new();
	fixture->counts = web_counts_new(ops);
	assert(fixture->counts != NULL);
	assert(EVP_Digest(FAKE_METRICS_TOKEN, strlen(FAKE_METRICS_TOKEN), fixture->metrics_digest,
			  NULL, EVP_sha256(), NULL) == 1);
	const struct web_params params = {.conf = &fixture->conf,
					  .ops = ops,
					  .reads = reads,
					  .counts = fixture->counts,
					  .metrics_digest = fixture->metrics_digest,
					  .loop = fixture->loop};
	fixture->web = web_new(&params);
	assert(fixture->web != NULL && chan_pair(fds) == ERR_OK);
	assert(web_set_authority(fixture->web, fds[0]) == ERR_OK);
	assert(web_start(fixture->web) == ERR_OK);
	fake_authority_start(&fixture->authority, fds[1]);
	pthread_create(&fixture->loop_thread, NULL, run_loop, fixture->loop);
}

void fixture_stop(struct fixture *fixture)
{
	loop_stop(fixture->loop);
	pthread_join(fixture->loop_thread, NULL);
	web_free(fixture->web);
	web_counts_free(fixture->counts);
	fake_authority_join(&fixture->authority);
	loop_free(fixture->loop);
}

struct newcomer {
	struct fixture *fixture;
	int fd;
};

static void add_connection(void *arg)
{
	static const uint8_t exporter[32] = {1, 2, 3};
	struct newcomer *newcomer = arg;
	const struct msg_connection from = {.peer = text_block("198.51.100.9"),
					    .peer_port = 4711,
					    .tls_version = text_block("TLSv1.3"),
					    .tls_exporter = {exporter, sizeof(exporter)}};

	if (web_add_connection(newcomer->fixture->web, newcomer->fd, &from) != ERR_OK)
		abort();
	free(newcomer);
}

void fixture_say(struct fixture *fixture, const struct fake_answers *answers)
{
	pthread_mutex_lock(&fixture->authority.lock);
	fixture->authority.answers = *answers;
	pthread_mutex_unlock(&fixture->authority.lock);
}

struct fake_seen fixture_seen(struct fixture *fixture)
{
	pthread_mutex_lock(&fixture->authority.lock);
	struct fake_seen seen = fixture->authority.seen;
	pthread_mutex_unlock(&fixture->authority.lock);
	return seen;
}

void fixture_expect_refusal(struct fixture *fixture, const char *op, const char *reason,
			    enum err err)
{
	pthread_mutex_lock(&fixture->authority.lock);
	fixture->authority.awaited = (struct fake_refusal){.op = op, .reason = reason, .err = err};
	pthread_mutex_unlock(&fixture->authority.lock);
}

bool fixture_await_refusal(struct fixture *fixture)
{
	struct fake_authority *fake = &fixture->authority;
	struct timespec until;
	int rc = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 60;
	pthread_mutex_lock(&fake->lock);
	while (!fake->awaited.seen && rc == 0)
		rc = pthread_cond_timedwait(&fake->refused, &fake->lock, &until);
	bool seen = fake->awaited.seen;
	pthread_mutex_unlock(&fake->lock);
	return seen;
}

int fixture_connect(struct fixture *fixture)
{
	struct newcomer *newcomer = malloc(sizeof(*newcomer));
	int fds[2];

	assert(newcomer != NULL && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
	*newcomer = (struct newcomer){fixture, fds[0]};
	assert(loop_call(fixture->loop, add_connection, newcomer));
	return fds[1];
}

/* Head and, by its Content-Length or chunk end, body are there. */
static bool is_whole(const char *text, bool of_head)
{
	const char *end = strstr(text, "\r\n\r\n");
	const char *length = strstr(text, "Content-Length: ");

	if (end == NULL || of_head)
		return end != NULL;
	if (strstr(text, "Transfer-Encoding: chunked") != NULL)
		return strstr(end, "\r\n0\r\n\r\n") != NULL;
	if (length == NULL || length > end)
		return strncmp(text, "HTTP/1.1 204", 12) == 0 ||
		       strncmp(text, "HTTP/1.1 304", 12) == 0;
	return strlen(end + 4) >= strtoul(length + 16, NULL, 10);
}

size_t fixture_talk(int fd, const char *text, char *out, size_t size)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	bool of_head = strncmp(text, "HEAD ", 5) == 0;
	size_t len = 0;

	if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		return 0;
	out[0] = '\0';
	while (len + 1 < size && !is_whole(out, of_head) && poll(&wait, 1, 60000) == 1) {
		ssize_t got = recv(fd, out + len, size - len - 1, 0);
		if (got <= 0)
			break;
		len += (size_t)got;
		out[len] = '\0';
	}
	return len;
}

int fixture_ask(struct fixture *fixture, const char *text, char *out, size_t size)
{
	int fd = fixture_connect(fixture);
	size_t len = fixture_talk(fd, text, out, size);

	close(fd);
	return len > 12 ? (int)strtol(out + 9, NULL, 10) : 0;
}

void fixture_notify(struct fixture *fixture, const char *topic, const struct uuid *user)
{
	struct msg_notify message = {.topic = text_block(topic)};

	message.id.b[0] = 9;
	if (user != NULL)
		message.user_id = *user;
	answer(&fixture->authority, MSG_NOTIFY, 0, &msg_notify_codec, &message, NULL, 0);
}
