/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "server/authority_live_inner.h"

/* What a broker may say, and when. */

enum { RETRY_SECONDS = 2, WAIT_MINUTES = 10 };
enum { DIALLED_NO, DIALLED_YES, DIALLED_WAITING };
static const int64_t second_us = 1000000;

static void copy(char *out, size_t size, struct block text)
{
	(void)snprintf(out, size, "%.*s", (int)text.len, (const char *)text.data);
}

static enum err own(const struct live *live, const struct uuid *session_id)
{
	return uuid_equal(&live->info.session_id, session_id) ? ERR_OK : ERR_DENIED;
}

/* A session whose beginning is not in the log must not go on. */
static void recorded(struct live_step *step)
{
	if (step->err != ERR_OK && step->live->state != LIVE_ENDED)
		live_end_broker(step->live, "audit.unavailable", "");
}

static enum err on_ready(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	struct live *live = arg;
	const struct msg_broker_ready *ready = message;

	(void)chan;
	(void)msg;
	live->state = LIVE_READY;
	if (live->kind == BROKER_TEST)
		return ERR_OK;
	struct live_step *step = live_step_new(live, step_ready, recorded);
	if (!step)
		return ERR_MEMORY;
	memcpy(step->recording_key, ready->recording_key, 32);
	live_submit(step);
	return ERR_OK;
}

/* --- dialling --- */

static void answer_dial(struct live *live, uint8_t ok, const char *hop, const char *reason,
			const char *text, int fd)
{
	struct msg_broker_dialled message = {.ok = ok,
					     .hop = block_text(hop),
					     .reason = block_text(reason),
					     .text = block_text(text)};

	live_post(live, MSG_BROKER_DIALLED, ok == DIALLED_WAITING ? 0 : live->dial_id,
		  &msg_broker_dialled_codec, &message, &fd, fd >= 0 ? 1 : 0);
}

/* What says nothing about the target: another gateway may do, or this one in a moment. */
static bool about_the_gateway(const char *hop, const char *reason)
{
	static const char *const reasons[] = {"gateway.lost",  "gateway.offline",
					      "gateway.busy",  "gateway.timeout",
					      "policy.behind", "policy.missing"};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strcmp(hop, "gateway") == 0 && strcmp(reason, reasons[i]) == 0)
			return true;
	return false;
}

void live_choose_gateway(struct live *live)
{
	struct live_step *step = live_step_new(live, step_choose_gateway, live_chosen);

	live->retry_at_us = 0;
	if (!step) {
		answer_dial(live, DIALLED_NO, "broker", "resource.exhausted", "No memory.", -1);
		return;
	}
	memcpy(step->tried, live->tried, sizeof(step->tried));
	step->tried_count = live->tried_count;
	live_submit(step);
}

/* With a new grant each time: the one just sent may have been used. */
static void try_another(struct live *live, const struct uuid *gateway_id, const char *reason,
			const char *text)
{
	if (live->tried_count < LIVE_GATEWAYS)
		live->tried[live->tried_count++] = *gateway_id;
	(void)snprintf(live->dial_reason, sizeof(live->dial_reason), "%s", reason);
	(void)snprintf(live->dial_text, sizeof(live->dial_text), "%s", text);
	live_choose_gateway(live);
}

struct dial {
	struct live *live;
	struct uuid gateway_id;
	int fd;
};

static void note_gateway(struct live *live, const struct uuid *gateway_id)
{
	struct live_step *step = live_step_new(live, step_dialled, NULL);

	if (!step)
		return;
	step->gateway_id = *gateway_id;
	live_submit(step);
}

static void dialled(struct authority *authority, void *arg, const void *answer)
{
	struct dial *dial = arg;
	struct live *live = dial->live;
	const struct msg_dialled *message = answer;
	char hop[17] = "gateway", reason[LIVE_CODE] = "gateway.lost", text[LIVE_NAME] = "";

	(void)authority;
	live->asking = false;
	if (live->state != LIVE_ENDED && message && message->ok) {
		live->state = LIVE_CONNECTING;
		answer_dial(live, DIALLED_YES, "", "", "", dial->fd);
		note_gateway(live, &dial->gateway_id);
	} else if (live->state != LIVE_ENDED) {
		if (message) {
			copy(hop, sizeof(hop), message->hop);
			copy(reason, sizeof(reason), message->reason);
			copy(text, sizeof(text), message->text);
		}
		if (about_the_gateway(hop, reason))
			try_another(live, &dial->gateway_id, reason, text);
		else
			answer_dial(live, DIALLED_NO, hop, reason, text, -1);
	}
	close(dial->fd);
	free(dial);
	live_release(live);
}

static void dial(struct live *live, const struct live_step *step)
{
	int fds[2] = {-1, -1};
	bool asked = false;
	struct dial *question = calloc(1, sizeof(*question));
	struct msg_dial message = {.gateway_id = step->gateway_id,
				   .session_id = live->info.session_id,
				   .authority = block_text(step->dial_authority),
				   .grant = {step->grant, step->grant_len}};

	if (question &&
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0) {
		*question = (struct dial){live, step->gateway_id, fds[0]};
		asked = authority_ask(live->authority, PEER_EDGE, MSG_DIAL, &msg_dial_codec,
				      &message, &fds[1], 1, dialled, question);
	}
	fd_close_p(&fds[1]);
	live->asking = asked;
	if (asked)
		return; /* NOLINT(clang-analyzer-unix.Malloc): the question is dialled's now */
	fd_close_p(&fds[0]);
	free(question);
	try_another(live, &step->gateway_id, "gateway.offline", "The edge is not there.");
}

/* A gateway that is away for a moment does not fail the session: it waits, at most ten minutes. */
static bool keep_waiting(struct live *live, const struct live_step *step)
{
	int64_t now = sys_real_us();

	if (live->kind == BROKER_TEST || strcmp(step->reason, "gateway.offline") != 0)
		return false;
	if (live->wait_until == 0) {
		live->wait_until = now + WAIT_MINUTES * 60 * second_us;
		answer_dial(live, DIALLED_WAITING, "gateway", "gateway.offline",
			    "waiting for a gateway", -1);
	}
	if (now >= live->wait_until)
		return false;
	live->retry_at_us = sys_mono_us() + RETRY_SECONDS * second_us;
	live->tried_count = 0;
	return true;
}

/* Nobody is left: the last failed dial says more than "none is connected". */
static void no_gateway(struct live *live, const struct live_step *step)
{
	bool known = live->dial_reason[0] && strcmp(step->reason, "gateway.offline") == 0;
	const char *reason = step->reason[0] ? step->reason : err_code(step->err);

	answer_dial(live, DIALLED_NO, "gateway", known ? live->dial_reason : reason,
		    known ? live->dial_text : step->text, -1);
}

void live_chosen(struct live_step *step)
{
	struct live *live = step->live;

	if (live->state != LIVE_READY || !live->chan)
		return;
	if (step->err == ERR_OK)
		dial(live, step);
	else if (!keep_waiting(live, step))
		no_gateway(live, step);
}

static enum err on_dial(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	struct live *live = arg;

	(void)chan;
	(void)message;
	live->dial_id = msg->id;
	live_choose_gateway(live);
	return ERR_OK;
}

/* --- host key --- */

static void host_key_judged(struct live_step *step)
{
	struct live *live = step->live;
	struct msg_broker_host_key_verdict message = {
		.ok = step->err == ERR_OK && step->ok,
		.pinned_now = step->pinned,
		.text = block_text(step->err == ERR_OK && !step->ok
					   ? "The target shows another host key than before."
					   : "")};

	if (live->state != LIVE_CONNECTING)
		return;
	if (message.ok)
		live->state = LIVE_KNOWN;
	live_post(live, MSG_BROKER_HOST_KEY_VERDICT, step->reply_id,
		  &msg_broker_host_key_verdict_codec, &message, NULL, 0);
}

static enum err on_host_key(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	struct live *live = arg;
	const struct msg_broker_host_key *key = message;
	struct live_step *step = live_step_new(live, step_host_key, host_key_judged);

	(void)chan;
	if (!step)
		return ERR_MEMORY;
	step->reply_id = msg->id;
	copy(step->host_key_type, sizeof(step->host_key_type), key->type);
	memcpy(step->host_key.sha256, key->sha256, 32);
	live_submit(step);
	return ERR_OK;
}

/* --- credential --- */

static void credential_sent(struct live_step *step)
{
	struct live *live = step->live;
	struct msg_broker_credential_sent message = {
		.err = (uint32_t)step->err,
		.reason = block_text(step->err != ERR_OK && !step->reason[0] ? err_code(step->err)
									     : step->reason),
		.text = block_text(step->text)};

	if (step->err == ERR_OK && live->state == LIVE_KNOWN)
		live->state = LIVE_LOGIN;
	live_post(live, MSG_BROKER_CREDENTIAL_SENT, step->reply_id,
		  &msg_broker_credential_sent_codec, &message, &step->fd,
		  step->err == ERR_OK ? 1 : 0);
}

static enum err on_credential(void *arg, struct chan *chan, struct chan_msg *msg,
			      const void *message)
{
	struct live *live = arg;
	bool allowed =
		release_allowed(&live->authority->releases, &live->info.user_id,
				live->authority->conf->release_limit_per_minute, sys_mono_us());
	struct live_step *step = live_step_new(
		live, allowed ? step_credential : step_credential_refused, credential_sent);

	(void)chan;
	(void)message;
	if (!step)
		return ERR_MEMORY;
	step->reply_id = msg->id;
	live_submit(step);
	return ERR_OK;
}

/* --- life and end --- */

static enum err on_connected(void *arg, struct chan *chan, struct chan_msg *msg,
			     const void *message)
{
	struct live *live = arg;
	const struct msg_broker_connected *connected = message;

	(void)chan;
	(void)msg;
	live->state = LIVE_CONNECTED;
	live->dial_ms = connected->dial_ms;
	live->key_exchange_ms = connected->key_exchange_ms;
	live->login_ms = connected->login_ms;
	struct live_step *step = live_step_new(live, step_connected, recorded);
	if (!step)
		return ERR_MEMORY;
	step->timings = *connected;
	live_submit(step);
	return ERR_OK;
}

/* Typing counts as use of the sign-in once a minute. */
static bool typed_lately(struct live *live, uint64_t bytes_in)
{
	int64_t now = sys_mono_us();
	bool typed = bytes_in > live->typed;

	live->typed = bytes_in;
	if (!typed || (live->used_at_us != 0 && now - live->used_at_us < (int64_t)60 * 1000000))
		return false;
	live->used_at_us = now;
	return true;
}

static enum err on_activity(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	struct live *live = arg;
	const struct msg_broker_activity *activity = message;

	(void)chan;
	(void)msg;
	if (live->kind == BROKER_TEST)
		return ERR_OK;
	struct live_step *step = live_step_new(live, step_activity, NULL);
	if (!step)
		return ERR_MEMORY;
	step->used = typed_lately(live, activity->bytes_in);
	step->bytes_in = activity->bytes_in;
	step->bytes_out = activity->bytes_out;
	live_submit(step);
	return ERR_OK;
}

static void ended(struct live_step *step)
{
	struct live *live = step->live;

	if (live->kind == BROKER_TEST)
		live_answer_test(live, step);
	if (live->chan) {
		struct chan *chan = live->chan;
		live->chan = NULL;
		chan_free(chan);
	}
}

static enum err on_ended(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	struct live *live = arg;
	const struct msg_broker_ended *end = message;
	struct live_step *step = live_step_new(live, step_ended, ended);

	(void)chan;
	(void)msg;
	if (!step)
		return ERR_MEMORY;
	live->state = LIVE_ENDED;
	live->retry_at_us = 0;
	step->must_land = live->kind != BROKER_TEST;
	step->ended = *end;
	copy(step->hop, sizeof(step->hop), end->hop);
	copy(step->reason, sizeof(step->reason), end->reason);
	copy(step->text, sizeof(step->text), end->text);
	step->ended.hop = step->ended.reason = step->ended.text = (struct block){0};
	live_submit(step);
	return ERR_OK;
}

enum { ONCE = 1 };
#define ROW(type_, name_, codec_, handler_)                                                      \
	{                                                                                        \
		type_, name_, &msg_##codec_##_codec, sizeof(struct msg_##codec_), 0, 0, handler_ \
	}
static const struct chan_row rows[] = {
	ROW(MSG_BROKER_READY, "broker_ready", broker_ready, on_ready),
	ROW(MSG_BROKER_DIAL, "broker_dial", broker_dial, on_dial),
	ROW(MSG_BROKER_HOST_KEY, "broker_host_key", broker_host_key, on_host_key),
	ROW(MSG_BROKER_CREDENTIAL, "broker_credential", broker_credential, on_credential),
	ROW(MSG_BROKER_CONNECTED, "broker_connected", broker_connected, on_connected),
	ROW(MSG_BROKER_ACTIVITY, "broker_activity", broker_activity, on_activity),
	ROW(MSG_BROKER_ENDED, "broker_ended", broker_ended, on_ended),
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* When each row is allowed, and whether once only. A test without a login ends after the host key.
 */
static const struct {
	unsigned states;
	unsigned once;
} rules[ROWS] = {
	{LIVE_STARTED, ONCE},
	{LIVE_READY, ONCE},
	{LIVE_CONNECTING, ONCE},
	{LIVE_KNOWN, ONCE},
	{LIVE_LOGIN, ONCE},
	{LIVE_CONNECTED | LIVE_LOGIN | LIVE_READY | LIVE_CONNECTING | LIVE_KNOWN, 0},
	{LIVE_STARTED | LIVE_READY | LIVE_CONNECTING | LIVE_KNOWN | LIVE_LOGIN | LIVE_CONNECTED,
	 ONCE},
};

/* Each message starts with the session's id. */
static enum err check_session(const struct live *live, const struct chan_msg *msg)
{
	struct uuid id;

	if (msg->len < UUID_SIZE)
		return ERR_INPUT;
	memcpy(id.b, msg->data, UUID_SIZE);
	return own(live, &id);
}

enum err live_receive(void *arg, struct chan *chan, struct chan_msg *msg)
{
	struct live *live = arg;

	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].type != msg->type)
			continue;
		bool again = rules[i].once && live->seen & 1U << i;
		if (!(rules[i].states & live->state) || again ||
		    check_session(live, msg) != ERR_OK) {
			log_event(LOG_LEVEL_ERROR, NULL, "broker_out_of_turn", "message",
				  rows[i].name, NULL);
			return ERR_DENIED;
		}
		live->seen |= 1U << i;
		return chan_dispatch(rows, ROWS, live, chan, msg);
	}
	log_event(LOG_LEVEL_ERROR, NULL, "broker_unknown_message", NULL);
	return ERR_DENIED;
}
