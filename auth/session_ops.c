/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "auth/handlers.h"
#include "auth/session.h"
#include "rbac/write.h"

enum { PROFILE_LANGUAGE, PROFILE_TIMEZONE, PROFILE_THEME, PROFILE_DISPLAY_NAME };

enum err auth_run_session_revoke(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct audit audit;
	const struct principal *self = ctx->principal;
	const struct uuid *id = &in->values[0].id;
	enum err err = session_end(ctx, id, &self->user_id, "revoked");

	if (err != ERR_OK)
		return err;
	out->clear_session = uuid_equal(id, &self->session_id);
	out_notify(out, "me", &self->user_id);
	write_audit(ctx, in, &audit);
	audit_object(&audit, "portal_session", id, self->login);
	return audit_append(ctx, &audit);
}

/* Somebody else's are in wrong hands, perhaps: all that was opened with them ends too. Whoever asks
 * of themselves stays. */
enum err users_run_end_sign_ins(struct ctx *ctx, const struct in *in, struct out *out)
{
	const struct principal *self = ctx->principal;
	struct audit audit;
	struct user user;
	enum err err = user_by_id(ctx, in_id(in, 0), true, &user);

	if (err == ERR_NOT_FOUND)
		return err_set(ctx, ERR_NOT_FOUND, "There is no such user.");
	if (err == ERR_OK)
		err = session_end_all(ctx, &user.id,
				      uuid_equal(&user.id, &self->user_id) ? &self->session_id
									   : NULL,
				      "ended_by_administrator");
	if (err != ERR_OK)
		return err;
	/* Also those that are held, whose sign-in had ended before. */
	if (!uuid_equal(&user.id, &self->user_id))
		out_effect(out, OUT_EFFECT_CUT_USER, &user.id, "sign_in_ended");
	out_notify(out, "me", &user.id);
	write_audit(ctx, in, &audit);
	audit_object(&audit, "user", &user.id, user.login);
	return audit_append(ctx, &audit);
}

/* Names of the IANA data base are letters, digits and a few signs; whether one exists is the
 * renderer's affair: an unknown one shows UTC. */
static bool timezone_ok(const char *name)
{
	return name[0] != '/' && !strstr(name, "..") &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") ==
		       strlen(name);
}

enum err auth_run_profile_update(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct audit audit;
	struct user before, user;
	const struct field *fields = in->op->fields;
	const struct value *values = in->values;
	enum err err = user_by_id(ctx, &ctx->principal->user_id, true, &before);

	if (err != ERR_OK)
		return err;
	user = before;
	if (values[PROFILE_LANGUAGE].set)
		user.language = fields[PROFILE_LANGUAGE].choices[values[PROFILE_LANGUAGE].number];
	if (values[PROFILE_THEME].set)
		user.theme = fields[PROFILE_THEME].choices[values[PROFILE_THEME].number];
	user.timezone = in_text(in, PROFILE_TIMEZONE, user.timezone);
	user.display_name = in_text(in, PROFILE_DISPLAY_NAME, user.display_name);
	if (!timezone_ok(user.timezone))
		return err_field(ctx, "timezone", "timezone.malformed",
				 "Use a name such as Asia/Tokyo.");
	write_audit(ctx, in, &audit);
	audit_object(&audit, "user", &user.id, user.login);
	audit_change(&audit, "language", before.language, user.language);
	audit_change(&audit, "timezone", before.timezone, user.timezone);
	audit_change(&audit, "theme", before.theme, user.theme);
	audit_change(&audit, "display_name", before.display_name, user.display_name);
	if ((err = user_store(ctx, &user, &audit.id)) != ERR_OK)
		return err;
	out_id(out, &user.id, user.version + 1);
	out_notify(out, "users", &user.id);
	return audit_append(ctx, &audit);
}
