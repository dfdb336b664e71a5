/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/past.h"

#include "auth/adaptive_sql.h"
#include "auth/auth_api.h"
#include "auth/exception.h"
#include "auth/risk_record.h"
#include "notify/notify.h"
#include "tests/unit/auth/passkeys.h"

/* "That was not me", "that was me", and exceptions to the decision. */

#define HOME  "192.0.2.80"
#define THIEF "203.0.113.80"

static struct conf mine;

static int before_each(void **state)
{
	(void)state;
	mine = conf;
	mine.adaptive_sign_in = CONF_ADAPTIVE_AUDIT;
	base.conf = &mine;
	test_db_script("DELETE FROM auth_lane; DELETE FROM auth_profile; DELETE FROM auth_common; "
		       "DELETE FROM auth_colleague; "
		       "DELETE FROM auth_sign_in; DELETE FROM sign_in_exception");
	return 0;
}

static struct answer right(const struct person *person, const uint8_t *device, const char *peer)
{
	forget_step(person->login);
	code_for(person->seed, 0);
	return sign_in(person, good, code_now, device, peer);
}

/* Signs in at home; that session and device are the person's from now on. */
static void come_home(struct person *person)
{
	struct answer answer = right(person, person->device, HOME);

	assert_int_equal(answer.err, ERR_OK);
	memcpy(person->session, answer.session, sizeof(person->session));
}

static void read_id(struct db_rows *rows, void *arg)
{
	*(struct uuid *)arg = db_uuid(rows, 0);
}

static struct uuid newest(const struct person *person)
{
	static const struct db_stmt last = {"test.newest",
					    "SELECT id FROM auth_sign_in WHERE user_id = ? "
					    "ORDER BY occurred_at DESC LIMIT 1",
					    1, 1};
	const struct db_param params[] = {DB_P_UUID(&person->id)};
	struct uuid id;

	assert_int_equal(db_one(&base, &last, params, read_id, &id), ERR_OK);
	return id;
}

static struct answer say(const char *op, const uint8_t *cookie, struct uuid id)
{
	struct ask ask = {.op = op, .cookie = cookie, .peer = HOME, .values = {ID(id)}};

	return run(&ask);
}

static bool is_signed_in(const uint8_t *cookie)
{
	static const struct uuid none;

	/* Nobody has that session: who is signed in is told so. */
	return say("auth.session_revoke", cookie, none).err == ERR_NOT_FOUND;
}

static void load(const struct person *person, struct risk_profile *out)
{
	struct block stored;

	assert_int_equal(adaptive_sql_profile(&base, &person->id, &stored), ERR_OK);
	assert_true(risk_profile_read(stored.data, stored.len, out));
}

static int values_of(const struct risk_profile *profile)
{
	int count = 0;

	for (int i = 0; i < RISK_ROWS; i++)
		count += profile->rows[i].value != 0;
	return count;
}

static void read_text(struct db_rows *rows, void *arg)
{
	const char *text = db_text(rows, 0);

	(void)snprintf(arg, RISK_RECORD_TEXT, "%s", text ? text : "");
}

static struct risk_record last_record(const struct person *person)
{
	static const struct db_stmt last = {
		"test.record",
		"SELECT JSON_VALUE(CONVERT(leaf USING utf8mb4), '$.data.risk') FROM audit_event "
		"WHERE event IN ('auth.sign_in', 'auth.sign_in_refused') AND object_name = ? ORDER "
		"BY occurred_at DESC LIMIT 1",
		1, 1};
	const struct db_param params[] = {DB_P_TEXT(person->login)};
	struct risk_record record;
	char text[RISK_RECORD_TEXT];

	assert_int_equal(db_one(&base, &last, params, read_text, text), ERR_OK);
	assert_true(risk_record_read(text, &record));
	assert_true(risk_record_holds(&record)); /* as sekisho-verify does */
	return record;
}

static bool is_reported(const struct person *person)
{
	return ((uint32_t)last_record(person).facts.rules >> RISK_RULE_REPORTED) & 1;
}

static void a_report_leaves_nothing_of_the_stranger(void **state)
{
	struct person person;
	struct risk_profile before, after;

	(void)state;
	enrol(&person, "past.stolen");
	come_home(&person);
	load(&person, &before);
	int64_t seen = count("SELECT SUM(seen) FROM auth_common");
	int64_t kinds = count("SELECT SUM(kinds) FROM auth_common");
	struct answer thief = right(&person, NULL, THIEF);
	assert_int_equal(thief.err, ERR_OK);
	struct uuid stolen = newest(&person);
	load(&person, &after);
	assert_int_equal(values_of(&after), values_of(&before) + 1);

	assert_int_equal(say("sign_ins.not_me", person.session, stolen).err, ERR_OK);
	assert_false(is_signed_in(thief.session));
	assert_true(is_signed_in(person.session));
	assert_int_equal(count("SELECT COUNT(*) FROM auth_session WHERE end_reason = 'reported'"),
			 2); /* the thief's, and the one of the enrolment */
	load(&person, &after);
	assert_int_equal(values_of(&after), values_of(&before));
	assert_int_equal(after.logins, before.logins);
	assert_int_equal(count("SELECT SUM(seen) FROM auth_common"), seen);
	assert_int_equal(count("SELECT SUM(kinds) FROM auth_common"), kinds);
	assert_int_equal(count("SELECT COUNT(*) FROM auth_device d JOIN auth_session s ON "
			       "s.device_id = d.id WHERE s.peer = '" THIEF
			       "' AND d.revoked_at IS NOT NULL"),
			 1);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.sign_in_reported' AND object_name = 'past.stolen' AND leaf "
			       "LIKE '%" THIEF "%'"),
			 1);
	/* Of one sign-in it is said once. */
	assert_string_equal(say("sign_ins.not_me", person.session, stolen).reason, "past.judged");
}

static struct answer by(const uint8_t *cookie, const char *op, struct value value)
{
	return run(&(struct ask){.op = op, .cookie = cookie, .values = {value}});
}

/* A code device, a passkey and recovery codes. */
static void add_ways_in(const uint8_t *cookie, struct soft_key *key)
{
	char seed[64];
	struct answer shown = by(cookie, "factors.totp_begin", (struct value)TEXT("mine"));

	assert_int_equal(shown.err, ERR_OK);
	seed_of(shown.body, seed);
	code_for(seed, 0);
	assert_int_equal(by(cookie, "factors.totp_confirm", (struct value)TEXT(code_now)).err,
			 ERR_OK);
	assert_int_equal(add(key, (struct soft_say){.count = 1}, cookie).err, ERR_OK);
	assert_int_equal(by(cookie, "factors.recovery_create", (struct value){0}).err, ERR_OK);
}

static int64_t ways_in(const char *login)
{
	char sql[400];

	(void)snprintf(sql, sizeof(sql),
		       "SELECT (SELECT COUNT(*) FROM auth_totp f WHERE f.user_id = u.id) * 100 + "
		       "(SELECT COUNT(*) FROM auth_passkey f WHERE f.user_id = u.id) * 10 + "
		       "EXISTS (SELECT 1 FROM auth_recovery_code f WHERE f.user_id = u.id) "
		       "FROM user u WHERE u.login = '%s'",
		       login);
	return count(sql);
}

static void a_report_takes_away_the_ways_in_that_the_stranger_added(void **state)
{
	struct owner owner;
	struct person *person = &owner.person;
	struct soft_key theirs;

	(void)state;
	own(&owner, "past.ways", WEBAUTHN_ES256);
	come_home(person);
	assert_int_equal(ways_in("past.ways"), 110);
	struct answer thief = right(person, NULL, "192.0.2.7");
	assert_int_equal(thief.err, ERR_OK);
	struct uuid stolen = newest(person);
	soft_key_make(&theirs, WEBAUTHN_ES256);
	add_ways_in(thief.session, &theirs);
	assert_int_equal(ways_in("past.ways"), 221);
	int64_t seeds = count("SELECT COUNT(*) FROM secret");

	/* Another sign-in has added nothing. */
	assert_int_equal(right(person, NULL, "192.0.2.7").err, ERR_OK);
	assert_int_equal(say("sign_ins.not_me", person->session, newest(person)).err, ERR_OK);
	assert_int_equal(ways_in("past.ways"), 221);
	assert_int_equal(say("sign_ins.not_me", person->session, stolen).err, ERR_OK);
	assert_int_equal(ways_in("past.ways"), 110);
	assert_int_equal(count("SELECT COUNT(*) FROM secret"), seeds - 1);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.sign_in_reported' AND object_name = 'past.ways' AND leaf "
			       "LIKE '%\"code_devices_removed\":\"1\"%' AND leaf LIKE "
			       "'%\"passkeys_removed\":\"1\"%'"),
			 1);
	soft_key_clear(&theirs);
	soft_key_clear(&owner.key);
}

static void a_report_weighs_for_a_week(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "past.week");
	come_home(&person);
	assert_false(is_reported(&person));
	assert_int_equal(right(&person, NULL, THIEF).err, ERR_OK);
	assert_int_equal(say("sign_ins.not_me", person.session, newest(&person)).err, ERR_OK);
	come_home(&person);
	assert_true(is_reported(&person));
	test_db_script("UPDATE auth_sign_in SET judged_at = UTC_TIMESTAMP(6) - INTERVAL 7 DAY "
		       "WHERE verdict = 'not_me'");
	come_home(&person);
	assert_false(is_reported(&person));
}

static void only_ones_own_sign_in_is_reported_and_not_the_present_one(void **state)
{
	struct person person, other;

	(void)state;
	enrol(&person, "past.own");
	enrol(&other, "past.other");
	come_home(&other);
	struct uuid theirs = newest(&other);
	come_home(&person);
	struct uuid present = newest(&person);
	assert_int_equal(say("sign_ins.not_me", person.session, theirs).err, ERR_NOT_FOUND);
	assert_true(is_signed_in(other.session));
	assert_string_equal(say("sign_ins.not_me", person.session, present).reason, "past.current");
	assert_int_equal(right(&person, NULL, THIEF).err, ERR_OK);
	test_db_script("UPDATE auth_session SET authenticated_at = UTC_TIMESTAMP(6) - INTERVAL 16 "
		       "MINUTE");
	assert_string_equal(say("sign_ins.not_me", person.session, newest(&person)).reason,
			    "auth.not_fresh");
}

static void attempts_with_the_right_password_can_be_reported(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "past.attempt");
	come_home(&person);
	assert_int_equal(sign_in(&person, "wrong-password-here", "000000", NULL, THIEF).err,
			 ERR_UNAUTHENTICATED);
	assert_int_equal(count("SELECT COUNT(*) FROM auth_sign_in WHERE reason IS NOT NULL"), 0);
	assert_int_equal(sign_in(&person, good, "000000", NULL, THIEF).err, ERR_UNAUTHENTICATED);
	assert_int_equal(count("SELECT COUNT(*) FROM auth_sign_in WHERE reason = 'sign_in.code' "
			       "AND look IS NOT NULL AND taught IS NULL"),
			 1);
	struct uuid attempt = newest(&person);
	/* A code that was wrong proves nothing. */
	assert_string_equal(say("sign_ins.me", person.session, attempt).reason,
			    "past.needs_passkey");
	assert_int_equal(say("sign_ins.not_me", person.session, attempt).err, ERR_OK);
	come_home(&person);
	assert_true(is_reported(&person));
}

/* Refused as unusual, whoever it was. */
static struct uuid refuse(const struct person *person)
{
	mine.adaptive_sign_in = CONF_ADAPTIVE_ENFORCE;
	assert_string_equal(right(person, NULL, THIEF).reason, "sign_in.needs_passkey");
	mine.adaptive_sign_in = CONF_ADAPTIVE_AUDIT;
	return newest(person);
}

static void what_was_refused_is_taught_by_who_shows_a_passkey(void **state)
{
	struct owner owner;
	struct person *person = &owner.person;
	struct risk_profile before, after;

	(void)state;
	own(&owner, "past.me", WEBAUTHN_ES256);
	come_home(person);
	struct uuid refused = refuse(person);
	load(person, &before);
	assert_string_equal(say("sign_ins.me", person->session, refused).reason,
			    "past.needs_passkey");
	struct answer shown = step_up(&owner.key, (struct soft_say){.count = 2}, person->session);
	assert_int_equal(shown.err, ERR_OK);
	assert_int_equal(say("sign_ins.me", shown.session, refused).err, ERR_OK);
	load(person, &after);
	assert_true(values_of(&after) > values_of(&before));
	assert_int_equal(after.logins, before.logins);
	assert_string_equal(say("sign_ins.me", shown.session, refused).reason, "past.judged");
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.sign_in_confirmed' AND object_name = 'past.me'"),
			 1);
	/* Of an accepted one there is nothing to teach. */
	come_home(person);
	struct uuid accepted = newest(person);
	shown = step_up(&owner.key, (struct soft_say){.count = 3}, person->session);
	assert_string_equal(say("sign_ins.me", shown.session, accepted).reason, "past.not_unusual");
	soft_key_clear(&owner.key);
}

static struct answer vouch(const struct person *by, const struct person *whose, struct uuid id)
{
	struct ask ask = {
		.op = "users.sign_in_was_theirs",
		.cookie = by->session,
		.values = {[WAS_THEIRS_USER] = ID(whose->id), [WAS_THEIRS_SIGN_IN] = ID(id)}};

	return run(&ask);
}

static void administrators_vouch_for_others_and_see_reports(void **state)
{
	struct owner owner;
	struct person *person = &owner.person, admin, second;

	(void)state;
	own(&owner, "past.theirs", WEBAUTHN_ES256);
	enrol(&admin, "past.admin");
	enrol(&second, "past.second");
	make_administrator("past.admin");
	make_administrator("past.second");
	come_home(person);
	struct uuid refused = refuse(person);
	assert_int_equal(vouch(person, person, refused).err, ERR_DENIED);
	assert_int_equal(vouch(&admin, &admin, refused).err, ERR_NOT_FOUND);
	assert_int_equal(vouch(&admin, person, refused).err, ERR_OK);
	assert_int_equal(count("SELECT COUNT(*) FROM mail_outbox WHERE kind = 'sign_in_confirmed' "
			       "AND login = 'past.theirs' AND detail = 'past.admin'"),
			 1);
	/* What an administrator reports of themselves is for another one to look into. */
	come_home(&admin);
	assert_int_equal(right(&admin, NULL, THIEF).err, ERR_OK);
	assert_int_equal(say("sign_ins.not_me", admin.session, newest(&admin)).err, ERR_OK);
	assert_int_equal(count("SELECT COUNT(*) FROM mail_outbox WHERE kind = 'sign_in_reported' "
			       "AND detail = 'past.admin' AND login IN ('past.admin', "
			       "'past.second')"),
			 2);
	struct ask seen = {.op = "sign_ins.reports_seen", .cookie = admin.session};
	assert_string_equal(run(&seen).reason, "past.no_reports");
	seen.cookie = second.session;
	assert_int_equal(run(&seen).err, ERR_OK);
	assert_string_equal(run(&seen).reason, "past.no_reports");
	/* Of the privileged one administrator alone says nothing, as they make no exception. */
	make_administrator("past.theirs");
	refused = refuse(person);
	assert_string_equal(vouch(&second, person, refused).reason, "past.privileged");
	soft_key_clear(&owner.key);
}

static void what_nobody_can_judge_any_more_goes(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "past.old");
	come_home(&person);
	come_home(&person);
	test_db_script("UPDATE auth_sign_in SET occurred_at = UTC_TIMESTAMP(6) - INTERVAL 31 DAY");
	assert_int_equal(say("sign_ins.not_me", person.session, newest(&person)).err,
			 ERR_NOT_FOUND);
	test_db_script("UPDATE auth_sign_in SET occurred_at = UTC_TIMESTAMP(6) - INTERVAL 41 DAY");
	come_home(&person);
	assert_int_equal(count("SELECT COUNT(*) FROM auth_sign_in"), 1);
}

/* --- Exceptions --- */

static struct person granter, other;

static void make_granters(void)
{
	if (granter.key)
		return;
	enrol(&granter, "exc.granter");
	enrol(&other, "exc.other");
	make_administrator("exc.granter");
	make_administrator("exc.other");
}

static struct answer except(const struct person *by, const struct person *whom, const char *network)
{
	struct ask ask = {.op = "sign_in_exceptions.create",
			  .cookie = by->session,
			  .values = {[EXCEPTION_USER] = ID(whom->id),
				     [EXCEPTION_NETWORK] = TEXT(network),
				     [EXCEPTION_DAYS] = {.set = true, .number = 7},
				     [EXCEPTION_NOTE] = TEXT("fair in Osaka")}};

	return run(&ask);
}

/* Known for a hundred days, on this device, and never from there. */
static void live_elsewhere(const struct person *person)
{
	struct risk_profile profile = {0};
	uint16_t today = (uint16_t)(sys_real_us() / 1000000 / 86400);
	uint8_t bytes[RISK_PROFILE_BYTES];

	for (uint16_t day = (uint16_t)(today - 100); day < today; day++) {
		struct risk_look look = {{5000, 0, 0, 5001, 5002, 5003, 0}, day, RISK_NO_HOUR};
		(void)risk_learn(&profile, &look);
	}
	risk_profile_write(&profile, bytes);
	assert_int_equal(
		adaptive_sql_save(&base, &person->id, (struct block){bytes, sizeof(bytes)}),
		ERR_OK);
}

/* Its reason; "": let in. Enforced, and as strange as the first time. */
static const char *try_from(const struct person *person, const uint8_t *device, const char *peer)
{
	static struct answer answer;

	live_elsewhere(person);
	mine.adaptive_sign_in = CONF_ADAPTIVE_ENFORCE;
	answer = right(person, device, peer);
	mine.adaptive_sign_in = CONF_ADAPTIVE_AUDIT;
	return answer.reason;
}

static enum err sweep_now(struct ctx *ctx, void *arg)
{
	(void)arg;
	return exception_sweep(ctx);
}

static int64_t ended(const char *how)
{
	char sql[200];

	(void)snprintf(sql, sizeof(sql),
		       "SELECT COUNT(*) FROM audit_event WHERE event = "
		       "'auth.sign_in_exception_ended' AND leaf LIKE '%%\"ended\":\"%s\"%%'",
		       how);
	return count(sql);
}

static void an_exception_holds_there_and_then_and_lifts_no_floor(void **state)
{
	struct owner owner;
	struct person *person = &owner.person;

	(void)state;
	make_granters();
	own(&owner, "exc.person", WEBAUTHN_ES256);
	assert_string_equal(try_from(person, person->device, THIEF), "sign_in.failed");
	assert_int_equal(except(&granter, person, "203.0.113.0/24").err, ERR_OK);
	assert_string_equal(try_from(person, person->device, THIEF), "");
	struct risk_record record = last_record(person);
	assert_int_equal(record.facts.excepted, 1);
	assert_int_equal(record.decision.action, RISK_ALLOW);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event a JOIN sign_in_exception e ON "
			       "REPLACE(JSON_VALUE(CONVERT(a.leaf USING utf8mb4), "
			       "'$.data.risk_exception'), '-', '') = LOWER(HEX(e.id)) WHERE "
			       "a.event = 'auth.sign_in'"),
			 1);
	/* An unknown device, another network. */
	assert_string_equal(try_from(person, NULL, THIEF), "sign_in.needs_passkey");
	assert_string_not_equal(try_from(person, person->device, "198.51.100.80"), "");
	/* Its time is over: first it holds no more, then it is ended. */
	test_db_script("UPDATE sign_in_exception SET until_at = UTC_TIMESTAMP(6)");
	assert_string_not_equal(try_from(person, person->device, THIEF), "");
	assert_int_equal(db_transaction(&base, sweep_now, NULL), ERR_OK);
	assert_int_equal(ended("over"), 1);
	struct answer second = except(&granter, person, "203.0.113.80");
	assert_int_equal(second.err, ERR_OK);
	assert_int_equal(say("sign_in_exceptions.revoke", granter.session, second.id).err, ERR_OK);
	assert_int_equal(ended("revoked"), 1);
	assert_string_not_equal(try_from(person, person->device, THIEF), "");
	assert_int_equal(say("sign_in_exceptions.revoke", granter.session, second.id).err,
			 ERR_NOT_FOUND);
	/* Whoever says "not me" wants no exceptions. */
	assert_int_equal(except(&other, person, "203.0.113.80").err, ERR_OK);
	come_home(person);
	assert_int_equal(right(person, NULL, THIEF).err, ERR_OK);
	assert_int_equal(say("sign_ins.not_me", person->session, newest(person)).err, ERR_OK);
	assert_int_equal(ended("reported"), 1);
	soft_key_clear(&owner.key);
}

static void for_the_privileged_it_takes_two(void **state)
{
	struct owner owner;
	struct person *chief = &owner.person;

	(void)state;
	make_granters();
	own(&owner, "exc.chief", WEBAUTHN_ES256);
	/* Made while they were nobody special, it holds no more when they are. */
	struct answer early = except(&granter, chief, "203.0.113.0/24");
	assert_int_equal(early.err, ERR_OK);
	make_administrator("exc.chief");
	assert_string_equal(try_from(chief, chief->device, THIEF), "sign_in.failed");
	assert_string_equal(say("sign_in_exceptions.approve", other.session, early.id).reason,
			    "exception.not_waiting");
	assert_string_equal(except(chief, chief, "203.0.113.0/24").reason, "exception.own");

	struct answer asked = except(&granter, chief, "203.0.113.0/24");
	assert_int_equal(asked.err, ERR_OK);
	assert_string_equal(try_from(chief, chief->device, THIEF), "sign_in.failed");
	assert_string_equal(say("sign_in_exceptions.approve", granter.session, asked.id).reason,
			    "exception.second_must_differ");
	assert_string_equal(say("sign_in_exceptions.approve", chief->session, asked.id).reason,
			    "exception.own");
	mine.reset_administrator_hours = 24; /* all of them are younger */
	assert_string_equal(say("sign_in_exceptions.approve", other.session, asked.id).reason,
			    "user.second_too_new");
	assert_string_equal(except(&other, chief, "203.0.113.0/24").reason, "user.second_too_new");
	mine.reset_administrator_hours = 0;
	test_db_script("UPDATE sign_in_exception SET asked_at = UTC_TIMESTAMP(6) - INTERVAL 1 DAY");
	assert_string_equal(say("sign_in_exceptions.approve", other.session, asked.id).reason,
			    "exception.not_asked");
	assert_int_equal(db_transaction(&base, sweep_now, NULL), ERR_OK);
	assert_int_equal(ended("not_approved"), 1);

	asked = except(&granter, chief, "203.0.113.0/24");
	assert_int_equal(say("sign_in_exceptions.approve", other.session, asked.id).err, ERR_OK);
	assert_string_equal(try_from(chief, chief->device, THIEF), "");
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE object_name = 'exc.chief' "
			       "AND event = 'auth.sign_in_exception_asked'"),
			 3);
	assert_int_equal(count("SELECT COUNT(*) FROM mail_outbox WHERE login = 'exc.chief' AND "
			       "kind = 'sign_in_exception' AND detail = '203.0.113.0/24'"),
			 2);
	soft_key_clear(&owner.key);
}

static void exceptions_are_few_and_narrow(void **state)
{
	(void)state;
	make_granters();
	assert_string_equal(except(&granter, &other, "203.0.113.0/33").reason, "network.malformed");
	assert_string_equal(except(&granter, &other, "203.0.0.0/15").reason, "exception.too_wide");
	assert_string_equal(except(&granter, &other, "::/0").reason, "exception.too_wide");
	for (int i = 0; i < EXCEPTION_PERSON_MAX; i++)
		assert_int_equal(except(&granter, &other, "2001:db8::/32").err, ERR_OK);
	assert_string_equal(except(&granter, &other, "2001:db8::/32").reason, "exception.too_many");
}

static int setup(void **state)
{
	people_setup(state);
	base.on_audit = notify_on_audit;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_report_leaves_nothing_of_the_stranger, before_each),
		cmocka_unit_test_setup(a_report_takes_away_the_ways_in_that_the_stranger_added,
				       before_each),
		cmocka_unit_test_setup(a_report_weighs_for_a_week, before_each),
		cmocka_unit_test_setup(only_ones_own_sign_in_is_reported_and_not_the_present_one,
				       before_each),
		cmocka_unit_test_setup(attempts_with_the_right_password_can_be_reported,
				       before_each),
		cmocka_unit_test_setup(what_was_refused_is_taught_by_who_shows_a_passkey,
				       before_each),
		cmocka_unit_test_setup(administrators_vouch_for_others_and_see_reports,
				       before_each),
		cmocka_unit_test_setup(what_nobody_can_judge_any_more_goes, before_each),
		cmocka_unit_test_setup(an_exception_holds_there_and_then_and_lifts_no_floor,
				       before_each),
		cmocka_unit_test_setup(for_the_privileged_it_takes_two, before_each),
		cmocka_unit_test_setup(exceptions_are_few_and_narrow, before_each),
	};

	return cmocka_run_group_tests(tests, setup, people_teardown);
}
