/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_PROGRAM_READ_SQL_H
#define AUTH_PROGRAM_READ_SQL_H

#include "auth/program.h"
#include "rbac/page.h"

/* What web may see of programs: SELECT only, no proof of any kind. */
struct program_view {
	struct program program;
	int64_t created_at, updated_at, last_used_at;
	const char *last_used_from; /* NULL: not used yet */
};
struct program_filter {
	const char *search; /* "" for all */
	const char *state;  /* NULL: all but deleted */
	struct page page;
};
/* At most page.fetch rows by name; *out in the arena. */
enum err program_read_list(struct ctx *ctx, const struct program_filter *filter,
			   struct program_view **out, size_t *out_count) ERR_CHECKED;
enum err program_read_count(struct ctx *ctx, const struct program_filter *filter,
			    int64_t *out) ERR_CHECKED;
enum err program_read_one(struct ctx *ctx, const struct uuid *id,
			  struct program_view *out) ERR_CHECKED;

/* Secrets that were not revoked, oldest first: those that are over too, so that somebody sees why
 * it stopped. */
struct program_secret_view {
	struct uuid id;
	int64_t created_at, expires_at, last_used_at;
	const char *last_used_from;
};
typedef void program_secret_fn(void *arg, const struct program_secret_view *view);
enum err program_read_secrets(struct ctx *ctx, const struct uuid *program_id, program_secret_fn *fn,
			      void *arg) ERR_CHECKED;

#endif
