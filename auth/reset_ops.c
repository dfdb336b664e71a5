/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "auth/handlers.h"
#include "auth/password_history_sql.h"
#include "auth/reset.h"
#include "auth/reset_sql.h"
#include "auth/second.h"
#include "base/sys.h"
#include "rbac/grant.h"
#include "rbac/principal.h"
#include "rbac/write.h"

static const int64_t hour_us = (int64_t)3600 * 1000000;

static enum err find_asker(struct ctx *ctx, const struct user *user, permission_set theirs,
			   struct uuid *out)
{
	bool asks = false;
	enum err err =
		reset_sql_asked_by(ctx, &user->id, sys_real_us() - RESET_ASK_HOURS * hour_us, out);

	if (err == ERR_OK)
		err = second_still_asks(ctx, out, PERM_USER_MANAGE, theirs, &asks);
	if (err == ERR_NOT_FOUND || (err == ERR_OK && !asks))
		return err_reason(ctx, ERR_CONFLICT, "user.second_needed",
				  "This person is privileged: one administrator asks for the "
				  "reset, another one issues the link.");
	return err;
}

enum err reset_allowed(struct ctx *ctx, const struct user *user, permission_set *theirs)
{
	struct uuid asked_by;

	if (second_is_console(ctx)) {
		*theirs = ~(permission_set)0;
		return ERR_OK;
	}
	if (strcmp(user->state, "active") != 0 || !second_is_needed(*theirs))
		return ERR_OK;
	enum err err = find_asker(ctx, user, *theirs, &asked_by);
	if (err == ERR_OK && uuid_equal(&asked_by, &ctx->principal->user_id))
		return err_reason(ctx, ERR_CONFLICT, "user.second_must_differ",
				  "You asked for this reset. Another administrator issues the "
				  "link.");
	if (err == ERR_OK)
		err = second_refuse_new(ctx, PERM_USER_MANAGE);
	return err == ERR_OK ? reset_sql_forget(ctx, &user->id) : err;
}

/* Somebody who may be managed by whoever asks: active, and not above them. */
static enum err find_managed(struct ctx *ctx, const struct in *in, struct user *out,
			     permission_set *theirs)
{
	enum err err = user_by_id(ctx, &in->values[0].id, true, out);

	if (err == ERR_OK && strcmp(out->state, "active") != 0)
		return err_reason(ctx, ERR_CONFLICT, "user.not_active",
				  "This is for people who are active.");
	if (err == ERR_OK)
		err = role_permissions_of_user(ctx, &out->id, theirs);
	return err == ERR_OK ? grant_allowed(ctx, *theirs) : err;
}

static enum err finish(struct ctx *ctx, const struct in *in, const struct user *user,
		       struct out *out)
{
	struct audit audit;

	out_notify(out, "users", &user->id);
	write_audit(ctx, in, &audit);
	audit_object(&audit, "user", &user->id, user->login);
	return audit_append(ctx, &audit);
}

enum err users_run_ask_reset(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct user user;
	permission_set theirs = 0;
	enum err err = find_managed(ctx, in, &user, &theirs);

	if (err == ERR_OK && (!second_is_needed(theirs) || second_is_console(ctx)))
		return err_reason(ctx, ERR_CONFLICT, "user.no_second_needed",
				  "No second administrator is needed. Issue the link.");
	if (err == ERR_OK)
		err = second_refuse_new(ctx, PERM_USER_MANAGE);
	if (err == ERR_OK)
		err = reset_sql_ask(ctx, &user.id, &ctx->principal->user_id);
	return err == ERR_OK ? finish(ctx, in, &user, out) : err;
}

enum err users_run_require_password_change(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct user user;
	permission_set theirs = 0;
	enum err err = find_managed(ctx, in, &user, &theirs);

	if (err != ERR_OK)
		return err;
	err = password_sql_must_change(ctx, &user.id);
	if (err == ERR_NOT_FOUND)
		return err_reason(ctx, ERR_CONFLICT, "user.no_password",
				  "This person has no password.");
	return err == ERR_OK ? finish(ctx, in, &user, out) : err;
}
