/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_USER_READ_SQL_H
#define AUTH_USER_READ_SQL_H

#include "auth/user.h"
#include "rbac/page.h"

/* What web may see of people: SELECT only, no proof of any kind. */
struct user_filter {
	const char *search; /* "" for all */
	const char *state;  /* NULL: all but archived */
	const struct uuid *group_id;
	struct page page;
};
struct user_view {
	struct user user;
	int64_t last_sign_in_at, created_at, updated_at;
};
struct portal_session {
	struct uuid id;
	int64_t created_at, last_seen_at, idle_expires_at, expires_at;
	const char *peer, *user_agent;
};

/* At most page.fetch rows; *out in the arena. */
enum err user_read_list(struct ctx *ctx, const struct user_filter *filter, struct user_view **out,
			size_t *out_count) ERR_CHECKED;
enum err user_read_count(struct ctx *ctx, const struct user_filter *filter,
			 int64_t *out) ERR_CHECKED;
enum err user_read_one(struct ctx *ctx, const struct uuid *id, struct user_view *out) ERR_CHECKED;
/* Direct roles and groups, one call per row through fn. */
typedef void user_name_fn(void *arg, const struct uuid *id, const char *name);
enum err user_read_roles(struct ctx *ctx, const struct uuid *id, user_name_fn *fn,
			 void *arg) ERR_CHECKED;
enum err user_read_groups(struct ctx *ctx, const struct uuid *id, user_name_fn *fn,
			  void *arg) ERR_CHECKED;
enum err user_read_sessions(struct ctx *ctx, const struct uuid *user_id,
			    void (*fn)(void *arg, const struct portal_session *session),
			    void *arg) ERR_CHECKED;

#endif
