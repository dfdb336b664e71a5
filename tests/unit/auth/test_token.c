/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/token.h"
#include "tests/unit/auth/people.h"

#define HAPPENED(event_name, outcome_name, login)                                    \
	count("SELECT COUNT(*) FROM audit_event WHERE event = '" event_name "' AND " \
	      "outcome = '" outcome_name "' AND actor_login = '" login "'")

static const char *const user_scopes[] = {"user.view", "user.manage"};
static const char *const view_scope[] = {"user.view"};
static const char *const foreign_scope[] = {"target.manage"};
static const char *const unknown_scope[] = {"everything"};
static const char *const office[] = {"192.0.2.0/24", "2001:db8:7::/48"};
static const char *const wrong_range[] = {"192.0.2.0/33"};

struct wish {
	const char *name;
	const char *const *scopes, *const *networks;
	int64_t scope_count, network_count, days;
};
/* For tests that leave their person as they were. */
static struct person shared;
static const struct wish usual = {"deploy", user_scopes, NULL, 2, 0, 30};

static struct answer wish_for(const struct person *person, const struct wish *wish)
{
	struct ask ask = {.op = "api_tokens.create", .cookie = person->session};

	ask.values[0] = (struct value)TEXT(wish->name);
	ask.values[1] =
		(struct value){.set = true, .texts = wish->scopes, .number = wish->scope_count};
	if (wish->networks)
		ask.values[2] = (struct value){
			.set = true, .texts = wish->networks, .number = wish->network_count};
	ask.values[3] = (struct value){.set = true, .number = wish->days};
	return run(&ask);
}

static void make(const struct person *person, const struct wish *wish, uint8_t out[TOKEN_SECRET])
{
	enum credential kind = CREDENTIAL_COOKIE;
	struct answer answer = wish_for(person, wish);

	assert_int_equal(answer.err, ERR_OK);
	assert_true(token_read(answer.body, &kind, out));
	assert_int_equal(kind, CREDENTIAL_TOKEN);
}

static void give_role(const char *login, const char *role)
{
	char sql[400];

	snprintf(sql, sizeof(sql),
		 "INSERT INTO role_grant (id, role, user_id, event_id) SELECT "
		 "UNHEX(MD5(CONCAT('%s', login))), '%s', id, UNHEX(MD5('e')) FROM user "
		 "WHERE login = '%s'",
		 role, role, login);
	test_db_script(sql);
}

static void enrol_with(struct person *person, const char *login, const char *role)
{
	enrol(person, login);
	give_role(login, role);
}

static enum err look(const uint8_t *token, const char *peer, struct principal *out)
{
	return credential_principal(&base, CREDENTIAL_TOKEN, (struct block){token, TOKEN_SECRET},
				    (struct block){(const uint8_t *)peer, strlen(peer)}, true, out);
}

static void expect_closed(const uint8_t *token, enum err err, const char *reason)
{
	struct principal who;

	assert_int_equal(look(token, "192.0.2.7", &who), err);
	assert_string_equal(base.error.reason, reason);
}

static struct answer add_user(const uint8_t *token, const char *login)
{
	return run(&(struct ask){.op = "users.create",
				 .token = token,
				 .values = {TEXT(login), TEXT("By a program")}});
}

static void tokens_are_written_with_prefix_and_checksum(void **state)
{
	const uint8_t secret[TOKEN_SECRET] = {1, 2, 3, 4};
	uint8_t read[TOKEN_SECRET];
	char text[TOKEN_TEXT], changed[TOKEN_TEXT];
	enum credential kind;

	(void)state;
	token_write(CREDENTIAL_TOKEN, secret, text);
	assert_int_equal(strlen(text), 60);
	assert_memory_equal(text, "sekisho_pat_", 12);
	assert_true(token_read(text, &kind, read));
	assert_memory_equal(read, secret, sizeof(read));
	for (size_t i = 0; i < 60; i++) {
		memcpy(changed, text, sizeof(changed));
		changed[i] = changed[i] == 'B' ? 'C' : 'B';
		assert_false(token_read(changed, &kind, read));
	}
	memcpy(changed, text, sizeof(changed));
	changed[59] = '\0';
	assert_false(token_read(changed, &kind, read));
	assert_false(token_read("", &kind, read));
}

static void a_token_may_what_its_scopes_and_its_owner_may(void **state)
{
	struct person person;
	struct principal who;
	uint8_t all[TOKEN_SECRET], view[TOKEN_SECRET];
	struct wish narrow = usual;

	(void)state;
	enrol_with(&person, "scoped", "administrator");
	make(&person, &usual, all);
	narrow.scopes = view_scope;
	narrow.scope_count = 1;
	make(&person, &narrow, view);
	assert_int_equal(look(all, "192.0.2.7", &who), ERR_OK);
	assert_int_equal(who.permissions, (permission_set)1 << PERM_USER_VIEW |
						  (permission_set)1 << PERM_USER_MANAGE);
	assert_int_equal(add_user(all, "made.by.token").err, ERR_OK);
	struct answer refused = add_user(view, "not.made");
	assert_int_equal(refused.err, ERR_DENIED);
	assert_string_equal(refused.reason, "permission.missing");
	assert_int_equal(HAPPENED("access.refused", "refused", "scoped"), 1);
	/* The record says which token it was. */
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = 'user.created' AND "
			       "actor_login = 'scoped' AND leaf LIKE '%\"api_token\":\"%'"),
			 1);
	/* A right that is lost is lost for the token too. */
	test_db_script("DELETE g FROM role_grant g JOIN user u ON u.id = g.user_id "
		       "WHERE u.login = 'scoped'");
	give_role("scoped", "auditor");
	assert_int_equal(look(all, "192.0.2.7", &who), ERR_OK);
	assert_int_equal(who.permissions, (permission_set)1 << PERM_USER_VIEW);
	assert_int_equal(add_user(all, "too.late").err, ERR_DENIED);
}

static void nobody_gives_more_than_they_have(void **state)
{
	static const struct {
		struct wish wish;
		const char *field, *reason;
	} cases[] = {
		{{"t", foreign_scope, NULL, 1, 0, 30}, "scopes", "token.beyond"},
		{{"t", unknown_scope, NULL, 1, 0, 30}, "scopes", "permission.unknown"},
		{{"t", view_scope, NULL, 0, 0, 30}, "scopes", "too_few"},
		{{"t", view_scope, wrong_range, 1, 1, 30}, "networks", "network.malformed"},
		{{"t", view_scope, NULL, 1, 0, 91}, "days", "token.too_long"},
		{{"t", view_scope, NULL, 1, 0, 0}, "days", "range"},
		{{"", view_scope, NULL, 1, 0, 30}, "name", "empty"},
	};
	struct person person;

	(void)state;
	enrol_with(&person, "wishes", "auditor");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct answer answer = wish_for(&person, &cases[i].wish);
		assert_int_equal(answer.err, ERR_INPUT);
		assert_string_equal(answer.field, cases[i].field);
		assert_string_equal(answer.reason, cases[i].reason);
	}
	assert_int_equal(count("SELECT COUNT(*) FROM api_token t JOIN user u ON u.id = t.user_id "
			       "WHERE u.login = 'wishes'"),
			 0);
}

static void a_token_is_made_after_a_fresh_sign_in_with_a_second_factor(void **state)
{
	struct person person;

	(void)state;
	enrol_with(&person, "makes", "administrator");
	test_db_script("UPDATE auth_session s JOIN user u ON u.id = s.user_id SET "
		       "s.authenticated_at = s.authenticated_at - INTERVAL 16 MINUTE "
		       "WHERE u.login = 'makes'");
	struct answer stale = wish_for(&person, &usual);
	assert_int_equal(stale.err, ERR_UNAUTHENTICATED);
	assert_string_equal(stale.reason, "auth.not_fresh");
	test_db_script("UPDATE auth_session s JOIN user u ON u.id = s.user_id SET "
		       "s.authenticated_at = UTC_TIMESTAMP(6) WHERE u.login = 'makes'");
	test_db_script("UPDATE auth_totp f JOIN user u ON u.id = f.user_id SET "
		       "f.confirmed_at = NULL WHERE u.login = 'makes'");
	struct answer bare = wish_for(&person, &usual);
	assert_int_equal(bare.err, ERR_DENIED);
	assert_string_equal(bare.reason, "token.no_factor");
	assert_int_equal(HAPPENED("access.refused", "refused", "makes"), 2);
}

static void only_a_hash_is_kept(void **state)
{
	uint8_t token[TOKEN_SECRET];
	char hex[65], sql[256];

	(void)state;
	make(&shared, &usual, token);
	hex_encode(token, sizeof(token), hex);
	snprintf(sql, sizeof(sql),
		 "UPDATE api_token SET end_reason = 'plain' WHERE token_hash = UNHEX('%s')", hex);
	test_db_script(sql);
	assert_int_equal(count("SELECT COUNT(*) FROM api_token WHERE end_reason = 'plain'"), 0);
	snprintf(sql, sizeof(sql),
		 "UPDATE api_token SET end_reason = 'hash' WHERE token_hash = "
		 "UNHEX(SHA2(UNHEX('%s'), 256))",
		 hex);
	test_db_script(sql);
	assert_int_equal(count("SELECT COUNT(*) FROM api_token WHERE end_reason = 'hash'"), 1);
}

static void a_token_works_from_its_networks_only(void **state)
{
	static const struct {
		const char *peer;
		enum err err;
	} cases[] = {
		{"192.0.2.255", ERR_OK},	  {"::ffff:192.0.2.1", ERR_OK},
		{"2001:db8:7:ffff::1", ERR_OK},	  {"192.0.3.0", ERR_DENIED},
		{"::ffff:192.0.3.1", ERR_DENIED}, {"2001:db8:8::1", ERR_DENIED},
		{"::192.0.2.1", ERR_DENIED},	  {"", ERR_DENIED},
	};
	struct principal who;
	struct wish wish = usual;
	uint8_t token[TOKEN_SECRET];

	(void)state;
	wish.networks = office;
	wish.network_count = 2;
	make(&shared, &wish, token);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(look(token, cases[i].peer, &who), cases[i].err);
	struct answer outside = run(&(struct ask){.op = "users.create",
						  .token = token,
						  .peer = "203.0.113.5",
						  .values = {TEXT("outside"), TEXT("x")}});
	assert_int_equal(outside.err, ERR_DENIED);
	assert_string_equal(outside.reason, "token.network");
}

static void a_token_ends(void **state)
{
	struct person person, administrator;
	struct principal who;
	uint8_t token[TOKEN_SECRET], other[TOKEN_SECRET];

	(void)state;
	enrol_with(&person, "ends", "administrator");
	enrol_with(&administrator, "ends.others", "administrator");
	make(&person, &usual, token);
	test_db_script("UPDATE api_token SET expires_at = UTC_TIMESTAMP(6) WHERE ended_at IS NULL "
		       "AND user_id = (SELECT id FROM user WHERE login = 'ends')");
	expect_closed(token, ERR_UNAUTHENTICATED, "token.expired");
	/* A shorter time that is set later holds for it too. */
	make(&person, &usual, token);
	test_db_script("UPDATE api_token SET created_at = created_at - INTERVAL 91 DAY, "
		       "expires_at = expires_at + INTERVAL 200 DAY WHERE user_id = "
		       "(SELECT id FROM user WHERE login = 'ends')");
	expect_closed(token, ERR_UNAUTHENTICATED, "token.expired");
	make(&person, &usual, token);
	make(&person, &usual, other);
	struct token_id {
		struct uuid id;
	} mine, theirs;
	assert_int_equal(look(token, "192.0.2.7", &who), ERR_OK);
	mine.id = who.token_id;
	assert_int_equal(look(other, "192.0.2.7", &who), ERR_OK);
	theirs.id = who.token_id;
	/* Nobody revokes as their own what is another's. */
	assert_int_equal(run(&(struct ask){.op = "api_tokens.revoke",
					   .cookie = administrator.session,
					   .values = {ID(mine.id)}})
				 .err,
			 ERR_NOT_FOUND);
	assert_int_equal(run(&(struct ask){.op = "api_tokens.revoke",
					   .cookie = person.session,
					   .values = {ID(mine.id)}})
				 .err,
			 ERR_OK);
	expect_closed(token, ERR_UNAUTHENTICATED, "token.unknown");
	assert_int_equal(run(&(struct ask){.op = "api_tokens.end",
					   .cookie = administrator.session,
					   .values = {ID(theirs.id)}})
				 .err,
			 ERR_OK);
	expect_closed(other, ERR_UNAUTHENTICATED, "token.unknown");
	assert_int_equal(HAPPENED("auth.api_token_revoked", "ok", "ends"), 1);
	assert_int_equal(HAPPENED("auth.api_token_revoked", "ok", "ends.others"), 1);
}

/* What happens to the owner happens to the token. */
static void a_token_does_not_outlive_its_owners_sign_in(void **state)
{
	static const char *const states[] = {"disabled", "archived"};
	struct person person;
	uint8_t token[TOKEN_SECRET];
	char sql[256], link[44], seed[64];
	struct principal who;

	(void)state;
	enrol_with(&person, "owner", "administrator");
	make(&person, &usual, token);
	for (size_t i = 0; i < 2; i++) {
		snprintf(sql, sizeof(sql), "UPDATE user SET state = '%s' WHERE login = 'owner'",
			 states[i]);
		test_db_script(sql);
		expect_closed(token, ERR_UNAUTHENTICATED, "token.unknown");
	}
	test_db_script("UPDATE user SET state = 'active' WHERE login = 'owner'");
	test_db_script("UPDATE auth_password p JOIN user u ON u.id = p.user_id SET "
		       "p.must_change = TRUE WHERE u.login = 'owner'");
	expect_closed(token, ERR_UNAUTHENTICATED, "token.password_due");
	test_db_script("UPDATE auth_password SET must_change = FALSE");
	test_db_script("UPDATE auth_totp f JOIN user u ON u.id = f.user_id SET "
		       "f.confirmed_at = NULL WHERE u.login = 'owner'");
	expect_closed(token, ERR_UNAUTHENTICATED, "token.no_factor");
	test_db_script("UPDATE auth_totp SET confirmed_at = created_at;"
		       "UPDATE factor_floor SET is_default = level = 1");
	expect_closed(token, ERR_UNAUTHENTICATED, "token.below_floor");
	test_db_script("UPDATE factor_floor SET is_default = level = 0");
	assert_int_equal(look(token, "192.0.2.7", &who), ERR_OK);
	/* A new link sets password and factors anew. */
	get_token(&person.id, link);
	get_seed(link, seed);
	code_for(seed, 0);
	assert_int_equal(run(&(struct ask){.op = "enrolment.complete",
					   .secret = "another-sandy-42-plover",
					   .values = {TEXT(link), TEXT(code_now)}})
				 .err,
			 ERR_OK);
	expect_closed(token, ERR_UNAUTHENTICATED, "token.unknown");
	assert_int_equal(count("SELECT COUNT(*) FROM api_token t JOIN user u ON u.id = t.user_id "
			       "WHERE u.login = 'owner' AND end_reason = 'enrolled_again'"),
			 1);
}

static void the_use_is_noted_once_a_minute(void **state)
{
	static const char used[] = "UPDATE api_token SET last_used_at = last_used_at - INTERVAL 30 "
				   "SECOND WHERE last_used_at IS NOT NULL";
	struct principal who;
	uint8_t token[TOKEN_SECRET];

	(void)state;
	make(&shared, &usual, token);
	assert_int_equal(look(token, "192.0.2.1", &who), ERR_OK);
	test_db_script(used);
	assert_int_equal(look(token, "192.0.2.2", &who), ERR_OK);
	assert_int_equal(count("SELECT COUNT(*) FROM api_token t JOIN user u ON u.id = t.user_id "
			       "WHERE u.login = 'shared' AND last_used_from = '192.0.2.1'"),
			 1);
	test_db_script(used);
	assert_int_equal(look(token, "192.0.2.3", &who), ERR_OK);
	assert_int_equal(count("SELECT COUNT(*) FROM api_token t JOIN user u ON u.id = t.user_id "
			       "WHERE u.login = 'shared' AND last_used_from = '192.0.2.3'"),
			 1);
}

/* No operation that is about a way of signing in, whatever the scopes. */
static void a_token_makes_no_other_way_in(void **state)
{
	static const char *const closed[] = {
		"api_tokens.create",
		"api_tokens.revoke",
		"api_tokens.end",
		"auth.password_change",
		"auth.profile_update",
		"auth.session_revoke",
		"auth.sign_out",
		"auth.step_up",
		"auth.step_up_challenge",
		"passkeys.challenge",
		"passkeys.add",
		"passkeys.rename",
		"passkeys.remove",
		"factors.totp_begin",
		"factors.totp_confirm",
		"factors.totp_rename",
		"factors.totp_remove",
		"factors.recovery_create",
		"mail_address.begin",
		"mail_address.confirm",
		"users.link",
		"users.ask_reset",
		"users.require_password_change",
		"password_policies.update",
	};
	struct wish wish = usual;
	uint8_t token[TOKEN_SECRET];
	static const char *all[PERM__COUNT];
	static const char text[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

	(void)state;
	for (int p = 1; p < PERM__COUNT; p++)
		all[p - 1] = permission_name((enum permission)p);
	wish.scopes = all;
	wish.scope_count = PERM__COUNT - 1;
	make(&shared, &wish, token);
	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
		struct ask ask = {.op = closed[i], .token = token, .secret = NULL};
		const struct op *op =
			op_by_id((const struct op *const[]){auth_ops(), NULL}, closed[i]);
		assert_non_null(op);
		assert_false(op_open_to_token(op, ~(permission_set)0));
		/* Only those whose fields can be filled alike are asked for as well. */
		if (op->fields && op->fields[0].name && op->fields[0].type == FIELD_UUID)
			ask.values[0] = (struct value)ID(shared.id);
		else if (op->fields && op->fields[0].name)
			continue;
		ask.values[1] = (struct value)TEXT(text);
		struct answer answer = run(&ask);
		assert_int_equal(answer.err, ERR_DENIED);
		assert_string_equal(answer.reason, "token.not_for_this");
	}
}

static void twenty_tokens_are_enough(void **state)
{
	struct person person;
	uint8_t token[TOKEN_SECRET];

	(void)state;
	enrol_with(&person, "many", "administrator");
	for (int i = 0; i < TOKENS_MAX; i++)
		make(&person, &usual, token);
	struct answer more = wish_for(&person, &usual);
	assert_int_equal(more.err, ERR_CONFLICT);
	assert_string_equal(more.reason, "token.too_many");
}

static int setup(void **state)
{
	int failed = people_setup(state);

	enrol_with(&shared, "shared", "administrator");
	return failed;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_are_written_with_prefix_and_checksum),
		cmocka_unit_test(a_token_may_what_its_scopes_and_its_owner_may),
		cmocka_unit_test(nobody_gives_more_than_they_have),
		cmocka_unit_test(a_token_is_made_after_a_fresh_sign_in_with_a_second_factor),
		cmocka_unit_test(only_a_hash_is_kept),
		cmocka_unit_test(a_token_works_from_its_networks_only),
		cmocka_unit_test(a_token_ends),
		cmocka_unit_test(a_token_does_not_outlive_its_owners_sign_in),
		cmocka_unit_test(the_use_is_noted_once_a_minute),
		cmocka_unit_test(a_token_makes_no_other_way_in),
		cmocka_unit_test(twenty_tokens_are_enough),
	};
	return cmocka_run_group_tests(tests, setup, people_teardown);
}
