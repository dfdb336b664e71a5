/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SESSION_H
#define AUTH_SESSION_H

#include <stdbool.h>

#include "auth/user.h"
#include "base/codec.h"
#include "base/messages.h"
#include "rbac/principal.h"

/*
 * Portal sessions: an opaque 256-bit cookie of which only the SHA-256 is stored; ended by sign-out,
 * revocation, silence and age (auth/session_limit.h), whichever is first.
 */
enum { SESSION_COOKIE = 32, SESSION_COOKIE_TEXT = 44, SESSION_FRESH_MINUTES = 15 };

struct session_where {
	struct block peer;
	const char *user_agent;
	const struct uuid *device_id;  /* NULL: none */
	const struct uuid *passkey_id; /* what was shown; NULL: something weaker */
	bool proven;		       /* by the device's key: it must go on proving it */
	bool stale;		       /* what was shown proves nothing anew: not fresh */
};

/* A new session for a person who has just proven who they are, and may come from there (ERR_DENIED
 * network.refused otherwise); one whose password is too old or
 * must be changed has no permissions until it is, nor has one below its factor floor
 * (auth/floor.h). out_cookie: base64url text. */
enum err session_open(struct ctx *ctx, const struct user *user, const struct session_where *where,
		      struct uuid *out_id, char out_cookie[SESSION_COOKIE_TEXT]) ERR_CHECKED;
/* Who holds this cookie: fills *out (arena) with permissions as they are now. Activity is written
 * at most once a minute. ERR_UNAUTHENTICATED when there is no live session. One that no device
 * proves ends when it is shown from another network (auth/place.h) than it began in. */
enum err session_principal(struct ctx *ctx, struct block cookie, struct block peer,
			   enum credential_use use, struct principal *out) ERR_CHECKED;
/* The same of a session by its id, for what another site posts to us: no cookie of ours comes along
 * with that (SameSite=Lax), and the caller knows otherwise that it is that session's browser. No
 * activity; ERR_UNAUTHENTICATED session.unproven, too. */
enum err session_principal_of(struct ctx *ctx, const struct uuid *id,
			      struct principal *out) ERR_CHECKED;
/* The person has just proven again who they are: a new cookie for the same session, authenticated
 * now. passkey_id: with which; NULL: with something weaker, the earlier one stays what it was.
 * ERR_NOT_FOUND when it ended meanwhile. */
enum err session_renew(struct ctx *ctx, const struct uuid *id, const struct uuid *passkey_id,
		       char out_cookie[SESSION_COOKIE_TEXT]) ERR_CHECKED;
/* The device has proven its key: the session goes on for DEVICE_PROOF_SECONDS more. out_cookie: its
 * new cookie, or "" when the present one is younger than a minute; the present one is good for
 * DEVICE_FORMER_SECONDS more, and ends the session when it is shown after that. */
enum err session_proven(struct ctx *ctx, const struct uuid *id,
			char out_cookie[SESSION_COOKIE_TEXT]) ERR_CHECKED;
/* ERR_UNAUTHENTICATED session.unproven when the device has missed to prove its key. */
enum err session_check_proof(struct ctx *ctx, const struct principal *principal) ERR_CHECKED;
/* The person has done something by another way than a request: no silence. Nothing when it is
 * over. */
enum err session_used(struct ctx *ctx, const struct uuid *id) ERR_CHECKED;
bool session_is_fresh(const struct principal *principal);
/* Whether the session of whoever acts showed a passkey in the last SESSION_FRESH_MINUTES. */
enum err session_showed_passkey(struct ctx *ctx, bool *out) ERR_CHECKED;
/* In a transaction of the person who acts: locks their row and then their session, so that what
 * ends the session or asks for a new password comes wholly before or wholly after.
 * ERR_UNAUTHENTICATED session.unknown when it has ended since the request was let in. *out_due: the
 * password must be changed first. */
enum err session_lock_own(struct ctx *ctx, bool *out_due) ERR_CHECKED;
/* ERR_NOT_FOUND unless it is a live session of user_id. */
enum err session_end(struct ctx *ctx, const struct uuid *id, const struct uuid *user_id,
		     const char *reason) ERR_CHECKED;
/* Ends all but keep (NULL: all), and the person's API tokens. */
enum err session_end_all(struct ctx *ctx, const struct uuid *user_id, const struct uuid *keep,
			 const char *reason) ERR_CHECKED;

#endif
