/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/mail_code.h"

#include <unistd.h>

#include "base/secret.h"
#include "notify/notify.h"
#include "tests/unit/auth/people.h"

/* Codes sent by mail, as sekisho-mail gets them: an own address is confirmed with one. */

static int setup(void **state)
{
	int failed = people_setup(state);

	base.on_audit = notify_on_audit;
	test_db_script("UPDATE mail_server SET host = 'mail.example', sender = 'a@b'");
	return failed;
}

static int64_t happened(const char *event, const char *reason, const char *login)
{
	char sql[256];

	(void)snprintf(sql, sizeof(sql),
		       "SELECT COUNT(*) FROM audit_event WHERE event = '%s' AND "
		       "leaf LIKE '%%%s%%' AND object_name = '%s'",
		       event, reason, login);
	return count(sql);
}

/* The code of the last message of that kind. */
static void mailed(char out[MAIL_CODE_TEXT])
{
	int fd = -1;
	struct secret *code = NULL;
	struct uuid id = find_id("SELECT id FROM mail_outbox WHERE kind LIKE '%code' AND "
				 "state = 'waiting' ORDER BY occurred_at DESC, id DESC LIMIT 1");

	assert_int_equal(mail_code_hand(&base, &id, &fd), ERR_OK);
	assert_int_equal(secret_read_fd(fd, 64, 1000, &code), ERR_OK);
	close(fd);
	assert_int_equal(secret_len(code), MAIL_CODE_DIGITS);
	memcpy(out, secret_bytes(code), MAIL_CODE_DIGITS);
	out[MAIL_CODE_DIGITS] = '\0';
	secret_free(code);
}

static void other_than(const char *code, char out[MAIL_CODE_TEXT])
{
	memcpy(out, code, MAIL_CODE_TEXT);
	out[0] = out[0] == '9' ? '0' : (char)(out[0] + 1);
}

static struct answer begin(const struct person *person, const char *address)
{
	return run(&(struct ask){
		.op = "mail_address.begin", .cookie = person->session, .values = {TEXT(address)}});
}

static struct answer confirm(const struct person *person, const char *code)
{
	return run(&(struct ask){
		.op = "mail_address.confirm", .cookie = person->session, .values = {TEXT(code)}});
}

static void assert_refused(struct answer answer)
{
	assert_int_equal(answer.err, ERR_INPUT);
	assert_string_equal(answer.field, "code");
	assert_string_equal(answer.reason, "mail_code.wrong");
}

static void has(const char *login, const char *address, bool confirmed)
{
	char sql[256];

	(void)snprintf(sql, sizeof(sql),
		       "SELECT COUNT(*) FROM user WHERE login = '%s' AND email <=> %s%s%s AND "
		       "email_confirmed_at IS %sNULL",
		       login, address ? "'" : "", address ? address : "NULL", address ? "'" : "",
		       confirmed ? "NOT " : "");
	assert_int_equal(count(sql), 1);
}

static void an_address_holds_when_its_code_has_come_back(void **state)
{
	struct person person;
	char code[MAIL_CODE_TEXT];

	(void)state;
	enrol(&person, "aoki");
	assert_int_equal(begin(&person, "aoki@example.org").err, ERR_OK);
	has("aoki", NULL, false);
	mailed(code);
	assert_int_equal(count("SELECT COUNT(*) FROM mail_outbox WHERE kind = 'address_code' AND "
			       "address = 'aoki@example.org' AND detail IS NULL AND "
			       "give_up_at <= occurred_at + INTERVAL 10 MINUTE"),
			 1);
	assert_int_equal(confirm(&person, code).err, ERR_OK);
	has("aoki", "aoki@example.org", true);
	assert_int_equal(happened("user.profile_changed", "", "aoki"), 1);
	/* The next one is told to the one before, and only then. */
	assert_int_equal(begin(&person, "new@example.org").err, ERR_OK);
	assert_int_equal(count("SELECT COUNT(*) FROM mail_outbox WHERE kind = 'address_replaced'"),
			 0);
	mailed(code);
	assert_int_equal(confirm(&person, code).err, ERR_OK);
	has("aoki", "new@example.org", true);
	assert_int_equal(count("SELECT COUNT(*) FROM mail_outbox WHERE kind = 'address_replaced' "
			       "AND address = 'aoki@example.org'"),
			 1);
	struct answer again = begin(&person, "new@example.org");
	assert_int_equal(again.err, ERR_INPUT);
	assert_string_equal(again.reason, "mail_address.confirmed");
}

static void set_address(const struct person *person, const char *address)
{
	char code[MAIL_CODE_TEXT];

	assert_int_equal(begin(person, address).err, ERR_OK);
	mailed(code);
	assert_int_equal(confirm(person, code).err, ERR_OK);
}

static void what_one_replaced_is_told_for_a_week(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "yano");
	test_db_script("UPDATE user SET email = 'first@example.org' WHERE login = 'yano'; "
		       "DELETE FROM mail_outbox");
	set_address(&person, "thief@example.org");
	set_address(&person, "thief2@example.org");
	/* The first one learns of both, and of what comes after. */
	assert_int_equal(count("SELECT COUNT(*) FROM mail_outbox WHERE kind = 'address_replaced' "
			       "AND state = 'waiting' AND address = 'first@example.org'"),
			 2);
	test_db_script("DELETE FROM mail_outbox WHERE kind = 'address_code'");
	struct ask codes = {.op = "factors.recovery_create", .cookie = person.session};
	assert_int_equal(run(&codes).err, ERR_OK);
	assert_int_equal(count("SELECT COUNT(*) FROM mail_outbox WHERE kind = 'recovery_made'"), 3);
	assert_int_equal(count("SELECT COUNT(*) FROM mail_outbox WHERE kind = 'recovery_made' AND "
			       "address IN ('first@example.org', 'thief2@example.org')"),
			 2);
	/* Codes go to one address only. */
	assert_int_equal(begin(&person, "other@example.org").err, ERR_OK);
	assert_int_equal(count("SELECT COUNT(*) FROM mail_outbox WHERE kind = 'address_code'"), 1);
	test_db_script("UPDATE mail_address_change SET changed_at = changed_at - INTERVAL 7 DAY");
	assert_int_equal(run(&codes).err, ERR_OK);
	assert_int_equal(count("SELECT COUNT(*) FROM mail_outbox WHERE kind = 'recovery_made'"), 4);
}

static void read_id(struct db_rows *rows, void *arg)
{
	*(struct uuid *)arg = db_uuid(rows, 0);
}

static struct uuid newest(void)
{
	static const struct db_stmt last = {
		"test.newest", "SELECT id FROM auth_sign_in ORDER BY occurred_at DESC LIMIT 1", 0,
		1};
	struct uuid id;

	assert_int_equal(db_one(&base, &last, NULL, read_id, &id), ERR_OK);
	return id;
}

static struct person thief_of(const struct person *owner, struct uuid *out_sign_in)
{
	struct person thief = *owner;

	forget_step(owner->login);
	code_for(owner->seed, 0);
	struct answer in = sign_in(owner, good, code_now, NULL, "192.0.2.66");
	assert_int_equal(in.err, ERR_OK);
	memcpy(thief.session, in.session, sizeof(thief.session));
	*out_sign_in = newest();
	return thief;
}

static struct answer report(const struct person *person, struct uuid id)
{
	return run(&(struct ask){
		.op = "sign_ins.not_me", .cookie = person->session, .values = {ID(id)}});
}

static void a_report_gives_the_address_back(void **state)
{
	struct person person;
	struct uuid first, second;

	(void)state;
	enrol(&person, "wada");
	set_address(&person, "wada@example.org");
	struct person thief = thief_of(&person, &first);
	set_address(&thief, "thief@example.org");
	thief = thief_of(&person, &second);
	set_address(&thief, "thief2@example.org");
	assert_int_equal(report(&person, first).err, ERR_OK);
	has("wada", "wada@example.org", false); /* to be confirmed again */
	/* What the stranger had is no former address of the person's. */
	test_db_script("DELETE FROM mail_outbox");
	assert_int_equal(report(&person, second).err, ERR_OK);
	has("wada", "wada@example.org", false);
	assert_int_equal(
		run(&(struct ask){.op = "factors.recovery_create", .cookie = person.session}).err,
		ERR_OK);
	assert_int_equal(count("SELECT COUNT(*) FROM mail_outbox WHERE login = 'wada'"), 1);
	/* What the person has set themselves since then stays. */
	test_db_script("UPDATE mail_code SET created_at = created_at - INTERVAL 1 HOUR");
	thief = thief_of(&person, &first);
	set_address(&thief, "thief@example.org");
	set_address(&person, "wada3@example.org");
	assert_int_equal(report(&person, first).err, ERR_OK);
	has("wada", "wada3@example.org", true);
}

static void a_code_is_no_text_in_the_database(void **state)
{
	struct person person;
	char code[MAIL_CODE_TEXT], sql[512];

	(void)state;
	enrol(&person, "baba");
	assert_int_equal(begin(&person, "baba@example.org").err, ERR_OK);
	mailed(code);
	(void)snprintf(sql, sizeof(sql),
		       "SELECT (SELECT COUNT(*) FROM mail_outbox WHERE CONCAT_WS(' ', kind, "
		       "address, detail, user_agent, error) LIKE '%%%s%%') + (SELECT COUNT(*) "
		       "FROM audit_event WHERE leaf LIKE '%%%s%%') + (SELECT COUNT(*) FROM "
		       "mail_code WHERE mac LIKE '%%%s%%' OR mac = UNHEX(SHA2('%s', 256)))",
		       code, code, code, code);
	assert_int_equal(count(sql), 0);
}

static void a_code_has_three_tries(void **state)
{
	struct person person;
	char code[MAIL_CODE_TEXT], wrong[MAIL_CODE_TEXT];

	(void)state;
	enrol(&person, "chiba");
	assert_int_equal(begin(&person, "chiba@example.org").err, ERR_OK);
	mailed(code);
	other_than(code, wrong);
	for (int i = 0; i < MAIL_CODE_TRIES; i++)
		assert_refused(confirm(&person, wrong));
	assert_refused(confirm(&person, code));
	has("chiba", NULL, false);
	assert_int_equal(happened("auth.mail_code_refused", "mail_code.wrong", "chiba"), 3);
	assert_int_equal(happened("auth.mail_code_refused", "mail_code.tries", "chiba"), 1);
}

static void only_the_newest_counts_and_the_fourth_within_an_hour_is_not_sent(void **state)
{
	struct person person;
	char codes[MAIL_CODE_SENDS][MAIL_CODE_TEXT];

	(void)state;
	enrol(&person, "doi");
	for (int i = 0; i < MAIL_CODE_SENDS; i++) {
		assert_int_equal(begin(&person, "doi@example.org").err, ERR_OK);
		mailed(codes[i]);
	}
	struct answer fourth = begin(&person, "doi@example.org");
	assert_int_equal(fourth.err, ERR_LIMIT);
	assert_string_equal(fourth.reason, "mail_code.sends");
	assert_int_equal(count("SELECT COUNT(*) FROM mail_code c JOIN user u ON u.id = c.user_id "
			       "WHERE u.login = 'doi'"),
			 MAIL_CODE_SENDS);
	if (strcmp(codes[0], codes[2]) != 0)
		assert_refused(confirm(&person, codes[0]));
	if (strcmp(codes[1], codes[2]) != 0)
		assert_refused(confirm(&person, codes[1]));
	assert_int_equal(confirm(&person, codes[2]).err, ERR_OK);
	has("doi", "doi@example.org", true);
	test_db_script("UPDATE mail_code SET created_at = created_at - INTERVAL 61 MINUTE");
	assert_int_equal(begin(&person, "doi2@example.org").err, ERR_OK);
}

static void a_code_is_good_for_ten_minutes(void **state)
{
	struct person person;
	char code[MAIL_CODE_TEXT];

	(void)state;
	enrol(&person, "endo");
	assert_int_equal(begin(&person, "endo@example.org").err, ERR_OK);
	mailed(code);
	test_db_script("UPDATE mail_code SET created_at = created_at - INTERVAL 10 MINUTE");
	assert_refused(confirm(&person, code));
	assert_int_equal(happened("auth.mail_code_refused", "mail_code.expired", "endo"), 1);
	has("endo", NULL, false);
}

/* Nor may somebody with the session of that day set the address back to it later. */
static void a_code_is_good_once(void **state)
{
	struct person person;
	char code[MAIL_CODE_TEXT];

	(void)state;
	enrol(&person, "fujita");
	assert_int_equal(begin(&person, "fujita@example.org").err, ERR_OK);
	mailed(code);
	assert_int_equal(confirm(&person, code).err, ERR_OK);
	assert_refused(confirm(&person, code));
	assert_int_equal(happened("auth.mail_code_refused", "mail_code.used", "fujita"), 1);
}

static void a_code_counts_in_the_session_that_asked(void **state)
{
	struct person person;
	char code[MAIL_CODE_TEXT];

	(void)state;
	enrol(&person, "goto");
	assert_int_equal(begin(&person, "goto@example.org").err, ERR_OK);
	mailed(code);
	code_for(person.seed, 0);
	struct answer other = sign_in(&person, good, code_now, NULL, "192.0.2.1");
	assert_int_equal(other.err, ERR_OK);
	assert_refused(run(&(struct ask){
		.op = "mail_address.confirm", .cookie = other.session, .values = {TEXT(code)}}));
	assert_int_equal(happened("auth.mail_code_refused", "mail_code.browser", "goto"), 1);
	assert_int_equal(confirm(&person, code).err, ERR_OK);
}

static void one_code_typed_twice_at_once_counts_once(void **state)
{
	struct person person;
	struct racer racers[2];
	char code[MAIL_CODE_TEXT];

	(void)state;
	enrol(&person, "hara");
	assert_int_equal(begin(&person, "hara@example.org").err, ERR_OK);
	mailed(code);
	for (int i = 0; i < 2; i++) {
		racers[i] = (struct racer){.ask = {.op = "mail_address.confirm",
						   .cookie = person.session,
						   .values = {TEXT(code)}}};
		assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
	}
	for (int i = 0; i < 2; i++)
		pthread_join(racers[i].thread, NULL);
	assert_int_equal((racers[0].answer.err == ERR_OK) + (racers[1].answer.err == ERR_OK), 1);
}

static void an_old_sign_in_changes_no_address(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "ida");
	test_db_script("UPDATE auth_session SET authenticated_at = authenticated_at - "
		       "INTERVAL 16 MINUTE");
	assert_string_equal(begin(&person, "ida@example.org").reason, "auth.not_fresh");
	assert_string_equal(confirm(&person, "12345678").reason, "auth.not_fresh");
}

static void whose_address_somebody_else_changes_has_to_confirm_it(void **state)
{
	struct person person;
	char code[MAIL_CODE_TEXT];
	struct ask change = {.op = "users.update", .console = true};

	(void)state;
	enrol(&person, "kato");
	make_administrator("kato");
	assert_int_equal(begin(&person, "kato@example.org").err, ERR_OK);
	mailed(code);
	assert_int_equal(confirm(&person, code).err, ERR_OK);
	change.values[0] = (struct value)ID(person.id);
	change.values[1] = (struct value)TEXT("Kato");
	change.if_match = count("SELECT version FROM user WHERE login = 'kato'");
	assert_int_equal(run(&change).err, ERR_OK);
	has("kato", "kato@example.org", true);
	change.values[4] = (struct value)TEXT("kato2@example.org");
	change.if_match++;
	assert_int_equal(run(&change).err, ERR_OK);
	has("kato", "kato2@example.org", false);
}

static void what_cannot_be_sent_is_said(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "mori");
	struct answer answer = begin(&person, "mori@example.org, b@example.org");
	assert_int_equal(answer.err, ERR_INPUT);
	assert_string_equal(answer.field, "address");
	test_db_script("UPDATE mail_server SET host = ''");
	assert_string_equal(begin(&person, "mori@example.org").reason, "mail.off");
	test_db_script("UPDATE mail_server SET host = 'mail.example'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_holds_when_its_code_has_come_back),
		cmocka_unit_test(what_one_replaced_is_told_for_a_week),
		cmocka_unit_test(a_report_gives_the_address_back),
		cmocka_unit_test(a_code_is_no_text_in_the_database),
		cmocka_unit_test(a_code_has_three_tries),
		cmocka_unit_test(only_the_newest_counts_and_the_fourth_within_an_hour_is_not_sent),
		cmocka_unit_test(a_code_is_good_for_ten_minutes),
		cmocka_unit_test(a_code_is_good_once),
		cmocka_unit_test(a_code_counts_in_the_session_that_asked),
		cmocka_unit_test(one_code_typed_twice_at_once_counts_once),
		cmocka_unit_test(an_old_sign_in_changes_no_address),
		cmocka_unit_test(whose_address_somebody_else_changes_has_to_confirm_it),
		cmocka_unit_test(what_cannot_be_sent_is_said),
	};

	return cmocka_run_group_tests(tests, setup, people_teardown);
}
