/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "auth/auth_api.h"
#include "auth/handlers.h"
#include "auth/password_accept.h"
#include "auth/password_history_sql.h"
#include "auth/signin.h"
#include "base/cleanup.h"
#include "base/sys.h"
#include "base/text.h"
#include "rbac/write.h"
#include "sql/db.h"

enum { SECRET_WAIT_MS = 2000 };

enum err auth_read_secret(struct ctx *ctx, const struct in *in, struct secret **out)
{
	if (in->secret_fd < 0)
		return err_field(ctx, "password", "required", "The password is missing.");
	enum err err = secret_read_fd(in->secret_fd, 2 * PASSWORD_BYTES_MAX, SECRET_WAIT_MS, out);
	if (err == ERR_TOO_LARGE)
		return err_field(ctx, "password", "password.malformed",
				 "The password is too long.");
	return err;
}

enum err auth_set_cookies(struct ctx *ctx, struct signin_result *result, struct out *out)
{
	/* Cookies ride in the answer only; the runner wipes the message it is encoded into. */
	out->set_session = arena_strdup(ctx->arena, result->session);
	if (result->device[0])
		out->set_device = arena_strdup(ctx->arena, result->device);
	wipe(result->session, sizeof(result->session));
	wipe(result->device, sizeof(result->device));
	out_id(out, &result->user_id, 0);
	return arena_failed(ctx->arena) ? err_set(ctx, ERR_MEMORY, "Request memory is used up.")
					: ERR_OK;
}

/* The pipe holds one secret (of the form field first), NUL, another one. */
static enum err split_pair(struct ctx *ctx, const char *first_name, const struct secret *both,
			   struct secret **out_first, struct secret **out_second)
{
	const uint8_t *data = secret_bytes(both);
	const uint8_t *nul = memchr(data, 0, secret_len(both));

	if (!nul)
		return err_field(ctx, first_name, "required", "%s is missing.", first_name);
	size_t first = (size_t)(nul - data);
	*out_first = secret_from(data, first);
	*out_second = secret_from(nul + 1, secret_len(both) - first - 1);
	return *out_first && *out_second ? ERR_OK : err_set(ctx, ERR_MEMORY, "No guarded memory.");
}

enum err auth_run_sign_in(struct ctx *ctx, const struct in *in, struct out *out)
{
	scoped(secret_free_p) struct secret *password = NULL;
	struct signin_result result = {0};
	enum err err = auth_read_secret(ctx, in, &password);

	if (err != ERR_OK)
		return err;
	const struct signin signin = {.login = in->values[0].text,
				      .code = in->values[1].text,
				      .password = password,
				      .in = in};
	err = signin_run(ctx, &signin, &result);
	return err == ERR_OK ? auth_set_cookies(ctx, &result, out) : err;
}

/* The pipe holds the recovery code, NUL, the password. */
enum err auth_run_sign_in_recovery(struct ctx *ctx, const struct in *in, struct out *out)
{
	scoped(secret_free_p) struct secret *both = NULL;
	scoped(secret_free_p) struct secret *code = NULL;
	scoped(secret_free_p) struct secret *password = NULL;
	struct signin_result result = {0};
	enum err err = auth_read_secret(ctx, in, &both);

	if (err == ERR_OK)
		err = split_pair(ctx, "recovery_code", both, &code, &password);
	if (err != ERR_OK)
		return err;
	const struct signin signin = {
		.login = in->values[0].text, .recovery = code, .password = password, .in = in};
	err = signin_run(ctx, &signin, &result);
	return err == ERR_OK ? auth_set_cookies(ctx, &result, out) : err;
}

enum err auth_run_sign_in_passkey(struct ctx *ctx, const struct in *in, struct out *out)
{
	scoped(secret_free_p) struct secret *password = NULL;
	struct signin_result result = {0};
	const struct passkey_answer answer = {in, SECOND_PASSKEY};
	enum err err = auth_read_secret(ctx, in, &password);

	if (err != ERR_OK)
		return err;
	const struct signin signin = {.login = in_text(in, SECOND_LOGIN, ""),
				      .passkey = &answer,
				      .password = password,
				      .in = in};
	err = signin_run(ctx, &signin, &result);
	return err == ERR_OK ? auth_set_cookies(ctx, &result, out) : err;
}

/* Whatever comes of it, this browser is the one the code will count in. */
static enum err begin_flow(struct ctx *ctx, struct in *in, struct out *out)
{
	uint8_t *flow = arena_alloc(ctx->arena, SESSION_COOKIE);
	char text[SESSION_COOKIE_TEXT];

	if (!flow)
		return err_set(ctx, ERR_MEMORY, "Request memory is used up.");
	sys_random(flow, SESSION_COOKIE);
	base64url_encode(flow, SESSION_COOKIE, text);
	in->flow = (struct block){flow, SESSION_COOKIE};
	out->set_flow = arena_strdup(ctx->arena, text);
	return out->set_flow ? ERR_OK : err_set(ctx, ERR_MEMORY, "Request memory is used up.");
}

enum err auth_run_mail_code(struct ctx *ctx, const struct in *in, struct out *out)
{
	scoped(secret_free_p) struct secret *password = NULL;
	struct in here = *in;
	enum err err = auth_read_secret(ctx, in, &password);

	if (err == ERR_OK)
		err = begin_flow(ctx, &here, out);
	if (err != ERR_OK)
		return err;
	const struct signin signin = {
		.login = in_text(in, 0, ""), .sends = true, .password = password, .in = &here};
	return signin_send_code(ctx, &signin);
}

enum err auth_run_sign_in_mail(struct ctx *ctx, const struct in *in, struct out *out)
{
	scoped(secret_free_p) struct secret *password = NULL;
	struct signin_result result = {0};
	enum err err = auth_read_secret(ctx, in, &password);

	if (err != ERR_OK)
		return err;
	const struct signin signin = {.login = in_text(in, 0, ""),
				      .mailed = in_text(in, 1, ""),
				      .password = password,
				      .in = in};
	err = signin_run(ctx, &signin, &result);
	out->clear_flow = err == ERR_OK;
	return err == ERR_OK ? auth_set_cookies(ctx, &result, out) : err;
}

enum err auth_renew_cookie(struct ctx *ctx, char cookie[SESSION_COOKIE_TEXT], struct out *out)
{
	out->set_session = arena_strdup(ctx->arena, cookie);
	wipe(cookie, SESSION_COOKIE_TEXT);
	out_id(out, &ctx->principal->user_id, 0);
	return out->set_session ? ERR_OK : err_set(ctx, ERR_MEMORY, "Request memory is used up.");
}

static enum err prove_again(struct ctx *ctx, struct signin *signin, struct out *out)
{
	char cookie[SESSION_COOKIE_TEXT];

	signin->login = ctx->principal->login;
	signin->again = true;
	enum err err = signin_again(ctx, signin, cookie);
	return err == ERR_OK ? auth_renew_cookie(ctx, cookie, out) : err;
}

enum err auth_run_step_up_code(struct ctx *ctx, const struct in *in, struct out *out)
{
	scoped(secret_free_p) struct secret *password = NULL;
	enum err err = auth_read_secret(ctx, in, &password);

	if (err != ERR_OK)
		return err;
	struct signin signin = {.code = in_text(in, 0, ""), .password = password, .in = in};
	return prove_again(ctx, &signin, out);
}

/* The pipe holds the recovery code, NUL, the password. */
enum err auth_run_step_up_recovery(struct ctx *ctx, const struct in *in, struct out *out)
{
	scoped(secret_free_p) struct secret *both = NULL;
	scoped(secret_free_p) struct secret *code = NULL;
	scoped(secret_free_p) struct secret *password = NULL;
	enum err err = auth_read_secret(ctx, in, &both);

	if (err == ERR_OK)
		err = split_pair(ctx, "recovery_code", both, &code, &password);
	if (err != ERR_OK)
		return err;
	struct signin signin = {.recovery = code, .password = password, .in = in};
	return prove_again(ctx, &signin, out);
}

struct change {
	const struct in *in;
	const char *hash;
};

static enum err store_password(struct ctx *ctx, void *arg)
{
	const struct change *change = arg;
	const struct principal *self = ctx->principal;
	struct audit audit;
	bool due = false;
	enum err err = session_lock_own(ctx, &due);

	if (err == ERR_OK)
		err = password_sql_set(ctx, &self->user_id, change->hash);
	/* Whoever else is signed in as this person is out. */
	if (err == ERR_OK)
		err = session_end_all(ctx, &self->user_id, &self->session_id, "password_changed");
	if (err != ERR_OK)
		return err;
	write_audit(ctx, change->in, &audit);
	audit_object(&audit, "user", &self->user_id, self->login);
	return audit_append(ctx, &audit);
}

enum err auth_run_password_change(struct ctx *ctx, const struct in *in, struct out *out)
{
	char hash[PASSWORD_HASH_SIZE];
	scoped(secret_free_p) struct secret *both = NULL;
	scoped(secret_free_p) struct secret *current = NULL;
	scoped(secret_free_p) struct secret *next = NULL;
	enum err err = auth_read_secret(ctx, in, &both);

	if (err == ERR_OK)
		err = split_pair(ctx, "current_password", both, &current, &next);
	if (err == ERR_OK)
		err = signin_check_own_password(ctx, current, in);
	if (err == ERR_OK)
		err = password_accept(ctx, &ctx->principal->user_id, ctx->principal->login,
				      ctx->principal->display_name, next, 1);
	if (err == ERR_OK)
		err = password_hash(ctx, next, hash);
	if (err != ERR_OK)
		return err;
	struct change change = {in, hash};
	err = db_transaction(ctx, store_password, &change);
	wipe(hash, sizeof(hash));
	if (err == ERR_OK)
		out_notify(out, "me", &ctx->principal->user_id);
	return err;
}
