/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/enrolment.h"
#include "auth/handlers.h"
#include "auth/password_policy_read_sql.h"
#include "base/cleanup.h"
#include "rbac/write.h"

enum err enrolment_run_begin(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct audit audit;
	struct enrolment enrolment;
	struct password_policy policy;
	enum err err = enrolment_find(ctx, in->values[0].text, &enrolment);

	if (err == ERR_OK)
		err = password_policy_of_user(ctx, &enrolment.user.id, &policy);
	if (err != ERR_OK)
		return err;
	out_text(out, "login", enrolment.user.login);
	out_text(out, "display_name", enrolment.user.display_name);
	out_json(out, "needs", "[\"password\",\"totp\"]");
	out_json(out, "password_rules", password_rules_json(ctx, &policy));
	write_audit(ctx, in, &audit);
	audit_object(&audit, "user", &enrolment.user.id, enrolment.user.login);
	return audit_append(ctx, &audit);
}

enum err enrolment_run_totp(struct ctx *ctx, const struct in *in, struct out *out)
{
	return enrolment_totp(ctx, in, in->values[0].text, &out->secret_fd);
}

enum err enrolment_run_complete(struct ctx *ctx, const struct in *in, struct out *out)
{
	scoped(secret_free_p) struct secret *password = NULL;
	struct signin_result result = {0};
	enum err err = auth_read_secret(ctx, in, &password);

	if (err == ERR_OK)
		err = enrolment_complete(ctx, in, in->values[0].text, password, in->values[1].text,
					 &result);
	if (err != ERR_OK)
		return err;
	out_notify(out, "users", &result.user_id);
	return auth_set_cookies(ctx, &result, out);
}
