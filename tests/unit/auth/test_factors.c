/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <pthread.h>

#include "auth/factor_sql.h"
#include "auth/recovery.h"
#include "tests/unit/auth/people.h"

/* How often a sign-in of this person was refused for that reason. */
#define REFUSED_WITH(login, why)                                                           \
	count("SELECT COUNT(*) FROM audit_event WHERE event = 'auth.sign_in_refused' AND " \
	      "object_name = '" login "' AND leaf LIKE '%\"" why "\"%'")
#define HAPPENED(event_name, login)                                                  \
	count("SELECT COUNT(*) FROM audit_event WHERE event = '" event_name "' AND " \
	      "outcome = 'ok' AND object_name = '" login "'")

enum { CODE = RECOVERY_TEXT, CODE_LINE = RECOVERY_TEXT + 1 };

static struct answer on_own(const struct person *person, const char *op, struct value value)
{
	return run(&(struct ask){.op = op, .cookie = person->session, .values = {value}});
}

static struct answer begin_device(const struct person *person, const char *label, char seed[64])
{
	struct answer answer = on_own(person, "factors.totp_begin", (struct value)TEXT(label));

	if (answer.err == ERR_OK)
		seed_of(answer.body, seed);
	return answer;
}

static struct answer confirm(const struct person *person, const char *seed)
{
	code_for(seed, 0);
	return on_own(person, "factors.totp_confirm", (struct value)TEXT(code_now));
}

static void add_device(const struct person *person, const char *label, char seed[64])
{
	assert_int_equal(begin_device(person, label, seed).err, ERR_OK);
	assert_int_equal(confirm(person, seed).err, ERR_OK);
	forget_step(person->login);
}

static struct uuid device_called(const struct person *person, const char *label)
{
	struct totp_device devices[TOTP_DEVICES_MAX];
	size_t found = 0;

	assert_int_equal(factor_sql_devices(&base, &person->id, devices, &found), ERR_OK);
	for (size_t i = 0; i < found; i++) {
		if (strcmp(devices[i].label, label) == 0)
			return devices[i].id;
	}
	fail_msg("no device \"%s\"", label);
	return (struct uuid){0};
}

static struct answer sign_in_with(const struct person *person, const char *seed)
{
	code_for(seed, 0);
	return sign_in(person, good, code_now, person->device, "192.0.2.1");
}

static void every_device_signs_in_with_a_counter_of_its_own(void **state)
{
	struct person person;
	char second[64];

	(void)state;
	enrol(&person, "two.devices");
	add_device(&person, "phone", second);
	assert_int_equal(sign_in_with(&person, person.seed).err, ERR_OK);
	/* The first one's code was used in this step; the second one's was not. */
	assert_int_equal(sign_in_with(&person, second).err, ERR_OK);
	assert_int_equal(sign_in_with(&person, person.seed).err, ERR_UNAUTHENTICATED);
	assert_int_equal(sign_in_with(&person, second).err, ERR_UNAUTHENTICATED);
	assert_int_equal(REFUSED_WITH("two.devices", "sign_in.code_replayed"), 2);
	assert_int_equal(REFUSED_WITH("two.devices", "sign_in.code"), 0);
	assert_int_equal(HAPPENED("auth.factor_added", "two.devices"), 1);
}

static void a_device_counts_once_a_code_of_it_was_given(void **state)
{
	struct person person;
	char seed[64], newer[64];

	(void)state;
	enrol(&person, "half.added");
	assert_int_equal(begin_device(&person, "phone", seed).err, ERR_OK);
	assert_int_equal(sign_in_with(&person, seed).err, ERR_UNAUTHENTICATED);
	struct answer wrong = on_own(&person, "factors.totp_confirm", (struct value)TEXT("000000"));
	assert_int_equal(wrong.err, ERR_INPUT);
	assert_string_equal(wrong.field, "code");
	/* Another key replaces the one nobody confirmed. */
	assert_int_equal(begin_device(&person, "phone", newer).err, ERR_OK);
	assert_int_equal(confirm(&person, seed).err, ERR_INPUT);
	assert_int_equal(confirm(&person, newer).err, ERR_OK);
	/* The code of the confirmation is used up. */
	assert_int_equal(sign_in_with(&person, newer).err, ERR_UNAUTHENTICATED);
	assert_int_equal(REFUSED_WITH("half.added", "sign_in.code_replayed"), 1);
	struct answer again = confirm(&person, newer);
	assert_int_equal(again.err, ERR_CONFLICT);
	assert_string_equal(again.reason, "factor.not_begun");
}

static void a_key_shown_too_long_ago_is_not_confirmed(void **state)
{
	struct person person;
	char seed[64];

	(void)state;
	enrol(&person, "slow.adder");
	assert_int_equal(begin_device(&person, "phone", seed).err, ERR_OK);
	test_db_script("UPDATE auth_totp SET created_at = created_at - INTERVAL 16 MINUTE "
		       "WHERE confirmed_at IS NULL");
	struct answer late = confirm(&person, seed);
	assert_int_equal(late.err, ERR_CONFLICT);
	assert_string_equal(late.reason, "factor.not_begun");
}

static void the_last_device_stays(void **state)
{
	struct person person;
	char second[64];

	(void)state;
	enrol(&person, "last.one");
	struct uuid first = device_called(&person, "");
	struct answer last = on_own(&person, "factors.totp_remove", (struct value)ID(first));
	assert_int_equal(last.err, ERR_CONFLICT);
	assert_string_equal(last.reason, "factor.last");
	/* One that nobody confirmed is no second factor. */
	assert_int_equal(begin_device(&person, "phone", second).err, ERR_OK);
	assert_int_equal(on_own(&person, "factors.totp_remove", (struct value)ID(first)).err,
			 ERR_CONFLICT);
	assert_int_equal(confirm(&person, second).err, ERR_OK);
	int64_t seeds = count("SELECT COUNT(*) FROM secret WHERE kind = 3");
	assert_int_equal(on_own(&person, "factors.totp_remove", (struct value)ID(first)).err,
			 ERR_OK);
	assert_int_equal(HAPPENED("auth.factor_removed", "last.one"), 1);
	/* Nothing is left of it, not even sealed. */
	assert_int_equal(count("SELECT COUNT(*) FROM secret WHERE kind = 3"), seeds - 1);
	forget_step("last.one");
	assert_int_equal(sign_in_with(&person, person.seed).err, ERR_UNAUTHENTICATED);
	assert_int_equal(sign_in_with(&person, second).err, ERR_OK);
}

static void nobody_touches_anothers_device(void **state)
{
	struct person owner, other;

	(void)state;
	enrol(&owner, "owner.one");
	enrol(&other, "other.one");
	struct uuid id = device_called(&owner, "");
	assert_int_equal(on_own(&other, "factors.totp_remove", (struct value)ID(id)).err,
			 ERR_NOT_FOUND);
	struct answer renamed = run(&(struct ask){.op = "factors.totp_rename",
						  .cookie = other.session,
						  .values = {TEXT("mine now"), ID(id)}});
	assert_int_equal(renamed.err, ERR_NOT_FOUND);
	renamed = run(&(struct ask){.op = "factors.totp_rename",
				    .cookie = owner.session,
				    .values = {TEXT("work phone"), ID(id)}});
	assert_int_equal(renamed.err, ERR_OK);
	(void)device_called(&owner, "work phone");
}

static void five_devices_are_enough(void **state)
{
	struct person person;
	char seed[64], label[32];

	(void)state;
	enrol(&person, "many.devices");
	for (int i = 2; i <= TOTP_DEVICES_MAX; i++) {
		snprintf(label, sizeof(label), "device %d", i);
		add_device(&person, label, seed);
	}
	struct answer more = begin_device(&person, "one more", seed);
	assert_int_equal(more.err, ERR_CONFLICT);
	assert_string_equal(more.reason, "factor.too_many");
}

/* Begun while there was room, and confirmed when another one took it. */
static void a_sixth_device_is_not_confirmed(void **state)
{
	struct person person;
	char seed[64], label[32];

	(void)state;
	enrol(&person, "sixth.device");
	for (int i = 2; i < TOTP_DEVICES_MAX; i++) {
		snprintf(label, sizeof(label), "device %d", i);
		add_device(&person, label, seed);
	}
	assert_int_equal(begin_device(&person, "sixth", seed).err, ERR_OK);
	test_db_script("INSERT INTO auth_totp (id, user_id, secret_id, label, created_at, "
		       "confirmed_at) SELECT UNHEX(MD5('5th')), user_id, UNHEX(MD5('5th')), "
		       "'fifth', created_at, confirmed_at FROM auth_totp WHERE "
		       "label = 'device 2' AND user_id = "
		       "(SELECT id FROM user WHERE login = 'sixth.device')");
	struct answer more = confirm(&person, seed);
	assert_int_equal(more.err, ERR_CONFLICT);
	assert_string_equal(more.reason, "factor.too_many");
}

/* Each way to change how one signs in. */
static void an_old_sign_in_changes_no_factor(void **state)
{
	struct person person;
	char seed[64];

	(void)state;
	enrol(&person, "old.session");
	struct uuid id = device_called(&person, "");
	test_db_script("UPDATE auth_session SET authenticated_at = authenticated_at - "
		       "INTERVAL 16 MINUTE WHERE user_id = "
		       "(SELECT id FROM user WHERE login = 'old.session')");
	const struct answer answers[] = {
		begin_device(&person, "phone", seed),
		on_own(&person, "factors.totp_confirm", (struct value)TEXT("123456")),
		on_own(&person, "factors.totp_remove", (struct value)ID(id)),
		on_own(&person, "factors.recovery_create", (struct value){0}),
	};
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		assert_int_equal(answers[i].err, ERR_UNAUTHENTICATED);
		assert_string_equal(answers[i].reason, "auth.not_fresh");
	}
}

/* ------------------------------------------------------------------ recovery codes */

static void make_codes(const struct person *person, char codes[1024])
{
	struct answer answer = on_own(person, "factors.recovery_create", (struct value){0});

	assert_int_equal(answer.err, ERR_OK);
	assert_int_equal(strlen(answer.body), RECOVERY_CODES * CODE_LINE);
	memcpy(codes, answer.body, sizeof(answer.body));
}

static struct ask recover_ask(const struct person *person, const char *code, size_t len,
			      char pair[128])
{
	int size = snprintf(pair, 128, "%.*s%c%s", (int)len, code, 0, good);

	return (struct ask){.op = "auth.sign_in_recovery",
			    .peer = "192.0.2.99",
			    .device = person->device,
			    .secret = pair,
			    .secret_len = (size_t)size,
			    .values = {TEXT(person->login)}};
}

static struct answer recover(const struct person *person, const char *code, size_t len)
{
	char pair[128];
	uint8_t proof[DEVICE_PROOF];
	struct ask ask = recover_ask(person, code, len, pair);

	if (person->key) {
		prove(person, NULL, proof);
		ask.proof = proof;
	}
	return run(&ask);
}

static void a_recovery_code_signs_in_once(void **state)
{
	struct person person;
	char codes[1024];

	(void)state;
	enrol(&person, "recovers");
	make_codes(&person, codes);
	assert_int_equal(count("SELECT COUNT(DISTINCT hash) FROM auth_recovery_code c JOIN user u "
			       "ON u.id = c.user_id WHERE u.login = 'recovers'"),
			 RECOVERY_CODES);
	assert_true(recover(&person, codes, CODE).has_session);
	struct answer again = recover(&person, codes, CODE);
	assert_int_equal(again.err, ERR_UNAUTHENTICATED);
	assert_string_equal(again.reason, "sign_in.failed");
	assert_int_equal(REFUSED_WITH("recovers", "sign_in.recovery_used"), 1);
	assert_true(recover(&person, codes + CODE_LINE, CODE).has_session);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE "
			       "event = 'auth.recovery_code_used' AND object_name = 'recovers' "
			       "AND peer = '192.0.2.99' AND leaf LIKE '%\"left\":\"8\"%'"),
			 1);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = 'auth.sign_in' AND "
			       "object_name = 'recovers' AND leaf LIKE '%\"recovery\"%'"),
			 2);
}

static void what_was_typed_need_not_look_as_it_was_shown(void **state)
{
	struct person person;
	char codes[1024], plain[32];
	size_t at = 0;

	(void)state;
	enrol(&person, "small.letters");
	make_codes(&person, codes);
	for (int i = 0; i < CODE; i++) {
		if (codes[i] != '-')
			plain[at++] = (char)(codes[i] | (codes[i] >= 'A' ? 0x20 : 0));
	}
	plain[at++] = ' ';
	assert_int_equal(recover(&person, plain, at).err, ERR_OK);
}

static void new_codes_void_the_old(void **state)
{
	struct person person;
	char old[1024], codes[1024];

	(void)state;
	enrol(&person, "renews");
	make_codes(&person, old);
	make_codes(&person, codes);
	assert_int_equal(recover(&person, old, CODE).err, ERR_UNAUTHENTICATED);
	assert_int_equal(REFUSED_WITH("renews", "sign_in.recovery"), 1);
	assert_int_equal(count("SELECT COUNT(*) FROM auth_recovery_code c JOIN user u "
			       "ON u.id = c.user_id WHERE u.login = 'renews'"),
			 RECOVERY_CODES);
	assert_int_equal(recover(&person, codes, CODE).err, ERR_OK);
	assert_int_equal(HAPPENED("auth.recovery_codes_made", "renews"), 2);
}

static void what_is_no_code_of_this_person_is_refused(void **state)
{
	struct person person, other, unknown = {.login = "nobody.recovers"};
	char codes[1024], others[1024];

	(void)state;
	enrol(&person, "guessed.at");
	enrol(&other, "has.codes");
	make_codes(&other, others);
	/* Nobody without codes signs in with one. */
	assert_int_equal(recover(&person, others, CODE).err, ERR_UNAUTHENTICATED);
	assert_int_equal(REFUSED_WITH("guessed.at", "sign_in.no_second_factor"), 1);
	make_codes(&person, codes);
	const char *const wrong[] = {others, "", "AAAA-AAAA-AAAA-AAAA", "123456", codes};
	const size_t lens[] = {CODE, 0, CODE, 6, CODE - 1};
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		test_db_script("DELETE FROM auth_lane");
		struct answer answer = recover(&person, wrong[i], lens[i]);
		if (answer.err != ERR_UNAUTHENTICATED && answer.err != ERR_INPUT)
			fail_msg("case %zu: %d", i, (int)answer.err);
	}
	struct answer nobody = recover(&unknown, codes, CODE);
	assert_int_equal(nobody.err, ERR_UNAUTHENTICATED);
	assert_string_equal(nobody.reason, "sign_in.failed");
}

static void a_recovery_code_needs_the_password_too(void **state)
{
	static const char rest[] = "\0not-the-password";
	struct person person;
	char codes[1024], pair[64];

	(void)state;
	enrol(&person, "half.proof");
	make_codes(&person, codes);
	memcpy(pair, codes, CODE);
	memcpy(pair + CODE, rest, sizeof(rest));
	struct answer answer = run(&(struct ask){.op = "auth.sign_in_recovery",
						 .secret = pair,
						 .secret_len = CODE + sizeof(rest) - 1,
						 .values = {TEXT(person.login)}});
	assert_int_equal(answer.err, ERR_UNAUTHENTICATED);
	assert_int_equal(REFUSED_WITH("half.proof", "sign_in.password"), 1);
	/* It was not used up by that. */
	assert_int_equal(recover(&person, codes, CODE).err, ERR_OK);
}

#define SET_CAP(what, fails)                                                                 \
	test_db_script("UPDATE auth_lane SET fails = " fails " WHERE authenticator = '" what \
		       "' AND lane = UNHEX(SHA2(CONCAT('cap', CHAR(0)), 256))")

static void guessing_recovery_codes_waits_and_ends(void **state)
{
	static const char guess[] = "AAAA-AAAA-AAAA-AAAA";
	struct person person;
	char codes[1024];

	(void)state;
	enrol(&person, "is.guessed");
	make_codes(&person, codes);
	(void)recover(&person, guess, CODE);
	test_db_script("UPDATE auth_lane SET next_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR "
		       "WHERE authenticator = 'recovery'");
	/* Waiting: even the right one is not looked at. */
	assert_int_equal(recover(&person, codes, CODE).err, ERR_LIMIT);
	assert_int_equal(REFUSED_WITH("is.guessed", "sign_in.wait"), 1);
	test_db_script("DELETE FROM auth_lane WHERE authenticator = 'recovery' AND "
		       "lane <> UNHEX(SHA2(CONCAT('cap', CHAR(0)), 256))");
	SET_CAP("recovery", "99");
	(void)recover(&person, guess, CODE);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE "
			       "event = 'auth.sign_in_refused' AND object_name = 'is.guessed' AND "
			       "leaf LIKE '%\"disabled\":\"recovery\"%'"),
			 1);
	assert_int_equal(recover(&person, codes, CODE).err, ERR_UNAUTHENTICATED);
	assert_int_equal(REFUSED_WITH("is.guessed", "sign_in.recovery_disabled"), 1);
	/* The device that shows codes has counters of its own. */
	assert_int_equal(sign_in_with(&person, person.seed).err, ERR_OK);
}

static struct answer sign_in_renewed(const struct person *person, const char *seed)
{
	code_for(seed, 0);
	return sign_in(person, renewed, code_now, person->device, "192.0.2.1");
}

static void a_new_link_voids_devices_and_codes(void **state)
{
	struct person person;
	char codes[1024], second[64], token[44], seed[64];

	(void)state;
	enrol(&person, "starts.anew");
	add_device(&person, "phone", second);
	make_codes(&person, codes);
	get_token(&person.id, token);
	get_seed(token, seed);
	code_for(seed, 0);
	assert_int_equal(run(&(struct ask){.op = "enrolment.complete",
					   .secret = renewed,
					   .values = {TEXT(token), TEXT(code_now)}})
				 .err,
			 ERR_OK);
	forget_step("starts.anew");
	assert_int_equal(sign_in_renewed(&person, person.seed).err, ERR_UNAUTHENTICATED);
	assert_int_equal(sign_in_renewed(&person, second).err, ERR_UNAUTHENTICATED);
	assert_int_equal(count("SELECT COUNT(*) FROM auth_recovery_code c JOIN user u ON u.id = "
			       "c.user_id WHERE u.login = 'starts.anew'"),
			 0);
	test_db_script("DELETE FROM auth_lane");
	assert_int_equal(sign_in_renewed(&person, seed).err, ERR_OK);
}

/* ------------------------------------------------------------------ two at once */

static int how_many_got_in(const struct ask *ask)
{
	enum { RACERS = 4 };
	struct racer racers[RACERS];
	int in = 0;

	for (int i = 0; i < RACERS; i++) {
		racers[i].ask = *ask;
		assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
	}
	for (int i = 0; i < RACERS; i++) {
		pthread_join(racers[i].thread, NULL);
		in += racers[i].answer.has_session;
	}
	return in;
}

static void at_once_a_code_signs_in_once(void **state)
{
	struct person person;
	char codes[1024], pair[128];

	(void)state;
	enrol(&person, "at.once");
	make_codes(&person, codes);
	struct ask by_recovery = recover_ask(&person, codes, CODE, pair);
	assert_int_equal(how_many_got_in(&by_recovery), 1);
	code_for(person.seed, 0);
	struct ask by_code = {.op = "auth.sign_in",
			      .secret = good,
			      .device = person.device,
			      .values = {TEXT(person.login), TEXT(code_now)}};
	assert_int_equal(how_many_got_in(&by_code), 1);
}

static void at_once_one_of_two_last_devices_stays(void **state)
{
	struct person person;
	char second[64];
	struct racer racers[2];

	(void)state;
	enrol(&person, "both.away");
	add_device(&person, "phone", second);
	const struct uuid ids[2] = {device_called(&person, ""), device_called(&person, "phone")};
	for (int i = 0; i < 2; i++) {
		racers[i] = (struct racer){.ask = {.op = "factors.totp_remove",
						   .cookie = person.session,
						   .values = {ID(ids[i])}}};
		assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
	}
	for (int i = 0; i < 2; i++)
		pthread_join(racers[i].thread, NULL);
	assert_int_equal((racers[0].answer.err == ERR_OK) + (racers[1].answer.err == ERR_OK), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_device_signs_in_with_a_counter_of_its_own),
		cmocka_unit_test(a_device_counts_once_a_code_of_it_was_given),
		cmocka_unit_test(a_key_shown_too_long_ago_is_not_confirmed),
		cmocka_unit_test(the_last_device_stays),
		cmocka_unit_test(nobody_touches_anothers_device),
		cmocka_unit_test(five_devices_are_enough),
		cmocka_unit_test(a_sixth_device_is_not_confirmed),
		cmocka_unit_test(an_old_sign_in_changes_no_factor),
		cmocka_unit_test(a_recovery_code_signs_in_once),
		cmocka_unit_test(what_was_typed_need_not_look_as_it_was_shown),
		cmocka_unit_test(new_codes_void_the_old),
		cmocka_unit_test(what_is_no_code_of_this_person_is_refused),
		cmocka_unit_test(a_recovery_code_needs_the_password_too),
		cmocka_unit_test(guessing_recovery_codes_waits_and_ends),
		cmocka_unit_test(a_new_link_voids_devices_and_codes),
		cmocka_unit_test(at_once_a_code_signs_in_once),
		cmocka_unit_test(at_once_one_of_two_last_devices_stays),
	};
	return cmocka_run_group_tests(tests, people_setup, people_teardown);
}
