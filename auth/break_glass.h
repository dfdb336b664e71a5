/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_BREAK_GLASS_H
#define AUTH_BREAK_GLASS_H

#include "auth/passkey.h"
#include "auth/user.h"

/*
 * Break-glass sign-in: at most two accounts, kept for when nothing else lets anybody in. They sign
 * in by a passkey of one device alone, from the networks listed for each, and by nothing else;
 * lanes, campaigns and the adaptive score do not hold them up, identity providers have no part in
 * it. Each use is told to every administrator and stays on the overview until one of them has
 * acknowledged it. Not to be confused with access to targets: what they may do there is up to their
 * roles. Set up on the server's console.
 */
enum { BREAK_GLASS_MAX = 2 };
#define BREAK_GLASS_KEY_ONLY "break_glass.key_only"

/* *out: the networks they may come from, words with blanks between; NULL: not such an account. */
enum err break_glass_of(struct ctx *ctx, const struct uuid *user_id, const char **out) ERR_CHECKED;
/* ERR_DENIED break_glass.key_only for such an account. */
enum err break_glass_refuse(struct ctx *ctx, const struct uuid *user_id) ERR_CHECKED;
/* *out_why: why this passkey, from there, is not enough for such an account; NULL: it is. */
enum err break_glass_judge(struct ctx *ctx, const struct passkey *passkey, const char *networks,
			   struct block peer, const char **out_why) ERR_CHECKED;
/* The alarm: event and open use, in the transaction of the sign-in. why: refused for that; NULL:
 * they are in. */
enum err break_glass_alarm(struct ctx *ctx, const struct user *user, const struct in *in,
			   const char *why) ERR_CHECKED;

/* Makes an account such a one, or gives it other networks; its sign-ins and API tokens end. In the
 * caller's transaction, which appends audit, an initialised event. */
struct audit;
enum err break_glass_set(struct ctx *ctx, struct audit *audit, const char *login,
			 const char *networks) ERR_CHECKED;
enum err break_glass_end(struct ctx *ctx, struct audit *audit, const char *login) ERR_CHECKED;

#endif
