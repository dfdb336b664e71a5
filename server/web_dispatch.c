/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/log.h"
#include "base/sys.h"
#include "server/web_inner.h"

/*
 * The one path every request takes. What must never be forgotten is a step of these two tables;
 * the first step that refuses ends the request.
 */

static enum err step_rate(struct web_request *request)
{
	struct web *web = request->web;
	bool public = request->op != NULL && request->op->auth == OP_AUTH_PUBLIC &&
		      request->op->body != OP_BODY_NONE;

	if (web_rate_take(web->rate, WEB_RATE_ALL, request->address, &request->retry_after) &&
	    (!public ||
	     web_rate_take(web->rate, WEB_RATE_PUBLIC, request->address, &request->retry_after)))
		return ERR_OK;
	return err_reason(&request->ctx, ERR_LIMIT, "rate.peer",
			  "too many requests from this address; wait a little");
}

static enum err refuse_unlisted(struct web_request *request)
{
	return err_reason(&request->ctx, ERR_DENIED, "operation.closed",
			  "this operation is not open to anybody");
}

/* However many addresses it is used from; however many access tokens a program has. */
static enum err step_token_rate(struct web_request *request)
{
	const struct principal *self = &request->principal;
	const struct uuid *bucket =
		request->credential == CREDENTIAL_ACCESS ? &self->user_id : &self->token_id;

	if (uuid_is_nil(&self->token_id) ||
	    web_rate_take_id(request->web->rate, WEB_RATE_TOKEN, bucket, &request->retry_after))
		return ERR_OK;
	return err_reason(&request->ctx, ERR_LIMIT, "rate.token",
			  "too many requests with this API token; wait a little");
}

static enum err authenticate_person(struct web_request *request)
{
	enum err err = web_read_token(request);

	if (err == ERR_OK && !request->has_cookie)
		return err_reason(&request->ctx, ERR_UNAUTHENTICATED, "session.absent",
				  "sign in first");
	if (err == ERR_OK)
		err = web_authenticate(request, request->cookie,
				       !(request->op->flags & OP_FLAG_SSE));
	if (err == ERR_UNAUTHENTICATED && request->header[HEADER_AUTHORIZATION] != NULL)
		web_reply_header(request, MHD_HTTP_HEADER_WWW_AUTHENTICATE,
				 "Bearer realm=\"sekisho\", error=\"invalid_token\"");
	return err;
}

static enum err step_authenticate(struct web_request *request)
{
	if (!(request->op->flags & OP_FLAG_OAUTH)) /* a program has no cookies */
		web_read_cookies(request);
	switch (request->op->auth) {
	case OP_AUTH_REFUSE: return refuse_unlisted(request);
	case OP_AUTH_PUBLIC: return ERR_OK;
	case OP_AUTH_METRICS: return web_check_metrics_token(request);
	case OP_AUTH_SESSION:
	case OP_AUTH_FRESH: break;
	default: return refuse_unlisted(request);
	}
	return authenticate_person(request);
}

static enum err step_authorise(struct web_request *request)
{
	const struct op *op = request->op;
	const struct principal *principal = request->ctx.principal;

	if (op->auth == OP_AUTH_PUBLIC || op->auth == OP_AUTH_METRICS)
		return ERR_OK;
	if (!uuid_is_nil(&principal->token_id) && !op_open_to_token(op, principal->permissions))
		return err_reason(&request->ctx, ERR_DENIED, "token.not_for_this",
				  "this cannot be done with an API token");
	if (!op_open_to(op, principal))
		return err_reason(&request->ctx, ERR_DENIED, "factor.due",
				  "your sign-in is with less than is asked of you");
	if (op->permission != PERM_NONE && !permission_in(principal->permissions, op->permission))
		return err_reason(&request->ctx, ERR_DENIED, "permission.missing",
				  "this needs the permission %s", permission_name(op->permission));
	if (op->auth == OP_AUTH_FRESH && sys_real_us() - principal->authenticated_at > WEB_FRESH_US)
		return err_reason(&request->ctx, ERR_UNAUTHENTICATED, "auth.not_fresh",
				  "sign in again for this");
	return ERR_OK;
}

static enum err step_upgrade(struct web_request *request)
{
	return request->op->kind == OP_UPGRADE ? web_check_upgrade(request) : ERR_OK;
}

typedef enum err step_fn(struct web_request *request);

/* On the connection's thread, before a byte of the body is kept. */
static step_fn *const early_steps[] = {web_match, web_check_headers, step_rate};

/* In a handler thread: these may wait. */
static step_fn *const late_steps[] = {
	step_authenticate,    step_token_rate, web_check_csrf,	     step_authorise,
	web_check_media_type, step_upgrade,    web_check_conditions, web_parse,
	web_check_form,
};

static enum err walk_late(struct web_request *request)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < sizeof(late_steps) / sizeof(late_steps[0]) && err == ERR_OK; i++)
		err = late_steps[i](request);
	if (err != ERR_OK)
		web_refuse(request, err);
	return err;
}

/* Requests that fail before the rate step cost their token too. */
enum err web_dispatch_early(struct web_request *request)
{
	enum err err = ERR_OK;
	size_t i = 0, count = sizeof(early_steps) / sizeof(early_steps[0]);

	while (i < count && err == ERR_OK)
		err = early_steps[i++](request);
	if (err != ERR_OK && i < count && step_rate(request) != ERR_OK)
		err = ERR_LIMIT;
	if (err != ERR_OK)
		web_refuse(request, err);
	return err;
}

/* From the moment the request is whole. Authority gives up earlier (0.8 s, 2.7 s, 30 s) and says
 * so. Forms hold passwords, whose hashing is slow on purpose and queues. */
static int64_t patience_us(const struct op *op)
{
	enum { READ_US = 900 * 1000, WRITE_US = 950 * 1000, FORM_US = 3000 * 1000 };
	enum { SLOW_US = 32 * 1000 * 1000 };

	if (op->flags & OP_FLAG_SLOW)
		return SLOW_US;
	if (op->body == OP_BODY_FORM)
		return FORM_US;
	return op->kind == OP_READ ? READ_US : WRITE_US;
}

static enum err check_whole(struct web_request *request)
{
	enum err err = ERR_OK;

	if (ctx_left_us(&request->ctx) <= 0)
		err = err_reason(&request->ctx, ERR_UNAVAILABLE, "server.busy",
				 "too many requests at once; try again in a moment");
	else if (request->body_too_large)
		err = err_reason(&request->ctx, ERR_TOO_LARGE, "body.limit",
				 "the body may have at most %u bytes", request->op->max_body);
	if (err != ERR_OK)
		web_refuse(request, err);
	return err;
}

/* Forms hold passwords, whose hashing takes long: nobody's thread waits for the answer. */
static bool is_patient(const struct op *op)
{
	return op->body == OP_BODY_FORM;
}

bool web_dispatch(struct web_request *request, struct web_worker *worker)
{
	enum err err = ERR_OK;
	bool begins = !request->ordered;

	request->ctx.db = worker->db;
	request->ctx.deadline_us = request->whole_us + patience_us(request->op);
	if (begins && (check_whole(request) != ERR_OK || walk_late(request) != ERR_OK))
		return true;
	request->ordered = is_patient(request->op);
	if (begins && request->ordered) {
		err = web_order(request);
		if (err == ERR_OK)
			return false;
	} else {
		err = web_run(request, worker);
	}
	if (err != ERR_OK) {
		web_render_problem(request, err, 0, NULL);
		if (err_status(err) >= 500)
			log_failure(&request->ctx, "request_failed");
	}
	return true;
}

/* A visitor without cookie or token who only looked has been refused nothing; bad input is not a
 * refusal of access either. */
static bool is_worth_telling(const struct web_request *request, enum err err)
{
	if (err == ERR_INPUT || err_status(err) >= 500)
		return false;
	return !(err == ERR_UNAUTHENTICATED && !request->has_cookie &&
		 request->header[HEADER_AUTHORIZATION] == NULL &&
		 strcmp(request->method, MHD_HTTP_METHOD_GET) == 0);
}

static struct block text_block(const char *text)
{
	return (struct block){(const uint8_t *)text, strlen(text)};
}

static void tell(struct web_request *request, enum err err)
{
	struct msg_refused message = {
		.op = text_block(request->op != NULL ? request->op->id : ""),
		.trace = text_block(request->ctx.trace),
		.peer = text_block(request->address),
		.credential = request->credential,
		.err = (uint32_t)err,
		.reason = text_block(request->ctx.error.reason),
	};

	if (request->has_cookie)
		message.cookie = (struct block){request->cookie, sizeof(request->cookie)};
	if (web_rate_report(request->web->rate))
		web_link_tell(request->web->link, MSG_REFUSED, &msg_refused_codec, &message);
}

void web_refuse(struct web_request *request, enum err err)
{
	const char *reason = request->ctx.error.reason;

	if (is_worth_telling(request, err))
		tell(request, err);
	if (strcmp(reason, "precondition.required") == 0)
		web_render_problem(request, err, 428, "precondition.required");
	else if (strcmp(reason, "host.unknown") == 0)
		web_render_problem(request, err, 421, "request.misdirected");
	else
		web_render_problem(request, err, 0, NULL);
	if (err_status(err) >= 500)
		log_failure(&request->ctx, "request_failed");
}
