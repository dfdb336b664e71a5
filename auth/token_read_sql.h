/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_TOKEN_READ_SQL_H
#define AUTH_TOKEN_READ_SQL_H

#include "auth/token.h"
#include "rbac/page.h"

/* What web may see of API tokens that have not ended. */
struct token_view {
	struct token token;
	struct uuid user_id;
	const char *login, *display_name, *last_used_from; /* of its owner; NULL: not used yet */
	int64_t last_used_at;
};
typedef void token_view_fn(void *arg, const struct token_view *view);

enum err token_read_mine(struct ctx *ctx, const struct uuid *user_id, token_view_fn *fn,
			 void *arg) ERR_CHECKED;
/* Newest first, at most page->fetch. */
enum err token_read_page(struct ctx *ctx, const struct page *page, token_view_fn *fn,
			 void *arg) ERR_CHECKED;

#endif
