/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_FACTOR_READ_SQL_H
#define AUTH_FACTOR_READ_SQL_H

#include "base/ctx.h"
#include "base/uuid.h"

/* What web may see of second factors: that they are there, never what proves them. */
struct totp_view {
	struct uuid id;
	const char *label;
	int64_t created_at, last_used_at;
};
struct recovery_view {
	int64_t total, left, created_at, last_used_at; /* total 0: never made */
	const char *last_used_from;		       /* NULL: none used */
};

struct passkey_view {
	struct uuid id;
	const char *label;
	bool synced;	   /* its maker keeps copies of it elsewhere */
	bool device_bound; /* and never may */
	struct uuid model; /* AAGUID, as it says itself; nil: it does not say */
	int64_t created_at, last_used_at;
};
enum err factor_read_passkeys(struct ctx *ctx, const struct uuid *user_id,
			      void (*fn)(void *arg, const struct passkey_view *view),
			      void *arg) ERR_CHECKED;
enum err factor_read_totp(struct ctx *ctx, const struct uuid *user_id,
			  void (*fn)(void *arg, const struct totp_view *view),
			  void *arg) ERR_CHECKED;
enum err factor_read_recovery(struct ctx *ctx, const struct uuid *user_id,
			      struct recovery_view *out) ERR_CHECKED;

#endif
