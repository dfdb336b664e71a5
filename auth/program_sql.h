/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_PROGRAM_SQL_H
#define AUTH_PROGRAM_SQL_H

#include "auth/program.h"

struct program_secret {
	struct uuid id;
	int64_t created_at, expires_at;
};
struct program_token {
	struct uuid id, secret_id;
	const char *scopes, *networks;
	int64_t created_at, expires_at;
};

/* A name that was ever given: ERR_CONFLICT program.name_taken. */
enum err program_sql_insert(struct ctx *ctx, const struct program *program, int64_t now,
			    const struct uuid *event_id) ERR_CHECKED;
/* Locked, and not deleted; else ERR_NOT_FOUND. */
enum err program_sql_find(struct ctx *ctx, const struct uuid *id, struct program *out) ERR_CHECKED;
/* Writes every changeable column and the next version. */
enum err program_sql_store(struct ctx *ctx, const struct program *program, int64_t now,
			   const struct uuid *event_id) ERR_CHECKED;

enum err program_sql_secret_insert(struct ctx *ctx, const struct uuid *program_id,
				   const struct program_secret *secret,
				   const uint8_t hash[32]) ERR_CHECKED;
/* Neither ended nor expired. */
enum err program_sql_secret_count(struct ctx *ctx, const struct uuid *program_id, int64_t now,
				  int64_t *out) ERR_CHECKED;
/* *out_ended: how many that was, 0 or 1. */
enum err program_sql_secret_end(struct ctx *ctx, const struct uuid *program_id,
				const struct uuid *id, const char *reason,
				uint64_t *out_ended) ERR_CHECKED;
enum err program_sql_secrets_end(struct ctx *ctx, const struct uuid *program_id,
				 const char *reason) ERR_CHECKED;
enum err program_sql_touch(struct ctx *ctx, const struct uuid *secret_id, int64_t now,
			   struct block peer) ERR_CHECKED;

/* The program of that name with the secret of that hash, if it ever had it: else has_secret is
 * false. It cannot change before this transaction ends. */
struct program_client {
	struct program program;
	struct program_secret secret;
	bool has_secret, secret_ended;
};
enum err program_sql_client(struct ctx *ctx, const char *name, const uint8_t hash[32],
			    struct program_client *out) ERR_CHECKED;

/* Forgets this program's tokens that are over, too. */
enum err program_sql_token_insert(struct ctx *ctx, const struct uuid *program_id,
				  const struct program_token *token,
				  const uint8_t hash[32]) ERR_CHECKED;
enum err program_sql_token_count(struct ctx *ctx, const struct uuid *program_id, int64_t now,
				 int64_t *out) ERR_CHECKED;
enum err program_sql_token_end(struct ctx *ctx, const struct uuid *program_id,
			       const uint8_t hash[32], uint64_t *out_ended) ERR_CHECKED;
enum err program_sql_tokens_end(struct ctx *ctx, const struct uuid *program_id) ERR_CHECKED;

/* A token that was not revoked, with its program; the rest is the caller's to judge. */
struct program_token_row {
	struct program_token token;
	struct program program;
	int64_t secret_used_at;
	bool secret_ended;
};
enum err program_sql_token(struct ctx *ctx, const uint8_t hash[32],
			   struct program_token_row *out) ERR_CHECKED;

#endif
