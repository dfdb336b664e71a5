/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/cmocka_all.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/risk_budget.h"
#include "auth/risk_profile.h"
#include "auth/risk_record.h"

enum { DAY = 20000, MONDAY_10 = 10 };

static struct risk_policy policy;
static uint64_t seed = 20261122;

static uint64_t next_random(void)
{
	uint64_t z = (seed += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static int32_t below(int32_t bound)
{
	return (int32_t)(next_random() % (uint64_t)bound);
}

static int setup(void **state)
{
	(void)state;
	seed = 20261122;
	risk_policy_default(&policy);
	return 0;
}

/* A habit: the same network, client and hour each day. */
static struct risk_look usual(uint16_t day)
{
	return (struct risk_look){{11, 12, 13, 14, 15, 16, 17}, day, MONDAY_10};
}

/* An organisation of 1,000 sign-ins in which everything is fairly common. */
static struct risk_around ordinary(bool key)
{
	struct risk_around around = {.role = RISK_USER, .device_key = key};

	for (int i = 0; i < RISK_LEVELS; i++)
		around.all[i] = (struct risk_seen){.all = 100, .all_total = 2000, .all_values = 20};
	return around;
}

static void live(struct risk_profile *profile, uint16_t from, int logins)
{
	for (int i = 0; i < logins; i++) {
		struct risk_look look = usual((uint16_t)(from + i));
		risk_learn(profile, &look);
	}
}

static struct risk_decision judge(const struct risk_profile *profile, const struct risk_look *look,
				  const struct risk_around *around)
{
	struct risk_facts facts;
	struct risk_decision decision;

	risk_facts(profile, look, around, &facts);
	risk_decide(&facts, &policy, &decision);
	return decision;
}

/* --- Numbers --- */

static void logarithms_are_exact_to_4_millionths(void **state)
{
	(void)state;
	for (uint64_t value = 1; value < 100000; value++)
		assert_true(fabs((double)risk_ln(value) - log((double)value) * 1e6) <= 4);
	for (int i = 0; i < 100000; i++) {
		uint64_t value = next_random() >> (i % 64);
		double exact = value ? (double)logl((long double)value) * 1e6 : 0;
		assert_true(fabs((double)risk_ln(value) - exact) <= 4);
	}
	assert_int_equal(risk_ln(0), 0);
}

static void logarithms_never_fall(void **state)
{
	(void)state;
	for (uint64_t value = 1; value < 1000000; value++)
		assert_true(risk_ln(value) <= risk_ln(value + 1));
}

/* ln((n + 3) / 3) for something never seen in n sign-ins. */
static void the_unseen_weighs_with_what_was_seen(void **state)
{
	(void)state;
	for (int n = 0; n < 150; n++) {
		struct risk_seen seen[RISK_LEVELS] = {0};
		seen[RISK_TONGUE] = (struct risk_seen){1, 0, n * RISK_ONE, 10, 2000, 20};
		double exact = log((n + 3) / 3.0) * 1000;
		int32_t term = risk_term(seen, RISK_LANGUAGE);
		assert_true(fabs(term - fmin(exact, 4000)) <= 1);
	}
}

static void terms_agree_with_floating_point(void **state)
{
	static const double share[] = {.6, .3, .1};

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct risk_seen seen[RISK_LEVELS] = {0};
		double everybody = 0, person = 0;
		for (int l = 0; l < 3; l++) {
			int32_t all = below(200) * RISK_ONE, total = 1 + below(100000);
			struct risk_seen s = {1,     below(all + 1), all, below(total),
					      total, 1 + below(1000)};
			double p = fmin(1, fmax(s.all, 1) / (total + 2.0 * s.all_values));
			everybody += share[l] * p;
			person += share[l] * (s.own + 3072 * p) / (all + 3072.0);
			seen[l] = s;
		}
		double exact = fmin(fmax(log(everybody / person) * 1000, -3000), 4000);
		assert_true(fabs(risk_term(seen, RISK_NETWORK) - exact) <= 2);
	}
}

/* --- Decisions --- */

static void no_history_is_no_evidence(void **state)
{
	struct risk_profile profile = {0};
	struct risk_look look = usual(DAY);
	struct risk_around around = ordinary(true);
	struct risk_decision decision = judge(&profile, &look, &around);

	(void)state;
	for (int i = 0; i < RISK_FEATURES; i++)
		assert_int_equal(decision.term[i], 0);
	assert_int_equal(decision.action, RISK_STEP_UP);
	assert_int_equal(decision.why, RISK_WHY_COLD);
}

static void cold_start_lasts_three_sign_ins_on_two_days(void **state)
{
	static const struct {
		int today, later;
		bool over;
	} cases[] = {{0, 0, false}, {1, 0, false}, {2, 0, false}, {3, 0, false},
		     {1, 1, false}, {2, 1, true},  {1, 2, true}};

	(void)state;
	/* Of what is looked at nothing else steps up. */
	policy.challenge[RISK_USER] = 100000;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct risk_profile profile = {0};
		struct risk_look look = usual(DAY), next = usual(DAY + 1), moved = next,
				 updated = next;
		struct risk_around around = ordinary(true), keyless = ordinary(false);
		for (int n = 0; n < cases[i].today; n++)
			risk_learn(&profile, &look);
		for (int n = 0; n < cases[i].later; n++)
			risk_learn(&profile, &next);
		moved.values[RISK_PREFIX] = updated.values[RISK_AGENT] = 99;
		int32_t strange = cases[i].over ? 0 : RISK_WHY_COLD;
		assert_int_equal(judge(&profile, &moved, &around).why, strange);
		assert_int_equal(judge(&profile, &updated, &around).why, strange);
		/* Network and browser of a sign-in before are enough, with the key. */
		assert_int_equal(judge(&profile, &next, &around).why,
				 profile.logins ? 0 : RISK_WHY_COLD);
		assert_true(judge(&profile, &next, &keyless).why & RISK_WHY_NO_KEY);
	}
}

static bool fired(const struct risk_profile *profile, const struct risk_look *look,
		  const struct risk_around *around, enum risk_rule rule)
{
	struct risk_facts facts;

	risk_facts(profile, look, around, &facts);
	return ((uint32_t)facts.rules >> rule) & 1;
}

static void five_colleagues_teach_a_network_to_who_has_a_key_and_is_new_there(void **state)
{
	struct risk_profile profile = {0};
	struct risk_look look = usual(DAY + 30), moved = look, later = look;
	struct risk_around around = ordinary(true), keyless = ordinary(false);

	(void)state;
	live(&profile, DAY, 30);
	moved.values[RISK_PREFIX] = later.values[RISK_PREFIX] = 99;
	around.colleagues = 4;
	assert_false(fired(&profile, &moved, &around, RISK_RULE_COLLEAGUES));
	around.colleagues = keyless.colleagues = 5;
	assert_true(fired(&profile, &moved, &around, RISK_RULE_COLLEAGUES));
	assert_false(fired(&profile, &moved, &keyless, RISK_RULE_COLLEAGUES));
	assert_false(fired(&profile, &look, &around, RISK_RULE_COLLEAGUES));
	/* On the day itself still, and no more once it was seen on a second one. */
	risk_learn(&profile, &moved);
	assert_true(fired(&profile, &moved, &around, RISK_RULE_COLLEAGUES));
	later.day++;
	risk_learn(&profile, &later);
	assert_false(fired(&profile, &later, &around, RISK_RULE_COLLEAGUES));
	/* Nobody says it who cannot judge it. */
	around.colleagues = 0;
	around.rules = 1u << RISK_RULE_COLLEAGUES;
	assert_false(fired(&profile, &moved, &around, RISK_RULE_COLLEAGUES));
}

static void the_usual_is_allowed_and_the_strange_is_not(void **state)
{
	struct risk_profile profile = {0};
	struct risk_around around = ordinary(true);
	struct risk_look look = usual(DAY + 30),
			 strange = {{21, 22, 23, 24, 25, 26, 27}, DAY + 30, 100};

	(void)state;
	live(&profile, DAY, 30);
	assert_int_equal(judge(&profile, &look, &around).action, RISK_ALLOW);
	struct risk_decision decision = judge(&profile, &strange, &around);
	assert_int_not_equal(decision.action, RISK_ALLOW);
	assert_true(decision.why & RISK_WHY_SCORE);
	for (int i = 0; i < RISK_FEATURES; i++)
		assert_true(decision.term[i] > 0);
}

/* A published plug-in divides where it should multiply, and lets the wholly unknown in. */
static void strangeness_never_lowers_the_score(void **state)
{
	(void)state;
	for (int n = 3; n < 200; n += 7) {
		struct risk_profile profile = {0};
		struct risk_around around = ordinary(true);
		struct risk_look look = usual((uint16_t)(DAY + n));
		live(&profile, DAY, n);
		int32_t score = judge(&profile, &look, &around).score;
		for (int v = 0; v < RISK_VALUES; v++) {
			look.values[v] += 100;
			around.all[v < 6 ? v : RISK_TONGUE].all = 0;
			int32_t stranger = judge(&profile, &look, &around).score;
			assert_true(stranger > score);
			score = stranger;
		}
	}
}

static void without_a_device_key_nobody_is_waved_through(void **state)
{
	struct risk_profile profile = {0};
	struct risk_around around = ordinary(false);
	struct risk_look look = usual(DAY + 60);

	(void)state;
	live(&profile, DAY, 60);
	around.rules = 1u << RISK_RULE_PASSKEY_BOUND | 1u << RISK_RULE_OFFICE;
	struct risk_decision decision = judge(&profile, &look, &around);
	assert_true(decision.score < policy.challenge[RISK_USER]);
	assert_int_equal(decision.action, RISK_STEP_UP);
	assert_int_equal(decision.why, RISK_WHY_NO_KEY);
}

static void a_break_glass_account_always_steps_up(void **state)
{
	struct risk_profile profile = {0};
	struct risk_around around = ordinary(true);
	struct risk_look look = usual(DAY + 60);

	(void)state;
	live(&profile, DAY, 60);
	around.role = RISK_BREAK_GLASS;
	assert_int_equal(judge(&profile, &look, &around).action, RISK_STEP_UP);
}

static void one_family_alone_never_blocks(void **state)
{
	struct risk_profile profile = {0};
	struct risk_around around = ordinary(true);
	struct risk_look look = usual(DAY + 60);

	(void)state;
	live(&profile, DAY, 60);
	policy.rule[RISK_RULE_CAMPAIGN] = 30000;
	around.rules = 1u << RISK_RULE_CAMPAIGN;
	struct risk_decision decision = judge(&profile, &look, &around);
	assert_int_equal(decision.action, RISK_STEP_UP);
	assert_true(decision.why & RISK_WHY_ONE_FAMILY);
	around.rules |= 1u << RISK_RULE_BREACHED;
	assert_int_equal(judge(&profile, &look, &around).action, RISK_BLOCK);
}

static void random_facts(struct risk_facts *out)
{
	*out = (struct risk_facts){.role = below(RISK_ROLES), .device_key = below(2)};
	out->logins = below(50);
	out->days = below(20);
	out->rules = below(1 << RISK_RULES) & below(1 << RISK_RULES);
	for (int i = 0; i < RISK_LEVELS; i++) {
		int32_t all = below(300 * RISK_ONE), total = below(1 << 20);
		if (below(10))
			out->seen[i] = (struct risk_seen){
				1, below(all + 1), all, below(total + 1), total, below(5000)};
	}
}

static void whatever_the_facts_the_rules_of_the_floor_hold(void **state)
{
	int actions[3] = {0};

	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct risk_facts facts;
		struct risk_decision decision;
		random_facts(&facts);
		risk_decide(&facts, &policy, &decision);
		actions[decision.action]++;
		bool cold = facts.logins < 3 || facts.days < 2,
		     known = facts.logins && facts.seen[RISK_PREFIX].own &&
			     facts.seen[RISK_AGENT].own;
		if (!facts.device_key || (cold && !known))
			assert_int_not_equal(decision.action, RISK_ALLOW);
		if (decision.action == RISK_BLOCK) {
			assert_true(__builtin_popcount((unsigned)decision.families) >= 2);
			assert_true(decision.score > policy.block[facts.role]);
		}
		if (decision.action == RISK_ALLOW)
			assert_true(decision.score < policy.challenge[facts.role]);
	}
	for (int i = 0; i < 3; i++)
		assert_true(actions[i] > 100);
}

/* For the sanitizers: no number may break the arithmetic. */
static void any_number_is_borne(void **state)
{
	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct risk_facts facts;
		struct risk_decision decision;
		int32_t *number = (int32_t *)&facts;
		for (size_t j = 0; j < sizeof(facts) / sizeof(*number); j++)
			number[j] = (int32_t)(next_random() >> below(64));
		number = (int32_t *)&policy;
		for (size_t j = 0; j < sizeof(policy) / sizeof(*number); j++)
			number[j] = (int32_t)(next_random() >> below(64));
		risk_decide(&facts, &policy, &decision);
		assert_in_range(decision.action, RISK_ALLOW, RISK_BLOCK);
		if (facts.device_key != 1)
			assert_int_not_equal(decision.action, RISK_ALLOW);
	}
}

/* --- Profiles --- */

static int32_t own(const struct risk_profile *profile, enum risk_level level, uint64_t value,
		   uint16_t day)
{
	struct risk_look look = usual(day);
	struct risk_around around = ordinary(true);
	struct risk_facts facts;

	look.values[level] = value;
	risk_facts(profile, &look, &around, &facts);
	return facts.seen[level].own;
}

static void a_value_counts_half_until_another_day(void **state)
{
	struct risk_profile profile = {0};
	struct risk_look look = usual(DAY);

	(void)state;
	for (int i = 0; i < 10; i++)
		risk_learn(&profile, &look);
	assert_int_equal(own(&profile, RISK_PREFIX, 11, DAY), 5 * RISK_ONE);
	look.day++;
	risk_learn(&profile, &look);
	assert_in_range(own(&profile, RISK_PREFIX, 11, DAY + 1), 5.9 * RISK_ONE, 6 * RISK_ONE);
}

static void counts_halve_in_45_days_and_end_after_180(void **state)
{
	struct risk_profile profile = {0};

	(void)state;
	live(&profile, DAY, 20);
	int32_t now = own(&profile, RISK_PREFIX, 11, DAY + 19);
	assert_in_range(own(&profile, RISK_PREFIX, 11, DAY + 19 + 45), now / 2 - 1, now / 2 + 1);
	assert_in_range(own(&profile, RISK_PREFIX, 11, DAY + 19 + 180), now / 16 - 1, now / 16 + 1);
	assert_int_equal(own(&profile, RISK_PREFIX, 11, DAY + 19 + 181), 0);
}

static void an_account_asleep_for_90_days_is_dormant(void **state)
{
	struct risk_profile profile = {0};
	struct risk_around around = ordinary(true);
	struct risk_facts facts;

	(void)state;
	live(&profile, DAY, 20);
	for (int days = 90; days <= 91; days++) {
		struct risk_look look = usual((uint16_t)(DAY + 19 + days));
		risk_facts(&profile, &look, &around, &facts);
		assert_int_equal((facts.rules >> RISK_RULE_DORMANT) & 1, days > 90);
	}
	struct risk_look look = usual(DAY + 19 + 181);
	risk_facts(&profile, &look, &around, &facts);
	assert_int_equal(facts.logins, 0); /* a stranger again */
}

static void the_weakest_value_gives_way(void **state)
{
	struct risk_profile profile = {0};
	struct risk_look look;

	(void)state;
	live(&profile, DAY, 30);
	for (uint64_t i = 0; i < 50; i++) {
		look = usual(DAY + 30);
		look.values[RISK_PREFIX] = 1000 + i;
		risk_learn(&profile, &look);
	}
	assert_true(own(&profile, RISK_PREFIX, 11, DAY + 30) > 10 * RISK_ONE);
	assert_int_equal(own(&profile, RISK_PREFIX, 1000 + 49, DAY + 30), RISK_ONE / 2);
	assert_int_equal(own(&profile, RISK_PREFIX, 1000, DAY + 30), 0);
}

static void what_was_not_the_person_is_forgotten(void **state)
{
	struct risk_profile profile = {0}, before;
	struct risk_look thief = usual(DAY + 10);

	(void)state;
	live(&profile, DAY, 10);
	before = profile;
	thief.values[RISK_PREFIX] = 99;
	thief.values[RISK_ASN] = 98;
	thief.hour = 50;
	uint8_t taught = risk_learn(&profile, &thief);
	assert_int_equal(taught & RISK_NEW_DAY, RISK_NEW_DAY);
	assert_int_equal(taught & 3, 0); /* new ones count half */
	risk_forget(&profile, &thief, taught);
	assert_int_equal(own(&profile, RISK_PREFIX, 99, DAY + 10), 0);
	assert_int_equal(own(&profile, RISK_ASN, 98, DAY + 10), 0);
	/* What the two share is the person's as it was. */
	for (int i = 0; i <= RISK_OS; i++)
		assert_int_equal(own(&profile, (enum risk_level)i, usual(0).values[i], DAY + 10),
				 own(&before, (enum risk_level)i, usual(0).values[i], DAY + 10));
	assert_int_equal(profile.hours[50], 0);
	assert_int_equal(profile.hours[MONDAY_10], before.hours[MONDAY_10]);
	assert_int_equal(profile.logins, before.logins);
	assert_int_equal(profile.days, before.days);
}

/* Weeks later the person has gone on, and what the thief left has faded with the rest. */
static void a_late_report_takes_what_is_left(void **state)
{
	struct risk_profile with = {0}, without = {0};
	struct risk_look thief = usual(DAY + 10);

	(void)state;
	live(&with, DAY, 10);
	live(&without, DAY, 10);
	thief.values[RISK_PREFIX] = 99;
	uint8_t taught = risk_learn(&with, &thief);
	live(&with, DAY + 11, 25);
	live(&without, DAY + 11, 25);
	risk_forget(&with, &thief, taught);
	assert_int_equal(own(&with, RISK_PREFIX, 99, DAY + 36), 0);
	for (int i = 0; i <= RISK_OS; i++) {
		assert_true(abs((int)with.total[i] - (int)without.total[i]) < 64);
		assert_true(abs(own(&with, (enum risk_level)i, usual(0).values[i], DAY + 36) -
				own(&without, (enum risk_level)i, usual(0).values[i], DAY + 36)) <
			    64);
	}
	assert_int_equal(with.logins, without.logins);
	assert_int_equal(with.days, without.days);
}

static void what_was_the_person_is_learned_and_no_sign_in(void **state)
{
	struct risk_profile profile = {0};
	struct risk_look refused = usual(DAY + 9);

	(void)state;
	live(&profile, DAY, 10);
	refused.values[RISK_PREFIX] = 77;
	risk_teach(&profile, &refused);
	assert_int_equal(own(&profile, RISK_PREFIX, 77, DAY + 9), RISK_ONE / 2);
	assert_int_equal(profile.logins, 10);
	assert_int_equal(profile.days, 10);
}

static void a_look_is_read_as_it_was_written(void **state)
{
	struct risk_look look = usual(DAY), back;
	uint8_t bytes[RISK_LOOK_BYTES];

	(void)state;
	look.values[RISK_AGENT] = INT64_MAX;
	risk_look_write(&look, bytes);
	assert_true(risk_look_read(bytes, sizeof(bytes), &back));
	for (int i = 0; i < RISK_VALUES; i++)
		assert_true(look.values[i] == back.values[i]);
	assert_int_equal(back.day, DAY);
	assert_int_equal(back.hour, MONDAY_10);
	assert_false(risk_look_read(bytes, sizeof(bytes) - 1, &back));
}

/* What administrators let somebody come from lifts the score, and nothing else. */
static void an_exception_lifts_the_score_and_no_floor(void **state)
{
	struct risk_profile profile = {0};
	struct risk_around around = ordinary(true);
	struct risk_look odd = usual(DAY + 30);

	(void)state;
	live(&profile, DAY, 30);
	for (int i = 0; i < RISK_VALUES; i++)
		odd.values[i] += 500;
	around.rules = 1u << RISK_RULE_TRAVEL | 1u << RISK_RULE_REPORTED;
	assert_int_equal(judge(&profile, &odd, &around).action, RISK_BLOCK);
	around.excepted = true;
	struct risk_decision decision = judge(&profile, &odd, &around);
	assert_int_equal(decision.action, RISK_ALLOW);
	assert_int_equal(decision.why, RISK_WHY_EXCEPTED | RISK_WHY_SCORE);
	risk_decide_again(&policy, RISK_USER, &decision);
	assert_int_equal(decision.action, RISK_ALLOW);
	around.device_key = false;
	assert_int_equal(judge(&profile, &odd, &around).action, RISK_STEP_UP);
	around.device_key = true;
	around.role = RISK_BREAK_GLASS;
	assert_int_equal(judge(&profile, &odd, &around).action, RISK_STEP_UP);
}

static void one_busy_account_is_not_the_habit_of_all(void **state)
{
	struct risk_profile profile = {0};
	struct risk_look look = usual(DAY);
	int counted = 0;

	(void)state;
	for (int i = 0; i < 10000; i++) {
		counted += risk_counts_for_all(&profile, DAY);
		risk_learn(&profile, &look);
	}
	assert_int_equal(counted, 100);
}

static void a_clock_that_jumps_is_neutral(void **state)
{
	struct risk_profile profile = {0}, before;
	struct risk_around around = ordinary(true);
	struct risk_look look = usual(DAY + 30), early = usual(DAY - 3000), zero = usual(0);

	(void)state;
	live(&profile, DAY, 30);
	before = profile;
	struct risk_decision now = judge(&profile, &look, &around);
	struct risk_decision back = judge(&profile, &early, &around);
	assert_int_equal(now.action, RISK_ALLOW);
	assert_int_equal(back.action, RISK_ALLOW);
	assert_true(abs(now.score - back.score) < 100);
	risk_learn(&profile, &early);
	risk_learn(&profile, &zero);
	assert_int_equal(profile.day, before.day);
	assert_int_equal(judge(&profile, &look, &around).action, RISK_ALLOW);
	look.day = UINT16_MAX; /* far ahead: nothing is known any more, nobody is let in by it */
	assert_int_equal(judge(&profile, &look, &around).action, RISK_STEP_UP);
}

static void what_is_not_known_is_no_evidence(void **state)
{
	struct risk_profile profile = {0};
	struct risk_around around = ordinary(true);
	struct risk_look look = {{11, 0, 0, 14, 15, 16, 0}, DAY, RISK_NO_HOUR};

	(void)state;
	for (; look.day < DAY + 20; look.day++)
		risk_learn(&profile, &look);
	struct risk_decision decision = judge(&profile, &look, &around);
	assert_true(decision.term[RISK_NETWORK] < 0); /* by the prefix alone */
	assert_int_equal(decision.term[RISK_HOUR], 0);
	assert_int_equal(decision.term[RISK_LANGUAGE], 0);
	assert_int_equal(decision.action, RISK_ALLOW);
}

static void random_profile(struct risk_profile *out)
{
	struct risk_look look = {.day = DAY};

	*out = (struct risk_profile){0};
	for (int i = below(60); i > 0; i--) {
		look.day = (uint16_t)(look.day + below(4));
		look.hour = (uint8_t)below(RISK_HOURS + 10);
		for (int v = 0; v < RISK_VALUES; v++)
			look.values[v] = (uint64_t)below(12);
		risk_learn(out, &look);
	}
}

static void a_profile_survives_its_bytes(void **state)
{
	uint8_t bytes[RISK_PROFILE_BYTES], again[RISK_PROFILE_BYTES];
	struct risk_profile profile, back;

	(void)state;
	assert_true(RISK_PROFILE_BYTES <= 2500 && sizeof(profile) <= 2500);
	for (int i = 0; i < 1000; i++) {
		random_profile(&profile);
		risk_profile_write(&profile, bytes);
		assert_true(risk_profile_read(bytes, sizeof(bytes), &back));
		risk_profile_write(&back, again);
		assert_memory_equal(bytes, again, sizeof(bytes));
	}
	assert_false(risk_profile_read(bytes, sizeof(bytes) - 1, &back));
	bytes[0]++;
	assert_false(risk_profile_read(bytes, sizeof(bytes), &back));
	bytes[0]--;
	memset(bytes + 1, 0xff, 16); /* a count nobody can have */
	assert_false(risk_profile_read(bytes, sizeof(bytes), &back));
}

/* --- Records --- */

static void random_record(struct risk_record *out)
{
	struct risk_profile profile;
	struct risk_facts facts;
	struct risk_look look = {.day = (uint16_t)(DAY + below(300)),
				 .hour = (uint8_t)below(RISK_HOURS + 1)};
	struct risk_around around = ordinary(below(2));

	random_profile(&profile);
	around.role = (enum risk_role)below(RISK_ROLES);
	around.rules = (uint32_t)(below(1 << RISK_RULES) & below(1 << RISK_RULES));
	around.excepted = below(4) == 0;
	for (int v = 0; v < RISK_VALUES; v++)
		look.values[v] = (uint64_t)below(20);
	for (int i = 0; i < RISK_LEVELS; i++)
		around.all[i].all = below(2000);
	policy.challenge[around.role] = below(4000) - 2000;
	risk_facts(&profile, &look, &around, &facts);
	risk_record_make(&facts, &policy, out);
}

static void ten_thousand_records_decide_the_same_again(void **state)
{
	char text[RISK_RECORD_TEXT], again[RISK_RECORD_TEXT];

	(void)state;
	for (int i = 0; i < 10000; i++) {
		struct risk_record record, back;
		random_record(&record);
		risk_record_write(&record, text);
		assert_true(risk_record_read(text, &back));
		assert_memory_equal(&record, &back, sizeof(record));
		assert_true(risk_record_holds(&back));
		risk_record_write(&back, again);
		assert_string_equal(text, again);
	}
}

static void a_changed_decision_is_found(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++) {
		struct risk_record record;
		random_record(&record);
		int32_t *number = (int32_t *)&record.decision;
		size_t which = (size_t)below(sizeof(record.decision) / sizeof(*number));
		number[which] ^= 1 << below(31);
		assert_false(risk_record_holds(&record));
	}
}

static void a_record_of_another_model_is_not_judged(void **state)
{
	struct risk_record record;

	(void)state;
	random_record(&record);
	assert_true(risk_record_holds(&record));
	record.model++;
	assert_false(risk_record_holds(&record));
}

static void the_longest_record_fits(void **state)
{
	struct risk_record record, back;
	int32_t *number = (int32_t *)&record;
	char text[RISK_RECORD_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(record) / sizeof(*number); i++)
		number[i] = INT32_MIN;
	risk_record_write(&record, text);
	assert_true(risk_record_read(text, &back));
	assert_memory_equal(&record, &back, sizeof(record));
}

static void only_one_text_is_a_record(void **state)
{
	static const struct {
		const char *from, *to;
	} changes[] = {
		{"risk=4", "risk=04"}, {"risk=4", "risk=+4"}, {"risk=4", "Risk=4"},
		{"risk=4", "risk= 4"}, {"risk=4", " risk=4"}, {"risk=4", "risk="},
		{" why=", "  why="},   {" why=", ""},	      {"risk=4", "risk=4294967297"},
		{"risk=4", "risk=-0"}, {"why=", "why=9"},     {"cold_days=2", "cold_days=2,"}};
	struct risk_record record, back;
	char text[RISK_RECORD_TEXT], changed[RISK_RECORD_TEXT + 16];

	(void)state;
	random_record(&record);
	risk_record_write(&record, text);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		const char *at = strstr(text, changes[i].from);
		assert_non_null(at);
		(void)snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - text), text,
			       changes[i].to, at + strlen(changes[i].from));
		bool whole = strcmp(changes[i].to, "why=9") == 0; /* a record, but a lie */
		assert_int_equal(risk_record_read(changed, &back), whole);
		if (whole)
			assert_false(risk_record_holds(&back));
	}
	for (size_t len = strlen(text); len > 0; len--) {
		text[len - 1] = 0;
		if (risk_record_read(text, &back)) /* cut inside the last number */
			assert_false(risk_record_holds(&back));
	}
}

static void parts_are_told_by_weight(void **state)
{
	struct risk_profile profile = {0};
	struct risk_around around = ordinary(false);
	struct risk_look look = {{21, 22, 23, 14, 15, 16, 17}, DAY + 30, MONDAY_10};
	struct risk_facts facts;
	struct risk_record record;
	struct risk_part parts[3];

	(void)state;
	live(&profile, DAY, 30);
	around.rules = 1u << RISK_RULE_TRAVEL;
	risk_facts(&profile, &look, &around, &facts);
	risk_record_make(&facts, &policy, &record);
	assert_int_equal(risk_record_parts(&record, parts, 3), 3);
	assert_string_equal(parts[0].name, "impossible_travel");
	assert_int_equal(parts[0].value, 3000);
	assert_true(parts[1].value >= parts[2].value && parts[2].value > 0);
	assert_int_equal(risk_record_parts(&record, parts, 1), 1);
	assert_string_equal(parts[0].name, "impossible_travel");
}

/* --- Thresholds --- */

static void a_threshold_keeps_its_budget(void **state)
{
	struct risk_histogram histogram = {0};

	(void)state;
	for (int i = 0; i < 10000; i++)
		risk_budget_add(&histogram, below(5000));
	int32_t threshold = risk_budget_threshold(&histogram, 500, 4500, 500);
	int reached = 0;
	seed = 20261122;
	for (int i = 0; i < 10000; i++)
		reached += below(5000) >= threshold;
	assert_in_range(reached, 400, 500);
	assert_int_equal(risk_budget_threshold(&histogram, 500, 0, 500), 500);
	assert_int_equal(risk_budget_threshold(&histogram, 500, 9000, 500), 8500);
}

static void few_sign_ins_move_no_threshold(void **state)
{
	struct risk_histogram histogram = {0};

	(void)state;
	for (int i = 0; i < RISK_BUDGET_LEAST - 1; i++)
		risk_budget_add(&histogram, 0);
	assert_int_equal(risk_budget_threshold(&histogram, 500, 1234, 500), 1234);
	risk_budget_add(&histogram, INT32_MIN);
	risk_budget_add(&histogram, INT32_MAX);
	assert_int_equal(risk_budget_threshold(&histogram, 500, 1234, 500), 734);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(logarithms_are_exact_to_4_millionths, setup),
		cmocka_unit_test_setup(logarithms_never_fall, setup),
		cmocka_unit_test_setup(the_unseen_weighs_with_what_was_seen, setup),
		cmocka_unit_test_setup(terms_agree_with_floating_point, setup),
		cmocka_unit_test_setup(no_history_is_no_evidence, setup),
		cmocka_unit_test_setup(cold_start_lasts_three_sign_ins_on_two_days, setup),
		cmocka_unit_test_setup(
			five_colleagues_teach_a_network_to_who_has_a_key_and_is_new_there, setup),
		cmocka_unit_test_setup(the_usual_is_allowed_and_the_strange_is_not, setup),
		cmocka_unit_test_setup(strangeness_never_lowers_the_score, setup),
		cmocka_unit_test_setup(without_a_device_key_nobody_is_waved_through, setup),
		cmocka_unit_test_setup(a_break_glass_account_always_steps_up, setup),
		cmocka_unit_test_setup(one_family_alone_never_blocks, setup),
		cmocka_unit_test_setup(whatever_the_facts_the_rules_of_the_floor_hold, setup),
		cmocka_unit_test_setup(any_number_is_borne, setup),
		cmocka_unit_test_setup(a_value_counts_half_until_another_day, setup),
		cmocka_unit_test_setup(counts_halve_in_45_days_and_end_after_180, setup),
		cmocka_unit_test_setup(an_account_asleep_for_90_days_is_dormant, setup),
		cmocka_unit_test_setup(the_weakest_value_gives_way, setup),
		cmocka_unit_test_setup(what_was_not_the_person_is_forgotten, setup),
		cmocka_unit_test_setup(a_late_report_takes_what_is_left, setup),
		cmocka_unit_test_setup(what_was_the_person_is_learned_and_no_sign_in, setup),
		cmocka_unit_test_setup(a_look_is_read_as_it_was_written, setup),
		cmocka_unit_test_setup(an_exception_lifts_the_score_and_no_floor, setup),
		cmocka_unit_test_setup(one_busy_account_is_not_the_habit_of_all, setup),
		cmocka_unit_test_setup(a_clock_that_jumps_is_neutral, setup),
		cmocka_unit_test_setup(what_is_not_known_is_no_evidence, setup),
		cmocka_unit_test_setup(a_profile_survives_its_bytes, setup),
		cmocka_unit_test_setup(ten_thousand_records_decide_the_same_again, setup),
		cmocka_unit_test_setup(a_changed_decision_is_found, setup),
		cmocka_unit_test_setup(a_record_of_another_model_is_not_judged, setup),
		cmocka_unit_test_setup(the_longest_record_fits, setup),
		cmocka_unit_test_setup(only_one_text_is_a_record, setup),
		cmocka_unit_test_setup(parts_are_told_by_weight, setup),
		cmocka_unit_test_setup(a_threshold_keeps_its_budget, setup),
		cmocka_unit_test_setup(few_sign_ins_move_no_threshold, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
