/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "auth/adaptive_policy.h"
#include "auth/adaptive_read.h"
#include "auth/auth_api.h"
#include "auth/handlers.h"
#include "auth/risk_budget.h"
#include "auth/words.h"
#include "base/json.h"
#include "base/sys.h"

/* The policy of sign-ins, and what another one would have done with the sign-ins of the past. */
enum { PEOPLE_MAX = 50, FAR = RISK_STEPS * RISK_STEP };
static const int64_t day_us = (int64_t)24 * 3600 * 1000000;

static bool has_file(const char *path)
{
	return path && *path;
}

static void put_policy(struct ctx *ctx, struct json *json, const struct adaptive_policy *policy)
{
	json_text(json, "mode", adaptive_mode_name(policy->mode));
	json_text(json, "mode_in_force", adaptive_mode_name(adaptive_mode(ctx, policy)));
	json_bool(json, "mode_is_fixed",
		  ctx->conf && ctx->conf->adaptive_sign_in != CONF_ADAPTIVE_PORTAL);
	json_text(json, "thresholds", policy->by_budget ? "budget" : "fixed");
	json_int(json, "challenge_budget", policy->challenge_budget);
	json_int(json, "block_budget", policy->block_budget);
	json_int(json, "challenge", policy->challenge);
	json_int(json, "block", policy->block);
	json_bool(json, "mail_code", policy->mail_code);
	words_put(ctx, json, "offices", policy->offices);
	words_put(ctx, json, "hosting_asns", policy->hosters);
}

enum err sign_in_policy_read_get(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct adaptive_policy policy;
	struct adaptive_tuning tuning;
	enum err err = adaptive_policy_read(ctx, false, &policy);

	(void)in;
	if (err == ERR_OK)
		err = adaptive_tuning_read(ctx, &tuning);
	if (err != ERR_OK)
		return err;
	json_object(reply->json, NULL);
	put_policy(ctx, reply->json, &policy);
	json_time(reply->json, "looked_at", tuning.day * day_us);
	json_int(reply->json, "scores", tuning.scores);
	json_bool(reply->json, "knows_countries",
		  ctx->conf && has_file(ctx->conf->geo_country_file));
	json_bool(reply->json, "knows_asns", ctx->conf && has_file(ctx->conf->geo_asn_file));
	json_int(reply->json, "version", policy.version);
	json_end_object(reply->json);
	reply->etag = policy.version;
	return ERR_OK;
}

/* Thresholds as the draft says, or as its budgets would have them in the end. */
static void settle(const struct in *in, const struct adaptive_pasts *pasts,
		   struct risk_histogram *histogram, struct adaptive_policy *out)
{
	out->challenge = (int32_t)in_number(in, DRAFT_CHALLENGE, 0);
	out->block = (int32_t)in_number(in, DRAFT_BLOCK, 0);
	if (in_number(in, DRAFT_THRESHOLDS, 0) != 1)
		return;
	for (size_t i = 0; i < pasts->count; i++) {
		const struct adaptive_past *past = &pasts->list[i];
		if (past->key && past->settled)
			risk_budget_add(histogram, past->decision.score);
	}
	adaptive_policy_move(out, histogram, (int32_t)in_number(in, DRAFT_CHALLENGE_BUDGET, 0),
			     (int32_t)in_number(in, DRAFT_BLOCK_BUDGET, 0), FAR);
}

struct person {
	const struct adaptive_past *first;
	int64_t sign_ins, action[RISK_BLOCK + 1];
};

static int by_person(const void *a, const void *b)
{
	const struct adaptive_past *x = a, *y = b;

	return memcmp(x->user_id.b, y->user_id.b, UUID_SIZE);
}

static int most_first(const void *a, const void *b)
{
	const struct person *x = a, *y = b;

	for (int action = RISK_BLOCK; action >= RISK_STEP_UP; action--) {
		if (x->action[action] != y->action[action])
			return x->action[action] < y->action[action] ? 1 : -1;
	}
	return strcmp(x->first->login, y->first->login);
}

static size_t gather(struct adaptive_pasts *pasts, struct person *people)
{
	size_t count = 0;

	qsort(pasts->list, pasts->count, sizeof(*pasts->list), by_person);
	for (size_t i = 0; i < pasts->count; i++) {
		const struct adaptive_past *past = &pasts->list[i];
		if (i == 0 || by_person(past, past - 1) != 0)
			people[count++] = (struct person){.first = past};
		people[count - 1].sign_ins++;
		people[count - 1].action[past->decision.action]++;
	}
	qsort(people, count, sizeof(*people), most_first);
	return count;
}

static void put_people(struct json *json, const struct person *people, size_t count)
{
	json_array(json, "people");
	for (size_t i = 0; i < count && i < PEOPLE_MAX; i++) {
		if (people[i].action[RISK_STEP_UP] + people[i].action[RISK_BLOCK] == 0)
			break;
		json_object(json, NULL);
		json_uuid(json, "id", &people[i].first->user_id);
		json_text(json, "login", people[i].first->login);
		json_int(json, "sign_ins", people[i].sign_ins);
		json_int(json, "step_up", people[i].action[RISK_STEP_UP]);
		json_int(json, "block", people[i].action[RISK_BLOCK]);
		json_end_object(json);
	}
	json_end_array(json);
}

struct counts {
	int64_t action[RISK_BLOCK + 1];
};

static void put_counts(struct json *json, const char *name, const struct counts *counts)
{
	json_object(json, name);
	for (int i = RISK_ALLOW; i <= RISK_BLOCK; i++)
		json_int(json, risk_action_name((enum risk_action)i), counts->action[i]);
	json_end_object(json);
}

static void put_trial(struct json *json, struct adaptive_pasts *pasts,
		      const struct adaptive_policy *draft, struct person *people)
{
	struct risk_policy policy;
	struct counts then = {0}, now = {0};
	int64_t asked = 0, always = 0;

	risk_policy_default(&policy);
	adaptive_policy_apply(draft, &policy);
	for (size_t i = 0; i < pasts->count; i++) {
		struct adaptive_past *past = &pasts->list[i];
		then.action[past->decision.action]++;
		risk_decide_again(&policy, past->role, &past->decision);
		now.action[past->decision.action]++;
		asked += past->decision.action == RISK_STEP_UP && past->code;
		always += past->decision.action == RISK_STEP_UP &&
			  (past->decision.why & RISK_WHY_FLOOR) != 0;
	}
	json_int(json, "challenge", draft->challenge);
	json_int(json, "block", draft->block);
	json_int(json, "sign_ins", (int64_t)pasts->count);
	json_int(json, "other", (int64_t)pasts->other);
	json_bool(json, "complete", !pasts->more);
	put_counts(json, "recorded", &then);
	put_counts(json, "draft", &now);
	json_int(json, "always", always);
	json_int(json, "with_code", asked);
	put_people(json, people, gather(pasts, people));
}

enum err sign_in_policy_read_preview(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct adaptive_policy draft = {.offices = "", .hosters = ""};
	struct adaptive_pasts pasts = {0};
	struct risk_histogram *histogram = calloc(1, sizeof(*histogram));
	struct person *people = calloc(ADAPTIVE_PAST_MAX, sizeof(*people));
	enum err err =
		histogram && people
			? adaptive_read_past(ctx, sys_real_us() - ADAPTIVE_DAYS * day_us, &pasts)
			: err_set(ctx, ERR_MEMORY, "No memory for past sign-ins.");

	if (err == ERR_OK) {
		settle(in, &pasts, histogram, &draft);
		json_object(reply->json, NULL);
		json_int(reply->json, "days", ADAPTIVE_DAYS);
		put_trial(reply->json, &pasts, &draft, people);
		json_end_object(reply->json);
	}
	free(pasts.list);
	free(people);
	free(histogram);
	return err;
}
