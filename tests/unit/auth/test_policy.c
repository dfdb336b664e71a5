/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/password_policy_sql.h"
#include "tests/unit/auth/people.h"

static const char second[] = "quiet-otter-77-lantern";

/* A group with these people, under the classic policy. */
static void put_into_classic_group(const char *login)
{
	char sql[1024];

	snprintf(sql, sizeof(sql),
		 "INSERT IGNORE INTO user_group (id, name, created_at, updated_at, event_id) "
		 "VALUES (UNHEX(MD5('g')), 'strict', NOW(6), NOW(6), UNHEX(MD5('e')));"
		 "INSERT IGNORE INTO user_group (id, parent_id, name, created_at, updated_at, "
		 "event_id) VALUES (UNHEX(MD5('below')), UNHEX(MD5('g')), 'below strict', NOW(6), "
		 "NOW(6), UNHEX(MD5('e')));"
		 "INSERT IGNORE INTO user_group_member (group_id, user_id, event_id) SELECT "
		 "UNHEX(MD5('below')), id, UNHEX(MD5('e')) FROM user WHERE login = '%s';"
		 "INSERT IGNORE INTO password_policy_group (group_id, policy_id, event_id) "
		 "SELECT UNHEX(MD5('g')), id, UNHEX(MD5('e')) FROM password_policy "
		 "WHERE profile = 'classic'",
		 login);
	test_db_script(sql);
}

static struct answer change(const uint8_t *session, const char *from, const char *to)
{
	char pair[256];
	int len = snprintf(pair, sizeof(pair), "%s%c%s", from, 0, to);

	return run(&(struct ask){.op = "auth.password_change",
				 .cookie = session,
				 .secret = pair,
				 .secret_len = (size_t)len});
}

static void a_group_and_those_below_have_its_policy(void **state)
{
	struct person person;
	struct password_policy policy;

	(void)state;
	enrol(&person, "in.group");
	assert_int_equal(password_policy_of_user(&base, &person.id, &policy), ERR_OK);
	assert_string_equal(policy.profile, "nist");
	put_into_classic_group("in.group");
	assert_int_equal(password_policy_of_user(&base, &person.id, &policy), ERR_OK);
	assert_string_equal(policy.profile, "classic");
	assert_int_equal(policy.max_age_days, 90);
	struct answer weak = change(person.session, good, "river-71-ock");
	assert_int_equal(weak.err, ERR_INPUT);
	assert_string_equal(weak.reason, "password.no_upper");
	assert_int_equal(change(person.session, good, "River-71-ock").err, ERR_OK);
}

static void the_rules_hold_at_enrolment_and_reset(void **state)
{
	static const char *const weak[] = {"river-71-ock", "Welcome1", "Rv7-ock", "Strict.one7x",
					   "Somebody71x"};
	static const char *const reasons[] = {"password.no_upper", "password.common",
					      "password.too_short", "password.contains_login",
					      "password.contains_name"};
	char token[44], seed[64];
	struct answer made = create("strict.one", NULL);

	(void)state;
	put_into_classic_group("strict.one");
	for (int again = 0; again < 2; again++) {
		get_token(&made.id, token);
		get_seed(token, seed);
		code_for(seed, 0);
		struct ask ask = {.op = "enrolment.complete",
				  .values = {TEXT(token), TEXT(code_now)}};
		for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]); i++) {
			ask.secret = weak[i];
			struct answer refused = run(&ask);
			assert_int_equal(refused.err, ERR_INPUT);
			assert_string_equal(refused.field, "password");
			assert_string_equal(refused.reason, reasons[i]);
		}
		ask.secret = "River-71-ock";
		struct answer done = run(&ask);
		if (again == 0) {
			assert_int_equal(done.err, ERR_OK);
			continue;
		}
		/* The reset knows the former one. */
		assert_int_equal(done.err, ERR_INPUT);
		assert_string_equal(done.reason, "password.reused");
		ask.secret = "River-72-ock";
		assert_int_equal(run(&ask).err, ERR_OK);
	}
}

static void former_passwords_are_refused(void **state)
{
	static const char *const former[] = {"River-71-ock", "River-72-ock", "River-73-ock"};
	struct person person;

	(void)state;
	enrol(&person, "has.history");
	/* Whatever the policy: the present one is no new one. */
	struct answer same = change(person.session, good, good);
	assert_string_equal(same.reason, "password.reused");
	put_into_classic_group("has.history");
	test_db_script("UPDATE password_policy SET history = 2 WHERE profile = 'classic'");
	const char *present = good;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(change(person.session, present, former[i]).err, ERR_OK);
		present = former[i];
	}
	/* The last two. */
	for (size_t i = 1; i < 3; i++)
		assert_string_equal(change(person.session, present, former[i]).reason,
				    "password.reused");
	assert_int_equal(change(person.session, present, former[0]).err, ERR_OK);
	assert_int_equal(count("SELECT COUNT(*) FROM auth_password_history h JOIN user u ON "
			       "u.id = h.user_id WHERE u.login = 'has.history' AND "
			       "h.hash LIKE '$argon2id$%'"),
			 5);
}

/* Which of an ordinary person's operations are left to this session. */
static enum err may_ask_for_targets(const uint8_t *session)
{
	struct answer answer = run(&(struct ask){
		.op = "users.create", .cookie = session, .values = {TEXT("made.by"), TEXT("X")}});

	return answer.err;
}

static void an_old_password_is_changed_before_anything_else(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "long.ago");
	make_administrator("long.ago");
	put_into_classic_group("long.ago");
	test_db_script("UPDATE auth_password SET changed_at = changed_at - INTERVAL 91 DAY "
		       "WHERE user_id = (SELECT id FROM user WHERE login = 'long.ago')");
	code_for(person.seed, 0);
	struct answer in = sign_in(&person, good, code_now, person.device, "192.0.2.1");
	assert_int_equal(in.err, ERR_OK);
	assert_int_equal(may_ask_for_targets(in.session), ERR_DENIED);
	assert_int_equal(change(in.session, good, "River-71-ock").err, ERR_OK);
	assert_int_equal(may_ask_for_targets(in.session), ERR_OK);
}

static struct answer by(const struct person *person, const char *op, const struct person *whom)
{
	return run(&(struct ask){.op = op, .cookie = person->session, .values = {ID(whom->id)}});
}

static void a_required_change_binds_those_who_are_signed_in(void **state)
{
	struct person administrator, person;

	(void)state;
	enrol(&administrator, "requires");
	make_administrator("requires");
	enrol(&person, "must.change");
	make_administrator("must.change");
	/* Asking twice is asking once. */
	for (int i = 0; i < 2; i++)
		assert_int_equal(by(&administrator, "users.require_password_change", &person).err,
				 ERR_OK);
	assert_int_equal(by(&person, "users.require_password_change", &administrator).err,
			 ERR_DENIED);
	forget_step("must.change");
	code_for(person.seed, 0);
	struct answer in = sign_in(&person, good, code_now, person.device, "192.0.2.1");
	assert_int_equal(by(&(struct person){.session = {0}}, "users.link", &person).err,
			 ERR_UNAUTHENTICATED);
	memcpy(person.session, in.session, 32);
	assert_int_equal(by(&person, "users.link", &administrator).err, ERR_DENIED);
	assert_int_equal(change(person.session, good, second).err, ERR_OK);
	assert_int_equal(by(&person, "users.require_password_change", &administrator).err, ERR_OK);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE "
			       "event = 'user.password_change_required' AND outcome = 'ok'"),
			 3);
}

/* A cookie that was taken from a desk at noon is no reset. */
static void an_old_sign_in_resets_nobody(void **state)
{
	static const char *const ops[] = {"users.link", "users.ask_reset",
					  "users.require_password_change"};
	struct person administrator, person;

	(void)state;
	enrol(&administrator, "at.noon");
	make_administrator("at.noon");
	enrol(&person, "not.reset");
	test_db_script("UPDATE auth_session SET authenticated_at = authenticated_at - "
		       "INTERVAL 16 MINUTE WHERE user_id = "
		       "(SELECT id FROM user WHERE login = 'at.noon')");
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		struct answer answer = by(&administrator, ops[i], &person);
		assert_int_equal(answer.err, ERR_UNAUTHENTICATED);
		assert_string_equal(answer.reason, "auth.not_fresh");
	}
}

static void the_reset_of_a_privileged_person_takes_two(void **state)
{
	struct person one, two, auditor, ordinary;

	(void)state;
	enrol(&one, "admin.one");
	enrol(&two, "admin.two");
	enrol(&auditor, "privileged");
	enrol(&ordinary, "ordinary");
	make_administrator("admin.one");
	make_administrator("admin.two");
	make_administrator("privileged");
	assert_int_equal(by(&one, "users.link", &ordinary).err, ERR_OK);
	assert_string_equal(by(&one, "users.link", &auditor).reason, "user.second_needed");
	assert_string_equal(by(&one, "users.link", &one).reason, "user.second_needed");
	assert_string_equal(by(&one, "users.ask_reset", &ordinary).reason, "user.no_second_needed");
	assert_int_equal(by(&one, "users.ask_reset", &auditor).err, ERR_OK);
	assert_string_equal(by(&one, "users.link", &auditor).reason, "user.second_must_differ");
	assert_int_equal(by(&ordinary, "users.link", &auditor).err, ERR_DENIED);
	assert_int_equal(by(&two, "users.link", &auditor).err, ERR_OK);
	/* One request, one link. */
	assert_string_equal(by(&two, "users.link", &auditor).reason, "user.second_needed");
	assert_int_equal(by(&one, "users.ask_reset", &auditor).err, ERR_OK);
	test_db_script("UPDATE auth_reset SET asked_at = asked_at - INTERVAL 25 HOUR");
	assert_string_equal(by(&two, "users.link", &auditor).reason, "user.second_needed");
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = 'user.reset_asked' "
			       "AND outcome = 'ok' AND object_name = 'privileged'"),
			 2);
}

static void remove_administrator(const char *login)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
		 "DELETE FROM role_grant WHERE user_id = (SELECT id FROM user WHERE login = '%s')",
		 login);
	test_db_script(sql);
}

static void who_may_not_ask_any_more_has_not_asked(void **state)
{
	struct person one, two, whom;

	(void)state;
	enrol(&one, "asks.first");
	enrol(&two, "issues.then");
	enrol(&whom, "is.reset");
	make_administrator("asks.first");
	make_administrator("issues.then");
	make_administrator("is.reset");
	assert_int_equal(by(&one, "users.ask_reset", &whom).err, ERR_OK);
	remove_administrator("asks.first");
	assert_string_equal(by(&two, "users.link", &whom).reason, "user.second_needed");
	make_administrator("asks.first");
	test_db_script("UPDATE user SET state = 'disabled' WHERE login = 'asks.first'");
	assert_string_equal(by(&two, "users.link", &whom).reason, "user.second_needed");
	test_db_script("UPDATE user SET state = 'active' WHERE login = 'asks.first'");
	assert_int_equal(by(&two, "users.link", &whom).err, ERR_OK);
}

/* Whoever makes a second administrator for it does not make a second judgement. */
static void an_administrator_of_today_resets_nobody(void **state)
{
	struct conf careful = conf;
	struct person old, made, whom;

	(void)state;
	careful.reset_administrator_hours = 24;
	enrol(&old, "was.there");
	enrol(&made, "made.today");
	enrol(&whom, "is.taken");
	make_administrator("was.there");
	make_administrator("made.today");
	make_administrator("is.taken");
	base.conf = &careful;
	assert_string_equal(by(&made, "users.ask_reset", &whom).reason, "user.second_too_new");
	base.conf = &conf;
	assert_int_equal(by(&old, "users.ask_reset", &whom).err, ERR_OK);
	base.conf = &careful;
	/* The one who asked is as new: there is no request to issue a link for. */
	assert_string_equal(by(&made, "users.link", &whom).reason, "user.second_needed");
	struct answer link =
		run(&(struct ask){.op = "users.link", .console = true, .values = {ID(whom.id)}});
	base.conf = &conf;
	assert_int_equal(link.err, ERR_OK);
	assert_int_equal(by(&made, "users.link", &whom).err, ERR_OK);
}

static struct answer begin(const struct answer *link)
{
	const char *hash = strchr(link->url, '#');

	assert_non_null(hash);
	return run(&(struct ask){.op = "enrolment.begin", .values = {TEXT(hash + 1)}});
}

/* Kept until there is more to take. */
static void a_link_ends_when_its_person_may_do_more(void **state)
{
	struct person administrator, person;

	(void)state;
	enrol(&administrator, "issues.links");
	make_administrator("issues.links");
	enrol(&person, "is.promoted");
	struct answer link = by(&administrator, "users.link", &person);
	assert_int_equal(begin(&link).err, ERR_OK);
	make_administrator("is.promoted");
	struct answer late = begin(&link);
	assert_int_equal(late.err, ERR_NOT_FOUND);
	assert_string_equal(late.reason, "enrolment.outdated");
	remove_administrator("is.promoted");
	assert_int_equal(begin(&link).err, ERR_OK);
	/* The owner of the server knows, and a first link takes nothing from anybody. */
	make_administrator("is.promoted");
	link = run(&(struct ask){.op = "users.link", .console = true, .values = {ID(person.id)}});
	assert_int_equal(begin(&link).err, ERR_OK);
	struct person invited = {.id = create("is.invited", NULL).id};
	link = by(&administrator, "users.link", &invited);
	make_administrator("is.invited");
	assert_int_equal(begin(&link).err, ERR_OK);
}

enum { IS_DEFAULT, LENGTH, HISTORY = 5, AGE, WORDS, GROUPS, POLICY };

static struct answer update(const struct person *person, const char *profile, unsigned field,
			    struct value value)
{
	struct password_policy policies[PASSWORD_POLICIES_MAX];
	size_t found = 0;
	struct ask ask = {.op = "password_policies.update", .cookie = person->session};

	assert_int_equal(password_policy_sql_list(&base, policies, &found), ERR_OK);
	for (size_t i = 0; i < found; i++) {
		if (strcmp(policies[i].profile, profile) != 0)
			continue;
		ask.values[POLICY] = (struct value)ID(policies[i].id);
		ask.if_match = policies[i].version;
	}
	ask.values[field] = value;
	return run(&ask);
}

#define NUMBER(n)                          \
	{                                  \
		.set = true, .number = (n) \
	}

static void only_administrators_change_policies(void **state)
{
	struct person administrator, person;

	(void)state;
	enrol(&administrator, "sets.rules");
	make_administrator("sets.rules");
	enrol(&person, "wants.rules");
	assert_int_equal(update(&person, "nist", LENGTH, (struct value)NUMBER(8)).err, ERR_DENIED);
	assert_int_equal(update(&administrator, "nist", LENGTH, (struct value)NUMBER(7)).err,
			 ERR_INPUT);
	assert_int_equal(update(&administrator, "nist", LENGTH, (struct value)NUMBER(16)).err,
			 ERR_OK);
	assert_string_equal(change(person.session, good, "quiet-otter-77").reason,
			    "password.too_short");
	assert_int_equal(
		update(&administrator, "nist", WORDS, (struct value)TEXT("Kanda-Seiki")).err,
		ERR_OK);
	assert_string_equal(change(person.session, good, "the-seiki-otter-lantern").reason,
			    "password.contains_company");
	/* There is always one default. */
	assert_int_equal(update(&administrator, "nist", IS_DEFAULT, (struct value)NUMBER(0)).err,
			 ERR_INPUT);
	assert_int_equal(update(&administrator, "classic", IS_DEFAULT, (struct value)NUMBER(1)).err,
			 ERR_OK);
	assert_int_equal(count("SELECT COUNT(*) FROM password_policy WHERE is_default"), 1);
	assert_int_equal(update(&administrator, "nist", IS_DEFAULT, (struct value)NUMBER(1)).err,
			 ERR_OK);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.password_policy_changed' AND leaf LIKE '%min_length%' AND "
			       "leaf LIKE '%\"16\"%'"),
			 1);
	(void)update(&administrator, "nist", LENGTH, (struct value)NUMBER(12));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_group_and_those_below_have_its_policy),
		cmocka_unit_test(the_rules_hold_at_enrolment_and_reset),
		cmocka_unit_test(former_passwords_are_refused),
		cmocka_unit_test(an_old_password_is_changed_before_anything_else),
		cmocka_unit_test(a_required_change_binds_those_who_are_signed_in),
		cmocka_unit_test(an_old_sign_in_resets_nobody),
		cmocka_unit_test(the_reset_of_a_privileged_person_takes_two),
		cmocka_unit_test(who_may_not_ask_any_more_has_not_asked),
		cmocka_unit_test(an_administrator_of_today_resets_nobody),
		cmocka_unit_test(a_link_ends_when_its_person_may_do_more),
		cmocka_unit_test(only_administrators_change_policies),
	};
	return cmocka_run_group_tests(tests, people_setup, people_teardown);
}
