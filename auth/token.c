/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/token.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "auth/floor.h"
#include "auth/network_load.h"
#include "auth/program.h"
#include "auth/session.h"
#include "auth/token_sql.h"
#include "auth/words.h"
#include "base/conf.h"
#include "base/range.h"
#include "base/sys.h"
#include "rbac/grant.h"

static const int64_t minute_us = (int64_t)60 * 1000000, day_us = (int64_t)24 * 3600 * 1000000;

permission_set token_scopes(const char *scopes)
{
	char word[WORD_MAX];
	permission_set set = 0;

	while (words_next(&scopes, word)) {
		enum permission permission = permission_by_name(word);
		if (permission != PERM_NONE)
			set |= (permission_set)1 << permission;
	}
	return set;
}

bool token_from(const char *networks, struct block peer)
{
	struct ranges ranges = {.count = 0};
	char word[WORD_MAX], address[MSG_PEER + 1];

	if (!networks || !*networks)
		return true;
	while (words_next(&networks, word)) {
		if (!range_add(&ranges, word))
			return false;
	}
	if (peer.len >= sizeof(address))
		return false;
	memcpy(address, peer.data, peer.len);
	address[peer.len] = '\0';
	return range_allows_text(&ranges, address);
}

static enum err not_let_in(struct ctx *ctx, const char *reason)
{
	return err_reason(ctx, ERR_UNAUTHENTICATED, reason, "This API token opens nothing.");
}

/* A shorter time that an administrator set later holds for older tokens too. */
static bool is_over(const struct ctx *ctx, const struct token_row *row, int64_t now)
{
	int64_t days = ctx->conf ? ctx->conf->api_token_max_days : 0;

	return now >= row->token.expires_at || now >= row->token.created_at + days * day_us;
}

static enum err judge(struct ctx *ctx, const struct token_row *row, struct block peer, int64_t now)
{
	if (strcmp(row->user.state, "active") != 0)
		return not_let_in(ctx, "token.unknown");
	if (is_over(ctx, row, now))
		return not_let_in(ctx, "token.expired");
	if (row->factors == 0)
		return not_let_in(ctx, "token.no_factor");
	if (row->must_change)
		return not_let_in(ctx, "token.password_due");
	if (!token_from(row->token.networks, peer))
		return err_reason(ctx, ERR_DENIED, "token.network",
				  "This API token does not work from that address.");
	return ERR_OK;
}

static enum err check_floor(struct ctx *ctx, const struct uuid *user_id)
{
	struct factor_standing standing;
	enum err err = factor_standing_of(ctx, user_id, &standing);

	return err == ERR_OK && standing.best < standing.floor
		       ? not_let_in(ctx, "token.below_floor")
		       : err;
}

static struct principal principal_of(const struct token_row *row, role_set roles)
{
	return (struct principal){
		.user_id = row->user.id,
		.token_id = row->token.id,
		.login = row->user.login,
		.display_name = row->user.display_name,
		.language = row->user.language,
		.timezone = row->user.timezone,
		.theme = row->user.theme,
		.roles = roles,
		.permissions = role_set_permissions(roles) & token_scopes(row->token.scopes),
		.authenticated_at = 0, /* never fresh */
		.idle_expires_at = row->token.expires_at,
		.expires_at = row->token.expires_at,
	};
}

enum err token_principal(struct ctx *ctx, struct block secret, struct block peer, bool touch,
			 struct principal *out)
{
	uint8_t hash[32];
	struct token_row row;
	int64_t now = sys_real_us();
	role_set roles = 0;

	if (secret.len != TOKEN_SECRET)
		return not_let_in(ctx, "token.unknown");
	crypto_hash_sha256(hash, secret.data, secret.len);
	enum err err = token_sql_by_hash(ctx, hash, &row);
	if (err == ERR_NOT_FOUND)
		return not_let_in(ctx, "token.unknown");
	if (err == ERR_OK)
		err = judge(ctx, &row, peer, now);
	if (err == ERR_OK)
		err = check_floor(ctx, &row.user.id);
	if (err == ERR_OK && touch && now - row.last_used_at >= minute_us)
		err = token_sql_touch(ctx, &row.token.id, now, peer);
	if (err == ERR_OK)
		err = roles_of_user(ctx, &row.user.id, &roles);
	if (err == ERR_OK)
		*out = principal_of(&row, roles);
	return err;
}

enum err credential_principal(struct ctx *ctx, uint8_t kind, struct block secret, struct block peer,
			      enum credential_use use, struct principal *out)
{
	struct principal found;
	enum err err = kind == CREDENTIAL_COOKIE ? session_principal(ctx, secret, peer, use, &found)
		       : kind == CREDENTIAL_TOKEN
			       ? token_principal(ctx, secret, peer, use == USE_ACTIVITY, &found)
		       : kind == CREDENTIAL_ACCESS
			       ? program_principal(ctx, secret, peer, use == USE_ACTIVITY, &found)
			       : not_let_in(ctx, "token.unknown");

	if (err != ERR_OK)
		return err;
	const struct network_who who = {found.roles, &found.user_id,
					kind == CREDENTIAL_COOKIE ? ENTRANCE_PORTAL : ENTRANCE_API};
	err = network_check(ctx, &who, peer);
	if (err == ERR_OK)
		*out = found;
	return err;
}

enum err token_end_all(struct ctx *ctx, const struct uuid *user_id, const char *reason)
{
	return token_sql_end_all(ctx, user_id, reason);
}
