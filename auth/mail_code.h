/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_MAIL_CODE_H
#define AUTH_MAIL_CODE_H

#include "base/codec.h"
#include "base/ctx.h"
#include "base/uuid.h"

/*
 * Codes sent by mail: eight random digits, good for ten minutes, three tries and one use, in the
 * browser that asked for them, and only until the next one is sent; three are sent in an hour.
 * Stored is a MAC under a key that lives in authority's memory only, so that a copy of the data
 * base tells nothing about a code; a restart voids those that are under way. sekisho-mail gets the
 * code itself by pipe when it sends the message.
 */
enum {
	MAIL_CODE_DIGITS = 8,
	MAIL_CODE_TEXT, /* with NUL */
	MAIL_CODE_MINUTES = 10,
	MAIL_CODE_TRIES = 3,
	MAIL_CODE_SENDS = 3, /* in MAIL_CODE_SENDS_MINUTES */
	MAIL_CODE_SENDS_MINUTES = 60,
	MAIL_CODE_BINDING = 32
};
enum mail_code_purpose { MAIL_CODE_ADDRESS, MAIL_CODE_SIGN_IN };

/* Whose code, what for, and where it may be typed. */
struct mail_code {
	struct uuid id; /* of the message that carries it, too */
	struct uuid user_id;
	enum mail_code_purpose purpose;
	const char *address;
	uint8_t binding[MAIL_CODE_BINDING]; /* hash of what the browser shows */
};

/* A new key and no codes; once, before the first request. Later calls do nothing. ERR_MEMORY. */
enum err mail_code_start(struct ctx *ctx) ERR_CHECKED;
/* Makes the code, sets code->id, and holds it for sekisho-mail; the event that has the message sent
 * is the caller's. In the caller's transaction, which holds the person's row. ERR_LIMIT
 * mail_code.sends. For nobody (a nil person) the same is done, and nothing comes of it. */
enum err mail_code_make(struct ctx *ctx, struct mail_code *code) ERR_CHECKED;
/*
 * Tries what was typed on the newest code of that person and purpose. Counts the try: the caller's
 * transaction, which holds the person's row, must be committed whatever comes out. *out_why: NULL
 * when it was right, and then it is used and code->address where it had been sent; else a reason
 * for the audit. Somebody without a code takes the same statements.
 */
enum err mail_code_try(struct ctx *ctx, struct mail_code *code, const char *typed,
		       const char **out_why) ERR_CHECKED;
/* For sekisho-mail: a pipe with the code of that message, to be closed. ERR_NOT_FOUND when it is
 * too old, or from before a restart. */
enum err mail_code_hand(struct ctx *ctx, const struct uuid *id, int *out_fd) ERR_CHECKED;

#endif
