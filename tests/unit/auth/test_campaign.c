/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/watch_keep.h"
#include "tests/unit/auth/people.h"

/* What guessing at many accounts brings about for the one who comes in between. */

static const struct watch_try stranger = {"203.0.113.200", 1, LANE_UNKNOWN, true};

static int before_each(void **state)
{
	(void)state;
	watch_free(base.watch);
	base.watch = watch_new();
	test_db_script("DELETE FROM auth_lane; DELETE FROM auth_watch");
	return base.watch ? 0 : 1;
}

/* One wrong password on names from one source, without the work of looking at it. */
static void begin_campaign(void)
{
	struct secret *password = secret_from("Sommer2026!", 11);

	assert_non_null(password);
	for (uint64_t i = 0; i < 12; i++) {
		const struct watch_try made = {"203.0.3.7", i * UINT64_C(0x9e3779b97f4a7c15),
					       LANE_UNKNOWN, true};
		struct guess guess = {.lane = LANE_UNKNOWN};
		watch_failed(base.watch, &made, password, sys_mono_us(), &guess);
	}
	secret_free(password);
}

static enum err tell(struct ctx *ctx, void *arg)
{
	return watch_tell(ctx, arg, true);
}

static void tell_news(void)
{
	struct watch_news news;

	(void)watch_news(base.watch, sys_mono_us(), &news);
	assert_int_equal(db_transaction(&base, tell, &news), ERR_OK);
	watch_told(base.watch, &news);
}

#define EVENTS(name, part)                                                                      \
	count("SELECT COUNT(*) FROM audit_event WHERE event = '" name "' AND leaf LIKE '%" part \
	      "%'")

static void a_spray_is_told_shown_and_kept(void **state)
{
	struct watch *other = watch_new();
	struct person person = {.login = ""};

	(void)state;
	for (int i = 0; i < 10; i++) {
		(void)snprintf(person.login, sizeof(person.login), "name-%d", i);
		char peer[32];
		(void)snprintf(peer, sizeof(peer), "203.0.%d.7", i);
		(void)sign_in(&person, "Sommer2026!", "000000", NULL, peer);
	}
	tell_news();
	assert_int_equal(EVENTS("auth.campaign_started", "\"kinds\":\"spray\""), 1);
	assert_int_equal(count("SELECT COUNT(*) FROM system_state WHERE name = 'auth.campaign' AND "
			       "value = 'spray'"),
			 1);
	tell_news();
	assert_int_equal(EVENTS("auth.campaign_started", "spray"), 1);
	/* Started anew. */
	struct watch *before = base.watch;
	base.watch = other;
	assert_int_equal(watch_load(&base), ERR_OK);
	struct guess guess = {.lane = LANE_UNKNOWN};
	watch_look(base.watch, &stranger, false, sys_mono_us(), &guess);
	assert_int_equal(guess.campaign, GUESS_SPRAY);
	/* Its end, a quarter of an hour after the last sign of it. */
	struct watch_news news;
	assert_true(watch_news(base.watch, sys_mono_us() + INT64_C(1000000) * 901, &news));
	assert_int_equal(db_transaction(&base, tell, &news), ERR_OK);
	assert_int_equal(EVENTS("auth.campaign_ended", "spray"), 1);
	assert_int_equal(count("SELECT COUNT(*) FROM system_state WHERE name = 'auth.campaign' AND "
			       "value = ''"),
			 1);
	base.watch = before;
	watch_free(other);
}

static void a_known_device_notices_nothing_and_others_are_reported(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "camp.known");
	begin_campaign();
	code_for(person.seed, 0);
	assert_int_equal(sign_in(&person, good, code_now, person.device, "192.0.2.60").err, ERR_OK);
	assert_int_equal(EVENTS("auth.campaign_sign_in", "camp.known"), 0);
	forget_step("camp.known");
	assert_int_equal(sign_in(&person, good, code_now, NULL, "192.0.2.61").err, ERR_OK);
	assert_int_equal(EVENTS("auth.campaign_sign_in", "camp.known"), 1);
	assert_int_equal(EVENTS("auth.sign_in", "\"rule\":\"campaign.success\""), 1);
}

static void right_proofs_from_a_source_of_the_campaign_are_not_enough(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "camp.source");
	begin_campaign();
	code_for(person.seed, 0);
	struct answer answer = sign_in(&person, good, code_now, NULL, "203.0.3.7");
	assert_int_equal(answer.err, ERR_UNAUTHENTICATED);
	assert_string_equal(answer.reason, "sign_in.failed");
	assert_int_equal(EVENTS("auth.sign_in_refused", "\"rule\":\"campaign.source\""), 1);
	assert_false(answer.has_session);
}

static void a_banned_source_is_not_looked_at_and_a_known_device_behind_it_is(void **state)
{
	struct person person;
	struct guess guess = {.lane = LANE_UNKNOWN};
	const struct watch_try noise = {"203.0.113.9", 9, LANE_UNKNOWN, true};

	(void)state;
	enrol(&person, "camp.banned");
	for (int i = 0; i < 20; i++)
		watch_failed(base.watch, &noise, NULL, sys_mono_us(), &guess);
	code_for(person.seed, 0);
	int64_t lanes = count("SELECT COUNT(*) FROM auth_lane");
	struct answer answer = sign_in(&person, good, code_now, NULL, "203.0.113.9");
	assert_int_equal(answer.err, ERR_UNAUTHENTICATED);
	assert_string_equal(answer.reason, "sign_in.failed");
	assert_int_equal(EVENTS("auth.sign_in_refused", "\"rule\":\"ban.address\""), 1);
	/* Nothing was evaluated, so nothing counts against the person. */
	assert_int_equal(count("SELECT COUNT(*) FROM auth_lane"), lanes);
	tell_news();
	assert_int_equal(EVENTS("auth.source_banned", "203.0.113.9/32"), 1);
	assert_int_equal(sign_in(&person, good, code_now, person.device, "203.0.113.9").err,
			 ERR_OK);
	forget_step("camp.banned");
	assert_int_equal(watch_clear_bans(base.watch, "203.0.113.9", sys_mono_us()), 1);
	assert_int_equal(sign_in(&person, good, code_now, NULL, "203.0.113.9").err, ERR_OK);
}

static void in_a_campaign_a_strangers_first_failure_waits(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "camp.wait");
	(void)sign_in(&person, "wrong-password-here", "000000", NULL, "192.0.2.70");
	assert_int_equal(count("SELECT COUNT(*) FROM auth_lane WHERE next_at > last_fail_at"), 0);
	begin_campaign();
	(void)sign_in(&person, "wrong-password-here", "000000", NULL, "192.0.2.71");
	assert_true(count("SELECT COUNT(*) FROM auth_lane WHERE next_at > last_fail_at") > 0);
}

/* Of all that came before. */
static void each_refusal_says_what_it_was_made_of(void **state)
{
	(void)state;
	assert_true(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			  "'auth.sign_in_refused'") > 9);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.sign_in_refused' AND leaf LIKE '%\"lane\":\"%' AND leaf NOT "
			       "LIKE '%\"seen\":\"v1 %'"),
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_spray_is_told_shown_and_kept, before_each),
		cmocka_unit_test_setup(a_known_device_notices_nothing_and_others_are_reported,
				       before_each),
		cmocka_unit_test_setup(right_proofs_from_a_source_of_the_campaign_are_not_enough,
				       before_each),
		cmocka_unit_test_setup(
			a_banned_source_is_not_looked_at_and_a_known_device_behind_it_is,
			before_each),
		cmocka_unit_test_setup(in_a_campaign_a_strangers_first_failure_waits, before_each),
		cmocka_unit_test_setup(each_refusal_says_what_it_was_made_of, before_each),
	};

	return cmocka_run_group_tests(tests, people_setup, people_teardown);
}
