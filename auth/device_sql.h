/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_DEVICE_SQL_H
#define AUTH_DEVICE_SQL_H

#include "auth/device.h"

struct device_challenge {
	struct uuid session_id; /* nil: to sign in with */
	int64_t expires_at, used_at;
};
enum err device_sql_ask(struct ctx *ctx, const uint8_t hash[32], const uint8_t challenge[32],
			const struct uuid *session_id, int64_t now, int64_t expires_at) ERR_CHECKED;
/* Locks it. ERR_NOT_FOUND. */
enum err device_sql_asked(struct ctx *ctx, const uint8_t hash[32],
			  struct device_challenge *out) ERR_CHECKED;
enum err device_sql_answered(struct ctx *ctx, const uint8_t hash[32], int64_t now) ERR_CHECKED;

struct device_row {
	struct uuid id;
	struct block key; /* empty: none */
};
/* Live ones only. ERR_NOT_FOUND. */
enum err device_sql_by_token(struct ctx *ctx, const uint8_t token_hash[32],
			     const struct uuid *user_id, struct device_row *out) ERR_CHECKED;
/* Of that live session. ERR_NOT_FOUND: the session or the device is over. */
enum err device_sql_of_session(struct ctx *ctx, const struct uuid *session_id,
			       struct device_row *out) ERR_CHECKED;
enum err device_sql_insert(struct ctx *ctx, const struct uuid *id, const struct uuid *user_id,
			   const uint8_t token_hash[32], const struct in *in) ERR_CHECKED;
enum err device_sql_seen(struct ctx *ctx, const struct uuid *id, struct block key) ERR_CHECKED;
/* *out_count 0: no such live device of that person. */
enum err device_sql_revoke(struct ctx *ctx, const struct uuid *id, const struct uuid *user_id,
			   uint64_t *out_count) ERR_CHECKED;
/* Ends the sessions that were begun on it. */
enum err device_sql_end_sessions(struct ctx *ctx, const struct uuid *id,
				 const struct uuid *user_id) ERR_CHECKED;

#endif
