/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_MAIL_CODE_SQL_H
#define AUTH_MAIL_CODE_SQL_H

#include "auth/mail_code_keep.h"

struct mail_code_row {
	struct mail_code code; /* address in the arena */
	uint8_t mac[MAIL_CODE_MAC];
	int64_t created_at, tries, used_at; /* 0: not used */
};
/* How many were sent to the person since then. */
enum err mail_code_sql_sent(struct ctx *ctx, const struct mail_code *code, int64_t since,
			    int64_t *out) ERR_CHECKED;
enum err mail_code_sql_add(struct ctx *ctx, const struct mail_code *code,
			   const uint8_t mac[MAIL_CODE_MAC]) ERR_CHECKED;
/* The last one, locked; ERR_NOT_FOUND. */
enum err mail_code_sql_newest(struct ctx *ctx, const struct mail_code *code,
			      struct mail_code_row *out) ERR_CHECKED;
/* One more try, and whether it was the right one. */
enum err mail_code_sql_tried(struct ctx *ctx, const struct uuid *id, bool used) ERR_CHECKED;
enum err mail_code_sql_forget(struct ctx *ctx, int64_t before) ERR_CHECKED;

/* A person's own address. */
struct mail_address {
	const char *address;  /* NULL: none */
	int64_t confirmed_at; /* 0: not */
};
enum err mail_address_sql_get(struct ctx *ctx, const struct uuid *user_id,
			      struct mail_address *out) ERR_CHECKED;
/* The next version of the person's row, which the caller holds. */
enum err mail_address_sql_set(struct ctx *ctx, const struct uuid *user_id, const char *address,
			      const struct uuid *event_id) ERR_CHECKED;
/* The person replaced that address (NULL: there was none); forgets a few old changes. */
enum err mail_address_sql_replaced(struct ctx *ctx, const struct uuid *user_id,
				   const char *former) ERR_CHECKED;
/* Is there a mail server at all. */
enum err mail_address_sql_server(struct ctx *ctx, bool *out) ERR_CHECKED;

#endif
