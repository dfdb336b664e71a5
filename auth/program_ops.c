/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "auth/oauth_ops.h"
#include "auth/program_api.h"
#include "auth/program_sql.h"
#include "auth/token.h"
#include "auth/words.h"
#include "base/cleanup.h"
#include "base/conf.h"
#include "base/secret.h"
#include "base/sys.h"
#include "rbac/grant.h"
#include "rbac/write.h"

static const int64_t day_us = (int64_t)24 * 3600 * 1000000;

/* A role that is for people only would promise what a program never may. */
static enum err check_roles(struct ctx *ctx, const struct value *roles)
{
	if (!permission_in(ctx->principal->permissions, PERM_ROLE_MANAGE))
		return err_reason(ctx, ERR_DENIED, "role.manage_required",
				  "Giving roles needs the permission role.manage.");
	enum err err = grant_roles_allowed(ctx, "roles", roles->texts, (size_t)roles->number);
	for (int64_t i = 0; err == ERR_OK && i < roles->number; i++) {
		if ((role_permissions(roles->texts[i]) & ~program_never()) == 0)
			err = err_field(ctx, "roles", "program.role_of_people",
					"The role %s is for people only.", roles->texts[i]);
	}
	return err;
}

typedef enum err check_fn(struct ctx *ctx, const struct value *list);

/* Checked, and as it is stored; *out stays where the list is not there. */
static enum err take_list(struct ctx *ctx, const struct in *in, unsigned field, check_fn *check,
			  const char **out)
{
	const struct value *list = in_value(in, field);
	size_t max = field == PROGRAM_ROLE_NAMES ? PROGRAM_ROLES : PROGRAM_LIST;
	enum err err = list ? check(ctx, list) : ERR_OK;

	return err == ERR_OK && list ? words_join(ctx, in->op->fields[field].name, list, max, out)
				     : err;
}

/* Every permission it lists comes with one of its roles, and is one that programs can have. */
static enum err check_scopes_in_roles(struct ctx *ctx, const struct program *program)
{
	permission_set beyond =
		token_scopes(program->scopes) &
		~(role_set_permissions(program_roles(program->roles)) & ~program_never());

	for (int p = PERM_NONE + 1; p < PERM__COUNT; p++) {
		if (permission_in(beyond, (enum permission)p))
			return err_field(ctx, "scopes", "program.scope_beyond",
					 "No role of this program gives a program %s.",
					 permission_name((enum permission)p));
	}
	return ERR_OK;
}

static enum err take_rights(struct ctx *ctx, const struct in *in, struct program *program)
{
	enum err err = take_list(ctx, in, PROGRAM_ROLE_NAMES, check_roles, &program->roles);

	if (err == ERR_OK)
		err = take_list(ctx, in, PROGRAM_SCOPES, token_check_scopes, &program->scopes);
	if (err == ERR_OK)
		err = take_list(ctx, in, PROGRAM_NETWORKS, token_check_networks,
				&program->networks);
	if (err == ERR_OK)
		err = check_scopes_in_roles(ctx, program);
	program->display_name = in_text(in, PROGRAM_DISPLAY_NAME, program->display_name);
	program->token_seconds = in_number(in, PROGRAM_TOKEN_SECONDS, program->token_seconds);
	return err;
}

static void tell_changes(struct ctx *ctx, struct audit *audit, const struct program *before,
			 const struct program *after)
{
	audit_object(audit, "program", &after->id, after->name);
	audit_change(audit, "display_name", before->display_name, after->display_name);
	audit_change(audit, "state", before->state, after->state);
	audit_change(audit, "roles", before->roles, after->roles);
	audit_change(audit, "scopes", before->scopes, after->scopes);
	audit_change(audit, "networks", before->networks, after->networks);
	audit_change(audit, "token_seconds",
		     before->token_seconds ? write_int(ctx, before->token_seconds) : NULL,
		     write_int(ctx, after->token_seconds));
}

static enum err run_create(struct ctx *ctx, const struct in *in, struct out *out)
{
	const struct program nothing = {.name = NULL};
	struct program program = {.id = uuid_v7(),
				  .name = in_text(in, PROGRAM_NAME, ""),
				  .state = "active",
				  .networks = "",
				  .token_seconds = PROGRAM_SECONDS};
	struct audit audit;
	enum err err = take_rights(ctx, in, &program);

	write_audit(ctx, in, &audit);
	tell_changes(ctx, &audit, &nothing, &program);
	if (err == ERR_OK)
		err = program_sql_insert(ctx, &program, sys_real_us(), &audit.id);
	if (err != ERR_OK)
		return err;
	out_id(out, &program.id, 1);
	out_notify(out, "users", &program.id);
	return audit_append(ctx, &audit);
}

/* Nobody has their hands on what may more than they do. */
static enum err find(struct ctx *ctx, const struct uuid *id, struct program *out)
{
	enum err err = program_sql_find(ctx, id, out);

	if (err == ERR_NOT_FOUND)
		return err_set(ctx, ERR_NOT_FOUND, "There is no such program any more.");
	return err == ERR_OK ? grant_allowed(ctx, program_permissions(out)) : err;
}

static enum err run_update(struct ctx *ctx, const struct in *in, struct out *out)
{
	const struct value *state = in_value(in, PROGRAM_STATE);
	struct program before, program;
	struct audit audit;
	enum err err = find(ctx, &in->values[PROGRAM_ID].id, &before);

	if (err == ERR_OK)
		err = write_if_match(ctx, in, before.version);
	if (err != ERR_OK)
		return err;
	program = before;
	if (state)
		program.state = in->op->fields[PROGRAM_STATE].choices[state->number];
	err = take_rights(ctx, in, &program);
	if (err == ERR_OK && strcmp(program.state, "disabled") == 0)
		err = program_sql_tokens_end(ctx, &program.id);
	write_audit(ctx, in, &audit);
	tell_changes(ctx, &audit, &before, &program);
	if (err == ERR_OK)
		err = program_sql_store(ctx, &program, sys_real_us(), &audit.id);
	if (err != ERR_OK)
		return err;
	out_id(out, &program.id, program.version + 1);
	out_notify(out, "users", &program.id);
	return audit_append(ctx, &audit);
}

static enum err run_delete(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct program before, program;
	struct audit audit;
	enum err err = find(ctx, &in->values[0].id, &before);

	if (err == ERR_OK)
		err = write_if_match(ctx, in, before.version);
	if (err != ERR_OK)
		return err;
	program = before;
	program.state = "deleted";
	write_audit(ctx, in, &audit);
	tell_changes(ctx, &audit, &before, &program);
	err = program_sql_store(ctx, &program, sys_real_us(), &audit.id);
	if (err == ERR_OK)
		err = program_sql_secrets_end(ctx, &program.id, "program_deleted");
	if (err == ERR_OK)
		err = program_sql_tokens_end(ctx, &program.id);
	if (err != ERR_OK)
		return err;
	out_notify(out, "users", &program.id);
	return audit_append(ctx, &audit);
}

static enum err check_days(struct ctx *ctx, int64_t days)
{
	int64_t most = ctx->conf ? ctx->conf->program_secret_max_days : 0;

	if (most == 0)
		return err_reason(ctx, ERR_CONFLICT, "program.off",
				  "Programs cannot sign in to this server.");
	if (days > most)
		return err_field(ctx, "days", "program.too_long",
				 "A client secret may last %lld days at most.", (long long)most);
	return ERR_OK;
}

static enum err check_room(struct ctx *ctx, const struct program *program, int64_t now)
{
	int64_t alive = 0;
	enum err err = program_sql_secret_count(ctx, &program->id, now, &alive);

	if (err == ERR_OK && alive >= PROGRAM_SECRETS_MAX)
		return err_reason(ctx, ERR_CONFLICT, "program.too_many_secrets",
				  "This program has %d secrets. Revoke the old one first.",
				  PROGRAM_SECRETS_MAX);
	return err;
}

static void write_secret_audit(struct ctx *ctx, const struct in *in, const struct program *program,
			       const struct uuid *secret_id, struct audit *out)
{
	write_audit(ctx, in, out);
	audit_object(out, "program", &program->id, program->name);
	audit_data(out, "secret", write_uuid(ctx, secret_id));
}

/* The text goes to the administrator by pipe; only its hash stays. */
static enum err run_add_secret(struct ctx *ctx, const struct in *in, struct out *out)
{
	scoped(secret_free_p) struct secret *text = NULL;
	struct program_secret secret = {.id = uuid_v7(), .created_at = sys_real_us()};
	int64_t days = in_number(in, SECRET_DAYS, 0);
	struct program program;
	struct audit audit;
	uint8_t hash[32];
	enum err err = find(ctx, &in->values[SECRET_PROGRAM].id, &program);

	if (err == ERR_OK)
		err = check_days(ctx, days);
	if (err == ERR_OK)
		err = check_room(ctx, &program, secret.created_at);
	if (err == ERR_OK && !(text = token_new(CREDENTIAL_CLIENT, hash)))
		err = err_set(ctx, ERR_MEMORY, "No guarded memory for a secret.");
	if (err != ERR_OK)
		return err;
	secret.expires_at = secret.created_at + days * day_us;
	if ((err = program_sql_secret_insert(ctx, &program.id, &secret, hash)) != ERR_OK)
		return err;
	write_secret_audit(ctx, in, &program, &secret.id, &audit);
	audit_data(&audit, "expires_at", write_time(ctx, secret.expires_at));
	out_notify(out, "users", &program.id);
	err = audit_append(ctx, &audit);
	return err == ERR_OK ? secret_pipe(text, &out->secret_fd) : err;
}

/* What was got with it is judged with it: nothing else has to end. */
static enum err run_end_secret(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct program program;
	struct audit audit;
	uint64_t ended = 0;
	const struct uuid *id = &in->values[END_SECRET].id;
	enum err err = find(ctx, &in->values[END_PROGRAM].id, &program);

	if (err == ERR_OK)
		err = program_sql_secret_end(ctx, &program.id, id, "revoked", &ended);
	if (err == ERR_OK && ended == 0)
		err = err_set(ctx, ERR_NOT_FOUND, "There is no such secret any more.");
	if (err != ERR_OK)
		return err;
	write_secret_audit(ctx, in, &program, id, &audit);
	out_notify(out, "users", &program.id);
	return audit_append(ctx, &audit);
}

static const struct op_write rows[] = {
	{"oauth.token", oauth_run_token},	 {"oauth.revoke", oauth_run_revoke},
	{"programs.create", run_create},	 {"programs.update", run_update},
	{"programs.delete", run_delete},	 {"programs.add_secret", run_add_secret},
	{"programs.end_secret", run_end_secret}, {NULL, NULL},
};

const struct op_write *program_writes(void)
{
	return rows;
}
