/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "auth/enrolment.h"
#include "auth/handlers.h"
#include "auth/mail_code_sql.h"
#include "auth/reset.h"
#include "auth/session.h"
#include "base/conf.h"
#include "base/secret.h"
#include "base/text.h"
#include "rbac/grant.h"
#include "rbac/write.h"

enum { CREATE_LOGIN, CREATE_NAME, CREATE_LANGUAGE, CREATE_GROUPS, CREATE_ROLES, CREATE_EMAIL };
enum { UPDATE_ID, UPDATE_NAME, UPDATE_STATE, UPDATE_LANGUAGE, UPDATE_EMAIL };

static enum err give_groups(struct ctx *ctx, const struct user *user, const struct value *groups,
			    struct audit *audit)
{
	for (int64_t i = 0; groups->set && i < groups->number; i++) {
		enum err err = grant_membership_allowed(ctx, "group_ids", &groups->ids[i]);
		if (err == ERR_OK)
			err = user_add_to_group(ctx, &user->id, &groups->ids[i], &audit->id);
		if (err != ERR_OK)
			return err;
		audit_data(audit, "group", write_uuid(ctx, &groups->ids[i]));
	}
	return ERR_OK;
}

static enum err give_roles(struct ctx *ctx, const struct user *user, const struct value *roles,
			   struct audit *audit)
{
	const char *after = NULL;

	if (!roles->set || roles->number == 0)
		return ERR_OK;
	if (!permission_in(ctx->principal->permissions, PERM_ROLE_MANAGE))
		return err_reason(ctx, ERR_DENIED, "role.manage_required",
				  "Giving roles needs the permission role.manage.");
	enum err err = grant_set(ctx, &user->id, NULL, roles->texts, (size_t)roles->number,
				 &audit->id, NULL, &after);
	audit_change(audit, "roles", NULL, after);
	return err;
}

/* Where notices go: whoever may change it could keep them from their owner, so nobody does so for
 * somebody above them. before NULL: a new person, who has nothing yet. */
static enum err change_email(struct ctx *ctx, const struct in *in, unsigned field,
			     const struct user *before, struct user *user)
{
	const struct value *value = &in->values[field];
	permission_set theirs = 0;
	enum err err = ERR_OK;

	if (!value->set)
		return ERR_OK;
	user->email = value->null ? NULL : value->text;
	if (user->email != NULL && !text_is_mail_address(user->email))
		return err_field(ctx, "email", "mail.address", "This is not a mail address.");
	if (before == NULL)
		return ERR_OK;
	err = role_permissions_of_user(ctx, &before->id, &theirs);
	return err == ERR_OK ? grant_allowed(ctx, theirs) : err;
}

enum err users_run_create(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct audit audit;
	const struct value *language = &in->values[CREATE_LANGUAGE];
	struct user user = {
		.id = uuid_v7(),
		.login = in->values[CREATE_LOGIN].text,
		.display_name = in->values[CREATE_NAME].text,
		.language = language->set
				    ? in->op->fields[CREATE_LANGUAGE].choices[language->number]
				    : "ja",
		.timezone = ctx->conf ? ctx->conf->timezone : "Asia/Tokyo",
	};

	write_audit(ctx, in, &audit);
	audit_object(&audit, "user", &user.id, user.login);
	audit_change(&audit, "display_name", NULL, user.display_name);
	audit_change(&audit, "language", NULL, user.language);
	enum err err = change_email(ctx, in, CREATE_EMAIL, NULL, &user);
	audit_change(&audit, "email", NULL, user.email);
	if (err == ERR_OK)
		err = user_insert(ctx, &user, &audit.id);
	if (err == ERR_OK)
		err = give_groups(ctx, &user, &in->values[CREATE_GROUPS], &audit);
	if (err == ERR_OK)
		err = give_roles(ctx, &user, &in->values[CREATE_ROLES], &audit);
	if (err != ERR_OK)
		return err;
	out_id(out, &user.id, 1);
	out_notify(out, "users", &user.id);
	return audit_append(ctx, &audit);
}

/* Invited people become active by enrolling only. */
static enum err change_state(struct ctx *ctx, const struct in *in, struct user *user,
			     struct out *out)
{
	const struct value *state = &in->values[UPDATE_STATE];

	if (!state->set)
		return ERR_OK;
	const char *wanted = in->op->fields[UPDATE_STATE].choices[state->number];
	if (strcmp(user->state, wanted) == 0)
		return ERR_OK;
	if (uuid_equal(&user->id, &ctx->principal->user_id))
		return err_reason(ctx, ERR_CONFLICT, "user.self",
				  "Nobody may disable themselves. Ask another administrator.");
	if (strcmp(user->state, "invited") == 0 && strcmp(wanted, "active") == 0)
		return err_reason(ctx, ERR_CONFLICT, "user.not_enrolled",
				  "This person becomes active by using an enrolment link.");
	user->state = wanted;
	if (strcmp(wanted, "disabled") != 0)
		return ERR_OK;
	out_effect(out, OUT_EFFECT_CUT_USER, &user->id, "user_disabled");
	return session_end_all(ctx, &user->id, NULL, "user_disabled");
}

static bool is_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* An administrator may replace their own address here too: as if they did it in their profile. */
static enum err keep_own_address(struct ctx *ctx, const struct user *before,
				 const struct user *after)
{
	if (!uuid_equal(&after->id, &ctx->principal->user_id) ||
	    is_same(before->email, after->email))
		return ERR_OK;
	return mail_address_sql_replaced(ctx, &after->id, before->email);
}

enum err users_run_update(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct audit audit;
	struct user before, user;
	const struct value *language = &in->values[UPDATE_LANGUAGE];
	enum err err = user_by_id(ctx, &in->values[UPDATE_ID].id, true, &before);

	if (err != ERR_OK || (err = write_if_match(ctx, in, before.version)) != ERR_OK)
		return err;
	if (strcmp(before.state, "archived") == 0)
		return err_reason(ctx, ERR_CONFLICT, "user.archived",
				  "An archived person cannot be changed.");
	user = before;
	user.display_name = in_text(in, UPDATE_NAME, user.display_name);
	if (language->set)
		user.language = in->op->fields[UPDATE_LANGUAGE].choices[language->number];
	if ((err = change_email(ctx, in, UPDATE_EMAIL, &before, &user)) != ERR_OK ||
	    (err = change_state(ctx, in, &user, out)) != ERR_OK)
		return err;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "user", &user.id, user.login);
	audit_change(&audit, "display_name", before.display_name, user.display_name);
	audit_change(&audit, "language", before.language, user.language);
	audit_change(&audit, "email", before.email, user.email);
	audit_change(&audit, "state", before.state, user.state);
	if ((err = user_store(ctx, &user, &audit.id)) != ERR_OK ||
	    (err = keep_own_address(ctx, &before, &user)) != ERR_OK ||
	    (err = grant_keep_administrator(ctx)) != ERR_OK)
		return err;
	out_id(out, &user.id, user.version + 1);
	out_notify(out, "users", &user.id);
	return audit_append(ctx, &audit);
}

enum err users_run_archive(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct audit audit;
	struct user user;
	enum err err = user_by_id(ctx, &in->values[0].id, true, &user);

	if (err != ERR_OK || (err = write_if_match(ctx, in, user.version)) != ERR_OK)
		return err;
	if (uuid_equal(&user.id, &ctx->principal->user_id))
		return err_reason(ctx, ERR_CONFLICT, "user.self",
				  "Nobody may archive themselves. Ask another administrator.");
	if (strcmp(user.state, "archived") == 0)
		return err_reason(ctx, ERR_CONFLICT, "user.archived",
				  "This person is archived already.");
	write_audit(ctx, in, &audit);
	audit_object(&audit, "user", &user.id, user.login);
	audit_change(&audit, "state", user.state, "archived");
	user.state = "archived";
	if ((err = user_store(ctx, &user, &audit.id)) != ERR_OK ||
	    (err = grant_keep_administrator(ctx)) != ERR_OK ||
	    (err = session_end_all(ctx, &user.id, NULL, "user_archived")) != ERR_OK)
		return err;
	out_effect(out, OUT_EFFECT_CUT_USER, &user.id, "user_archived");
	out_notify(out, "users", &user.id);
	return audit_append(ctx, &audit);
}

enum err users_run_link(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct audit audit;
	struct user user;
	char token[ENROLMENT_TOKEN_TEXT];
	int64_t expires = 0;
	permission_set theirs = 0;
	enum err err = user_by_id(ctx, &in->values[0].id, true, &user);

	if (err != ERR_OK)
		return err;
	if (strcmp(user.state, "archived") == 0 || strcmp(user.state, "disabled") == 0)
		return err_reason(ctx, ERR_CONFLICT, "user.not_active",
				  "A disabled or archived person gets no link.");
	/* A link is as good as the person's password: nobody makes one for somebody above them. */
	err = role_permissions_of_user(ctx, &user.id, &theirs);
	if (err == ERR_OK)
		err = grant_allowed(ctx, theirs);
	if (err == ERR_OK)
		err = reset_allowed(ctx, &user, &theirs);
	if (err == ERR_OK)
		err = enrolment_issue(ctx, &user.id, theirs, token, &expires);
	if (err != ERR_OK)
		return err;
	out_text(out, "url",
		 arena_printf(ctx->arena, "%s/enrol#%s", ctx->conf ? ctx->conf->public_url : "",
			      token));
	out_time(out, "expires_at", expires);
	wipe(token, sizeof(token));
	write_audit(ctx, in, &audit);
	audit_object(&audit, "user", &user.id, user.login);
	audit_data(&audit, "expires_at", write_time(ctx, expires));
	return audit_append(ctx, &audit);
}
