/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <unistd.h>

#include "auth/mail_code.h"
#include "base/secret.h"
#include "notify/notify.h"
#include "rbac/op.h"
#include "tests/unit/auth/people.h"

/* A code by mail as the second step of a sign-in: who gets one, where it counts, and how little it
 * is worth. */

static int64_t sent(void)
{
	return count("SELECT COUNT(*) FROM mail_code WHERE purpose = 'sign_in'");
}

static int64_t refused(const char *reason)
{
	char sql[256];

	(void)snprintf(sql, sizeof(sql),
		       "SELECT COUNT(*) FROM audit_event WHERE event = 'auth.sign_in_refused' AND "
		       "leaf LIKE '%%%s\"%%'",
		       reason);
	return count(sql);
}

/* As a person of today with an address of their own; nobody's guesses and codes of before. */
static void begin(struct person *person, const char *login)
{
	char sql[256];

	enrol(person, login);
	(void)snprintf(sql, sizeof(sql),
		       "UPDATE user SET email = '%s@example.org', email_confirmed_at = "
		       "UTC_TIMESTAMP(6) WHERE login = '%s'",
		       login, login);
	test_db_script(sql);
}

static void forget_guesses(void)
{
	test_db_script("DELETE FROM auth_lane");
	watch_free(base.watch);
	base.watch = watch_new();
}

static struct answer ask_as(const char *login, const char *password)
{
	return run(
		&(struct ask){.op = "auth.mail_code", .secret = password, .values = {TEXT(login)}});
}

static struct answer ask_for(const struct person *person, uint8_t flow[32])
{
	struct answer answer = ask_as(person->login, good);

	assert_int_equal(answer.err, ERR_OK);
	assert_true(answer.has_flow);
	memcpy(flow, answer.flow, 32);
	return answer;
}

static struct answer with(const struct person *person, const char *password, const char *code,
			  const uint8_t *flow)
{
	return run(&(struct ask){.op = "auth.sign_in_mail",
				 .secret = password,
				 .flow = flow,
				 .values = {TEXT(person->login), TEXT(code)}});
}

/* The code of the last message. */
static void mailed(char out[MAIL_CODE_TEXT])
{
	int fd = -1;
	struct secret *code = NULL;
	struct uuid id = find_id("SELECT id FROM mail_outbox WHERE kind = 'sign_in_code' AND "
				 "state = 'waiting' ORDER BY occurred_at DESC, id DESC LIMIT 1");

	assert_int_equal(mail_code_hand(&base, &id, &fd), ERR_OK);
	assert_int_equal(secret_read_fd(fd, 64, 1000, &code), ERR_OK);
	close(fd);
	memcpy(out, secret_bytes(code), MAIL_CODE_DIGITS);
	out[MAIL_CODE_DIGITS] = '\0';
	secret_free(code);
}

static void other_than(const char *code, char out[MAIL_CODE_TEXT])
{
	memcpy(out, code, MAIL_CODE_TEXT);
	out[0] = out[0] == '9' ? '0' : (char)(out[0] + 1);
}

static void assert_failed(struct answer answer)
{
	assert_int_equal(answer.err, ERR_UNAUTHENTICATED);
	assert_string_equal(answer.reason, "sign_in.failed");
	assert_false(answer.has_session);
}

static void password_and_mailed_code_sign_in(void **state)
{
	struct person person;
	uint8_t flow[32];
	char code[MAIL_CODE_TEXT];

	(void)state;
	begin(&person, "aoki");
	ask_for(&person, flow);
	assert_int_equal(count("SELECT COUNT(*) FROM mail_outbox WHERE kind = 'sign_in_code' AND "
			       "address = 'aoki@example.org' AND state = 'waiting'"),
			 1);
	mailed(code);
	assert_failed(with(&person, "wrong-password-here", code, flow));
	struct answer in = with(&person, good, code, flow);
	assert_int_equal(in.err, ERR_OK);
	assert_true(in.has_session);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = 'auth.sign_in' AND "
			       "object_name = 'aoki' AND leaf LIKE '%\"factor\":\"mail_code\"%'"),
			 1);
	assert_failed(with(&person, good, code, flow));
	assert_int_equal(refused("mail_code.used"), 1);
}

/* Neither what is asked for nor what was sent before counts for them. */
static void who_may_not_gets_none_and_none_counts(void **state)
{
	static const struct {
		const char *why, *spoil, *heal;
	} rows[] = {
		{"mail_code.no_address",
		 "UPDATE user SET email_confirmed_at = NULL WHERE login = 'baba'",
		 "UPDATE user SET email_confirmed_at = UTC_TIMESTAMP(6) WHERE login = 'baba'"},
		{"mail_code.passkey",
		 "INSERT INTO auth_passkey (id, user_id, credential_id, public_key, algorithm, "
		 "sign_count, aaguid, attestation, transports, backup_eligible, backed_up, "
		 "user_verified, label, created_at) SELECT UNHEX(MD5('key')), id, 'key', '', -7, "
		 "0, REPEAT('0', 16), 'none', '', 0, 0, 1, 'key', UTC_TIMESTAMP(6) FROM user WHERE "
		 "login = 'baba'",
		 "DELETE FROM auth_passkey"},
		{"mail_code.floor", "UPDATE factor_floor SET is_default = (level = 1)",
		 "UPDATE factor_floor SET is_default = (level = 0)"},
		{"mail_code.privileged",
		 "INSERT INTO role_grant (id, role, user_id, event_id) SELECT "
		 "UNHEX(MD5('baba')), 'auditor', id, UNHEX(MD5('e')) FROM user WHERE login = "
		 "'baba'",
		 "DELETE FROM role_grant WHERE id = UNHEX(MD5('baba'))"},
		{"mail_code.break_glass",
		 "INSERT INTO break_glass (slot, user_id, networks, set_at, event_id) SELECT 1, "
		 "id, '192.0.2.0/24', UTC_TIMESTAMP(6), UNHEX(MD5('e')) FROM user WHERE login = "
		 "'baba'",
		 "DELETE FROM break_glass"},
	};
	struct person person;
	uint8_t flow[32], none[32];
	char code[MAIL_CODE_TEXT];

	(void)state;
	begin(&person, "baba");
	ask_for(&person, flow);
	mailed(code);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t before = sent();
		forget_guesses();
		test_db_script(rows[i].spoil);
		ask_for(&person, none);
		assert_int_equal(refused(rows[i].why), 1);
		assert_int_equal(sent(), before);
		assert_failed(with(&person, good, code, flow));
		assert_int_equal(refused(rows[i].why), 2);
		test_db_script(rows[i].heal);
	}
	forget_guesses();
	assert_int_equal(with(&person, good, code, flow).err, ERR_OK);
}

static void switched_off_nobody_gets_one_and_none_counts(void **state)
{
	static const char *const rows[][2] = {
		{"UPDATE adaptive_policy SET mail_code = FALSE",
		 "UPDATE adaptive_policy SET mail_code = TRUE"},
		{"UPDATE mail_server SET host = ''",
		 "UPDATE mail_server SET host = 'mail.example'"},
	};
	struct person person;
	uint8_t flow[32];
	char code[MAIL_CODE_TEXT];

	(void)state;
	forget_guesses();
	begin(&person, "chiba");
	ask_for(&person, flow);
	mailed(code);
	for (size_t i = 0; i < 2; i++) {
		test_db_script(rows[i][0]);
		struct answer answer = ask_as("chiba", good);
		assert_int_equal(answer.err, ERR_CONFLICT);
		assert_string_equal(answer.reason, "mail_code.off");
		assert_failed(with(&person, good, code, flow));
		assert_int_equal(refused("mail_code.off"), 2 * ((int64_t)i + 1));
		test_db_script(rows[i][1]);
	}
	assert_int_equal(with(&person, good, code, flow).err, ERR_OK);
}

static void a_code_counts_in_the_browser_that_asked(void **state)
{
	static const uint8_t invented[32] = {1};
	struct person person;
	uint8_t flow[32];
	char code[MAIL_CODE_TEXT];

	(void)state;
	forget_guesses();
	begin(&person, "doi");
	ask_for(&person, flow);
	mailed(code);
	assert_failed(with(&person, good, code, NULL));
	assert_failed(with(&person, good, code, invented));
	assert_int_equal(refused("mail_code.browser"), 2);
	assert_int_equal(with(&person, good, code, flow).err, ERR_OK);
}

static void a_code_for_another_address_is_void(void **state)
{
	struct person person;
	uint8_t flow[32];
	char code[MAIL_CODE_TEXT];

	(void)state;
	forget_guesses();
	begin(&person, "endo");
	ask_for(&person, flow);
	mailed(code);
	test_db_script("UPDATE user SET email = 'new@example.org' WHERE login = 'endo'");
	assert_failed(with(&person, good, code, flow));
	assert_int_equal(refused("mail_code.address"), 1);
}

static void a_code_has_three_tries_and_ten_minutes(void **state)
{
	struct person person;
	uint8_t flow[32];
	char code[MAIL_CODE_TEXT], wrong[MAIL_CODE_TEXT];

	(void)state;
	forget_guesses();
	begin(&person, "fujita");
	ask_for(&person, flow);
	mailed(code);
	other_than(code, wrong);
	/* Who has not the password uses up nothing. */
	for (int i = 0; i < MAIL_CODE_TRIES; i++)
		assert_failed(with(&person, "wrong-password-here", wrong, flow));
	forget_guesses();
	for (int i = 0; i < MAIL_CODE_TRIES; i++)
		assert_failed(with(&person, good, wrong, flow));
	assert_int_equal(refused("mail_code.wrong"), 3);
	forget_guesses();
	assert_failed(with(&person, good, code, flow));
	assert_int_equal(refused("mail_code.tries"), 1);
	ask_for(&person, flow);
	mailed(code);
	test_db_script("UPDATE mail_code SET created_at = created_at - INTERVAL 10 MINUTE");
	assert_failed(with(&person, good, code, flow));
	assert_int_equal(refused("mail_code.expired"), 1);
}

static void only_the_newest_counts_and_a_fourth_is_not_sent(void **state)
{
	struct person person;
	uint8_t flows[4][32];
	char codes[MAIL_CODE_SENDS][MAIL_CODE_TEXT];
	int64_t before = sent();

	(void)state;
	forget_guesses();
	begin(&person, "goto");
	for (int i = 0; i < MAIL_CODE_SENDS; i++) {
		ask_for(&person, flows[i]);
		mailed(codes[i]);
	}
	ask_for(&person, flows[3]);
	assert_int_equal(sent(), before + MAIL_CODE_SENDS);
	assert_int_equal(refused("mail_code.sends"), 1);
	assert_failed(with(&person, good, codes[1], flows[1]));
	assert_int_equal(with(&person, good, codes[2], flows[2]).err, ERR_OK);
}

/* As other second steps do: the lane waits, and a hundred wrong ones are the end of it. */
static void wrong_codes_count_as_guesses(void **state)
{
	struct person person;
	uint8_t flow[32];
	char code[MAIL_CODE_TEXT], wrong[MAIL_CODE_TEXT];

	(void)state;
	forget_guesses();
	begin(&person, "hara");
	ask_for(&person, flow);
	mailed(code);
	other_than(code, wrong);
	assert_failed(with(&person, good, wrong, flow));
	assert_int_equal(count("SELECT COUNT(*) FROM auth_lane WHERE authenticator = 'mail_code'"),
			 2);
	test_db_script("UPDATE auth_lane SET next_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR WHERE "
		       "authenticator = 'mail_code' AND "
		       "lane <> UNHEX(SHA2(CONCAT('cap', CHAR(0)), 256))");
	assert_int_not_equal(with(&person, good, code, flow).err, ERR_OK);
	test_db_script("UPDATE auth_lane SET next_at = UTC_TIMESTAMP(6), fails = 100 WHERE "
		       "authenticator = 'mail_code'");
	test_db_script("DELETE FROM auth_lane WHERE lane <> UNHEX(SHA2(CONCAT('cap', CHAR(0)), "
		       "256))");
	assert_failed(with(&person, good, code, flow));
	assert_int_equal(refused("sign_in.mail_code_disabled"), 1);
	forget_guesses();
	assert_int_equal(with(&person, good, code, flow).err, ERR_OK);
}

/* Nothing that wants a sign-in of the last minutes: no factor was shown. */
static void what_it_opens_is_not_fresh(void **state)
{
	struct person person;
	uint8_t flow[32];
	char code[MAIL_CODE_TEXT];

	(void)state;
	forget_guesses();
	begin(&person, "ida");
	ask_for(&person, flow);
	mailed(code);
	struct answer in = with(&person, good, code, flow);
	assert_int_equal(in.err, ERR_OK);
	struct ask change = {.op = "mail_address.begin",
			     .cookie = in.session,
			     .values = {TEXT("other@example.org")}};
	assert_string_equal(run(&change).reason, "auth.not_fresh");
	assert_string_equal(run(&(struct ask){.op = "factors.totp_begin",
					      .cookie = in.session,
					      .values = {TEXT("phone")}})
				    .reason,
			    "auth.not_fresh");
	/* Until a factor is shown. */
	code_for(person.seed, 0);
	struct answer up = run(&(struct ask){.op = "auth.step_up_code",
					     .cookie = in.session,
					     .secret = good,
					     .values = {TEXT(code_now)}});
	assert_int_equal(up.err, ERR_OK);
	change.cookie = up.session;
	assert_int_equal(run(&change).err, ERR_OK);
}

static void what_it_opens_ends_with_further_rights(void **state)
{
	static const char *const as[] = {
		"DELETE FROM role_grant WHERE id = UNHEX(MD5('ina'))",
		"INSERT INTO role_grant (id, role, user_id, event_id) "
		"SELECT UNHEX(MD5('ina')), 'approver', id, UNHEX(MD5('e')) "
		"FROM user WHERE login = 'ina'"};
	struct person person;
	uint8_t flow[32];
	char code[MAIL_CODE_TEXT];

	(void)state;
	forget_guesses();
	begin(&person, "ina");
	ask_for(&person, flow);
	mailed(code);
	struct answer in = with(&person, good, code, flow);
	assert_int_equal(in.err, ERR_OK);
	struct ask look = {
		.op = "auth.profile_update", .cookie = in.session, .values = {[1] = TEXT("UTC")}};
	assert_int_equal(run(&look).err, ERR_OK);
	test_db_script(as[1]);
	assert_string_equal(run(&look).reason, "session.weak");
	/* Who shows a factor first may have them. */
	test_db_script(as[0]);
	code_for(person.seed, 0);
	struct answer up = run(&(struct ask){.op = "auth.step_up_code",
					     .cookie = in.session,
					     .secret = good,
					     .values = {TEXT(code_now)}});
	assert_int_equal(up.err, ERR_OK);
	test_db_script(as[1]);
	look.cookie = up.session;
	assert_int_equal(run(&look).err, ERR_OK);
}

static void an_unusual_sign_in_takes_more(void **state)
{
	struct conf mine = conf;
	struct person person;
	uint8_t flow[32];
	char code[MAIL_CODE_TEXT];

	(void)state;
	forget_guesses();
	begin(&person, "kato");
	ask_for(&person, flow);
	mailed(code);
	mine.adaptive_sign_in = CONF_ADAPTIVE_ENFORCE;
	base.conf = &mine;
	struct answer answer = with(&person, good, code, flow);
	base.conf = &conf;
	assert_failed(answer);
	assert_int_equal(refused("sign_in.needs_factor"), 1);
}

/* Who asks learns neither whether the password was right, nor whether somebody exists or may. */
static void whoever_asks_is_told_the_same_after_the_same_time(void **state)
{
	static const struct {
		const char *login, *password;
		int64_t sent;
	} rows[] = {
		{"mori", good, 1},
		{"mori", "wrong-password-here", 0},
		{"nobody.here", good, 0},
		{"may.not", good, 0},
		{"may.not", "wrong-password-here", 0},
	};
	enum { PACE_US = 400000 };
	struct person may, may_not;

	(void)state;
	begin(&may, "mori");
	enrol(&may_not, "may.not");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t before = sent(), began;
		forget_guesses();
		for (int n = 0; n < 64; n++)
			watch_took(base.watch, PACE_US);
		began = sys_mono_us();
		struct answer answer = ask_as(rows[i].login, rows[i].password);
		assert_int_equal(answer.err, ERR_OK);
		assert_string_equal(answer.reason, "");
		assert_true(answer.has_flow);
		assert_false(answer.has_session || answer.has_device);
		assert_in_range(answer.answer_at_us, began + PACE_US / 2, sys_mono_us() + PACE_US);
		assert_int_equal(sent(), before + rows[i].sent);
	}
}

static int setup(void **state)
{
	int failed;

	people_hash_cheaply();
	failed = people_setup(state);
	base.on_audit = notify_on_audit;
	test_db_script("UPDATE mail_server SET host = 'mail.example', sender = 'a@b'");
	test_db_script("UPDATE adaptive_policy SET mail_code = TRUE");
	return failed;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(password_and_mailed_code_sign_in),
		cmocka_unit_test(who_may_not_gets_none_and_none_counts),
		cmocka_unit_test(switched_off_nobody_gets_one_and_none_counts),
		cmocka_unit_test(a_code_counts_in_the_browser_that_asked),
		cmocka_unit_test(a_code_for_another_address_is_void),
		cmocka_unit_test(a_code_has_three_tries_and_ten_minutes),
		cmocka_unit_test(only_the_newest_counts_and_a_fourth_is_not_sent),
		cmocka_unit_test(wrong_codes_count_as_guesses),
		cmocka_unit_test(what_it_opens_is_not_fresh),
		cmocka_unit_test(what_it_opens_ends_with_further_rights),
		cmocka_unit_test(an_unusual_sign_in_takes_more),
		cmocka_unit_test(whoever_asks_is_told_the_same_after_the_same_time),
	};

	return cmocka_run_group_tests(tests, setup, people_teardown);
}
