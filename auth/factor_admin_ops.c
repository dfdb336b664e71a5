/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/auth_api.h"
#include "auth/factor_sql.h"
#include "auth/handlers.h"
#include "auth/passkey_sql.h"
#include "auth/session.h"
#include "rbac/grant.h"
#include "rbac/principal.h"
#include "rbac/write.h"

/* What an administrator may do about another person's factors: take one away. Also the last one,
 * which may be in a thief's hand; then only a new enrolment link helps its owner. */

/* Somebody else, and nobody above whoever asks. Locks the person: their factors change alone. */
static enum err find_other(struct ctx *ctx, const struct uuid *id, struct user *out)
{
	permission_set theirs = 0;
	enum err err = user_by_id(ctx, id, true, out);

	if (err == ERR_OK && uuid_equal(&out->id, &ctx->principal->user_id))
		return err_reason(ctx, ERR_CONFLICT, "factor.own",
				  "Remove your own factors in your profile.");
	if (err == ERR_OK)
		err = role_permissions_of_user(ctx, &out->id, &theirs);
	return err == ERR_OK ? grant_allowed(ctx, theirs) : err;
}

static enum err remove_totp(struct ctx *ctx, const struct user *user, const struct uuid *id,
			    struct audit *audit)
{
	struct totp_device device;
	enum err err = factor_sql_device(ctx, &user->id, id, &device);

	if (err == ERR_NOT_FOUND)
		return err_set(ctx, ERR_NOT_FOUND, "This person has no such factor.");
	if (err != ERR_OK)
		return err;
	audit_data(audit, "kind", "totp");
	audit_data(audit, "label", device.label);
	return factor_sql_remove(ctx, &device);
}

static enum err remove_any(struct ctx *ctx, const struct user *user, const struct uuid *id,
			   struct audit *audit)
{
	struct passkey passkey;
	enum err err = passkey_sql_by_id(ctx, id, &user->id, &passkey);

	if (err == ERR_NOT_FOUND)
		return remove_totp(ctx, user, id, audit);
	if (err != ERR_OK)
		return err;
	audit_data(audit, "kind", "passkey");
	audit_data(audit, "label", passkey.label);
	return passkey_sql_delete(ctx, &passkey.id);
}

/* Whoever is signed in by it is out: which session came by which code nobody knows, so all are. */
enum err users_run_remove_factor(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct audit audit;
	struct user user;
	enum err err = find_other(ctx, in_id(in, REMOVE_USER), &user);

	if (err != ERR_OK)
		return err;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "user", &user.id, user.login);
	err = remove_any(ctx, &user, in_id(in, REMOVE_FACTOR), &audit);
	if (err == ERR_OK)
		err = session_end_all(ctx, &user.id, NULL, "factor_removed");
	if (err != ERR_OK)
		return err;
	out_notify(out, "users", &user.id);
	return audit_append(ctx, &audit);
}
