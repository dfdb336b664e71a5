/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/handlers.h"
#include "auth/password_policy_sql.h"
#include "rbac/write.h"

enum {
	POLICY_DEFAULT,
	POLICY_LENGTH,
	POLICY_LOWER,
	POLICY_UPPER,
	POLICY_DIGIT,
	POLICY_HISTORY,
	POLICY_AGE,
	POLICY_WORDS,
	POLICY_GROUPS,
	POLICY_ID
};

static void change_flag(struct audit *audit, const struct in *in, unsigned field, bool *flag)
{
	bool before = *flag;

	*flag = in_number(in, field, before) != 0;
	audit_change(audit, in->op->fields[field].name, write_bool(before), write_bool(*flag));
}

static void change_number(struct ctx *ctx, struct audit *audit, const struct in *in, unsigned field,
			  int64_t *number)
{
	int64_t before = *number;

	*number = in_number(in, field, before);
	audit_change(audit, in->op->fields[field].name,
		     arena_printf(ctx->arena, "%lld", (long long)before),
		     arena_printf(ctx->arena, "%lld", (long long)*number));
}

static void change_rules(struct ctx *ctx, struct audit *audit, const struct in *in,
			 struct password_policy *policy)
{
	const char *words = policy->words;

	change_number(ctx, audit, in, POLICY_LENGTH, &policy->min_length);
	change_flag(audit, in, POLICY_LOWER, &policy->need_lower);
	change_flag(audit, in, POLICY_UPPER, &policy->need_upper);
	change_flag(audit, in, POLICY_DIGIT, &policy->need_digit);
	change_number(ctx, audit, in, POLICY_HISTORY, &policy->history);
	change_number(ctx, audit, in, POLICY_AGE, &policy->max_age_days);
	policy->words = in_text(in, POLICY_WORDS, words);
	audit_change(audit, "words", words, policy->words);
}

/* There is always exactly one: to end it, make another one the default. */
static enum err change_default(struct ctx *ctx, struct audit *audit, const struct in *in,
			       struct password_policy *policy)
{
	bool wanted = in_number(in, POLICY_DEFAULT, policy->is_default) != 0;

	if (policy->is_default && !wanted)
		return err_field(ctx, "is_default", "policy.needs_default",
				 "Make another policy the default instead.");
	if (policy->is_default || !wanted)
		return ERR_OK;
	policy->is_default = true;
	audit_change(audit, "is_default", write_bool(false), write_bool(true));
	return password_policy_sql_only_default(ctx, &policy->id, &audit->id);
}

struct names {
	struct ctx *ctx;
	const char *list;
};

static void add_name(void *arg, const struct uuid *id, const char *name)
{
	struct names *names = arg;

	(void)id;
	names->list =
		names->list ? arena_printf(names->ctx->arena, "%s, %s", names->list, name) : name;
}

static enum err change_groups(struct ctx *ctx, struct audit *audit, const struct in *in,
			      const struct password_policy *policy)
{
	const struct value *groups = in_value(in, POLICY_GROUPS);
	struct names before = {ctx, NULL}, after = {ctx, NULL};

	if (!groups)
		return ERR_OK;
	enum err err = password_policy_sql_groups(ctx, &policy->id, add_name, &before);
	if (err == ERR_OK)
		err = password_policy_sql_free_groups(ctx, &policy->id);
	for (int64_t i = 0; i < groups->number && err == ERR_OK; i++)
		err = password_policy_sql_take_group(ctx, &policy->id, &groups->ids[i], &audit->id);
	if (err == ERR_NOT_FOUND)
		return err_field(ctx, "group_ids", "group.unknown", "There is no such group.");
	if (err == ERR_OK)
		err = password_policy_sql_groups(ctx, &policy->id, add_name, &after);
	audit_change(audit, "groups", before.list, after.list);
	return err;
}

enum err password_policies_run_update(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct password_policy policy;
	struct audit audit;
	enum err err = password_policy_sql_lock(ctx, in_id(in, POLICY_ID), &policy);

	if (err == ERR_OK)
		err = write_if_match(ctx, in, policy.version);
	if (err != ERR_OK)
		return err;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "password_policy", &policy.id, policy.profile);
	change_rules(ctx, &audit, in, &policy);
	err = change_default(ctx, &audit, in, &policy);
	if (err == ERR_OK)
		err = change_groups(ctx, &audit, in, &policy);
	if (err == ERR_OK)
		err = password_policy_sql_store(ctx, &policy, &audit.id);
	if (err != ERR_OK)
		return err;
	out_id(out, &policy.id, policy.version + 1);
	return audit_append(ctx, &audit);
}
