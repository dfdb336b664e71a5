/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/page_api.h"
#include "base/chan.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/text.h"
#include "server/web_inner.h"

/* The handler step: reads run here, everything else is asked of authority. */

static struct block text_block(const char *text)
{
	return (struct block){(const uint8_t *)text, text != NULL ? strlen(text) : 0};
}

static const char *keep(struct web_request *request, struct block text)
{
	return arena_strndup(request->arena, (const char *)text.data, text.len);
}

/* What authority said about a failure becomes ours. */
static enum err adopt(struct web_request *request, uint32_t code, struct block reason,
		      struct block field, struct block text)
{
	char words[3][CTX_TEXT_SIZE];
	const struct block from[3] = {reason, field, text};
	enum err err = code < ERR__COUNT ? (enum err)code : ERR_BUG;

	for (int i = 0; i < 3; i++) {
		size_t len = from[i].len < CTX_TEXT_SIZE ? from[i].len : CTX_TEXT_SIZE - 1;
		if (len > 0)
			memcpy(words[i], from[i].data, len);
		words[i][len] = '\0';
	}
	return err_record(&request->ctx, err, words[0], words[1], __FILE__, __LINE__, "%s",
			  words[2]);
}

static enum err take_principal(struct web_request *request, const struct msg_principal *message)
{
	struct principal *principal = &request->principal;

	if (message->err != ERR_OK)
		return adopt(request, message->err, message->reason, (struct block){0},
			     text_block("sign in first"));
	*principal = (struct principal){
		.user_id = message->user_id,
		.session_id = message->session_id,
		.token_id = message->token_id,
		.login = keep(request, message->login),
		.display_name = keep(request, message->display_name),
		.language = keep(request, message->language),
		.timezone = keep(request, message->timezone),
		.theme = keep(request, message->theme),
		.roles = message->roles,
		.password_due = message->password_due != 0,
		.factor_due = (enum factor_due)message->factor_due,
		.factor_floor = message->factor_floor,
		.permissions = message->permissions,
		.authenticated_at = message->authenticated_at,
		.idle_expires_at = message->idle_expires_at,
		.expires_at = message->expires_at,
	};
	if (arena_failed(request->arena))
		return err_set(&request->ctx, ERR_MEMORY, "no memory for the principal");
	request->ctx.principal = principal;
	return ERR_OK;
}

static enum err bad_reply(struct web_request *request)
{
	return err_set(&request->ctx, ERR_BUG, "the deciding process gave a malformed answer");
}

enum err web_authenticate(struct web_request *request, const uint8_t *cookie, bool touch)
{
	struct msg_authenticate question = {.cookie = {cookie, WEB_SESSION_COOKIE},
					    .credential = request->credential,
					    .peer = text_block(request->address),
					    .use = touch ? USE_ACTIVITY : USE_LOOK};
	struct msg_principal message = {0};
	scoped(buf_clear) struct buf bytes;

	buf_init_wiped(&bytes, 4096);
	codec_put(&bytes, &msg_authenticate_codec, &question);
	web_answer_clear(&request->answer);
	if (buf_failed(&bytes))
		return err_set(&request->ctx, ERR_MEMORY, "no memory for the question");
	enum err err = web_link_ask(&request->ctx, request->web->link, MSG_AUTHENTICATE, bytes.data,
				    bytes.len, -1, &request->answer);
	if (err != ERR_OK)
		return err;
	if (request->answer.type != MSG_PRINCIPAL ||
	    codec_get(&msg_principal_codec, request->answer.payload.data,
		      request->answer.payload.len, &message) != ERR_OK)
		return bad_reply(request);
	return take_principal(request, &message);
}

/* What is no proof is none: authority judges what it means. */
static struct block read_device_proof(struct web_request *request)
{
	const char *text = request->header[HEADER_DEVICE];
	uint8_t *bytes = text ? arena_alloc(request->arena, MSG_DEVICE_PROOF) : NULL;
	long len = bytes ? base64url_decode(text, strlen(text), bytes, MSG_DEVICE_PROOF) : -1;

	return len > 0 ? (struct block){bytes, (size_t)len} : (struct block){0};
}

enum err web_encode_execute(struct web_request *request, struct block upgrade_extra,
			    struct buf *out)
{
	scoped(buf_clear) struct buf values;
	struct msg_execute message = {
		.op = text_block(request->op->id),
		.trace = text_block(request->ctx.trace),
		.credential = request->credential,
		.peer = text_block(request->address),
		.user_agent = text_block(request->in.user_agent),
		.languages = text_block(request->in.languages),
		.idempotency_key = text_block(request->in.idempotency_key),
		.if_match = request->in.if_match,
		.tls_exporter = {request->peer->exporter, request->peer->exporter_len},
		.upgrade_extra = upgrade_extra,
	};

	if (request->has_cookie)
		message.cookie = (struct block){request->cookie, sizeof(request->cookie)};
	if (request->has_device)
		message.device = (struct block){request->device, sizeof(request->device)};
	if (request->has_flow)
		message.flow = (struct block){request->flow, sizeof(request->flow)};
	if (request->op->flags & OP_FLAG_DEVICE)
		message.device_proof = read_device_proof(request);
	buf_init_wiped(&values, MSG_VALUES_MAX);
	fields_put(&values, request->op->fields, request->in.values);
	if (buf_failed(&values))
		return buf_tell(&request->ctx, &values, "the input");
	message.values = (struct block){values.data, values.len};
	codec_put(out, &msg_execute_codec, &message);
	return buf_tell(&request->ctx, out, "the input");
}

static enum err make_order(struct web_request *request, struct buf *bytes, int *secret_fd)
{
	buf_init_wiped(bytes, CHAN_PAYLOAD_MAX);
	enum err err = web_encode_execute(request, (struct block){0}, bytes);
	if (err != ERR_OK)
		return err;
	if (request->secret != NULL && secret_pipe(request->secret, secret_fd) != ERR_OK)
		return err_set(&request->ctx, ERR_MEMORY, "no pipe for the secret");
	secret_free_p(&request->secret); /* it is in the pipe; the answer may be long in coming */
	web_answer_clear(&request->answer);
	return ERR_OK;
}

enum err web_order(struct web_request *request)
{
	scoped(buf_clear) struct buf bytes;
	scoped(fd_close_p) int secret_fd = -1;
	enum err err = make_order(request, &bytes, &secret_fd);

	return err == ERR_OK ? web_link_order(&request->ctx, request->web->link, &bytes, secret_fd,
					      &request->answer, web_answered, request)
			     : err;
}

static enum err ask(struct web_request *request)
{
	scoped(buf_clear) struct buf bytes;
	scoped(fd_close_p) int secret_fd = -1;
	enum err err = make_order(request, &bytes, &secret_fd);

	return err == ERR_OK ? web_link_ask(&request->ctx, request->web->link, MSG_EXECUTE,
					    bytes.data, bytes.len, secret_fd, &request->answer)
			     : err;
}

/* What web_order was answered. */
static enum err ordered(struct web_request *request)
{
	return request->order_err == ERR_OK ? ERR_OK : web_link_silent(&request->ctx);
}

/* request->answer then holds what *out borrows. */
static enum err execute(struct web_request *request, struct msg_result *out)
{
	enum err err = request->ordered ? ordered(request) : ask(request);

	if (err != ERR_OK)
		return err;
	if (request->answer.type != MSG_RESULT ||
	    codec_get(&msg_result_codec, request->answer.payload.data, request->answer.payload.len,
		      out) != ERR_OK)
		return bad_reply(request);
	if (out->err == ERR_OK)
		return ERR_OK;
	const char *wait = web_result_text(request, &out->fields, "retry_after");
	request->retry_after = wait != NULL ? (int)strtol(wait, NULL, 10) : 0;
	return adopt(request, out->err, out->reason, out->field, out->text);
}

static enum err finish_read(struct web_request *request, struct reply *reply)
{
	struct web_reply *answer = &request->reply;

	if (reply->stream_fd >= 0)
		answer->stream_fd = reply->stream_fd;
	else if (buf_failed(&answer->body))
		return err_reason(&request->ctx, ERR_MEMORY, "answer.limit",
				  "the answer is too large; ask for less");
	answer->content_type =
		reply->content_type != NULL ? reply->content_type : "application/json";
	if (reply->status != 0)
		answer->status = reply->status;
	if (reply->etag >= 0)
		web_reply_header(request, MHD_HTTP_HEADER_ETAG,
				 arena_printf(request->arena, "\"%lld\"", (long long)reply->etag));
	if (reply->file_name != NULL)
		web_reply_header(request, MHD_HTTP_HEADER_CONTENT_DISPOSITION,
				 arena_printf(request->arena, "attachment; filename=\"%s\"",
					      reply->file_name));
	return ERR_OK;
}

static enum err read_op(struct web_request *request, const char *id, const struct in *in)
{
	const struct op_read *read = web_read_of(request->web, id);
	struct json json;
	struct reply reply = {
		.json = &json, .body = &request->reply.body, .etag = -1, .stream_fd = -1};

	if (read == NULL)
		return err_set(&request->ctx, ERR_BUG, "%s has no handler here", id);
	buf_reset(&request->reply.body);
	json_init(&json, &request->reply.body);
	enum err err = read->run(&request->ctx, in, &reply);
	if (err == ERR_OK)
		return finish_read(request, &reply);
	if (reply.stream_fd >= 0)
		close(reply.stream_fd);
	return err;
}

static const struct op *find_op(const struct web *web, const char *id)
{
	for (const struct op *const *table = web->params.ops; *table != NULL; table++)
		for (const struct op *op = *table; op->id != NULL; op++)
			if (strcmp(op->id, id) == 0)
				return op;
	return NULL;
}

static const struct uuid *own_path_id(const struct web_request *request)
{
	const struct field *fields = request->op->fields;

	for (size_t i = 0; fields != NULL && fields[i].name != NULL; i++)
		if (fields[i].flags & FIELD_PATH && fields[i].type == FIELD_UUID)
			return &request->in.values[i].id;
	return NULL;
}

/* A write whose answer is another operation's reading: its {id} is the result's, or ours. */
static enum err read_then(struct web_request *request, const struct op *then,
			  const struct msg_result *result)
{
	struct in *in = arena_new_of(request->arena, struct in);
	const struct uuid *id = result->has_id ? &result->id : own_path_id(request);

	if (in == NULL)
		return err_set(&request->ctx, ERR_MEMORY, "no memory for the answer");
	*in = (struct in){.op = then,
			  .peer = request->in.peer,
			  .user_agent = request->in.user_agent,
			  .if_match = -1,
			  .idempotency_key = "",
			  .secret_fd = -1,
			  .upgrade_fd = -1};
	for (size_t i = 0; then->fields != NULL && then->fields[i].name != NULL; i++)
		if (then->fields[i].flags & FIELD_PATH && then->fields[i].type == FIELD_UUID &&
		    id != NULL)
			in->values[i] = (struct value){.set = true, .id = *id};
	return read_op(request, then->id, in);
}

static void set_cookie(struct web_request *request, const char *name, struct block value,
		       const char *more)
{
	if (value.len > 0)
		web_reply_header(request, MHD_HTTP_HEADER_SET_COOKIE,
				 arena_printf(request->arena,
					      "%s=%.*s; Path=/; Secure; HttpOnly; SameSite=%s",
					      name, (int)value.len, (const char *)value.data,
					      more));
}

/* Of a sign-in with a provider: it comes back with that site's redirect, or with its form. */
static void set_flow(struct web_request *request, const struct msg_result *result)
{
	set_cookie(request, "__Host-sekisho-flow", result->set_flow,
		   result->flow & RESULT_FLOW_CROSS_SITE ? "None; Max-Age=900"
							 : "Lax; Max-Age=900");
	if (result->flow & RESULT_FLOW_CLEAR)
		web_reply_header(
			request, MHD_HTTP_HEADER_SET_COOKIE,
			"__Host-sekisho-flow=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
}

static void set_cookies(struct web_request *request, const struct msg_result *result)
{
	static const char half_year[] = "Lax; Max-Age=15552000";

	set_cookie(request, "__Host-sekisho", result->set_session, "Lax");
	set_cookie(request, "__Host-sekisho-device", result->set_device, half_year);
	set_flow(request, result);
	if (result->clear_session)
		web_reply_header(
			request, MHD_HTTP_HEADER_SET_COOKIE,
			"__Host-sekisho=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0");
}

/* After a sign-in the new cookie says who reads the answer; after a change of oneself one is
 * looked up again. */
static enum err adopt_session(struct web_request *request, const struct op *then,
			      struct block cookie)
{
	uint8_t bytes[WEB_SESSION_COOKIE];

	if (cookie.len == 0)
		return then->flags & OP_FLAG_SELF
			       ? web_authenticate(request, request->cookie, false)
			       : ERR_OK;
	if (base64url_decode((const char *)cookie.data, cookie.len, bytes, sizeof(bytes)) !=
	    WEB_SESSION_COOKIE)
		return bad_reply(request);
	return web_authenticate(request, bytes, false);
}

static void set_location(struct web_request *request, const struct op *then,
			 const struct msg_result *result)
{
	char id[UUID_TEXT_SIZE];
	const char *path = then != NULL ? then->path : request->op->path;
	const char *brace = strchr(path, '{');

	if (!(request->op->flags & OP_FLAG_CREATED) || !result->has_id)
		return;
	uuid_format(&result->id, id);
	request->reply.status = 201;
	web_reply_header(request, MHD_HTTP_HEADER_LOCATION,
			 brace == NULL ? arena_printf(request->arena, "%s/%s", path, id)
				       : arena_printf(request->arena, "%.*s%s", (int)(brace - path),
						      path, id));
}

static enum err stream_result(struct web_request *request, const struct msg_result *result)
{
	struct web_reply *reply = &request->reply;
	const char *name = web_result_text(request, &result->fields, "file_name");

	if (request->answer.fd < 0)
		return bad_reply(request);
	reply->stream_fd = request->answer.fd;
	reply->stream_frames = result->has_body == RESULT_FRAMES;
	request->answer.fd = -1;
	reply->content_type = request->op->media_type != NULL ? request->op->media_type
							      : "application/octet-stream";
	if (request->op->body == OP_BODY_PKCS10)
		web_reply_header(request, "Content-Transfer-Encoding", "base64");
	if (request->op->flags & OP_FLAG_OAUTH) /* RFC 6749, 5.1 */
		web_reply_header(request, "Pragma", "no-cache");
	if (name != NULL)
		web_reply_header(request, MHD_HTTP_HEADER_CONTENT_DISPOSITION,
				 arena_printf(request->arena, "attachment; filename=\"%s\"", name));
	return ERR_OK;
}

static enum err render_own(struct web_request *request, const struct msg_result *result)
{
	if (result->fields.len == 0) {
		if (request->reply.status == 200 && !(request->op->flags & OP_FLAG_OAUTH))
			request->reply.status = 204;
		return ERR_OK;
	}
	request->reply.content_type = "application/json";
	if (!web_render_fields(&request->reply.body, &result->fields))
		return bad_reply(request);
	return ERR_OK;
}

/* The change is done: a failure to read it back afterwards must not look like a failure to make
 * it. */
static enum err render_then(struct web_request *request, const struct op *then,
			    const struct msg_result *result, struct block cookie)
{
	if (adopt_session(request, then, cookie) == ERR_OK &&
	    read_then(request, then, result) == ERR_OK)
		return ERR_OK;
	buf_reset(&request->reply.body);
	request->reply.content_type = NULL;
	if (request->reply.status == 200)
		request->reply.status = 204;
	return ERR_OK;
}

static enum err write_op(struct web_request *request)
{
	const struct op *op = request->op;
	struct msg_result result = {0};
	enum err err = execute(request, &result);

	if (err != ERR_OK)
		return err;
	const struct op *then = op->then != NULL ? find_op(request->web, op->then) : NULL;
	set_cookies(request, &result);
	set_location(request, then, &result);
	if (op->flags & OP_FLAG_PAGE)
		return web_page_done(request, then,
				     web_result_text(request, &result.fields, "location"));
	if (op->flags & OP_FLAG_NAVIGATION)
		return web_navigate(request, web_result_text(request, &result.fields, "location"));
	if (result.has_body)
		return stream_result(request, &result);
	if (op->kind == OP_READ_AUDITED)
		return read_op(request, op->id, &request->in);
	if (then == NULL)
		return render_own(request, &result);
	/* asking again reuses the answer's memory: keep what is still needed */
	struct block cookie = {(const uint8_t *)keep(request, result.set_session),
			       result.set_session.len};
	return render_then(request, then, &result, cookie);
}

static enum err read_page(struct web_request *request)
{
	if (web_page_is_behind(request))
		return web_navigate(request, PAGE_SESSION_PATH);
	enum err err = read_op(request, request->op->id, &request->in);
	return err == ERR_OK ? web_page_show(request) : err;
}

enum err web_run(struct web_request *request, struct web_worker *worker)
{
	(void)worker;
	switch (request->op->kind) {
	case OP_READ:
		if (request->op->flags & OP_FLAG_SSE) {
			request->reply.events = true;
			return ERR_OK;
		}
		if (request->op->flags & OP_FLAG_PAGE)
			return read_page(request);
		return read_op(request, request->op->id, &request->in);
	case OP_WRITE:
	case OP_READ_AUDITED: return write_op(request);
	case OP_UPGRADE: request->reply.upgrade = true; return ERR_OK;
	}
	return err_set(&request->ctx, ERR_BUG, "%s is of no known kind", request->op->id);
}
