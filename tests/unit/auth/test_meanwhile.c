/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/password.h"
#include "auth/password_cost.h"
#include "auth/password_history_sql.h"
#include "tests/unit/auth/people.h"

/* What happens to a person while a request of theirs is under way. */

static const char next[] = "quiet-otter-77-lantern";

static enum err session_is_ended(struct ctx *ctx, const struct person *person)
{
	return session_end_all(ctx, &person->id, NULL, "revoked");
}

static enum err change_is_required(struct ctx *ctx, const struct person *person)
{
	return password_sql_must_change(ctx, &person->id);
}

static enum err password_is_another(struct ctx *ctx, const struct person *person)
{
	char hash[PASSWORD_HASH_SIZE];
	struct secret *password = secret_from(next, strlen(next));

	assert_int_equal(password_hash(ctx, password, hash), ERR_OK);
	secret_free(password);
	return password_sql_set(ctx, &person->id, hash);
}

static enum err person_is_disabled(struct ctx *ctx, const struct person *person)
{
	struct user user;
	struct uuid event = uuid_v7();

	assert_int_equal(user_by_id(ctx, &person->id, true, &user), ERR_OK);
	user.state = "disabled";
	return user_store(ctx, &user, &event);
}

static int64_t factors(void)
{
	return count("SELECT (SELECT COUNT(*) FROM auth_totp) + "
		     "(SELECT COUNT(*) FROM auth_recovery_code)");
}

/* Each way to bind something to a person that a session can take. */
static void begin_device(struct ask *ask)
{
	*ask = (struct ask){.op = "factors.totp_begin", .values = {TEXT("phone")}};
}

static void make_codes(struct ask *ask)
{
	*ask = (struct ask){.op = "factors.recovery_create"};
}

static void change_password(struct ask *ask)
{
	static char pair[128];
	int len = snprintf(pair, sizeof(pair), "%s%c%s", good, 0, next);

	*ask = (struct ask){
		.op = "auth.password_change", .secret = pair, .secret_len = (size_t)len};
}

static void an_ended_session_binds_nothing(void **state)
{
	static void (*const ways[])(struct ask * ask) = {begin_device, make_codes, change_password};
	char login[32];

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct person person;
		struct racer racer = {0};

		snprintf(login, sizeof(login), "ended.%zu", i);
		enrol(&person, login);
		int64_t before = factors();
		ways[i](&racer.ask);
		racer.ask.cookie = person.session;
		race_held(&racer, &person, session_is_ended);
		assert_int_equal(racer.answer.err, ERR_UNAUTHENTICATED);
		assert_string_equal(racer.answer.reason, "session.unknown");
		assert_int_equal(factors(), before);
		forget_step(login);
		code_for(person.seed, 0);
		assert_int_equal(sign_in(&person, good, code_now, NULL, "192.0.2.1").err, ERR_OK);
	}
}

/* A device that was shown before, and is confirmed when the session has ended. */
static void an_ended_session_confirms_nothing(void **state)
{
	struct person person;
	struct racer racer = {0};
	struct ask ask;
	char seed[64];

	(void)state;
	enrol(&person, "ended.late");
	begin_device(&ask);
	ask.cookie = person.session;
	seed_of(run(&ask).body, seed);
	code_for(seed, 0);
	racer.ask = (struct ask){
		.op = "factors.totp_confirm", .cookie = person.session, .values = {TEXT(code_now)}};
	race_held(&racer, &person, session_is_ended);
	assert_int_equal(racer.answer.err, ERR_UNAUTHENTICATED);
	assert_string_equal(racer.answer.reason, "session.unknown");
}

static void a_password_that_is_due_binds_nothing_before(void **state)
{
	static void (*const ways[])(struct ask * ask) = {begin_device, make_codes};
	struct person person;
	struct ask ask;

	(void)state;
	enrol(&person, "is.due");
	assert_int_equal(change_is_required(&base, &person), ERR_OK);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		ways[i](&ask);
		ask.cookie = person.session;
		struct answer answer = run(&ask);
		assert_int_equal(answer.err, ERR_DENIED);
		assert_string_equal(answer.reason, "password.due");
	}
	change_password(&ask);
	ask.cookie = person.session;
	assert_int_equal(run(&ask).err, ERR_OK);
	begin_device(&ask);
	ask.cookie = person.session;
	assert_int_equal(run(&ask).err, ERR_OK);
}

static void what_was_read_before_the_hash_must_hold_after_it(void **state)
{
	static meanwhile_fn *const changes[] = {password_is_another, person_is_disabled};
	char login[32];

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct person person;
		struct racer racer = {0};

		snprintf(login, sizeof(login), "hashing.%zu", i);
		enrol(&person, login);
		code_for(person.seed, 0);
		racer.ask = (struct ask){.op = "auth.sign_in",
					 .secret = good,
					 .values = {TEXT(person.login), TEXT(code_now)}};
		race_held(&racer, &person, changes[i]);
		assert_int_equal(racer.answer.err, ERR_UNAUTHENTICATED);
		assert_string_equal(racer.answer.reason, "sign_in.failed");
	}
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.sign_in_refused' AND leaf LIKE "
			       "'%\"sign_in.changed_meanwhile\"%'"),
			 2);
}

/* Who signs in just then has the new demand on the new session as well. */
static void a_change_required_meanwhile_binds_the_new_session(void **state)
{
	struct person person;
	struct racer racer = {0};

	(void)state;
	enrol(&person, "required");
	code_for(person.seed, 0);
	racer.ask = (struct ask){.op = "auth.sign_in",
				 .secret = good,
				 .values = {TEXT(person.login), TEXT(code_now)}};
	race_held(&racer, &person, change_is_required);
	assert_int_equal(racer.answer.err, ERR_OK);
	assert_int_equal(count("SELECT COUNT(*) FROM auth_session s JOIN user u ON u.id = "
			       "s.user_id WHERE u.login = 'required' AND NOT s.password_due"),
			 0);
}

/* The machine became faster, or its owner more patient. */
static void a_weaker_hash_is_renewed_by_the_next_sign_in(void **state)
{
	const struct password_cost least = password_cost(), more = {3, least.kib};
	struct person person;
	struct answer wrong, right;

	(void)state;
	enrol(&person, "older.hash");
	password_cost_set(more);
	code_for(person.seed, 0);
	wrong = sign_in(&person, next, code_now, person.device, "192.0.2.1");
	assert_int_equal(wrong.err, ERR_UNAUTHENTICATED);
#define HASHED_WITH(passes)                                                                     \
	count("SELECT COUNT(*) FROM auth_password p JOIN user u ON u.id = p.user_id JOIN "      \
	      "auth_password_history h ON h.user_id = u.id AND h.hash = p.hash AND h.set_at = " \
	      "p.changed_at WHERE u.login = 'older.hash' AND p.hash LIKE "                      \
	      "'$argon2id$v=19$m=%,t=" passes ",p=1$%'")
	assert_int_equal(HASHED_WITH("2"), 1);
	right = sign_in(&person, good, code_now, person.device, "192.0.2.1");
	assert_int_equal(right.err, ERR_OK);
	assert_int_equal(HASHED_WITH("3"), 1);
	forget_step("older.hash");
	assert_int_equal(sign_in(&person, good, code_now, person.device, "192.0.2.1").err, ERR_OK);
	/* Started again where hashing is not measured: what was reached stays. */
	assert_int_equal(auth_prepare(&base), ERR_OK);
	assert_int_equal(password_cost_work(password_cost()), password_cost_work(least));
	struct conf patient = conf;
	patient.password_hash_milliseconds = 1000;
	base.conf = &patient;
	assert_int_equal(auth_prepare(&base), ERR_OK);
	base.conf = &conf;
	const struct password_cost reached = password_cost();
	assert_int_equal(auth_prepare(&base), ERR_OK);
	assert_int_equal(password_cost_work(password_cost()), password_cost_work(reached));
	password_cost_set(least);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ended_session_binds_nothing),
		cmocka_unit_test(an_ended_session_confirms_nothing),
		cmocka_unit_test(a_password_that_is_due_binds_nothing_before),
		cmocka_unit_test(what_was_read_before_the_hash_must_hold_after_it),
		cmocka_unit_test(a_change_required_meanwhile_binds_the_new_session),
		cmocka_unit_test(a_weaker_hash_is_renewed_by_the_next_sign_in),
	};
	return cmocka_run_group_tests(tests, people_setup, people_teardown);
}
