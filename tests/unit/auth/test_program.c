/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/program.h"

#include <sodium.h>

#include "auth/program_api.h"
#include "auth/token.h"
#include "tests/unit/auth/people.h"

#define PROGRAM_ROW "WHERE program_id = (SELECT id FROM program WHERE name = @p)"

static struct person administrator;
static const char *const auditor_role[] = {"auditor"};
static const char *const both_roles[] = {"administrator", "auditor"};
static const char *const user_role[] = {"user"};
static const char *const views[] = {"user.view", "audit.view"};
static const char *const manages[] = {"user.view", "user.manage"};
static const char *const borrows[] = {"target.use"};
static const char *const approves[] = {"request.approve"};
static const char *const office[] = {"192.0.2.0/24"};

struct wish {
	const char *name;
	const char *const *roles, *const *scopes, *const *networks;
	int64_t role_count, scope_count, network_count;
};
static const struct wish usual = {"usual", auditor_role, views, NULL, 1, 2, 0};

static struct value texts(const char *const *list, int64_t number)
{
	return (struct value){.set = list != NULL, .texts = list, .number = number};
}

static struct answer wish_for(const struct person *person, const struct wish *wish)
{
	return run(&(struct ask){.op = "programs.create",
				 .cookie = person->session,
				 .values = {TEXT(wish->name), TEXT("A program"),
					    texts(wish->roles, wish->role_count),
					    texts(wish->scopes, wish->scope_count),
					    texts(wish->networks, wish->network_count)}});
}

static struct answer add_secret(const struct uuid *id)
{
	return run(&(struct ask){.op = "programs.add_secret",
				 .cookie = administrator.session,
				 .values = {ID(*id), {.set = true, .number = 30}}});
}

struct made {
	const char *name;
	struct uuid id;
	char secret[TOKEN_TEXT];
};

static struct made make(const struct wish *wish)
{
	struct made made = {.name = wish->name};
	struct answer answer = wish_for(&administrator, wish);

	assert_int_equal(answer.err, ERR_OK);
	made.id = answer.id;
	answer = add_secret(&made.id);
	assert_int_equal(answer.err, ERR_OK);
	snprintf(made.secret, sizeof(made.secret), "%.59s", answer.body);
	return made;
}

static struct made make_named(const char *name)
{
	struct wish wish = usual;

	wish.name = name;
	return make(&wish);
}

static struct answer ask_for(const struct made *made, const char *scope, const char *peer)
{
	struct ask ask = {.op = "oauth.token",
			  .secret = made->secret,
			  .peer = peer,
			  .values = {TEXT(made->name), TEXT("client_credentials")}};

	if (scope)
		ask.values[2] = (struct value)TEXT(scope);
	return run(&ask);
}

static void token_of(const struct answer *answer, uint8_t out[TOKEN_SECRET])
{
	char text[TOKEN_TEXT];
	enum credential kind = CREDENTIAL_COOKIE;
	const char *at = strstr(answer->body, "sekisho_at_");

	assert_int_equal(answer->err, ERR_OK);
	assert_non_null(at);
	snprintf(text, sizeof(text), "%.59s", at);
	assert_true(token_read(text, &kind, out));
	assert_int_equal(kind, CREDENTIAL_ACCESS);
}

static void get(const struct made *made, uint8_t out[TOKEN_SECRET])
{
	struct answer answer = ask_for(made, NULL, NULL);

	token_of(&answer, out);
}

static enum err look_as(enum credential kind, const uint8_t *token, const char *peer,
			struct principal *out)
{
	base.error.reason[0] = '\0';
	return credential_principal(&base, (uint8_t)kind, (struct block){token, TOKEN_SECRET},
				    (struct block){(const uint8_t *)peer, strlen(peer)},
				    USE_ACTIVITY, out);
}

static enum err look(const uint8_t *token, const char *peer, struct principal *out)
{
	return look_as(CREDENTIAL_ACCESS, token, peer, out);
}

static void expect_closed(const uint8_t *token, enum err err, const char *reason)
{
	struct principal who;

	assert_int_equal(look(token, "192.0.2.7", &who), err);
	assert_string_equal(base.error.reason, reason);
}

static void script(const char *change, const char *name)
{
	char sql[400];

	snprintf(sql, sizeof(sql), "SET @p = '%s';%s", name, change);
	test_db_script(sql);
}

static int64_t events(const char *event, const char *reason, const char *program)
{
	char sql[400];

	snprintf(sql, sizeof(sql),
		 "SELECT COUNT(*) FROM audit_event WHERE event = '%s' AND leaf LIKE "
		 "'%%\"name\":\"%s\"%%' AND leaf LIKE '%%%s%%'",
		 event, program, reason);
	return count(sql);
}

static struct answer change(const struct made *made, int64_t version, unsigned field,
			    struct value value)
{
	struct ask ask = {.op = "programs.update",
			  .cookie = administrator.session,
			  .if_match = version,
			  .values = {ID(made->id)}};

	ask.values[field] = value;
	return run(&ask);
}

static void a_program_may_what_it_asked_for_and_has(void **state)
{
	const permission_set view = (permission_set)1 << PERM_USER_VIEW;
	const permission_set audit = (permission_set)1 << PERM_AUDIT_VIEW;
	struct made made = make_named("reader");
	struct principal who;
	uint8_t all[TOKEN_SECRET], narrow[TOKEN_SECRET];

	(void)state;
	struct answer answer = ask_for(&made, NULL, NULL);
	assert_non_null(strstr(answer.body, "\"token_type\":\"Bearer\",\"expires_in\":600,"
					    "\"scope\":\"audit.view user.view\"}"));
	token_of(&answer, all);
	answer = ask_for(&made, "user.view", NULL);
	token_of(&answer, narrow);
	assert_int_equal(look(all, "192.0.2.7", &who), ERR_OK);
	assert_true(who.is_program);
	assert_string_equal(who.login, "program:reader");
	assert_int_equal(who.permissions, view | audit);
	assert_int_equal(look(narrow, "192.0.2.7", &who), ERR_OK);
	assert_int_equal(who.permissions, view);
	assert_int_equal(events("auth.program_token_issued", "program:reader", "reader"), 2);
	/* What it loses is lost in that moment. */
	assert_int_equal(change(&made, 1, PROGRAM_SCOPES, texts(views, 1)).err, ERR_OK);
	assert_int_equal(look(all, "192.0.2.7", &who), ERR_OK);
	assert_int_equal(who.permissions, view);
	answer = ask_for(&made, "audit.view", NULL);
	assert_int_equal(answer.err, ERR_DENIED);
}

static void what_a_program_does_is_recorded_as_its_doing(void **state)
{
	const struct wish wish = {"maker", both_roles, manages, NULL, 2, 2, 0};
	struct made made = make(&wish);
	uint8_t token[TOKEN_SECRET];

	(void)state;
	get(&made, token);
	struct answer answer = run(&(struct ask){.op = "users.create",
						 .token = token,
						 .access = true,
						 .values = {TEXT("made.by"), TEXT("By it")}});
	assert_int_equal(answer.err, ERR_OK);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = 'user.created' AND "
			       "actor_login = 'program:maker' AND leaf LIKE "
			       "'%\"access_token\":\"%'"),
			 1);
}

/* Who did it fits into the audit log whatever the name. */
static void the_longest_name_signs_in(void **state)
{
	struct made made = make_named("a23456789.123456789.123456789.123456789.123456789.123456");
	uint8_t token[TOKEN_SECRET];
	struct wish longer = usual;

	(void)state;
	get(&made, token);
	longer.name = "a23456789.123456789.123456789.123456789.123456789.1234567";
	assert_int_equal(wish_for(&administrator, &longer).err, ERR_INPUT);
}

static void what_does_not_fit_is_refused_and_recorded(void **state)
{
	static const struct {
		const char *name, *change, *scope, *peer, *reason, *recorded;
		enum err err;
	} cases[] = {
		{"ended", "UPDATE program_secret SET ended_at = UTC_TIMESTAMP(6) " PROGRAM_ROW,
		 NULL, NULL, "program.refused", "program.secret_revoked", ERR_UNAUTHENTICATED},
		{"expired", "UPDATE program_secret SET expires_at = UTC_TIMESTAMP(6) " PROGRAM_ROW,
		 NULL, NULL, "program.secret_expired", "program.secret_expired",
		 ERR_UNAUTHENTICATED},
		{"too.old",
		 "UPDATE program_secret SET created_at = created_at - INTERVAL 367 "
		 "DAY " PROGRAM_ROW,
		 NULL, NULL, "program.secret_expired", "program.secret_expired",
		 ERR_UNAUTHENTICATED},
		{"disabled", "UPDATE program SET state = 'disabled' WHERE name = @p", NULL, NULL,
		 "program.disabled", "program.disabled", ERR_UNAUTHENTICATED},
		{"deleted", "UPDATE program SET state = 'deleted' WHERE name = @p", NULL, NULL,
		 "program.disabled", "program.disabled", ERR_UNAUTHENTICATED},
		{"elsewhere", "UPDATE program SET networks = '192.0.2.0/24' WHERE name = @p", NULL,
		 "198.51.100.1", "program.network", "program.network", ERR_DENIED},
		{"widening", NULL, "user.view target.manage", NULL, "program.scope",
		 "program.scope", ERR_DENIED},
		{"approving",
		 "UPDATE program SET roles = 'approver', scopes = 'request.approve' "
		 "WHERE name = @p",
		 NULL, NULL, "program.scope", "program.scope", ERR_DENIED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct made made = make_named(cases[i].name);
		assert_int_equal(ask_for(&made, NULL, NULL).err, ERR_OK);
		if (cases[i].change)
			script(cases[i].change, made.name);
		struct answer answer = ask_for(&made, cases[i].scope, cases[i].peer);
		if (answer.err != cases[i].err || strcmp(answer.reason, cases[i].reason) != 0)
			fail_msg("%s: %d %s", made.name, (int)answer.err, answer.reason);
		assert_string_equal(answer.body, "");
		assert_int_equal(events("auth.program_refused", cases[i].recorded, made.name), 1);
	}
}

/* One answer for both halves of the pair; the audit log knows which. */
static void a_wrong_secret_and_an_unknown_name_look_the_same(void **state)
{
	struct made made = make_named("guessed"), wrong = made, unknown = made;
	struct made other = make_named("neighbour"), foreign = made;

	(void)state;
	wrong.secret[20] = wrong.secret[20] == 'A' ? 'B' : 'A';
	unknown.name = "nobody";
	snprintf(foreign.secret, sizeof(foreign.secret), "%s", other.secret);
	const struct made *const tries[] = {&wrong, &unknown, &foreign};
	for (size_t i = 0; i < 3; i++) {
		struct answer answer = ask_for(tries[i], NULL, NULL);
		assert_int_equal(answer.err, ERR_UNAUTHENTICATED);
		assert_string_equal(answer.reason, "program.refused");
	}
	assert_int_equal(events("auth.program_refused", "program.wrong_secret", "guessed"), 2);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.program_refused' AND leaf LIKE '%program.unknown%'"),
			 1);
}

static void only_client_credentials_are_understood(void **state)
{
	struct made made = make_named("grants");
	struct answer answer = run(&(struct ask){.op = "oauth.token",
						 .secret = made.secret,
						 .values = {TEXT(made.name), TEXT("password")}});

	(void)state;
	assert_int_equal(answer.err, ERR_INPUT);
	assert_string_equal(answer.reason, "oauth.grant_type");
}

static void an_access_token_ends(void **state)
{
	static const struct {
		const char *name, *change, *reason;
	} cases[] = {
		{"t.over", "UPDATE program_token SET expires_at = UTC_TIMESTAMP(6) " PROGRAM_ROW,
		 "token.expired"},
		{"t.revoked", "UPDATE program_token SET ended_at = UTC_TIMESTAMP(6) " PROGRAM_ROW,
		 "token.unknown"},
		{"t.secret", "UPDATE program_secret SET ended_at = UTC_TIMESTAMP(6) " PROGRAM_ROW,
		 "token.unknown"},
		{"t.off", "UPDATE program SET state = 'disabled' WHERE name = @p",
		 "program.disabled"},
	};
	uint8_t token[TOKEN_SECRET];
	struct principal who;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct made made = make_named(cases[i].name);
		get(&made, token);
		assert_int_equal(look(token, "192.0.2.7", &who), ERR_OK);
		script(cases[i].change, made.name);
		expect_closed(token, ERR_UNAUTHENTICATED, cases[i].reason);
	}
}

static void a_token_works_where_both_it_and_its_program_do(void **state)
{
	const struct wish wish = {"placed", auditor_role, views, office, 1, 2, 1};
	struct made made = make(&wish);
	uint8_t token[TOKEN_SECRET];
	struct principal who;
	struct ask ask = {.op = "oauth.token",
			  .secret = made.secret,
			  .values = {TEXT(made.name),
				     TEXT("client_credentials"),
				     {.set = false},
				     TEXT("192.0.2.7 198.51.100.0/24")}};

	(void)state;
	struct answer answer = run(&ask);
	token_of(&answer, token);
	assert_int_equal(look(token, "192.0.2.7", &who), ERR_OK);
	assert_int_equal(look(token, "192.0.2.8", &who), ERR_DENIED);
	assert_int_equal(look(token, "198.51.100.1", &who), ERR_DENIED);
	assert_string_equal(base.error.reason, "token.network");
	ask.values[OAUTH_NETWORKS] = (struct value)TEXT("192.0.2.0/33");
	answer = run(&ask);
	assert_int_equal(answer.err, ERR_INPUT);
	assert_string_equal(answer.reason, "network.malformed");
}

static struct answer give_back(const struct made *made, const char *token)
{
	return run(&(struct ask){.op = "oauth.revoke",
				 .secret = made->secret,
				 .values = {TEXT(made->name), TEXT(token)}});
}

static void a_program_gives_back_its_own_token_only(void **state)
{
	struct made mine = make_named("mine"), other = make_named("other");
	uint8_t token[TOKEN_SECRET];
	char text[TOKEN_TEXT];
	struct principal who;

	(void)state;
	get(&mine, token);
	token_write(CREDENTIAL_ACCESS, token, text);
	assert_int_equal(give_back(&other, text).err, ERR_OK);
	assert_int_equal(give_back(&mine, "no token at all").err, ERR_OK);
	assert_int_equal(give_back(&mine, mine.secret).err, ERR_OK);
	assert_int_equal(look(token, "192.0.2.7", &who), ERR_OK);
	assert_int_equal(events("auth.program_token_revoked", "", "mine"), 0);
	assert_int_equal(give_back(&mine, text).err, ERR_OK);
	expect_closed(token, ERR_UNAUTHENTICATED, "token.unknown");
	assert_int_equal(events("auth.program_token_revoked", "program:mine", "mine"), 1);
	other.secret[20] = other.secret[20] == 'A' ? 'B' : 'A';
	assert_int_equal(give_back(&other, text).err, ERR_UNAUTHENTICATED);
}

static void two_secrets_at_once_and_the_old_one_is_revoked(void **state)
{
	struct made old = make_named("rotates"), fresh = old;
	uint8_t token[TOKEN_SECRET];
	struct principal who;

	(void)state;
	struct answer answer = add_secret(&old.id);
	assert_int_equal(answer.err, ERR_OK);
	snprintf(fresh.secret, sizeof(fresh.secret), "%.59s", answer.body);
	answer = add_secret(&old.id);
	assert_int_equal(answer.err, ERR_CONFLICT);
	assert_string_equal(answer.reason, "program.too_many_secrets");
	get(&fresh, token);
	get(&old, token);
	struct uuid secret = find_id("SELECT s.id FROM program_secret s JOIN program p ON p.id = "
				     "s.program_id WHERE p.name = 'rotates' ORDER BY s.id LIMIT 1");
	struct ask ask = {.op = "programs.end_secret",
			  .cookie = administrator.session,
			  .values = {ID(old.id), ID(secret)}};
	assert_int_equal(run(&ask).err, ERR_OK);
	assert_int_equal(run(&ask).err, ERR_NOT_FOUND);
	assert_int_equal(look(token, "192.0.2.7", &who), ERR_UNAUTHENTICATED);
	assert_int_equal(ask_for(&old, NULL, NULL).err, ERR_UNAUTHENTICATED);
	get(&fresh, token);
	assert_int_equal(look(token, "192.0.2.7", &who), ERR_OK);
	assert_int_equal(add_secret(&old.id).err, ERR_OK);
}

static void switched_off_and_deleted_at_once(void **state)
{
	struct made made = make_named("switched");
	uint8_t token[TOKEN_SECRET];
	struct principal who;
	struct ask ask = {.op = "programs.delete",
			  .cookie = administrator.session,
			  .if_match = 3,
			  .values = {ID(made.id)}};

	(void)state;
	get(&made, token);
	/* The second of the choices of state. */
	assert_int_equal(
		change(&made, 1, PROGRAM_STATE, (struct value){.set = true, .number = 1}).err,
		ERR_OK);
	expect_closed(token, ERR_UNAUTHENTICATED, "token.unknown");
	assert_int_equal(
		change(&made, 1, PROGRAM_STATE, (struct value){.set = true, .number = 0}).err,
		ERR_STALE);
	assert_int_equal(
		change(&made, 2, PROGRAM_STATE, (struct value){.set = true, .number = 0}).err,
		ERR_OK);
	/* What was ended stays ended. */
	expect_closed(token, ERR_UNAUTHENTICATED, "token.unknown");
	get(&made, token);
	assert_int_equal(run(&ask).err, ERR_OK);
	assert_int_equal(look(token, "192.0.2.7", &who), ERR_UNAUTHENTICATED);
	assert_int_equal(run(&ask).err, ERR_NOT_FOUND);
	struct wish again = usual;
	again.name = "switched";
	struct answer answer = wish_for(&administrator, &again);
	assert_int_equal(answer.err, ERR_CONFLICT);
	assert_string_equal(answer.reason, "program.name_taken");
}

static void a_program_gets_nothing_that_is_for_people(void **state)
{
	const struct {
		struct wish wish;
		const char *field, *reason;
	} cases[] = {
		{{"p", user_role, views, NULL, 1, 2, 0}, "roles", "program.role_of_people"},
		{{"p", both_roles, borrows, NULL, 2, 1, 0}, "scopes", "program.scope_beyond"},
		{{"p", both_roles, approves, NULL, 2, 1, 0}, "scopes", "program.scope_beyond"},
		{{"p", auditor_role, manages, NULL, 1, 2, 0}, "scopes", "program.scope_beyond"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct answer answer = wish_for(&administrator, &cases[i].wish);
		assert_int_equal(answer.err, ERR_INPUT);
		assert_string_equal(answer.field, cases[i].field);
		assert_string_equal(answer.reason, cases[i].reason);
	}
}

/* Every credential opens its own door only. */
static void a_secret_is_no_token_and_a_token_no_way_to_more(void **state)
{
	static const char *const closed[] = {"programs.create",	    "programs.update",
					     "programs.delete",	    "programs.add_secret",
					     "programs.end_secret", "api_tokens.create",
					     "users.link"};
	const struct op *const tables[] = {auth_ops(), program_ops(), NULL};
	struct made made = make_named("doors");
	uint8_t secret[TOKEN_SECRET], token[TOKEN_SECRET];
	enum credential kind;
	struct principal who;

	(void)state;
	get(&made, token);
	assert_true(token_read(made.secret, &kind, secret));
	assert_int_equal(kind, CREDENTIAL_CLIENT);
	for (int i = 0; i < CREDENTIAL__COUNT; i++) {
		assert_int_equal(look_as((enum credential)i, secret, "192.0.2.7", &who),
				 ERR_UNAUTHENTICATED);
		assert_int_equal(look_as((enum credential)i, token, "192.0.2.7", &who),
				 i == CREDENTIAL_ACCESS ? ERR_OK : ERR_UNAUTHENTICATED);
	}
	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++)
		assert_false(op_open_to_token(op_by_id(tables, closed[i]), ~(permission_set)0));
}

static void only_hashes_are_kept(void **state)
{
	struct made made = make_named("hashed");
	uint8_t secret[TOKEN_SECRET], token[TOKEN_SECRET], hash[32];
	enum credential kind;
	char hex[65], sql[400];

	(void)state;
	get(&made, token);
	assert_true(token_read(made.secret, &kind, secret));
	crypto_hash_sha256(hash, secret, sizeof(secret));
	hex_encode(hash, sizeof(hash), hex);
	snprintf(sql, sizeof(sql),
		 "SELECT COUNT(*) FROM program_secret WHERE secret_hash = UNHEX('%s')", hex);
	assert_int_equal(count(sql), 1);
	crypto_hash_sha256(hash, token, sizeof(token));
	hex_encode(hash, sizeof(hash), hex);
	snprintf(sql, sizeof(sql),
		 "SELECT COUNT(*) FROM program_token WHERE token_hash = UNHEX('%s')", hex);
	assert_int_equal(count(sql), 1);
	snprintf(sql, sizeof(sql), "SELECT COUNT(*) FROM audit_event WHERE leaf LIKE '%%%s%%'",
		 made.secret + 11);
	assert_int_equal(count(sql), 0);
}

static int setup(void **state)
{
	int failed = people_setup(state);

	enrol(&administrator, "programs.admin");
	test_db_script("INSERT INTO role_grant (id, role, user_id, event_id) SELECT "
		       "UNHEX(MD5('programs')), 'administrator', id, UNHEX(MD5('e')) FROM user "
		       "WHERE login = 'programs.admin'");
	return failed;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_may_what_it_asked_for_and_has),
		cmocka_unit_test(what_a_program_does_is_recorded_as_its_doing),
		cmocka_unit_test(the_longest_name_signs_in),
		cmocka_unit_test(what_does_not_fit_is_refused_and_recorded),
		cmocka_unit_test(a_wrong_secret_and_an_unknown_name_look_the_same),
		cmocka_unit_test(only_client_credentials_are_understood),
		cmocka_unit_test(an_access_token_ends),
		cmocka_unit_test(a_token_works_where_both_it_and_its_program_do),
		cmocka_unit_test(a_program_gives_back_its_own_token_only),
		cmocka_unit_test(two_secrets_at_once_and_the_old_one_is_revoked),
		cmocka_unit_test(switched_off_and_deleted_at_once),
		cmocka_unit_test(a_program_gets_nothing_that_is_for_people),
		cmocka_unit_test(a_secret_is_no_token_and_a_token_no_way_to_more),
		cmocka_unit_test(only_hashes_are_kept),
	};
	return cmocka_run_group_tests(tests, setup, people_teardown);
}
