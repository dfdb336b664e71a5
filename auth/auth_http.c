/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/auth.h"
#include "auth/floor.h"
#include "auth/handlers.h"
#include "auth/session_limit.h"
#include "auth/user_read_sql.h"
#include "base/json.h"
#include "base/sys.h"
#include "rbac/grant.h"
#include "rbac/principal.h"

static void put_permissions(struct json *json, permission_set set)
{
	json_array(json, "permissions");
	for (int p = PERM_NONE + 1; p < PERM__COUNT; p++) {
		if (permission_in(set, (enum permission)p))
			json_text(json, NULL, permission_name((enum permission)p));
	}
	json_end_array(json);
}

static void put_roles(struct json *json, role_set roles)
{
	json_array(json, "roles");
	for (const struct role_row *role = role_rows(); role->name; role++)
		if (roles & role_bit(role->name))
			json_text(json, NULL, role->name);
	json_end_array(json);
}

static const char *due_name(enum factor_due due)
{
	static const char *const names[] = {
		[FACTOR_DUE_NONE] = "none",
		[FACTOR_DUE_ENROL] = "enrol",
		[FACTOR_DUE_PROVE] = "prove",
	};

	return names[due];
}

/* Everything is in the principal, which authority has just looked up: no statement of its own. */
static enum err read_me(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	const struct principal *self = ctx->principal;
	struct json *json = reply->json;

	(void)in;
	json_object(json, NULL);
	json_uuid(json, "id", &self->user_id);
	json_text(json, "login", self->login);
	json_text(json, "display_name", self->display_name);
	json_text(json, "language", self->language);
	json_text(json, "timezone", self->timezone);
	json_text(json, "theme", self->theme);
	put_roles(json, self->roles);
	put_permissions(json, self->permissions);
	json_bool(json, "password_due", self->password_due);
	json_text(json, "factor_due", due_name(self->factor_due));
	json_text(json, "factor_floor", factor_level_name((enum factor_level)self->factor_floor));
	json_time(json, "authenticated_at", self->authenticated_at);
	json_object(json, "session");
	json_uuid(json, "id", &self->session_id);
	json_time(json, "idle_expires_at", self->idle_expires_at);
	json_time(json, "expires_at", self->expires_at);
	json_end_object(json);
	json_end_object(json);
	return ERR_OK;
}

struct sessions_arg {
	struct json *json;
	struct uuid current;
	struct session_span span;
	int64_t now;
};

static void put_session(void *arg, const struct portal_session *session)
{
	struct sessions_arg *out = arg;
	int64_t idle = session->idle_expires_at, age = session->expires_at;

	session_span_cut(&out->span, session->created_at, session->last_seen_at, &idle, &age);
	if (out->now >= idle)
		return;
	json_object(out->json, NULL);
	json_uuid(out->json, "id", &session->id);
	json_time(out->json, "created_at", session->created_at);
	json_time(out->json, "last_seen_at", session->last_seen_at);
	json_text(out->json, "peer", session->peer);
	json_text(out->json, "user_agent", session->user_agent);
	json_bool(out->json, "current", uuid_equal(&session->id, &out->current));
	json_end_object(out->json);
}

static enum err read_sessions(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct sessions_arg arg = {
		.json = reply->json, .current = ctx->principal->session_id, .now = sys_real_us()};
	enum err err = session_span_of(ctx, &ctx->principal->user_id, &arg.span);

	(void)in;
	if (err != ERR_OK)
		return err;
	json_object(reply->json, NULL);
	json_array(reply->json, "items");
	err = user_read_sessions(ctx, &ctx->principal->user_id, put_session, &arg);
	json_end_array(reply->json);
	json_null(reply->json, "next_cursor");
	json_end_object(reply->json);
	return err;
}

/* A form that says the same to everybody. */
static enum err read_nothing(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	(void)ctx;
	(void)in;
	json_object(reply->json, NULL);
	json_end_object(reply->json);
	return ERR_OK;
}

static const struct op_read rows[] = {
	{"auth.me", read_me},
	{"auth.sessions_list", read_sessions},
	{"pages.recovery_form", read_nothing},
	{"pages.mail_form", read_nothing},
	{"pages.mail_code_form", read_nothing},
	{"pages.second_form", read_nothing},
	{"pages.session", read_sessions},
	{"devices.list", device_read_own},
	{"factors.list", factors_read_list},
	{"mail_address.get", mail_address_read_own},
	{"password_rules.own", password_rules_read_own},
	{"users.factors", factors_read_of_user},
	{"attestation_models.list", attestation_read_list},
	{"factor_floors.list", floors_read_list},
	{"factor_floors.get", floors_read_get},
	{"session_limits.list", session_limits_read_list},
	{"session_limits.get", session_limits_read_get},
	{"password_policies.list", password_policies_read_list},
	{"password_policies.get", password_policies_read_get},
	{"network_rules.get", network_rules_read_get},
	{"sign_in_policy.get", sign_in_policy_read_get},
	{"sign_in_policy.preview", sign_in_policy_read_preview},
	{"sign_in_exceptions.list", exceptions_read_list},
	{"sign_ins.own", sign_ins_read_own},
	{"users.sign_ins", sign_ins_read_of_user},
	{"api_tokens.mine", api_tokens_read_mine},
	{"api_tokens.list", api_tokens_read_list},
	{"api_tokens.current", api_tokens_read_current},
	{"users.list", users_read_list},
	{"users.get", users_read_get},
	{"users.effective", users_read_effective},
	{NULL, NULL},
};

const struct op_read *auth_reads(void)
{
	return rows;
}
