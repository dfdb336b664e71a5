/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/audit.h"
#include "auth/break_glass.h"
#include "auth/token.h"
#include "notify/notify.h"
#include "tests/unit/auth/passkeys.h"

/* The accounts for when nothing else lets anybody in, over the whole way of a sign-in. */

enum { SYNCED = WEBAUTHN_UP | WEBAUTHN_UV | WEBAUTHN_BE };
static const char here[] = "192.0.2.0/24 2001:db8::/32";

struct setting {
	const char *login, *networks; /* networks NULL: no more */
};

static enum err set(struct ctx *ctx, void *arg)
{
	const struct setting *setting = arg;
	struct audit audit;

	audit_init(&audit, EVENT_BREAK_GLASS_SET);
	enum err err = setting->networks
			       ? break_glass_set(ctx, &audit, setting->login, setting->networks)
			       : break_glass_end(ctx, &audit, setting->login);
	return err == ERR_OK ? audit_append(ctx, &audit) : err;
}

static enum err set_up(const char *login, const char *networks)
{
	struct setting setting = {login, networks};

	return db_transaction(&base, set, &setting);
}

/* The passkey alone, from there. */
static struct answer from(const char *peer, const struct owner *owner, struct soft_say say)
{
	struct answer asked = challenge_for("auth.passkey_challenge", NULL);
	struct ask ask = {.op = "auth.passkey_sign_in", .peer = peer};

	answer_fields(&ask, 0, &owner->key, say, &asked, &owner->person.id);
	return run(&ask);
}

static int64_t alarms(const char *outcome)
{
	return strcmp(outcome, "ok") == 0
		       ? count("SELECT COUNT(*) FROM audit_event WHERE event = 'auth.break_glass' "
			       "AND outcome = 'ok'")
		       : count("SELECT COUNT(*) FROM audit_event WHERE event = 'auth.break_glass' "
			       "AND outcome = 'refused'");
}

static void the_key_from_a_listed_network_is_the_only_way_in(void **state)
{
	struct owner glass;
	struct person admin;

	(void)state;
	enrol(&admin, "glass.admin");
	make_administrator("glass.admin");
	own(&glass, "glass.one", WEBAUTHN_ES256);
	assert_int_equal(set_up("glass.one", here), ERR_OK);
	/* What they had open is over. */
	assert_int_equal(
		run(&(struct ask){.op = "auth.sign_out", .cookie = glass.person.session}).err,
		ERR_UNAUTHENTICATED);
	test_db_script("DELETE FROM mail_outbox");
	struct answer in = from("192.0.2.7", &glass, (struct soft_say){.count = 2});
	assert_int_equal(in.err, ERR_OK);
	assert_true(in.has_session);
	assert_int_equal(alarms("ok"), 1);
	assert_int_equal(count("SELECT COUNT(*) FROM mail_outbox o JOIN user u ON u.id = o.user_id "
			       "WHERE o.kind = 'break_glass' AND u.login = 'glass.admin' AND "
			       "o.detail = 'glass.one'"),
			 1);

	assert_int_equal(from("203.0.113.7", &glass, (struct soft_say){.count = 3}).err,
			 ERR_UNAUTHENTICATED);
	assert_int_equal(refused_for("auth.break_glass", "break_glass.network"), 1);
	code_for(glass.person.seed, 0);
	forget_step("glass.one");
	struct answer got =
		sign_in(&glass.person, good, code_now, glass.person.device, "192.0.2.7");
	assert_int_equal(got.err, ERR_UNAUTHENTICATED);
	assert_false(got.has_session);
	got = second(&glass.person, good, &glass.key, (struct soft_say){.count = 4});
	assert_int_equal(got.err, ERR_UNAUTHENTICATED);
	assert_int_equal(refused_for("auth.sign_in_refused", BREAK_GLASS_KEY_ONLY), 2);
	assert_int_equal(alarms("refused"), 1);
	soft_key_clear(&glass.key);
}

static struct answer make_token(const struct person *person)
{
	static const char *const scopes[] = {"user.view"};

	return run(&(struct ask){.op = "api_tokens.create",
				 .cookie = person->session,
				 .values = {TEXT("script"),
					    {.set = true, .texts = scopes, .number = 1},
					    {.set = false},
					    {.set = true, .number = 30}}});
}

static enum err use_token(const uint8_t *token)
{
	struct principal who;

	return credential_principal(&base, CREDENTIAL_TOKEN, (struct block){token, TOKEN_SECRET},
				    (struct block){(const uint8_t *)"192.0.2.7", 9}, USE_LOOK,
				    &who);
}

static void neither_tokens_nor_links_are_a_way_round(void **state)
{
	struct owner glass;
	enum credential kind = CREDENTIAL_COOKIE;
	uint8_t token[TOKEN_SECRET];
	char link[44], seed[64];

	(void)state;
	test_db_script("DELETE FROM break_glass");
	own(&glass, "glass.token", WEBAUTHN_ES256);
	make_administrator("glass.token");
	struct answer made = make_token(&glass.person);
	assert_int_equal(made.err, ERR_OK);
	assert_true(token_read(made.body, &kind, token));
	assert_int_equal(use_token(token), ERR_OK);
	assert_int_equal(set_up("glass.token", here), ERR_OK);
	assert_int_equal(use_token(token), ERR_UNAUTHENTICATED);

	struct answer in = from("192.0.2.7", &glass, (struct soft_say){.count = 2});
	memcpy(glass.person.session, in.session, sizeof(in.session));
	assert_string_equal(make_token(&glass.person).reason, BREAK_GLASS_KEY_ONLY);

	get_token(&glass.person.id, link);
	get_seed(link, seed);
	code_for(seed, 0);
	struct answer enrolled = run(&(struct ask){.op = "enrolment.complete",
						   .secret = renewed,
						   .values = {TEXT(link), TEXT(code_now)}});
	assert_string_equal(enrolled.reason, BREAK_GLASS_KEY_ONLY);
	soft_key_clear(&glass.key);
}

static void a_password_nobody_knows_any_more_closes_nothing(void **state)
{
	struct owner glass;
	struct soft_key another;

	(void)state;
	test_db_script("DELETE FROM break_glass; UPDATE break_glass_use SET acknowledged_at = "
		       "UTC_TIMESTAMP(6)");
	own(&glass, "glass.old", WEBAUTHN_ES256);
	make_administrator("glass.old");
	assert_int_equal(set_up("glass.old", here), ERR_OK);
	test_db_script("UPDATE auth_password p JOIN user u ON u.id = p.user_id "
		       "SET p.must_change = TRUE WHERE u.login = 'glass.old'");
	struct answer in = from("192.0.2.7", &glass, (struct soft_say){.count = 2});
	struct ask ask = {.op = "break_glass.acknowledge", .cookie = in.session};
	assert_string_equal(run(&ask).reason, "break_glass.nothing"); /* it may */
	/* Nor does the session leave another way in behind. */
	soft_key_make(&another, WEBAUTHN_ES256);
	struct answer got =
		add(&another, (struct soft_say){.flags = WEBAUTHN_UP | WEBAUTHN_UV | WEBAUTHN_AT},
		    in.session);
	assert_string_equal(got.reason, BREAK_GLASS_KEY_ONLY);
	/* A wrong signature is no key, and no alarm. */
	int64_t before = count("SELECT COUNT(*) FROM break_glass_use");
	struct owner forger = {.person = glass.person, .key = glass.key};
	got = from("192.0.2.7", &forger, (struct soft_say){.count = 3, .signature_off = true});
	assert_int_equal(got.err, ERR_UNAUTHENTICATED);
	assert_int_equal(count("SELECT COUNT(*) FROM break_glass_use"), before);
	soft_key_clear(&another);
	soft_key_clear(&glass.key);
}

static void neither_lanes_nor_guessing_hold_it_up(void **state)
{
	struct owner glass;

	(void)state;
	test_db_script("DELETE FROM break_glass");
	own(&glass, "glass.guessed", WEBAUTHN_ES256);
	assert_int_equal(set_up("glass.guessed", here), ERR_OK);
	for (int i = 0; i < 8; i++)
		(void)sign_in(&glass.person, "wrong-password-here", "000000", NULL, "192.0.2.7");
	struct answer in = from("192.0.2.7", &glass, (struct soft_say){.count = 2});
	assert_int_equal(in.err, ERR_OK);
	soft_key_clear(&glass.key);
}

static void a_key_that_is_copied_is_not_enough(void **state)
{
	struct owner glass;
	struct soft_key synced;

	(void)state;
	test_db_script("DELETE FROM break_glass");
	own(&glass, "glass.synced", WEBAUTHN_ES256);
	soft_key_make(&synced, WEBAUTHN_ES256);
	struct answer got = add(&synced, (struct soft_say){.flags = SYNCED | WEBAUTHN_AT},
				glass.person.session);
	assert_int_equal(got.err, ERR_OK);
	assert_int_equal(set_up("glass.synced", here), ERR_OK);
	struct owner other = {.person = glass.person, .key = synced};
	got = from("192.0.2.7", &other, (struct soft_say){.flags = SYNCED});
	assert_int_equal(got.err, ERR_UNAUTHENTICATED);
	assert_int_equal(refused_for("auth.break_glass", "break_glass.key"), 1);
	soft_key_clear(&synced);
	soft_key_clear(&glass.key);
}

static void there_are_two_at_most_and_each_can_sign_in(void **state)
{
	struct owner owners[3];
	static const char *const logins[] = {"glass.a", "glass.b", "glass.c"};
	struct person without;

	(void)state;
	test_db_script("DELETE FROM break_glass");
	for (size_t i = 0; i < 3; i++)
		own(&owners[i], logins[i], WEBAUTHN_ES256);
	enrol(&without, "glass.no.key");
	assert_int_equal(set_up("glass.no.key", here), ERR_CONFLICT);
	assert_int_equal(set_up("glass.nobody", here), ERR_NOT_FOUND);
	assert_int_equal(set_up("glass.a", ""), ERR_INPUT);
	assert_int_equal(set_up("glass.a", "192.0.2.0/24 anywhere"), ERR_INPUT);
	assert_int_equal(set_up("glass.a", here), ERR_OK);
	assert_int_equal(set_up("glass.b", here), ERR_OK);
	assert_int_equal(set_up("glass.c", here), ERR_CONFLICT);
	assert_int_equal(set_up("glass.a", "198.51.100.0/24"), ERR_OK); /* other networks */
	assert_int_equal(set_up("glass.b", NULL), ERR_OK);
	assert_int_equal(set_up("glass.b", NULL), ERR_NOT_FOUND);
	assert_int_equal(set_up("glass.c", here), ERR_OK);
	for (size_t i = 0; i < 3; i++)
		soft_key_clear(&owners[i].key);
}

static void somebody_else_acknowledges_its_use(void **state)
{
	struct owner glass;
	struct person admin;
	struct ask ask = {.op = "break_glass.acknowledge"};

	(void)state;
	test_db_script("DELETE FROM break_glass; UPDATE break_glass_use SET acknowledged_at = "
		       "UTC_TIMESTAMP(6)");
	enrol(&admin, "glass.sees");
	make_administrator("glass.sees");
	own(&glass, "glass.seen", WEBAUTHN_ES256);
	make_administrator("glass.seen");
	assert_int_equal(set_up("glass.seen", here), ERR_OK);
	ask.cookie = admin.session;
	assert_string_equal(run(&ask).reason, "break_glass.nothing");
	struct answer in = from("192.0.2.7", &glass, (struct soft_say){.count = 2});
	ask.cookie = in.session;
	assert_string_equal(run(&ask).reason, "break_glass.nothing");
	ask.cookie = admin.session;
	assert_int_equal(run(&ask).err, ERR_OK);
	assert_string_equal(run(&ask).reason, "break_glass.nothing");
	soft_key_clear(&glass.key);
}

static int setup(void **state)
{
	int failed = people_setup(state);

	base.on_audit = notify_on_audit;
	return failed;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_key_from_a_listed_network_is_the_only_way_in),
		cmocka_unit_test(neither_tokens_nor_links_are_a_way_round),
		cmocka_unit_test(a_password_nobody_knows_any_more_closes_nothing),
		cmocka_unit_test(neither_lanes_nor_guessing_hold_it_up),
		cmocka_unit_test(a_key_that_is_copied_is_not_enough),
		cmocka_unit_test(there_are_two_at_most_and_each_can_sign_in),
		cmocka_unit_test(somebody_else_acknowledges_its_use),
	};

	return cmocka_run_group_tests(tests, setup, people_teardown);
}
