/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SESSION_SQL_H
#define AUTH_SESSION_SQL_H

#include "auth/floor.h"
#include "auth/session.h"

struct session_row {
	struct uuid id;
	struct user user;
	int64_t created_at, authenticated_at, last_seen_at, idle_expires_at, expires_at;
	bool password_due;
	bool weak; /* a mailed code opened it, and no factor was shown in it since */
	enum factor_level shown;
	int64_t proof_due_at; /* 0: no proof is wanted */
	int64_t former_until; /* until when the cookie before the present one was good */
	const char *peer;     /* where it began */
};
struct session_proof {
	int64_t due_at, former_until;
	const uint8_t *hash; /* of the new cookie */
};
/* A live session by the cookie it had before the present one. */
enum err auth_session_sql_by_former(struct ctx *ctx, const uint8_t cookie_hash[32],
				    struct session_row *out) ERR_CHECKED;
enum err auth_session_sql_by_id(struct ctx *ctx, const struct uuid *id,
				struct session_row *out) ERR_CHECKED;
enum err auth_session_sql_prove(struct ctx *ctx, const struct uuid *id, int64_t due_at,
				uint64_t *out_count) ERR_CHECKED;
/* Gives it the new cookie, unless it got the present one after since. */
enum err auth_session_sql_turn(struct ctx *ctx, const struct uuid *id,
			       const struct session_proof *proof, int64_t since,
			       uint64_t *out_count) ERR_CHECKED;

enum err auth_session_sql_insert(struct ctx *ctx, const struct session_row *row,
				 const uint8_t cookie_hash[32],
				 const struct session_where *where) ERR_CHECKED;
/* Not ended; times are the caller's to judge. */
enum err auth_session_sql_by_cookie(struct ctx *ctx, const uint8_t cookie_hash[32],
				    struct session_row *out) ERR_CHECKED;
/* Locks a live session of that person. ERR_NOT_FOUND. */
enum err auth_session_sql_lock(struct ctx *ctx, const struct uuid *id, const struct uuid *user_id,
			       bool *out_due) ERR_CHECKED;
enum err auth_session_sql_touch(struct ctx *ctx, const struct uuid *id, int64_t now,
				int64_t idle_expires_at) ERR_CHECKED;
enum err auth_session_sql_renew(struct ctx *ctx, const struct uuid *id,
				const struct uuid *passkey_id, const uint8_t cookie_hash[32],
				uint64_t *out_count) ERR_CHECKED;
/* A live one, since then. */
enum err auth_session_sql_showed_passkey(struct ctx *ctx, const struct uuid *id, int64_t since,
					 bool *out) ERR_CHECKED;
enum err auth_session_sql_end(struct ctx *ctx, const struct uuid *id, const struct uuid *user_id,
			      const char *reason, uint64_t *out_count) ERR_CHECKED;
enum err auth_session_sql_end_all(struct ctx *ctx, const struct uuid *user_id,
				  const struct uuid *keep, const char *reason) ERR_CHECKED;

#endif
