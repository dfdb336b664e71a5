/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_WEB_LINK_H
#define SERVER_WEB_LINK_H

#include "base/buf.h"
#include "base/codec.h"
#include "base/ctx.h"
#include "base/loop.h"
#include "base/messages.h"

/*
 * Web's end of the channel to authority: handler threads ask and wait, the loop's thread receives.
 * Sending never waits longer than a moment: a stopped authority sheds load.
 */
struct web_link;

/* notify: called in the loop's thread for each MSG_NOTIFY. lost: the channel ended. */
struct web_link *web_link_new(struct loop *loop,
			      void (*notify)(void *arg, const struct msg_notify *message),
			      void (*lost)(void *arg), void *arg);
/* Nobody may be asking any more. */
void web_link_free(struct web_link *link);
/* Takes fd; who waits on an older channel gets ERR_UNAVAILABLE. Loop thread. */
enum err web_link_open(struct web_link *link, int fd) ERR_CHECKED;
bool web_link_is_open(struct web_link *link);

struct web_answer {
	uint32_t type;
	struct buf payload; /* wiped when cleared */
	int fd;		    /* -1, or a descriptor that came along: the asker's */
};
void web_answer_init(struct web_answer *answer);
void web_answer_clear(struct web_answer *answer);

/* Asks and waits until ctx's deadline (fd -1: none goes along; the caller keeps it).
 * ERR_UNAVAILABLE when authority is away or too slow; ERR_UNKNOWN_OUTCOME when a MSG_EXECUTE was
 * sent and not answered. Any thread but the loop's. */
enum err web_link_ask(struct ctx *ctx, struct web_link *link, uint32_t type, const void *data,
		      size_t len, int fd, struct web_answer *out) ERR_CHECKED;
/* Sends and returns; then(arg, err) follows once, in another thread, with *out filled when err is
 * ERR_OK, within the time ctx leaves. ERR_UNAVAILABLE when it could not be sent: then does not
 * follow. What then uses may be gone when this returns ERR_OK. */
typedef void web_link_then(void *arg, enum err err);
enum err web_link_order(struct ctx *ctx, struct web_link *link, const struct buf *order, int fd,
			struct web_answer *out, web_link_then *then, void *arg) ERR_CHECKED;
/* What was not answered was sent, and may have been carried out. */
enum err web_link_silent(struct ctx *ctx) ERR_CHECKED;
/* Ends the channel: everybody who waits gets ERR_UNAVAILABLE, and whoever comes later. */
void web_link_close(struct web_link *link);
/* Notification; dropped when the channel is full. Any thread. */
void web_link_tell(struct web_link *link, uint32_t type, const struct codec *codec,
		   const void *message);

#endif
