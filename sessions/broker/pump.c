/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sessions/broker/inner.h"

#include <string.h>

#include "base/sys.h"

enum { READ_SIZE = 16 * 1024, SEND_SIZE = 32 * 1024 };

static bool recording_failed(struct broker *broker)
{
	broker_end(broker, "recording", "recording.failed", "");
	return true;
}

void broker_record_input(void *arg, const char *text, size_t len)
{
	struct broker *broker = arg;

	if (broker->phase != PHASE_ENDED && recording_input(broker->recording, text, len) != ERR_OK)
		(void)recording_failed(broker);
}

void broker_record_command(void *arg, const char *text, size_t len)
{
	struct broker *broker = arg;

	if (broker->phase != PHASE_ENDED &&
	    recording_command(broker->recording, text, len) != ERR_OK)
		(void)recording_failed(broker);
}

static void take_size(struct broker *broker, const uint8_t *data, size_t len)
{
	struct rd rd = rd_of(data, len);
	uint16_t cols = rd_u16(&rd), rows = rd_u16(&rd);

	if (!rd_done(&rd) || cols == 0 || rows == 0 || cols > TERMINAL_MAX || rows > TERMINAL_MAX) {
		broker_end(broker, "", "protocol", "");
		return;
	}
	if (cols == broker->cols && rows == broker->rows)
		return;
	broker->cols = cols;
	broker->rows = rows;
	broker->resized = true;
}

void broker_user_message(void *arg, uint8_t type, const uint8_t *data, size_t len)
{
	struct broker *broker = arg;

	if (broker->phase == PHASE_ENDED)
		return;
	switch (type) {
	case WS_INPUT:
		/* What is typed before there is a shell has no addressee. */
		if (broker->phase != PHASE_LIVE)
			return;
		/* Nobody is signed in who could have typed it. */
		if (broker->hold_us != 0)
			return;
		buf_put(&broker->to_target, data, len);
		if (buf_failed(&broker->to_target))
			broker_end(broker, "", "protocol", "");
		broker->input_us = broker_now();
		broker->idle_warned = false;
		ws_pause(broker->ws, broker->to_target.len > INPUT_PAUSE);
		return;
	case WS_RESIZE: take_size(broker, data, len); return;
	case WS_END: broker_end(broker, "", len == 0 ? "user" : "protocol", ""); return;
	default: broker_end(broker, "", "protocol", "");
	}
}

/* What no buffer holds is lost on its way, and what follows it would not be what was recorded. */
static bool out_of_memory(struct broker *broker, const struct buf *buf)
{
	if (buf_failed(buf))
		broker_end(broker, "", "internal", "");
	return buf_failed(buf);
}

/* Records as much of from_target as is whole characters; the rest waits for its end. */
static void record_output(struct broker *broker, bool final)
{
	size_t used = 0;

	if (broker->from_target.len == 0)
		return;
	if (recording_output(broker->recording, broker->from_target.data, broker->from_target.len,
			     final, &used) != ERR_OK) {
		(void)recording_failed(broker);
		return;
	}
	buf_put(&broker->recorded, broker->from_target.data, used);
	if (out_of_memory(broker, &broker->recorded))
		return;
	echo_shown(broker->echo, broker->from_target.data, used, broker_now());
	buf_consume(&broker->from_target, used);
	broker->residue_since = broker->from_target.len > 0 ? broker_now() : 0;
}

/* Hands on what the recording has safely written. */
static void forward_output(struct broker *broker)
{
	uint64_t written = recording_written_output(broker->recording);

	while (broker->forwarded < written && broker->phase != PHASE_ENDED) {
		size_t count = (size_t)(written - broker->forwarded);
		if (count > SEND_SIZE)
			count = SEND_SIZE;
		if (ws_send(broker->ws, WS_OUTPUT, broker->recorded.data, count) != ERR_OK) {
			broker_end(broker, "", "user_gone", "");
			return;
		}
		buf_consume(&broker->recorded, count);
		broker->forwarded += count;
		broker->bytes_out += count;
	}
}

void broker_begin_live(struct broker *broker)
{
	broker_stage(broker, STAGE_LOGIN, STAGE_DONE, "");
	broker_stage(broker, STAGE_LIVE, STAGE_DONE, "");
	broker->input_us = broker_now();
	if (broker->banner == NULL || broker->banner[0] == '\0')
		return;
	buf_put_text(&broker->from_target, broker->banner);
	buf_put_text(&broker->from_target, "\r\n");
	record_output(broker, true);
}

/* True when something was read. */
static bool read_stream(struct broker *broker, int is_stderr)
{
	uint8_t bytes[READ_SIZE];
	int got = ssh_channel_read_nonblocking(broker->channel, bytes, sizeof(bytes), is_stderr);

	if (got > 0)
		buf_put(&broker->from_target, bytes, (size_t)got);
	wipe(bytes, got > 0 ? (size_t)got : 0);
	(void)out_of_memory(broker, &broker->from_target);
	return got > 0;
}

static bool room_for_output(const struct broker *broker)
{
	return broker->recorded.len + READ_SIZE < OUTPUT_MAX && ws_queued(broker->ws) < QUEUE_MAX;
}

/* Reads until the target has no more for now. True: nothing is left, and there was room to see
 * that. */
static bool read_target(struct broker *broker)
{
	while (broker->phase == PHASE_LIVE) {
		if (!room_for_output(broker))
			return false;
		if (!read_stream(broker, 0) && !read_stream(broker, 1))
			return true;
		record_output(broker, false);
	}
	return false;
}

static void write_target(struct broker *broker)
{
	while (broker->to_target.len > 0 && broker->phase == PHASE_LIVE) {
		size_t window = ssh_channel_window_size(broker->channel);
		size_t count = broker->to_target.len < window ? broker->to_target.len : window;
		int put;

		if (count > SEND_SIZE)
			count = SEND_SIZE;
		if (count == 0)
			break;
		put = ssh_channel_write(broker->channel, broker->to_target.data, (uint32_t)count);
		if (put <= 0)
			break;
		echo_typed(broker->echo, broker->to_target.data, (size_t)put, broker_now());
		wipe(broker->to_target.data, (size_t)put);
		buf_consume(&broker->to_target, (size_t)put);
		broker->bytes_in += (uint64_t)put;
	}
	ws_pause(broker->ws, broker->to_target.len > INPUT_PAUSE);
}

static void resize(struct broker *broker)
{
	if (!broker->resized)
		return;
	broker->resized = false;
	(void)ssh_channel_change_pty_size(broker->channel, broker->cols, broker->rows);
	echo_resize(broker->echo, broker->cols);
	if (recording_resize(broker->recording, broker->cols, broker->rows) != ERR_OK)
		(void)recording_failed(broker);
}

/* The target is done when it said so and everything it sent has been read. */
static void notice_close(struct broker *broker, bool drained)
{
	if (broker->phase != PHASE_LIVE || !drained)
		return;
	if (ssh_channel_is_eof(broker->channel) || ssh_channel_is_closed(broker->channel))
		broker_end(broker, "", "target_closed", "");
	else if (!ssh_is_connected(broker->ssh))
		broker_end(broker, "target", "gateway.lost", "");
}

/* Writes what is due, or all when there is no more room: it must go on before more can come. */
static void hand_on(struct broker *broker, bool drained)
{
	if (broker->phase != PHASE_LIVE)
		return;
	if ((drained ? recording_tick(broker->recording) : recording_flush(broker->recording)) !=
	    ERR_OK)
		(void)recording_failed(broker);
	if (broker->phase == PHASE_LIVE)
		forward_output(broker);
}

void broker_pump(struct broker *broker)
{
	bool drained;

	resize(broker);
	write_target(broker);
	/* libssh may hold data that poll does not see: stop only when it is empty or the browser is
	 * the one to wait for. */
	do {
		drained = read_target(broker);
		echo_tick(broker->echo, broker_now());
		if (broker->residue_since != 0 &&
		    broker_now() - broker->residue_since > RECORDING_CHUNK_US)
			record_output(broker, true);
		hand_on(broker, drained);
	} while (!drained && broker->phase == PHASE_LIVE && ws_queued(broker->ws) < QUEUE_MAX);
	notice_close(broker, drained);
}

bool broker_finish_output(struct broker *broker)
{
	size_t used = 0;
	enum err err = ERR_OK;

	if (broker->from_target.len > 0)
		err = recording_output(broker->recording, broker->from_target.data,
				       broker->from_target.len, true, &used);
	buf_put(&broker->recorded, broker->from_target.data, used);
	if (err == ERR_OK)
		err = recording_finish(broker->recording);
	if (err != ERR_OK)
		return false;
	for (size_t at = 0; at < broker->recorded.len; at += SEND_SIZE) {
		size_t count = broker->recorded.len - at;
		if (count > SEND_SIZE)
			count = SEND_SIZE;
		if (ws_send(broker->ws, WS_OUTPUT, broker->recorded.data + at, count) != ERR_OK)
			break;
		broker->bytes_out += count;
	}
	buf_reset(&broker->recorded);
	return true;
}
