/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_ADAPTIVE_READ_H
#define AUTH_ADAPTIVE_READ_H

#include "auth/risk_record.h"
#include "base/ctx.h"
#include "base/uuid.h"

/* Decisions about sign-ins as the audit log has them, newest first: of sign-ins that were accepted,
 * and of those that only the decision refused. */
enum { ADAPTIVE_PAST_MAX = 20000, ADAPTIVE_LOGIN = 65 };
struct adaptive_past {
	struct uuid user_id;
	char login[ADAPTIVE_LOGIN];
	int32_t role;
	bool code, key,
		settled; /* a typed code was shown; a known device; enough sign-ins before */
	struct risk_decision decision;
};
struct adaptive_pasts {
	struct adaptive_past *list; /* on the heap: the caller frees it */
	size_t count;
	size_t other; /* decisions of another version, or that do not hold */
	bool more;    /* than ADAPTIVE_PAST_MAX */
};
enum err adaptive_read_past(struct ctx *ctx, int64_t since, struct adaptive_pasts *out) ERR_CHECKED;

#endif
