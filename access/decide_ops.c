/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "access/access_api.h"
#include "access/grant_leases.h"
#include "access/handlers.h"
#include "access/request_sql.h"
#include "base/arena.h"
#include "base/sys.h"
#include "rbac/principal.h"
#include "rbac/write.h"

/* Locks the request and finds out what the caller may do with it. */
static enum err open_request(struct ctx *ctx, const struct in *in, int64_t now, struct request *out,
			     struct request_may *out_may)
{
	struct request_standing standing;
	enum err err = request_sql_lock(ctx, in_id(in, R_ID), out);
	if (err == ERR_OK)
		err = request_sql_standing(ctx, &out->id, &ctx->principal->user_id, &standing);
	if (err == ERR_NOT_FOUND ||
	    (err == ERR_OK && !request_visible(out, &standing, ctx->principal)))
		return err_reason(ctx, ERR_NOT_FOUND, "request.unknown",
				  "There is no such request.");
	if (err == ERR_OK)
		*out_may = request_may(out, &standing, ctx->principal, now);
	return err;
}

static enum err finish(struct ctx *ctx, struct out *out, const struct audit *audit,
		       const struct request *request, int64_t version)
{
	enum err err = audit_append(ctx, audit);
	if (err != ERR_OK)
		return err;
	out_id(out, &request->id, version);
	out_notify(out, "requests", &request->id);
	return ERR_OK;
}

static bool stage_complete(const struct request_tally *tally)
{
	if (tally->needed > 0)
		return tally->approvals >= tally->needed;
	return tally->approvals > 0 && tally->approvals >= tally->members;
}

/* After one more approval: wait for others, open the next stage, or lend. */
static enum err advance(struct ctx *ctx, struct request *request, int64_t now, struct out *out)
{
	struct request_tally tally;
	enum err err = request_sql_tally(ctx, request, &tally);
	if (err != ERR_OK)
		return err;
	if (!stage_complete(&tally))
		return request_sql_update(ctx, request, now);
	enum request_event event = request->stage < request->stage_count ? REQUEST_APPROVE_STAGE
									 : REQUEST_APPROVE_LAST;
	if (!request_next(request->state, event, &request->state))
		return request_refusal(ctx, "request.already_decided");
	if (event == REQUEST_APPROVE_STAGE) {
		request->stage++;
		return request_sql_update(ctx, request, now);
	}
	request->decided_at = now;
	err = leases_grant(ctx, request, now, out);
	return err != ERR_OK ? err : request_sql_update(ctx, request, now);
}

enum err request_approve(struct ctx *ctx, const struct in *in, struct out *out)
{
	int64_t now = sys_real_us();
	struct request request;
	struct request_may may;
	enum err err = open_request(ctx, in, now, &request, &may);
	if (err != ERR_OK)
		return err;
	if (may.approve != NULL)
		return request_refusal(ctx, may.approve);
	const char *comment = in_text(in, R_TEXT, "");
	int64_t stage = request.stage;
	err = request_sql_decide(ctx, &request, &ctx->principal->user_id, true, comment, now);
	if (err == ERR_OK)
		err = advance(ctx, &request, now, out);
	if (err != ERR_OK)
		return err;
	struct audit audit;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "request", &request.id, request.number);
	audit_data(&audit, "stage", write_int(ctx, stage));
	audit_data(&audit, "comment", comment);
	audit_change(&audit, "state", request_state_name(REQUEST_PENDING),
		     request_state_name(request.state));
	return finish(ctx, out, &audit, &request, request.version + 1);
}

enum err request_reject(struct ctx *ctx, const struct in *in, struct out *out)
{
	int64_t now = sys_real_us();
	struct request request;
	struct request_may may;
	enum err err = open_request(ctx, in, now, &request, &may);
	if (err != ERR_OK)
		return err;
	if (may.reject != NULL || !request_next(request.state, REQUEST_REJECT, &request.state))
		return request_refusal(ctx,
				       may.reject != NULL ? may.reject : "request.already_decided");
	const char *comment = in_text(in, R_TEXT, "");
	request.decided_at = now;
	err = request_sql_decide(ctx, &request, &ctx->principal->user_id, false, comment, now);
	if (err == ERR_OK)
		err = request_sql_update(ctx, &request, now);
	if (err != ERR_OK)
		return err;
	struct audit audit;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "request", &request.id, request.number);
	audit_data(&audit, "stage", write_int(ctx, request.stage));
	audit_data(&audit, "comment", comment);
	audit_change(&audit, "state", request_state_name(REQUEST_PENDING),
		     request_state_name(request.state));
	return finish(ctx, out, &audit, &request, request.version + 1);
}

enum err request_withdraw(struct ctx *ctx, const struct in *in, struct out *out)
{
	int64_t now = sys_real_us();
	struct request request;
	struct request_may may;
	enum err err = open_request(ctx, in, now, &request, &may);
	if (err != ERR_OK)
		return err;
	if (may.withdraw != NULL || !request_next(request.state, REQUEST_WITHDRAW, &request.state))
		return request_refusal(ctx, may.withdraw != NULL ? may.withdraw
								 : "request.already_decided");
	request.decided_at = now;
	err = request_sql_update(ctx, &request, now);
	if (err != ERR_OK)
		return err;
	struct audit audit;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "request", &request.id, request.number);
	audit_change(&audit, "state", request_state_name(REQUEST_PENDING),
		     request_state_name(request.state));
	return finish(ctx, out, &audit, &request, request.version + 1);
}

enum err request_comment(struct ctx *ctx, const struct in *in, struct out *out)
{
	int64_t now = sys_real_us();
	struct request request;
	struct request_may may;
	enum err err = open_request(ctx, in, now, &request, &may);
	if (err != ERR_OK)
		return err;
	if (may.comment != NULL)
		return request_refusal(ctx, may.comment);
	const char *text = in_text(in, R_TEXT, "");
	err = request_sql_comment(ctx, &request.id, &ctx->principal->user_id, text, now);
	if (err != ERR_OK)
		return err;
	struct audit audit;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "request", &request.id, request.number);
	audit_data(&audit, "text", text);
	return finish(ctx, out, &audit, &request, request.version);
}
