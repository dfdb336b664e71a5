/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_SYSTEM_SQL_H
#define SERVER_SYSTEM_SQL_H

#include "sql/db.h"

const struct db_stmt_list *system_statements(void);

struct system_counts {
	int64_t gateways, online, late, alarms;
	int64_t break_glass;   /* uses that nobody else has acknowledged */
	int64_t reports;       /* of sign-ins that were not their person's, the same */
	int64_t rolled_back;   /* gateways that hold what our audit tree does not */
	int64_t limit_met;     /* 1: within a day somebody met the cap on secret releases */
	int64_t saml_key_ends; /* 1: the certificate that signs our SAML requests ends within 90
				  days */
	int64_t campaign;      /* 1: somebody guesses at many sign-ins, or did within a day */
	int64_t live_sessions, pending_requests;
	int64_t audit_size, audit_pending;
	int64_t checkpoint_age_s; /* -1: none yet */
	int64_t targets, accounts_without_secret, workflows, rules, people;
	const char *database_version;
};
enum err system_sql_counts(struct ctx *ctx, struct system_counts *out) ERR_CHECKED;
/* A row of system_state as text in the arena; ERR_NOT_FOUND. */
enum err system_sql_state(struct ctx *ctx, const char *name, const char **out) ERR_CHECKED;
/* Rows "sandbox.<role>": what each role reported at its start. */
enum err system_sql_sandboxes(struct ctx *ctx, struct db_rows **out) ERR_CHECKED;

/* How far the log was handed to that syslog receiver; ERR_NOT_FOUND before its first event. */
struct system_syslog {
	int64_t confirmed, behind;	/* events */
	int64_t confirmed_at, error_at; /* UTC us; 0: never */
	const char *error;		/* NULL: none */
};
enum err system_sql_syslog(struct ctx *ctx, const char *receiver,
			   struct system_syslog *out) ERR_CHECKED;

#endif
