/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ACCESS_REQUEST_H
#define ACCESS_REQUEST_H

#include <stdint.h>

#include "access/state.h"
#include "base/ctx.h"
#include "rbac/principal.h"

/*
 * A request: one person asks for accounts during a window; the stages of its workflow (as they were
 * when it was made) decide in order. Who belongs to a stage's group: its members and the members of
 * the groups below it. needed 0 means every active member but the asker.
 */
struct request {
	struct uuid id;
	const char *number;
	struct uuid requester_id;
	const char *requester_login, *requester_name;
	struct uuid workflow_id;
	const char *workflow_name;
	bool self_approval; /* the workflow's, as of now */
	const char *purpose, *ticket;
	int64_t starts_at, ends_at;
	enum request_state state;
	int64_t stage, stage_count;
	int64_t version, created_at, decided_at;
};

/* How one person stands to one request. */
struct request_standing {
	bool decides;  /* belongs to the group of the present stage */
	bool in_stage; /* belongs to the group of any stage */
	bool decided;  /* has already decided at the present stage */
};

/* Why the person may not, as stable reason codes; NULL: may. Pure, so that the page that offers a
 * button and the transaction that does it cannot disagree. */
struct request_may {
	const char *approve, *reject, *withdraw, *comment;
};
struct request_may request_may(const struct request *request,
			       const struct request_standing *standing, const struct principal *who,
			       int64_t now);
/* Asker, people of its stages, and request.view_all. */
bool request_visible(const struct request *request, const struct request_standing *standing,
		     const struct principal *who);
/* Kind of error a reason of request_may stands for. */
enum err request_refusal(struct ctx *ctx, const char *reason) ERR_CHECKED;

#endif
