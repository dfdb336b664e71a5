/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/handlers.h"
#include "auth/password_policy_read_sql.h"
#include "base/json.h"
#include "rbac/principal.h"

static void put_rules(struct json *json, const struct password_policy *policy)
{
	json_int(json, "min_length", policy->min_length);
	json_bool(json, "need_lower", policy->need_lower);
	json_bool(json, "need_upper", policy->need_upper);
	json_bool(json, "need_digit", policy->need_digit);
	json_int(json, "history", policy->history);
	json_int(json, "max_age_days", policy->max_age_days);
}

static enum err put_policy(struct ctx *ctx, struct json *json, const struct password_policy *policy)
{
	json_object(json, NULL);
	json_uuid(json, "id", &policy->id);
	json_text(json, "profile", policy->profile);
	json_bool(json, "is_default", policy->is_default);
	put_rules(json, policy);
	json_text(json, "words", policy->words);
	enum err err = for_groups_put(ctx, json, password_policy_sql_groups, &policy->id);
	json_int(json, "version", policy->version);
	json_end_object(json);
	return err;
}

enum err password_policies_read_list(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct password_policy policies[PASSWORD_POLICIES_MAX];
	size_t count = 0;
	enum err err = password_policy_sql_list(ctx, policies, &count);

	(void)in;
	json_object(reply->json, NULL);
	json_array(reply->json, "items");
	for (size_t i = 0; i < count && err == ERR_OK; i++)
		err = put_policy(ctx, reply->json, &policies[i]);
	json_end_array(reply->json);
	json_end_object(reply->json);
	return err;
}

enum err password_policies_read_get(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct password_policy policy;
	enum err err = password_policy_sql_get(ctx, &in->values[0].id, &policy);

	if (err == ERR_NOT_FOUND)
		return err_set(ctx, ERR_NOT_FOUND, "There is no such policy.");
	if (err != ERR_OK)
		return err;
	reply->etag = policy.version;
	return put_policy(ctx, reply->json, &policy);
}

enum err password_rules_read_own(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct password_policy policy;
	enum err err = password_policy_of_user(ctx, &ctx->principal->user_id, &policy);

	(void)in;
	if (err != ERR_OK)
		return err;
	json_raw(reply->json, NULL, password_rules_json(ctx, &policy));
	return ERR_OK;
}
