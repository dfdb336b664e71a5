/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/authority_runner.h"

#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "audit/audit.h"
#include "auth/device.h"
#include "auth/session.h"
#include "auth/token.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/sys.h"
#include "server/authority_idempotency.h"
#include "server/authority_result.h"
#include "sql/db.h"

/* Each shorter than web's patience with the same request (web_dispatch.c): who gives up first knows
 * whether anything was done. */
enum { DEADLINE_MS = 800, DEADLINE_HEAVY_MS = 2700, DEADLINE_SLOW_MS = 30000 };
enum { SECRET_WAIT_MS = 2000 };

/* One request on its way through the steps. */
struct run {
	const struct runner *runner;
	struct runner_request *request;
	const struct op *op;
	const struct special *special;
	const struct op_write *write; /* NULL: only the event is recorded (OP_READ_AUDITED) */
	struct in in;
	struct out out;
	struct principal principal;
	struct secret *secret;
	struct idempotency once;
	bool has_event; /* the promised event was appended in the transaction that counts */
};

static const char *copy(struct ctx *ctx, struct block text)
{
	const char *made = arena_strndup(ctx->arena, (const char *)text.data, text.len);

	return made ? made : "";
}

enum { OP_NAME = 64 };

/* One that is too long is none. */
static void name_of(struct block op, char out[OP_NAME])
{
	size_t len = op.len < OP_NAME ? op.len : 0;

	if (len > 0)
		memcpy(out, op.data, len);
	out[len] = 0;
}

enum special_pool runner_pool(struct block op)
{
	char name[OP_NAME];

	name_of(op, name);
	return special_of(name)->pool;
}

const struct op *runner_op(const struct runner *runner, struct block op)
{
	char name[OP_NAME];

	name_of(op, name);
	return op_by_id(runner->ops, name);
}

static const struct op_write *find_write(const struct runner *runner, const char *id)
{
	for (const struct op_write *const *table = runner->writes; *table; table++) {
		for (const struct op_write *row = *table; row->op; row++) {
			if (strcmp(row->op, id) == 0)
				return row;
		}
	}
	return NULL;
}

static int64_t since(int64_t since_us)
{
	return since_us ? since_us : sys_mono_us();
}

static enum err find_op(struct ctx *ctx, struct run *run)
{
	const struct op *op = op_by_id(run->runner->ops, copy(ctx, run->request->message->op));

	if (!op || op->auth == OP_AUTH_REFUSE || op->kind == OP_READ || op->event == EVENT_NONE)
		return err_reason(ctx, ERR_DENIED, "operation.unknown",
				  "There is no such operation here.");
	run->op = op;
	run->special = special_of(op->id);
	run->write = find_write(run->runner, op->id);
	if (!run->write && op->kind != OP_READ_AUDITED)
		return err_reason(ctx, ERR_DENIED, "operation.unknown",
				  "There is no such operation here.");
	int limit = op->flags & OP_FLAG_SLOW		   ? DEADLINE_SLOW_MS
		    : run->special->pool == POOL_PASSWORDS ? DEADLINE_HEAVY_MS
							   : DEADLINE_MS;
	ctx->deadline_us = since(run->request->since_us) + (int64_t)limit * 1000;
	if (ctx_left_us(ctx) <= 0)
		return err_reason(ctx, ERR_UNAVAILABLE, "authority.busy",
				  "The server is busy. Try again in a moment.");
	return ERR_OK;
}

static enum err decode(struct ctx *ctx, struct run *run)
{
	static const struct field no_fields[] = {{.name = NULL}};
	const struct msg_execute *message = run->request->message;
	struct rd rd = rd_of(message->values.data, message->values.len);
	struct in *in = &run->in;

	in->op = run->op;
	in->peer = message->peer;
	in->user_agent = copy(ctx, message->user_agent);
	in->languages = copy(ctx, message->languages);
	in->device = message->device;
	in->flow = message->flow;
	in->if_match = message->if_match;
	in->idempotency_key = copy(ctx, message->idempotency_key);
	in->tls_exporter = message->tls_exporter;
	in->upgrade_extra = message->upgrade_extra;
	in->secret_fd = in->upgrade_fd = -1;
	if (run->op->kind == OP_UPGRADE)
		in->upgrade_fd = run->request->fd;
	enum err err =
		fields_get(ctx, run->op->fields ? run->op->fields : no_fields, &rd, in->values);
	if (err == ERR_OK && !rd_done(&rd))
		return err_set(ctx, ERR_SYNTAX, "The message holds more than its fields.");
	return err;
}

/* Nobody is signed in at the console: its owner started the server. */
static void be_console(struct run *run)
{
	run->principal = (struct principal){.login = "console",
					    .display_name = "console",
					    .language = "en",
					    .timezone = "UTC",
					    .theme = "system",
					    .permissions = ~(permission_set)0,
					    .authenticated_at = sys_real_us()};
}

static enum err authenticate(struct ctx *ctx, struct run *run)
{
	const struct op *op = run->op;
	struct block cookie = run->request->message->cookie;

	if (run->request->console) {
		if (op->auth == OP_AUTH_PUBLIC || op->kind != OP_WRITE)
			return err_reason(ctx, ERR_DENIED, "operation.not_for_console",
					  "The console cannot run this operation.");
		be_console(run);
		ctx->principal = &run->principal;
		return ERR_OK;
	}
	if (op->auth == OP_AUTH_PUBLIC && cookie.len == 0)
		return ERR_OK;
	const struct msg_execute *message = run->request->message;
	enum err err = credential_principal(ctx, message->credential, cookie, message->peer,
					    USE_ACTIVITY, &run->principal);
	if (err == ERR_OK)
		ctx->principal = &run->principal;
	/* A stale cookie does not stop somebody from signing in. */
	return op->auth == OP_AUTH_PUBLIC && (err == ERR_UNAUTHENTICATED || err == ERR_DENIED)
		       ? ERR_OK
		       : err;
}

static enum err authorise(struct ctx *ctx, const struct run *run)
{
	const struct op *op = run->op;
	enum err err = ctx->principal && op->auth != OP_AUTH_PUBLIC
			       ? session_check_proof(ctx, ctx->principal)
			       : ERR_OK;

	if (err != ERR_OK)
		return err;

	if (ctx->principal && !uuid_is_nil(&ctx->principal->token_id) &&
	    !op_open_to_token(op, ctx->principal->permissions))
		return err_reason(ctx, ERR_DENIED, "token.not_for_this",
				  "This cannot be done with an API token.");
	if (op->auth != OP_AUTH_PUBLIC && !op_open_to(op, ctx->principal))
		return err_reason(ctx, ERR_DENIED, "factor.due",
				  "Your sign-in is with less than is asked of you.");
	if (op->permission != PERM_NONE &&
	    (!ctx->principal || !permission_in(ctx->principal->permissions, op->permission)))
		return err_reason(ctx, ERR_DENIED, "permission.missing",
				  "This needs the permission %s.", permission_name(op->permission));
	if (op->auth == OP_AUTH_FRESH && !session_is_fresh(ctx->principal))
		return err_reason(ctx, ERR_UNAUTHENTICATED, "auth.not_fresh",
				  "Sign in again to do this: your last sign-in is too long ago.");
	return ERR_OK;
}

/* In a transaction of its own: whatever the request comes to, the challenge is spent. */
static enum err prove_device(struct ctx *ctx, struct run *run)
{
	static const struct uuid nobody;
	struct block proof = run->request->message->device_proof;
	/* Signing in is nobody's session, whoever else may be signed in in that browser. */
	bool own = run->special->refused == EVENT_DEVICE_REFUSED && ctx->principal;

	if (!(run->op->flags & OP_FLAG_DEVICE) || proof.len == 0)
		return ERR_OK;
	return device_prove(ctx, proof, own ? &ctx->principal->session_id : &nobody,
			    &run->in.device_key);
}

/* The secret is kept here once, so that a repeated transaction finds a full pipe again. */
static enum err take_secret(struct ctx *ctx, struct run *run)
{
	bool wanted = run->op->flags & OP_FLAG_SECRET_FIELD || run->op->body == OP_BODY_OCTETS;

	if (run->request->fd < 0 || run->op->kind == OP_UPGRADE)
		return ERR_OK;
	if (!wanted)
		return err_set(ctx, ERR_SYNTAX, "A secret came along where none belongs.");
	int64_t left_ms = ctx_left_us(ctx) / 1000;
	int wait_ms = left_ms < SECRET_WAIT_MS ? (int)left_ms : SECRET_WAIT_MS;
	enum err err = secret_read_fd(run->request->fd, SECRET_MAX, wait_ms, &run->secret);
	return err == ERR_OK ? ERR_OK : err_set(ctx, err, "The secret could not be read.");
}

static enum err record_read(struct ctx *ctx, const struct run *run)
{
	struct audit audit;
	const struct field *field = run->op->fields;
	const char *dot = strchr(run->op->id, '.');

	audit_init(&audit, run->op->event);
	audit.peer = copy(ctx, run->in.peer);
	audit_data(&audit, "operation", run->op->id);
	for (size_t i = 0; field && field[i].name; i++) {
		if (field[i].type == FIELD_UUID && field[i].flags & FIELD_PATH) {
			audit_object(&audit,
				     arena_strndup(ctx->arena, run->op->id,
						   dot ? (size_t)(dot - run->op->id) : 0),
				     &run->in.values[i].id, NULL);
			break;
		}
	}
	return audit_append(ctx, &audit);
}

static enum err call_handler(struct ctx *ctx, struct run *run)
{
	enum err err = ERR_OK;
	scoped(fd_close_p) int secret_fd = -1;

	memset(&run->out, 0, sizeof(run->out));
	run->out.secret_fd = -1;
	audit_watch_reset();
	if (run->secret && (err = secret_pipe(run->secret, &secret_fd)) != ERR_OK)
		return err_set(ctx, err, "No pipe for the secret.");
	run->in.secret_fd = secret_fd;
	err = run->write ? run->write->run(ctx, &run->in, &run->out) : record_read(ctx, run);
	run->in.secret_fd = -1;
	if (err != ERR_OK)
		return err;
	if (!run->special->quiet && !audit_watch_seen(run->op->event))
		return err_set(ctx, ERR_BUG, "%s changed something without its audit event.",
			       run->op->id);
	return ERR_OK;
}

static enum err in_transaction(struct ctx *ctx, void *arg)
{
	struct run *run = arg;
	enum err err = idempotency_look(ctx, &run->once, &run->out);

	if (err != ERR_OK || run->once.repeated)
		return err;
	if (run->out.secret_fd >= 0)
		close(run->out.secret_fd);
	err = call_handler(ctx, run);
	return err == ERR_OK ? idempotency_keep(ctx, &run->once, &run->out) : err;
}

static enum err perform(struct ctx *ctx, struct run *run)
{
	memset(&run->out, 0, sizeof(run->out));
	run->out.secret_fd = -1;
	idempotency_init(&run->once, run->op, ctx->principal, run->in.idempotency_key,
			 run->request->message->values);
	if (run->special->own_transaction)
		return call_handler(ctx, run);
	enum err err = db_transaction(ctx, in_transaction, run);
	if (err != ERR_OK && run->out.secret_fd >= 0) {
		close(run->out.secret_fd);
		run->out.secret_fd = -1;
	}
	return err;
}

static bool is_refusal(const struct ctx *ctx, const struct run *run, enum err err)
{
	switch (err) {
	case ERR_UNAUTHENTICATED:
	case ERR_DENIED:
	case ERR_LIMIT: return true;
	case ERR_CONFLICT: return ctx->error.reason[0] != 0;
	case ERR_NOT_FOUND: return run->special && run->special->refused != EVENT_ACCESS_REFUSED;
	default: return false;
	}
}

struct refusal {
	enum event_id event;
	const char *reason, *operation;
	struct block peer;
	const struct uuid *object;
};

static enum err append_refusal(struct ctx *ctx, void *arg)
{
	const struct refusal *refusal = arg;
	struct audit audit;

	audit_init(&audit, refusal->event);
	audit.outcome = AUDIT_REFUSED;
	audit.reason = refusal->reason;
	audit.peer = copy(ctx, refusal->peer);
	audit_data(&audit, "operation", refusal->operation);
	if (refusal->object)
		audit_object(&audit, "object", refusal->object, NULL);
	return audit_append(ctx, &audit);
}

static const struct uuid *path_id(const struct run *run)
{
	const struct field *field = run->op ? run->op->fields : NULL;

	for (size_t i = 0; field && field[i].name; i++) {
		if (field[i].flags & FIELD_PATH && run->in.values[i].set)
			return &run->in.values[i].id;
	}
	return NULL;
}

/* Nothing is refused in secret: without this record the answer is "unavailable". */
static enum err record_refusal(struct ctx *ctx, const struct run *run, enum err err)
{
	struct err_info kept = ctx->error;
	struct refusal refusal = {run->special ? run->special->refused : EVENT_ACCESS_REFUSED,
				  kept.reason[0] ? kept.reason : err_code(err),
				  run->op ? run->op->id : "unknown", run->request->message->peer,
				  path_id(run)};

	if (run->special && run->special->own_transaction &&
	    audit_watch_seen(run->special->refused))
		return err; /* the handler's own transaction has it */
	ctx->deadline_us = sys_mono_us() + (int64_t)DEADLINE_MS * 1000;
	if (db_transaction(ctx, append_refusal, &refusal) != ERR_OK) {
		log_failure(ctx, "refusal_not_recorded");
		return err_reason(ctx, ERR_UNAVAILABLE, "audit.unavailable",
				  "The audit log cannot be written, so nothing is decided.");
	}
	ctx->error = kept;
	return err;
}

static enum err decide(struct ctx *ctx, struct run *run)
{
	enum err err = find_op(ctx, run);

	if (err == ERR_OK)
		err = decode(ctx, run);
	if (err == ERR_OK)
		err = authenticate(ctx, run);
	if (err == ERR_OK)
		err = authorise(ctx, run);
	if (err == ERR_OK)
		err = prove_device(ctx, run);
	if (err == ERR_OK)
		err = take_secret(ctx, run);
	if (err == ERR_OK)
		err = perform(ctx, run);
	return err;
}

static void set_trace(struct ctx *ctx, struct block trace)
{
	if (trace.len == CTX_TRACE_SIZE - 1)
		memcpy(ctx->trace, trace.data, trace.len);
}

static bool worth_a_line(enum err err)
{
	return err_status(err) >= 500;
}

/* Made in the arena by the sign-in; encoded by now. */
static void forget_cookies(const struct out *out)
{
	const char *const cookies[] = {out->set_session, out->set_device, out->set_flow};

	for (size_t i = 0; i < sizeof(cookies) / sizeof(cookies[0]); i++) {
		if (cookies[i])
			wipe((void *)(uintptr_t)cookies[i], strlen(cookies[i]));
	}
}

void runner_execute(const struct runner *runner, struct ctx *ctx, struct runner_request *request,
		    struct runner_result *result)
{
	struct run *run = arena_new_of(ctx->arena, struct run);

	runner_result_init(result);
	if (!run) {
		runner_put_failure(&result->reply, ERR_MEMORY, "", "");
		result->err = ERR_MEMORY;
		return;
	}
	run->runner = runner;
	run->request = request;
	run->out.secret_fd = -1;
	ctx->deadline_us = sys_mono_us() + (int64_t)DEADLINE_MS * 1000;
	ctx->answer_at_us = 0;
	set_trace(ctx, request->message->trace);
	audit_watch_reset();
	enum err err = decide(ctx, run);
	if (err != ERR_OK && is_refusal(ctx, run, err))
		err = record_refusal(ctx, run, err);
	if (worth_a_line(err))
		log_failure(ctx, run->op ? run->op->id : "execute");
	result->err = err;
	result->answer_at_us = ctx->answer_at_us;
	result_encode(ctx, err, &run->out, &result->reply);
	if (err == ERR_OK) {
		runner_take_effects(result, &run->out);
		result->body_fd = run->out.secret_fd;
		if (run->op && run->op->kind == OP_UPGRADE) {
			result->upgrade_fd = request->fd;
			request->fd = -1;
		}
	}
	forget_cookies(&run->out);
	if (request->out_user_id)
		*request->out_user_id = run->principal.user_id;
	if (request->out_login)
		(void)snprintf(request->out_login, request->out_login_size, "%s",
			       run->principal.login ? run->principal.login : "");
	secret_free(run->secret);
	fd_close_p(&request->fd);
	request->fd = -1;
	ctx->principal = NULL;
}

static struct block block_of(const char *text)
{
	return (struct block){(const uint8_t *)(text ? text : ""), text ? strlen(text) : 0};
}

void runner_authenticate(struct ctx *ctx, const struct msg_authenticate *message, int64_t since_us,
			 struct buf *reply)
{
	struct principal who = {0};
	struct msg_principal answer = {0};

	ctx->deadline_us = since(since_us) + (int64_t)DEADLINE_MS * 1000;
	enum err err = credential_principal(ctx, message->credential, message->cookie,
					    message->peer, (enum credential_use)message->use, &who);
	if (err == ERR_OK)
		err = session_check_proof(ctx, &who);
	answer.err = (uint32_t)err;
	if (err == ERR_OK) {
		answer.user_id = who.user_id;
		answer.session_id = who.session_id;
		answer.token_id = who.token_id;
		answer.login = block_of(who.login);
		answer.display_name = block_of(who.display_name);
		answer.language = block_of(who.language);
		answer.timezone = block_of(who.timezone);
		answer.theme = block_of(who.theme);
		answer.permissions = who.permissions;
		answer.roles = who.roles;
		answer.password_due = who.password_due;
		answer.factor_due = (uint8_t)who.factor_due;
		answer.factor_floor = (uint8_t)who.factor_floor;
		answer.authenticated_at = who.authenticated_at;
		answer.idle_expires_at = who.idle_expires_at;
		answer.expires_at = who.expires_at;
	} else {
		answer.reason = block_of(ctx->error.reason);
		if (worth_a_line(err))
			log_failure(ctx, "authenticate");
	}
	codec_put(reply, &msg_principal_codec, &answer);
}

enum err runner_refused(const struct runner *runner, struct ctx *ctx,
			const struct msg_refused *message)
{
	struct principal who;
	const char *id = copy(ctx, message->op);
	const struct op *op = op_by_id(runner->ops, id);
	struct refusal refusal = {op ? special_of(op->id)->refused : EVENT_ACCESS_REFUSED,
				  message->reason.len ? copy(ctx, message->reason)
						      : err_code((enum err)message->err),
				  op ? op->id : "unknown", message->peer, NULL};

	set_trace(ctx, message->trace);
	ctx->deadline_us = sys_mono_us() + (int64_t)DEADLINE_MS * 1000;
	if (message->cookie.len > 0 &&
	    credential_principal(ctx, message->credential, message->cookie, message->peer, USE_LOOK,
				 &who) == ERR_OK)
		ctx->principal = &who;
	enum err err = db_transaction(ctx, append_refusal, &refusal);
	ctx->principal = NULL;
	return err;
}
