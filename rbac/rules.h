/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef RBAC_RULES_H
#define RBAC_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ctx.h"
#include "base/uuid.h"

/*
 * Access rules: who may ask for which account, and how it is approved. A rule names a subject (a
 * person, or a group: then everybody in it and in the groups below), an object (a target, or a
 * target group: then every target in it and in the groups below) and a pattern for the account
 * name. A matching deny rule wins over everything; without a matching allow rule nothing is
 * allowed. Of several allow rules the most specific decides the workflow: nearest object first,
 * then nearest subject, then the longer literal part of the pattern, then the older rule.
 *
 * Evaluation is a pure function over loaded rows (rules.c); loading is rules_load.c.
 */
struct rule_party {
	struct uuid id;
	const char *name;
	bool is_group;
};
struct rule {
	struct uuid id;
	const char *name;
	bool deny;
	struct rule_party subject; /* person, or group of people */
	struct rule_party object;  /* target, or group of targets */
	const char *account_pattern;
	struct uuid workflow_id; /* nil for deny rules */
	const char *workflow_name;
};

/* A group somebody or something belongs to; depth 0: directly, 1: through its parent, … */
struct rule_group {
	struct uuid id;
	const char *name;
	int depth;
};
struct rule_subject {
	struct uuid user_id;
	const struct rule_group *groups;
	size_t group_count;
};
struct rule_object {
	struct uuid target_id;
	const struct rule_group *groups; /* the target's group and those above */
	size_t group_count;
	const char *account_name;
};

enum rule_verdict { RULE_NONE, RULE_ALLOW, RULE_DENY };
/* Why a rule matched or did not: the first part that did not fit. */
enum rule_why { RULE_MATCHED, RULE_OTHER_SUBJECT, RULE_OTHER_OBJECT, RULE_OTHER_ACCOUNT };

struct rule_step {
	const struct rule *rule;
	enum rule_why why;
};
struct rule_result {
	enum rule_verdict verdict;
	const struct rule *decided; /* the rule that decided; NULL for RULE_NONE */
};

/* steps: room for count steps, or NULL when no explanation is wanted. */
struct rule_result rules_evaluate(const struct rule *rules, size_t count,
				  const struct rule_subject *subject,
				  const struct rule_object *object, struct rule_step *steps);

/* '*': any text, '?': one character; everything else is literal, case matters. */
bool rules_glob(const char *pattern, const char *text);

/* Stable words of the API: "allow" / "deny" / "none"; "matched", "other_subject",
 * "other_object", "other_account". */
const char *rules_verdict_name(enum rule_verdict verdict);
const char *rules_why_name(enum rule_why why);
/* Reason code for people who may not: "access.denied_by_rule", "access.no_rule", NULL if allowed.
 */
const char *rules_refusal(enum rule_verdict verdict);

/* Loaders; everything in the context's arena. */
struct rule_set {
	struct rule *rules;
	size_t count;
};
/* The person's groups with those above them. */
enum err rules_subject(struct ctx *ctx, const struct uuid *user_id,
		       struct rule_subject *out) ERR_CHECKED;
/* The chain of groups above a target; account_name is left to the caller. */
enum err rules_object(struct ctx *ctx, const struct uuid *target_id,
		      struct rule_object *out) ERR_CHECKED;
/* All living rules that name the person or one of those groups. */
enum err rules_of_user(struct ctx *ctx, const struct uuid *user_id,
		       struct rule_set *out) ERR_CHECKED;
/* All living rules that name this subject or this object: for explanations. */
enum err rules_around(struct ctx *ctx, const struct uuid *user_id, const struct uuid *target_id,
		      struct rule_set *out) ERR_CHECKED;

/* May this person ask for this account? One call for requests and releases. ERR_NOT_FOUND when
 * there is no such living account. */
struct rule_answer {
	enum rule_verdict verdict;
	struct uuid workflow_id; /* RULE_ALLOW */
	struct uuid rule_id;
};
enum err rules_check(struct ctx *ctx, const struct uuid *user_id, const struct uuid *account_id,
		     struct rule_answer *out) ERR_CHECKED;

#endif
