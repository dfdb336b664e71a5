/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_AUTHORITY_CLOCK_H
#define SERVER_AUTHORITY_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/ctx.h"

/*
 * Somebody may set the wall clock back while things are lent by it. Monotonic time tells by how
 * much, and all that ends by the wall clock then ends as much earlier, so that nothing lives longer
 * than it was given. A clock that goes forward only ends things early.
 */
struct clock_watch {
	int64_t real_us, mono_us; /* read together once; zeroed: not yet */
};

/* How far the wall clock was set back (forward: negative), microseconds, once each time; 0 for less
 * than two seconds, which add up. */
int64_t clock_look(struct clock_watch *watch, int64_t real_us, int64_t mono_us);

/*
 * In the caller's transaction: shortens everything open by back_us, lets the time signed for
 * gateways go on (gateway_signed_time_add), writes the audit event. first: adds how far the clock
 * is behind the time the last run remembered. Remembers the time for the next run; call it each
 * minute. *out_back: by how much things were shortened.
 */
enum err clock_settle(struct ctx *ctx, bool first, int64_t back_us, int64_t *out_back) ERR_CHECKED;

struct db_stmt_list;
const struct db_stmt_list *clock_statements(void);

#endif
