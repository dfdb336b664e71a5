/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <time.h>

#include "access/access_api.h"
#include "access/grant_leases.h"
#include "access/handlers.h"
#include "access/lease_sql.h"
#include "access/request_sql.h"
#include "access/workflow_sql.h"
#include "base/arena.h"
#include "base/sys.h"
#include "base/text.h"
#include "rbac/principal.h"
#include "rbac/rules.h"
#include "rbac/write.h"

#define MINUTE_US INT64_C(60000000)
#define DAY_US	  (INT64_C(1440) * MINUTE_US)

/* A page may have been open for a while when "now" is sent. */
#define PAST_TOLERANCE_US (INT64_C(10) * MINUTE_US)

struct draft {
	struct request request;
	const struct value *accounts;
	const char *account_names;
};

/* One account of the draft: may be asked for, and through the same workflow as the others. */
static enum err check_account(struct ctx *ctx, struct draft *draft, const struct uuid *id)
{
	struct rule_answer answer;
	struct lease_account account;
	enum err err = rules_check(ctx, &ctx->principal->user_id, id, &answer);
	if (err == ERR_OK)
		err = lease_sql_account(ctx, id, &account);
	if (err == ERR_NOT_FOUND || (err == ERR_OK && answer.verdict == RULE_NONE))
		return err_reason(ctx, ERR_DENIED, "access.no_rule",
				  "No access rule lets you ask for one of these accounts.");
	if (err != ERR_OK)
		return err;
	if (answer.verdict == RULE_DENY)
		return err_reason(ctx, ERR_DENIED, "access.denied_by_rule",
				  "An access rule denies you %s@%s.", account.name,
				  account.target_name);
	if (!account.lendable)
		return err_field(ctx, "account_ids", "account.not_lendable", "%s@%s is not lent.",
				 account.name, account.target_name);
	if (!account.has_secret)
		return err_field(ctx, "account_ids", "account.no_secret",
				 "No password or key is stored for %s@%s yet.", account.name,
				 account.target_name);
	if (!uuid_is_nil(&draft->request.workflow_id) &&
	    !uuid_equal(&draft->request.workflow_id, &answer.workflow_id))
		return err_field(ctx, "account_ids", "request.mixed_workflows",
				 "These accounts are approved in different ways; ask for them "
				 "separately.");
	draft->request.workflow_id = answer.workflow_id;
	draft->account_names = arena_printf(
		ctx->arena, "%s%s%s@%s", draft->account_names == NULL ? "" : draft->account_names,
		draft->account_names == NULL ? "" : ", ", account.name, account.target_name);
	return ERR_OK;
}

static enum err check_window(struct ctx *ctx, const struct request *request,
			     const struct workflow *workflow, int64_t minutes, int64_t now)
{
	if (minutes > workflow->max_minutes)
		return err_field(ctx, "minutes", "request.too_long",
				 "At most %d minutes can be asked for at once.",
				 (int)workflow->max_minutes);
	if (request->starts_at < now - PAST_TOLERANCE_US)
		return err_field(ctx, "starts_at", "request.starts_in_past",
				 "The beginning is already over.");
	if (request->starts_at > now + workflow->max_ahead_days * DAY_US + PAST_TOLERANCE_US)
		return err_field(ctx, "starts_at", "request.too_far_ahead",
				 "At most %d days ahead can be asked for.",
				 (int)workflow->max_ahead_days);
	if (workflow->ticket_required && text_is_blank(request->ticket))
		return err_field(ctx, "ticket", "request.ticket_required",
				 "This workflow asks for a ticket number.");
	return ERR_OK;
}

static enum err check_draft(struct ctx *ctx, const struct in *in, struct draft *draft, int64_t now)
{
	struct request *request = &draft->request;
	enum err err = ERR_OK;
	for (int64_t i = 0; err == ERR_OK && i < draft->accounts->number; i++)
		err = check_account(ctx, draft, &draft->accounts->ids[i]);
	struct workflow workflow;
	if (err == ERR_OK)
		err = workflow_sql_by_id(ctx, &request->workflow_id, &workflow);
	struct workflow_stages stages;
	if (err == ERR_OK)
		err = workflow_sql_stages(ctx, &request->workflow_id, &stages);
	if (err != ERR_OK)
		return err;
	request->workflow_name = workflow.name;
	request->stage_count = (int64_t)stages.count;
	request->stage = stages.count > 0;
	err = check_window(ctx, request, &workflow, in_number(in, RC_MINUTES, 0), now);
	if (request->starts_at < now) /* within the tolerance */
		request->starts_at = now;
	request->ends_at = request->starts_at + in_number(in, RC_MINUTES, 0) * MINUTE_US;
	return err;
}

/* "R-2026-000012": the year is UTC's. */
static enum err take_number(struct ctx *ctx, int64_t now, const char **out)
{
	time_t seconds = (time_t)(now / 1000000);
	struct tm tm;
	int64_t number = 0;
	if (gmtime_r(&seconds, &tm) == NULL)
		return err_set(ctx, ERR_BUG, "the clock shows no date");
	enum err err = request_sql_number(ctx, tm.tm_year + 1900, &number);
	if (err != ERR_OK)
		return err;
	*out = arena_printf(ctx->arena, "R-%04d-%06d", tm.tm_year + 1900, (int)number);
	return *out != NULL ? ERR_OK : err_set(ctx, ERR_MEMORY, "No memory for the number.");
}

static enum err store(struct ctx *ctx, struct draft *draft, int64_t now)
{
	struct request *request = &draft->request;
	enum err err = take_number(ctx, now, &request->number);
	if (err == ERR_OK)
		err = request_sql_insert(ctx, request);
	if (err == ERR_OK)
		err = request_sql_copy_stages(ctx, &request->id, &request->workflow_id);
	for (int64_t i = 0; err == ERR_OK && i < draft->accounts->number; i++)
		err = request_sql_add_account(ctx, &request->id, &draft->accounts->ids[i]);
	return err;
}

static enum err audit_creation(struct ctx *ctx, const struct in *in, const struct draft *draft)
{
	const struct request *request = &draft->request;
	struct audit audit;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "request", &request->id, request->number);
	audit_data(&audit, "accounts", draft->account_names);
	audit_data(&audit, "purpose", request->purpose);
	audit_data(&audit, "ticket", request->ticket);
	audit_data(&audit, "starts_at", write_time(ctx, request->starts_at));
	audit_data(&audit, "ends_at", write_time(ctx, request->ends_at));
	audit_data(&audit, "workflow", request->workflow_name);
	return audit_append(ctx, &audit);
}

/* A workflow without stages approves by itself, and the log says so. */
static enum err approve_by_workflow(struct ctx *ctx, struct request *request, int64_t now,
				    struct out *out)
{
	if (request->stage_count > 0 ||
	    !request_next(request->state, REQUEST_APPROVE_LAST, &request->state))
		return ERR_OK;
	struct audit audit;
	audit_init(&audit, EVENT_REQUEST_APPROVED);
	audit_object(&audit, "request", &request->id, request->number);
	audit_data(&audit, "approved_by", "workflow without stages");
	request->decided_at = now;
	enum err err = leases_grant(ctx, request, now, out);
	if (err == ERR_OK)
		err = request_sql_update(ctx, request, now);
	return err != ERR_OK ? err : audit_append(ctx, &audit);
}

enum err request_create(struct ctx *ctx, const struct in *in, struct out *out)
{
	int64_t now = sys_real_us();
	struct draft draft = {
		.request = {.id = uuid_v7(),
			    .requester_id = ctx->principal->user_id,
			    .purpose = in_text(in, RC_PURPOSE, ""),
			    .ticket = in_text(in, RC_TICKET, ""),
			    .starts_at = in_number(in, RC_STARTS_AT, now),
			    .state = REQUEST_PENDING,
			    .created_at = now},
		.accounts = &in->values[RC_ACCOUNTS],
	};
	enum err err = check_draft(ctx, in, &draft, now);
	if (err == ERR_OK)
		err = store(ctx, &draft, now);
	if (err == ERR_OK)
		err = audit_creation(ctx, in, &draft);
	if (err == ERR_OK)
		err = approve_by_workflow(ctx, &draft.request, now, out);
	if (err != ERR_OK)
		return err;
	out_id(out, &draft.request.id, draft.request.stage_count > 0 ? 1 : 2);
	out_notify(out, "requests", &draft.request.id);
	return ERR_OK;
}
