/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/risk.h"

struct rule {
	const char *name;
	int32_t weight;
	enum risk_family family;
};
#define RULE(id, name, weight, family) {name, weight, family},
static const struct rule rules[RISK_RULES] = {RISK_RULE_LIST(RULE)};

struct feature {
	const char *name;
	int32_t weight;
	enum risk_family family;
};
static const struct feature features[RISK_FEATURES] = {
	[RISK_NETWORK] = {"network", 1000, RISK_BY_NETWORK},
	[RISK_CLIENT] = {"client", 1000, RISK_BY_DEVICE},
	[RISK_HOUR] = {"hour", 500, RISK_BY_BEHAVIOUR},
	[RISK_LANGUAGE] = {"language", 500, RISK_BY_DEVICE},
};

const char *risk_feature_name(enum risk_feature feature)
{
	return features[feature].name;
}

const char *risk_rule_name(enum risk_rule rule)
{
	return rules[rule].name;
}

const char *risk_action_name(enum risk_action action)
{
	static const char *const names[] = {"allow", "step_up", "block"};

	return names[action];
}

void risk_policy_default(struct risk_policy *out)
{
	*out = (struct risk_policy){
		.version = 1,
		.start = {[RISK_PRIVILEGED] = 500},
		.challenge = {1000, 1000, 1000},
		.block = {6500, 6500, 6500},
		.family = 1000,
		.cold_logins = 3,
		.cold_days = 2,
	};
	for (int i = 0; i < RISK_FEATURES; i++)
		out->weight[i] = features[i].weight;
	for (int i = 0; i < RISK_RULES; i++)
		out->rule[i] = rules[i].weight;
}

static bool fires(const struct risk_facts *facts, int rule)
{
	return ((uint32_t)facts->rules >> rule) & 1;
}

static int32_t bounded(int64_t value)
{
	return (int32_t)(value < INT32_MIN ? INT32_MIN : value > INT32_MAX ? INT32_MAX : value);
}

static int32_t weighted(const struct risk_facts *facts, const struct risk_policy *policy,
			enum risk_feature feature)
{
	int64_t product = (int64_t)risk_term(facts->seen, feature) * policy->weight[feature];

	return bounded((product + (product < 0 ? -500 : 500)) / 1000);
}

/* The sum, and which families add up to enough. */
static void add_up(const struct risk_facts *facts, const struct risk_policy *policy, int role,
		   struct risk_decision *out)
{
	int64_t sum = policy->start[role], family[RISK_KINDS] = {0};

	for (int i = 0; i < RISK_FEATURES; i++) {
		out->term[i] = weighted(facts, policy, (enum risk_feature)i);
		family[features[i].family] += out->term[i];
	}
	for (int i = 0; i < RISK_RULES; i++)
		family[rules[i].family] += fires(facts, i) ? policy->rule[i] : 0;
	for (int i = 0; i < RISK_KINDS; i++) {
		sum += family[i];
		out->families |= family[i] >= policy->family ? 1 << i : 0;
	}
	out->score = bounded(sum);
}

/* Of little history only what is all there passes: the network's prefix and the very browser. That
 * of somebody who copied the key and comes from elsewhere is not. */
static bool is_cold(const struct risk_facts *facts, const struct risk_policy *policy)
{
	if (facts->logins >= policy->cold_logins && facts->days >= policy->cold_days)
		return false;
	return facts->logins < 1 || facts->seen[RISK_PREFIX].own < 1 ||
	       facts->seen[RISK_AGENT].own < 1;
}

/* Whatever the sum says. */
static int32_t floor_of(const struct risk_facts *facts, const struct risk_policy *policy, int role)
{
	int32_t why = 0;

	if (facts->device_key != 1)
		why |= RISK_WHY_NO_KEY;
	if (is_cold(facts, policy))
		why |= RISK_WHY_COLD;
	if (role == RISK_BREAK_GLASS)
		why |= RISK_WHY_ROLE;
	return why;
}

/* A role that nobody described is the strictest one. */
static int known_role(int32_t role)
{
	return role >= 0 && role < RISK_ROLES ? role : RISK_BREAK_GLASS;
}

void risk_decide(const struct risk_facts *facts, const struct risk_policy *policy,
		 struct risk_decision *out)
{
	int role = known_role(facts->role);

	*out = (struct risk_decision){.why = floor_of(facts, policy, role)};
	out->why |= facts->excepted == 1 ? RISK_WHY_EXCEPTED : 0;
	add_up(facts, policy, role, out);
	risk_decide_again(policy, role, out);
}

void risk_decide_again(const struct risk_policy *policy, int32_t of_role, struct risk_decision *out)
{
	int role = known_role(of_role);

	out->why &= RISK_WHY_FLOOR | RISK_WHY_EXCEPTED;
	if (out->score >= policy->challenge[role])
		out->why |= RISK_WHY_SCORE;
	bool high = out->score > policy->block[role];
	bool agreed = __builtin_popcount((unsigned)out->families) >= 2;
	if (high && !agreed)
		out->why |= RISK_WHY_ONE_FAMILY | RISK_WHY_SCORE;
	if (out->why & RISK_WHY_EXCEPTED)
		out->action = out->why & RISK_WHY_FLOOR ? RISK_STEP_UP : RISK_ALLOW;
	else if (high && agreed)
		out->action = RISK_BLOCK;
	else
		out->action = out->why ? RISK_STEP_UP : RISK_ALLOW;
}
