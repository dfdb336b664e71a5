/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_EXCEPTION_READ_SQL_H
#define AUTH_EXCEPTION_READ_SQL_H

#include "base/ctx.h"
#include "base/uuid.h"

/* Exceptions that wait or hold, as administrators see them. */
struct exception_view {
	struct uuid id, user_id;
	const char *login, *display_name, *network, *note;
	const char *asked_by, *approved_by;   /* logins; approved_by NULL: nobody */
	bool own;			      /* the reader asked for it */
	int64_t asked_at, approved_at, until; /* approved_at 0: it waits */
};
enum err exception_read(struct ctx *ctx, const struct uuid *reader,
			void (*fn)(void *arg, const struct exception_view *view),
			void *arg) ERR_CHECKED;

#endif
