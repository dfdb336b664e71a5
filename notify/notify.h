/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef NOTIFY_NOTIFY_H
#define NOTIFY_NOTIFY_H

#include "audit/audit.h"
#include "base/ctx.h"

/*
 * Notices to people about their own account: what happened to it is told to its owner, by mail
 * where there is a mail server and an address, and on their profile page in any case.
 *
 * Each is a row of mail_outbox, made in the transaction of the audit event that it tells of: what
 * was recorded is told, what was rolled back is not. sekisho-mail sends them.
 */
enum {
	NOTICE_GIVE_UP_HOURS = 24, /* the mail server did not take it in that time */
	NOTICE_KEEP_DAYS = 90,	   /* then the row goes */
	NOTICE_FORMER_DAYS = 7,	   /* an address that its person replaced gets notices still */
};

/* For ctx->on_audit of everything that writes audit events: makes the notices that the event asks
 * for, if any. An attempt on a login that nobody has costs the same statements as one on a person.
 */
enum err notify_on_audit(struct ctx *ctx, const struct audit *audit) ERR_CHECKED;

/* A notice that no audit event makes by itself. */
struct notice {
	struct uuid id;	  /* nil: a new one */
	const char *kind; /* notify/kind.h */
	struct uuid user_id;
	const char *address;			/* NULL: the person's own */
	const char *peer, *user_agent, *detail; /* each NULL: not known */
	int64_t hold_us;			/* not sent before that much time has passed */
	int64_t quiet_us;    /* not made when one of the kind was made that recently; 0: always */
	int64_t patience_us; /* given up after that; 0: NOTICE_GIVE_UP_HOURS */
};
/* In the caller's transaction. */
enum err notify_add(struct ctx *ctx, const struct notice *notice) ERR_CHECKED;

/* Whether the person has an address. */
enum err notify_reaches(struct ctx *ctx, const struct uuid *user_id, bool *out) ERR_CHECKED;

struct db_stmt_list;
const struct db_stmt_list *notify_statements(void);

#endif
