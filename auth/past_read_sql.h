/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_PAST_READ_SQL_H
#define AUTH_PAST_READ_SQL_H

#include "base/ctx.h"
#include "base/uuid.h"

/* What web may see of a person's sign-ins: nothing of what the profile is made of. */
struct past_view {
	struct uuid id;
	int64_t at, judged_at; /* judged_at 0: not yet */
	const char *peer, *user_agent;
	const char *reason, *verdict; /* NULL: accepted; not judged */
	bool current;		      /* that session began with it */
};
/* Of the last PAST_SHOWN_DAYS, newest first, at most PAST_SHOWN. */
enum err past_read(struct ctx *ctx, const struct uuid *user_id, const struct uuid *session_id,
		   void (*fn)(void *arg, const struct past_view *past), void *arg) ERR_CHECKED;

#endif
