/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <pthread.h>
#include <sys/wait.h>

#include "auth/session.h"
#include "rbac/principal.h"
#include "tests/unit/auth/people.h"

static void right_password_and_code_sign_in(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "sato");
	code_for(person.seed, 0);
	struct answer answer = sign_in(&person, good, code_now, NULL, "192.0.2.1");
	assert_int_equal(answer.err, ERR_OK);
	assert_true(answer.has_session && answer.has_device);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = 'auth.sign_in' AND "
			       "actor_login = 'sato' AND peer = '192.0.2.1'"),
			 1);
	/* Only hashes at rest. */
	assert_int_equal(count("SELECT COUNT(*) FROM auth_session WHERE LENGTH(cookie_hash) = 32"),
			 count("SELECT COUNT(*) FROM auth_session"));
	struct answer out = run(&(struct ask){.op = "auth.sign_out", .cookie = answer.session});
	assert_int_equal(out.err, ERR_OK);
	assert_true(out.clear);
	out = run(&(struct ask){.op = "auth.sign_out", .cookie = answer.session});
	assert_int_equal(out.err, ERR_UNAUTHENTICATED);
}

static void every_failure_looks_the_same(void **state)
{
	struct person person, unknown = {.login = "nobody-here"};

	(void)state;
	enrol(&person, "suzuki");
	code_for(person.seed, 0);
	struct answer wrong[] = {
		sign_in(&person, "wrong-password-here", code_now, NULL, "192.0.2.1"),
		sign_in(&person, good, "000000", NULL, "192.0.2.1"),
		sign_in(&unknown, good, "000000", NULL, "192.0.2.1"),
	};
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(wrong[i].err, ERR_UNAUTHENTICATED);
		assert_string_equal(wrong[i].reason, "sign_in.failed");
		assert_false(wrong[i].has_session);
	}
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE "
			       "event = 'auth.sign_in_refused' AND outcome = 'refused' AND "
			       "object_name = 'suzuki'"),
			 2);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE leaf LIKE '%nobody-here%'"),
			 0);
}

static void a_code_works_once(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "takahashi");
	code_for(person.seed, 0);
	assert_int_equal(sign_in(&person, good, code_now, NULL, "192.0.2.1").err, ERR_OK);
	assert_int_equal(sign_in(&person, good, code_now, NULL, "192.0.2.1").err,
			 ERR_UNAUTHENTICATED);
}

static void a_waiting_lane_evaluates_nothing_and_others_stay_open(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "tanabe");
	for (int i = 0; i < 4; i++)
		assert_int_equal(
			sign_in(&person, "wrong-password-here", "000000", NULL, "203.0.113.9").err,
			ERR_UNAUTHENTICATED);
	test_db_script("UPDATE auth_lane SET next_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR "
		       "WHERE fails >= 4");
	code_for(person.seed, 0);
	/* The stranger's lane waits: even the right proof is refused, with the usual answer. */
	struct answer stranger = sign_in(&person, good, code_now, NULL, "203.0.113.10");
	assert_int_equal(stranger.err, ERR_UNAUTHENTICATED);
	assert_string_equal(stranger.reason, "sign_in.failed");
	/* The person's own device and network have lanes of their own. */
	assert_int_equal(sign_in(&person, good, code_now, person.device, "203.0.113.11").err,
			 ERR_OK);
	forget_step("tanabe");
	assert_int_equal(sign_in(&person, good, code_now, NULL, "198.51.100.1").err, ERR_OK);
}

static void a_waiting_own_device_is_told_how_long(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "watanabe");
	for (int i = 0; i < 4; i++)
		(void)sign_in(&person, "wrong-password-here", "000000", person.device,
			      "203.0.113.9");
	test_db_script("UPDATE auth_lane SET next_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR "
		       "WHERE fails >= 4");
	struct answer answer = sign_in(&person, good, "000000", person.device, "203.0.113.9");
	assert_int_equal(answer.err, ERR_LIMIT);
	assert_string_equal(answer.reason, "sign_in.wait");
	assert_in_range(strtol(answer.retry_after, NULL, 10), 3000, 3600);
}

#define SET_CAP(what, fails)                                                                 \
	test_db_script("UPDATE auth_lane SET fails = " fails " WHERE authenticator = '" what \
		       "' AND "                                                              \
		       "lane = UNHEX(SHA2(CONCAT('cap', CHAR(0)), 256))")
#define REFUSED_WITH(login, part)                                                          \
	count("SELECT COUNT(*) FROM audit_event WHERE event = 'auth.sign_in_refused' AND " \
	      "object_name = '" login "' AND leaf LIKE '%" part "%'")

/* From lanes of their own each time: the cap counts over all of them. */
static void a_hundred_failures_disable_the_password(void **state)
{
	struct person person;
	char token[44], seed[64];

	(void)state;
	enrol(&person, "cap.password");
	(void)sign_in(&person, "wrong-password-here", "000000", NULL, "203.0.113.9");
	SET_CAP("password", "97");
	(void)sign_in(&person, "wrong-password-here", "000000", person.device, "203.0.113.9");
	(void)sign_in(&person, "wrong-password-here", "000000", NULL, "198.51.100.1");
	assert_int_equal(REFUSED_WITH("cap.password", "disabled"), 0);
	(void)sign_in(&person, "wrong-password-here", "000000", NULL, "203.0.113.9");
	assert_int_equal(REFUSED_WITH("cap.password", "\"disabled\":\"password\""), 1);
	code_for(person.seed, 0);
	struct answer right = sign_in(&person, good, code_now, person.device, "198.51.100.1");
	assert_int_equal(right.err, ERR_UNAUTHENTICATED);
	assert_string_equal(right.reason, "sign_in.failed");
	assert_int_equal(REFUSED_WITH("cap.password", "sign_in.password_disabled"), 1);
	/* A new link binds both anew. */
	get_token(&person.id, token);
	get_seed(token, seed);
	code_for(seed, 0);
	assert_int_equal(run(&(struct ask){.op = "enrolment.complete",
					   .secret = renewed,
					   .values = {TEXT(token), TEXT(code_now)}})
				 .err,
			 ERR_OK);
	forget_step("cap.password");
	assert_int_equal(sign_in(&person, renewed, code_now, NULL, "192.0.2.1").err, ERR_OK);
}

static void a_hundred_failures_disable_the_code_and_the_console_clears(void **state)
{
	struct person person;
	uint8_t subject[32];
	uint64_t cleared = 0;

	(void)state;
	enrol(&person, "cap.code");
	code_for(person.seed, 0);
	(void)sign_in(&person, good, "000000", person.device, "203.0.113.9");
	SET_CAP("totp", "99");
	(void)sign_in(&person, good, "000000", person.device, "203.0.113.9");
	assert_int_equal(REFUSED_WITH("cap.code", "\"disabled\":\"totp\""), 1);
	assert_int_equal(sign_in(&person, good, code_now, NULL, "198.51.100.1").err,
			 ERR_UNAUTHENTICATED);
	assert_int_equal(REFUSED_WITH("cap.code", "sign_in.code_disabled"), 1);
	assert_int_equal(REFUSED_WITH("cap.code", "sign_in.password"), 0);
	assert_int_equal(signin_subject(&base, person.login, subject), ERR_OK);
	assert_int_equal(lane_clear_all(&base, subject, &cleared), ERR_OK);
	assert_true(cleared > 0);
	assert_int_equal(sign_in(&person, good, code_now, NULL, "198.51.100.1").err, ERR_OK);
}

static void success_starts_the_count_again(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "cap.success");
	(void)sign_in(&person, "wrong-password-here", "000000", NULL, "203.0.113.9");
	(void)sign_in(&person, good, "000000", NULL, "203.0.113.9");
	SET_CAP("totp", "98");
	code_for(person.seed, 0);
	assert_int_equal(sign_in(&person, good, code_now, person.device, "203.0.113.9").err,
			 ERR_OK);
	uint32_t fails = 0;
	uint8_t subject[32];
	assert_int_equal(signin_subject(&base, person.login, subject), ERR_OK);
	for (int what = LANE_PASSWORD; what <= LANE_TOTP; what++) {
		assert_int_equal(
			lane_cap_reserve(&base, subject, (enum lane_authenticator)what, &fails),
			ERR_OK);
		assert_int_equal(fails, 1);
	}
}

static void a_used_or_unknown_link_is_refused_and_audited(void **state)
{
	struct person person;
	char token[44], seed[64];
	int64_t before = count("SELECT COUNT(*) FROM audit_event WHERE "
			       "event = 'auth.enrolment_refused'");

	(void)state;
	enrol(&person, "ito");
	get_token(&person.id, token);
	get_seed(token, seed);
	code_for(seed, 0);
	struct ask ask = {.op = "enrolment.complete",
			  .secret = renewed,
			  .values = {TEXT(token), TEXT(code_now)}};
	assert_int_equal(run(&ask).err, ERR_OK);
	struct answer again = run(&ask);
	assert_int_equal(again.err, ERR_NOT_FOUND);
	assert_string_equal(again.reason, "enrolment.invalid");
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE "
			       "event = 'auth.enrolment_refused'"),
			 before + 1);
}

/* Whoever gave the link out may know, or fear that somebody knows, the present one. */
static void a_new_link_takes_a_new_password(void **state)
{
	struct person person;
	char token[44], seed[64];

	(void)state;
	enrol(&person, "same.again");
	get_token(&person.id, token);
	get_seed(token, seed);
	code_for(seed, 0);
	struct ask ask = {.op = "enrolment.complete",
			  .secret = good,
			  .values = {TEXT(token), TEXT(code_now)}};
	struct answer same = run(&ask);
	assert_int_equal(same.err, ERR_INPUT);
	assert_string_equal(same.reason, "password.reused");
	ask.secret = renewed;
	assert_int_equal(run(&ask).err, ERR_OK);
}

/* Somebody who opened the link first knows nothing that counts afterwards. */
static void each_look_at_the_link_makes_the_key_before_worthless(void **state)
{
	char token[44], first[64], shown[64];
	struct answer made = create("looked.at", NULL);

	(void)state;
	get_token(&made.id, token);
	get_seed(token, first);
	int64_t seeds = count("SELECT COUNT(*) FROM secret WHERE kind = 3");
	get_seed(token, shown);
	assert_string_not_equal(first, shown);
	assert_int_equal(count("SELECT COUNT(*) FROM secret WHERE kind = 3"), seeds);
	struct ask ask = {.op = "enrolment.complete",
			  .secret = good,
			  .values = {TEXT(token), TEXT(code_now)}};
	code_for(first, 0);
	assert_string_equal(run(&ask).reason, "code.wrong");
	code_for(shown, 0);
	assert_int_equal(run(&ask).err, ERR_OK);
}

static void two_at_once_share_one_link(void **state)
{
	char token[44], seed[64];
	struct racer racers[2];
	struct answer made = create("yamamoto", NULL);

	(void)state;
	get_token(&made.id, token);
	get_seed(token, seed);
	code_for(seed, 0);
	for (int i = 0; i < 2; i++) {
		racers[i] = (struct racer){.ask = {.op = "enrolment.complete",
						   .secret = good,
						   .values = {TEXT(token), TEXT(code_now)}}};
		assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
	}
	for (int i = 0; i < 2; i++)
		pthread_join(racers[i].thread, NULL);
	assert_int_equal((racers[0].answer.err == ERR_OK) + (racers[1].answer.err == ERR_OK), 1);
	assert_int_equal(
		count("SELECT COUNT(*) FROM auth_session s JOIN user u ON u.id = s.user_id "
		      "WHERE u.login = 'yamamoto'"),
		1);
}

static void the_same_key_creates_once(void **state)
{
	struct answer first = create("nakamura", "key-1");
	struct answer second = create("nakamura", "key-1");
	struct answer other = create("nakamura2", "key-1");

	(void)state;
	assert_int_equal(first.err, ERR_OK);
	assert_int_equal(second.err, ERR_OK);
	assert_true(uuid_equal(&first.id, &second.id));
	assert_int_equal(other.err, ERR_CONFLICT);
	assert_string_equal(other.reason, "idempotency.mismatch");
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = 'user.created' AND "
			       "object_name LIKE 'nakamura%'"),
			 1);
}

static void a_refusal_is_audited(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "kobayashi");
	struct answer answer = run(&(struct ask){.op = "users.create",
						 .cookie = person.session,
						 .values = {TEXT("x-user"), TEXT("X")}});
	assert_int_equal(answer.err, ERR_DENIED);
	assert_string_equal(answer.reason, "permission.missing");
	assert_int_equal(
		count("SELECT COUNT(*) FROM audit_event WHERE event = 'access.refused' AND "
		      "actor_login = 'kobayashi' AND outcome = 'refused'"),
		1);
}

static void without_an_audit_table_nothing_is_decided(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "kato");
	code_for(person.seed, 0);
	test_db_script("RENAME TABLE audit_event TO audit_event_away");
	struct answer signed_in = sign_in(&person, good, code_now, person.device, "192.0.2.1");
	struct answer refused = run(&(struct ask){.op = "users.create",
						  .cookie = person.session,
						  .values = {TEXT("y-user"), TEXT("Y")}});
	test_db_script("RENAME TABLE audit_event_away TO audit_event");
	assert_false(signed_in.has_session);
	assert_true(signed_in.err != ERR_OK && signed_in.err != ERR_UNAUTHENTICATED);
	assert_int_equal(refused.err, ERR_UNAVAILABLE);
	assert_int_equal(count("SELECT COUNT(*) FROM user WHERE login = 'y-user'"), 0);
}

static void sessions_end_by_silence_age_and_revocation(void **state)
{
	static const char *const columns[] = {"idle_expires_at", "expires_at"};
	struct person person;
	char sql[256];

	(void)state;
	enrol(&person, "yoshida");
	for (size_t i = 0; i < 2; i++) {
		code_for(person.seed, 0);
		forget_step("yoshida");
		struct answer in = sign_in(&person, good, code_now, person.device, "192.0.2.1");
		assert_int_equal(in.err, ERR_OK);
		snprintf(sql, sizeof(sql),
			 "UPDATE auth_session SET %s = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND "
			 "WHERE ended_at IS NULL",
			 columns[i]);
		test_db_script(sql);
		struct answer out = run(&(struct ask){.op = "auth.sign_out", .cookie = in.session});
		assert_int_equal(out.err, ERR_UNAUTHENTICATED);
		assert_string_equal(out.reason, "session.expired");
	}
}

static void a_changed_password_ends_the_other_sessions(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "yamada");
	code_for(person.seed, 0);
	struct answer second = sign_in(&person, good, code_now, person.device, "192.0.2.1");
	assert_int_equal(second.err, ERR_OK);
	static const char pair[] = "plover-sandy-41-harbour\0quiet-otter-77-lantern";
	struct answer answer = run(&(struct ask){.op = "auth.password_change",
						 .cookie = second.session,
						 .secret = pair,
						 .secret_len = sizeof(pair) - 1});
	assert_int_equal(answer.err, ERR_OK);
	assert_int_equal(run(&(struct ask){.op = "auth.sign_out", .cookie = person.session}).err,
			 ERR_UNAUTHENTICATED);
	assert_int_equal(run(&(struct ask){.op = "auth.sign_out", .cookie = second.session}).err,
			 ERR_OK);
}

/* Whoever asked has given up by now: doing it would surprise him. */
/* Whose session a cookie opens; nil: nobody's. */
static struct uuid opened_by(const uint8_t cookie[32])
{
	struct principal who = {.login = NULL};
	enum err err = session_principal(&base, (struct block){cookie, 32}, (struct block){0},
					 USE_LOOK, &who);

	assert_true(err == ERR_OK || err == ERR_UNAUTHENTICATED);
	return err == ERR_OK ? who.user_id : (struct uuid){{0}};
}

/* Cookies that somebody had put into the browser before its person signed in there. */
static void a_cookie_from_before_is_not_the_one_after(void **state)
{
	static const uint8_t invented[32] = {7};
	struct person attacker, victim;

	(void)state;
	enrol(&attacker, "plants.it");
	enrol(&victim, "is.planted");
	const uint8_t *const planted[] = {invented, attacker.session};
	for (size_t i = 0; i < 2; i++) {
		code_for(victim.seed, 0);
		forget_step("is.planted");
		struct answer in =
			run(&(struct ask){.op = "auth.sign_in",
					  .secret = good,
					  .cookie = planted[i],
					  .device = victim.device,
					  .values = {TEXT("is.planted"), TEXT(code_now)}});
		assert_int_equal(in.err, ERR_OK);
		assert_memory_not_equal(in.session, planted[i], 32);
		const struct uuid after = opened_by(in.session), before = opened_by(planted[i]);
		assert_true(uuid_equal(&after, &victim.id));
		assert_false(uuid_equal(&before, &victim.id));
	}
}

static void what_waited_too_long_is_not_done(void **state)
{
	(void)state;
	struct answer late = run(&(struct ask){.op = "users.create",
					       .console = true,
					       .since_us = sys_mono_us() - 900000,
					       .values = {TEXT("too.late"), TEXT("Somebody")}});
	assert_int_equal(late.err, ERR_UNAVAILABLE);
	assert_string_equal(late.reason, "authority.busy");
	assert_int_equal(create("too.late", NULL).err, ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right_password_and_code_sign_in),
		cmocka_unit_test(every_failure_looks_the_same),
		cmocka_unit_test(a_code_works_once),
		cmocka_unit_test(a_waiting_lane_evaluates_nothing_and_others_stay_open),
		cmocka_unit_test(a_waiting_own_device_is_told_how_long),
		cmocka_unit_test(a_hundred_failures_disable_the_password),
		cmocka_unit_test(a_hundred_failures_disable_the_code_and_the_console_clears),
		cmocka_unit_test(success_starts_the_count_again),
		cmocka_unit_test(a_used_or_unknown_link_is_refused_and_audited),
		cmocka_unit_test(a_new_link_takes_a_new_password),
		cmocka_unit_test(each_look_at_the_link_makes_the_key_before_worthless),
		cmocka_unit_test(two_at_once_share_one_link),
		cmocka_unit_test(the_same_key_creates_once),
		cmocka_unit_test(a_refusal_is_audited),
		cmocka_unit_test(without_an_audit_table_nothing_is_decided),
		cmocka_unit_test(sessions_end_by_silence_age_and_revocation),
		cmocka_unit_test(a_changed_password_ends_the_other_sessions),
		cmocka_unit_test(a_cookie_from_before_is_not_the_one_after),
		cmocka_unit_test(what_waited_too_long_is_not_done),
	};
	return cmocka_run_group_tests(tests, people_setup, people_teardown);
}
