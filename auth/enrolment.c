/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/enrolment.h"

#include <sodium.h>
#include <string.h>

#include "auth/break_glass.h"
#include "auth/enrolment_sql.h"
#include "auth/factor_sql.h"
#include "auth/lane.h"
#include "auth/passkey_sql.h"
#include "auth/password_accept.h"
#include "auth/password_history_sql.h"
#include "auth/recovery_sql.h"
#include "auth/secret_store.h"
#include "auth/seed.h"
#include "auth/signin_inner.h"
#include "base/cleanup.h"
#include "base/sys.h"
#include "base/text.h"
#include "rbac/grant.h"
#include "rbac/write.h"
#include "sql/db.h"

enum { TOKEN = 32 };

enum err enrolment_issue(struct ctx *ctx, const struct uuid *user_id, permission_set judged,
			 char out_token[ENROLMENT_TOKEN_TEXT], int64_t *out_expires)
{
	uint8_t token[TOKEN], hash[32];
	struct uuid id = uuid_v7();
	int64_t now = sys_real_us();
	int64_t expires = now + (int64_t)ENROLMENT_HOURS * 3600 * 1000000;

	sys_random(token, sizeof(token));
	crypto_hash_sha256(hash, token, sizeof(token));
	enum err err = enrolment_sql_expire_others(ctx, user_id, now);
	if (err == ERR_OK)
		err = enrolment_sql_insert(ctx, &id, user_id, judged, hash, now, expires);
	if (err == ERR_OK) {
		base64url_encode(token, sizeof(token), out_token);
		*out_expires = expires;
	}
	wipe(token, sizeof(token));
	return err;
}

static enum err invalid(struct ctx *ctx)
{
	return err_reason(ctx, ERR_NOT_FOUND, "enrolment.invalid",
			  "This link is unknown, used up or too old. Ask for a new one.");
}

/* Nobody is above whoever enrols for the first time: there is no account yet to take. */
static enum err judge_again(struct ctx *ctx, const struct enrolment *enrolment)
{
	permission_set now = 0;

	if (strcmp(enrolment->user.state, "active") != 0)
		return ERR_OK;
	enum err err = role_permissions_of_user(ctx, &enrolment->user.id, &now);
	if (err == ERR_OK && now & ~enrolment->judged)
		return err_reason(
			ctx, ERR_NOT_FOUND, "enrolment.outdated",
			"You may do more than when this link was made. Ask for a new one.");
	return err;
}

enum err enrolment_find(struct ctx *ctx, const char *token, struct enrolment *out)
{
	uint8_t raw[TOKEN], hash[32];

	if (base64url_decode(token, strlen(token), raw, sizeof(raw)) != TOKEN)
		return invalid(ctx);
	crypto_hash_sha256(hash, raw, sizeof(raw));
	wipe(raw, sizeof(raw));
	enum err err = enrolment_sql_find(ctx, hash, sys_real_us(), out);
	if (err != ERR_OK)
		return err == ERR_NOT_FOUND ? invalid(ctx) : err;
	return judge_again(ctx, out);
}

/* Appends the event as the person whose link it is: nobody is signed in yet. */
static enum err append_as(struct ctx *ctx, const struct user *user, const struct uuid *session_id,
			  struct audit *audit)
{
	const struct principal *before = ctx->principal;
	struct principal self = {
		.user_id = user->id, .login = user->login, .display_name = user->display_name};

	if (session_id)
		self.session_id = *session_id;
	audit_object(audit, "user", &user->id, user->login);
	ctx->principal = &self;
	enum err err = audit_append(ctx, audit);
	ctx->principal = before;
	return err;
}

struct totp_work {
	const struct in *in;
	const char *token;
	struct enrolment enrolment;
	struct secret_ref ref;
	struct block blob;
};

/* Another one each time: what somebody saw before is worth nothing to them. */
static enum err make_seed(struct ctx *ctx, struct totp_work *work)
{
	const struct uuid *shown = &work->enrolment.totp_id;
	enum err err = seed_make(ctx, &work->ref, &work->blob);

	if (err == ERR_OK)
		err = enrolment_sql_set_totp(ctx, &work->enrolment.id, &work->ref.id);
	return err == ERR_OK && !uuid_is_nil(shown) ? secret_store_drop(ctx, shown) : err;
}

static enum err totp_step(struct ctx *ctx, void *arg)
{
	struct totp_work *work = arg;
	struct audit audit;
	enum err err = enrolment_find(ctx, work->token, &work->enrolment);

	if (err == ERR_OK)
		err = make_seed(ctx, work);
	if (err != ERR_OK)
		return err;
	write_audit(ctx, work->in, &audit);
	audit_data(&audit, "kind", "totp");
	return append_as(ctx, &work->enrolment.user, NULL, &audit);
}

enum err enrolment_totp(struct ctx *ctx, const struct in *in, const char *token, int *out_fd)
{
	struct totp_work work = {.in = in, .token = token};
	enum err err = db_transaction(ctx, totp_step, &work);

	return err == ERR_OK
		       ? seed_show(ctx, &work.ref, work.blob, work.enrolment.user.login, out_fd)
		       : err;
}

struct complete_work {
	const struct in *in;
	const char *token, *code, *hash;
	struct user user;
	struct signin_result *out;
};

/* What proved this person before is gone: the link was given out because it was lost, or was never
 * there. */
static enum err bind_anew(struct ctx *ctx, const struct enrolment *enrolment, uint64_t step)
{
	const struct totp_device device = {.id = enrolment->totp_id,
					   .secret_id = enrolment->totp_id,
					   .label = "",
					   .last_step = step};
	enum err err = factor_sql_remove_all(ctx, &enrolment->user.id);

	if (err == ERR_OK)
		err = recovery_sql_remove_all(ctx, &enrolment->user.id);
	return err == ERR_OK ? factor_sql_add(ctx, &enrolment->user.id, &device, true) : err;
}

static enum err confirm_code(struct ctx *ctx, const struct enrolment *enrolment, const char *code)
{
	struct secret_ref ref;
	struct block blob;
	uint64_t step = 0;

	if (uuid_is_nil(&enrolment->totp_id))
		return err_field(ctx, "code", "enrolment.no_seed",
				 "Load the one-time code's key first.");
	enum err err = secret_store_get(ctx, &enrolment->totp_id, &ref, &blob);
	if (err == ERR_OK)
		err = keeper_totp_check(ctx, &ref, blob, code, sys_real_us() / 1000000, 0, &step);
	if (err == ERR_UNAUTHENTICATED)
		return err_field(ctx, "code", "code.wrong",
				 "The code does not match. Check the clock of your device.");
	if (err != ERR_OK)
		return err;
	return bind_anew(ctx, enrolment, step);
}

/* What was disabled after too many failures is bound anew. */
static enum err clear_failures(struct ctx *ctx, const struct user *user)
{
	uint8_t subject[32];
	uint64_t count;
	enum err err = signin_subject(ctx, user->login, subject);

	return err == ERR_OK ? lane_clear_all(ctx, subject, &count) : err;
}

static enum err complete_step(struct ctx *ctx, void *arg)
{
	struct complete_work *work = arg;
	struct enrolment enrolment;
	struct audit audit;
	bool used = false;
	uint64_t passkeys = 0; /* whoever needs a new link lost them, or trusts them no more */
	enum err err = enrolment_find(ctx, work->token, &enrolment);

	if (err == ERR_OK)
		err = confirm_code(ctx, &enrolment, work->code);
	if (err == ERR_OK)
		err = enrolment_sql_use(ctx, &enrolment.id, sys_real_us(), &used);
	if (err == ERR_OK && !used)
		return invalid(ctx);
	if (err == ERR_OK) /* nor is a link a way into such an account */
		err = break_glass_refuse(ctx, &enrolment.user.id);
	if (err == ERR_OK)
		err = password_sql_set(ctx, &enrolment.user.id, work->hash);
	if (err == ERR_OK)
		err = clear_failures(ctx, &enrolment.user);
	if (err == ERR_OK)
		err = passkey_sql_delete_all(ctx, &enrolment.user.id, &passkeys);
	if (err != ERR_OK)
		return err;
	write_audit(ctx, work->in, &audit);
	if (passkeys > 0)
		audit_change(&audit, "passkeys", write_int(ctx, (int64_t)passkeys), "0");
	audit_change(&audit, "state", enrolment.user.state, "active");
	enrolment.user.state = "active";
	if ((err = user_store(ctx, &enrolment.user, &audit.id)) != ERR_OK ||
	    (err = session_end_all(ctx, &enrolment.user.id, NULL, "enrolled_again")) != ERR_OK ||
	    (err = signin_open(ctx, &enrolment.user, work->in, NULL,
			       (struct signin_shown){.stale = false}, work->out)) != ERR_OK ||
	    (err = signin_adaptive_enrolled(ctx, &enrolment.user, work->in)) != ERR_OK)
		return err;
	return append_as(ctx, &enrolment.user, &work->out->session_id, &audit);
}

static enum err find_only(struct ctx *ctx, void *arg)
{
	struct complete_work *work = arg;
	struct enrolment enrolment;
	enum err err = enrolment_find(ctx, work->token, &enrolment);

	if (err == ERR_OK)
		work->user = enrolment.user;
	return err;
}

enum err enrolment_complete(struct ctx *ctx, const struct in *in, const char *token,
			    const struct secret *password, const char *code,
			    struct signin_result *out)
{
	char hash[PASSWORD_HASH_SIZE];
	struct complete_work work = {.in = in, .token = token, .code = code, .out = out};
	/* First only a look: a guessed token must not make us hash. */
	enum err err = db_transaction(ctx, find_only, &work);

	if (err == ERR_OK)
		err = password_accept(ctx, &work.user.id, work.user.login, work.user.display_name,
				      password, 1);
	if (err == ERR_OK)
		err = password_hash(ctx, password, hash);
	if (err != ERR_OK)
		return err;
	work.hash = hash;
	err = db_transaction(ctx, complete_step, &work);
	wipe(hash, sizeof(hash));
	return err;
}
