/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/handlers.h"
#include "auth/token_read_sql.h"
#include "auth/words.h"
#include "base/conf.h"
#include "base/json.h"

enum { LIST_LIMIT, LIST_CURSOR };

static void put_token(struct ctx *ctx, struct json *json, const struct token_view *view)
{
	json_uuid(json, "id", &view->token.id);
	json_text(json, "name", view->token.name);
	words_put(ctx, json, "scopes", view->token.scopes);
	words_put(ctx, json, "networks", view->token.networks);
	json_time(json, "created_at", view->token.created_at);
	json_time(json, "expires_at", view->token.expires_at);
	json_time(json, "last_used_at", view->last_used_at);
	json_text(json, "last_used_from", view->last_used_from);
}

struct listing {
	struct ctx *ctx;
	struct json *json;
	int64_t room, seen;
	struct page_key last;
};

static void put_mine(void *arg, const struct token_view *view)
{
	struct listing *listing = arg;

	json_object(listing->json, NULL);
	put_token(listing->ctx, listing->json, view);
	json_end_object(listing->json);
}

enum err api_tokens_read_mine(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct listing listing = {.ctx = ctx, .json = reply->json};

	(void)in;
	json_object(reply->json, NULL);
	json_array(reply->json, "items");
	enum err err = token_read_mine(ctx, &ctx->principal->user_id, put_mine, &listing);
	json_end_array(reply->json);
	json_int(reply->json, "max_days", ctx->conf ? ctx->conf->api_token_max_days : 0);
	json_end_object(reply->json);
	return err;
}

/* One row more than shown was asked for: it says that there is a next page. */
static void put_listed(void *arg, const struct token_view *view)
{
	struct listing *listing = arg;
	struct json *json = listing->json;

	if (++listing->seen > listing->room)
		return;
	listing->last = (struct page_key){
		.number = view->token.created_at, .text = "", .id = view->token.id};
	json_object(json, NULL);
	put_token(listing->ctx, json, view);
	json_object(json, "user");
	json_uuid(json, "id", &view->user_id);
	json_text(json, "login", view->login);
	json_text(json, "display_name", view->display_name);
	json_end_object(json);
	json_end_object(json);
}

enum err api_tokens_read_list(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct page page;
	struct listing listing = {.ctx = ctx, .json = reply->json};
	enum err err = page_from(ctx, in_value(in, LIST_LIMIT), in_value(in, LIST_CURSOR),
				 PAGE_DESCENDING, &page);

	if (err != ERR_OK)
		return err;
	listing.room = page.limit;
	json_object(reply->json, NULL);
	json_array(reply->json, "items");
	err = token_read_page(ctx, &page, put_listed, &listing);
	json_end_array(reply->json);
	page_end(reply->json, ctx, listing.seen > listing.room ? &listing.last : NULL, -1);
	json_end_object(reply->json);
	return err;
}

/* What a program asks first: does my token work, and what for? */
enum err api_tokens_read_current(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	const struct principal *self = ctx->principal;
	struct json *json = reply->json;

	(void)in;
	if (uuid_is_nil(&self->token_id))
		return err_reason(ctx, ERR_NOT_FOUND, "token.none",
				  "This request came without an API token.");
	json_object(json, NULL);
	json_uuid(json, "id", &self->token_id);
	json_text(json, "login", self->login);
	json_array(json, "permissions");
	for (int p = PERM_NONE + 1; p < PERM__COUNT; p++) {
		if (permission_in(self->permissions, (enum permission)p))
			json_text(json, NULL, permission_name((enum permission)p));
	}
	json_end_array(json);
	json_time(json, "expires_at", self->expires_at);
	json_end_object(json);
	return ERR_OK;
}
