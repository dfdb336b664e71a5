/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "audit/verify/decision.h"
#include "auth/risk_record.h"

enum { LEAF = 4096 };
static char text[RISK_RECORD_TEXT];

static void make(struct risk_record *out)
{
	struct risk_facts facts = {.device_key = 1, .logins = 30, .days = 20};
	struct risk_policy policy;

	risk_policy_default(&policy);
	facts.seen[RISK_PREFIX] = (struct risk_seen){1, 20000, 30000, 40, 2000, 100};
	risk_record_make(&facts, &policy, out);
	risk_record_write(out, text);
}

static bool check(const char *risk, const char *action, struct decisions *counts)
{
	char leaf[LEAF];
	int len = snprintf(
		leaf, sizeof(leaf),
		"{\"event\":\"auth.sign_in\",\"data\":{\"lane\":\"device\"%s%s%s%s%s%s}}",
		risk ? ",\"risk\":\"" : "", risk ? risk : "", risk ? "\"" : "",
		action ? ",\"risk_action\":\"" : "", action ? action : "", action ? "\"" : "");

	assert_in_range(len, 1, LEAF - 1);
	return decision_check(leaf, (size_t)len, counts);
}

static void a_true_decision_is_made_again(void **state)
{
	struct decisions counts = {0};
	struct risk_record record;

	(void)state;
	make(&record);
	assert_true(check(text, "allow", &counts));
	assert_int_equal(counts.same, 1);
	assert_int_equal(counts.action[RISK_ALLOW], 1);
	assert_true(check(NULL, NULL, &counts));
	assert_true(decision_check("no json", 7, &counts));
	assert_int_equal(counts.same + counts.other, 1);
}

static void a_lie_is_found(void **state)
{
	struct decisions counts = {0};
	struct risk_record record;

	(void)state;
	make(&record);
	assert_false(check(text, "step_up", &counts)); /* another word than its own */
	assert_false(check(text, NULL, &counts));
	assert_false(check(NULL, "allow", &counts));
	assert_false(check("risk=x", "allow", &counts));
	assert_false(check("", "allow", &counts));
	record.decision.action = RISK_BLOCK;
	risk_record_write(&record, text);
	assert_false(check(text, "block", &counts));
	make(&record);
	record.facts.seen[RISK_PREFIX].own = 0; /* the numbers, not the decision */
	risk_record_write(&record, text);
	assert_false(check(text, "allow", &counts));
}

static void another_model_is_counted_and_not_judged(void **state)
{
	struct decisions counts = {0};

	(void)state;
	assert_true(check("risk=5 anything at all", "allow", &counts));
	assert_int_equal(counts.other, 1);
	assert_false(check("risk=02 anything", "allow", &counts));
	assert_false(check("risk=4 anything", "allow", &counts));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_true_decision_is_made_again),
		cmocka_unit_test(a_lie_is_found),
		cmocka_unit_test(another_model_is_counted_and_not_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
