/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_ENROLMENT_H
#define AUTH_ENROLMENT_H

#include "auth/session.h"
#include "auth/signin.h"
#include "rbac/permission.h"

/*
 * One-time links: 256-bit token, only its SHA-256 stored, single use (taken in the transaction that
 * sets password and code), three days of life. A new link ends the earlier ones.
 */
enum { ENROLMENT_TOKEN_TEXT = 44, ENROLMENT_HOURS = 72 };

struct enrolment {
	struct uuid id;
	struct uuid totp_id;   /* nil: not shown yet */
	permission_set judged; /* as enrolment_issue was told */
	struct user user;
};

/* In the caller's transaction. judged: what the person may do as whoever allowed this link knew it;
 * all when the owner of the server did. */
enum err enrolment_issue(struct ctx *ctx, const struct uuid *user_id, permission_set judged,
			 char out_token[ENROLMENT_TOKEN_TEXT], int64_t *out_expires) ERR_CHECKED;
/* The live link behind a token; locks it. ERR_NOT_FOUND reason enrolment.invalid for unknown, used
 * and expired alike, enrolment.outdated when the person is enrolled and may do more than judged:
 * that takes a new decision. */
enum err enrolment_find(struct ctx *ctx, const char *token, struct enrolment *out) ERR_CHECKED;
/* Makes a seed in place of any shown before and gives its otpauth:// address as a pipe. The audit
 * event is durable before the keeper opens anything. Own transaction. */
enum err enrolment_totp(struct ctx *ctx, const struct in *in, const char *token,
			int *out_fd) ERR_CHECKED;
/* Takes the link: password, code, state active, signed in. Own transaction. */
enum err enrolment_complete(struct ctx *ctx, const struct in *in, const char *token,
			    const struct secret *password, const char *code,
			    struct signin_result *out) ERR_CHECKED;

#endif
