/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "auth/floor.h"
#include "auth/signin_inner.h"
#include "base/secret.h"
#include "rbac/principal.h"
#include "rbac/write.h"

/* Who is signed in proves anew that it is them, with password and code: the way of a sign-in, with
 * its lanes, counters and single use, up to where a session would be opened. */

static const char below_floor[] = "factor.below_floor";

static enum err check_floor(struct ctx *ctx, bool *out_below)
{
	struct factor_standing standing;
	enum err err = factor_standing_of(ctx, &ctx->principal->user_id, &standing);

	if (err == ERR_OK)
		*out_below = factor_due_of(&standing, FACTOR_ANY) != FACTOR_DUE_NONE;
	return err;
}

static enum err append(struct ctx *ctx, const struct attempt *attempt)
{
	const struct principal *self = ctx->principal;
	struct audit audit;

	write_audit(ctx, attempt->signin->in, &audit);
	audit_object(&audit, "user", &self->user_id, self->login);
	audit_data(&audit, "factor", attempt->factor);
	signin_guess_audit(ctx, attempt, &audit);
	return audit_append(ctx, &audit);
}

enum err signin_confirm(struct ctx *ctx, struct attempt *attempt)
{
	bool due = false, below = false;
	enum err err = session_lock_own(ctx, &due);

	if (err == ERR_OK)
		err = check_floor(ctx, &below);
	if (err == ERR_OK && below) {
		attempt->why = below_floor;
		return signin_audit_refusal(ctx, attempt, below_floor);
	}
	if (err == ERR_OK)
		err = session_renew(ctx, &ctx->principal->session_id, NULL,
				    attempt->result->session);
	if (err == ERR_OK)
		err = append(ctx, attempt);
	if (err == ERR_OK)
		err = signin_guess_report(ctx, attempt);
	return err == ERR_OK && attempt->signin->recovery ? signin_audit_recovery(ctx, attempt)
							  : err;
}

static enum err refuse_below(struct ctx *ctx)
{
	return err_reason(ctx, ERR_DENIED, below_floor, "Your group asks for a passkey here.");
}

/* Not "unauthenticated", unless the session has ended: it is as good as before. */
static enum err still_signed_in(struct ctx *ctx)
{
	if (strcmp(ctx->error.reason, "sign_in.failed") == 0)
		return err_reason(ctx, ERR_DENIED, "step_up.failed",
				  "Password or code is not right.");
	if (strcmp(ctx->error.reason, SIGNIN_NEEDS_PASSKEY) == 0)
		return err_reason(ctx, ERR_DENIED, SIGNIN_NEEDS_PASSKEY,
				  "Use your passkey for this.");
	return ERR_UNAUTHENTICATED;
}

enum err signin_again(struct ctx *ctx, const struct signin *signin,
		      char out_cookie[SESSION_COOKIE_TEXT])
{
	struct signin_result result = {0};
	bool below = false;
	enum err err = check_floor(ctx, &below);

	if (err == ERR_OK && below)
		return refuse_below(ctx);
	if (err == ERR_OK)
		err = signin_run(ctx, signin, &result);
	if (err == ERR_OK)
		memcpy(out_cookie, result.session, sizeof(result.session));
	wipe(&result, sizeof(result));
	return err == ERR_UNAUTHENTICATED ? still_signed_in(ctx) : err;
}
