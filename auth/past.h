/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_PAST_H
#define AUTH_PAST_H

#include "auth/risk_profile.h"
#include "base/ctx.h"
#include "base/uuid.h"

/*
 * Sign-ins whose first proof was right, accepted or not, kept so long that their person can say
 * whether it was them. "Not me" takes back what the profile learned from it and makes the person's
 * next sign-ins count as more unusual; "me" teaches the profile what a refused one showed.
 */
enum { PAST_SHOWN_DAYS = 30, PAST_KEEP_DAYS = 40, PAST_REPORT_DAYS = 7, PAST_SHOWN = 50 };

struct past {
	struct uuid id, user_id;
	struct uuid session_id; /* nil: it was refused */
	int64_t at;
	const char *peer, *user_agent;
	const char *reason;	      /* of the refusal; NULL: accepted */
	const struct risk_look *look; /* NULL: nobody looked */
	bool learned;
	uint8_t taught; /* of risk_learn */
	bool for_all;	/* it counts among everybody's, too */
	bool judged;
};
/* In the caller's transaction; forgets a few old ones. */
enum err past_add(struct ctx *ctx, const struct past *past) ERR_CHECKED;
/* One that is shown still; locks it. Its look lives in the arena. ERR_NOT_FOUND. */
enum err past_lock(struct ctx *ctx, const struct uuid *id, struct past *out) ERR_CHECKED;
/* ctx->principal says whose it was. */
enum err past_judge(struct ctx *ctx, const struct uuid *id, bool was_me) ERR_CHECKED;
/* Whether the person said "not me" in the last PAST_REPORT_DAYS. */
enum err past_reported(struct ctx *ctx, const struct uuid *user_id, bool *out) ERR_CHECKED;
/* Administrators have looked at reports, but for those about the one who asks. */
enum err past_seen(struct ctx *ctx, uint64_t *out_count) ERR_CHECKED;
/* The device of an accepted one is no known one any more. *out: whether there was one. */
enum err past_forget_device(struct ctx *ctx, const struct past *past, bool *out) ERR_CHECKED;

#endif
