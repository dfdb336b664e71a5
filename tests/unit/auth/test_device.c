/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/device_key.h"
#include "tests/support/device_key.h"
#include "tests/unit/auth/people.h"

/* Devices that prove who they are, and cookies that were copied from them. */

#define LANES_OF(login, lane)                                                                    \
	count("SELECT COUNT(*) FROM audit_event WHERE event = 'auth.sign_in' AND object_name = " \
	      "'" login "' AND leaf LIKE '%\"lane\":\"" lane "\"%'")

static void each_changed_byte_of_a_proof_is_refused(void **state)
{
	EVP_PKEY *key = device_key_new();
	uint8_t challenge[DEVICE_CHALLENGE] = {1, 2, 3}, bytes[DEVICE_PROOF];
	struct device_proof proof;

	(void)state;
	device_key_prove(key, challenge, bytes);
	assert_true(device_proof_read((struct block){bytes, sizeof(bytes)}, &proof));
	assert_true(device_proof_holds(&proof));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] ^= 0x40;
		assert_false(device_proof_holds(&proof));
		bytes[i] ^= 0x40;
	}
	memset(bytes + DEVICE_CHALLENGE, 0, DEVICE_SIGNATURE);
	assert_false(device_proof_holds(&proof));
	assert_false(device_proof_read((struct block){bytes, sizeof(bytes) - 1}, &proof));
	assert_false(device_proof_read((struct block){0}, &proof));
	EVP_PKEY_free(key);
}

static struct answer sign_in_with(const struct person *person, const uint8_t *device,
				  const uint8_t *proof)
{
	forget_step(person->login);
	code_for(person->seed, 0);
	return run(&(struct ask){.op = "auth.sign_in",
				 .secret = good,
				 .peer = "192.0.2.80",
				 .device = device,
				 .proof = proof,
				 .values = {TEXT(person->login), TEXT(code_now)}});
}

static void a_cookie_alone_is_no_known_device(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "dev.copied");
	struct answer thief = sign_in_with(&person, person.device, NULL);
	assert_int_equal(thief.err, ERR_OK);
	assert_int_equal(LANES_OF("dev.copied", "device"), 0);
	assert_int_equal(LANES_OF("dev.copied", "unknown"), 1);
	assert_true(thief.has_device); /* a device of its own, and not the one it copied */
	uint8_t proof[DEVICE_PROOF];
	prove(&person, NULL, proof);
	struct answer owner = sign_in_with(&person, person.device, proof);
	assert_int_equal(owner.err, ERR_OK);
	assert_int_equal(LANES_OF("dev.copied", "device"), 1);
	assert_false(owner.has_device);
}

static void a_proof_counts_once_for_its_key_and_its_purpose(void **state)
{
	struct person person, other;
	uint8_t proof[DEVICE_PROOF];

	(void)state;
	enrol(&person, "dev.once");
	enrol(&other, "dev.other");
	prove(&person, NULL, proof);
	assert_int_equal(sign_in_with(&person, person.device, proof).err, ERR_OK);
	assert_int_equal(LANES_OF("dev.once", "device"), 1);
	(void)sign_in_with(&person, person.device, proof); /* again */
	prove(&other, NULL, proof);
	(void)sign_in_with(&person, person.device, proof); /* another's key */
	prove(&person, person.session, proof);
	(void)sign_in_with(&person, person.device, proof); /* a challenge of a session */
	prove(&person, NULL, proof);
	test_db_script("UPDATE auth_challenge SET expires_at = UTC_TIMESTAMP(6)");
	(void)sign_in_with(&person, person.device, proof); /* too late */
	assert_int_equal(LANES_OF("dev.once", "device"), 1);
}

static struct answer show_proof(const uint8_t *cookie, const uint8_t *proof)
{
	return run(&(struct ask){.op = "devices.prove", .cookie = cookie, .proof = proof});
}

static struct answer use(const uint8_t *cookie)
{
	return run(&(struct ask){
		.op = "auth.profile_update", .cookie = cookie, .values = {[1] = TEXT("UTC")}});
}

static void a_session_whose_device_is_silent_does_nothing_until_it_proves(void **state)
{
	struct person person, other;
	uint8_t proof[DEVICE_PROOF];

	(void)state;
	enrol(&person, "dev.silent");
	enrol(&other, "dev.stranger");
	assert_int_equal(use(person.session).err, ERR_OK);
	test_db_script("UPDATE auth_session SET proof_due_at = UTC_TIMESTAMP(6), created_at = "
		       "created_at - INTERVAL 5 MINUTE");
	struct answer answer = use(person.session);
	assert_int_equal(answer.err, ERR_UNAUTHENTICATED);
	assert_string_equal(answer.reason, "session.unproven");
	/* A copy of the cookie cannot prove: neither with nothing nor with a key of its own. */
	assert_string_equal(show_proof(person.session, NULL).reason, "device.refused");
	prove(&other, person.session, proof);
	assert_string_equal(show_proof(person.session, proof).reason, "device.refused");
	assert_true(count("SELECT COUNT(*) FROM audit_event WHERE event = 'auth.device_refused'") >=
		    2);
	prove(&person, person.session, proof);
	answer = show_proof(person.session, proof);
	assert_int_equal(answer.err, ERR_OK);
	assert_true(answer.has_session);
	assert_int_equal(use(answer.session).err, ERR_OK);
}

static void a_copied_cookie_ends_the_session_soon(void **state)
{
	struct person person;
	uint8_t proof[DEVICE_PROOF];

	(void)state;
	enrol(&person, "dev.replay");
	test_db_script("UPDATE auth_session SET created_at = created_at - INTERVAL 5 MINUTE");
	prove(&person, person.session, proof);
	struct answer answer = show_proof(person.session, proof);
	assert_true(answer.has_session);
	/* What was on its way is still served; a second proof at once changes nothing. */
	assert_int_equal(use(person.session).err, ERR_OK);
	prove(&person, answer.session, proof);
	assert_false(show_proof(answer.session, proof).has_session);
	assert_int_equal(use(person.session).err, ERR_OK);
	test_db_script("UPDATE auth_session SET former_until = UTC_TIMESTAMP(6)");
	/* A stream that began before the proof ends, and its session does not. */
	struct principal who;
	assert_int_equal(session_principal(&base, (struct block){person.session, 32},
					   (struct block){0}, USE_STREAM, &who),
			 ERR_UNAUTHENTICATED);
	assert_int_equal(use(answer.session).err, ERR_OK);
	struct answer copy = use(person.session);
	assert_int_equal(copy.err, ERR_UNAUTHENTICATED);
	assert_string_equal(copy.reason, "session.copied");
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.session_copied' AND object_name = 'dev.replay'"),
			 1);
	assert_int_equal(use(answer.session).err, ERR_UNAUTHENTICATED);
}

static void a_removed_device_is_signed_out_and_unknown(void **state)
{
	struct person person, other;
	uint8_t proof[DEVICE_PROOF];
	struct uuid id;
	char sql[160];

	(void)state;
	enrol(&person, "dev.removed");
	enrol(&other, "dev.bystander");
	(void)snprintf(sql, sizeof(sql),
		       "SELECT id FROM auth_device WHERE user_id = "
		       "(SELECT id FROM user WHERE login = 'dev.removed')");
	id = find_id(sql);
	assert_int_equal(run(&(struct ask){.op = "devices.remove",
					   .cookie = other.session,
					   .values = {ID(id)}})
				 .err,
			 ERR_NOT_FOUND);
	assert_int_equal(run(&(struct ask){.op = "devices.remove",
					   .cookie = person.session,
					   .values = {ID(id)}})
				 .err,
			 ERR_OK);
	assert_int_equal(use(person.session).err, ERR_UNAUTHENTICATED);
	prove(&person, NULL, proof);
	assert_int_equal(sign_in_with(&person, person.device, proof).err, ERR_OK);
	assert_int_equal(LANES_OF("dev.removed", "device"), 0);
}

static void a_browser_without_keys_signs_in_and_is_never_asked(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "dev.plain");
	struct answer answer = sign_in_with(&person, NULL, NULL);
	assert_int_equal(answer.err, ERR_OK);
	assert_true(answer.has_device);
	assert_int_equal(use(answer.session).err, ERR_OK);
	assert_string_equal(show_proof(answer.session, NULL).reason, "device.no_key");
	/* Its cookie is kept, and gets the key of a browser that has one by now. */
	uint8_t proof[DEVICE_PROOF];
	prove(&person, NULL, proof);
	struct answer later = sign_in_with(&person, answer.device, proof);
	assert_int_equal(later.err, ERR_OK);
	assert_false(later.has_device);
	assert_int_equal(LANES_OF("dev.plain", "device"), 0);
	prove(&person, NULL, proof);
	assert_int_equal(sign_in_with(&person, answer.device, proof).err, ERR_OK);
	assert_int_equal(LANES_OF("dev.plain", "device"), 1);
}

static struct answer use_from(const uint8_t *cookie, const char *peer)
{
	return run(&(struct ask){.op = "auth.profile_update",
				 .cookie = cookie,
				 .peer = peer,
				 .values = {[1] = TEXT("UTC")}});
}

static void a_session_without_a_key_ends_in_another_network(void **state)
{
	static const struct {
		const char *from, *to;
		bool goes_on;
	} cases[] = {{"192.0.2.7", "192.0.2.200", true},
		     {"192.0.2.7", "::ffff:192.0.2.9", true},
		     {"192.0.2.7", "192.0.3.7", false},
		     {"192.0.2.7", "198.51.100.7", false},
		     {"192.0.2.7", "2001:db8:1::7", true}, /* whose is not known */
		     {"2001:db8:1:2::1", "2001:db8:1:ffff::9", true},
		     {"2001:db8:1::1", "2001:db8:2::1", false}};
	struct person person;
	int64_t ended = 0;

	(void)state;
	enrol(&person, "dev.moves");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		forget_step("dev.moves");
		code_for(person.seed, 0);
		struct answer in = sign_in(&person, good, code_now, NULL, cases[i].from);
		assert_int_equal(in.err, ERR_OK);
		assert_int_equal(use_from(in.session, cases[i].from).err, ERR_OK);
		struct answer there = use_from(in.session, cases[i].to);
		assert_string_equal(there.reason, cases[i].goes_on ? "" : "session.moved");
		ended += !cases[i].goes_on;
		/* For both. */
		assert_int_equal(use_from(in.session, cases[i].from).err,
				 cases[i].goes_on ? ERR_OK : ERR_UNAUTHENTICATED);
	}
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.session_copied' AND object_name = 'dev.moves' AND peer IN "
			       "('192.0.3.7', '198.51.100.7', '2001:db8:2::1')"),
			 ended);
	/* Its key is better than its network. */
	forget_step("dev.moves");
	code_for(person.seed, 0);
	struct answer keyed = sign_in(&person, good, code_now, person.device, "192.0.2.7");
	assert_int_equal(use_from(keyed.session, "198.51.100.7").err, ERR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_changed_byte_of_a_proof_is_refused),
		cmocka_unit_test(a_cookie_alone_is_no_known_device),
		cmocka_unit_test(a_proof_counts_once_for_its_key_and_its_purpose),
		cmocka_unit_test(a_session_whose_device_is_silent_does_nothing_until_it_proves),
		cmocka_unit_test(a_copied_cookie_ends_the_session_soon),
		cmocka_unit_test(a_removed_device_is_signed_out_and_unknown),
		cmocka_unit_test(a_browser_without_keys_signs_in_and_is_never_asked),
		cmocka_unit_test(a_session_without_a_key_ends_in_another_network),
	};

	return cmocka_run_group_tests(tests, people_setup, people_teardown);
}
