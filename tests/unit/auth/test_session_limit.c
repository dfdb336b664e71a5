/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/session_limit.h"
#include "tests/unit/auth/people.h"

/* How long a sign-in lasts, over the whole way of a request. */

static const int64_t minute = 60000000;

static struct uuid limit_id(const char *profile)
{
	struct session_limit limits[SESSION_LIMITS_MAX];
	size_t count = 0;

	assert_int_equal(session_limit_sql_list(&base, limits, &count), ERR_OK);
	for (size_t i = 0; i < count; i++)
		if (strcmp(limits[i].profile, profile) == 0)
			return limits[i].id;
	fail_msg("there is no limit %s", profile);
	return (struct uuid){{0}};
}

/* The person in a group below one that has the limit. */
static void put_under(const char *login, const char *profile)
{
	char sql[2048];

	snprintf(sql, sizeof(sql),
		 "INSERT INTO user_group (id, name, created_at, updated_at, event_id) VALUES "
		 "(UNHEX(MD5('over %1$s %2$s')), 'over %1$s %2$s', NOW(6), NOW(6), "
		 "UNHEX(MD5('e'))); INSERT INTO user_group (id, parent_id, name, created_at, "
		 "updated_at, event_id) VALUES (UNHEX(MD5('in %1$s %2$s')), "
		 "UNHEX(MD5('over %1$s %2$s')), 'in %1$s %2$s', NOW(6), NOW(6), UNHEX(MD5('e')));"
		 "INSERT INTO user_group_member (group_id, user_id, event_id) SELECT "
		 "UNHEX(MD5('in %1$s %2$s')), id, UNHEX(MD5('e')) FROM user WHERE login = '%1$s';"
		 "INSERT INTO session_limit_group (group_id, limit_id, event_id) SELECT "
		 "UNHEX(MD5('over %1$s %2$s')), id, UNHEX(MD5('e')) FROM session_limit WHERE "
		 "profile = '%2$s'",
		 login, profile);
	test_db_script(sql);
}

static void assert_span(const struct uuid *user, int64_t minutes, int64_t hours)
{
	struct session_span span;

	assert_int_equal(session_span_of(&base, user, &span), ERR_OK);
	assert_int_equal(span.idle_us / minute, minutes);
	assert_int_equal(span.age_us / minute, hours * 60);
}

static enum err look(const struct person *person)
{
	struct principal found;

	base.error.reason[0] = 0;
	return session_principal(&base, (struct block){person->session, 32}, (struct block){0},
				 USE_LOOK, &found);
}

static void assert_expired(const struct person *person)
{
	assert_int_equal(look(person), ERR_UNAUTHENTICATED);
	assert_string_equal(base.error.reason, "session.expired");
}

static void ago(const char *login, const char *column, const char *interval)
{
	char sql[256];

	snprintf(
		sql, sizeof(sql),
		"UPDATE auth_session s JOIN user u ON u.id = s.user_id SET s.%s = UTC_TIMESTAMP(6) "
		"- INTERVAL %s WHERE u.login = '%s'",
		column, interval, login);
	test_db_script(sql);
}

static void the_shortest_of_a_persons_groups_holds(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "spans");
	assert_span(&person.id, 30, 12);
	put_under("spans", "privileged");
	assert_span(&person.id, 15, 12);
	test_db_script("UPDATE session_limit SET idle_minutes = 20 WHERE profile = 'external'");
	put_under("spans", "external"); /* each time by itself: 15 of one, 4 of the other */
	assert_span(&person.id, 15, 4);
	test_db_script("UPDATE user_group SET archived = TRUE WHERE name = 'over spans external'");
	assert_span(&person.id, 15, 12);
	/* Never more than the configuration of these tests. */
	test_db_script("UPDATE session_limit SET idle_minutes = 1440, max_hours = 168");
	assert_span(&person.id, 30, 12);
	test_db_script("UPDATE session_limit SET idle_minutes = 30, max_hours = 12;"
		       "DELETE FROM session_limit_group");
}

/* With what was written when it began alone, all of them would go on. */
static void a_shorter_limit_ends_what_is_past_it_at_once(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "shorter");
	ago("shorter", "last_seen_at", "10 MINUTE");
	assert_int_equal(look(&person), ERR_OK);
	test_db_script("UPDATE session_limit SET idle_minutes = 5 WHERE is_default");
	assert_expired(&person);
	test_db_script("UPDATE session_limit SET idle_minutes = 30 WHERE is_default");
	assert_int_equal(look(&person), ERR_OK);
	ago("shorter", "created_at", "2 HOUR");
	assert_int_equal(look(&person), ERR_OK);
	test_db_script("UPDATE session_limit SET max_hours = 1 WHERE is_default");
	assert_expired(&person);
	test_db_script("UPDATE session_limit SET max_hours = 12 WHERE is_default");
	assert_int_equal(look(&person), ERR_OK);
	/* Moved into a group that has less. */
	put_under("shorter", "external");
	test_db_script("UPDATE session_limit SET max_hours = 1 WHERE profile = 'external'");
	assert_expired(&person);
	test_db_script("DELETE FROM session_limit_group");
}

static void a_longer_age_is_for_the_next_sign_in(void **state)
{
	struct person person;

	(void)state;
	test_db_script("UPDATE session_limit SET max_hours = 1 WHERE is_default");
	enrol(&person, "longer");
	test_db_script("UPDATE session_limit SET max_hours = 12 WHERE is_default");
	assert_int_equal(
		count("SELECT COUNT(*) FROM auth_session s JOIN user u ON u.id = s.user_id "
		      "WHERE u.login = 'longer' AND s.expires_at < UTC_TIMESTAMP(6) + "
		      "INTERVAL 61 MINUTE"),
		1);
	ago("longer", "expires_at", "1 SECOND");
	assert_expired(&person);
}

static struct ask change(const struct person *by, int64_t idle, const struct value *groups)
{
	struct ask ask = {.op = "session_limits.update",
			  .cookie = by->session,
			  .if_match = count("SELECT version FROM session_limit WHERE profile = "
					    "'privileged'"),
			  .values = {ID(limit_id("privileged"))}};

	ask.values[2] = (struct value){.set = true, .number = idle};
	if (groups)
		ask.values[4] = *groups;
	return ask;
}

static void administrators_change_it_and_it_is_recorded(void **state)
{
	struct person admin, person;

	(void)state;
	enrol(&admin, "limit.admin");
	enrol(&person, "limit.person");
	make_administrator("limit.admin");
	test_db_script("INSERT INTO user_group (id, name, created_at, updated_at, event_id) VALUES "
		       "(UNHEX(MD5('limited')), 'limited', NOW(6), NOW(6), UNHEX(MD5('e')))");
	struct uuid group = find_id("SELECT id FROM user_group WHERE name = 'limited'");
	const struct value groups = {.set = true, .number = 1, .ids = &group};
	struct ask ask = change(&person, 10, &groups);
	assert_int_equal(run(&ask).err, ERR_DENIED);
	ask.cookie = admin.session;
	assert_int_equal(run(&ask).err, ERR_OK);
	assert_int_equal(run(&ask).err, ERR_STALE);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.session_limits_changed' AND outcome = 'ok' AND leaf LIKE "
			       "'%idle_minutes%' AND leaf LIKE '%limited%'"),
			 1);
	struct uuid nobody = {{7}};
	const struct value unknown = {.set = true, .number = 1, .ids = &nobody};
	ask = change(&admin, 10, &unknown);
	assert_string_equal(run(&ask).reason, "group.unknown");
	assert_int_equal(count("SELECT COUNT(*) FROM session_limit_group"), 1);

	ask = change(&admin, 10, NULL);
	ask.values[1] = (struct value){.set = true, .number = 1};
	assert_int_equal(run(&ask).err, ERR_OK);
	assert_int_equal(count("SELECT COUNT(*) FROM session_limit WHERE is_default"), 1);
	ask = change(&admin, 10, NULL);
	ask.values[1] = (struct value){.set = true, .number = 0};
	assert_string_equal(run(&ask).reason, "session_limit.needs_default");
	ago("limit.admin", "authenticated_at", "16 MINUTE");
	ask = change(&admin, 11, NULL);
	assert_string_equal(run(&ask).reason, "auth.not_fresh");
}

static void an_administrator_ends_all_sign_ins_of_a_person(void **state)
{
	struct person admin, person;

	(void)state;
	enrol(&admin, "ends.all");
	enrol(&person, "is.ended");
	struct ask ask = {
		.op = "users.end_sign_ins", .cookie = person.session, .values = {ID(admin.id)}};
	assert_int_equal(run(&ask).err, ERR_DENIED);
	make_administrator("ends.all");
	ask.cookie = admin.session;
	ask.values[0].id = person.id;
	struct answer ended = run(&ask);
	assert_int_equal(ended.err, ERR_OK);
	assert_true(uuid_equal(&ended.cut, &person.id)); /* held sessions, too */
	assert_int_equal(look(&person), ERR_UNAUTHENTICATED);
	assert_int_equal(look(&admin), ERR_OK);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.sign_ins_ended' AND outcome = 'ok' AND object_name = "
			       "'is.ended'"),
			 1);
	/* Of oneself: the others. */
	ask.values[0].id = admin.id;
	ended = run(&ask);
	assert_int_equal(ended.err, ERR_OK);
	assert_true(uuid_is_nil(&ended.cut));
	assert_int_equal(look(&admin), ERR_OK);
	ago("ends.all", "authenticated_at", "16 MINUTE");
	assert_string_equal(run(&ask).reason, "auth.not_fresh");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_shortest_of_a_persons_groups_holds),
		cmocka_unit_test(a_shorter_limit_ends_what_is_past_it_at_once),
		cmocka_unit_test(a_longer_age_is_for_the_next_sign_in),
		cmocka_unit_test(administrators_change_it_and_it_is_recorded),
		cmocka_unit_test(an_administrator_ends_all_sign_ins_of_a_person),
	};

	return cmocka_run_group_tests(tests, people_setup, people_teardown);
}
