/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_PRESENCE_SQL_H
#define GATEWAYS_PRESENCE_SQL_H

#include "sql/db.h"

const struct db_stmt_list *gateway_presence_statements(void);

/* What an attach is judged by; locks the gateway's presence row. */
struct presence_row {
	struct uuid group_id, boot_id, certificate_of;
	const char *name, *gateway_state, *state, *source_ranges;
	int64_t connections, revoked_at, not_before, not_after;
	struct block machine, chain, chain_next; /* empty: not known yet */
};
/* serial: of the certificate it came with. ERR_NOT_FOUND: no such gateway. */
enum err presence_sql_judge(struct ctx *ctx, const struct uuid *gateway_id,
			    const struct uuid *serial, struct presence_row *out) ERR_CHECKED;
struct presence_arrival {
	const struct uuid *gateway_id, *boot_id, *serial;
	const char *agent_version, *peer;
	int64_t now;
};
/* One connection more; a new boot id starts counting at one. */
enum err presence_sql_arrive(struct ctx *ctx, const struct presence_arrival *arrival) ERR_CHECKED;
/* SHA-256 of the value the gateway holds and of the one offered now; its machine. */
enum err presence_sql_chain(struct ctx *ctx, const struct uuid *gateway_id, struct block held,
			    struct block next, struct block machine) ERR_CHECKED;
/* The value offered has arrived: the one before it is stale from now on. */
enum err presence_sql_chain_arrived(struct ctx *ctx, const struct uuid *gateway_id) ERR_CHECKED;
/* Certificates that were issued before that time end: a newer one has been used. */
enum err presence_sql_retire(struct ctx *ctx, const struct uuid *gateway_id, int64_t not_before,
			     int64_t now) ERR_CHECKED;
enum err presence_sql_contest(struct ctx *ctx, const struct uuid *gateway_id,
			      int64_t now) ERR_CHECKED;
enum err presence_sql_alarm(struct ctx *ctx, const struct uuid *gateway_id, const char *reason,
			    const char *peer, int64_t now) ERR_CHECKED;
enum err presence_sql_refuse(struct ctx *ctx, const struct uuid *gateway_id, const char *reason,
			     const char *peer) ERR_CHECKED;
enum err presence_sql_leave(struct ctx *ctx, const struct uuid *gateway_id) ERR_CHECKED;
struct presence_beat {
	const struct uuid *gateway_id;
	const char *agent_version;
	int64_t now, rtt_us, skew_ms, policy_version, locked;
};
enum err presence_sql_beat(struct ctx *ctx, const struct presence_beat *seen) ERR_CHECKED;
enum err presence_sql_target(struct ctx *ctx, const struct uuid *target_id, const char *seen,
			     const char *reason, int64_t checked_at,
			     const struct uuid *gateway_id) ERR_CHECKED;
/* Those whose state no longer fits their last beat: {id, name, connections, last_beat_at}. */
enum err presence_sql_overdue(struct ctx *ctx, int64_t late_before, int64_t offline_before,
			      struct db_rows **out) ERR_CHECKED;
enum err presence_sql_state(struct ctx *ctx, const struct uuid *gateway_id,
			    const char *to) ERR_CHECKED;
enum err presence_sql_reset(struct ctx *ctx) ERR_CHECKED;
/* version: of the policy the gateway should have (microseconds of the newest change); boot_id: the
 * run that attached last, nil before the first. */
struct presence_policy {
	struct uuid group_id, boot_id;
	int64_t version, contested_at;
	struct block chain_next;
};
enum err presence_sql_policy(struct ctx *ctx, const struct uuid *gateway_id,
			     struct presence_policy *out) ERR_CHECKED;
/* {id} of gateways that are connected although they may not be. */
enum err presence_sql_unwanted(struct ctx *ctx, size_t max, struct db_rows **out) ERR_CHECKED;
/* {id} of online gateways that serve the target, quickest first. */
enum err presence_sql_choose(struct ctx *ctx, const struct uuid *target_id, size_t max,
			     struct db_rows **out) ERR_CHECKED;
/* What a grant says of a session: user, login, ticket, port of the target. ticket may be NULL. */
struct presence_session {
	struct uuid user_id;
	const char *login, *ticket;
};
enum err presence_sql_session(struct ctx *ctx, const struct uuid *session_id,
			      struct presence_session *out) ERR_CHECKED;
enum err presence_sql_port(struct ctx *ctx, const struct uuid *target_id, int64_t *out) ERR_CHECKED;

#endif
