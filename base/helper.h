/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_HELPER_H
#define BASE_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/chan.h"
#include "base/ctx.h"

/*
 * Helpers: short-lived confined processes that parse what a foreign system sent, for one request.
 * Authority asks the supervisor for one, gives it one message and hears one answer over a channel
 * that nobody else holds; then it ends. What it says is data of an attacker until it is judged: the
 * answer's codec bounds it. That it dies, is late or breaks the form is "broken"
 * (ERR_UNAVAILABLE), never "wrong": a verdict is a field of the answer.
 */
enum helper_kind { /* struct msg_spawn.kind */
		   HELPER_SAML = 3,
		   HELPER_OIDC = 4,
};

/* Where they come from: constant after start. */
struct helpers {
	/* Gives control to a new process of that kind; the descriptor stays the caller's. Any
	 * thread. False: none can be asked for. When none starts, the other end is closed. */
	bool (*start)(void *arg, enum helper_kind kind, int control);
	void *arg;
};

struct helper_ask {
	enum helper_kind kind;
	uint32_t type;
	const struct codec *codec;
	const void *message;
	int fds[CHAN_FDS]; /* borrowed */
	int nfds;
	uint32_t answer_type;
	const struct codec *answer_codec;
	size_t answer_size;
	int wait_ms; /* at most; the context's deadline counts as well */
};

/* Waits for the answer; its blocks are in ctx->arena. Not inside a transaction: rows would be
 * locked while a foreign message is looked at. */
enum err helper_call(struct ctx *ctx, const struct helper_ask *ask, void *answer) ERR_CHECKED;

/*
 * The helper's side. work fills *answer (zeroed), whose blocks may lie in ctx->arena; anything but
 * ERR_OK ends the process without an answer. Descriptors it does not take are closed.
 */
struct helper_row {
	uint32_t type;
	const struct codec *codec;
	size_t size;
	int fds;
	uint32_t answer_type;
	const struct codec *answer_codec;
	enum err (*work)(struct ctx *ctx, struct chan_msg *msg, const void *message, void *answer);
};
enum { HELPER_MESSAGE_MAX = 1024, HELPER_ARENA_MAX = 8 * 1024 * 1024 };
/* One message, one answer; ERR: said nothing. */
enum err helper_serve(int control, const struct helper_row *rows, size_t count) ERR_CHECKED;

#endif
