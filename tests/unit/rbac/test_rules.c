/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rbac/rules.h"

/* Small ids: U(1) is the person, G(n) groups of people, T(1) the target, O(n) its groups. */
#define ID(kind, n) ((struct uuid){{(kind), (n)}})
#define U(n)	    ID(1, n)
#define G(n)	    ID(2, n)
#define T(n)	    ID(3, n)
#define O(n)	    ID(4, n)
#define W(n)	    ID(5, n)
#define PERSON(n)                     \
	{                             \
		U(n), "person", false \
	}
#define GROUP(n)                    \
	{                           \
		G(n), "group", true \
	}
#define TARGET(n)                     \
	{                             \
		T(n), "target", false \
	}
#define TARGETS(n)                    \
	{                             \
		O(n), "targets", true \
	}

/* The person is in G(1), which is below G(2); the target is in O(1), which is below O(2). */
static const struct rule_group groups[] = {{{{2, 1}}, "G1", 0}, {{{2, 2}}, "G2", 1}};
static const struct rule_group objects[] = {{{{4, 1}}, "O1", 0}, {{{4, 2}}, "O2", 1}};
static const struct rule_subject subject = {{{1, 1}}, groups, 2};
static const struct rule_object root_account = {{{3, 1}}, objects, 2, "root"};

enum { RULES = 3, NONE = 255 };

struct rule_case {
	const char *says;
	struct rule rules[RULES];
	size_t count;
	enum rule_verdict verdict;
	uint8_t decided; /* index of the rule, NONE */
};

#define ALLOW(n, who, what, pattern)                                          \
	{                                                                     \
		ID(9, n), "rule", false, who, what, pattern, W(n), "workflow" \
	}
#define DENY(n, who, what, pattern)                                     \
	{                                                               \
		ID(9, n), "rule", true, who, what, pattern, {{0}}, NULL \
	}

static const struct rule_case cases[] = {
	{"nothing is allowed without a rule", {{.name = NULL}}, 0, RULE_NONE, NONE},
	{"a rule for the person and the target allows",
	 {ALLOW(1, PERSON(1), TARGET(1), "*")},
	 1,
	 RULE_ALLOW,
	 0},
	{"a rule for somebody else does not",
	 {ALLOW(1, PERSON(2), TARGET(1), "*")},
	 1,
	 RULE_NONE,
	 NONE},
	{"a rule for another target does not",
	 {ALLOW(1, PERSON(1), TARGET(2), "*")},
	 1,
	 RULE_NONE,
	 NONE},
	{"a rule for the group above is inherited by the person",
	 {ALLOW(1, GROUP(2), TARGET(1), "*")},
	 1,
	 RULE_ALLOW,
	 0},
	{"a rule for the target group above is inherited by the target",
	 {ALLOW(1, PERSON(1), TARGETS(2), "*")},
	 1,
	 RULE_ALLOW,
	 0},
	{"the account pattern must fit",
	 {ALLOW(1, GROUP(1), TARGETS(1), "db*")},
	 1,
	 RULE_NONE,
	 NONE},
	{"deny wins over a nearer allow",
	 {ALLOW(1, PERSON(1), TARGET(1), "root"), DENY(2, GROUP(2), TARGETS(2), "*")},
	 2,
	 RULE_DENY,
	 1},
	{"deny wins whatever comes first",
	 {DENY(1, GROUP(2), TARGETS(2), "*"), ALLOW(2, PERSON(1), TARGET(1), "root")},
	 2,
	 RULE_DENY,
	 0},
	{"a deny rule for another account does not count",
	 {ALLOW(1, PERSON(1), TARGET(1), "*"), DENY(2, PERSON(1), TARGET(1), "oracle")},
	 2,
	 RULE_ALLOW,
	 0},
	{"the nearer object decides the workflow",
	 {ALLOW(1, PERSON(1), TARGETS(1), "*"), ALLOW(2, GROUP(2), TARGET(1), "*")},
	 2,
	 RULE_ALLOW,
	 1},
	{"then the nearer subject",
	 {ALLOW(1, GROUP(2), TARGETS(1), "*"), ALLOW(2, GROUP(1), TARGETS(1), "*")},
	 2,
	 RULE_ALLOW,
	 1},
	{"then the more literal pattern",
	 {ALLOW(1, GROUP(1), TARGETS(1), "*"), ALLOW(2, GROUP(1), TARGETS(1), "ro*")},
	 2,
	 RULE_ALLOW,
	 1},
	{"then the older rule",
	 {ALLOW(2, GROUP(1), TARGETS(1), "*"), ALLOW(1, GROUP(1), TARGETS(1), "*")},
	 2,
	 RULE_ALLOW,
	 1},
};

static void rules_decide_as_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct rule_case *c = &cases[i];
		struct rule_step steps[RULES];
		struct rule_result result =
			rules_evaluate(c->rules, c->count, &subject, &root_account, steps);
		const struct rule *decided = c->decided == NONE ? NULL : &c->rules[c->decided];
		if (result.verdict != c->verdict || result.decided != decided)
			fail_msg("%s: verdict %s", c->says, rules_verdict_name(result.verdict));
	}
}

static void each_rule_is_explained(void **state)
{
	(void)state;
	static const struct rule rules[] = {
		ALLOW(1, PERSON(2), TARGET(1), "*"), ALLOW(2, PERSON(1), TARGET(2), "*"),
		ALLOW(3, PERSON(1), TARGET(1), "db?"), ALLOW(4, PERSON(1), TARGET(1), "r??t")};
	static const enum rule_why why[] = {RULE_OTHER_SUBJECT, RULE_OTHER_OBJECT,
					    RULE_OTHER_ACCOUNT, RULE_MATCHED};
	struct rule_step steps[4];
	struct rule_result result = rules_evaluate(rules, 4, &subject, &root_account, steps);
	assert_int_equal(result.verdict, RULE_ALLOW);
	for (size_t i = 0; i < 4; i++) {
		assert_ptr_equal(steps[i].rule, &rules[i]);
		assert_int_equal(steps[i].why, why[i]);
	}
}

static void patterns_match_as_globs(void **state)
{
	(void)state;
	static const struct {
		const char *pattern, *text;
		bool fits;
	} globs[] = {
		{"*", "", true},	   {"*", "root", true},	     {"root", "root", true},
		{"root", "Root", false},   {"ro*", "root", true},    {"*ot", "root", true},
		{"r*t", "rt", true},	   {"r*t", "root0", false},  {"?oot", "root", true},
		{"?oot", "oot", false},	   {"a*b*c", "aXbYc", true}, {"a*b*c", "aXcYb", false},
		{"**", "x", true},	   {"", "", true},	     {"", "x", false},
		{"管?者", "管理者", true}, {"?", "理", true},	     {"*者", "管理者", true},
	};
	for (size_t i = 0; i < sizeof(globs) / sizeof(globs[0]); i++)
		if (rules_glob(globs[i].pattern, globs[i].text) != globs[i].fits)
			fail_msg("\"%s\" on \"%s\"", globs[i].pattern, globs[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_decide_as_told),
		cmocka_unit_test(each_rule_is_explained),
		cmocka_unit_test(patterns_match_as_globs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
