/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_MAIL_SQL_H
#define SERVER_MAIL_SQL_H

#include "notify/message.h"
#include "sql/db.h"

const struct db_stmt_list *mail_statements(void);

/* How mail leaves. Texts in the arena. */
struct mail_server {
	const char *host; /* "": none is sent */
	int64_t port;
	const char *security; /* "starttls", "tls", "loopback" */
	const char *login;    /* "": the server asks for nobody */
	const char *sender;
	const char *ca; /* PEM; NULL: what this machine trusts */
	int64_t version;
};
enum err mail_sql_server(struct ctx *ctx, struct mail_server *out) ERR_CHECKED;

/* A notice that is due. Texts in the arena. */
struct mail_due {
	struct message message;
	int64_t attempts, give_up_at;
};
enum { MAIL_BATCH = 20 };
/* At most MAIL_BATCH, tests and codes first. tests_only: nothing but those. */
enum err mail_sql_due(struct ctx *ctx, int64_t now, bool tests_only,
		      struct mail_due out[MAIL_BATCH], size_t *out_count) ERR_CHECKED;
enum err mail_sql_sent(struct ctx *ctx, const struct uuid *id) ERR_CHECKED;
/* Tried again at next_at, or never when that is past its time. */
enum err mail_sql_failed(struct ctx *ctx, const struct mail_due *due, int64_t next_at,
			 const char *error) ERR_CHECKED;
/* What the mail server answered last; NULL: it took a message. */
enum err mail_sql_state(struct ctx *ctx, const char *error) ERR_CHECKED;
/* Gives up what nobody could even try, and drops rows older than kept_since. */
enum err mail_sql_tidy(struct ctx *ctx, int64_t now, int64_t kept_since) ERR_CHECKED;

#endif
