/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sessions/broker/ws.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wslay/wslay.h>

#include "base/secret.h"
#include "base/sys.h"

struct ws {
	int fd;
	wslay_event_context_ptr event;
	ws_message *message;
	void *arg;
	uint8_t *extra;
	size_t extra_len, extra_at;
	bool paused, gone, broken;
	int64_t heard_us;
};

static size_t take_extra(struct ws *ws, uint8_t *to, size_t len)
{
	size_t left = ws->extra_len - ws->extra_at;
	size_t count = left < len ? left : len;

	memcpy(to, ws->extra + ws->extra_at, count);
	ws->extra_at += count;
	return count;
}

static ssize_t on_recv(wslay_event_context_ptr event, uint8_t *to, size_t len, int flags, void *arg)
{
	struct ws *ws = arg;
	ssize_t got;

	(void)flags;
	if (ws->paused) {
		wslay_event_set_error(event, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	if (ws->extra_at < ws->extra_len)
		return (ssize_t)take_extra(ws, to, len);
	do
		got = recv(ws->fd, to, len, 0);
	while (got < 0 && errno == EINTR);
	if (got > 0)
		return got;
	if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
		wslay_event_set_error(event, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	ws->gone = true;
	wslay_event_set_error(event, WSLAY_ERR_CALLBACK_FAILURE);
	return -1;
}

static ssize_t on_send(wslay_event_context_ptr event, const uint8_t *data, size_t len, int flags,
		       void *arg)
{
	struct ws *ws = arg;
	ssize_t put;

	(void)flags;
	do
		put = send(ws->fd, data, len, MSG_NOSIGNAL);
	while (put < 0 && errno == EINTR);
	if (put >= 0)
		return put;
	if (errno == EAGAIN || errno == EWOULDBLOCK) {
		wslay_event_set_error(event, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	ws->gone = true;
	wslay_event_set_error(event, WSLAY_ERR_CALLBACK_FAILURE);
	return -1;
}

static void on_message(wslay_event_context_ptr event, const struct wslay_event_on_msg_recv_arg *msg,
		       void *arg)
{
	struct ws *ws = arg;

	(void)event;
	ws->heard_us = sys_mono_us();
	if (msg->opcode == WSLAY_CONNECTION_CLOSE) {
		ws->gone = true;
	} else if (msg->opcode == WSLAY_TEXT_FRAME ||
		   (msg->opcode == WSLAY_BINARY_FRAME && msg->msg_length == 0)) {
		ws->broken = true;
	} else if (msg->opcode == WSLAY_BINARY_FRAME && !ws->broken) {
		ws->message(ws->arg, msg->msg[0], msg->msg + 1, msg->msg_length - 1);
	}
}

static bool keep_extra(struct ws *ws, struct block extra)
{
	if (extra.len == 0)
		return true;
	ws->extra = malloc(extra.len);
	if (ws->extra == NULL)
		return false;
	memcpy(ws->extra, extra.data, extra.len);
	ws->extra_len = extra.len;
	return true;
}

struct ws *ws_new(int fd, struct block extra, ws_message *message, void *arg)
{
	static const struct wslay_event_callbacks callbacks = {
		.recv_callback = on_recv,
		.send_callback = on_send,
		.on_msg_recv_callback = on_message,
	};
	struct ws *ws = calloc(1, sizeof(*ws));
	int flags = fcntl(fd, F_GETFL);

	if (ws == NULL)
		return NULL;
	ws->fd = -1;
	ws->message = message;
	ws->arg = arg;
	ws->heard_us = sys_mono_us();
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 || !keep_extra(ws, extra) ||
	    wslay_event_context_server_init(&ws->event, &callbacks, ws) != 0) {
		ws_free(ws);
		return NULL;
	}
	wslay_event_config_set_max_recv_msg_length(ws->event, WS_MESSAGE_MAX);
	ws->fd = fd;
	return ws;
}

void ws_free(struct ws *ws)
{
	if (ws == NULL)
		return;
	if (ws->event != NULL)
		wslay_event_context_free(ws->event);
	if (ws->fd >= 0)
		close(ws->fd);
	if (ws->extra != NULL)
		wipe(ws->extra, ws->extra_len);
	free(ws->extra);
	free(ws);
}

int ws_fd(const struct ws *ws)
{
	return ws->fd;
}

enum err ws_read(struct ws *ws)
{
	int result = 0;

	if (!ws->gone && !ws->broken && wslay_event_want_read(ws->event))
		result = wslay_event_recv(ws->event);
	if (ws->gone || (result != 0 && !ws->broken))
		return ERR_IO;
	/* After a fault of the peer wslay has queued the close frame and reads no more. */
	if (!wslay_event_get_read_enabled(ws->event))
		ws->broken = true;
	return ws->broken ? ERR_SYNTAX : ERR_OK;
}

void ws_pause(struct ws *ws, bool paused)
{
	ws->paused = paused;
}

enum err ws_write(struct ws *ws)
{
	if (ws->gone)
		return ERR_IO;
	if (wslay_event_want_write(ws->event) && wslay_event_send(ws->event) != 0)
		return ERR_IO;
	return ws->gone ? ERR_IO : ERR_OK;
}

bool ws_wants_write(const struct ws *ws)
{
	return !ws->gone && wslay_event_want_write(ws->event);
}

size_t ws_queued(const struct ws *ws)
{
	return wslay_event_get_queued_msg_length(ws->event);
}

static enum err queue(struct ws *ws, uint8_t opcode, const uint8_t *data, size_t len)
{
	const struct wslay_event_msg msg = {.opcode = opcode, .msg = data, .msg_length = len};
	int result = wslay_event_queue_msg(ws->event, &msg);

	return result == 0 ? ERR_OK : result == WSLAY_ERR_NOMEM ? ERR_MEMORY : ERR_IO;
}

enum err ws_send(struct ws *ws, uint8_t type, const void *data, size_t len)
{
	uint8_t bytes[WS_MESSAGE_MAX];
	enum err err;

	if (len >= sizeof(bytes))
		return ERR_TOO_LARGE;
	bytes[0] = type;
	if (len > 0)
		memcpy(bytes + 1, data, len);
	err = queue(ws, WSLAY_BINARY_FRAME, bytes, len + 1);
	wipe(bytes, len + 1);
	return err;
}

enum err ws_ping(struct ws *ws)
{
	return queue(ws, WSLAY_PING, NULL, 0);
}

int64_t ws_heard_us(const struct ws *ws)
{
	return ws->heard_us;
}

void ws_close(struct ws *ws, uint16_t code)
{
	(void)wslay_event_queue_close(ws->event, code, NULL, 0);
}
