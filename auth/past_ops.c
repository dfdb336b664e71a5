/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "auth/adaptive.h"
#include "auth/auth_api.h"
#include "auth/exception.h"
#include "auth/handlers.h"
#include "auth/past.h"
#include "auth/past_undo.h"
#include "auth/second.h"
#include "auth/session.h"
#include "rbac/grant.h"
#include "rbac/principal.h"
#include "rbac/write.h"

/* "That was not me", "that was me", and that administrators have seen the former. */

/* Locked: the person, then the sign-in; sign-ins of theirs come wholly before or after. */
static enum err find(struct ctx *ctx, const struct uuid *user_id, const struct uuid *id,
		     struct user *out_user, struct past *out)
{
	enum err err = user_by_id(ctx, user_id, true, out_user);

	if (err == ERR_OK)
		err = past_lock(ctx, id, out);
	if (err == ERR_OK && !uuid_equal(&out->user_id, user_id))
		return err_set(ctx, ERR_NOT_FOUND, "There is no such sign-in any more.");
	if (err == ERR_OK && out->judged)
		return err_reason(ctx, ERR_CONFLICT, "past.judged",
				  "Somebody has said already whose sign-in this was.");
	return err;
}

static enum err record(struct ctx *ctx, const struct user *user, const struct past *past,
		       struct out *out, struct audit *audit)
{
	out_notify(out, "me", &user->id);
	audit_object(audit, "user", &user->id, user->login);
	audit_data(audit, "sign_in", write_uuid(ctx, &past->id));
	audit_data(audit, "signed_in_at", write_time(ctx, past->at));
	audit_data(audit, "signed_in_from", past->peer);
	audit_data(audit, "user_agent", past->user_agent);
	audit_data(audit, "result", past->reason ? past->reason : "accepted");
	return audit_append(ctx, audit);
}

/* Whoever it was keeps no session, token, known device or habit, and no way back in. */
static enum err shut_out(struct ctx *ctx, const struct past *past, struct audit *audit)
{
	bool had_device = false;
	enum err err =
		session_end_all(ctx, &past->user_id, &ctx->principal->session_id, "reported");

	if (err == ERR_OK && !uuid_is_nil(&past->session_id))
		err = past_forget_device(ctx, past, &had_device);
	if (err == ERR_OK && past->look && past->learned)
		err = adaptive_forget(ctx, past);
	if (err == ERR_OK)
		err = exception_end_of(ctx, &past->user_id, "reported");
	if (err == ERR_OK)
		err = past_undo(ctx, past, audit);
	audit_data(audit, "device_forgotten", write_bool(had_device));
	audit_data(audit, "unlearned", write_bool(past->look && past->learned));
	return err;
}

enum err sign_ins_run_not_me(struct ctx *ctx, const struct in *in, struct out *out)
{
	const struct principal *self = ctx->principal;
	struct audit audit;
	struct user user;
	struct past past;
	enum err err = find(ctx, &self->user_id, in_id(in, 0), &user, &past);

	if (err == ERR_OK && uuid_equal(&past.session_id, &self->session_id))
		return err_reason(ctx, ERR_CONFLICT, "past.current",
				  "This is the sign-in you are using. Sign out, sign in again and "
				  "report it then.");
	write_audit(ctx, in, &audit);
	if (err == ERR_OK)
		err = shut_out(ctx, &past, &audit);
	if (err == ERR_OK)
		err = past_judge(ctx, &past.id, false);
	out_notify(out, "system", &self->user_id);
	return err == ERR_OK ? record(ctx, &user, &past, out, &audit) : err;
}

/* Only what the decision about unusual sign-ins refused, and nothing else was wrong with. */
static bool was_only_unusual(const struct past *past)
{
	return past->look && past->reason &&
	       (strcmp(past->reason, "sign_in.unusual") == 0 ||
		strcmp(past->reason, "sign_in.needs_passkey") == 0);
}

static enum err accept_as_own(struct ctx *ctx, const struct in *in, const struct user *user,
			      const struct past *past, struct out *out)
{
	struct audit audit;

	if (!was_only_unusual(past))
		return err_reason(ctx, ERR_CONFLICT, "past.not_unusual",
				  "Only sign-ins that were refused as unusual can be taught.");
	enum err err = adaptive_teach(ctx, &user->id, past->look);
	if (err == ERR_OK)
		err = past_judge(ctx, &past->id, true);
	write_audit(ctx, in, &audit);
	return err == ERR_OK ? record(ctx, user, past, out, &audit) : err;
}

/* A stolen code opens a session; it must not teach that its thief is the person. */
static enum err with_passkey(struct ctx *ctx)
{
	bool shown = false;
	enum err err = session_showed_passkey(ctx, &shown);

	if (err == ERR_OK && !shown)
		return err_reason(ctx, ERR_DENIED, "past.needs_passkey",
				  "Show your passkey first (sign in with it), or ask an "
				  "administrator.");
	return err;
}

enum err sign_ins_run_me(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct user user;
	struct past past;
	enum err err = with_passkey(ctx);

	if (err == ERR_OK)
		err = find(ctx, &ctx->principal->user_id, in_id(in, 0), &user, &past);
	return err == ERR_OK ? accept_as_own(ctx, in, &user, &past, out) : err;
}

enum err users_run_sign_in_was_theirs(struct ctx *ctx, const struct in *in, struct out *out)
{
	permission_set theirs = 0;
	struct user user;
	struct past past;
	enum err err =
		find(ctx, in_id(in, WAS_THEIRS_USER), in_id(in, WAS_THEIRS_SIGN_IN), &user, &past);

	if (err == ERR_OK)
		err = role_permissions_of_user(ctx, &user.id, &theirs);
	if (err == ERR_OK)
		err = grant_allowed(ctx, theirs);
	if (err == ERR_OK && uuid_equal(&user.id, &ctx->principal->user_id))
		err = with_passkey(ctx);
	else if (err == ERR_OK && second_is_needed(theirs))
		err = err_reason(ctx, ERR_DENIED, "past.privileged",
				 "Somebody privileged says so themselves, with their passkey.");
	return err == ERR_OK ? accept_as_own(ctx, in, &user, &past, out) : err;
}

enum err sign_ins_run_reports_seen(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct audit audit;
	uint64_t count = 0;
	enum err err = past_seen(ctx, &count);

	if (err == ERR_OK && count == 0)
		return err_reason(ctx, ERR_CONFLICT, "past.no_reports",
				  "There is no report of another person's to acknowledge.");
	if (err != ERR_OK)
		return err;
	out_notify(out, "system", &ctx->principal->user_id);
	write_audit(ctx, in, &audit);
	audit_data(&audit, "reports", write_int(ctx, (int64_t)count));
	return audit_append(ctx, &audit);
}
