/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/adaptive.h"
#include "tests/unit/auth/people.h"

/* What the score writes down, learns and, when it is told to, refuses. */

static struct conf mine;

static int before_each(void **state)
{
	(void)state;
	mine = conf;
	mine.adaptive_sign_in = CONF_ADAPTIVE_AUDIT;
	base.conf = &mine;
	test_db_script("DELETE FROM auth_lane; DELETE FROM auth_profile; DELETE FROM auth_common");
	return 0;
}

static void read_text(struct db_rows *rows, void *arg)
{
	const char *text = db_text(rows, 0);

	(void)snprintf(arg, RISK_RECORD_TEXT, "%s", text ? text : "");
}

/* The newest of a person's events of that name: one member of its data. */
static void data_of(const struct person *person, const char *event, const char *path,
		    char out[RISK_RECORD_TEXT])
{
	static const struct db_stmt newest = {
		"test.newest",
		"SELECT JSON_VALUE(CONVERT(leaf USING utf8mb4), ?) FROM audit_event WHERE event = "
		"? AND object_name = ? "
		"ORDER BY occurred_at DESC LIMIT 1",
		3, 1};
	const struct db_param params[] = {DB_P_TEXT(path), DB_P_TEXT(event),
					  DB_P_TEXT(person->login)};

	assert_int_equal(db_one(&base, &newest, params, read_text, out), ERR_OK);
}

static void assert_data(const struct person *person, const char *event, const char *path,
			const char *value)
{
	char text[RISK_RECORD_TEXT];

	data_of(person, event, path, text);
	assert_string_equal(text, value);
}

static struct risk_record record_of(const struct person *person, const char *event)
{
	struct risk_record record;
	char text[RISK_RECORD_TEXT];

	data_of(person, event, "$.data.risk", text);
	assert_true(risk_record_read(text, &record));
	assert_true(risk_record_holds(&record));
	return record;
}

static struct answer right(const struct person *person, const uint8_t *device, const char *peer)
{
	forget_step(person->login);
	code_for(person->seed, 0);
	return sign_in(person, good, code_now, device, peer);
}

static void load_profile(const struct person *person, struct risk_profile *out)
{
	struct block stored;

	assert_int_equal(adaptive_sql_profile(&base, &person->id, &stored), ERR_OK);
	assert_true(risk_profile_read(stored.data, stored.len, out));
}

static void save_profile(const struct person *person, const struct risk_profile *profile)
{
	uint8_t bytes[RISK_PROFILE_BYTES];

	risk_profile_write(profile, bytes);
	assert_int_equal(
		adaptive_sql_save(&base, &person->id, (struct block){bytes, sizeof(bytes)}),
		ERR_OK);
}

/* As if all of it had been so many days ago. */
static void let_days_pass(const struct person *person, uint16_t days)
{
	struct risk_profile profile;

	load_profile(person, &profile);
	for (int i = 0; i < RISK_ROWS; i++) {
		profile.rows[i].first -= profile.rows[i].value ? days : 0;
		profile.rows[i].last -= profile.rows[i].value ? days : 0;
	}
	profile.day -= days;
	profile.hours_day -= days;
	save_profile(person, &profile);
}

/* A habit of a hundred days that has nothing in common with what comes. */
static void live_elsewhere(const struct person *person)
{
	struct risk_profile profile = {0};
	uint16_t today = (uint16_t)(sys_real_us() / 1000000 / 86400);

	for (uint16_t day = (uint16_t)(today - 100); day < today; day++) {
		struct risk_look look = {{5000, 0, 0, 5001, 5002, 5003, 0}, day, RISK_NO_HOUR};
		risk_learn(&profile, &look);
	}
	save_profile(person, &profile);
}

static void a_first_sign_in_is_judged_and_learned(void **state)
{
	struct person person;
	struct risk_profile profile;

	(void)state;
	enrol(&person, "risk.first");
	assert_int_equal(right(&person, person.device, "192.0.2.70").err, ERR_OK);
	struct risk_record record = record_of(&person, "auth.sign_in");
	assert_int_equal(record.decision.action, RISK_STEP_UP);
	assert_int_equal(record.decision.why, RISK_WHY_COLD);
	assert_data(&person, "auth.sign_in", "$.data.risk_action", "step_up");
	load_profile(&person, &profile);
	assert_int_equal(profile.logins, 1);
	/* Of prefix, agent, family, system and the two of the hour each a value and a sum. */
	assert_int_equal(count("SELECT COUNT(*) FROM auth_common WHERE seen = 2"), 12);
	assert_int_equal(count("SELECT COUNT(*) FROM auth_common WHERE kinds = 1"), 6);
}

static void the_usual_is_let_through_by_the_third_on_a_second_day(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "risk.usual");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(right(&person, person.device, "192.0.2.71").err, ERR_OK);
		assert_data(&person, "auth.sign_in", "$.data.risk_action", "step_up");
		let_days_pass(&person, 1);
	}
	assert_int_equal(right(&person, person.device, "192.0.2.72").err, ERR_OK);
	assert_data(&person, "auth.sign_in", "$.data.risk_action", "allow");
	/* Without the device key never. */
	assert_int_equal(right(&person, NULL, "192.0.2.72").err, ERR_OK);
	struct risk_record record = record_of(&person, "auth.sign_in");
	assert_int_equal(record.decision.action, RISK_STEP_UP);
	assert_true(record.decision.why & RISK_WHY_NO_KEY);
}

static void audit_refuses_nobody(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "risk.audit");
	live_elsewhere(&person);
	assert_int_equal(right(&person, NULL, "198.51.100.9").err, ERR_OK);
	assert_data(&person, "auth.sign_in", "$.data.risk_action", "block");
	assert_data(&person, "auth.sign_in", "$.data.risk_problem", "");
}

static void off_writes_and_learns_nothing(void **state)
{
	struct person person;

	(void)state;
	mine.adaptive_sign_in = CONF_ADAPTIVE_OFF;
	enrol(&person, "risk.off");
	assert_int_equal(right(&person, person.device, "192.0.2.73").err, ERR_OK);
	assert_data(&person, "auth.sign_in", "$.data.risk", "");
	assert_int_equal(count("SELECT COUNT(*) FROM auth_profile"), 0);
	assert_int_equal(count("SELECT COUNT(*) FROM auth_common"), 0);
}

static void a_right_password_is_judged_and_a_wrong_one_says_nothing(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "risk.refused");
	assert_int_equal(sign_in(&person, good, "000000", NULL, "192.0.2.74").err,
			 ERR_UNAUTHENTICATED);
	assert_int_equal(record_of(&person, "auth.sign_in_refused").decision.action, RISK_STEP_UP);
	(void)sign_in(&person, "wrong-password-here", "000000", NULL, "192.0.2.74");
	assert_data(&person, "auth.sign_in_refused", "$.data.risk", "");
	/* Failures are no habit. */
	assert_int_equal(count("SELECT COUNT(*) FROM auth_profile"), 0);
}

static void a_damaged_profile_steps_up_and_heals(void **state)
{
	struct person person;
	const uint8_t junk[] = "not a profile";

	(void)state;
	enrol(&person, "risk.damaged");
	live_elsewhere(&person);
	assert_int_equal(adaptive_sql_save(&base, &person.id, (struct block){junk, sizeof(junk)}),
			 ERR_OK);
	assert_int_equal(right(&person, person.device, "192.0.2.75").err, ERR_OK);
	assert_data(&person, "auth.sign_in", "$.data.risk_action", "step_up");
	assert_data(&person, "auth.sign_in", "$.data.risk_problem", "profile_damaged");
	assert_int_equal(right(&person, person.device, "192.0.2.75").err, ERR_OK);
	assert_data(&person, "auth.sign_in", "$.data.risk_problem", "");
}

static void give_passkey(const struct person *person)
{
	static const struct db_stmt add = {
		"test.passkey",
		"INSERT INTO auth_passkey (id, user_id, credential_id, public_key, algorithm, "
		"sign_count, aaguid, attestation, transports, backup_eligible, backed_up, "
		"user_verified, label, created_at) VALUES (?, ?, ?, '', -7, 0, REPEAT('0', 16), "
		"'none', '', 0, 0, 1, 'key', UTC_TIMESTAMP(6))",
		3, 0};
	struct uuid id = uuid_v7();
	const struct db_param params[] = {DB_P_UUID(&id), DB_P_UUID(&person->id),
					  DB_P_BYTES(id.b, UUID_SIZE)};

	assert_int_equal(db_exec(&base, &add, params, NULL), ERR_OK);
}

static void enforced_a_code_is_not_enough_where_there_is_a_passkey(void **state)
{
	struct person person;

	(void)state;
	mine.adaptive_sign_in = CONF_ADAPTIVE_ENFORCE;
	enrol(&person, "risk.enforced");
	/* Nobody is asked for what they do not have. */
	assert_int_equal(right(&person, NULL, "192.0.2.76").err, ERR_OK);
	give_passkey(&person);
	struct answer answer = right(&person, NULL, "192.0.2.76");
	assert_int_equal(answer.err, ERR_UNAUTHENTICATED);
	assert_string_equal(answer.reason, "sign_in.needs_passkey");
	assert_false(answer.has_session);
	record_of(&person, "auth.sign_in_refused");
	/* Only who had all else right is told. */
	assert_string_equal(
		sign_in(&person, "wrong-password-here", code_now, NULL, "192.0.2.76").reason,
		"sign_in.failed");
	assert_string_equal(sign_in(&person, good, "000000", NULL, "192.0.2.76").reason,
			    "sign_in.failed");
}

static void enforced_the_usual_needs_no_more(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "risk.settled");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(right(&person, person.device, "192.0.2.77").err, ERR_OK);
		let_days_pass(&person, 1);
	}
	give_passkey(&person);
	mine.adaptive_sign_in = CONF_ADAPTIVE_ENFORCE;
	assert_int_equal(right(&person, person.device, "192.0.2.77").err, ERR_OK);
}

static void enforced_what_is_wholly_strange_is_refused(void **state)
{
	struct person person;

	(void)state;
	mine.adaptive_sign_in = CONF_ADAPTIVE_ENFORCE;
	enrol(&person, "risk.strange");
	live_elsewhere(&person);
	struct answer answer = right(&person, NULL, "198.51.100.10");
	assert_int_equal(answer.err, ERR_UNAUTHENTICATED);
	assert_string_equal(answer.reason, "sign_in.failed");
	assert_int_equal(record_of(&person, "auth.sign_in_refused").decision.action, RISK_BLOCK);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.sign_in_refused' AND leaf LIKE '%\"sign_in.unusual\"%'"),
			 1);
	/* The attempt, not the account. */
	struct risk_profile none = {0};
	save_profile(&person, &none);
	assert_int_equal(right(&person, person.device, "192.0.2.78").err, ERR_OK);
}

/* --- What is taken from a sign-in --- */

static void prefixes_are_those_of_the_network(void **state)
{
	static const struct {
		const char *peer, *prefix;
	} cases[] = {{"192.0.2.77", "192.0.2.0/24"},
		     {"::ffff:192.0.2.77", "192.0.2.0/24"},
		     {"2001:db8:1:2::3", "2001:db8:1::/48"},
		     {"2001:DB8:1:ffff::", "2001:db8:1::/48"},
		     {"", NULL},
		     {"192.0.2", NULL},
		     {"192.0.2.7, 198.51.100.1", NULL},
		     {"host.example", NULL}};
	char out[RISK_PREFIX_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(risk_prefix_text(cases[i].peer, out), cases[i].prefix != NULL);
		if (cases[i].prefix)
			assert_string_equal(out, cases[i].prefix);
	}
}

static void numbers_tell_nothing_without_the_key(void **state)
{
	const uint8_t key[RISK_KEY] = {1}, other[RISK_KEY] = {2};
	struct risk_look a, b, c;
	const int64_t monday_10 = INT64_C(1763978400) * 1000000; /* 24 November 2025, 10:00 UTC */

	(void)state;
	risk_look_of(key, "192.0.2.77", "Mozilla/5.0 (X11; Linux) Firefox/140.0", monday_10, &a);
	risk_look_of(key, "192.0.2.78", "Mozilla/5.0 (X11; Linux) Firefox/141.0", monday_10, &b);
	risk_look_of(other, "192.0.2.77", "Mozilla/5.0 (X11; Linux) Firefox/140.0", -1, &c);
	assert_int_equal(a.hour, 10);
	assert_int_equal(c.hour, RISK_NO_HOUR);
	assert_true(a.values[RISK_PREFIX] == b.values[RISK_PREFIX]);
	assert_true(a.values[RISK_FAMILY] == b.values[RISK_FAMILY]);
	assert_true(a.values[RISK_OS] == b.values[RISK_OS]);
	assert_true(a.values[RISK_AGENT] != b.values[RISK_AGENT]);
	for (int i = 0; i < RISK_VALUES; i++) {
		bool known = i == RISK_PREFIX || (i >= RISK_AGENT && i <= RISK_OS);
		assert_int_equal(a.values[i] != 0, known);
		assert_true(!known || a.values[i] >= RISK_NUMBER_MIN);
		assert_true(!known || a.values[i] != c.values[i]);
	}
}

static void browsers_are_told_by_what_they_do_not_share(void **state)
{
	static const struct {
		const char *agent, *family, *os;
	} cases[] = {
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
		 "Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
		 "edge", "windows"},
		{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, "
		 "like "
		 "Gecko) Version/18.5 Safari/605.1.15",
		 "safari", "macos"},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
		 "CriOS/140.0 Mobile/15E148 Safari/604.1",
		 "chrome", "ios"},
		{"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
		 "firefox", "linux"},
		{"", "other", "other"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_string_equal(risk_family_of(cases[i].agent), cases[i].family);
		assert_string_equal(risk_os_of(cases[i].agent), cases[i].os);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_first_sign_in_is_judged_and_learned, before_each),
		cmocka_unit_test_setup(the_usual_is_let_through_by_the_third_on_a_second_day,
				       before_each),
		cmocka_unit_test_setup(audit_refuses_nobody, before_each),
		cmocka_unit_test_setup(off_writes_and_learns_nothing, before_each),
		cmocka_unit_test_setup(a_right_password_is_judged_and_a_wrong_one_says_nothing,
				       before_each),
		cmocka_unit_test_setup(a_damaged_profile_steps_up_and_heals, before_each),
		cmocka_unit_test_setup(enforced_a_code_is_not_enough_where_there_is_a_passkey,
				       before_each),
		cmocka_unit_test_setup(enforced_the_usual_needs_no_more, before_each),
		cmocka_unit_test_setup(enforced_what_is_wholly_strange_is_refused, before_each),
		cmocka_unit_test(prefixes_are_those_of_the_network),
		cmocka_unit_test(numbers_tell_nothing_without_the_key),
		cmocka_unit_test(browsers_are_told_by_what_they_do_not_share),
	};

	return cmocka_run_group_tests(tests, people_setup, people_teardown);
}
