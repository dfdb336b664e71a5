/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_GATEWAY_SQL_H
#define GATEWAYS_GATEWAY_SQL_H

#include "rbac/page.h"
#include "sql/db.h"

/* Statements on gateway groups, gateways, join tokens and certificates. */
const struct db_stmt_list *gateway_statements(void);

struct gateway_group_row {
	struct uuid id;
	const char *name, *description;
	bool archived;
	int64_t version, gateway_count, created_at, updated_at;
};
struct gateway_row {
	struct uuid id, group_id;
	const char *group_name, *name, *kind, *state;
	int64_t version, created_at, updated_at;
	/* presence; NULL / 0: never attached */
	const char *presence, *agent_version, *peer, *refused_reason;
	int64_t connections, attached_at, last_beat_at, rtt_us, clock_skew_ms, policy_version;
	bool has_rtt, has_skew, has_policy, locked;
	const char *alarm_reason, *alarm_peer; /* NULL: none */
	int64_t alarm_at;
	const char *source_ranges; /* separated by commas; "": any */
	/* newest certificate */
	struct uuid serial;
	int64_t not_after;
};

enum err gateway_group_sql_by_id(struct ctx *ctx, const struct uuid *id,
				 struct gateway_group_row *out) ERR_CHECKED;
/* Locks the row until the end of the transaction. */
enum err gateway_group_sql_lock(struct ctx *ctx, const struct uuid *id,
				struct gateway_group_row *out) ERR_CHECKED;
enum err gateway_group_sql_list(struct ctx *ctx, const char *q, bool archived,
				const struct page *page, struct db_rows **out) ERR_CHECKED;
enum err gateway_group_sql_count(struct ctx *ctx, const char *q, bool archived,
				 int64_t *out) ERR_CHECKED;
void gateway_group_sql_row(struct db_rows *rows, struct gateway_group_row *out);
enum err gateway_group_sql_insert(struct ctx *ctx, const struct gateway_group_row *row,
				  const struct uuid *event_id, int64_t now) ERR_CHECKED;
enum err gateway_group_sql_update(struct ctx *ctx, const struct gateway_group_row *row,
				  const struct uuid *event_id, int64_t now) ERR_CHECKED;
/* "gateways" or "targets" when something still names it, else NULL. */
enum err gateway_group_sql_in_use(struct ctx *ctx, const struct uuid *id,
				  const char **out) ERR_CHECKED;

enum err gateway_sql_by_id(struct ctx *ctx, const struct uuid *id,
			   struct gateway_row *out) ERR_CHECKED;
enum err gateway_sql_lock(struct ctx *ctx, const struct uuid *id,
			  struct gateway_row *out) ERR_CHECKED;
enum err gateway_sql_list(struct ctx *ctx, const char *q, const struct uuid *group_id,
			  const char *state, const struct page *page,
			  struct db_rows **out) ERR_CHECKED;
enum err gateway_sql_count(struct ctx *ctx, const char *q, const struct uuid *group_id,
			   const char *state, int64_t *out) ERR_CHECKED;
void gateway_sql_row(struct db_rows *rows, struct gateway_row *out);
enum err gateway_sql_insert(struct ctx *ctx, const struct gateway_row *row,
			    const struct uuid *event_id, int64_t now) ERR_CHECKED;
enum err gateway_sql_update(struct ctx *ctx, const struct gateway_row *row,
			    const struct uuid *event_id, int64_t now) ERR_CHECKED;

/* Whoever attaches next is the gateway: its machine and chain are learnt anew, the alarm is over.
 */
enum err gateway_identity_sql_reset(struct ctx *ctx, const struct uuid *gateway_id) ERR_CHECKED;

struct gateway_token_row {
	struct uuid id, gateway_id;
	int64_t expires_at, used_at;
};
/* Locks it. */
enum err gateway_token_sql_lock(struct ctx *ctx, const uint8_t hash[32],
				struct gateway_token_row *out) ERR_CHECKED;
enum err gateway_token_sql_insert(struct ctx *ctx, const struct uuid *gateway_id,
				  const uint8_t hash[32], int64_t expires_at,
				  int64_t now) ERR_CHECKED;
enum err gateway_token_sql_use(struct ctx *ctx, const struct uuid *id, int64_t now,
			       const char *peer) ERR_CHECKED;
/* Unused ones of a gateway stop working. */
enum err gateway_token_sql_void(struct ctx *ctx, const struct uuid *gateway_id) ERR_CHECKED;
enum err gateway_certificate_sql_insert(struct ctx *ctx, const struct uuid *serial,
					const struct uuid *gateway_id, int64_t not_before,
					int64_t not_after, struct block certificate) ERR_CHECKED;
struct gateway_certificate_row {
	struct uuid gateway_id;
	int64_t not_after, revoked_at;
	struct block certificate; /* DER */
};
/* Locks it. */
enum err gateway_certificate_sql_lock(struct ctx *ctx, const struct uuid *serial,
				      struct gateway_certificate_row *out) ERR_CHECKED;
/* All of a gateway but one. */
enum err gateway_certificate_sql_keep(struct ctx *ctx, const struct uuid *gateway_id,
				      const struct uuid *serial, int64_t now) ERR_CHECKED;
enum err gateway_certificate_sql_revoke(struct ctx *ctx, const struct uuid *gateway_id,
					int64_t now) ERR_CHECKED;
/* A public value in system_state ("gateway.ca"); ERR_NOT_FOUND. */
enum err gateway_state_sql_get(struct ctx *ctx, const char *name, struct block *out) ERR_CHECKED;
enum err gateway_state_sql_put(struct ctx *ctx, const char *name, struct block value,
			       int64_t now) ERR_CHECKED;

#endif
