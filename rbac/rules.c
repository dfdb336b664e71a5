/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rbac/rules.h"

#include <string.h>

/* Distances of a match; smaller is more specific. */
enum { AT_ITSELF = -1, NO_MATCH = 1000 };

struct match {
	enum rule_why why;
	int object_distance, subject_distance;
	size_t literal;
};

/* Start of the character after the one at text (UTF-8). */
static const char *next_character(const char *text)
{
	text++;
	while ((*text & 0xc0) == 0x80)
		text++;
	return text;
}

bool rules_glob(const char *pattern, const char *text)
{
	const char *star = NULL, *resume = NULL;
	while (*text != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			resume = text;
		} else if (*pattern == '?') {
			pattern++;
			text = next_character(text);
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else if (star != NULL) {
			pattern = star;
			text = resume = next_character(resume);
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

static size_t literal_length(const char *pattern)
{
	size_t count = 0;
	for (; *pattern != '\0'; pattern++)
		count += *pattern != '*' && *pattern != '?';
	return count;
}

static int distance(const struct rule_party *party, const struct uuid *self,
		    const struct rule_group *groups, size_t count)
{
	if (!party->is_group)
		return uuid_equal(&party->id, self) ? AT_ITSELF : NO_MATCH;
	int nearest = NO_MATCH;
	for (size_t i = 0; i < count; i++)
		if (uuid_equal(&groups[i].id, &party->id) && groups[i].depth < nearest)
			nearest = groups[i].depth;
	return nearest;
}

static struct match match_rule(const struct rule *rule, const struct rule_subject *subject,
			       const struct rule_object *object)
{
	struct match match = {.why = RULE_MATCHED,
			      .literal = literal_length(rule->account_pattern)};
	match.subject_distance =
		distance(&rule->subject, &subject->user_id, subject->groups, subject->group_count);
	match.object_distance =
		distance(&rule->object, &object->target_id, object->groups, object->group_count);
	if (match.subject_distance == NO_MATCH)
		match.why = RULE_OTHER_SUBJECT;
	else if (match.object_distance == NO_MATCH)
		match.why = RULE_OTHER_OBJECT;
	else if (!rules_glob(rule->account_pattern, object->account_name))
		match.why = RULE_OTHER_ACCOUNT;
	return match;
}

static bool more_specific(const struct rule *a, const struct match *ma, const struct rule *b,
			  const struct match *mb)
{
	if (ma->object_distance != mb->object_distance)
		return ma->object_distance < mb->object_distance;
	if (ma->subject_distance != mb->subject_distance)
		return ma->subject_distance < mb->subject_distance;
	if (ma->literal != mb->literal)
		return ma->literal > mb->literal;
	return memcmp(a->id.b, b->id.b, UUID_SIZE) < 0; /* ids are ordered by time */
}

struct rule_result rules_evaluate(const struct rule *rules, size_t count,
				  const struct rule_subject *subject,
				  const struct rule_object *object, struct rule_step *steps)
{
	struct rule_result result = {RULE_NONE, NULL};
	struct match best = {.why = RULE_MATCHED};
	for (size_t i = 0; i < count; i++) {
		const struct rule *rule = &rules[i];
		struct match match = match_rule(rule, subject, object);
		if (steps != NULL)
			steps[i] = (struct rule_step){rule, match.why};
		if (match.why != RULE_MATCHED)
			continue;
		enum rule_verdict verdict = rule->deny ? RULE_DENY : RULE_ALLOW;
		if (verdict < result.verdict)
			continue;
		if (verdict == result.verdict &&
		    !more_specific(rule, &match, result.decided, &best))
			continue;
		result = (struct rule_result){verdict, rule};
		best = match;
	}
	return result;
}

const char *rules_verdict_name(enum rule_verdict verdict)
{
	static const char *const names[] = {"none", "allow", "deny"};
	return names[verdict];
}

const char *rules_why_name(enum rule_why why)
{
	static const char *const names[] = {"matched", "other_subject", "other_object",
					    "other_account"};
	return names[why];
}

const char *rules_refusal(enum rule_verdict verdict)
{
	static const char *const reasons[] = {"access.no_rule", NULL, "access.denied_by_rule"};
	return reasons[verdict];
}
