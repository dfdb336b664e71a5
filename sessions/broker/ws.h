/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SESSIONS_BROKER_WS_H
#define SESSIONS_BROKER_WS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/codec.h"
#include "base/err.h"

/*
 * Server end of one WebSocket (RFC 6455, libwslay) over a socket that was upgraded already.
 * Binary messages of 1..WS_MESSAGE_MAX bytes; the first byte is the type.
 */
enum { WS_MESSAGE_MAX = 64 * 1024 };

enum ws_type {
	WS_INPUT = 0x00, /* client: typed bytes */
	WS_RESIZE = 0x01,
	WS_END = 0x02,
	WS_OUTPUT = 0x00, /* server: terminal bytes */
	WS_STAGE = 0x10,
	WS_LEASE = 0x11,
	WS_ENDED = 0x12,
	WS_NOTICE = 0x13,
	WS_HOLD = 0x14,
};

struct ws;
typedef void ws_message(void *arg, uint8_t type, const uint8_t *data, size_t len);

/* Takes fd (set non-blocking here). extra: bytes already read from it, copied. NULL: no memory. */
struct ws *ws_new(int fd, struct block extra, ws_message *message, void *arg);
void ws_free(struct ws *ws);
int ws_fd(const struct ws *ws);

/* Reads and handles what is there. ERR_IO: the peer is gone or said close; ERR_SYNTAX: it broke the
 * protocol (a close frame is queued). */
enum err ws_read(struct ws *ws) ERR_CHECKED;
/* While paused nothing is read from the socket. */
void ws_pause(struct ws *ws, bool paused);
/* Sends what fits. ERR_IO: the peer is gone. */
enum err ws_write(struct ws *ws) ERR_CHECKED;
bool ws_wants_write(const struct ws *ws);
/* Bytes queued and not sent yet. */
size_t ws_queued(const struct ws *ws);

/* Queues one message; splits nothing, so len < WS_MESSAGE_MAX. What was lost may be ignored for
 * notices; for output it may not. */
enum err ws_send(struct ws *ws, uint8_t type, const void *data, size_t len);
enum err ws_ping(struct ws *ws);
/* Monotonic time of the last frame from the peer. */
int64_t ws_heard_us(const struct ws *ws);
/* Queues a close frame. It overtakes queued messages, which are lost then: drain first. */
void ws_close(struct ws *ws, uint16_t code);

#endif
