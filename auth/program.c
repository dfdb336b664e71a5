/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/program.h"

#include <sodium.h>
#include <string.h>

#include "auth/program_sql.h"
#include "auth/token.h"
#include "auth/words.h"
#include "base/conf.h"
#include "base/sys.h"

static const int64_t minute_us = (int64_t)60 * 1000000;

role_set program_roles(const char *roles)
{
	char word[WORD_MAX];
	role_set set = 0;

	while (words_next(&roles, word))
		set |= role_bit(word);
	return set;
}

permission_set program_permissions(const struct program *program)
{
	return role_set_permissions(program_roles(program->roles)) & token_scopes(program->scopes) &
	       ~program_never();
}

struct principal program_as_principal(struct ctx *ctx, const struct program *program)
{
	const char *login = arena_printf(ctx->arena, "program:%s", program->name);

	return (struct principal){
		.user_id = program->id,
		.is_program = true,
		.login = login ? login : "",
		.display_name = program->display_name,
		.language = "en",
		.timezone = "UTC",
		.theme = "system",
		.roles = program_roles(program->roles),
		.permissions = program_permissions(program),
		.authenticated_at = 0, /* never fresh */
	};
}

static enum err not_let_in(struct ctx *ctx, const char *reason)
{
	return err_reason(ctx, ERR_UNAUTHENTICATED, reason, "This access token opens nothing.");
}

static enum err judge(struct ctx *ctx, const struct program_token_row *row, struct block peer,
		      int64_t now)
{
	if (!ctx->conf || ctx->conf->program_secret_max_days == 0)
		return not_let_in(ctx, "program.off");
	if (strcmp(row->program.state, "active") != 0)
		return not_let_in(ctx, "program.disabled");
	if (row->secret_ended)
		return not_let_in(ctx, "token.unknown");
	if (now >= row->token.expires_at)
		return not_let_in(ctx, "token.expired");
	if (!token_from(row->program.networks, peer) || !token_from(row->token.networks, peer))
		return err_reason(ctx, ERR_DENIED, "token.network",
				  "This access token does not work from that address.");
	return ERR_OK;
}

enum err program_principal(struct ctx *ctx, struct block token, struct block peer, bool touch,
			   struct principal *out)
{
	uint8_t hash[32];
	struct program_token_row row;
	int64_t now = sys_real_us();

	if (token.len != TOKEN_SECRET)
		return not_let_in(ctx, "token.unknown");
	crypto_hash_sha256(hash, token.data, token.len);
	enum err err = program_sql_token(ctx, hash, &row);
	if (err == ERR_NOT_FOUND)
		return not_let_in(ctx, "token.unknown");
	if (err == ERR_OK)
		err = judge(ctx, &row, peer, now);
	if (err == ERR_OK && touch && now - row.secret_used_at >= minute_us)
		err = program_sql_touch(ctx, &row.token.secret_id, now, peer);
	if (err != ERR_OK)
		return err;
	*out = program_as_principal(ctx, &row.program);
	out->token_id = row.token.id;
	out->permissions &= token_scopes(row.token.scopes);
	out->idle_expires_at = out->expires_at = row.token.expires_at;
	return ERR_OK;
}
