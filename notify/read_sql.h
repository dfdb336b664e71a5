/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NOTIFY_READ_SQL_H
#define NOTIFY_READ_SQL_H

#include "base/ctx.h"
#include "base/uuid.h"

/* What the pages show of notices; web's account only reads. Texts in the arena. */
struct notice_view {
	struct uuid id;
	const char *kind, *login, *address, *state, *error, *peer, *user_agent, *detail;
	int64_t occurred_at, attempts;
};
typedef void notice_view_fn(void *arg, const struct notice_view *view);

/* The person's own, newest first, at most 50; mistakes that were taken back and tests are not
 * among them. */
enum err notify_read_own(struct ctx *ctx, const struct uuid *user_id, notice_view_fn *fn,
			 void *arg) ERR_CHECKED;
/* What was given up or is being tried again, newest first, at most 20. */
enum err notify_read_failures(struct ctx *ctx, notice_view_fn *fn, void *arg) ERR_CHECKED;
/* The person's newest test since then; id nil: none. */
enum err notify_read_test(struct ctx *ctx, const struct uuid *user_id, int64_t since,
			  struct notice_view *out) ERR_CHECKED;

struct mail_figures {
	int64_t waiting, sent_at, error_at;
	const char *error; /* NULL: the last message was taken */
};
enum err notify_read_figures(struct ctx *ctx, struct mail_figures *out) ERR_CHECKED;

struct db_stmt_list;
const struct db_stmt_list *notify_read_statements(void);

#endif
