/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_EXCEPTION_H
#define AUTH_EXCEPTION_H

#include "base/ctx.h"
#include "base/uuid.h"

/*
 * Exceptions to the adaptive decision: for a few days nothing follows from the score when that
 * person comes from that network. An unknown device and the cold start step up all the same, and
 * nothing else that a sign-in must pass is lifted. For a privileged person (auth/second.h) another
 * administrator must approve, within a day.
 */
enum {
	EXCEPTION_DAYS_MAX = 7,
	EXCEPTION_ASK_HOURS = 24,
	EXCEPTION_PERSON_MAX = 5, /* that wait or hold */
	EXCEPTION_ALL_MAX = 200,
	EXCEPTION_BITS_4 = 16, /* a network is not wider */
	EXCEPTION_BITS_6 = 32,
	EXCEPTION_NOTE_MAX = 200
};

struct exception {
	struct uuid id, user_id, asked_by, approved_by; /* approved_by nil: none was needed */
	const char *network, *note;
	int64_t asked_at, approved_at, until; /* approved_at 0: it waits */
};
/* The one that holds for the person there, now. privileged: only one that a second administrator
 * has approved. *out nil: none. */
enum err exception_find(struct ctx *ctx, const struct uuid *user_id, const char *peer,
			bool privileged, struct uuid *out) ERR_CHECKED;
/* Ends all of a person's, each with its audit event. */
enum err exception_end_of(struct ctx *ctx, const struct uuid *user_id,
			  const char *reason) ERR_CHECKED;
/* The same for those whose time is over, some at a time. Own transaction is the caller's. */
enum err exception_sweep(struct ctx *ctx) ERR_CHECKED;

/* --- Rows --- */
enum err exception_sql_insert(struct ctx *ctx, const struct exception *exception) ERR_CHECKED;
/* One that has not ended; locks it. ERR_NOT_FOUND. */
enum err exception_sql_lock(struct ctx *ctx, const struct uuid *id,
			    struct exception *out) ERR_CHECKED;
enum err exception_sql_approve(struct ctx *ctx, const struct uuid *id,
			       const struct uuid *by) ERR_CHECKED;
enum err exception_sql_end(struct ctx *ctx, const struct uuid *id, const char *reason) ERR_CHECKED;
/* How many wait or hold: of the person, and of all. */
enum err exception_sql_count(struct ctx *ctx, const struct uuid *user_id, int64_t *out_theirs,
			     int64_t *out_all) ERR_CHECKED;
/* At most EXCEPTION_PERSON_MAX: of a person, or (NULL) those whose time is over. Locks them. */
enum err exception_sql_to_end(struct ctx *ctx, const struct uuid *user_id,
			      struct exception out[EXCEPTION_PERSON_MAX],
			      size_t *out_count) ERR_CHECKED;
/* Of the person, that hold now; the same number at most. */
enum err exception_sql_holding(struct ctx *ctx, const struct uuid *user_id,
			       struct exception out[EXCEPTION_PERSON_MAX],
			       size_t *out_count) ERR_CHECKED;

#endif
