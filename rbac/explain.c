/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rbac/explain.h"

#include "base/arena.h"
#include "base/json.h"
#include "rbac/principal.h"
#include "rbac/rbac_api.h"
#include "rbac/rules.h"
#include "rbac/rules_sql.h"

static enum err may_ask(struct ctx *ctx, const struct uuid *user_id)
{
	bool own = user_id == NULL || uuid_equal(user_id, &ctx->principal->user_id);
	enum permission needed = own ? PERM_TARGET_USE : PERM_POLICY_VIEW;
	if (permission_in(ctx->principal->permissions, needed) ||
	    permission_in(ctx->principal->permissions, PERM_POLICY_VIEW))
		return ERR_OK;
	return err_reason(ctx, ERR_DENIED, "permission.missing", "This needs the permission %s.",
			  permission_name(needed));
}

/* People without policy.view learn about the rules that concern them and nothing else. */
static bool shown(const struct ctx *ctx, const struct rule_step *step)
{
	return permission_in(ctx->principal->permissions, PERM_POLICY_VIEW) ||
	       step->why == RULE_MATCHED;
}

static void steps_json(const struct ctx *ctx, struct json *json, const struct rule_step *steps,
		       size_t count)
{
	json_array(json, "steps");
	for (size_t i = 0; i < count; i++) {
		const struct rule *rule = steps[i].rule;
		if (!shown(ctx, &steps[i]))
			continue;
		json_object(json, NULL);
		json_uuid(json, "rule_id", &rule->id);
		json_text(json, "rule_name", rule->name);
		json_text(json, "effect", rule->deny ? "deny" : "allow");
		json_text(json, "subject", rule->subject.name);
		json_text(json, "object", rule->object.name);
		json_bool(json, "matched", steps[i].why == RULE_MATCHED);
		json_text(json, "why", rules_why_name(steps[i].why));
		json_end_object(json);
	}
	json_end_array(json);
}

static void result_json(struct json *json, const struct rule_result *result)
{
	const char *refusal = rules_refusal(result->verdict);
	json_text(json, "verdict", rules_verdict_name(result->verdict));
	json_text(json, "text_code", refusal != NULL ? refusal : "access.allowed_by_rule");
	if (result->verdict != RULE_ALLOW) {
		json_null(json, "workflow");
		return;
	}
	json_object(json, "workflow");
	json_uuid(json, "id", &result->decided->workflow_id);
	json_text(json, "name", result->decided->workflow_name);
	json_end_object(json);
}

enum err access_explain(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	const struct uuid *user_id = in_id(in, EXPLAIN_USER);
	enum err err = may_ask(ctx, user_id);
	if (err != ERR_OK)
		return err;
	if (user_id == NULL)
		user_id = &ctx->principal->user_id;
	struct rules_account account;
	struct rule_subject subject;
	struct rule_object object;
	struct rule_set set;
	err = rules_sql_account(ctx, in_id(in, EXPLAIN_ACCOUNT), &account);
	if (err == ERR_NOT_FOUND)
		return err_reason(ctx, err, "account.unknown", "There is no such account.");
	if (err == ERR_OK)
		err = rules_subject(ctx, user_id, &subject);
	if (err == ERR_OK)
		err = rules_object(ctx, &account.target_id, &object);
	if (err == ERR_OK)
		err = rules_around(ctx, user_id, &account.target_id, &set);
	if (err != ERR_OK)
		return err;
	object.account_name = account.name;
	struct rule_step *steps = arena_array(ctx->arena, struct rule_step, set.count + 1);
	if (steps == NULL)
		return err_set(ctx, ERR_MEMORY, "No memory for the explanation.");
	struct rule_result result = rules_evaluate(set.rules, set.count, &subject, &object, steps);
	json_object(reply->json, NULL);
	result_json(reply->json, &result);
	steps_json(ctx, reply->json, steps, set.count);
	json_end_object(reply->json);
	return ERR_OK;
}
