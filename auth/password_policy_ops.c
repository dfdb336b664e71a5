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

static void change_rules(struct ctx *ctx, struct audit *audit, const struct in *in,
			 struct password_policy *policy)
{
	const char *words = policy->words;

	write_number(ctx, in, audit, POLICY_LENGTH, &policy->min_length);
	change_flag(audit, in, POLICY_LOWER, &policy->need_lower);
	change_flag(audit, in, POLICY_UPPER, &policy->need_upper);
	change_flag(audit, in, POLICY_DIGIT, &policy->need_digit);
	write_number(ctx, in, audit, POLICY_HISTORY, &policy->history);
	write_number(ctx, in, audit, POLICY_AGE, &policy->max_age_days);
	policy->words = in_text(in, POLICY_WORDS, words);
	audit_change(audit, "words", words, policy->words);
}

enum err password_policies_run_update(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct password_policy policy;
	struct audit audit;
	const struct for_groups_fields fields = {POLICY_DEFAULT, POLICY_GROUPS};
	enum err err = password_policy_sql_lock(ctx, in_id(in, POLICY_ID), &policy);

	if (err == ERR_OK)
		err = write_if_match(ctx, in, policy.version);
	if (err != ERR_OK)
		return err;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "password_policy", &policy.id, policy.profile);
	change_rules(ctx, &audit, in, &policy);
	err = for_groups_change(ctx, in, &audit, password_policy_groups_kind(), fields, &policy.id,
				&policy.is_default);
	if (err == ERR_OK)
		err = password_policy_sql_store(ctx, &policy, &audit.id);
	if (err != ERR_OK)
		return err;
	out_id(out, &policy.id, policy.version + 1);
	return audit_append(ctx, &audit);
}
