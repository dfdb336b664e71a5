/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_METRICS_SQL_H
#define SERVER_METRICS_SQL_H

#include "sql/db.h"

const struct db_stmt_list *metrics_statements(void);

/* Ages and lives in seconds; METRIC_ABSENT: there is none to tell of. */
#define METRIC_ABSENT INT64_MIN
struct metrics_counts {
	int64_t live, waiting; /* privileged sessions */
	int64_t pending_requests;
	int64_t online, late, offline, held; /* gateways */
	int64_t alarms, rolled_back;
	int64_t audit_size, audit_pending, audit_lag_s, checkpoint_age_s;
	int64_t sealed, limit_met;
	int64_t certificate_s, gateway_certificate_s; /* negative: that long ago */
};
enum err metrics_sql_counts(struct ctx *ctx, struct metrics_counts *out) ERR_CHECKED;
/* Rows: role, "<restarts> <resident KiB>", of roles that told within five minutes. */
enum err metrics_sql_processes(struct ctx *ctx, struct db_rows **out) ERR_CHECKED;
/* Rows: event name, outcome, count, of the numbered events from (inclusive) to (exclusive). */
enum err metrics_sql_events(struct ctx *ctx, int64_t from, int64_t to,
			    struct db_rows **out) ERR_CHECKED;

#endif
