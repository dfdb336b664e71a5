/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SIGNIN_INNER_H
#define AUTH_SIGNIN_INNER_H

#include "auth/factor_sql.h"
#include "auth/recovery.h"
#include "auth/signin.h"
#include "auth/signin_sql.h"

/* One attempt on its way through look-up, hash and decision. */
struct attempt {
	const struct signin *signin;
	struct signin_row row;
	struct lane lane;
	struct uuid device;
	const char *hash; /* the person's, or the dummy */
	/* Devices that show codes; the dummy fills the rest, so that their number takes no time. */
	struct totp_device devices[TOTP_DEVICES_MAX];
	size_t device_count;
	uint8_t recovery[RECOVERY_HASH]; /* first the salt to hash with, then of what was typed */
	bool has_recovery;
	int64_t wait;
	uint32_t password_fails, code_fails; /* this one included; above LANE_CAP: disabled */
	bool password_ok;
	const char *factor;	/* what was shown, for the audit */
	const char *why;	/* for the audit only: reason of refusal; NULL when accepted */
	const char *second_why; /* the same of the second step alone, whatever the first said */
	struct signin_result *result;
};

/* From login and device cookie, for the person in row. */
enum err signin_choose_lane(struct ctx *ctx, struct attempt *attempt) ERR_CHECKED;
/* The refusal's audit event; in the caller's transaction, as the next. */
enum err signin_audit_refusal(struct ctx *ctx, const struct attempt *attempt,
			      const char *why) ERR_CHECKED;
/* Session, cookies and audit event of an accepted attempt. */
enum err signin_accept(struct ctx *ctx, struct attempt *attempt) ERR_CHECKED;
/* The one answer to every failure. */
enum err signin_refuse(struct ctx *ctx, const struct attempt *attempt) ERR_CHECKED;

#endif
