/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "audit/audit.h"
#include "auth/break_glass.h"
#include "auth/floor.h"
#include "auth/signin_inner.h"
#include "base/arena.h"
#include "base/secret.h"
#include "base/sys.h"
#include "rbac/principal.h"
#include "rbac/write.h"
#include "sql/db.h"

/* Signing in and stepping up with a passkey alone. */

static const char below_floor[] = "factor.below_floor";

struct alone {
	struct signin signin;
	const struct passkey_answer *answer;
	struct attempt attempt;
};

/* Who the credential belongs to is the whole sign-in's subject: only now there is a login. */
static enum err find_person(struct ctx *ctx, struct alone *alone, const struct passkey *passkey)
{
	struct attempt *attempt = &alone->attempt;
	struct user user;
	enum err err = user_by_id(ctx, &passkey->user_id, true, &user);

	if (err != ERR_OK)
		return err;
	alone->signin.login = user.login;
	attempt->row.user = user;
	if (!attempt->why && strcmp(user.state, "active") != 0)
		attempt->why = "sign_in.not_active";
	err = break_glass_of(ctx, &user.id, &attempt->break_glass);
	return err == ERR_OK ? signin_choose_lane(ctx, attempt) : err;
}

/* Nothing of what slows or stops other sign-ins is asked here, and each right key is alarmed. */
static enum err decide_break_glass(struct ctx *ctx, struct attempt *attempt)
{
	const struct in *in = attempt->signin->in;
	enum err err = ERR_OK;

	if (!attempt->why)
		err = break_glass_judge(ctx, &attempt->passkey, attempt->break_glass, in->peer,
					&attempt->why);
	if (err == ERR_OK)
		err = break_glass_alarm(ctx, &attempt->row.user, in, attempt->why);
	return err == ERR_OK && !attempt->why ? signin_accept(ctx, attempt) : err;
}

static enum err decide_alone(struct ctx *ctx, void *arg)
{
	struct alone *alone = arg;
	struct attempt *attempt = &alone->attempt;

	*attempt = (struct attempt){.signin = &alone->signin,
				    .factor = "passkey_alone",
				    .password_ok = true /* none is asked for */,
				    .result = attempt->result};
	enum err err = passkey_check(ctx, PASSKEY_SIGN_IN, true, alone->answer, &attempt->passkey,
				     &attempt->why);
	/* A key that was copied is one that somebody has. */
	bool right_key = !attempt->why || strcmp(attempt->why, "passkey.counter") == 0;
	if (err == ERR_OK && !uuid_is_nil(&attempt->passkey.id))
		err = find_person(ctx, alone, &attempt->passkey);
	if (err != ERR_OK)
		return err;
	if (attempt->break_glass && right_key)
		return decide_break_glass(ctx, attempt);
	if (!attempt->why)
		signin_guess_alone(ctx, attempt);
	if (!attempt->why)
		err = signin_adaptive_judge(ctx, attempt, true);
	if (err != ERR_OK)
		return err;
	return attempt->why || !signin_adaptive_allows(attempt)
		       ? signin_audit_refusal(ctx, attempt, attempt->why)
		       : signin_accept(ctx, attempt);
}

enum err signin_by_passkey(struct ctx *ctx, const struct passkey_answer *answer,
			   struct signin_result *out)
{
	struct alone alone = {
		.signin = {.in = answer->in}, .answer = answer, .attempt = {.result = out}};
	int64_t began = sys_mono_us();
	enum err err = db_transaction(ctx, decide_alone, &alone);

	if (err == ERR_OK && alone.attempt.why)
		err = signin_refuse_in_time(ctx, &alone.attempt, began);
	if (err != ERR_OK)
		wipe(out, sizeof(*out));
	return err;
}

struct step_up {
	const struct passkey_answer *answer;
	const char *why;
	char *cookie;
};

/* The event itself, or that it was refused. */
static enum err audit_step_up(struct ctx *ctx, const struct step_up *step,
			      const struct passkey *passkey)
{
	const struct principal *self = ctx->principal;
	struct audit audit;

	write_audit(ctx, step->answer->in, &audit);
	if (step->why) {
		audit.event = EVENT_SIGN_IN_REFUSED;
		audit.outcome = AUDIT_REFUSED;
		audit.reason = step->why;
	}
	audit_object(&audit, "user", &self->user_id, self->login);
	audit_data(&audit, "factor", "passkey");
	audit_data(&audit, "passkey", write_uuid(ctx, &passkey->id));
	return audit_append(ctx, &audit);
}

static enum err check_floor(struct ctx *ctx, const struct passkey *passkey, const char **out_why)
{
	struct factor_standing standing;
	enum err err = factor_standing_of(ctx, &passkey->user_id, &standing);

	if (err == ERR_OK && factor_due_of(&standing, passkey->level))
		*out_why = below_floor;
	return err;
}

static enum err decide_step_up(struct ctx *ctx, void *arg)
{
	struct step_up *step = arg;
	const struct principal *self = ctx->principal;
	struct passkey passkey;
	enum err err =
		passkey_check(ctx, PASSKEY_STEP_UP, true, step->answer, &passkey, &step->why);

	if (err == ERR_OK && !step->why && !uuid_equal(&passkey.user_id, &self->user_id))
		step->why = "passkey.other_user";
	if (err == ERR_OK && !step->why)
		err = check_floor(ctx, &passkey, &step->why);
	if (err == ERR_OK && !step->why)
		err = session_renew(ctx, &self->session_id, &passkey.id, step->cookie);
	return err == ERR_OK ? audit_step_up(ctx, step, &passkey) : err;
}

enum err signin_step_up(struct ctx *ctx, const struct passkey_answer *answer,
			char out_cookie[SESSION_COOKIE_TEXT])
{
	struct step_up step = {.answer = answer, .cookie = out_cookie};
	enum err err = db_transaction(ctx, decide_step_up, &step);

	if (err == ERR_OK && step.why == below_floor)
		err = err_reason(ctx, ERR_DENIED, below_floor,
				 "This passkey is less than your group asks for. Use another one.");
	else if (err == ERR_OK && step.why)
		err = err_reason(ctx, ERR_DENIED, "passkey.refused",
				 "This passkey was not accepted.");
	if (err != ERR_OK)
		wipe(out_cookie, SESSION_COOKIE_TEXT);
	return err;
}
