/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "auth/adaptive_policy.h"
#include "auth/auth_api.h"
#include "auth/handlers.h"
#include "auth/words.h"
#include "base/range.h"
#include "rbac/principal.h"
#include "rbac/write.h"

static enum err check_offices(struct ctx *ctx, const struct value *offices)
{
	for (int64_t i = 0; offices && i < offices->number; i++) {
		struct ranges one = {.count = 0};
		if (!range_add(&one, offices->texts[i]))
			return err_field(ctx, "offices", "network.malformed",
					 "Use ranges such as 192.0.2.0/24 or 2001:db8::/32.");
	}
	return ERR_OK;
}

static enum err check_hosters(struct ctx *ctx, const struct value *hosters)
{
	for (int64_t i = 0; hosters && i < hosters->number; i++) {
		const char *text = hosters->texts[i];
		size_t len = strlen(text);
		unsigned long long number = strtoull(text, NULL, 10);
		if (len == 0 || len > 10 || strspn(text, "0123456789") != len || number == 0 ||
		    number > UINT32_MAX)
			return err_field(ctx, "hosting_asns", "network.asn",
					 "An AS number is digits only: 64500.");
	}
	return ERR_OK;
}

static enum err read_draft(struct ctx *ctx, const struct in *in, struct adaptive_policy *out)
{
	const struct value *offices = in_value(in, SIGN_IN_OFFICES);
	const struct value *hosters = in_value(in, SIGN_IN_HOSTERS);
	enum err err = check_offices(ctx, offices);

	*out = (struct adaptive_policy){
		.mode = (enum conf_adaptive)in_number(in, SIGN_IN_MODE, CONF_ADAPTIVE_AUDIT),
		.by_budget = in_number(in, SIGN_IN_THRESHOLDS, 0) == 1,
		.challenge_budget = (int32_t)in_number(in, SIGN_IN_CHALLENGE_BUDGET, 0),
		.block_budget = (int32_t)in_number(in, SIGN_IN_BLOCK_BUDGET, 0),
		.challenge = (int32_t)in_number(in, SIGN_IN_CHALLENGE, 0),
		.block = (int32_t)in_number(in, SIGN_IN_BLOCK, 0)};
	if (err == ERR_OK)
		err = check_hosters(ctx, hosters);
	if (err == ERR_OK)
		err = words_join(ctx, "offices", offices, ADAPTIVE_WORDS, &out->offices);
	if (err == ERR_OK)
		err = words_join(ctx, "hosting_asns", hosters, ADAPTIVE_WORDS, &out->hosters);
	if (err == ERR_OK && out->block < out->challenge + ADAPTIVE_APART)
		return err_field(ctx, "block", "sign_in_policy.order",
				 "The threshold of a block is at least 1 above that of a step-up.");
	return err;
}

static const char *thresholds_name(bool by_budget)
{
	return by_budget ? "budget" : "fixed";
}

static void audit_changes(struct ctx *ctx, struct audit *audit,
			  const struct adaptive_policy *before, const struct adaptive_policy *after)
{
	const struct {
		const char *name;
		int32_t before, after;
	} numbers[] = {
		{"challenge_budget", before->challenge_budget, after->challenge_budget},
		{"block_budget", before->block_budget, after->block_budget},
		{"challenge", before->challenge, after->challenge},
		{"block", before->block, after->block},
	};

	audit_change(audit, "mail_code", before->mail_code ? "true" : "false",
		     after->mail_code ? "true" : "false");
	audit_change(audit, "mode", adaptive_mode_name(before->mode),
		     adaptive_mode_name(after->mode));
	audit_change(audit, "thresholds", thresholds_name(before->by_budget),
		     thresholds_name(after->by_budget));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		audit_change(audit, numbers[i].name, write_int(ctx, numbers[i].before),
			     write_int(ctx, numbers[i].after));
	audit_change(audit, "offices", before->offices, after->offices);
	audit_change(audit, "hosting_asns", before->hosters, after->hosters);
}

enum err sign_in_policy_run_update(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct adaptive_policy before, after;
	struct audit audit;
	enum err err = adaptive_policy_read(ctx, true, &before);

	if (err == ERR_OK)
		err = write_if_match(ctx, in, before.version);
	if (err == ERR_OK)
		err = read_draft(ctx, in, &after);
	if (err != ERR_OK)
		return err;
	after.mail_code = in_number(in, SIGN_IN_MAIL_CODE, before.mail_code) != 0;
	write_audit(ctx, in, &audit);
	audit_changes(ctx, &audit, &before, &after);
	err = adaptive_policy_store(ctx, &after, &audit.id);
	if (err != ERR_OK)
		return err;
	out->version = before.version + 1;
	out_notify(out, "system", &ctx->principal->user_id);
	return audit_append(ctx, &audit);
}
