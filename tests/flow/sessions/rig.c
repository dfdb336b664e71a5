/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/flow/sessions/rig.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/chan.h"
#include "base/cleanup.h"
#include "base/sys.h"
#include "sessions/recording.h"
#include "vault/keeper.h"

enum { ENDS_IN_20_MS = 1500 }; /* half a minute */

static void keep_text(char *out, size_t size, struct block text)
{
	size_t len = text.len < size - 1 ? text.len : size - 1;

	if (len > 0)
		memcpy(out, text.data, len);
	out[len] = '\0';
}

static struct block text_of(const char *text)
{
	return (struct block){(const uint8_t *)text, strlen(text)};
}

static void tell(struct rig *rig, uint32_t type, uint32_t id, const struct codec *codec,
		 const void *message, const int *fds, int nfds)
{
	struct buf bytes;

	buf_init(&bytes, CHAN_PAYLOAD_MAX);
	codec_put(&bytes, codec, message);
	assert_false(buf_failed(&bytes));
	/* The broker may be gone: that is for the test to notice. */
	enum err err =
		chan_send(rig->control, type, id, bytes.data, bytes.len, fds, nfds, RIG_WAIT_MS);
	assert_true(err == ERR_OK || err == ERR_IO);
	buf_clear(&bytes);
}

static void start_broker(struct rig *rig, int control)
{
	rig->broker = fork();
	if (rig->broker == 0) {
		const struct rlimit limit = {(rlim_t)rig->plan.file_limit,
					     (rlim_t)rig->plan.file_limit};
		if (dup2(control, 3) < 0)
			_exit(126);
		(void)fcntl(3, F_SETFD, 0);
		if (rig->plan.file_limit > 0)
			(void)setrlimit(RLIMIT_FSIZE, &limit);
		execl(SEKISHO_BINARY_DIR "/bin/sekisho-broker", "sekisho-broker", "--role-fds",
		      "control=3", (char *)NULL);
		_exit(127);
	}
	assert_true(rig->broker > 0);
}

static void open_recording(struct rig *rig)
{
	if (rig->plan.recording != NULL) {
		(void)snprintf(rig->path, sizeof(rig->path), "%s", rig->plan.recording);
		rig->recording = open(rig->path, O_WRONLY | O_CLOEXEC);
	} else {
		(void)snprintf(rig->path, sizeof(rig->path), "/tmp/test_broker.XXXXXX");
		rig->recording = mkostemp(rig->path, O_CLOEXEC);
	}
	assert_true(rig->recording >= 0);
	rig->key = secret_new(32);
	sys_random(secret_data(rig->key), 32);
}

static void send_start(struct rig *rig)
{
	int64_t ends = rig->plan.ends_in_ms > 0 ? rig->plan.ends_in_ms : 3600 * 1000;
	const char *language = rig->plan.language != NULL ? rig->plan.language : "en";
	bool terminal = rig->plan.kind == BROKER_SSH_TERMINAL;
	struct msg_broker_start start = {
		.kind = rig->plan.kind,
		.session_id = uuid_random(),
		.trace = text_of("0123456789abcdef"),
		.account_name = text_of(rig->plan.account),
		.target_name = text_of("web-01"),
		.secret_kind = rig->plan.secret_kind,
		.ends_at = sys_real_us() + ends * 1000,
		.idle_seconds = rig->plan.idle_seconds,
		.banner = text_of(""),
		.language = text_of(language),
		.extra = text_of(""),
		.has_user = terminal,
		.has_recording = terminal,
	};
	int user[2] = {-1, -1}, key = -1;

	if (!terminal) {
		tell(rig, MSG_BROKER_START, 0, &msg_broker_start_codec, &start, NULL, 0);
		return;
	}
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, user),
			 0);
	open_recording(rig);
	assert_int_equal(secret_pipe(rig->key, &key), ERR_OK);
	tell(rig, MSG_BROKER_START, 0, &msg_broker_start_codec, &start,
	     (const int[]){user[1], rig->recording, key}, 3);
	close(user[1]);
	close(key);
	rig->user = user[0];
}

void rig_begin(struct rig *rig, const struct rig_plan *plan)
{
	int pair[2];

	memset(rig, 0, sizeof(*rig));
	rig->plan = *plan;
	rig->held = -1;
	rig->user = rig->recording = rig->silent[0] = rig->silent[1] = -1;
	buf_init(&rig->scratch, CHAN_PAYLOAD_MAX + 64);
	buf_init(&rig->in, 8 * 1024 * 1024);
	buf_init(&rig->output, 64 * 1024 * 1024);
	buf_init(&rig->stages, 256);
	assert_int_equal(chan_pair(pair), ERR_OK);
	start_broker(rig, pair[1]);
	close(pair[1]);
	rig->control = pair[0];
	send_start(rig);
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void rig_end(struct rig *rig)
{
	int status = 0;

	close_one(&rig->user);
	close_one(&rig->control);
	for (int i = 0; i <= ENDS_IN_20_MS && waitpid(rig->broker, &status, WNOHANG) == 0; i++) {
		if (i == ENDS_IN_20_MS) {
			kill(rig->broker, SIGKILL);
			(void)waitpid(rig->broker, &status, 0);
		}
		usleep(20 * 1000);
	}
	/* Neither the sandbox nor a sanitizer may have ended it. */
	if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		fail_msg("broker died of signal %d", WTERMSIG(status));
	close_one(&rig->recording);
	close_one(&rig->silent[0]);
	close_one(&rig->silent[1]);
	if (rig->path[0] != '\0' && rig->plan.recording == NULL)
		unlink(rig->path);
	secret_free(rig->key);
	buf_clear(&rig->scratch);
	buf_clear(&rig->in);
	buf_clear(&rig->output);
	buf_clear(&rig->stages);
}

/* --- authority --- */

static int connect_target(struct rig *rig)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)rig->plan.port),
				      .sin_addr.s_addr = sshd_address()};
	int fd;

	if (rig->plan.silent_target) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, rig->silent), 0);
		return dup(rig->silent[1]);
	}
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void answer_dial(struct rig *rig, uint32_t id)
{
	struct msg_broker_dialled message = {
		.ok = 1, .hop = text_of(""), .reason = text_of(""), .text = text_of("")};
	int fd;

	if (rig->plan.refuse_dial) {
		message = (struct msg_broker_dialled){.hop = text_of("gateway"),
						      .reason = text_of("gateway.offline"),
						      .text = text_of("")};
		tell(rig, MSG_BROKER_DIALLED, id, &msg_broker_dialled_codec, &message, NULL, 0);
		return;
	}
	/* First that it is waiting, as authority does while a gateway is away. */
	message.ok = 2;
	tell(rig, MSG_BROKER_DIALLED, 0, &msg_broker_dialled_codec, &message, NULL, 0);
	message.ok = 1;
	fd = connect_target(rig);
	tell(rig, MSG_BROKER_DIALLED, id, &msg_broker_dialled_codec, &message, &fd, 1);
	close(fd);
}

static void answer_credential(struct rig *rig, struct chan_msg *msg)
{
	struct msg_broker_credential_sent sent = {
		.err = ERR_OK, .reason = text_of(""), .text = text_of("")};
	int ends[2] = {-1, -1};

	rig->asked_credential = true;
	if (rig->plan.refuse_credential) {
		sent = (struct msg_broker_credential_sent){
			.err = ERR_DENIED, .reason = text_of("lease_ended"), .text = text_of("")};
	} else {
		size_t len = strlen(rig->plan.secret);
		assert_int_equal(secret_pipe_empty(ends), ERR_OK);
		assert_int_equal(write(ends[1], rig->plan.secret, len), (ssize_t)len);
		close(ends[1]);
	}
	tell(rig, MSG_BROKER_CREDENTIAL_SENT, msg->id, &msg_broker_credential_sent_codec, &sent,
	     &ends[0], ends[0] >= 0 ? 1 : 0);
	fd_close_p(&ends[0]);
}

static void note_ended(struct rig *rig, const struct chan_msg *msg)
{
	struct msg_broker_ended ended;

	assert_int_equal(codec_get(&msg_broker_ended_codec, msg->data, msg->len, &ended), ERR_OK);
	keep_text(rig->ended_hop, sizeof(rig->ended_hop), ended.hop);
	keep_text(rig->ended_reason, sizeof(rig->ended_reason), ended.reason);
	keep_text(rig->ended_text, sizeof(rig->ended_text), ended.text);
	rig->bytes_in = ended.bytes_in;
	rig->bytes_out = ended.bytes_out;
	rig->chunks = ended.chunks;
	rig->commands = ended.commands;
	memcpy(rig->head, ended.head, sizeof(rig->head));
	rig->ended = true;
	rig->ended_us = sys_mono_us();
}

static void answer(struct rig *rig, struct chan_msg *msg)
{
	struct msg_broker_ready ready;
	struct msg_broker_host_key_verdict verdict = {.ok = !rig->plan.refuse_host_key,
						      .text = text_of("")};

	switch (msg->type) {
	case MSG_BROKER_READY:
		assert_int_equal(codec_get(&msg_broker_ready_codec, msg->data, msg->len, &ready),
				 ERR_OK);
		memcpy(rig->public_key, ready.recording_key, 32);
		rig->ready = true;
		break;
	case MSG_BROKER_DIAL: answer_dial(rig, msg->id); break;
	case MSG_BROKER_HOST_KEY:
		tell(rig, MSG_BROKER_HOST_KEY_VERDICT, msg->id, &msg_broker_host_key_verdict_codec,
		     &verdict, NULL, 0);
		break;
	case MSG_BROKER_CREDENTIAL: answer_credential(rig, msg); break;
	case MSG_BROKER_CONNECTED: rig->connected = true; break;
	case MSG_BROKER_ENDED: note_ended(rig, msg); break;
	case MSG_BROKER_ACTIVITY: break;
	default: fail_msg("unexpected message %x", msg->type);
	}
}

static void read_control(struct rig *rig)
{
	struct chan_msg msg;
	enum err err = rig->control < 0 ? ERR_UNAVAILABLE
					: chan_receive(rig->control, &rig->scratch, &msg, 0);

	if (err == ERR_UNAVAILABLE)
		return;
	if (err != ERR_OK) {
		close_one(&rig->control);
		return;
	}
	answer(rig, &msg);
	chan_close_fds(&msg);
}

/* --- browser --- */

void rig_frame(struct rig *rig, uint8_t opcode, const void *data, size_t len)
{
	static const uint8_t mask[4] = {1, 2, 3, 4};
	struct buf out;
	size_t at = 0;

	buf_init(&out, len + 32);
	buf_put_u8(&out, 0x80 | opcode);
	if (len < 126) {
		buf_put_u8(&out, (uint8_t)(0x80 | len));
	} else if (len < 65536) {
		buf_put_u8(&out, 0x80 | 126);
		buf_put_u16(&out, (uint16_t)len);
	} else {
		buf_put_u8(&out, 0x80 | 127);
		buf_put_u64(&out, len);
	}
	buf_put(&out, mask, 4);
	for (size_t i = 0; i < len; i++)
		buf_put_u8(&out, ((const uint8_t *)data)[i] ^ mask[i % 4]);
	while (at < out.len && rig->user >= 0) {
		ssize_t put = send(rig->user, out.data + at, out.len - at, MSG_NOSIGNAL);
		if (put > 0)
			at += (size_t)put;
		else
			(void)rig_until(rig, 5, rig_is_over); /* back-pressure */
	}
	buf_clear(&out);
}

void rig_type(struct rig *rig, const char *text)
{
	uint8_t bytes[32 * 1024];
	size_t len = strlen(text);

	assert_true(len < sizeof(bytes));
	bytes[0] = 0x00;
	memcpy(bytes + 1, text, len);
	rig_frame(rig, 0x2, bytes, len + 1);
}

void rig_resize(struct rig *rig, uint16_t cols, uint16_t rows)
{
	const uint8_t bytes[5] = {0x01, (uint8_t)(cols >> 8), (uint8_t)cols, (uint8_t)(rows >> 8),
				  (uint8_t)rows};

	rig_frame(rig, 0x2, bytes, sizeof(bytes));
}

static void on_ended_frame(struct rig *rig, const uint8_t *data, size_t len)
{
	const char *texts[3];
	size_t at = 0;

	for (int i = 0; i < 3; i++) {
		texts[i] = (const char *)data + at;
		at += strnlen(texts[i], len - at) + 1;
		assert_true(at <= len);
	}
	(void)snprintf(rig->hop, sizeof(rig->hop), "%s", texts[0]);
	(void)snprintf(rig->reason, sizeof(rig->reason), "%s", texts[1]);
	(void)snprintf(rig->text, sizeof(rig->text), "%s", texts[2]);
}

static void on_frame(struct rig *rig, uint8_t opcode, const uint8_t *data, size_t len)
{
	if (opcode == 0x8) {
		rig->closed = true;
		rig->close_code = len >= 2 ? data[0] << 8 | data[1] : 0;
	}
	rig->pongs += opcode == 0xa;
	if (opcode != 0x2)
		return;
	switch (data[0]) {
	case 0x00: buf_put(&rig->output, data + 1, len - 1); break;
	case 0x10: buf_put(&rig->stages, data + 1, 2); break;
	case 0x11:
		for (int i = 1; i < 9; i++)
			rig->lease_ms = rig->lease_ms << 8 | data[i];
		break;
	case 0x12: on_ended_frame(rig, data + 1, len - 1); break;
	case 0x14:
		assert_int_equal(len, 5);
		rig->held = data[1] << 24 | data[2] << 16 | data[3] << 8 | data[4];
		break;
	case 0x13:
		keep_text(rig->notice, sizeof(rig->notice), (struct block){data + 1, len - 1});
		break;
	default: fail_msg("unexpected frame %x", data[0]);
	}
}

static bool take_frame(struct rig *rig)
{
	const uint8_t *p = rig->in.data;
	size_t head = 2, len;

	if (rig->in.len < 2)
		return false;
	len = p[1] & 0x7f;
	if (len == 126)
		head = 4;
	else if (len == 127)
		head = 10;
	if (rig->in.len < head)
		return false;
	if (head > 2)
		len = 0;
	for (size_t i = 2; i < head; i++)
		len = len << 8 | p[i];
	if (rig->in.len < head + len)
		return false;
	on_frame(rig, p[0] & 0x0f, p + head, len);
	buf_consume(&rig->in, head + len);
	return true;
}

static void read_user(struct rig *rig)
{
	uint8_t bytes[64 * 1024];
	ssize_t got;

	if (rig->user < 0)
		return;
	got = recv(rig->user, bytes, sizeof(bytes), 0);
	if (got == 0)
		close_one(&rig->user);
	if (got > 0)
		buf_put(&rig->in, bytes, (size_t)got);
	while (take_frame(rig))
		;
}

/* --- tests' verbs --- */

bool rig_until(struct rig *rig, int ms, bool (*done)(struct rig *rig))
{
	int64_t until = sys_mono_us() + (int64_t)ms * 1000;

	while (!done(rig)) {
		struct pollfd fds[2] = {{.fd = rig->control, .events = POLLIN},
					{.fd = rig->user, .events = POLLIN}};
		int64_t left = until - sys_mono_us();
		if (left <= 0)
			return false;
		(void)poll(fds, 2, left > 20000 ? 20 : (int)(left / 1000 + 1));
		read_control(rig);
		read_user(rig);
	}
	return true;
}

bool rig_is_live(struct rig *rig)
{
	return rig->stages.len >= 2 && rig->stages.data[rig->stages.len - 2] == 5;
}

bool rig_is_over(struct rig *rig)
{
	bool user_over = rig->closed || rig->user < 0;

	return (rig->ended && user_over) || (rig->control < 0 && user_over);
}

static const char *wanted;

static bool has_wanted(struct rig *rig)
{
	return rig->output.len > 0 &&
	       memmem(rig->output.data, rig->output.len, wanted, strlen(wanted)) != NULL;
}

bool rig_expect(struct rig *rig, const char *text)
{
	wanted = text;
	return rig_until(rig, RIG_WAIT_MS, has_wanted);
}

void rig_send_hold(struct rig *rig, uint32_t seconds)
{
	const struct msg_broker_hold hold = {.seconds = seconds};

	tell(rig, MSG_BROKER_HOLD, 0, &msg_broker_hold_codec, &hold, NULL, 0);
}

void rig_send_end(struct rig *rig, const char *reason)
{
	const struct msg_broker_end end = {.reason = text_of(reason), .text = text_of("")};

	tell(rig, MSG_BROKER_END, 0, &msg_broker_end_codec, &end, NULL, 0);
}

void rig_read_recording(struct rig *rig, struct buf *out, bool *complete)
{
	int fd = open(rig->path, O_RDONLY | O_CLOEXEC);
	struct recording_chain chain;
	struct recording_chunk chunk;
	enum recording_step step;
	struct buf plain;

	buf_init(&plain, RECORDING_PLAIN_MAX);
	assert_int_equal(recording_chain_open(&chain, fd, rig->public_key), ERR_OK);
	while ((step = recording_chain_next(&chain, &chunk)) == RECORDING_STEP_CHUNK) {
		assert_int_equal(recording_open_chunk(&chain.header, rig->key, &chunk, &plain),
				 ERR_OK);
		buf_put(out, plain.data, plain.len);
	}
	assert_true(step == RECORDING_STEP_END || step == RECORDING_STEP_CUT);
	*complete = step == RECORDING_STEP_END;
	assert_int_equal(buf_failed(out), false);
	recording_chain_clear(&chain);
	buf_clear(&plain);
	close(fd);
}
