/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <unistd.h>

#include "auth/auth_api.h"
#include "auth/network_load.h"
#include "auth/token.h"
#include "tests/support/mmdb_write.h"
#include "tests/unit/auth/people.h"

/* Rules as an administrator sets them, and what they do to people who come from somewhere. */
#define REFUSED_WITH(login, why)                                                           \
	count("SELECT COUNT(*) FROM audit_event WHERE event = 'auth.sign_in_refused' AND " \
	      "object_name = '" login "' AND leaf LIKE '%\"" why "\"%'")
#define OFFICE "192.0.2.7"
#define AWAY   "203.0.113.5"

static struct person admin, person;
static const char *const office[] = {"192.0.2.0/24", "198.51.100.0/24"};
static const char *const japan[] = {"JP"};
static const char *const number[] = {"64500"};
static struct value rows[4][8];

/* Row i: an action (0 allow, 1 deny), an entrance, and a list. */
static struct value *rule(size_t i, int action, enum entrance entrance, const char *const *list,
			  int64_t count, int field)
{
	memset(rows[i], 0, sizeof(rows[i]));
	rows[i][RULE_ACTION] = (struct value){.set = true, .number = action};
	rows[i][RULE_ENTRANCE] = (struct value){.set = true, .number = (int64_t)entrance};
	rows[i][field] = (struct value){.set = true, .texts = list, .number = count};
	return rows[i];
}

static int64_t version(void)
{
	return count("SELECT version FROM network_policy");
}

static struct answer ask_with(const char *op, struct value *const *list, int64_t count_of,
			      bool lock, const char *peer)
{
	struct ask ask = {.op = op, .cookie = admin.session, .peer = peer, .if_match = version()};

	ask.values[RULES_LIST] = (struct value){.set = true, .rows = list, .number = count_of};
	if (lock)
		ask.values[RULES_LOCK_ME_OUT] = (struct value){.set = true, .number = 1};
	return run(&ask);
}

static struct answer set_rules(struct value *one, const char *peer)
{
	struct value *const list[] = {one};

	return ask_with("network_rules.update", list, 1, false, peer);
}

static void clear_rules(void)
{
	test_db_script("DELETE FROM network_rule");
	test_db_script("UPDATE network_policy SET version = version + 1");
}

static struct answer come(const struct person *who, const char *peer)
{
	forget_step(who->login);
	code_for(who->seed, 0);
	return sign_in(who, good, code_now, who->device, peer);
}

static enum err look(const struct person *who, const char *peer)
{
	struct principal principal;

	return credential_principal(&base, CREDENTIAL_COOKIE, (struct block){who->session, 32},
				    (struct block){(const uint8_t *)peer, strlen(peer)}, false,
				    &principal);
}

static void nobody_signs_in_from_elsewhere_and_it_looks_like_any_failure(void **state)
{
	(void)state;
	assert_int_equal(set_rules(rule(0, 0, ENTRANCE_ANY, office, 2, RULE_NETWORKS), OFFICE).err,
			 ERR_OK);
	int64_t fails = count("SELECT COALESCE(SUM(fails), 0) FROM auth_lane");
	struct answer away = come(&person, AWAY);
	assert_int_equal(away.err, ERR_UNAUTHENTICATED);
	assert_string_equal(away.reason, "sign_in.failed");
	assert_false(away.has_session);
	assert_int_equal(REFUSED_WITH("walker", "sign_in.network"), 1);
	struct person nobody = {.login = "nobody.at.all"};
	assert_int_equal(sign_in(&nobody, good, "000000", NULL, AWAY).err, ERR_UNAUTHENTICATED);
	/* No lane and no cap counted it: a stranger outside cannot disable anything. */
	assert_int_equal(count("SELECT COALESCE(SUM(fails), 0) FROM auth_lane"), fails);
	struct answer here = come(&person, OFFICE);
	assert_int_equal(here.err, ERR_OK);
	assert_int_equal(come(&person, "::ffff:192.0.2.7").err, ERR_OK);
	clear_rules();
	assert_int_equal(come(&person, AWAY).err, ERR_OK);
}

static void a_session_is_asked_again_at_each_request(void **state)
{
	struct answer signed_in = come(&person, OFFICE);

	(void)state;
	assert_int_equal(signed_in.err, ERR_OK);
	memcpy(person.session, signed_in.session, 32);
	assert_int_equal(look(&person, AWAY), ERR_OK);
	assert_int_equal(
		set_rules(rule(0, 0, ENTRANCE_PORTAL, office, 2, RULE_NETWORKS), OFFICE).err,
		ERR_OK);
	assert_int_equal(look(&person, OFFICE), ERR_OK);
	assert_int_equal(look(&person, AWAY), ERR_DENIED);
	assert_string_equal(base.error.reason, "network.refused");
	struct answer outside =
		run(&(struct ask){.op = "auth.sign_out", .cookie = person.session, .peer = AWAY});
	assert_int_equal(outside.err, ERR_DENIED);
	clear_rules();
	assert_int_equal(look(&person, AWAY), ERR_OK);
}

/* Whatever the way in: a session is not opened from elsewhere. */
static void no_other_way_in_goes_round(void **state)
{
	struct value *const list[] = {rule(0, 0, ENTRANCE_ANY, office, 2, RULE_NETWORKS)};
	char link[44], seed[64];
	struct answer made = create("newcomer", NULL);

	(void)state;
	assert_int_equal(made.err, ERR_OK);
	assert_int_equal(ask_with("network_rules.update", list, 1, false, OFFICE).err, ERR_OK);
	get_token(&made.id, link);
	get_seed(link, seed);
	code_for(seed, 0);
	struct answer away = run(&(struct ask){.op = "enrolment.complete",
					       .secret = good,
					       .peer = AWAY,
					       .values = {TEXT(link), TEXT(code_now)}});
	assert_int_equal(away.err, ERR_DENIED);
	assert_string_equal(away.reason, "network.refused");
	assert_false(away.has_session);
	clear_rules();
}

static void the_api_has_rules_of_its_own(void **state)
{
	uint8_t token[TOKEN_SECRET];
	enum credential kind;
	static const char *const scopes[] = {"user.view"};
	struct principal who;
	struct ask ask = {.op = "api_tokens.create", .cookie = admin.session};

	(void)state;
	ask.values[TOKEN_NAME] = (struct value)TEXT("program");
	ask.values[TOKEN_SCOPES] = (struct value){.set = true, .texts = scopes, .number = 1};
	ask.values[TOKEN_DAYS] = (struct value){.set = true, .number = 1};
	assert_true(token_read(run(&ask).body, &kind, token));
	assert_int_equal(set_rules(rule(0, 1, ENTRANCE_API, office, 2, RULE_NETWORKS), OFFICE).err,
			 ERR_OK);
	struct block secret = {token, sizeof(token)}, peer = {(const uint8_t *)OFFICE, 9};
	assert_int_equal(look(&admin, OFFICE), ERR_OK);
	assert_int_equal(credential_principal(&base, CREDENTIAL_TOKEN, secret, peer, true, &who),
			 ERR_DENIED);
	clear_rules();
	assert_int_equal(credential_principal(&base, CREDENTIAL_TOKEN, secret, peer, true, &who),
			 ERR_OK);
}

/* By its roles, when it signs in and at each request. */
static void a_program_is_asked_too(void **state)
{
	static const char *const roles[] = {"auditor"}, *const scopes[] = {"user.view"};
	uint8_t token[TOKEN_SECRET];
	char text[TOKEN_TEXT];
	enum credential kind;
	struct principal who;
	struct block access = {token, sizeof(token)}, peer = {(const uint8_t *)OFFICE, 9};
	struct answer made =
		run(&(struct ask){.op = "programs.create",
				  .cookie = admin.session,
				  .values = {TEXT("ruled"),
					     TEXT("A program"),
					     {.set = true, .texts = roles, .number = 1},
					     {.set = true, .texts = scopes, .number = 1}}});
	struct answer secret =
		run(&(struct ask){.op = "programs.add_secret",
				  .cookie = admin.session,
				  .values = {ID(made.id), {.set = true, .number = 1}}});
	struct ask ask = {.op = "oauth.token",
			  .secret = secret.body,
			  .peer = OFFICE,
			  .values = {TEXT("ruled"), TEXT("client_credentials")}};

	(void)state;
	struct answer told = run(&ask);
	assert_int_equal(told.err, ERR_OK);
	snprintf(text, sizeof(text), "%.59s", strstr(told.body, "sekisho_at_"));
	assert_true(token_read(text, &kind, token));
	struct value *denied = rule(0, 1, ENTRANCE_API, office, 2, RULE_NETWORKS);
	denied[RULE_ROLE] = (struct value)TEXT("auditor");
	assert_int_equal(set_rules(denied, OFFICE).err, ERR_OK);
	told = run(&ask);
	assert_int_equal(told.err, ERR_DENIED);
	assert_string_equal(told.reason, "network.refused");
	assert_int_equal(
		credential_principal(&base, CREDENTIAL_ACCESS, access, peer, USE_LOOK, &who),
		ERR_DENIED);
	clear_rules();
	assert_int_equal(
		credential_principal(&base, CREDENTIAL_ACCESS, access, peer, USE_LOOK, &who),
		ERR_OK);
}

static void nobody_locks_themselves_out_unless_they_say_so(void **state)
{
	struct value *const list[] = {rule(0, 0, ENTRANCE_ANY, office, 2, RULE_NETWORKS)};
	int64_t before = version();

	(void)state;
	struct answer refused = ask_with("network_rules.update", list, 1, false, AWAY);
	assert_int_equal(refused.err, ERR_CONFLICT);
	assert_string_equal(refused.reason, "network.locks_you_out");
	assert_int_equal(version(), before);
	assert_int_equal(ask_with("network_rules.update", list, 1, true, AWAY).err, ERR_OK);
	assert_int_equal(look(&admin, AWAY), ERR_DENIED);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.network_rules_changed' AND leaf LIKE '%allow at any for "
			       "everybody: 192.0.2.0/24%'") > 0,
			 1);
	clear_rules();
	/* An older version is not overwritten. */
	struct ask stale = {
		.op = "network_rules.update", .cookie = admin.session, .if_match = version() - 1};
	stale.values[RULES_LIST] = (struct value){.set = true, .rows = list, .number = 1};
	assert_int_equal(run(&stale).err, ERR_STALE);
}

static void a_dry_run_says_who_would_be_locked_out_and_changes_nothing(void **state)
{
	struct value *const list[] = {rule(0, 0, ENTRANCE_ANY, office, 2, RULE_NETWORKS)};
	int64_t before = version();

	(void)state;
	test_db_script("UPDATE auth_session SET peer = '192.0.2.7'");
	struct answer fine = ask_with("network_rules.try", list, 1, false, OFFICE);
	assert_int_equal(fine.err, ERR_OK);
	assert_string_equal(fine.people, "[]");
	assert_false(fine.locks_you_out);
	test_db_script("UPDATE auth_session s JOIN user u ON u.id = s.user_id SET s.peer = "
		       "'203.0.113.5' WHERE u.login = 'walker'");
	struct answer lost = ask_with("network_rules.try", list, 1, false, AWAY);
	assert_int_equal(lost.err, ERR_OK);
	assert_non_null(strstr(lost.people, "\"login\":\"walker\""));
	assert_non_null(strstr(lost.people, "\"addresses\":[\"203.0.113.5\"]"));
	assert_null(strstr(lost.people, "boss"));
	assert_true(lost.locks_you_out);
	assert_int_equal(version(), before);
	assert_int_equal(look(&person, AWAY), ERR_OK);
	/* Whoever is locked out already is not locked out by this. */
	assert_int_equal(ask_with("network_rules.update", list, 1, false, OFFICE).err, ERR_OK);
	assert_string_equal(ask_with("network_rules.try", list, 1, false, OFFICE).people, "[]");
	clear_rules();
}

static void a_rule_by_country_or_number_needs_its_database(void **state)
{
	static const struct mmdb_entry countries[] = {{"192.0.2.0", 24, "JP", 0}};
	struct network *without = base.network;
	struct geo *geo = NULL;
	char path[64];

	(void)state;
	assert_string_equal(
		set_rules(rule(0, 0, ENTRANCE_ANY, japan, 1, RULE_COUNTRIES), OFFICE).reason,
		"network.no_country_database");
	snprintf(path, sizeof(path), "/tmp/geo-rules-%d.mmdb", (int)getpid());
	mmdb_write(path, 'c', countries, 1);
	assert_int_equal(geo_open(&base, path, "", &geo), ERR_OK);
	unlink(path);
	base.network = network_new(geo);
	assert_string_equal(
		set_rules(rule(0, 0, ENTRANCE_ANY, number, 1, RULE_ASNS), OFFICE).reason,
		"network.no_asn_database");
	assert_int_equal(set_rules(rule(0, 0, ENTRANCE_ANY, japan, 1, RULE_COUNTRIES), OFFICE).err,
			 ERR_OK);
	assert_int_equal(look(&person, OFFICE), ERR_OK);
	assert_int_equal(look(&person, AWAY), ERR_DENIED);
	network_free(base.network);
	base.network = without;
	clear_rules();
}

static void only_who_manages_policy_sets_rules(void **state)
{
	struct value *const list[] = {rule(0, 0, ENTRANCE_ANY, office, 2, RULE_NETWORKS)};
	struct ask ask = {
		.op = "network_rules.update", .cookie = person.session, .if_match = version()};

	(void)state;
	ask.values[RULES_LIST] = (struct value){.set = true, .rows = list, .number = 1};
	assert_string_equal(run(&ask).reason, "permission.missing");
	ask.op = "network_rules.try";
	assert_string_equal(run(&ask).reason, "permission.missing");
	ask = (struct ask){.op = "network_rules.update",
			   .cookie = admin.session,
			   .peer = OFFICE,
			   .if_match = version()};
	ask.values[RULES_LIST] = (struct value){.set = true, .rows = list, .number = 1};
	test_db_script("UPDATE auth_session SET authenticated_at = authenticated_at - "
		       "INTERVAL 16 MINUTE");
	assert_string_equal(run(&ask).reason, "auth.not_fresh");
}

static int setup(void **state)
{
	int failed = people_setup(state);

	base.network = network_new(NULL);
	enrol(&admin, "boss");
	enrol(&person, "walker");
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
		cmocka_unit_test(nobody_signs_in_from_elsewhere_and_it_looks_like_any_failure),
		cmocka_unit_test(a_session_is_asked_again_at_each_request),
		cmocka_unit_test(no_other_way_in_goes_round),
		cmocka_unit_test(the_api_has_rules_of_its_own),
		cmocka_unit_test(a_program_is_asked_too),
		cmocka_unit_test(nobody_locks_themselves_out_unless_they_say_so),
		cmocka_unit_test(a_dry_run_says_who_would_be_locked_out_and_changes_nothing),
		cmocka_unit_test(a_rule_by_country_or_number_needs_its_database),
		cmocka_unit_test(only_who_manages_policy_sets_rules),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
