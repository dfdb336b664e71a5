/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/adaptive.h"

#include <stdlib.h>
#include <unistd.h>

#include "auth/adaptive_tune.h"
#include "auth/auth_api.h"
#include "auth/handlers.h"
#include "auth/network_load.h"
#include "auth/password_list.h"
#include "auth/travel.h"
#include "auth/watch.h"
#include "base/json.h"
#include "notify/notify.h"
#include "tests/support/mmdb_write.h"
#include "tests/unit/auth/passkeys.h"

/* What the score writes down, learns and, when it is told to, refuses. */

static struct conf mine;

static int before_each(void **state)
{
	(void)state;
	mine = conf;
	mine.adaptive_sign_in = CONF_ADAPTIVE_AUDIT;
	base.conf = &mine;
	test_db_script("DELETE FROM auth_lane; DELETE FROM auth_profile; DELETE FROM auth_common; "
		       "DELETE FROM auth_colleague; "
		       "DELETE FROM adaptive_score; UPDATE adaptive_tuning SET day = 0; "
		       "UPDATE adaptive_policy SET mode = 'audit', by_budget = FALSE, "
		       "challenge = 1000, block = 6500, offices = '', hosters = ''");
	return 0;
}

/* Enrolled, and nothing remembered of it. */
static void begin(struct person *person, const char *login)
{
	enrol(person, login);
	test_db_script(
		"DELETE FROM auth_profile; DELETE FROM auth_common; DELETE FROM auth_colleague");
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
	begin(&person, "risk.first");
	assert_int_equal(right(&person, person.device, "192.0.2.70").err, ERR_OK);
	struct risk_record record = record_of(&person, "auth.sign_in");
	assert_int_equal(record.decision.action, RISK_STEP_UP);
	assert_int_equal(record.decision.why, RISK_WHY_COLD);
	assert_data(&person, "auth.sign_in", "$.data.risk_action", "step_up");
	load_profile(&person, &profile);
	assert_int_equal(profile.logins, 1);
	/* Of each level a value and a sum. */
	assert_int_equal(count("SELECT COUNT(*) FROM auth_common WHERE seen = 2"), 2 * RISK_LEVELS);
	assert_int_equal(count("SELECT COUNT(*) FROM auth_common WHERE kinds = 1"), RISK_LEVELS);
}

static void an_enrolment_is_the_first_that_is_remembered(void **state)
{
	struct person person;
	struct risk_profile profile;

	(void)state;
	enrol(&person, "risk.enrolled");
	load_profile(&person, &profile);
	assert_int_equal(profile.logins, 1);
	assert_int_equal(right(&person, person.device, "192.0.2.7").err, ERR_OK);
	struct risk_record record = record_of(&person, "auth.sign_in");
	assert_int_equal(record.decision.action, RISK_STEP_UP);
	assert_true(record.facts.seen[RISK_AGENT].own > 0);
	/* Nothing was given back to somebody new. */
	assert_int_equal((record.facts.rules >> RISK_RULE_AFTER_RESET) & 1, 0);
}

static void in_the_cold_start_only_what_was_there_before_is_let_through(void **state)
{
	static const char *const from[] = {"192.0.2.71", "192.0.2.72", "203.0.113.71", "192.0.2.73",
					   "203.0.113.71"};
	static const char *const action[] = {"step_up", "allow", "step_up", "allow", "allow"};
	struct person person;

	(void)state;
	begin(&person, "risk.usual");
	for (size_t i = 0; i < sizeof(from) / sizeof(from[0]); i++) {
		assert_int_equal(right(&person, person.device, from[i]).err, ERR_OK);
		assert_data(&person, "auth.sign_in", "$.data.risk_action", action[i]);
		let_days_pass(&person, 1);
	}
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
	begin(&person, "risk.audit");
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
	begin(&person, "risk.off");
	assert_int_equal(right(&person, person.device, "192.0.2.73").err, ERR_OK);
	assert_data(&person, "auth.sign_in", "$.data.risk", "");
	assert_int_equal(count("SELECT COUNT(*) FROM auth_profile"), 0);
	assert_int_equal(count("SELECT COUNT(*) FROM auth_common"), 0);
}

static void a_right_password_is_judged_and_a_wrong_one_says_nothing(void **state)
{
	struct person person;

	(void)state;
	begin(&person, "risk.refused");
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
	begin(&person, "risk.damaged");
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
	begin(&person, "risk.enforced");
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
	begin(&person, "risk.settled");
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
	begin(&person, "risk.strange");
	live_elsewhere(&person);
	base.on_audit = notify_on_audit;
	struct answer answer = right(&person, NULL, "198.51.100.10");
	base.on_audit = NULL;
	assert_int_equal(answer.err, ERR_UNAUTHENTICATED);
	assert_string_equal(answer.reason, "sign_in.failed");
	/* Its owner is told, and nobody else. */
	assert_int_equal(count("SELECT COUNT(*) FROM mail_outbox WHERE kind = 'unusual' AND "
			       "login = 'risk.strange' AND peer = '198.51.100.10'"),
			 1);
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
	struct risk_sight sight = {"192.0.2.77", "Mozilla/5.0 (X11; Linux) Firefox/140.0",
				   "ja",	 "JP",
				   64500,	 monday_10};
	risk_look_of(key, &sight, &a);
	struct risk_sight next = sight;
	next.peer = "192.0.2.78";
	next.agent = "Mozilla/5.0 (X11; Linux) Firefox/141.0";
	risk_look_of(key, &next, &b);
	sight.real_us = -1;
	risk_look_of(other, &sight, &c);
	assert_int_equal(a.hour, 10);
	assert_int_equal(c.hour, RISK_NO_HOUR);
	for (int i = 0; i < RISK_VALUES; i++) {
		assert_true(a.values[i] >= RISK_NUMBER_MIN);
		assert_true(a.values[i] != c.values[i]);
		assert_int_equal(a.values[i] == b.values[i], i != RISK_AGENT);
	}
	risk_look_of(key, &(struct risk_sight){"", "", "", "", 0, monday_10}, &a);
	assert_true(a.values[RISK_PREFIX] == 0 && a.values[RISK_ASN] == 0);
	assert_true(a.values[RISK_COUNTRY] == 0 && a.values[RISK_VALUES - 1] == 0);
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

static void a_language_is_the_first_that_is_asked_for(void **state)
{
	static const struct {
		const char *header, *tongue;
	} cases[] = {{"ja", "ja"},
		     {"ja-JP,ja;q=0.9,en;q=0.5", "ja"},
		     {"EN-us", "en"},
		     {" de ,fr", "de"},
		     {"fil;q=1", "fil"},
		     {"", NULL},
		     {"*", NULL},
		     {"j", NULL},
		     {"ja_JP", NULL},
		     {"123", NULL},
		     {"abcdefgh", "abcdefgh"},
		     {"abcdefghi", NULL}};
	char out[RISK_TONGUE_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(risk_tongue_text(cases[i].header, out), cases[i].tongue != NULL);
		if (cases[i].tongue)
			assert_string_equal(out, cases[i].tongue);
	}
}

static void neighbours_are_never_too_far(void **state)
{
	static const struct {
		const char *from, *to;
		int64_t hours;
		bool impossible;
	} cases[] = {{"JP", "DE", 1, true},  {"JP", "DE", 7, true},  {"JP", "DE", 8, false},
		     {"GB", "US", 3, true},  {"GB", "US", 4, false}, {"JP", "BR", 12, true},
		     {"JP", "KR", 0, false}, {"MM", "CN", 0, false}, {"DE", "FR", 0, false},
		     {"JP", "JP", 0, false}, {"", "DE", 0, false},   {"JP", "", 0, false},
		     {"JP", "ZZ", 0, false}, {"BR", "JP", -5, true}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(travel_impossible(cases[i].from, cases[i].to,
						   cases[i].hours * 3600 * 1000000),
				 cases[i].impossible);
	assert_in_range(travel_km("JP", "DE"), 8700, 9100);
	assert_int_equal(travel_km("JP", "JP"), 0);
	assert_int_equal(travel_km("JP", "ZZ"), -1);
}

/* --- The rules, each from what brings it about --- */

#define JAPAN  "192.0.2.80"
#define BRAZIL "198.51.100.80"

static void assert_fired(const struct person *person, enum risk_rule rule, bool fired)
{
	struct risk_record record = record_of(person, "auth.sign_in");

	assert_int_equal(((uint32_t)record.facts.rules >> rule) & 1, fired);
}

static struct answer from(const struct person *person, const char *peer)
{
	struct answer answer = right(person, person->device, peer);

	assert_int_equal(answer.err, ERR_OK);
	return answer;
}

static void country_provider_and_language_are_looked_at_and_told(void **state)
{
	struct person person;

	(void)state;
	begin(&person, "risk.where");
	from(&person, JAPAN);
	from(&person, BRAZIL);
	struct risk_record record = record_of(&person, "auth.sign_in");
	for (int i = 0; i < RISK_LEVELS; i++)
		assert_int_equal(record.facts.seen[i].known, 1);
	assert_int_equal(record.facts.seen[RISK_COUNTRY].own, 0);
	assert_int_equal(record.facts.seen[RISK_ASN].own, 0);
	assert_true(record.facts.seen[RISK_TONGUE].own > 0);
	assert_data(&person, "auth.sign_in", "$.data.risk_country", "BR");
	assert_data(&person, "auth.sign_in", "$.data.risk_asn", "64501");
	/* Not in any database. */
	from(&person, "203.0.113.80");
	record = record_of(&person, "auth.sign_in");
	assert_int_equal(record.facts.seen[RISK_COUNTRY].known, 0);
	assert_int_equal(record.facts.seen[RISK_ASN].known, 0);
	assert_data(&person, "auth.sign_in", "$.data.risk_country", "");
}

static void nobody_is_in_two_distant_countries_at_once(void **state)
{
	struct person person;

	(void)state;
	begin(&person, "risk.travel");
	from(&person, JAPAN);
	assert_fired(&person, RISK_RULE_TRAVEL, false);
	from(&person, BRAZIL);
	assert_fired(&person, RISK_RULE_TRAVEL, true);
	from(&person, BRAZIL);
	assert_fired(&person, RISK_RULE_TRAVEL, false);
	test_db_script("UPDATE auth_session SET created_at = created_at - INTERVAL 30 HOUR WHERE "
		       "user_id = (SELECT id FROM user WHERE login = 'risk.travel')");
	from(&person, JAPAN);
	assert_fired(&person, RISK_RULE_TRAVEL, false);
}

static void known_devices_of_colleagues_teach_a_network(void **state)
{
	struct person person, other;
	char login[32];

	(void)state;
	begin(&person, "risk.colleague");
	assert_int_equal(right(&person, NULL, JAPAN).err, ERR_OK);
	assert_int_equal(count("SELECT COUNT(*) FROM auth_colleague"), 0);
	test_db_script(
		"DELETE FROM auth_profile; DELETE FROM auth_common; DELETE FROM auth_colleague");
	from(&person, JAPAN);
	from(&person, JAPAN); /* once for a person */
	assert_int_equal(count("SELECT COUNT(*) FROM auth_colleague"), 1);
	for (int i = 0; i < 4; i++) {
		(void)snprintf(login, sizeof(login), "risk.colleague%d", i);
		enrol(&other, login);
		from(&other, JAPAN);
		live_elsewhere(&other);
		from(&other, JAPAN);
	}
	enrol(&other, "risk.moves");
	live_elsewhere(&other);
	from(&other, JAPAN);
	assert_fired(&other, RISK_RULE_COLLEAGUES, true);
	live_elsewhere(&other);
	from(&other, BRAZIL);
	assert_fired(&other, RISK_RULE_COLLEAGUES, false);
}

static void one_person_is_one_colleague_however_often_forgotten(void **state)
{
	struct person person;

	(void)state;
	begin(&person, "risk.alone");
	for (int i = 0; i < 6; i++) {
		live_elsewhere(&person); /* as when other networks have taken its place */
		from(&person, JAPAN);
	}
	assert_int_equal(count("SELECT COUNT(*) FROM auth_colleague"), 1);
	live_elsewhere(&person);
	from(&person, JAPAN);
	assert_fired(&person, RISK_RULE_COLLEAGUES, false);
	/* In the next four weeks neither; after that the row goes, and counts anew. */
	test_db_script("UPDATE auth_colleague SET period = period - 1");
	live_elsewhere(&person);
	from(&person, JAPAN);
	assert_int_equal(count("SELECT COUNT(*) FROM auth_colleague"), 1);
	test_db_script("UPDATE auth_colleague SET period = period - 1");
	int64_t old = count("SELECT MAX(period) FROM auth_colleague");
	live_elsewhere(&person);
	from(&person, JAPAN);
	assert_int_equal(count("SELECT COUNT(*) FROM auth_colleague"), 1);
	assert_int_equal(count("SELECT MAX(period) FROM auth_colleague"), old + 2);
}

static void a_provider_nobody_uses_is_new_to_all(void **state)
{
	struct person person;

	(void)state;
	begin(&person, "risk.provider");
	from(&person, JAPAN);
	assert_fired(&person, RISK_RULE_ORG_ASN, false); /* everything is new here */
	test_db_script("UPDATE auth_common SET seen = 400 WHERE value = 1 /* RISK_ASN */");
	from(&person, JAPAN);
	assert_fired(&person, RISK_RULE_ORG_ASN, false);
	from(&person, BRAZIL);
	assert_fired(&person, RISK_RULE_ORG_ASN, true);
}

static void a_password_that_was_stolen_since_weighs(void **state)
{
	struct person person;
	char path[] = "/tmp/listed-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	begin(&person, "risk.stolen");
	from(&person, JAPAN);
	assert_fired(&person, RISK_RULE_BREACHED, false);
	assert_true(fd >= 0 && dprintf(fd, "%s\n", good) > 0);
	close(fd);
	assert_int_equal(password_list_open(&base, path), ERR_OK);
	unlink(path);
	from(&person, JAPAN);
	assert_int_equal(password_list_open(&base, ""), ERR_OK);
	assert_fired(&person, RISK_RULE_BREACHED, true);
}

static void what_was_given_back_weighs_once(void **state)
{
	struct person person;

	(void)state;
	begin(&person, "risk.back");
	from(&person, JAPAN); /* somebody new has nothing to be given back */
	from(&person, JAPAN);
	assert_fired(&person, RISK_RULE_AFTER_RESET, false);
	test_db_script("UPDATE auth_enrolment SET used_at = (SELECT MAX(created_at) FROM "
		       "auth_session) WHERE used_at = (SELECT MAX(used_at) FROM auth_enrolment)");
	from(&person, JAPAN);
	assert_fired(&person, RISK_RULE_AFTER_RESET, true);
	from(&person, JAPAN);
	assert_fired(&person, RISK_RULE_AFTER_RESET, false);
}

static void an_account_long_unused_weighs(void **state)
{
	struct person person;

	(void)state;
	begin(&person, "risk.asleep");
	from(&person, JAPAN);
	assert_fired(&person, RISK_RULE_DORMANT, false);
	let_days_pass(&person, 91);
	from(&person, JAPAN);
	assert_fired(&person, RISK_RULE_DORMANT, true);
	assert_fired(&person, RISK_RULE_NO_DEVICE_KEY, false);
	assert_int_equal(right(&person, NULL, JAPAN).err, ERR_OK);
	assert_fired(&person, RISK_RULE_NO_DEVICE_KEY, true);
}

static void passkeys_speak_for_the_person_and_those_of_one_device_more(void **state)
{
	struct owner owner;
	const uint8_t copied = WEBAUTHN_UP | WEBAUTHN_UV | WEBAUTHN_BE;

	(void)state;
	own(&owner, "risk.passkey", WEBAUTHN_ES256);
	assert_int_equal(alone(&owner.key, (struct soft_say){.count = 2}, &owner.person.id).err,
			 ERR_OK);
	assert_fired(&owner.person, RISK_RULE_PASSKEY_BOUND, true);
	assert_fired(&owner.person, RISK_RULE_PASSKEY, false);
	test_db_script("UPDATE auth_passkey SET backup_eligible = TRUE");
	assert_int_equal(
		alone(&owner.key, (struct soft_say){.count = 3, .flags = copied}, &owner.person.id)
			.err,
		ERR_OK);
	assert_fired(&owner.person, RISK_RULE_PASSKEY_BOUND, false);
	assert_fired(&owner.person, RISK_RULE_PASSKEY, true);
	soft_key_clear(&owner.key);
}

static void a_source_of_a_campaign_weighs(void **state)
{
	struct person person;
	struct secret *password = secret_from("Sommer2026!", 11);

	(void)state;
	begin(&person, "risk.campaign");
	watch_free(base.watch);
	base.watch = watch_new();
	for (uint64_t i = 0; i < 12; i++) {
		const struct watch_try made = {JAPAN, i * UINT64_C(0x9e3779b97f4a7c15),
					       LANE_UNKNOWN, true};
		struct guess guess = {.lane = LANE_UNKNOWN};
		watch_failed(base.watch, &made, password, sys_mono_us(), &guess);
	}
	from(&person, BRAZIL);
	assert_fired(&person, RISK_RULE_CAMPAIGN, false);
	from(&person, JAPAN);
	assert_fired(&person, RISK_RULE_CAMPAIGN, true);
	watch_free(base.watch);
	base.watch = watch_new();
	secret_free(password);
}

/* --- The policy --- */

static struct person admin;

static int64_t policy_version(void)
{
	return count("SELECT version FROM adaptive_policy");
}

/* What holds now, as it would be sent back. */
static struct ask policy_ask(void)
{
	struct ask ask = {.op = "sign_in_policy.update",
			  .cookie = admin.session,
			  .peer = JAPAN,
			  .if_match = policy_version()};
	const int64_t numbers[] = {CONF_ADAPTIVE_AUDIT, 0, 100, 10, 1000, 6500};

	for (int i = SIGN_IN_MODE; i <= SIGN_IN_BLOCK; i++)
		ask.values[i] = (struct value){.set = true, .number = numbers[i]};
	ask.values[SIGN_IN_OFFICES] = ask.values[SIGN_IN_HOSTERS] = (struct value){.set = true};
	return ask;
}

static void the_mode_is_set_by_administrators_unless_the_configuration_fixes_it(void **state)
{
	struct person person;
	struct ask ask = policy_ask();

	(void)state;
	mine.adaptive_sign_in = CONF_ADAPTIVE_PORTAL;
	begin(&person, "policy.mode");
	give_passkey(&person);
	assert_int_equal(right(&person, NULL, JAPAN).err, ERR_OK); /* audit only */
	ask.values[SIGN_IN_MODE].number = CONF_ADAPTIVE_ENFORCE;
	assert_int_equal(run(&ask).err, ERR_OK);
	assert_string_equal(right(&person, NULL, JAPAN).reason, "sign_in.needs_passkey");
	mine.adaptive_sign_in = CONF_ADAPTIVE_AUDIT;
	assert_int_equal(right(&person, NULL, JAPAN).err, ERR_OK);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.sign_in_policy_changed' AND leaf LIKE '%enforce%'"),
			 1);
	/* Of that version the change is not made twice. */
	assert_string_equal(run(&ask).reason, "version.stale");
	ask.if_match++;
	ask.cookie = person.session;
	assert_int_equal(run(&ask).err, ERR_DENIED);
}

static void a_policy_that_makes_no_sense_is_refused(void **state)
{
	static const char *const range[] = {"192.0.2.0/33"}, *const number[] = {"AS64500"};
	struct ask ask = policy_ask();

	(void)state;
	ask.values[SIGN_IN_OFFICES] = (struct value){.set = true, .texts = range, .number = 1};
	assert_string_equal(run(&ask).reason, "network.malformed");
	ask = policy_ask();
	ask.values[SIGN_IN_HOSTERS] = (struct value){.set = true, .texts = number, .number = 1};
	assert_string_equal(run(&ask).reason, "network.asn");
	ask = policy_ask();
	ask.values[SIGN_IN_CHALLENGE].number = 2500;
	ask.values[SIGN_IN_BLOCK].number = 3499;
	assert_string_equal(run(&ask).reason, "sign_in_policy.order");
}

static void thresholds_of_the_policy_decide(void **state)
{
	struct person person;

	(void)state;
	begin(&person, "policy.thresholds");
	live_elsewhere(&person);
	assert_int_equal(right(&person, NULL, BRAZIL).err, ERR_OK);
	struct risk_record record = record_of(&person, "auth.sign_in");
	assert_int_equal(record.decision.action, RISK_BLOCK);
	test_db_script("UPDATE adaptive_policy SET block = 15000, version = version + 1");
	live_elsewhere(&person);
	assert_int_equal(right(&person, NULL, BRAZIL).err, ERR_OK);
	record = record_of(&person, "auth.sign_in");
	assert_int_equal(record.decision.action, RISK_STEP_UP);
	assert_int_equal(record.policy.block[RISK_USER], 15000);
	assert_int_equal(record.policy.version, policy_version());
}

static void networks_that_are_named_weigh(void **state)
{
	struct person person;

	(void)state;
	begin(&person, "policy.networks");
	test_db_script("UPDATE adaptive_policy SET hosters = '64500 64501', "
		       "offices = '203.0.113.0/24 192.0.2.0/24'");
	from(&person, JAPAN);
	assert_fired(&person, RISK_RULE_OFFICE, true);
	assert_fired(&person, RISK_RULE_HOSTING, true);
	from(&person, BRAZIL);
	assert_fired(&person, RISK_RULE_OFFICE, false);
	assert_fired(&person, RISK_RULE_HOSTING, true);
	assert_fired(&person, RISK_RULE_TRAVEL, false); /* from an office */
	from(&person, BRAZIL);
	assert_fired(&person, RISK_RULE_HOSTING, false); /* not new any more */
}

static enum err tune_now(struct ctx *ctx, void *arg)
{
	return adaptive_tune(ctx, *(const int64_t *)arg);
}

static void tune_at(int64_t day)
{
	int64_t now = day * 86400 * 1000000 + 5;

	assert_int_equal(db_transaction(&base, tune_now, &now), ERR_OK);
}

static void thresholds_follow_budgets_a_little_each_night(void **state)
{
	enum { TODAY = 20000 };

	(void)state;
	/* Scores of 3,000 and above: a hundred of a thousand, where ten are wanted. */
	test_db_script("INSERT INTO adaptive_score (day, step, seen) VALUES (19990, 300, 900), "
		       "(19990, 460, 95), (19990, 500, 5), (19960, 700, 5000)");
	tune_at(TODAY); /* fixed */
	assert_int_equal(count("SELECT challenge FROM adaptive_policy"), 1000);
	assert_int_equal(count("SELECT scores FROM adaptive_tuning"), 1000);
	assert_int_equal(count("SELECT COUNT(*) FROM adaptive_score WHERE day < 19970"), 0);
	test_db_script("UPDATE adaptive_policy SET by_budget = TRUE, challenge_budget = 100, "
		       "block_budget = 10");
	tune_at(TODAY); /* not twice on a day, and not when the clock goes back */
	tune_at(TODAY - 1);
	assert_int_equal(count("SELECT challenge FROM adaptive_policy"), 1000);
	int64_t version = policy_version();
	tune_at(TODAY + 1);
	assert_int_equal(count("SELECT challenge FROM adaptive_policy"), 1070);
	assert_int_equal(count("SELECT block FROM adaptive_policy"), 6430);
	assert_int_equal(policy_version(), version + 1);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.sign_in_thresholds_moved' AND leaf LIKE '%1070%'"),
			 1);
	test_db_script("DELETE FROM adaptive_score WHERE step < 460");
	tune_at(TODAY + 2); /* 100 are too few to say anything */
	assert_int_equal(count("SELECT challenge FROM adaptive_policy"), 1070);
}

static void sign_ins_with_a_known_device_are_counted(void **state)
{
	struct person person;

	(void)state;
	begin(&person, "policy.counted");
	from(&person, JAPAN);
	assert_int_equal(count("SELECT COUNT(*) FROM adaptive_score"), 0);
	live_elsewhere(&person);
	from(&person, JAPAN);
	assert_int_equal(right(&person, NULL, JAPAN).err, ERR_OK);
	assert_int_equal(count("SELECT SUM(seen) FROM adaptive_score"), 1);
}

static void preview(int64_t thresholds, int64_t challenge, int64_t block, const char *expected)
{
	struct buf text;
	struct json json;
	struct in in = {.op = NULL};
	struct reply reply = {.json = &json};
	const int64_t numbers[] = {thresholds, 100, 10, challenge, block};

	for (int i = DRAFT_THRESHOLDS; i <= DRAFT_BLOCK; i++)
		in.values[i] = (struct value){.set = true, .number = numbers[i]};
	buf_init(&text, 65536);
	json_init(&json, &text);
	assert_int_equal(sign_in_policy_read_preview(&base, &in, &reply), ERR_OK);
	buf_put(&text, "", 1);
	if (!strstr((const char *)text.data, expected))
		fail_msg("%s is not in %s", expected, (const char *)text.data);
	buf_clear(&text);
	test_db_patient(&base);
}

static void a_draft_is_judged_by_the_sign_ins_of_the_past(void **state)
{
	struct person person;

	(void)state;
	test_db_script("SET @@session.foreign_key_checks = 0; DELETE FROM audit_pending; "
		       "DELETE FROM audit_event");
	begin(&person, "policy.past");
	live_elsewhere(&person);
	from(&person, BRAZIL);
	live_elsewhere(&person);
	assert_int_equal(right(&person, NULL, BRAZIL).err, ERR_OK);
	assert_int_equal(sign_in(&person, good, "000000", NULL, BRAZIL).err, ERR_UNAUTHENTICATED);
	preview(0, 1000, 6500,
		"\"recorded\":{\"allow\":0,\"step_up\":1,\"block\":1},\"draft\":{"
		"\"allow\":0,\"step_up\":1,\"block\":1}");
	preview(0, 5000, 15000,
		"\"draft\":{\"allow\":0,\"step_up\":2,\"block\":0},\"always\":1,"
		"\"with_code\":2");
	preview(0, 1000, 15000,
		"\"login\":\"policy.past\",\"sign_ins\":2,\"step_up\":2,\"block\":0");
	/* Too few for budgets: what was given holds. */
	preview(1, 1234, 6500, "\"challenge\":1234,");
}

/* Of the two networks that the rules' tests come from. */
static struct network *make_network(void)
{
	static const struct mmdb_entry countries[] = {{"192.0.2.0", 24, "JP", 0},
						      {"198.51.100.0", 24, "BR", 0}};
	static const struct mmdb_entry numbers[] = {{"192.0.2.0", 24, NULL, 64500},
						    {"198.51.100.0", 24, NULL, 64501}};
	char country_file[64], asn_file[64];
	struct geo *geo = NULL;

	(void)snprintf(country_file, sizeof(country_file), "/tmp/risk-c-%d.mmdb", (int)getpid());
	(void)snprintf(asn_file, sizeof(asn_file), "/tmp/risk-a-%d.mmdb", (int)getpid());
	mmdb_write(country_file, 'c', countries, 2);
	mmdb_write(asn_file, 'a', numbers, 2);
	assert_int_equal(geo_open(&base, country_file, asn_file, &geo), ERR_OK);
	unlink(country_file);
	unlink(asn_file);
	return network_new(geo);
}

static int setup(void **state)
{
	people_hash_cheaply();
	int failed = people_setup(state);

	base.network = make_network();
	enrol(&admin, "boss");
	test_db_script("INSERT INTO role_grant (id, role, user_id, event_id) SELECT "
		       "UNHEX(MD5('r')), 'administrator', id, UNHEX(MD5('e')) FROM user "
		       "WHERE login = 'boss'");
	return failed;
}

static int teardown(void **state)
{
	network_free(base.network);
	return people_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_first_sign_in_is_judged_and_learned, before_each),
		cmocka_unit_test_setup(an_enrolment_is_the_first_that_is_remembered, before_each),
		cmocka_unit_test_setup(in_the_cold_start_only_what_was_there_before_is_let_through,
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
		cmocka_unit_test_setup(country_provider_and_language_are_looked_at_and_told,
				       before_each),
		cmocka_unit_test_setup(nobody_is_in_two_distant_countries_at_once, before_each),
		cmocka_unit_test_setup(known_devices_of_colleagues_teach_a_network, before_each),
		cmocka_unit_test_setup(one_person_is_one_colleague_however_often_forgotten,
				       before_each),
		cmocka_unit_test_setup(a_provider_nobody_uses_is_new_to_all, before_each),
		cmocka_unit_test_setup(a_password_that_was_stolen_since_weighs, before_each),
		cmocka_unit_test_setup(what_was_given_back_weighs_once, before_each),
		cmocka_unit_test_setup(an_account_long_unused_weighs, before_each),
		cmocka_unit_test_setup(passkeys_speak_for_the_person_and_those_of_one_device_more,
				       before_each),
		cmocka_unit_test_setup(a_source_of_a_campaign_weighs, before_each),
		cmocka_unit_test_setup(
			the_mode_is_set_by_administrators_unless_the_configuration_fixes_it,
			before_each),
		cmocka_unit_test_setup(a_policy_that_makes_no_sense_is_refused, before_each),
		cmocka_unit_test_setup(thresholds_of_the_policy_decide, before_each),
		cmocka_unit_test_setup(networks_that_are_named_weigh, before_each),
		cmocka_unit_test_setup(thresholds_follow_budgets_a_little_each_night, before_each),
		cmocka_unit_test_setup(sign_ins_with_a_known_device_are_counted, before_each),
		cmocka_unit_test_setup(a_draft_is_judged_by_the_sign_ins_of_the_past, before_each),
		cmocka_unit_test(a_language_is_the_first_that_is_asked_for),
		cmocka_unit_test(neighbours_are_never_too_far),
		cmocka_unit_test(prefixes_are_those_of_the_network),
		cmocka_unit_test(numbers_tell_nothing_without_the_key),
		cmocka_unit_test(browsers_are_told_by_what_they_do_not_share),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
