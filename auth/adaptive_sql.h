/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_ADAPTIVE_SQL_H
#define AUTH_ADAPTIVE_SQL_H

#include "base/codec.h"
#include "base/ctx.h"
#include "base/uuid.h"

/* A person's profile as it was stored; empty when there is none. */
enum err adaptive_sql_profile(struct ctx *ctx, const struct uuid *user_id,
			      struct block *out) ERR_CHECKED;
enum err adaptive_sql_save(struct ctx *ctx, const struct uuid *user_id,
			   struct block value) ERR_CHECKED;

/* The person's last session, and whether they were given back in it what they had lost: by a
 * recovery code, or by enrolling anew. */
struct adaptive_before {
	const char *peer; /* NULL: no session so far; lives in the arena */
	int64_t at;	  /* its beginning */
	bool given_back;
};
enum err adaptive_sql_before(struct ctx *ctx, const struct uuid *user_id,
			     struct adaptive_before *out) ERR_CHECKED;

/* How often all together showed a value; what nobody showed has no row. */
enum { ADAPTIVE_VALUES = 18 };
struct adaptive_common {
	int64_t value, seen, kinds;
};
/* rows: their values are asked for, in any number up to ADAPTIVE_VALUES; seen and kinds come back.
 */
enum err adaptive_sql_common(struct ctx *ctx, struct adaptive_common *rows,
			     size_t count) ERR_CHECKED;
/* Adds each row to what is there. Inside a transaction, in the same order for everybody. */
enum err adaptive_sql_add(struct ctx *ctx, const struct adaptive_common *rows,
			  size_t count) ERR_CHECKED;

/* Who was new to a prefix in a period of four weeks: each person once in it and the one before. */
struct adaptive_colleague {
	int64_t prefix; /* 0: not known */
	int64_t period;
	struct uuid user_id;
};
/* *out_count: people of both periods, five at most; *out_counted: this one is among all of them. */
enum err adaptive_sql_colleagues(struct ctx *ctx, const struct adaptive_colleague *one,
				 int64_t *out_count, bool *out_counted) ERR_CHECKED;
/* One that is not counted; forgets a few of the periods before. */
enum err adaptive_sql_colleague_add(struct ctx *ctx,
				    const struct adaptive_colleague *one) ERR_CHECKED;

/* Takes from each row, unless less is there. */
enum err adaptive_sql_take(struct ctx *ctx, const struct adaptive_common *rows,
			   size_t count) ERR_CHECKED;

#endif
