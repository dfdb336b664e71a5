/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/federation_inner.h"
#include "base/arena.h"
#include "base/json.h"

enum { RESULT_MAX = 128 * 1024 };

static void put_texts(struct json *json, const char *key, const char *const *texts, size_t count)
{
	json_array(json, key);
	for (size_t i = 0; i < count; i++)
		json_text(json, NULL, texts[i]);
	json_end_array(json);
}

static void put_identity(struct json *json, const struct federated_identity *identity)
{
	json_text(json, "subject", identity->subject);
	json_text(json, "display", identity->display);
	json_time(json, "authenticated_at", identity->authenticated_at);
	put_texts(json, "contexts", identity->contexts, identity->context_count);
	json_array(json, "attributes");
	for (size_t i = 0; i < identity->attribute_count; i++) {
		const struct federated_attribute *attribute = &identity->attributes[i];
		json_object(json, NULL);
		json_text(json, "name", attribute->name);
		json_bool(json, "ambiguous", attribute->ambiguous);
		put_texts(json, "values", attribute->values, attribute->count);
		json_end_object(json);
	}
	json_end_array(json);
}

static void put_decision(struct json *json, const struct federation_decision *decision)
{
	static const char *const next[] = {"refused", "known", "rule", "new"};
	bool named = decision->next == FEDERATION_KNOWN || decision->next == FEDERATION_BY_RULE;

	json_text(json, "next", next[decision->next]);
	json_text(json, "reason", decision->why);
	json_text(json, "login", named ? decision->user.login : decision->login);
	json_bool(json, "second_trusted", decision->second_trusted);
}

static void put_gain(struct json *json, const struct federation_gain *gain)
{
	put_texts(json, "groups", gain->group_names, gain->group_count);
	put_texts(json, "roles", gain->roles, gain->role_count);
	json_int(json, "ambiguous", (int64_t)gain->ambiguous);
	json_int(json, "withheld", (int64_t)gain->withheld);
}

static enum err put_result(struct ctx *ctx, struct json *json,
			   const struct identity_provider *provider,
			   const struct federated_identity *identity)
{
	struct federation_decision decision;
	struct federation_gain *gain = arena_new_of(ctx->arena, struct federation_gain);

	if (!gain)
		return err_set(ctx, ERR_MEMORY, "Request memory is used up.");
	enum err err = federation_decide(ctx, provider, identity, &decision);
	if (err == ERR_OK)
		err = federation_map(ctx, provider, identity, gain);
	if (err != ERR_OK)
		return err;
	put_identity(json, identity);
	put_decision(json, &decision);
	put_gain(json, gain);
	return ERR_OK;
}

enum err federation_describe(struct ctx *ctx, const struct identity_provider *provider,
			     const struct federated_identity *identity, const char *refused,
			     const char **out_json)
{
	struct buf text;
	struct json json;
	enum err err = ERR_OK;

	buf_init(&text, RESULT_MAX);
	json_init(&json, &text);
	json_object(&json, NULL);
	json_bool(&json, "accepted", identity != NULL);
	if (identity)
		err = put_result(ctx, &json, provider, identity);
	else
		json_text(&json, "reason", refused);
	json_end_object(&json);
	if (err == ERR_OK && buf_failed(&text))
		err = buf_tell(ctx, &text, "the result of the test");
	if (err == ERR_OK)
		*out_json = arena_strdup(ctx->arena, buf_text(&text));
	buf_clear(&text);
	return err == ERR_OK && !*out_json ? err_set(ctx, ERR_MEMORY, "Request memory is used up.")
					   : err;
}
