/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SESSION_LIMIT_H
#define AUTH_SESSION_LIMIT_H

#include "auth/for_groups.h"

/*
 * How long a sign-in to the portal lasts: without use, and in any case. Of the limits of a person's
 * groups and of those above the shortest of each holds, and the default where none has one; never
 * more than the configuration allows (session_idle_minutes, session_max_hours). Judged anew at each
 * request, so that a shorter limit ends at once what is past it; a longer one lengthens nobody's
 * present sign-in beyond the age it was opened for.
 */
enum { SESSION_IDLE_MINUTES_MIN = 5, SESSION_IDLE_MINUTES_MAX = 1440, SESSION_HOURS_MAX = 168 };
struct session_span {
	int64_t idle_us, age_us;
};
enum err session_span_of(struct ctx *ctx, const struct uuid *user_id,
			 struct session_span *out) ERR_CHECKED;
/* When that span ends a sign-in: the earlier of it and of what *idle and *age say already. */
void session_span_cut(const struct session_span *span, int64_t created_at, int64_t last_seen_at,
		      int64_t *idle, int64_t *age);

struct session_limit {
	struct uuid id;
	const char *profile; /* standard, privileged, external */
	bool is_default;
	int64_t idle_minutes, max_hours, version;
};
enum { SESSION_LIMITS_MAX = 3 };
#define SESSION_LIMIT_COLUMNS \
	"l.id, l.profile, l.is_default, l.idle_minutes, l.max_hours, l.version"
enum { SESSION_LIMIT_COLUMN_COUNT = 6 };

enum err session_limit_sql_list(struct ctx *ctx, struct session_limit out[SESSION_LIMITS_MAX],
				size_t *out_count) ERR_CHECKED;
enum err session_limit_sql_get(struct ctx *ctx, const struct uuid *id,
			       struct session_limit *out) ERR_CHECKED;
for_groups_read_fn session_limit_sql_groups;
/* The rows of a statement that selects SESSION_LIMIT_COLUMNS. */
enum err session_limit_sql_read(struct ctx *ctx, const struct db_stmt *stmt,
				struct session_limit out[SESSION_LIMITS_MAX],
				size_t *out_count) ERR_CHECKED;

#endif
