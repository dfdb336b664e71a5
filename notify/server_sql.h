/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NOTIFY_SERVER_SQL_H
#define NOTIFY_SERVER_SQL_H

#include "base/ctx.h"
#include "base/uuid.h"

/* The mail server as administrators set it; one row. Texts in the arena. */
struct mail_settings {
	const char *host; /* "": no mail is sent */
	int64_t port;
	const char *security; /* "starttls", "tls", "loopback" */
	const char *login;
	struct uuid secret_id; /* of its password; nil: none is stored */
	const char *sender;
	const char *ca; /* PEM; NULL: what this machine trusts */
	int64_t version;
};
/* lock: FOR UPDATE. */
enum err mail_server_get(struct ctx *ctx, bool lock, struct mail_settings *out) ERR_CHECKED;
/* Everything, and the next version. */
enum err mail_server_store(struct ctx *ctx, const struct mail_settings *settings,
			   const struct uuid *event_id) ERR_CHECKED;

struct db_stmt_list;
const struct db_stmt_list *mail_server_statements(void);

#endif
