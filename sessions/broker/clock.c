/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sessions/broker/inner.h"

#include "base/sys.h"

#define SECOND ((int64_t)1000 * 1000)
#define MINUTE (60 * SECOND)
enum { PING_SECONDS = 30, SILENCE_SECONDS = 90, ACTIVITY_SECONDS = 5 };

static void check_lease(struct broker *broker)
{
	static const int warnings[] = {1, 5};
	int64_t left = broker->ends_mono_us - broker_now();
	char text[ENDING_TEXT];

	if (left <= 0) {
		broker_end(broker, "", "lease_ended", "");
		return;
	}
	for (size_t i = 0; i < sizeof(warnings) / sizeof(warnings[0]); i++) {
		if (left > warnings[i] * MINUTE)
			continue;
		if (broker->left_warned == 0 || broker->left_warned > warnings[i]) {
			broker->left_warned = warnings[i];
			notice_left(broker->language, warnings[i], text);
			broker_notice(broker, text);
		}
		return;
	}
}

static void check_hold(struct broker *broker)
{
	if (broker->hold_us != 0 && broker_now() >= broker->hold_us)
		broker_end(broker, "", "sign_in_ended", "");
}

static void check_idle(struct broker *broker)
{
	int64_t idle = broker_now() - broker->input_us;
	char text[ENDING_TEXT];

	if (broker->phase != PHASE_LIVE || broker->idle_us == 0)
		return;
	if (idle >= broker->idle_us) {
		broker_end(broker, "", "idle", "");
	} else if (!broker->idle_warned && broker->idle_us > MINUTE &&
		   idle >= broker->idle_us - MINUTE) {
		broker->idle_warned = true;
		notice_idle(broker->language, text);
		broker_notice(broker, text);
	}
}

static void check_peer(struct broker *broker)
{
	int64_t now = broker_now();

	if (broker->ws == NULL)
		return;
	if (now - broker->pinged_us >= PING_SECONDS * SECOND) {
		broker->pinged_us = now;
		(void)ws_ping(broker->ws);
	}
	/* A paused socket is our doing, not the browser's silence. */
	if (broker->to_target.len <= INPUT_PAUSE &&
	    now - ws_heard_us(broker->ws) > SILENCE_SECONDS * SECOND)
		broker_end(broker, "", "user_gone", "");
}

static void report_activity(struct broker *broker)
{
	const struct msg_broker_activity message = {.session_id = broker->session_id,
						    .bytes_in = broker->bytes_in,
						    .bytes_out = broker->bytes_out};
	uint64_t sum = broker->bytes_in + broker->bytes_out;

	if (broker->phase != PHASE_LIVE || sum == broker->activity_sum ||
	    broker_now() - broker->activity_us < ACTIVITY_SECONDS * SECOND)
		return;
	broker->activity_us = broker_now();
	broker->activity_sum = sum;
	/* A full channel: the next one tells. */
	if (broker_tell(broker, MSG_BROKER_ACTIVITY, 0, &msg_broker_activity_codec, &message, NULL,
			0) == ERR_IO)
		broker->authority_gone = true;
}

void broker_clock(struct broker *broker)
{
	if (broker->phase == PHASE_START)
		return;
	check_lease(broker);
	check_hold(broker);
	check_idle(broker);
	check_peer(broker);
	report_activity(broker);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return b >= 0 && b < a ? b : a;
}

int64_t broker_wait_us(const struct broker *broker)
{
	int64_t wait = SECOND / 2;

	if (broker->phase == PHASE_START)
		return 10 * SECOND;
	/* libssh does not always say what it waits for while it connects. */
	if (broker->phase < PHASE_LIVE)
		return SECOND / 20;
	wait = earlier(wait, recording_due_us(broker->recording));
	wait = earlier(wait, echo_due_us(broker->echo, broker_now()));
	int64_t left = broker->ends_mono_us - broker_now();
	return earlier(wait, left > 0 ? left : 0);
}
