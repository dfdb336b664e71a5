/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "access/request.h"

#include <stddef.h>
#include <string.h>

/* Every reason with what it means to the caller. */
static const struct {
	const char *reason;
	enum err code;
	const char *text;
} refusals[] = {
	{"permission.missing", ERR_DENIED, "This needs the permission request.approve."},
	{"request.already_decided", ERR_CONFLICT, "The request is no longer waiting."},
	{"request.window_passed", ERR_CONFLICT, "The time asked for is over."},
	{"request.not_approver", ERR_DENIED, "Another group decides at this stage."},
	{"request.self_approval", ERR_DENIED, "Nobody decides their own request here."},
	{"request.already_approved", ERR_CONFLICT, "You have already decided at this stage."},
	{"request.not_requester", ERR_DENIED, "Only who asked can withdraw."},
	{"request.closed", ERR_CONFLICT, "The request is closed."},
};

static const char *decide_refusal(const struct request *request,
				  const struct request_standing *standing,
				  const struct principal *who, int64_t now)
{
	if (!permission_in(who->permissions, PERM_REQUEST_APPROVE))
		return "permission.missing";
	if (request->state != REQUEST_PENDING)
		return "request.already_decided";
	if (request->ends_at <= now)
		return "request.window_passed";
	if (!standing->decides)
		return "request.not_approver";
	if (uuid_equal(&request->requester_id, &who->user_id) && !request->self_approval)
		return "request.self_approval";
	if (standing->decided)
		return "request.already_approved";
	return NULL;
}

static const char *withdraw_refusal(const struct request *request, const struct principal *who)
{
	if (!uuid_equal(&request->requester_id, &who->user_id))
		return "request.not_requester";
	return request->state == REQUEST_PENDING ? NULL : "request.already_decided";
}

static const char *comment_refusal(const struct request *request)
{
	bool open = request->state == REQUEST_PENDING || request->state == REQUEST_APPROVED;
	return open ? NULL : "request.closed";
}

struct request_may request_may(const struct request *request,
			       const struct request_standing *standing, const struct principal *who,
			       int64_t now)
{
	const char *decide = decide_refusal(request, standing, who, now);
	return (struct request_may){
		.approve = decide,
		.reject = decide,
		.withdraw = withdraw_refusal(request, who),
		.comment = comment_refusal(request),
	};
}

bool request_visible(const struct request *request, const struct request_standing *standing,
		     const struct principal *who)
{
	return uuid_equal(&request->requester_id, &who->user_id) || standing->in_stage ||
	       permission_in(who->permissions, PERM_REQUEST_VIEW_ALL);
}

enum err request_refusal(struct ctx *ctx, const char *reason)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (strcmp(refusals[i].reason, reason) == 0)
			return err_reason(ctx, refusals[i].code, reason, "%s", refusals[i].text);
	return err_set(ctx, ERR_BUG, "reason %s is not listed", reason);
}
