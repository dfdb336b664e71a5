/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_AUTHORITY_LIVE_SQL_H
#define SERVER_AUTHORITY_LIVE_SQL_H

#include "server/authority_live_inner.h"
#include "sql/db.h"

const struct db_stmt_list *live_statements(void);

/* Facts of a session under a share lock on every row they come from; *out_state in the arena.
 * *out_allowed: lease active and now inside it, person active, account and target not archived. */
enum err live_sql_info(struct ctx *ctx, const struct uuid *session_id, int64_t now,
		       struct live_info *out, const char **out_state,
		       bool *out_allowed) ERR_CHECKED;
/* The same for a test of an account (nil: the target alone). ERR_NOT_FOUND when archived. */
enum err live_sql_test_info(struct ctx *ctx, struct live_info *info) ERR_CHECKED;

enum err live_sql_add_recording(struct ctx *ctx, const struct uuid *session_id, const char *file,
				const struct uuid *secret_id) ERR_CHECKED;
enum err live_sql_recording_key(struct ctx *ctx, const struct uuid *session_id,
				const uint8_t key[32]) ERR_CHECKED;
enum err live_sql_wait(struct ctx *ctx, const struct uuid *session_id,
		       int64_t not_after) ERR_CHECKED;
enum err live_sql_dialled(struct ctx *ctx, const struct uuid *session_id,
			  const struct uuid *gateway_id) ERR_CHECKED;
enum err live_sql_connected(struct ctx *ctx, const struct uuid *session_id) ERR_CHECKED;
enum err live_sql_activity(struct ctx *ctx, const struct uuid *session_id, uint64_t bytes_in,
			   uint64_t bytes_out) ERR_CHECKED;

struct live_end {
	struct uuid session_id;
	const char *state, *hop, *reason, *text;
	uint64_t bytes_in, bytes_out;
};
/* *out_changed false: it had ended before. */
enum err live_sql_end(struct ctx *ctx, const struct live_end *end, bool *out_changed) ERR_CHECKED;
enum err live_sql_end_unopened(struct ctx *ctx, const struct live_end *end,
			       bool *out_changed) ERR_CHECKED;
struct live_recording {
	struct uuid session_id;
	const char *state;
	uint64_t chunks, bytes;
	uint32_t commands;
	const uint8_t *head; /* NULL: none */
};
/* Only a recording still being written changes. */
enum err live_sql_end_recording(struct ctx *ctx, const struct live_recording *recording,
				bool *out_changed) ERR_CHECKED;
/* All sessions that a broker had, and the one of that id: broken, their recordings still to be
 * read. */
enum err live_sql_orphans(struct ctx *ctx, uint64_t *out_count) ERR_CHECKED;
enum err live_sql_orphan(struct ctx *ctx, const struct uuid *id, bool *out_changed) ERR_CHECKED;

/* Oldest first; out_count at most max. */
enum err live_sql_stale_waiting(struct ctx *ctx, int64_t now, struct uuid *out, size_t max,
				size_t *out_count) ERR_CHECKED;

/* *out_any: the target has a pinned key; *out_known: one of this type, in out_sha256. */
/* Sessions that are not over, by id, behind that one. */
struct live_open {
	struct uuid id, user_id, account_id;
	bool allowed; /* its loan stands and its person is active */
};
enum err live_sql_open_after(struct ctx *ctx, const struct uuid *after, struct live_open *out,
			     size_t max, size_t *out_count) ERR_CHECKED;
enum err live_sql_host_key(struct ctx *ctx, const struct uuid *target_id, const char *type,
			   bool *out_any, bool *out_known, uint8_t out_sha256[32]) ERR_CHECKED;
enum err live_sql_pin(struct ctx *ctx, const struct uuid *target_id, const char *type,
		      const uint8_t sha256[32], const struct uuid *session_id,
		      const struct uuid *event_id) ERR_CHECKED;
enum err live_sql_account_state(struct ctx *ctx, const struct uuid *account_id, const char *state,
				const char *reason) ERR_CHECKED;
enum err live_sql_target_state(struct ctx *ctx, const struct uuid *target_id, const char *state,
			       const char *reason) ERR_CHECKED;
/* Somebody met the cap on releases: kept as system_state "release.limit", for the overview. */
enum err live_sql_limit_met(struct ctx *ctx) ERR_CHECKED;

struct live_file {
	const char *name;
	struct uuid secret_id;
	uint8_t public_key[32];
	bool has_key;
};
enum err live_sql_file(struct ctx *ctx, const struct uuid *session_id,
		       struct live_file *out) ERR_CHECKED;

#endif
