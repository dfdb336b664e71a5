/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/auth_api.h"
#include "auth/break_glass.h"
#include "auth/factor.h"
#include "auth/factor_sql.h"
#include "auth/handlers.h"
#include "auth/token_sql.h"
#include "auth/words.h"
#include "base/cleanup.h"
#include "base/conf.h"
#include "base/range.h"
#include "base/secret.h"
#include "base/sys.h"
#include "rbac/write.h"

static const int64_t day_us = (int64_t)24 * 3600 * 1000000;

/* Nobody gives a token what they lack themselves. */
enum err token_check_scopes(struct ctx *ctx, const struct value *scopes)
{
	for (int64_t i = 0; i < scopes->number; i++) {
		enum permission permission = permission_by_name(scopes->texts[i]);
		if (permission == PERM_NONE)
			return err_field(ctx, "scopes", "permission.unknown",
					 "There is no such permission.");
		if (!permission_in(ctx->principal->permissions, permission))
			return err_field(ctx, "scopes", "token.beyond",
					 "You do not have the permission %s yourself.",
					 permission_name(permission));
	}
	return ERR_OK;
}

enum err token_check_networks(struct ctx *ctx, const struct value *networks)
{
	struct ranges ranges = {.count = 0};

	for (int64_t i = 0; networks && i < networks->number; i++) {
		if (!range_add(&ranges, networks->texts[i]))
			return err_field(ctx, "networks", "network.malformed",
					 "Use ranges such as 192.0.2.0/24 or 2001:db8::/32.");
	}
	return ERR_OK;
}

static enum err check_days(struct ctx *ctx, int64_t days)
{
	int64_t most = ctx->conf ? ctx->conf->api_token_max_days : 0;

	if (most == 0)
		return err_reason(ctx, ERR_CONFLICT, "token.off",
				  "API tokens are switched off on this server.");
	if (days > most)
		return err_field(ctx, "days", "token.too_long",
				 "A token may last %lld days at most.", (long long)most);
	return ERR_OK;
}

/* Whose account is protected by a password alone gets nothing that goes round even that. */
static enum err check_owner(struct ctx *ctx, int64_t now)
{
	const struct uuid *self = &ctx->principal->user_id;
	int64_t factors = 0, alive = 0;
	enum err err = factor_lock(ctx);

	if (err == ERR_OK)
		err = factor_sql_count(ctx, self, &factors);
	if (err == ERR_OK && factors == 0)
		return err_reason(ctx, ERR_DENIED, "token.no_factor",
				  "Set up a second factor first.");
	if (err == ERR_OK)
		err = token_sql_count(ctx, self, now, &alive);
	if (err == ERR_OK && alive >= TOKENS_MAX)
		return err_reason(ctx, ERR_CONFLICT, "token.too_many",
				  "You have %d tokens already. Revoke one first.", TOKENS_MAX);
	return err;
}

static enum err take_input(struct ctx *ctx, const struct in *in, struct token *out)
{
	int64_t days = in_number(in, TOKEN_DAYS, 0);
	enum err err = check_days(ctx, days);

	if (err == ERR_OK)
		err = token_check_scopes(ctx, &in->values[TOKEN_SCOPES]);
	if (err == ERR_OK)
		err = token_check_networks(ctx, in_value(in, TOKEN_NETWORKS));
	if (err == ERR_OK)
		err = words_join(ctx, "scopes", &in->values[TOKEN_SCOPES], TOKEN_LIST,
				 &out->scopes);
	if (err == ERR_OK)
		err = words_join(ctx, "networks", &in->values[TOKEN_NETWORKS], TOKEN_LIST,
				 &out->networks);
	out->id = uuid_v7();
	out->name = in_text(in, TOKEN_NAME, "");
	out->created_at = sys_real_us();
	out->expires_at = out->created_at + days * day_us;
	return err;
}

static void write_token_audit(struct ctx *ctx, const struct in *in, const struct token *token,
			      const struct uuid *owner, struct audit *audit)
{
	write_audit(ctx, in, audit);
	audit_object(audit, "api_token", &token->id, token->name);
	audit_data(audit, "owner", write_uuid(ctx, owner));
	audit_data(audit, "scopes", token->scopes);
	audit_data(audit, "networks", token->networks);
	audit_data(audit, "expires_at", write_time(ctx, token->expires_at));
}

enum err api_tokens_run_create(struct ctx *ctx, const struct in *in, struct out *out)
{
	const struct uuid *self = &ctx->principal->user_id;
	scoped(secret_free_p) struct secret *text = NULL;
	struct token token = {.name = ""};
	struct audit audit;
	uint8_t hash[32];
	enum err err = take_input(ctx, in, &token);

	if (err == ERR_OK)
		err = break_glass_refuse(ctx, self);
	if (err == ERR_OK)
		err = check_owner(ctx, token.created_at);
	if (err == ERR_OK && !(text = token_new(CREDENTIAL_TOKEN, hash)))
		err = err_set(ctx, ERR_MEMORY, "No guarded memory for a secret.");
	if (err == ERR_OK)
		err = token_sql_insert(ctx, &token, self, hash);
	if (err != ERR_OK)
		return err;
	out_notify(out, "me", self);
	write_token_audit(ctx, in, &token, self, &audit);
	err = audit_append(ctx, &audit);
	return err == ERR_OK ? secret_pipe(text, &out->secret_fd) : err;
}

static enum err revoke(struct ctx *ctx, const struct in *in, const struct uuid *owner,
		       struct out *out)
{
	struct token token;
	struct uuid user_id;
	struct audit audit;
	enum err err = token_sql_find(ctx, &in->values[0].id, owner, &token, &user_id);

	if (err == ERR_NOT_FOUND)
		return err_set(ctx, ERR_NOT_FOUND, "There is no such API token any more.");
	if (err == ERR_OK)
		err = token_sql_end(ctx, &token.id, owner ? "revoked" : "revoked_by_administrator");
	if (err != ERR_OK)
		return err;
	out_notify(out, "me", &user_id);
	write_token_audit(ctx, in, &token, &user_id, &audit);
	return audit_append(ctx, &audit);
}

enum err api_tokens_run_revoke(struct ctx *ctx, const struct in *in, struct out *out)
{
	return revoke(ctx, in, &ctx->principal->user_id, out);
}

enum err api_tokens_run_end(struct ctx *ctx, const struct in *in, struct out *out)
{
	return revoke(ctx, in, NULL, out);
}
