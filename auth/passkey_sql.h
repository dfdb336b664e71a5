/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_PASSKEY_SQL_H
#define AUTH_PASSKEY_SQL_H

#include "auth/passkey.h"

/* What is inserted; id, user and label are the row's. */
struct passkey_new {
	struct uuid id, user_id;
	const struct webauthn_new *made;
	const char *transports, *label;
	struct uuid attested_by; /* nil: no listed model */
};
struct passkey_challenge {
	enum passkey_purpose purpose;
	uint8_t challenge[WEBAUTHN_CHALLENGE];
	struct uuid session_id; /* nil: none */
	int64_t expires_at, used_at;
};

/* Challenges; whoever adds one also sweeps out some that are too old. */
enum err passkey_sql_ask(struct ctx *ctx, const uint8_t token_hash[32],
			 const struct passkey_challenge *challenge, int64_t now) ERR_CHECKED;
/* Locks the row. */
/* Challenges of a portal session that could still be answered. */
enum err passkey_sql_open(struct ctx *ctx, const struct uuid *session_id, int64_t now,
			  int64_t *out) ERR_CHECKED;
enum err passkey_sql_asked(struct ctx *ctx, const uint8_t token_hash[32],
			   struct passkey_challenge *out) ERR_CHECKED;
enum err passkey_sql_answered(struct ctx *ctx, const uint8_t token_hash[32],
			      int64_t now) ERR_CHECKED;

/* Locks the row. */
enum err passkey_sql_by_credential(struct ctx *ctx, struct block credential_id,
				   struct passkey *out) ERR_CHECKED;
/* Of that person; locks the row. */
enum err passkey_sql_by_id(struct ctx *ctx, const struct uuid *id, const struct uuid *user_id,
			   struct passkey *out) ERR_CHECKED;
/* ERR_CONFLICT when somebody has that credential. */
enum err passkey_sql_insert(struct ctx *ctx, const struct passkey_new *row) ERR_CHECKED;
enum err passkey_sql_used(struct ctx *ctx, const struct uuid *id, uint32_t count,
			  bool backed_up) ERR_CHECKED;
enum err passkey_sql_rename(struct ctx *ctx, const struct uuid *id, const char *label) ERR_CHECKED;
enum err passkey_sql_delete(struct ctx *ctx, const struct uuid *id) ERR_CHECKED;
enum err passkey_sql_delete_all(struct ctx *ctx, const struct uuid *user_id,
				uint64_t *out_count) ERR_CHECKED;
enum err passkey_sql_count(struct ctx *ctx, const struct uuid *user_id, int64_t *out) ERR_CHECKED;
/* {"id": base64url, "transports": […]} of each, for a browser. */
struct json;
enum err passkey_sql_describe(struct ctx *ctx, const struct uuid *user_id,
			      struct json *json) ERR_CHECKED;

#endif
