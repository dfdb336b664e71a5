/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sessions/broker/broker.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "sessions/broker/inner.h"

enum { AES_KEY = 32, MESSAGES_A_ROUND = 16, START_SECONDS = 30, TELL_MS = 1000, DRAIN_MS = 4000 };

int64_t broker_now(void)
{
	return sys_mono_us();
}

enum err broker_tell(struct broker *broker, uint32_t type, uint32_t id, const struct codec *codec,
		     const void *message, const int *fds, int nfds)
{
	scoped(buf_clear) struct buf bytes;

	buf_init(&bytes, CHAN_PAYLOAD_MAX);
	codec_put(&bytes, codec, message);
	if (buf_failed(&bytes))
		return ERR_BUG;
	return chan_send(broker->control, type, id, bytes.data, bytes.len, fds, nfds, TELL_MS);
}

void broker_end(struct broker *broker, const char *hop, const char *reason, const char *detail)
{
	if (broker->phase == PHASE_ENDED)
		return;
	broker->phase = PHASE_ENDED;
	(void)snprintf(broker->hop, sizeof(broker->hop), "%s", hop);
	(void)snprintf(broker->reason, sizeof(broker->reason), "%s", reason);
	ending_text(reason, hop, broker->language, detail, broker->text);
}

void broker_stage(struct broker *broker, enum stage stage, enum stage_state state, const char *text)
{
	uint8_t bytes[2 + ENDING_TEXT];
	size_t len = strnlen(text, ENDING_TEXT);

	if (broker->ws == NULL)
		return;
	bytes[0] = (uint8_t)stage;
	bytes[1] = (uint8_t)state;
	memcpy(bytes + 2, text, len);
	(void)ws_send(broker->ws, WS_STAGE, bytes, 2 + len);
}

void broker_notice(struct broker *broker, const char *text)
{
	if (broker->ws != NULL)
		(void)ws_send(broker->ws, WS_NOTICE, text, strlen(text));
}

static void tell_lease(struct broker *broker)
{
	uint64_t ms = (uint64_t)(broker->ends_at / 1000);
	uint8_t bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(ms >> (56 - 8 * i));
	if (broker->ws != NULL)
		(void)ws_send(broker->ws, WS_LEASE, bytes, sizeof(bytes));
}

/* --- messages from authority --- */

static void copy_text(char *out, size_t size, struct block text)
{
	size_t len = text.len < size - 1 ? text.len : size - 1;

	if (len > 0)
		memcpy(out, text.data, len);
	out[len] = '\0';
}

static enum err open_recording(struct broker *broker, int file, int key_pipe)
{
	scoped(secret_free_p) struct secret *key = NULL;
	struct recording_params params = {.session_id = broker->session_id,
					  .fd = file,
					  .cols = broker->cols,
					  .rows = broker->rows};
	enum err err = secret_read_fd(key_pipe, AES_KEY, 5000, &key);

	if (err == ERR_OK) {
		params.key = key;
		err = recording_new(&params, &broker->recording);
	}
	if (err != ERR_OK)
		close(file);
	return err;
}

static enum err take_start(struct broker *broker, const struct msg_broker_start *start)
{
	if (start->kind != BROKER_SSH_TERMINAL && start->kind != BROKER_TEST)
		return ERR_INPUT;
	/* A terminal without somebody to see it, or without a recording, must not exist. */
	if (start->kind == BROKER_SSH_TERMINAL && (!start->has_user || !start->has_recording))
		return ERR_INPUT;
	broker->kind = (enum broker_kind)start->kind;
	broker->session_id = start->session_id;
	broker->secret_kind = start->secret_kind;
	broker->ends_at = start->ends_at;
	broker->ends_mono_us = broker_now() + (start->ends_at - sys_real_us());
	broker->idle_us = (int64_t)start->idle_seconds * 1000 * 1000;
	if (start->account_name.len >= ACCOUNT_MAX ||
	    (start->account_name.len == 0 && start->secret_kind != 0))
		return ERR_INPUT;
	copy_text(broker->account, sizeof(broker->account), start->account_name);
	copy_text(broker->language, sizeof(broker->language), start->language);
	broker->started = true;
	broker->banner = malloc(start->banner.len + 1);
	if (broker->banner == NULL)
		return ERR_MEMORY;
	copy_text(broker->banner, start->banner.len + 1, start->banner);
	return ERR_OK;
}

static enum err take_files(struct broker *broker, struct chan_msg *msg,
			   const struct msg_broker_start *start)
{
	int at = 0;

	if (msg->nfds != (start->has_user ? 1 : 0) + (start->has_recording ? 2 : 0))
		return ERR_INPUT;
	if (start->has_user) {
		int fd = chan_take_fd(msg, at++);
		broker->ws = ws_new(fd, start->extra, broker_user_message, broker);
		if (broker->ws == NULL) {
			close(fd);
			return ERR_MEMORY;
		}
	}
	if (start->has_recording) {
		int file = chan_take_fd(msg, at++);
		int key = chan_take_fd(msg, at++);
		enum err err = open_recording(broker, file, key);
		close(key);
		if (err != ERR_OK)
			broker_end(broker, "recording", "recording.failed", "");
	}
	return ERR_OK;
}

static enum err tell_ready(struct broker *broker)
{
	struct msg_broker_ready ready = {.session_id = broker->session_id};

	if (broker->recording != NULL)
		memcpy(ready.recording_key, recording_key(broker->recording), RECORDING_KEY);
	return broker_tell(broker, MSG_BROKER_READY, 0, &msg_broker_ready_codec, &ready, NULL, 0);
}

static enum err on_start(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	struct broker *broker = arg;
	const struct echo_sink sink = {broker, broker_record_input, broker_record_command};
	enum err err;

	(void)chan;
	if (broker->phase != PHASE_START)
		return ERR_DENIED;
	err = take_start(broker, message);
	if (err == ERR_OK)
		err = take_files(broker, msg, message);
	if (err != ERR_OK || broker->phase == PHASE_ENDED)
		return err;
	if (broker->recording != NULL && (broker->echo = echo_new(&sink, broker->cols)) == NULL)
		return ERR_MEMORY;
	tell_lease(broker);
	broker_stage(broker, STAGE_APPROVE, STAGE_DONE, "");
	broker_stage(broker, STAGE_GATEWAY, STAGE_BUSY, "");
	broker->pinged_us = broker->input_us = broker->activity_us = broker_now();
	broker->phase = PHASE_DIAL;
	broker->phase_since = broker_now();
	return tell_ready(broker);
}

/* A failure authority named: its own reason and text are kept beside ours. */
static void end_from(struct broker *broker, struct block hop, const char *default_hop,
		     struct block reason, const char *default_reason, struct block text)
{
	char hop_text[16], reason_text[MSG_REASON + 1], detail[MSG_TEXT + 1];

	copy_text(hop_text, sizeof(hop_text), hop);
	copy_text(reason_text, sizeof(reason_text), reason);
	copy_text(detail, sizeof(detail), text);
	broker_end(broker, hop_text[0] != '\0' ? hop_text : default_hop,
		   reason_text[0] != '\0' ? reason_text : default_reason, detail);
}

enum { DIALLED_NO, DIALLED_YES, DIALLED_WAITING };

static enum err on_dialled(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	struct broker *broker = arg;
	const struct msg_broker_dialled *dialled = message;

	(void)chan;
	if (broker->phase == PHASE_ENDED)
		return ERR_OK;
	if (broker->phase != PHASE_DIAL || !broker->asked || broker->answered)
		return ERR_DENIED;
	if (dialled->ok == DIALLED_WAITING) {
		broker_stage(broker, STAGE_GATEWAY, STAGE_WAITING,
			     notice_waiting(broker->language));
		return ERR_OK;
	}
	if (dialled->ok == DIALLED_NO) {
		end_from(broker, dialled->hop, "gateway", dialled->reason, "gateway.offline",
			 dialled->text);
		return ERR_OK;
	}
	if (msg->nfds != 1)
		return ERR_INPUT;
	broker->target_fd = chan_take_fd(msg, 0);
	broker_answered(broker, PHASE_DIAL);
	return ERR_OK;
}

static enum err on_verdict(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	struct broker *broker = arg;
	const struct msg_broker_host_key_verdict *verdict = message;
	const struct block none = {NULL, 0};

	(void)chan;
	(void)msg;
	if (broker->phase == PHASE_ENDED)
		return ERR_OK;
	if (broker->phase != PHASE_HOST_KEY || !broker->asked)
		return ERR_DENIED;
	if (verdict->ok)
		broker_answered(broker, PHASE_HOST_KEY);
	else
		end_from(broker, none, "host_key", none, "host_key.mismatch", verdict->text);
	return ERR_OK;
}

static enum err on_credential(void *arg, struct chan *chan, struct chan_msg *msg,
			      const void *message)
{
	struct broker *broker = arg;
	const struct msg_broker_credential_sent *sent = message;
	const struct block none = {NULL, 0};

	(void)chan;
	if (broker->phase == PHASE_ENDED)
		return ERR_OK;
	if (broker->phase != PHASE_CREDENTIAL || !broker->asked || broker->answered)
		return ERR_DENIED;
	broker->credential_fd = chan_take_fd(msg, 0);
	if (sent->err == ERR_OK)
		broker_answered(broker, PHASE_CREDENTIAL);
	else
		end_from(broker, none, "credential", sent->reason, "credential.refused",
			 sent->text);
	return ERR_OK;
}

static enum err on_end(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	struct broker *broker = arg;
	const struct msg_broker_end *end = message;
	const struct block none = {NULL, 0};

	(void)chan;
	(void)msg;
	end_from(broker, none, "", end->reason, "terminated", end->text);
	return ERR_OK;
}

static enum err on_hold(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	struct broker *broker = arg;
	const struct msg_broker_hold *hold = message;
	uint8_t bytes[4];

	(void)chan;
	(void)msg;
	if (broker->phase == PHASE_ENDED)
		return ERR_OK;
	broker->hold_us = hold->seconds ? broker_now() + (int64_t)hold->seconds * 1000 * 1000 : 0;
	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(hold->seconds >> (24 - 8 * i));
	if (broker->ws != NULL)
		(void)ws_send(broker->ws, WS_HOLD, bytes, sizeof(bytes));
	return ERR_OK;
}

static const struct chan_row rows[] = {
	{MSG_BROKER_START, "broker_start", &msg_broker_start_codec, sizeof(struct msg_broker_start),
	 0, 3, on_start},
	{MSG_BROKER_DIALLED, "broker_dialled", &msg_broker_dialled_codec,
	 sizeof(struct msg_broker_dialled), 0, 1, on_dialled},
	{MSG_BROKER_HOST_KEY_VERDICT, "broker_host_key_verdict", &msg_broker_host_key_verdict_codec,
	 sizeof(struct msg_broker_host_key_verdict), 0, 0, on_verdict},
	{MSG_BROKER_CREDENTIAL_SENT, "broker_credential_sent", &msg_broker_credential_sent_codec,
	 sizeof(struct msg_broker_credential_sent), 0, 1, on_credential},
	{MSG_BROKER_END, "broker_end", &msg_broker_end_codec, sizeof(struct msg_broker_end), 0, 0,
	 on_end},
	{MSG_BROKER_HOLD, "broker_hold", &msg_broker_hold_codec, sizeof(struct msg_broker_hold), 0,
	 0, on_hold},
};

static void read_control(struct broker *broker)
{
	for (int i = 0; i < MESSAGES_A_ROUND; i++) {
		struct chan_msg msg;
		enum err err = chan_receive(broker->control, &broker->scratch, &msg, 0);

		if (err == ERR_UNAVAILABLE)
			return;
		if (err == ERR_OK) {
			err = chan_dispatch(rows, sizeof(rows) / sizeof(rows[0]), broker, NULL,
					    &msg);
			chan_close_fds(&msg);
		}
		if (err != ERR_OK) {
			/* Without authority there is nobody to answer for this session. */
			broker->authority_gone = true;
			broker_end(broker, "", "internal", "");
			return;
		}
	}
}

/* --- the loop --- */

static void read_user(struct broker *broker)
{
	enum err err;

	if (broker->ws == NULL || broker->phase == PHASE_ENDED)
		return;
	err = ws_read(broker->ws);
	if (err == ERR_SYNTAX)
		broker_end(broker, "", "protocol", "");
	else if (err != ERR_OK)
		broker_end(broker, "", "user_gone", "");
	if (broker->phase != PHASE_ENDED && ws_write(broker->ws) != ERR_OK)
		broker_end(broker, "", "user_gone", "");
}

static short target_events(const struct broker *broker)
{
	short events = POLLIN;

	if (broker->ssh == NULL)
		return 0;
	if (ssh_get_poll_flags(broker->ssh) & SSH_WRITE_PENDING)
		events |= POLLOUT;
	/* While the browser is slow the target waits. */
	if (broker->phase == PHASE_LIVE && ws_queued(broker->ws) >= QUEUE_MAX)
		events &= (short)~POLLIN;
	return events;
}

static void wait_round(struct broker *broker)
{
	int64_t wait = broker_wait_us(broker);
	struct pollfd fds[3] = {{.fd = broker->control, .events = POLLIN}, {.fd = -1}, {.fd = -1}};

	if (broker->ws != NULL) {
		fds[1].fd = ws_fd(broker->ws);
		fds[1].events = (short)((broker->to_target.len > INPUT_PAUSE ? 0 : POLLIN) |
					(ws_wants_write(broker->ws) ? POLLOUT : 0));
	}
	if (broker->ssh != NULL && broker->phase > PHASE_DIAL) {
		fds[2].fd = ssh_get_fd(broker->ssh);
		fds[2].events = target_events(broker);
	}
	(void)poll(fds, 3, (int)((wait + 999) / 1000));
}

static void one_round(struct broker *broker)
{
	read_control(broker);
	read_user(broker);
	if (broker->phase < PHASE_LIVE)
		broker_connect(broker);
	if (broker->phase == PHASE_LIVE)
		broker_pump(broker);
	if (broker->phase != PHASE_ENDED)
		broker_clock(broker);
	if (broker->phase != PHASE_ENDED && broker->ws != NULL && ws_write(broker->ws) != ERR_OK)
		broker_end(broker, "", "user_gone", "");
}

/* --- the end --- */

static enum stage failed_stage(const struct broker *broker)
{
	if (strcmp(broker->hop, "gateway") == 0)
		return STAGE_GATEWAY;
	if (strcmp(broker->hop, "target") == 0 || strcmp(broker->hop, "host_key") == 0)
		return STAGE_TARGET;
	return STAGE_LOGIN;
}

static void tell_user(struct broker *broker, bool connecting)
{
	uint8_t bytes[16 + MSG_REASON + ENDING_TEXT + 8];
	struct buf out;

	if (broker->ws == NULL)
		return;
	if (connecting && broker->hop[0] != '\0')
		broker_stage(broker, failed_stage(broker), STAGE_FAILED, broker->text);
	buf_init(&out, sizeof(bytes));
	buf_put(&out, broker->hop, strlen(broker->hop) + 1);
	buf_put(&out, broker->reason, strlen(broker->reason) + 1);
	buf_put(&out, broker->text, strlen(broker->text) + 1);
	if (!buf_failed(&out))
		(void)ws_send(broker->ws, WS_ENDED, out.data, out.len);
	buf_clear(&out);
}

/* Cut at a character, as messages carry UTF-8 only. */
static struct block message_text(const char *text)
{
	size_t len = strlen(text);

	while (len > MSG_TEXT || (len > 0 && !text_is_utf8(text, len)))
		len--;
	return (struct block){(const uint8_t *)text, len};
}

static void test_text(struct broker *broker)
{
	char timings[96];
	size_t len = strlen(broker->text);

	if (broker->kind != BROKER_TEST)
		return;
	if (strcmp(broker->reason, "ok") == 0)
		len = 0;
	(void)snprintf(timings, sizeof(timings), "%sdial_ms=%u key_exchange_ms=%u login_ms=%u",
		       len > 0 ? " " : "", broker->dial_ms, broker->key_exchange_ms,
		       broker->login_ms);
	(void)snprintf(broker->text + len, sizeof(broker->text) - len, "%s", timings);
}

static void tell_authority(struct broker *broker)
{
	struct recording_totals totals = {0};
	struct msg_broker_ended ended = {.session_id = broker->session_id,
					 .bytes_in = broker->bytes_in,
					 .bytes_out = broker->bytes_out};

	if (broker->authority_gone)
		return;
	test_text(broker);
	if (broker->recording != NULL)
		recording_totals(broker->recording, &totals);
	ended.hop = (struct block){(const uint8_t *)broker->hop, strlen(broker->hop)};
	ended.reason = (struct block){(const uint8_t *)broker->reason, strlen(broker->reason)};
	ended.text = message_text(broker->text);
	ended.chunks = totals.chunks;
	ended.commands = totals.commands;
	memcpy(ended.head, totals.head, sizeof(ended.head));
	memcpy(ended.signature, totals.signature, sizeof(ended.signature));
	if (broker_tell(broker, MSG_BROKER_ENDED, 0, &msg_broker_ended_codec, &ended, NULL, 0) !=
	    ERR_OK)
		log_event(LOG_LEVEL_ERROR, NULL, "ended_not_told", NULL);
}

static bool drain_until(struct broker *broker, int64_t until)
{
	while (broker_now() < until) {
		struct pollfd wait = {.fd = ws_fd(broker->ws), .events = POLLOUT};
		if (ws_write(broker->ws) != ERR_OK)
			return false;
		if (!ws_wants_write(broker->ws))
			return true;
		(void)poll(&wait, 1, 100);
	}
	return false;
}

/* A close frame overtakes what is queued: it comes after the last byte was sent. */
static void drain_user(struct broker *broker)
{
	int64_t until = broker_now() + (int64_t)DRAIN_MS * 1000;

	if (broker->ws == NULL || !drain_until(broker, until))
		return;
	ws_close(broker->ws, strcmp(broker->reason, "protocol") == 0 ? 1002 : 1000);
	(void)drain_until(broker, until);
}

/* Cut the target first, then make the record whole, then tell. */
static void finish(struct broker *broker, bool connecting)
{
	bool live = broker->echo != NULL && !connecting;

	broker_disconnect(broker);
	if (live) {
		/* The sinks refuse after the end; undecided input still has to be masked. */
		broker->phase = PHASE_LIVE;
		echo_end(broker->echo);
		broker->phase = PHASE_ENDED;
		if (!broker_finish_output(broker) && strcmp(broker->hop, "recording") != 0) {
			broker->phase = PHASE_LIVE;
			broker_end(broker, "recording", "recording.failed", "");
		}
	}
	tell_user(broker, connecting);
	tell_authority(broker);
	drain_user(broker);
}

static void release(struct broker *broker)
{
	ws_free(broker->ws);
	recording_free(broker->recording);
	echo_free(broker->echo);
	free(broker->banner);
	buf_clear(&broker->from_target);
	buf_clear(&broker->recorded);
	buf_clear(&broker->to_target);
	buf_clear(&broker->scratch);
	close(broker->control);
	wipe(broker, sizeof(*broker));
	free(broker);
}

static struct broker *broker_new(int control)
{
	struct broker *broker = calloc(1, sizeof(*broker));

	if (broker == NULL)
		return NULL;
	broker->control = control;
	broker->target_fd = -1;
	broker->credential_fd = -1;
	broker->cols = TERMINAL_COLS;
	broker->rows = TERMINAL_ROWS;
	buf_init_wiped(&broker->scratch, CHAN_PAYLOAD_MAX + 64);
	buf_init_wiped(&broker->from_target, OUTPUT_MAX);
	buf_init_wiped(&broker->recorded, 2 * OUTPUT_MAX);
	buf_init_wiped(&broker->to_target, INPUT_MAX + WS_MESSAGE_MAX);
	return broker;
}

enum err broker_run(int control)
{
	struct broker *broker = broker_new(control);
	int64_t born = broker_now();
	enum phase reached = PHASE_START;

	if (broker == NULL)
		return ERR_MEMORY;
	while (broker->phase != PHASE_ENDED) {
		reached = broker->phase;
		one_round(broker);
		if (broker->phase != PHASE_ENDED && broker->authority_gone)
			broker_end(broker, "", "internal", "");
		if (broker->phase == PHASE_START &&
		    broker_now() - born > (int64_t)START_SECONDS * 1000 * 1000)
			break;
		if (broker->phase != PHASE_ENDED) {
			reached = broker->phase;
			wait_round(broker);
		}
	}
	if (broker->started)
		finish(broker, reached < PHASE_LIVE);
	release(broker);
	return ERR_OK;
}

enum err broker_warm_up(void)
{
	struct broker probe = {.account = "probe"};
	uint8_t random[32];
	ssh_key key = NULL;
	enum err err;

	if (ssh_init() != SSH_OK)
		return ERR_BUG;
	sys_random(random, sizeof(random));
	/* Loads the providers and one of each algorithm family while files can still be read. */
	if (ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) != SSH_OK)
		return ERR_BUG;
	ssh_key_free(key);
	key = NULL;
	if (ssh_pki_generate(SSH_KEYTYPE_ECDSA, 256, &key) != SSH_OK)
		return ERR_BUG;
	ssh_key_free(key);
	err = ssh_side_new(&probe);
	ssh_free(probe.ssh);
	return err != ERR_OK ? err : recording_warm_up();
}
