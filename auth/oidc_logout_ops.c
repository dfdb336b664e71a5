/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "auth/federation_session.h"
#include "auth/handlers.h"
#include "auth/identity_api.h"
#include "auth/oidc/token.h"
#include "base/arena.h"
#include "base/helper.h"
#include "base/messages.h"
#include "base/sys.h"
#include "sql/db.h"

/* An OpenID provider tells that it has signed somebody out (Back-Channel Logout 1.0). */
enum { OLD_SECONDS = 24 * 3600, REFETCH_SECONDS = 60, HELPER_MS = 15000 };

struct notice {
	const struct in *in;
	struct out *out;
	struct identity_provider provider;
	struct identity_metadata kept;
	bool is_old, may_refetch;
	struct msg_oidc_logged_out got;
	const char *why;
	bool broken;
};

static struct block block_of(const char *text)
{
	return (struct block){(const uint8_t *)(text ? text : ""), text ? strlen(text) : 0};
}

static const char *text_of(struct ctx *ctx, struct block block)
{
	return arena_strndup(ctx->arena, (const char *)block.data, block.len);
}

/* Anybody may send one: what is asked of the provider because of it is asked once a minute, by one
 * of those that come together, whatever comes of it. */
static enum err claim(struct ctx *ctx, void *arg)
{
	struct notice *notice = arg;

	return identity_metadata_claim(ctx, &notice->provider.id, REFETCH_SECONDS,
				       &notice->may_refetch);
}

static enum err look(struct ctx *ctx, void *arg)
{
	static const int64_t second_us = 1000000;
	struct notice *notice = arg;
	struct identity_provider *provider = &notice->provider;
	int64_t now = sys_real_us();
	enum err err = identity_provider_by_id(ctx, in_id(notice->in, LOGOUT_ID), false, provider);

	if (err == ERR_NOT_FOUND)
		*provider = (struct identity_provider){0};
	else if (err != ERR_OK)
		return err;
	if (err == ERR_NOT_FOUND || provider->kind != FEDERATION_OIDC ||
	    strcmp(provider->state, "enabled") != 0) {
		notice->why = "federation.disabled";
		return ERR_OK;
	}
	err = identity_metadata_get(ctx, &provider->id, &notice->kept);
	if (err != ERR_OK)
		return err;
	if (notice->kept.bytes.len == 0)
		notice->why = "federation.no_metadata";
	if (now - notice->kept.fetched_at < OLD_SECONDS * second_us)
		return ERR_OK;
	err = claim(ctx, notice);
	notice->is_old = notice->may_refetch;
	return err;
}

static const char *ask(struct ctx *ctx, struct notice *notice)
{
	const struct identity_provider *provider = &notice->provider;
	const struct msg_oidc_logout message = {
		.issuer = block_of(provider->issuer),
		.addresses = block_of(provider->addresses),
		.trust = block_of(provider->trust),
		.client_id = block_of(provider->client_id),
		.token = block_of(in_text(notice->in, LOGOUT_TOKEN, "")),
		.metadata = notice->kept.bytes,
		.is_old = notice->is_old,
		.may_refetch = notice->may_refetch};
	const struct helper_ask ask = {.kind = HELPER_OIDC,
				       .type = MSG_OIDC_LOGOUT,
				       .codec = &msg_oidc_logout_codec,
				       .message = &message,
				       .answer_type = MSG_OIDC_LOGGED_OUT,
				       .answer_codec = &msg_oidc_logged_out_codec,
				       .answer_size = sizeof(notice->got),
				       .wait_ms = HELPER_MS};

	if (helper_call(ctx, &ask, &notice->got) != ERR_OK) {
		notice->broken = true;
		return "oidc.helper";
	}
	notice->broken = notice->got.broken != 0;
	return notice->got.reason.len > 0 ? text_of(ctx, notice->got.reason) : NULL;
}

/* A key that nobody knows may be a new one. While nobody may ask, because somebody just has, the
 * notice is not refused for good: its sender comes again. */
static const char *judge(struct ctx *ctx, struct notice *notice)
{
	const char *why = ask(ctx, notice);

	if (!why || notice->broken || notice->is_old || strcmp(why, OIDC_KEY_UNKNOWN) != 0)
		return why;
	notice->broken = db_transaction(ctx, claim, notice) != ERR_OK || !notice->may_refetch;
	return notice->broken ? why : ask(ctx, notice);
}

static enum err keep_metadata(struct ctx *ctx, const struct notice *notice)
{
	if (notice->got.metadata.len > 0)
		return identity_metadata_put(ctx, &notice->provider.id, notice->got.metadata);
	if (notice->got.broken)
		return identity_metadata_failed(ctx, &notice->provider.id, notice->why);
	return ERR_OK;
}

/* A token counts once. */
static enum err spend(struct ctx *ctx, struct notice *notice)
{
	bool is_new = false;
	enum err err = federation_once(ctx, &notice->provider.id, notice->got.token_id,
				       notice->got.expires_at, &is_new);

	if (err == ERR_OK && !is_new)
		notice->why = "oidc.replayed";
	return err;
}

static enum err settle(struct ctx *ctx, void *arg)
{
	struct notice *notice = arg;
	bool recorded = false;
	enum err err = keep_metadata(ctx, notice);

	if (err == ERR_OK && !notice->why)
		err = spend(ctx, notice);
	if (err != ERR_OK)
		return err;
	if (notice->why)
		return federation_refuse_sign_out(ctx, notice->in, &notice->provider, notice->why,
						  &recorded);
	const struct federation_whom whom = {text_of(ctx, notice->got.subject),
					     text_of(ctx, notice->got.session)};
	if (!whom.subject || !whom.session)
		return err_set(ctx, ERR_MEMORY, "Request memory is used up.");
	return federation_sign_out(ctx, notice->in, &notice->provider, &whom, notice->out);
}

enum err auth_run_oidc_logout(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct notice notice = {.in = in, .out = out};
	enum err err = db_transaction(ctx, look, &notice);

	if (err == ERR_OK && !notice.why)
		notice.why = judge(ctx, &notice);
	if (err == ERR_OK)
		err = db_transaction(ctx, settle, &notice);
	if (err != ERR_OK)
		return err;
	if (notice.broken)
		return err_reason(ctx, ERR_UNAVAILABLE, "federation.unavailable",
				  "The provider cannot be asked at the moment.");
	if (notice.why)
		return federation_logout_refused(ctx);
	out_bool(out, "accepted", true);
	return ERR_OK;
}
