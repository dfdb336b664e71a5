/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_CTL_CLIENT_H
#define SERVER_CTL_CLIENT_H

#include "base/buf.h"
#include "base/ctx.h"
#include "base/messages.h"

/* The owner's side of the control socket (server/authority_ctl.c). */

/* ERR_UNAVAILABLE with a text for people. The caller closes *out_fd. */
enum err ctl_connect(struct ctx *ctx, const char *path, int *out_fd) ERR_CHECKED;
/* One command, one answer; *out borrows from scratch (limit 2 * CHAN_PAYLOAD_MAX). What the server
 * refused is in out->err. ERR_TOO_LARGE: the words; ERR_INPUT: the answer is malformed;
 * ERR_UNAVAILABLE: none came. secret_fd: a pipe that goes along, or -1. */
enum err ctl_ask(struct ctx *ctx, int fd, const char *name, const char *words, int secret_fd,
		 struct buf *scratch, struct msg_command_result *out) ERR_CHECKED;

#endif
