/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_TOKEN_SQL_H
#define AUTH_TOKEN_SQL_H

#include "auth/token.h"

struct token_row {
	struct token token;
	struct user user;
	int64_t last_used_at, factors;
	bool must_change;
};

enum err token_sql_insert(struct ctx *ctx, const struct token *token, const struct uuid *user_id,
			  const uint8_t hash[32]) ERR_CHECKED;
/* Not ended; the rest is the caller's to judge. */
enum err token_sql_by_hash(struct ctx *ctx, const uint8_t hash[32],
			   struct token_row *out) ERR_CHECKED;
enum err token_sql_touch(struct ctx *ctx, const struct uuid *id, int64_t now,
			 struct block peer) ERR_CHECKED;
/* Neither ended nor expired. */
enum err token_sql_count(struct ctx *ctx, const struct uuid *user_id, int64_t now,
			 int64_t *out) ERR_CHECKED;
/* One that has not ended, locked; user_id NULL: whosever it is. */
enum err token_sql_find(struct ctx *ctx, const struct uuid *id, const struct uuid *user_id,
			struct token *out, struct uuid *out_user_id) ERR_CHECKED;
enum err token_sql_end(struct ctx *ctx, const struct uuid *id, const char *reason) ERR_CHECKED;
enum err token_sql_end_all(struct ctx *ctx, const struct uuid *user_id,
			   const char *reason) ERR_CHECKED;

#endif
