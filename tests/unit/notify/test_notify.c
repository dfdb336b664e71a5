/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "notify/notify.h"
#include "tests/unit/auth/passkeys.h"

/* Who is told of what: people sign in as they do, and the outbox says. */

static int setup(void **state)
{
	int failed = people_setup(state);

	base.on_audit = notify_on_audit;
	test_db_script("UPDATE mail_server SET host = 'mail.example', sender = 'a@b'");
	return failed;
}

static void enrol_with_address(struct person *person, const char *login)
{
	char text[256];

	enrol(person, login);
	(void)snprintf(
		text, sizeof(text),
		"UPDATE user SET email = '%s@example.org', language = 'en' WHERE login = '%s'; "
		"DELETE FROM mail_outbox",
		login, login);
	test_db_script(text);
}

#define TOLD(what)     count("SELECT COUNT(*) FROM mail_outbox WHERE kind = '" what "'")
#define TOLD_AND(what) count("SELECT COUNT(*) FROM mail_outbox WHERE " what)

static void setting_up_an_account_is_told(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "aoki");
	assert_int_equal(TOLD("link_issued"), 1);
	assert_int_equal(TOLD("enrolled"), 1);
	/* Nobody has an address yet: kept for the profile page, not for the sender. */
	assert_int_equal(TOLD_AND("state = 'unsent'"), TOLD_AND("TRUE"));
}

static void a_new_device_is_told_and_a_known_one_is_not(void **state)
{
	struct person person;

	(void)state;
	enrol_with_address(&person, "baba");
	code_for(person.seed, 0);
	assert_int_equal(sign_in(&person, good, code_now, NULL, "192.0.2.1").err, ERR_OK);
	assert_int_equal(TOLD("new_device"), 1);
	assert_int_equal(TOLD_AND("state = 'waiting' AND address = 'baba@example.org' AND "
				  "language = 'en' AND peer = '192.0.2.1' AND user_agent = 'test'"),
			 1);
	forget_step("baba");
	assert_int_equal(sign_in(&person, good, code_now, person.device, "192.0.2.1").err, ERR_OK);
	assert_int_equal(TOLD_AND("TRUE"), 1);
}

static void right_password_and_wrong_code_is_told_after_a_while_and_once(void **state)
{
	struct person person;

	(void)state;
	enrol_with_address(&person, "chiba");
	for (int i = 0; i < 3; i++)
		assert_int_equal(sign_in(&person, good, "000000", NULL, "203.0.113.7").err,
				 ERR_UNAUTHENTICATED);
	assert_int_equal(TOLD("second_failed"), 1);
	assert_int_equal(TOLD_AND("next_at >= occurred_at + INTERVAL 3 MINUTE"), 1);
	/* Somebody else's sign-in, from elsewhere, does not take it back. */
	code_for(person.seed, 0);
	assert_int_equal(sign_in(&person, good, code_now, person.device, "198.51.100.2").err,
			 ERR_OK);
	assert_int_equal(TOLD_AND("kind = 'second_failed' AND state = 'waiting'"), 1);
}

static void ones_own_slip_is_taken_back(void **state)
{
	struct person person;

	(void)state;
	enrol_with_address(&person, "doi");
	(void)sign_in(&person, good, "000000", person.device, "192.0.2.9");
	assert_int_equal(TOLD_AND("kind = 'second_failed' AND state = 'waiting'"), 1);
	code_for(person.seed, 0);
	assert_int_equal(sign_in(&person, good, code_now, person.device, "192.0.2.9").err, ERR_OK);
	assert_int_equal(TOLD_AND("kind = 'second_failed' AND state = 'dropped'"), 1);
}

static void a_wrong_password_alone_is_not_told(void **state)
{
	struct person person, unknown = {.login = "nobody-here"};

	(void)state;
	enrol_with_address(&person, "endo");
	(void)sign_in(&person, "wrong-password-here", "000000", NULL, "203.0.113.7");
	(void)sign_in(&unknown, good, "000000", NULL, "203.0.113.7");
	assert_int_equal(TOLD_AND("TRUE"), 0);
}

static void being_guessed_at_is_told_once_a_day(void **state)
{
	struct person person;

	(void)state;
	enrol_with_address(&person, "fujita");
	for (int i = 0; i < 4; i++)
		(void)sign_in(&person, "wrong-password-here", "000000", NULL, "203.0.113.9");
	assert_int_equal(TOLD_AND("TRUE"), 0); /* a second or two */
	test_db_script("UPDATE auth_lane SET next_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR "
		       "WHERE fails >= 4");
	for (int i = 0; i < 3; i++)
		(void)sign_in(&person, "wrong-password-here", "000000", NULL, "203.0.113.9");
	assert_int_equal(TOLD("slowed"), 1);
	assert_int_equal(TOLD_AND("TRUE"), 1);
}

static void a_changed_password_is_told_with_what_recorded_it_or_not_at_all(void **state)
{
	struct person person;
	uint8_t both[128];
	size_t first = strlen(good), second = strlen(renewed);

	(void)state;
	enrol_with_address(&person, "goto");
	memcpy(both, good, first + 1);
	memcpy(both + first + 1, renewed, second);
	struct ask ask = {.op = "auth.password_change",
			  .cookie = person.session,
			  .secret = (const char *)both,
			  .secret_len = first + 1 + second};
	/* A notice that cannot be made undoes the change: none is lost. */
	test_db_script("ALTER TABLE mail_outbox RENAME TO gone");
	assert_int_not_equal(run(&ask).err, ERR_OK);
	test_db_script("ALTER TABLE gone RENAME TO mail_outbox");
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.password_changed' AND object_name = 'goto'"),
			 0);
	assert_int_equal(run(&ask).err, ERR_OK);
	assert_int_equal(TOLD_AND("kind = 'password_changed' AND state = 'waiting'"), 1);
}

static void sign_ins_that_were_ended_are_told(void **state)
{
	struct person admin, person;

	(void)state;
	enrol(&admin, "ends.them");
	make_administrator("ends.them");
	enrol_with_address(&person, "told.of.it");
	struct ask ask = {
		.op = "users.end_sign_ins", .cookie = admin.session, .values = {ID(person.id)}};
	assert_int_equal(run(&ask).err, ERR_OK);
	assert_int_equal(TOLD_AND("kind = 'sign_ins_ended' AND detail = 'ends.them' AND address = "
				  "'told.of.it@example.org'"),
			 1);
}

static struct answer by(const struct person *person, const char *op, struct value value)
{
	return run(&(struct ask){.op = op, .cookie = person->session, .values = {value}});
}

static void a_changed_address_is_told_to_the_old_one(void **state)
{
	struct person person;
	struct ask ask = {.op = "users.update", .console = true};

	(void)state;
	enrol_with_address(&person, "hara");
	/* The last administrator may not go: somebody must be one. */
	test_db_script("INSERT INTO role_grant (id, role, user_id, event_id) SELECT id, "
		       "'administrator', id, id FROM user WHERE login = 'aoki'");
	ask.values[0] = (struct value)ID(person.id);
	ask.values[4] = (struct value)TEXT("new@example.org");
	ask.if_match = count("SELECT version FROM user WHERE login = 'hara'");
	assert_int_equal(run(&ask).err, ERR_OK);
	assert_int_equal(TOLD_AND("kind = 'address_changed' AND address = 'hara@example.org'"), 1);
	/* It may have been a stranger's: it gets no more than that. */
	assert_int_equal(by(&person, "factors.recovery_create", (struct value){0}).err, ERR_OK);
	assert_int_equal(TOLD_AND("kind <> 'address_changed' AND address = 'hara@example.org'"), 0);
	ask.values[4] = (struct value)TEXT("a@b, c@d");
	ask.if_match++;
	struct answer answer = run(&ask);
	assert_int_equal(answer.err, ERR_INPUT);
	assert_string_equal(answer.field, "email");
}

static void what_changes_how_one_signs_in_is_told(void **state)
{
	struct person person;
	char seed[64], code[32], typed[64];

	(void)state;
	enrol_with_address(&person, "ikeda");
	seed_of(by(&person, "factors.totp_begin", (struct value)TEXT("phone")).body, seed);
	assert_int_equal(TOLD_AND("TRUE"), 0); /* nothing counts yet */
	code_for(seed, 0);
	assert_int_equal(by(&person, "factors.totp_confirm", (struct value)TEXT(code_now)).err,
			 ERR_OK);
	assert_int_equal(TOLD_AND("kind = 'factor_added' AND detail = 'phone' AND address = "
				  "'ikeda@example.org'"),
			 1);
	const struct uuid phone = find_id("SELECT id FROM auth_totp WHERE label = 'phone'");
	assert_int_equal(by(&person, "factors.totp_remove", (struct value)ID(phone)).err, ERR_OK);
	assert_int_equal(TOLD_AND("kind = 'factor_removed' AND detail = 'phone'"), 1);
	struct answer codes = by(&person, "factors.recovery_create", (struct value){0});
	assert_int_equal(TOLD("recovery_made"), 1);
	snprintf(code, sizeof(code), "%.*s", (int)strcspn(codes.body, "\n"), codes.body);
	int len = snprintf(typed, sizeof(typed), "%s%c%s", code, 0, good);
	struct ask ask = {.op = "auth.sign_in_recovery",
			  .peer = "203.0.113.8",
			  .secret = typed,
			  .secret_len = (size_t)len,
			  .values = {TEXT("ikeda")}};
	assert_int_equal(run(&ask).err, ERR_OK);
	assert_int_equal(TOLD_AND("kind = 'recovery_used' AND peer = '203.0.113.8' AND "
				  "detail = '9'"),
			 1);
}

static void what_administrators_do_to_an_account_is_told(void **state)
{
	struct person admin, person;

	(void)state;
	enrol(&admin, "does.things");
	make_administrator("does.things");
	enrol_with_address(&person, "jinbo");
	make_administrator("jinbo"); /* whose reset must be asked for */
	assert_int_equal(
		by(&admin, "users.require_password_change", (struct value)ID(person.id)).err,
		ERR_OK);
	assert_int_equal(by(&admin, "users.ask_reset", (struct value)ID(person.id)).err, ERR_OK);
	assert_int_equal(TOLD_AND("kind = 'password_required' AND detail = 'does.things' AND "
				  "address = 'jinbo@example.org'"),
			 1);
	assert_int_equal(TOLD_AND("kind = 'reset_asked' AND detail = 'does.things' AND "
				  "address = 'jinbo@example.org'"),
			 1);
	test_db_script("DELETE g FROM role_grant g JOIN user u ON u.id = g.user_id WHERE "
		       "u.login = 'jinbo'");
}

static void what_was_copied_is_told(void **state)
{
	struct owner owner;
	uint8_t proof[DEVICE_PROOF];

	(void)state;
	own(&owner, "kimura", WEBAUTHN_ES256);
	test_db_script("DELETE FROM mail_outbox");
	assert_int_equal(alone(&owner.key, (struct soft_say){.count = 9}, &owner.person.id).err,
			 ERR_OK);
	for (int i = 0; i < 2; i++)
		(void)alone(&owner.key, (struct soft_say){.count = 9}, &owner.person.id);
	assert_int_equal(TOLD("passkey_copied"), 1); /* an hour's quiet */
	test_db_script("UPDATE auth_session SET created_at = created_at - INTERVAL 5 MINUTE");
	prove(&owner.person, owner.person.session, proof);
	struct ask ask = {.op = "devices.prove", .cookie = owner.person.session, .proof = proof};
	assert_true(run(&ask).has_session);
	test_db_script("UPDATE auth_session SET former_until = UTC_TIMESTAMP(6)");
	assert_string_equal(by(&owner.person, "factors.recovery_create", (struct value){0}).reason,
			    "session.copied");
	assert_int_equal(TOLD("session_copied"), 1);
	soft_key_clear(&owner.key);
}

static void a_sign_in_that_moved_is_told_once_a_day(void **state)
{
	struct person person;

	(void)state;
	enrol_with_address(&person, "nomura");
	for (int i = 0; i < 2; i++) {
		forget_step("nomura");
		code_for(person.seed, 0);
		struct answer in = sign_in(&person, good, code_now, NULL, "192.0.2.7");
		struct ask ask = {.op = "auth.profile_update",
				  .cookie = in.session,
				  .peer = "198.51.100.7",
				  .values = {[1] = TEXT("UTC")}};
		assert_string_equal(run(&ask).reason, "session.moved");
	}
	assert_int_equal(TOLD_AND("kind = 'session_moved' AND peer = '198.51.100.7' AND address = "
				  "'nomura@example.org'"),
			 1);
}

static void a_disabled_code_is_told_once_a_day(void **state)
{
	struct person person;

	(void)state;
	enrol_with_address(&person, "mori");
	(void)sign_in(&person, good, "000000", person.device, "203.0.113.9");
	test_db_script("UPDATE auth_lane SET fails = 99 WHERE authenticator = 'totp' AND lane = "
		       "UNHEX(SHA2(CONCAT('cap', CHAR(0)), 256))");
	for (int i = 0; i < 2; i++)
		(void)sign_in(&person, good, "000000", person.device, "203.0.113.9");
	assert_int_equal(TOLD_AND("kind = 'disabled' AND detail = 'totp'"), 1);
}

static enum err record(struct ctx *ctx, void *arg)
{
	return audit_append(ctx, arg);
}

static void fetched(const char *before, const char *after, const char *added, const char *removed)
{
	static const struct uuid id = {{3}};
	struct audit audit;

	audit_init(&audit, EVENT_PROVIDER_FETCHED);
	audit_object(&audit, "identity_provider", &id, "Corp");
	audit_change(&audit, "sign_in", before, after);
	if (added)
		audit_data(&audit, "certificates_added", added);
	if (removed)
		audit_data(&audit, "certificates_removed", removed);
	assert_int_equal(db_transaction(&base, record, &audit), ERR_OK);
}

static void new_keys_of_a_provider_are_told_to_administrators(void **state)
{
	struct person person;

	(void)state;
	enrol_with_address(&person, "noda");
	enrol_with_address(&person, "ogawa");
	make_administrator("ogawa");
	fetched(NULL, "https://id.example/sso", "aa11", NULL); /* set up */
	fetched("https://id.example/sso", "https://id.example/sso", NULL, NULL);
	assert_int_equal(TOLD("provider_keys"), 0);
	fetched("https://id.example/sso", "https://id.example/sso", "bb22 cc33", "aa11");
	assert_int_equal(
		TOLD_AND("kind = 'provider_keys' AND login = 'ogawa' AND state = 'waiting' "
			 "AND detail = 'Corp; + bb22 cc33; - aa11'"),
		1);
	fetched("https://id.example/sso", "https://evil.example/sso", NULL, NULL);
	assert_int_equal(TOLD_AND("kind = 'provider_keys' AND login = 'ogawa' AND detail = 'Corp; "
				  "sign_in: https://id.example/sso -> https://evil.example/sso'"),
			 1);
	assert_int_equal(TOLD_AND("kind = 'provider_keys' AND login = 'noda'"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(setting_up_an_account_is_told),
		cmocka_unit_test(a_new_device_is_told_and_a_known_one_is_not),
		cmocka_unit_test(right_password_and_wrong_code_is_told_after_a_while_and_once),
		cmocka_unit_test(ones_own_slip_is_taken_back),
		cmocka_unit_test(a_wrong_password_alone_is_not_told),
		cmocka_unit_test(being_guessed_at_is_told_once_a_day),
		cmocka_unit_test(a_changed_password_is_told_with_what_recorded_it_or_not_at_all),
		cmocka_unit_test(sign_ins_that_were_ended_are_told),
		cmocka_unit_test(a_changed_address_is_told_to_the_old_one),
		cmocka_unit_test(what_changes_how_one_signs_in_is_told),
		cmocka_unit_test(what_administrators_do_to_an_account_is_told),
		cmocka_unit_test(what_was_copied_is_told),
		cmocka_unit_test(a_sign_in_that_moved_is_told_once_a_day),
		cmocka_unit_test(a_disabled_code_is_told_once_a_day),
		cmocka_unit_test(new_keys_of_a_provider_are_told_to_administrators),
	};

	return cmocka_run_group_tests(tests, setup, people_teardown);
}
