/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "access/lease.h"

#include "access/lease_sql.h"
#include "access/request_sql.h"
#include "base/arena.h"
#include "base/sys.h"
#include "rbac/rules.h"

const char *lease_object_name(struct ctx *ctx, const struct lease *lease)
{
	return arena_printf(ctx->arena, "%s@%s", lease->account_name, lease->target_name);
}

static enum err check_time(struct ctx *ctx, const struct lease *lease, int64_t now)
{
	if (lease->state == LEASE_SCHEDULED && lease->starts_at > now)
		return err_reason(ctx, ERR_CONFLICT, "lease.not_started",
				  "The loan has not begun yet.");
	if (lease->ends_at <= now)
		return err_reason(ctx, ERR_CONFLICT, "lease.over", "The loan is over.");
	/* Between its start and the next tick a lease still says scheduled. */
	if (!lease_is_open(lease->state))
		return err_reason(ctx, ERR_CONFLICT, "lease.not_active",
				  "The loan was ended before its time.");
	return ERR_OK;
}

static enum err check_facts(struct ctx *ctx, const struct lease_facts *facts)
{
	if (facts->request_state != REQUEST_APPROVED)
		return err_reason(ctx, ERR_CONFLICT, "request.not_approved",
				  "The request behind the loan is not approved.");
	if (!facts->user_active)
		return err_reason(ctx, ERR_DENIED, "user.not_active",
				  "The account of this person is not active.");
	if (facts->archived)
		return err_reason(ctx, ERR_CONFLICT, "account.archived",
				  "The account or its target has been archived.");
	if (uuid_is_nil(&facts->grant.secret_id))
		return err_reason(ctx, ERR_CONFLICT, "account.no_secret",
				  "No password or key is stored for the account.");
	return ERR_OK;
}

/* An approval outlives the allow rule it came from, but never a deny rule. */
static enum err check_rules(struct ctx *ctx, const struct lease *lease)
{
	struct rule_answer answer;
	enum err err = rules_check(ctx, &lease->user_id, &lease->account_id, &answer);
	if (err == ERR_OK && answer.verdict == RULE_DENY)
		return err_reason(ctx, ERR_DENIED, "access.denied_by_rule",
				  "An access rule denies this account.");
	return err;
}

enum err lease_check(struct ctx *ctx, const struct uuid *lease_id, const struct uuid *user_id,
		     struct lease_grant *out)
{
	struct lease_facts facts;
	enum err err = lease_sql_facts(ctx, lease_id, &facts);
	if (err == ERR_NOT_FOUND ||
	    (err == ERR_OK && !uuid_equal(&facts.grant.lease.user_id, user_id)))
		return err_reason(ctx, ERR_NOT_FOUND, "lease.unknown", "There is no such loan.");
	if (err == ERR_OK)
		err = check_time(ctx, &facts.grant.lease, sys_real_us());
	if (err == ERR_OK)
		err = check_facts(ctx, &facts);
	if (err == ERR_OK)
		err = check_rules(ctx, &facts.grant.lease);
	if (err == ERR_OK)
		*out = facts.grant;
	return err;
}

/* The request row is locked before counting: of two leases that end together, the later one sees
 * the other's end. */
static enum err finish_request(struct ctx *ctx, const struct uuid *request_id, int64_t now)
{
	struct request request;
	int64_t open = 0;
	enum err err = request_sql_lock(ctx, request_id, &request);
	if (err == ERR_OK)
		err = lease_sql_open_of_request(ctx, request_id, &open);
	if (err != ERR_OK || open > 0 ||
	    !request_next(request.state, REQUEST_FINISH, &request.state))
		return err;
	return request_sql_update(ctx, &request, now);
}

enum err lease_apply(struct ctx *ctx, struct lease *lease, enum lease_event event,
		     const char *reason, int64_t now)
{
	if (!lease_next(lease->state, event, &lease->state))
		return err_reason(ctx, ERR_CONFLICT, "lease.not_open", "The loan is already over.");
	if (lease_is_open(lease->state))
		return lease_sql_update(ctx, lease, 0, NULL);
	enum err err = lease_sql_update(ctx, lease, now, reason);
	return err != ERR_OK ? err : finish_request(ctx, &lease->request_id, now);
}
