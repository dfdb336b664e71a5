/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SIGNIN_H
#define AUTH_SIGNIN_H

#include "auth/lane.h"
#include "auth/passkey.h"
#include "auth/session.h"
#include "base/secret.h"
#include "rbac/op.h"

/*
 * Password and one-time code, or a recovery code or a passkey in its place. One answer for every
 * failure, and the same work for a login that does not exist: a dummy hash and a dummy seed are
 * checked then. Never inside a transaction: the hash takes long. Every attempt is audited in the
 * transaction that decides it.
 */
struct signin {
	const char *login, *code;
	const struct secret *password;
	const struct secret *recovery;	      /* NULL: code; else code is NULL */
	const struct passkey_answer *passkey; /* NULL: one of those */
	const char *mailed;  /* a code by mail in the place of all these, or NULL */
	const struct in *in; /* peer, user agent, device cookie */
	bool again;	     /* somebody signed in proves anew that it is them: no new session */
	bool sends;	     /* no sign-in: a code is to be mailed for one */
};
struct signin_result {
	struct uuid user_id, session_id;
	char session[SESSION_COOKIE_TEXT]; /* the caller wipes both */
	char device[SESSION_COOKIE_TEXT];
};

/* ERR_UNAUTHENTICATED sign_in.failed; ERR_LIMIT sign_in.wait (field: seconds) on a lane that only
 * this person's device or network can reach. */
enum err signin_run(struct ctx *ctx, const struct signin *signin,
		    struct signin_result *out) ERR_CHECKED;
/* Has a code mailed to who may have one (auth/signin_mail.c), after the same look at the password.
 * Whether it was right, and whether a code was sent, shows neither in the answer nor in its time:
 * ERR_OK, or as signin_run for who waits. ERR_CONFLICT mail_code.off where nobody gets one. */
enum err signin_send_code(struct ctx *ctx, const struct signin *signin) ERR_CHECKED;
/* A passkey alone, which has verified the person: the same answers, and no password is asked for.
 */
enum err signin_by_passkey(struct ctx *ctx, const struct passkey_answer *answer,
			   struct signin_result *out) ERR_CHECKED;
/* The same for who is signed in, as signin_step_up(): password and code, or password and recovery
 * code. ERR_DENIED step_up.failed; factor.below_floor where the person's floor wants a passkey. */
enum err signin_again(struct ctx *ctx, const struct signin *signin,
		      char out_cookie[SESSION_COOKIE_TEXT]) ERR_CHECKED;
/* A passkey of the person who is signed in: proves anew that it is them. out_cookie: the session's
 * new cookie; the old one is worth nothing any more. Own transaction. */
enum err signin_step_up(struct ctx *ctx, const struct passkey_answer *answer,
			char out_cookie[SESSION_COOKIE_TEXT]) ERR_CHECKED;
/* What somebody has shown: a passkey (NULL: something less), or nothing that counts as fresh. */
struct signin_shown {
	const struct uuid *passkey;
	bool stale;
};
/* The session, device cookie and old session's end of somebody who has just proven who they are;
 * in the caller's transaction. device: known already, or NULL to make one. */
enum err signin_open(struct ctx *ctx, const struct user *user, const struct in *in,
		     const struct uuid *device, struct signin_shown shown,
		     struct signin_result *out) ERR_CHECKED;
/* The same check of a password alone, for the person who is signed in; own transactions. */
enum err signin_check_own_password(struct ctx *ctx, const struct secret *password,
				   const struct in *in) ERR_CHECKED;
/* subject of the lanes of a login (console). */
enum err signin_subject(struct ctx *ctx, const char *login, uint8_t out[32]) ERR_CHECKED;

#endif
