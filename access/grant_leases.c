/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "access/grant_leases.h"

#include "access/access_api.h"
#include "access/lease_sql.h"
#include "access/request_sql.h"
#include "audit/audit.h"
#include "base/arena.h"
#include "rbac/rules.h"

static enum err load_accounts(struct ctx *ctx, const struct uuid *request_id,
			      struct uuid ids[REQUEST_ACCOUNTS_MAX], size_t *out_count)
{
	struct db_rows *rows;
	size_t count = 0;
	enum err err = request_sql_account_ids(ctx, request_id, &rows);
	if (err != ERR_OK)
		return err;
	while (count < REQUEST_ACCOUNTS_MAX && db_next(rows))
		ids[count++] = db_uuid(rows, 0);
	*out_count = count;
	return db_rows_close(rows);
}

static enum err check_account(struct ctx *ctx, const struct request *request,
			      const struct lease_account *account)
{
	struct rule_answer answer = {.verdict = RULE_NONE};
	enum err err = ERR_OK;
	if (!account->archived && account->lendable)
		err = rules_check(ctx, &request->requester_id, &account->id, &answer);
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	if (answer.verdict == RULE_ALLOW)
		return ERR_OK;
	return err_reason(ctx, ERR_CONFLICT, "request.no_longer_allowed",
			  "Who asked may not use %s@%s any more.", account->name,
			  account->target_name);
}

static enum err audit_start(struct ctx *ctx, const struct lease *lease)
{
	struct audit audit;
	audit_init(&audit, EVENT_LEASE_STARTED);
	audit_object(&audit, "lease", &lease->id, lease_object_name(ctx, lease));
	audit_data(&audit, "request", lease->request_number);
	return audit_append(ctx, &audit);
}

static enum err grant_one(struct ctx *ctx, const struct request *request,
			  const struct uuid *account_id, int64_t now, struct out *out)
{
	struct lease_account account;
	int64_t conflicts = 0;
	enum err err = lease_sql_lock_account(ctx, account_id, &account);
	if (err == ERR_OK)
		err = check_account(ctx, request, &account);
	if (err != ERR_OK)
		return err;
	struct lease lease = {
		.id = uuid_v7(),
		.request_id = request->id,
		.request_number = request->number,
		.account_id = account.id,
		.account_name = account.name,
		.target_name = account.target_name,
		.user_id = request->requester_id,
		.starts_at = request->starts_at > now ? request->starts_at : now,
		.ends_at = request->ends_at,
		.exclusive = !account.concurrent,
		.state = request->starts_at > now ? LEASE_SCHEDULED : LEASE_ACTIVE,
	};
	err = lease_sql_conflicts(ctx, &lease, &conflicts);
#ifdef SEKISHO_DEFECT_LEND_EXCLUSIVE_TWICE
	conflicts = 0;
#endif
	if (err == ERR_OK && conflicts > 0)
		return err_reason(ctx, ERR_CONFLICT, "lease.exclusive_conflict",
				  "%s@%s is lent to somebody else in that time.", account.name,
				  account.target_name);
	if (err == ERR_OK)
		err = lease_sql_insert(ctx, &lease);
	if (err == ERR_OK && lease.state == LEASE_ACTIVE)
		err = audit_start(ctx, &lease);
	if (err == ERR_OK)
		out_notify(out, "leases", &lease.id);
	return err;
}

enum err leases_grant(struct ctx *ctx, const struct request *request, int64_t now, struct out *out)
{
	struct uuid ids[REQUEST_ACCOUNTS_MAX];
	size_t count = 0;
	enum err err = load_accounts(ctx, &request->id, ids, &count);
	for (size_t i = 0; err == ERR_OK && i < count; i++)
		err = grant_one(ctx, request, &ids[i], now, out);
	return err;
}
