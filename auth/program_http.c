/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/program_api.h"
#include "auth/program_read_sql.h"
#include "auth/words.h"
#include "base/conf.h"
#include "base/json.h"

enum { LIST_LIMIT, LIST_CURSOR, LIST_SEARCH, LIST_STATE };

static void put_secret(void *arg, const struct program_secret_view *view)
{
	struct json *json = arg;

	json_object(json, NULL);
	json_uuid(json, "id", &view->id);
	json_time(json, "created_at", view->created_at);
	json_time(json, "expires_at", view->expires_at);
	json_time(json, "last_used_at", view->last_used_at);
	json_text(json, "last_used_from", view->last_used_from);
	json_end_object(json);
}

static enum err put_program(struct ctx *ctx, struct json *json, const struct program_view *view)
{
	const struct program *program = &view->program;

	json_object(json, NULL);
	json_uuid(json, "id", &program->id);
	json_text(json, "name", program->name);
	json_text(json, "display_name", program->display_name);
	json_text(json, "state", program->state);
	words_put(ctx, json, "roles", program->roles);
	words_put(ctx, json, "scopes", program->scopes);
	words_put(ctx, json, "networks", program->networks);
	json_int(json, "token_seconds", program->token_seconds);
	json_int(json, "version", program->version);
	json_time(json, "created_at", view->created_at);
	json_time(json, "updated_at", view->updated_at);
	json_time(json, "last_used_at", view->last_used_at);
	json_text(json, "last_used_from", view->last_used_from);
	json_array(json, "secrets");
	enum err err = program_read_secrets(ctx, &program->id, put_secret, json);
	json_end_array(json);
	json_end_object(json);
	return err;
}

static enum err put_page(struct ctx *ctx, struct json *json, const struct program_filter *filter)
{
	struct program_view *views = NULL;
	struct page_key last = {0};
	size_t count = 0;
	int64_t total = 0;
	enum err err = program_read_list(ctx, filter, &views, &count);

	if (err == ERR_OK)
		err = program_read_count(ctx, filter, &total);
	size_t shown = count < (size_t)filter->page.limit ? count : (size_t)filter->page.limit;
	json_object(json, NULL);
	json_array(json, "items");
	for (size_t i = 0; i < shown && err == ERR_OK; i++)
		err = put_program(ctx, json, &views[i]);
	json_end_array(json);
	if (count > shown && shown > 0)
		last = (struct page_key){.text = views[shown - 1].program.name,
					 .id = views[shown - 1].program.id};
	page_end(json, ctx, count > shown ? &last : NULL, total);
	json_int(json, "max_days", ctx->conf ? ctx->conf->program_secret_max_days : 0);
	json_end_object(json);
	return err;
}

static enum err read_list(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	const struct value *state = in_value(in, LIST_STATE);
	struct program_filter filter = {
		.search = in_text(in, LIST_SEARCH, ""),
		.state = state ? in->op->fields[LIST_STATE].choices[state->number] : NULL};
	enum err err = page_from(ctx, &in->values[LIST_LIMIT], &in->values[LIST_CURSOR],
				 PAGE_ASCENDING, &filter.page);

	return err == ERR_OK ? put_page(ctx, reply->json, &filter) : err;
}

static enum err read_get(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct program_view view;
	enum err err = program_read_one(ctx, &in->values[0].id, &view);

	if (err != ERR_OK)
		return err;
	reply->etag = view.program.version;
	return put_program(ctx, reply->json, &view);
}

static void put_words(struct json *json, const char *name, const char *const *words)
{
	json_array(json, name);
	for (; *words; words++)
		json_text(json, NULL, *words);
	json_end_array(json);
}

/* RFC 8414, 2. The one who answers is the one who was asked. */
static enum err read_metadata(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	static const char *const ways[] = {"client_secret_basic", "client_secret_post", NULL};
	static const char *const grants[] = {"client_credentials", NULL};
	static const char *const none[] = {NULL};
	const char *issuer = ctx->conf ? ctx->conf->public_url : "";
	struct json *json = reply->json;

	(void)in;
	json_object(json, NULL);
	json_text(json, "issuer", issuer);
	json_text(json, "token_endpoint",
		  arena_printf(ctx->arena, "%s/api/v1/oauth/token", issuer));
	json_text(json, "revocation_endpoint",
		  arena_printf(ctx->arena, "%s/api/v1/oauth/revoke", issuer));
	put_words(json, "grant_types_supported", grants);
	put_words(json, "response_types_supported", none);
	put_words(json, "token_endpoint_auth_methods_supported", ways);
	put_words(json, "revocation_endpoint_auth_methods_supported", ways);
	json_array(json, "scopes_supported");
	for (int p = PERM_NONE + 1; p < PERM__COUNT; p++) {
		if (!permission_in(program_never(), (enum permission)p))
			json_text(json, NULL, permission_name((enum permission)p));
	}
	json_end_array(json);
	json_end_object(json);
	return ERR_OK;
}

static const struct op_read rows[] = {
	{"programs.list", read_list},
	{"programs.get", read_get},
	{"oauth.metadata", read_metadata},
	{NULL, NULL},
};

const struct op_read *program_reads(void)
{
	return rows;
}
