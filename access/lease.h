/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ACCESS_LEASE_H
#define ACCESS_LEASE_H

#include <stdint.h>

#include "access/state.h"
#include "base/ctx.h"
#include "base/uuid.h"

/* A lease: one account lent to one person for a window. */
struct lease {
	struct uuid id, request_id, account_id, target_id, user_id;
	const char *request_number;
	const char *account_name, *target_name, *target_kind;
	int64_t starts_at, ends_at;
	bool exclusive;
	enum lease_state state;
	int64_t version;
};

/* What a lease gives: where to go and which secret opens it. */
struct lease_grant {
	struct lease lease;
	const char *ticket;
	uint32_t port;
	struct uuid gateway_group_id;
	struct uuid secret_id;
};

/*
 * May user_id use this lease now? Called by sessions.create and again before each release of a
 * secret, in the caller's transaction: the lease row is held in share mode until its end, so that a
 * revocation comes wholly before or wholly after. Refuses with ERR_NOT_FOUND "lease.unknown" (also
 * when it is somebody else's), ERR_CONFLICT "lease.not_started", "lease.over", "lease.not_active",
 * "account.archived", "account.no_secret", "request.not_approved", ERR_DENIED "user.not_active",
 * "access.denied_by_rule" (a deny rule written after the approval wins at once).
 */
enum err lease_check(struct ctx *ctx, const struct uuid *lease_id, const struct uuid *user_id,
		     struct lease_grant *out) ERR_CHECKED;

/* Applies the event to a lease whose row the caller has locked, and finishes its request when that
 * was its last open lease. ERR_CONFLICT "lease.not_open" when the state does not permit it. */
enum err lease_apply(struct ctx *ctx, struct lease *lease, enum lease_event event,
		     const char *reason, int64_t now) ERR_CHECKED;
/* "root@web-01", in the arena. */
const char *lease_object_name(struct ctx *ctx, const struct lease *lease);

#endif
