/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/password_history_sql.h"
#include "tests/unit/auth/passkeys.h"

/* Passkeys over the whole way of a request: what is asked, answered, refused and recorded. */

/* Refused with the one answer of every sign-in that failed, and recorded with this reason. */
static void assert_refused(const struct answer *answer, const char *reason)
{
	static int64_t before[64];
	static char names[64][64];
	size_t at = 0;

	while (at < 64 && names[at][0] && strcmp(names[at], reason) != 0)
		at++;
	assert_true(at < 64);
	snprintf(names[at], sizeof(names[at]), "%s", reason);
	assert_int_equal(answer->err, ERR_UNAUTHENTICATED);
	assert_string_equal(answer->reason, "sign_in.failed");
	assert_false(answer->has_session || answer->has_device);
	int64_t now = refused_for("auth.sign_in_refused", reason);
	if (now != before[at] + 1)
		fail_msg("no record of %s", reason);
	before[at] = now;
}

static void a_passkey_signs_in_alone_and_after_the_password(void **state)
{
	static const enum webauthn_alg algs[] = {WEBAUTHN_ES256, WEBAUTHN_EDDSA, WEBAUTHN_RS256};
	static const char *const logins[] = {"es.user", "ed.user", "rs.user"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct owner owner;
		own(&owner, logins[i], algs[i]);
		struct answer in =
			alone(&owner.key, (struct soft_say){.count = 2}, &owner.person.id);
		assert_int_equal(in.err, ERR_OK);
		assert_true(in.has_session && in.has_device);
		in = second(&owner.person, good, &owner.key,
			    (struct soft_say){.count = 3, .flags = WEBAUTHN_UP});
		assert_int_equal(in.err, ERR_OK);
		assert_true(in.has_session);
		soft_key_clear(&owner.key);
	}
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = 'auth.sign_in' AND "
			       "leaf LIKE '%\"factor\":\"passkey_alone\"%'"),
			 3);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = 'auth.sign_in' AND "
			       "leaf LIKE '%\"factor\":\"passkey\"%'"),
			 3);
	assert_int_equal(count("SELECT COUNT(*) FROM auth_passkey WHERE sign_count = 3 AND "
			       "last_used_at IS NOT NULL"),
			 3);
}

static void every_refusal_looks_the_same_and_has_its_reason(void **state)
{
	struct owner owner, other;
	struct soft_key stranger;
	const struct uuid *self = &owner.person.id;
	struct answer got;

	(void)state;
	own(&owner, "refused.one", WEBAUTHN_ES256);
	own(&other, "refused.two", WEBAUTHN_EDDSA);
	soft_key_make(&stranger, WEBAUTHN_ES256);
	got = alone(&stranger, (struct soft_say){.count = 2}, self);
	assert_refused(&got, "passkey.unknown");
	got = alone(&owner.key, (struct soft_say){.count = 2}, &other.person.id);
	assert_refused(&got, "passkey.user_handle");
	got = alone(&owner.key, (struct soft_say){.count = 2, .signature_off = true}, self);
	assert_refused(&got, "passkey.signature");
	got = alone(&owner.key, (struct soft_say){.count = 2, .origin = "https://sekisho.evil"},
		    self);
	assert_refused(&got, "passkey.origin");
	got = alone(&owner.key, (struct soft_say){.count = 2, .type = "webauthn.create"}, self);
	assert_refused(&got, "passkey.type");
	got = alone(&owner.key, (struct soft_say){.count = 2, .rp_id = "sekisho.evil"}, self);
	assert_refused(&got, "passkey.rp_id");
	got = alone(&owner.key, (struct soft_say){.count = 2, .flags = WEBAUTHN_UP}, self);
	assert_refused(&got, "passkey.not_verified");
	got = alone(&owner.key, (struct soft_say){.count = 2, .tail = ",\"crossOrigin\":true}"},
		    self);
	assert_refused(&got, "passkey.cross_origin");
	got = second(&owner.person, good, &other.key, (struct soft_say){.count = 2});
	assert_refused(&got, "passkey.other_user");
	got = second(&owner.person, "not-the-password-at-all", &owner.key,
		     (struct soft_say){.count = 2});
	assert_refused(&got, "sign_in.password");
	test_db_script("UPDATE user SET state = 'disabled' WHERE login = 'refused.one'");
	got = alone(&owner.key, (struct soft_say){.count = 3}, self);
	assert_refused(&got, "sign_in.not_active");
	soft_key_clear(&owner.key);
	soft_key_clear(&other.key);
	soft_key_clear(&stranger);
}

static void a_copied_passkey_is_refused_and_alarms(void **state)
{
	struct owner owner;

	(void)state;
	own(&owner, "copied", WEBAUTHN_ES256);
	struct answer got = alone(&owner.key, (struct soft_say){.count = 9}, &owner.person.id);
	assert_int_equal(got.err, ERR_OK);
	got = alone(&owner.key, (struct soft_say){.count = 9}, &owner.person.id);
	assert_refused(&got, "passkey.counter");
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.passkey_copied' AND outcome = 'refused'"),
			 1);
	got = alone(&owner.key, (struct soft_say){.count = 10}, &owner.person.id);
	assert_int_equal(got.err, ERR_OK);
	soft_key_clear(&owner.key);
}

static void a_challenge_is_answered_once_in_time_and_for_its_purpose(void **state)
{
	struct owner owner;
	struct ask ask = {.op = "auth.passkey_sign_in"};
	struct ctx elsewhere; /* another process: nothing in common but the data base */
	struct answer got, asked;

	(void)state;
	own(&owner, "challenged", WEBAUTHN_EDDSA);
	asked = challenge_for("auth.passkey_challenge", NULL);
	answer_fields(&ask, 0, &owner.key, (struct soft_say){.count = 2}, &asked, &owner.person.id);
	assert_int_equal(run(&ask).err, ERR_OK);
	got = run(&ask);
	assert_refused(&got, "passkey.challenge_used");
	test_db_ctx(&elsewhere);
	elsewhere.keeper = base.keeper;
	elsewhere.conf = &conf;
	run_on(&elsewhere, &ask, &got);
	test_db_ctx_end(&elsewhere);
	assert_refused(&got, "passkey.challenge_used");

	/* One that failed is spent as well. */
	asked = challenge_for("auth.passkey_challenge", NULL);
	answer_fields(&ask, 0, &owner.key, (struct soft_say){.count = 3, .signature_off = true},
		      &asked, &owner.person.id);
	got = run(&ask);
	assert_refused(&got, "passkey.signature");
	assert_true(got.answer_at_us > sys_mono_us()); /* no sooner than others are refused */
	answer_fields(&ask, 0, &owner.key, (struct soft_say){.count = 3}, &asked, &owner.person.id);
	got = run(&ask);
	assert_refused(&got, "passkey.challenge_used");

	asked = challenge_for("auth.passkey_challenge", NULL);
	test_db_script("UPDATE auth_challenge SET expires_at = UTC_TIMESTAMP(6) "
		       "WHERE used_at IS NULL");
	answer_fields(&ask, 0, &owner.key, (struct soft_say){.count = 3}, &asked, &owner.person.id);
	got = run(&ask);
	assert_refused(&got, "passkey.challenge_expired");

	asked = challenge_for("auth.step_up_challenge", owner.person.session);
	answer_fields(&ask, 0, &owner.key, (struct soft_say){.count = 3}, &asked, &owner.person.id);
	got = run(&ask);
	assert_refused(&got, "passkey.challenge_foreign");

	asked = challenge_for("auth.passkey_challenge", NULL);
	asked.token[5] ^= asked.token[5] == 'A' ? 3 : 'A' ^ asked.token[5];
	answer_fields(&ask, 0, &owner.key, (struct soft_say){.count = 3}, &asked, &owner.person.id);
	got = run(&ask);
	assert_refused(&got, "passkey.challenge_unknown");
	assert_int_equal(count("SELECT COUNT(*) FROM auth_challenge WHERE TIMESTAMPDIFF(SECOND, "
			       "created_at, expires_at) > 300"),
			 0);
	soft_key_clear(&owner.key);
}

static void two_at_once_share_one_challenge(void **state)
{
	struct owner owner;
	struct racer racers[2];
	struct answer asked;

	(void)state;
	own(&owner, "racing", WEBAUTHN_ES256);
	asked = challenge_for("auth.passkey_challenge", NULL);
	for (int i = 0; i < 2; i++)
		racers[i] = (struct racer){.ask = {.op = "auth.passkey_sign_in"}};
	/* Without a counter, only the challenge stands between them. */
	test_db_script("UPDATE auth_passkey SET sign_count = 0");
	answer_fields(&racers[0].ask, 0, &owner.key, (struct soft_say){0}, &asked,
		      &owner.person.id);
	racers[1].ask = racers[0].ask;
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(racers[i].thread, NULL);
	assert_int_equal(racers[0].answer.has_session + racers[1].answer.has_session, 1);
	soft_key_clear(&owner.key);
}

static void no_two_challenges_are_alike(void **state)
{
	struct answer asked = challenge_for("auth.passkey_challenge", NULL);
	struct answer again = challenge_for("auth.passkey_challenge", NULL);

	(void)state;
	assert_string_not_equal(asked.challenge, again.challenge);
	assert_string_not_equal(asked.token, again.token);
}

/* Who may have one is told to nobody who is not that person. */
static void what_is_asked_at_the_sign_in_names_nobodys_passkey(void **state)
{
	struct owner owner;

	(void)state;
	own(&owner, "asked.about", WEBAUTHN_ES256);
	assert_false(challenge_for("auth.passkey_challenge", NULL).names_passkeys);
	assert_false(challenge_for("auth.passkey_challenge", owner.person.session).names_passkeys);
	assert_true(challenge_for("auth.step_up_challenge", owner.person.session).names_passkeys);
	/* Nor is there a place to say whom one means. */
	const struct op *const tables[] = {auth_ops(), NULL};
	assert_null(op_by_id(tables, "auth.passkey_challenge")->fields[0].name);
	soft_key_clear(&owner.key);
}

static void assert_not_added(const struct answer *answer, const char *reason)
{
	assert_int_equal(answer->err, ERR_CONFLICT);
	assert_string_equal(answer->reason, "passkey.refused");
	assert_int_equal(refused_for("auth.passkey_refused", reason), 1);
}

static void what_does_not_register_is_refused_and_recorded(void **state)
{
	struct owner owner;
	struct person other;
	struct soft_key key;
	struct answer got, asked;

	(void)state;
	own(&owner, "registers", WEBAUTHN_ES256);
	enrol(&other, "registers.not");
	soft_key_make(&key, WEBAUTHN_ES256);
	got = add(&owner.key, (struct soft_say){0}, other.session);
	assert_not_added(&got, "passkey.taken");
	got = add(&key, (struct soft_say){.origin = "https://sekisho.evil"}, other.session);
	assert_not_added(&got, "passkey.origin");
	got = add(&key, (struct soft_say){.rp_id = "sekisho.evil"}, other.session);
	assert_not_added(&got, "passkey.rp_id");
	got = add(&key, (struct soft_say){.flags = WEBAUTHN_UP | WEBAUTHN_AT}, other.session);
	assert_not_added(&got, "passkey.not_verified");
	got = add(&key, (struct soft_say){.packed = true, .signature_off = true}, other.session);
	assert_not_added(&got, "passkey.attestation");
	asked = challenge_for("passkeys.challenge", owner.person.session);
	struct ask ask = add_ask(&key, (struct soft_say){0}, other.session, &asked);
	got = run(&ask);
	assert_not_added(&got, "passkey.challenge_foreign");
	asked = challenge_for("passkeys.challenge", other.session);
	ask = add_ask(&key, (struct soft_say){0}, other.session, &asked);
	assert_int_equal(run(&ask).err, ERR_OK);
	got = run(&ask);
	assert_not_added(&got, "passkey.challenge_used");
	soft_key_clear(&owner.key);
	soft_key_clear(&key);
}

static void an_old_sign_in_adds_and_removes_no_passkey(void **state)
{
	struct owner owner;

	(void)state;
	own(&owner, "stale", WEBAUTHN_ES256);
	struct answer asked = challenge_for("passkeys.challenge", owner.person.session);
	struct ask ask = add_ask(&owner.key, (struct soft_say){0}, owner.person.session, &asked);
	test_db_script("UPDATE auth_session SET authenticated_at = "
		       "UTC_TIMESTAMP(6) - INTERVAL 16 MINUTE");
	struct answer got = run(&ask);
	assert_string_equal(got.reason, "auth.not_fresh");
	got = run(&(struct ask){.op = "passkeys.challenge", .cookie = owner.person.session});
	assert_string_equal(got.reason, "auth.not_fresh");
	struct ask away = {
		.op = "passkeys.remove", .cookie = owner.person.session, .values = {ID(owner.id)}};
	got = run(&away);
	assert_string_equal(got.reason, "auth.not_fresh");

	/* The passkey itself makes it a new one, under a new cookie. */
	got = step_up(&owner.key, (struct soft_say){.count = 2}, owner.person.session);
	assert_int_equal(got.err, ERR_OK);
	assert_true(got.has_session);
	assert_int_equal(run(&away).err, ERR_UNAUTHENTICATED);
	away.cookie = got.session;
	assert_int_equal(run(&away).err, ERR_OK);
	soft_key_clear(&owner.key);
}

static void only_the_own_verified_passkey_steps_up(void **state)
{
	struct owner owner, other;
	struct answer got;

	(void)state;
	own(&owner, "steps.up", WEBAUTHN_ES256);
	own(&other, "steps.not", WEBAUTHN_ES256);
	got = step_up(&other.key, (struct soft_say){.count = 2}, owner.person.session);
	assert_string_equal(got.reason, "passkey.refused");
	assert_false(got.has_session);
	assert_int_equal(refused_for("auth.sign_in_refused", "passkey.other_user"), 2);
	got = step_up(&owner.key, (struct soft_say){.count = 2, .flags = WEBAUTHN_UP},
		      owner.person.session);
	assert_string_equal(got.reason, "passkey.refused");
	/* One session's challenge is no other's, though both be the same person's. */
	struct answer in = alone(&owner.key, (struct soft_say){.count = 3}, &owner.person.id);
	struct answer asked = challenge_for("auth.step_up_challenge", owner.person.session);
	struct ask ask = {.op = "auth.step_up", .cookie = in.session};
	answer_fields(&ask, 0, &owner.key, (struct soft_say){.count = 4}, &asked, NULL);
	got = run(&ask);
	assert_string_equal(got.reason, "passkey.refused");
	/* Nor is one that was asked for something else. */
	asked = challenge_for("passkeys.challenge", in.session);
	answer_fields(&ask, 0, &owner.key, (struct soft_say){.count = 5}, &asked, NULL);
	got = run(&ask);
	assert_string_equal(got.reason, "passkey.refused");
	enrol(&other.person, "steps.without");
	got = run(&(struct ask){.op = "auth.step_up_challenge", .cookie = other.person.session});
	assert_string_equal(got.reason, "passkey.none");
	soft_key_clear(&owner.key);
	soft_key_clear(&other.key);
}

static void the_owner_renames_and_removes_and_nobody_else(void **state)
{
	struct owner owner;
	struct person other;
	struct answer got;

	(void)state;
	own(&owner, "renames", WEBAUTHN_EDDSA);
	enrol(&other, "renames.not");
	struct ask name = {.op = "passkeys.rename",
			   .cookie = other.session,
			   .values = {TEXT("phone"), ID(owner.id)}};
	struct ask away = {
		.op = "passkeys.remove", .cookie = other.session, .values = {ID(owner.id)}};
	assert_int_equal(run(&name).err, ERR_NOT_FOUND);
	assert_int_equal(run(&away).err, ERR_NOT_FOUND);
	name.cookie = away.cookie = owner.person.session;
	assert_int_equal(run(&name).err, ERR_OK);
	assert_int_equal(count("SELECT COUNT(*) FROM auth_passkey WHERE label = 'phone'"), 1);
	/* The code's device goes first: then the passkey is the last factor. */
	test_db_script("DELETE FROM auth_totp WHERE user_id = "
		       "(SELECT id FROM user WHERE login = 'renames')");
	got = run(&away);
	assert_int_equal(got.err, ERR_CONFLICT);
	assert_string_equal(got.reason, "factor.last");
	struct soft_key spare;
	soft_key_make(&spare, WEBAUTHN_ES256);
	assert_int_equal(add(&spare, (struct soft_say){0}, owner.person.session).err, ERR_OK);
	assert_int_equal(run(&away).err, ERR_OK);
	got = alone(&owner.key, (struct soft_say){.count = 2}, &owner.person.id);
	assert_refused(&got, "passkey.unknown");
	soft_key_clear(&owner.key);
	soft_key_clear(&spare);
}

static void a_new_link_voids_passkeys(void **state)
{
	struct owner owner;
	char token[44];

	(void)state;
	own(&owner, "linked", WEBAUTHN_ES256);
	get_token(&owner.person.id, token);
	get_seed(token, owner.person.seed);
	code_for(owner.person.seed, 0);
	struct answer done = run(&(struct ask){.op = "enrolment.complete",
					       .secret = renewed,
					       .values = {TEXT(token), TEXT(code_now)}});
	assert_int_equal(done.err, ERR_OK);
	struct answer got = alone(&owner.key, (struct soft_say){.count = 2}, &owner.person.id);
	assert_refused(&got, "passkey.unknown");
	soft_key_clear(&owner.key);
}

static enum err change_is_required(struct ctx *ctx, const struct person *person)
{
	return password_sql_must_change(ctx, &person->id);
}

static void a_change_required_meanwhile_binds_who_signs_in_alone(void **state)
{
	struct owner owner;
	struct racer racer = {.ask = {.op = "auth.passkey_sign_in"}};

	(void)state;
	own(&owner, "alone.due", WEBAUTHN_ES256);
	racer.ask.device = owner.person.device; /* an unknown one would be made first, and wait */
	struct answer asked = challenge_for("auth.passkey_challenge", NULL);
	answer_fields(&racer.ask, 0, &owner.key, (struct soft_say){.count = 2}, &asked,
		      &owner.person.id);
	race_held(&racer, &owner.person, change_is_required);
	assert_int_equal(racer.answer.err, ERR_OK);
	assert_int_equal(count("SELECT COUNT(*) FROM auth_session s JOIN user u ON u.id = "
			       "s.user_id WHERE u.login = 'alone.due' AND NOT s.password_due"),
			 0);
	soft_key_clear(&owner.key);
}

static void one_session_asks_ten_times_at_most(void **state)
{
	struct owner owner;
	struct ask ask = {.op = "auth.step_up_challenge"};

	(void)state;
	own(&owner, "asks.often", WEBAUTHN_ES256);
	ask.cookie = owner.person.session;
	for (int i = 0; i < PASSKEY_OPEN_MAX; i++)
		(void)challenge_for(ask.op, ask.cookie);
	struct answer more = run(&ask);
	assert_int_equal(more.err, ERR_LIMIT);
	assert_string_equal(more.reason, "passkey.asked_too_often");
	/* Nobody else is held up by that. */
	(void)challenge_for("auth.passkey_challenge", NULL);
	test_db_script("UPDATE auth_challenge SET used_at = created_at WHERE used_at IS NULL "
		       "AND session_id IN (SELECT s.id FROM auth_session s JOIN user u ON "
		       "u.id = s.user_id WHERE u.login = 'asks.often') LIMIT 1");
	assert_int_equal(run(&ask).err, ERR_OK);
	assert_int_equal(run(&ask).err, ERR_LIMIT);
	soft_key_clear(&owner.key);
}

static void an_address_has_no_passkeys(void **state)
{
	struct conf numbered = conf;

	(void)state;
	numbered.public_url = "https://192.0.2.1";
	base.conf = &numbered;
	struct answer got = run(&(struct ask){.op = "auth.passkey_challenge"});
	base.conf = &conf;
	assert_int_equal(got.err, ERR_CONFLICT);
	assert_string_equal(got.reason, "passkey.no_name");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_passkey_signs_in_alone_and_after_the_password),
		cmocka_unit_test(every_refusal_looks_the_same_and_has_its_reason),
		cmocka_unit_test(a_copied_passkey_is_refused_and_alarms),
		cmocka_unit_test(a_challenge_is_answered_once_in_time_and_for_its_purpose),
		cmocka_unit_test(two_at_once_share_one_challenge),
		cmocka_unit_test(no_two_challenges_are_alike),
		cmocka_unit_test(what_is_asked_at_the_sign_in_names_nobodys_passkey),
		cmocka_unit_test(what_does_not_register_is_refused_and_recorded),
		cmocka_unit_test(an_old_sign_in_adds_and_removes_no_passkey),
		cmocka_unit_test(only_the_own_verified_passkey_steps_up),
		cmocka_unit_test(the_owner_renames_and_removes_and_nobody_else),
		cmocka_unit_test(a_new_link_voids_passkeys),
		cmocka_unit_test(a_change_required_meanwhile_binds_who_signs_in_alone),
		cmocka_unit_test(one_session_asks_ten_times_at_most),
		cmocka_unit_test(an_address_has_no_passkeys),
	};
	return cmocka_run_group_tests(tests, people_setup, people_teardown);
}
