/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/auth/people.h"

#include <unistd.h>

#include "auth/adaptive.h"
#include "auth/federation.h"
#include "auth/federation_rules.h"
#include "auth/federation_session.h"
#include "auth/federation_sql.h"
#include "auth/federation_step_up.h"
#include "auth/handlers.h"
#include "auth/identity_api.h"
#include "auth/mail_code.h"
#include "auth/notice_meter.h"
#include "auth/session.h"
#include "base/arena.h"
#include "base/secret.h"
#include "base/sys.h"
#include "rbac/grant.h"
#include "rbac/principal.h"
#include "rbac/role.h"

/* What follows from what an identity provider said, whatever its kind. */

static struct identity_provider provider;
static struct in nobody = {.peer = {(const uint8_t *)"192.0.2.9", 9}, .user_agent = "test"};

static void store(void)
{
	static const struct uuid event = {{1}};

	assert_int_equal(federation_sql_store(&base, &provider, &event), ERR_OK);
}

/* A provider without rules, enabled. */
static void fresh_provider(enum federation_kind kind)
{
	static const struct uuid event = {{1}};

	arena_reset(base.arena);
	provider = (struct identity_provider){.id = uuid_v7(),
					      .kind = kind,
					      .name = "Example",
					      .state = "enabled",
					      .issuer = "https://id.example",
					      .client_id = "sekisho",
					      .addresses = "",
					      .link_attribute = "",
					      .login_attribute = "",
					      .login_suffix = "",
					      .display_attribute = "",
					      .contexts = "",
					      .metadata_url = ""};
	assert_int_equal(federation_sql_insert(&base, &provider, &event), ERR_OK);
	store();
}

/* Up to four attributes of one value each; a '*' in front of a name: ambiguous. */
struct said {
	const char *subject, *context, *session;
	const char *names[4], *values[4];
};

static struct federated_identity identity_of(const struct said *said)
{
	static struct federated_attribute attributes[4];
	static const char *values[4], *contexts[1];
	struct federated_identity identity = {
		.subject = said->subject, .display = "somebody", .session = said->session};

	for (size_t i = 0; i < 4 && said->names[i]; i++) {
		values[i] = said->values[i];
		attributes[i] = (struct federated_attribute){.name = said->names[i] +
								     (said->names[i][0] == '*'),
							     .values = &values[i],
							     .count = 1,
							     .ambiguous = said->names[i][0] == '*'};
		identity.attribute_count = i + 1;
	}
	contexts[0] = said->context;
	identity.attributes = attributes;
	identity.contexts = contexts;
	identity.context_count = said->context ? 1 : 0;
	return identity;
}

static struct federation_decision decide(const struct said *said)
{
	struct federation_decision decision;
	struct federated_identity identity = identity_of(said);

	assert_int_equal(federation_decide(&base, &provider, &identity, &decision), ERR_OK);
	return decision;
}

static void assert_decided(const struct said *said, enum federation_next next, const char *why)
{
	struct federation_decision decision = decide(said);

	if (decision.next != next)
		fail_msg("%s: decided %d (%s)", said->subject, decision.next,
			 decision.why ? decision.why : "-");
	if (why)
		assert_string_equal(decision.why, why);
	else
		assert_null(decision.why);
}

static struct federation_begun begin(enum federation_purpose purpose, const struct uuid *session)
{
	struct federation_begun begun;

	assert_int_equal(federation_begin(&base, &provider.id, purpose, session, &begun), ERR_OK);
	return begun;
}

static struct block cookie_of(const struct federation_begun *begun, uint8_t bytes[32])
{
	assert_int_equal(base64url_decode(begun->browser, 43, bytes, 32), 32);
	return (struct block){bytes, 32};
}

/* Signs in with what was said; *out as a handler fills it. */
static enum err finish(const struct said *said, struct out *out)
{
	struct federation_begun begun = begin(FEDERATION_SIGN_IN, NULL);
	struct federated_identity identity = identity_of(said);

	*out = (struct out){.secret_fd = -1};
	return federation_finish(&base, &nobody, &begun.txn, &identity, NULL, out);
}

static const char *location_of(const struct out *out)
{
	assert_int_equal(out->field_count, 1);
	assert_string_equal(out->fields[0].name, "location");
	return out->fields[0].text;
}

/* Of a text that is made: count() keeps what it was given. */
static int64_t count_made(const char *sql)
{
	static char kept[64][320];
	static int used;

	for (int i = 0; i < used; i++)
		if (strcmp(kept[i], sql) == 0)
			return count(kept[i]);
	assert_true(used < 64);
	snprintf(kept[used], sizeof(kept[used]), "%s", sql);
	return count(kept[used++]);
}

static int64_t recorded(const char *reason)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
		 "SELECT COUNT(*) FROM audit_event WHERE event = 'auth.sign_in_refused' AND "
		 "leaf LIKE '%%\"reason\":\"%s\"%%'",
		 reason);
	return count_made(sql);
}

static void assert_recorded(const char *reason, int64_t times)
{
	assert_int_equal(recorded(reason), times);
}

static void link_by_owner(struct person *person, const char *subject)
{
	struct federated_identity identity = identity_of(&(struct said){.subject = subject});
	static const struct uuid event = {{1}};

	assert_int_equal(federation_sql_add_link(&base, &provider.id, &identity, &person->id,
						 "owner", &event),
			 ERR_OK);
}

/* --- */

static void an_answer_is_taken_once_in_time_and_from_its_browser(void **state)
{
	struct federation_txn txn;
	const char *why;
	uint8_t bytes[32], other[32] = {7};

	(void)state;
	fresh_provider(FEDERATION_OIDC);
	struct federation_begun begun = begin(FEDERATION_SIGN_IN, NULL);
	struct block cookie = cookie_of(&begun, bytes);
	assert_int_equal(federation_take(&base, begun.state, cookie, &txn, &why), ERR_OK);
	assert_null(why);
	assert_memory_equal(txn.nonce, begun.txn.nonce, 32);
	assert_memory_equal(txn.verifier, begun.txn.verifier, 32);
	assert_true(uuid_equal(&txn.provider_id, &provider.id));
	assert_int_equal(federation_take(&base, begun.state, cookie, &txn, &why), ERR_OK);
	assert_string_equal(why, "federation.replayed");
	assert_int_equal(federation_take(&base, "invented", cookie, &txn, &why), ERR_OK);
	assert_string_equal(why, "federation.state");
	assert_true(uuid_is_nil(&txn.id));
	assert_int_equal(federation_take(&base, "", cookie, &txn, &why), ERR_OK);
	assert_string_equal(why, "federation.state");

	const struct block foreign[] = {{other, 32}, {NULL, 0}, {bytes, 31}};
	for (size_t i = 0; i < 3; i++) {
		begun = begin(FEDERATION_SIGN_IN, NULL);
		assert_int_equal(federation_take(&base, begun.state, foreign[i], &txn, &why),
				 ERR_OK);
		assert_string_equal(why, "federation.browser");
		/* and now it is spent for everybody */
		assert_int_equal(
			federation_take(&base, begun.state, cookie_of(&begun, bytes), &txn, &why),
			ERR_OK);
		assert_string_equal(why, "federation.replayed");
	}
	begun = begin(FEDERATION_SIGN_IN, NULL);
	test_db_script("UPDATE federation_txn SET expires_at = UTC_TIMESTAMP(6) - INTERVAL 1 "
		       "SECOND WHERE answered_at IS NULL");
	assert_int_equal(federation_take(&base, begun.state, cookie_of(&begun, bytes), &txn, &why),
			 ERR_OK);
	assert_string_equal(why, "federation.expired");
}

static void nothing_that_travels_is_stored(void **state)
{
	struct federation_begun begun;
	char sql[256];

	(void)state;
	fresh_provider(FEDERATION_OIDC);
	begun = begin(FEDERATION_SIGN_IN, NULL);
	snprintf(sql, sizeof(sql),
		 "SELECT COUNT(*) FROM federation_txn WHERE state_hash = '%s' OR "
		 "HEX(browser_hash) LIKE '%s%%'",
		 begun.state, begun.browser);
	assert_int_equal(count(arena_strdup(base.arena, sql)), 0);
}

static void an_identifier_counts_once(void **state)
{
	bool is_new;
	const struct block id = {(const uint8_t *)"jti-1", 5};

	(void)state;
	fresh_provider(FEDERATION_OIDC);
	assert_int_equal(federation_once(&base, &provider.id, id, sys_real_us(), &is_new), ERR_OK);
	assert_true(is_new);
	assert_int_equal(federation_once(&base, &provider.id, id, sys_real_us(), &is_new), ERR_OK);
	assert_false(is_new);
}

static void without_a_rule_only_who_is_linked_gets_in(void **state)
{
	struct person person;

	(void)state;
	fresh_provider(FEDERATION_OIDC);
	enrol(&person, "plain");
	const struct said said = {
		.subject = "s-plain", .names = {"preferred_username"}, .values = {"plain"}};
	assert_decided(&said, FEDERATION_REFUSED, "federation.not_linked");
	link_by_owner(&person, "s-plain");
	assert_decided(&said, FEDERATION_KNOWN, NULL);
	struct federation_decision decision = decide(&said);
	assert_true(uuid_equal(&decision.user.id, &person.id));
	/* exact: a subject is bytes */
	assert_decided(&(struct said){.subject = "S-PLAIN"}, FEDERATION_REFUSED,
		       "federation.not_linked");
	assert_decided(&(struct said){.subject = "s-plain "}, FEDERATION_REFUSED,
		       "federation.not_linked");
	test_db_script("UPDATE user SET state = 'disabled' WHERE login = 'plain'");
	assert_decided(&said, FEDERATION_REFUSED, "federation.not_active");
}

static void another_providers_subject_is_nobody(void **state)
{
	struct person person;

	(void)state;
	fresh_provider(FEDERATION_OIDC);
	enrol(&person, "one.provider");
	link_by_owner(&person, "shared");
	fresh_provider(FEDERATION_OIDC);
	assert_decided(&(struct said){.subject = "shared"}, FEDERATION_REFUSED,
		       "federation.not_linked");
}

static void a_rule_links_whom_it_names_and_nobody_else(void **state)
{
	static const struct {
		const char *name, *value, *why;
	} cases[] = {
		{"*upn", "ruled@corp.example", "federation.attribute"},
		{"other", "ruled@corp.example", "federation.attribute"},
		{"upn", "", "federation.attribute"},
		{"upn", "ruled", "federation.login_form"},
		{"upn", "ruled@evil.example", "federation.login_form"},
		{"upn", "ruled@corp.example.evil", "federation.login_form"},
		{"upn", "@corp.example", "federation.login_form"},
		{"upn", "RULED@corp.example", "federation.login_form"},
		{"upn", "ruled\n@corp.example", "federation.login_form"},
		{"upn", "absent@corp.example", "federation.nobody"},
	};
	struct person person;

	(void)state;
	fresh_provider(FEDERATION_OIDC);
	provider.link_attribute = "upn";
	provider.login_suffix = "@corp.example";
	store();
	enrol(&person, "ruled");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_decided(&(struct said){.subject = "s-ruled",
					      .names = {cases[i].name},
					      .values = {cases[i].value}},
			       FEDERATION_REFUSED, cases[i].why);
	/* the same name twice */
	assert_decided(&(struct said){.subject = "s-ruled",
				      .names = {"upn", "upn"},
				      .values = {"ruled@corp.example", "x@corp.example"}},
		       FEDERATION_REFUSED, "federation.attribute");
	const struct said right = {
		.subject = "s-ruled", .names = {"upn"}, .values = {"ruled@corp.example"}};
	assert_decided(&right, FEDERATION_BY_RULE, NULL);
	/* once linked, another subject with the same name is somebody else */
	link_by_owner(&person, "s-ruled");
	assert_decided(&(struct said){.subject = "s-other",
				      .names = {"upn"},
				      .values = {"ruled@corp.example"}},
		       FEDERATION_REFUSED, "federation.subject_changed");
}

static void a_rule_never_links_the_privileged(void **state)
{
	struct person person;

	(void)state;
	fresh_provider(FEDERATION_OIDC);
	provider.link_attribute = "preferred_username";
	store();
	enrol(&person, "boss");
	test_db_script("INSERT INTO role_grant (id, role, user_id, event_id) SELECT "
		       "UNHEX('0190000000007000800000000000aa01'), 'auditor', id, "
		       "UNHEX('00000000000000000000000000000000') FROM user WHERE login = 'boss'");
	assert_decided(&(struct said){.subject = "s-boss",
				      .names = {"preferred_username"},
				      .values = {"boss"}},
		       FEDERATION_REFUSED, "federation.privileged");
}

static void an_address_nobody_verified_links_nobody(void **state)
{
	struct person person;
	struct said said = {.subject = "s-mail",
			    .names = {"email", "email_verified"},
			    .values = {"mailed@corp.example", "false"}};

	(void)state;
	fresh_provider(FEDERATION_OIDC);
	provider.link_attribute = "email";
	provider.login_suffix = "@corp.example";
	store();
	enrol(&person, "mailed");
	assert_decided(&said, FEDERATION_REFUSED, "federation.mail_unverified");
	said.names[1] = NULL;
	assert_decided(&said, FEDERATION_REFUSED, "federation.mail_unverified");
	said.names[1] = "*email_verified";
	said.values[1] = "true";
	assert_decided(&said, FEDERATION_REFUSED, "federation.mail_unverified");
	said.names[1] = "email_verified";
	assert_decided(&said, FEDERATION_BY_RULE, NULL);
	provider.kind = FEDERATION_SAML; /* says nothing of who verified it */
	assert_decided(&said, FEDERATION_REFUSED, "federation.mail_unverified");
}

static void a_provider_is_trusted_for_the_second_factor_only_as_written(void **state)
{
	static const struct {
		const char *contexts, *said;
		bool trusts, trusted;
	} cases[] = {
		{"mfa urn:x:hw", "mfa", true, true},
		{"mfa urn:x:hw", "urn:x:hw", true, true},
		{"mfa urn:x:hw", "urn:x", true, false},
		{"mfa", "mfa2", true, false},
		{"mfa", "MFA", true, false},
		{"mfa", "", true, false},
		{"", "mfa", true, false},
		{"mfa", "mfa", false, false},
		{"mfa", NULL, true, false},
	};

	(void)state;
	fresh_provider(FEDERATION_OIDC);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct federated_identity identity =
			identity_of(&(struct said){.subject = "s", .context = cases[i].said});
		provider.contexts = cases[i].contexts;
		provider.trusts_second = cases[i].trusts;
		assert_int_equal(federation_second_trusted(&provider, &identity), cases[i].trusted);
	}
}

static void somebody_linked_is_asked_for_the_own_second_factor(void **state)
{
	struct person person;
	struct out out;

	(void)state;
	fresh_provider(FEDERATION_OIDC);
	enrol(&person, "second");
	link_by_owner(&person, "s-second");
	assert_int_equal(finish(&(struct said){.subject = "s-second", .context = "mfa"}, &out),
			 ERR_OK);
	assert_null(out.set_session);
	assert_false(out.clear_flow);
	assert_string_equal(location_of(&out), "/signin/second");
	assert_int_equal(count("SELECT COUNT(*) FROM federation_txn WHERE proven_at IS NOT NULL"),
			 1);
	provider.trusts_second = true;
	provider.contexts = "mfa";
	store();
	assert_int_equal(finish(&(struct said){.subject = "s-second", .context = "pwd"}, &out),
			 ERR_OK);
	assert_null(out.set_session);
	assert_int_equal(finish(&(struct said){.subject = "s-second", .context = "mfa"}, &out),
			 ERR_OK);
	assert_non_null(out.set_session);
	assert_non_null(out.set_device);
	assert_true(out.clear_flow);
	assert_string_equal(location_of(&out), "/");
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = 'auth.sign_in' AND "
			       "leaf LIKE '%\"factor\":\"oidc\"%'"),
			 1);
}

/* Their proven first step, as the browser goes on with it. */
static struct in at_second(const struct said *said, uint8_t bytes[32])
{
	struct federation_begun begun = begin(FEDERATION_SIGN_IN, NULL);
	struct federated_identity identity = identity_of(said);
	struct out out = {.secret_fd = -1};
	struct in in = nobody;

	assert_int_equal(federation_finish(&base, &nobody, &begun.txn, &identity, NULL, &out),
			 ERR_OK);
	assert_string_equal(location_of(&out), "/signin/second");
	in.flow = cookie_of(&begun, bytes);
	return in;
}

static void a_code_by_mail_is_a_second_step_where_it_is_switched_on(void **state)
{
	const struct said said = {.subject = "s-mailed"};
	static const struct field code[] = {{"code", FIELD_TEXT, FIELD_REQUIRED, 8, 8, NULL, NULL},
					    {NULL, 0, 0, 0, 0, NULL, NULL}};
	const struct op op = {.fields = code};
	struct out out = {.secret_fd = -1};
	uint8_t bytes[32], other[32];
	struct secret *mailed = NULL;
	struct person person;
	char text[MAIL_CODE_TEXT] = "";
	int fd = -1;

	(void)state;
	fresh_provider(FEDERATION_OIDC);
	enrol(&person, "by.mail");
	link_by_owner(&person, "s-mailed");
	struct in in = at_second(&said, bytes);
	in.op = &op;
	assert_int_equal(auth_run_second_mail_code(&base, &in, &out), ERR_CONFLICT);
	assert_string_equal(base.error.reason, "mail_code.off");
	test_db_script("UPDATE adaptive_policy SET mail_code = TRUE");
	test_db_script("UPDATE mail_server SET host = 'mail.example', sender = 'a@b'");
	/* The address is not theirs yet: the same answer, and none is sent. */
	assert_int_equal(auth_run_second_mail_code(&base, &in, &out), ERR_OK);
	assert_int_equal(count("SELECT COUNT(*) FROM mail_code"), 0);
	assert_recorded("mail_code.no_address", 1);
	test_db_script("UPDATE user SET email = 'by.mail@example.org', email_confirmed_at = "
		       "UTC_TIMESTAMP(6) WHERE login = 'by.mail'");
	assert_int_equal(auth_run_second_mail_code(&base, &in, &out), ERR_OK);
	struct uuid id = find_id("SELECT id FROM mail_code");
	assert_int_equal(mail_code_hand(&base, &id, &fd), ERR_OK);
	assert_int_equal(secret_read_fd(fd, 64, 1000, &mailed), ERR_OK);
	close(fd);
	memcpy(text, secret_bytes(mailed), MAIL_CODE_DIGITS);
	secret_free(mailed);
	/* Another browser's sign-in is not the one that asked. */
	struct in elsewhere = at_second(&said, other);
	elsewhere.op = &op;
	elsewhere.values[0] = in.values[0] = (struct value)TEXT(text);
	assert_int_equal(auth_run_second_mail(&base, &elsewhere, &out), ERR_UNAUTHENTICATED);
	assert_recorded("mail_code.browser", 1);
	assert_int_equal(auth_run_second_mail(&base, &in, &out), ERR_OK);
	assert_non_null(out.set_session);
	assert_true(out.clear_flow);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = 'auth.sign_in' AND "
			       "leaf LIKE '%\"factor\":\"oidc+mail_code\"%'"),
			 1);
	test_db_script("UPDATE adaptive_policy SET mail_code = FALSE");
}

/* A habit of a hundred days that has nothing in common with what comes. */
static void live_elsewhere(const struct person *person)
{
	struct risk_profile profile = {0};
	uint8_t bytes[RISK_PROFILE_BYTES];
	uint16_t today = (uint16_t)(sys_real_us() / 1000000 / 86400);

	for (uint16_t day = (uint16_t)(today - 100); day < today; day++) {
		struct risk_look look = {{5000, 0, 0, 5001, 5002, 5003, 0}, day, RISK_NO_HOUR};
		risk_learn(&profile, &look);
	}
	risk_profile_write(&profile, bytes);
	assert_int_equal(
		adaptive_sql_save(&base, &person->id, (struct block){bytes, sizeof(bytes)}),
		ERR_OK);
}

static void an_unusual_sign_in_is_asked_for_the_second_factor_of_here(void **state)
{
	const struct said said = {.subject = "s-unusual", .context = "mfa"};
	struct conf mine = conf;
	struct person person;
	struct out out;

	(void)state;
	fresh_provider(FEDERATION_OIDC);
	provider.trusts_second = true;
	provider.contexts = "mfa";
	store();
	enrol(&person, "unusual");
	link_by_owner(&person, "s-unusual");
	base.conf = &mine;
	mine.adaptive_sign_in = CONF_ADAPTIVE_AUDIT;
	assert_int_equal(finish(&said, &out), ERR_OK);
	assert_non_null(out.set_session);
	assert_int_equal(
		count("SELECT COUNT(*) FROM audit_event WHERE event = 'auth.sign_in' AND "
		      "object_name = 'unusual' AND leaf LIKE '%\"risk_action\":\"step_up\"%'"),
		1);
	mine.adaptive_sign_in = CONF_ADAPTIVE_ENFORCE;
	assert_int_equal(finish(&said, &out), ERR_OK);
	assert_null(out.set_session);
	assert_false(out.clear_flow);
	assert_string_equal(location_of(&out), "/signin/second");
	assert_int_equal(
		count("SELECT COUNT(*) FROM audit_event WHERE event = "
		      "'auth.provider_answered' AND leaf LIKE '%\"second\":\"asked\"%' AND "
		      "leaf LIKE '%\"risk_action\":\"step_up\"%'"),
		1);
	/* Nothing here to ask for: the provider's word is the strongest there is. */
	test_db_script("UPDATE auth_totp SET confirmed_at = NULL");
	assert_int_equal(finish(&said, &out), ERR_OK);
	assert_non_null(out.set_session);
	/* Wholly strange: refused, and recorded with what it was made of. */
	live_elsewhere(&person);
	assert_int_equal(finish(&said, &out), ERR_UNAUTHENTICATED);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.sign_in_refused' AND leaf LIKE '%sign_in.unusual%' AND "
			       "leaf LIKE '%\"risk\":\"risk=%'"),
			 1);
	base.conf = &conf;
}

/* Signs in twice at one provider, in sessions x-1 and x-2, and once where it named none. */
static void sign_in_thrice(const char *subject)
{
	static const char *const sessions[] = {"x-1", "x-2", NULL};
	struct out out;

	provider.trusts_second = true;
	provider.contexts = "mfa";
	store();
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(finish(&(struct said){.subject = subject,
						       .context = "mfa",
						       .session = sessions[i]},
					&out),
				 ERR_OK);
}

static void assert_live(const char *login, const char *sessions)
{
	char sql[320];

	snprintf(sql, sizeof(sql),
		 "SELECT COALESCE((SELECT GROUP_CONCAT(f.sid ORDER BY f.sid) FROM "
		 "federation_session f JOIN auth_session s ON s.id = f.session_id JOIN user u ON "
		 "u.id = s.user_id WHERE s.ended_at IS NULL AND u.login = '%s'), 'none') = '%s'",
		 login, sessions);
	assert_int_equal(count_made(sql), 1);
}

static void sign_out(const char *subject, const char *session)
{
	const struct federation_whom whom = {subject, session};
	struct out out = {.secret_fd = -1};

	assert_int_equal(federation_sign_out(&base, &nobody, &provider, &whom, &out), ERR_OK);
}

static void a_provider_ends_the_sessions_that_it_means_and_no_others(void **state)
{
	struct person person, other;

	(void)state;
	fresh_provider(FEDERATION_OIDC);
	enrol(&person, "out.one");
	enrol(&other, "out.two");
	link_by_owner(&person, "s-out");
	link_by_owner(&other, "s-other");
	sign_in_thrice("s-out");
	sign_in_thrice("s-other");
	sign_out("nobody", "");
	sign_out("", "x-7");
	sign_out("nobody", "x-1");
	assert_live("out.one", ",x-1,x-2");
	sign_out("s-out", "x-1"); /* and what it never named */
	assert_live("out.one", "x-2");
	assert_live("out.two", ",x-1,x-2");
	sign_out("s-out", "");
	assert_live("out.one", "none");
	sign_out("", "x-2");
	assert_live("out.two", ",x-1");
	/* another provider's notice of the same name */
	struct uuid first = provider.id;
	fresh_provider(FEDERATION_OIDC);
	assert_false(uuid_equal(&first, &provider.id));
	sign_out("s-other", "");
	assert_live("out.two", ",x-1");
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.provider_signed_out'"),
			 8);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.provider_signed_out' AND leaf LIKE '%\"ended\":\"none\"%'"),
			 4);
}

static void junk_logout_messages_are_counted_and_not_all_recorded(void **state)
{
	bool recorded = true;
	int64_t sent = 0;

	(void)state;
	fresh_provider(FEDERATION_OIDC);
	for (sent = 0; recorded && sent < 1000; sent++)
		assert_int_equal(federation_refuse_sign_out(&base, &nobody, &provider,
							    "oidc.token_form", &recorded),
				 ERR_OK);
	assert_int_equal(sent, NOTICE_AT_ONCE + 1);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.provider_signed_out' AND leaf LIKE '%oidc.token_form%'"),
			 NOTICE_AT_ONCE);
}

static void what_was_left_out_is_told_with_the_next_that_is_recorded(void **state)
{
	static const int64_t minute = NOTICE_EVERY_S * INT64_C(1000000);
	struct notice_meter meter = {.lock = PTHREAD_MUTEX_INITIALIZER};
	const struct uuid one = {{1}}, two = {{2}};
	int64_t now = minute, left_out = 0, recorded = 0;

	(void)state;
	for (int i = 0; i < 1000; i++)
		recorded += notice_meter_take(&meter, &one, now, &left_out);
	assert_int_equal(recorded, NOTICE_AT_ONCE);
	assert_true(notice_meter_take(&meter, &two, now, &left_out));
	assert_int_equal(left_out, 0);
	assert_false(notice_meter_take(&meter, &one, now + minute - 1, &left_out));
	assert_true(notice_meter_take(&meter, &one, now + minute, &left_out));
	assert_int_equal(left_out, 1000 - NOTICE_AT_ONCE + 1);
	assert_false(notice_meter_take(&meter, &one, now + minute, &left_out));
	for (uint8_t i = 3; i < 255; i++) {
		const struct uuid other = {{i}};
		(void)notice_meter_take(&meter, &other, now, &left_out);
	}
	assert_int_equal(meter.count, NOTICE_METERS);
}

static void metadata_are_asked_for_by_one_in_a_while(void **state)
{
	bool mine = false;

	(void)state;
	fresh_provider(FEDERATION_OIDC);
	assert_int_equal(identity_metadata_failed(&base, &provider.id, "oidc.tls"), ERR_OK);
	assert_int_equal(identity_metadata_claim(&base, &provider.id, 60, &mine), ERR_OK);
	assert_false(mine);
	test_db_script("UPDATE identity_provider_metadata SET tried_at = UTC_TIMESTAMP(6) - "
		       "INTERVAL 61 SECOND");
	assert_int_equal(identity_metadata_claim(&base, &provider.id, 60, &mine), ERR_OK);
	assert_true(mine);
	assert_int_equal(identity_metadata_claim(&base, &provider.id, 60, &mine), ERR_OK);
	assert_false(mine);
}

static void who_waits_for_the_second_step_is_signed_out_too(void **state)
{
	struct person person;
	struct out out;

	(void)state;
	fresh_provider(FEDERATION_OIDC);
	enrol(&person, "out.waits");
	link_by_owner(&person, "s-waits");
	assert_int_equal(finish(&(struct said){.subject = "s-waits", .session = "x-5"}, &out),
			 ERR_OK);
	assert_int_equal(count("SELECT COUNT(*) FROM federation_txn WHERE subject = 's-waits' AND "
			       "sid = 'x-5' AND finished_at IS NULL"),
			 1);
	sign_out("s-waits", "x-6");
	assert_int_equal(count("SELECT COUNT(*) FROM federation_txn WHERE subject = 's-waits' AND "
			       "sid = 'x-5' AND finished_at IS NULL "),
			 1);
	sign_out("", "x-5");
	assert_int_equal(count("SELECT COUNT(*) FROM federation_txn WHERE subject = 's-waits' AND "
			       "sid = 'x-5' AND finished_at IS NULL  "),
			 0);
}

static void no_provider_lets_a_break_glass_account_in(void **state)
{
	const struct said said = {.subject = "s-glass", .context = "mfa"};
	struct person person;
	struct out out;

	(void)state;
	fresh_provider(FEDERATION_OIDC);
	enrol(&person, "glass");
	link_by_owner(&person, "s-glass");
	provider.trusts_second = true;
	provider.contexts = "mfa";
	store();
	assert_int_equal(finish(&said, &out), ERR_OK);
	assert_non_null(out.set_session);
	test_db_script(
		"INSERT INTO break_glass (slot, user_id, networks, set_at, event_id) SELECT 1, "
		"id, '192.0.2.0/24', UTC_TIMESTAMP(6), UNHEX(MD5('e')) FROM user WHERE login = "
		"'glass'");
	assert_int_equal(finish(&said, &out), ERR_UNAUTHENTICATED);
	assert_null(out.set_session);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.sign_in_refused' AND leaf LIKE '%break_glass.key_only%'"),
			 1);
}

static void without_any_second_factor_nobody_gets_in(void **state)
{
	struct person person;
	struct out out;

	(void)state;
	fresh_provider(FEDERATION_OIDC);
	enrol(&person, "bare");
	link_by_owner(&person, "s-bare");
	test_db_script("DELETE FROM auth_totp WHERE user_id = (SELECT id FROM user WHERE login = "
		       "'bare')");
	assert_int_equal(finish(&(struct said){.subject = "s-bare"}, &out), ERR_UNAUTHENTICATED);
	assert_string_equal(base.error.reason, "sign_in.failed");
	assert_recorded("federation.no_second_factor", 1);
}

static void every_refusal_answers_alike_and_leaves_nothing(void **state)
{
	struct out out;
	struct federation_begun begun;
	int64_t before = count("SELECT COUNT(*) FROM federated_identity");

	(void)state;
	fresh_provider(FEDERATION_OIDC);
	assert_int_equal(finish(&(struct said){.subject = "stranger"}, &out), ERR_UNAUTHENTICATED);
	assert_string_equal(base.error.reason, "sign_in.failed");
	assert_recorded("federation.not_linked", 1);
	provider.state = "disabled";
	store();
	assert_int_equal(finish(&(struct said){.subject = "stranger"}, &out), ERR_UNAUTHENTICATED);
	assert_recorded("federation.disabled", 1);
	provider.state = "enabled";
	store();
	begun = begin(FEDERATION_SIGN_IN, NULL);
	assert_int_equal(
		federation_finish(&base, &nobody, &begun.txn, NULL, "oidc.signature", &out),
		ERR_UNAUTHENTICATED);
	assert_recorded("oidc.signature", 1);
	assert_int_equal(federation_finish(&base, &nobody, NULL, NULL, "federation.state", &out),
			 ERR_UNAUTHENTICATED);
	assert_recorded("federation.state", 1);
	assert_null(out.set_session);
	assert_int_equal(count("SELECT COUNT(*) FROM federated_identity"), before);
}

static void map(const char *attribute, const char *value, const char *role, bool privileged)
{
	static const struct uuid event = {{1}};
	const struct identity_map row = {
		.attribute = attribute, .value = value, .role = role, .privileged = privileged};

	assert_int_equal(federation_sql_add_map(&base, &provider.id, &row, &event), ERR_OK);
}

static void somebody_new_is_made_only_where_that_is_on_and_a_factor_was_shown(void **state)
{
	struct out out;
	struct said said = {.subject = "s-new",
			    .context = "mfa",
			    .names = {"preferred_username", "name", "groups", "*dept"},
			    .values = {"newcomer", "New Comer", "ops", "admins"}};

	(void)state;
	fresh_provider(FEDERATION_OIDC);
	provider.login_attribute = "preferred_username";
	provider.display_attribute = "name";
	store();
	assert_decided(&said, FEDERATION_REFUSED, "federation.not_linked");
	provider.provision = true;
	assert_decided(&said, FEDERATION_REFUSED, "federation.no_second_factor");
	provider.trusts_second = true;
	provider.contexts = "mfa";
	store();
	map("groups", "ops", "user", false);
	map("groups", "ops", "approver", false);
	map("groups", "audit", "auditor", true);
	map("dept", "admins", "administrator", true);
	assert_decided(&said, FEDERATION_NEW, NULL);
	assert_int_equal(finish(&said, &out), ERR_OK);
	assert_non_null(out.set_session);
	assert_int_equal(count("SELECT COUNT(*) FROM user WHERE login = 'newcomer' AND "
			       "display_name = 'New Comer' AND state = 'active'"),
			 1);
	/* neither the privileged role that was not written as such, nor what came twice */
	assert_int_equal(count("SELECT COUNT(*) FROM role_grant g JOIN user u ON u.id = g.user_id "
			       "WHERE u.login = 'newcomer'"),
			 1);
	assert_int_equal(count("SELECT COUNT(*) FROM role_grant g JOIN user u ON u.id = g.user_id "
			       "WHERE u.login = 'newcomer' AND g.role = 'user'"),
			 1);
	/* from now on it is known */
	assert_decided(&said, FEDERATION_KNOWN, NULL);
	said.subject = "s-thief";
	assert_decided(&said, FEDERATION_REFUSED, "federation.login_taken");
}

/* One wrong password on a dozen names, from where the sign-ins of this file come. */
static void begin_campaign(void)
{
	struct secret *password = secret_from("Sommer2026!", 11);

	watch_free(base.watch);
	base.watch = watch_new();
	for (uint64_t i = 0; i < 12; i++) {
		const struct watch_try made = {"192.0.2.9", i * UINT64_C(0x9e3779b97f4a7c15),
					       LANE_UNKNOWN, true};
		struct guess guess = {.lane = LANE_UNKNOWN};
		watch_failed(base.watch, &made, password, sys_mono_us(), &guess);
	}
	secret_free(password);
}

static void somebody_new_who_is_refused_is_not_made(void **state)
{
	const struct said said = {.subject = "s-blocked",
				  .context = "mfa",
				  .names = {"preferred_username", "groups"},
				  .values = {"blocked", "audit"}};
	struct conf mine = conf;
	struct out out;

	(void)state;
	fresh_provider(FEDERATION_OIDC);
	provider.login_attribute = "preferred_username";
	provider.provision = provider.trusts_second = true;
	provider.contexts = "mfa";
	store();
	map("groups", "audit", "auditor", true);
	mine.adaptive_sign_in = CONF_ADAPTIVE_ENFORCE;
	base.conf = &mine;
	test_db_script("UPDATE adaptive_policy SET block = 4000");
	begin_campaign();
	assert_int_equal(finish(&said, &out), ERR_UNAUTHENTICATED);
	assert_null(out.set_session);
	assert_recorded("sign_in.unusual", 2); /* the other is of a case above */
	assert_int_equal(count("SELECT (SELECT COUNT(*) FROM user WHERE login = 'blocked') + "
			       "(SELECT COUNT(*) FROM federated_identity WHERE subject = "
			       "'s-blocked')"),
			 0);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = 'user.created' AND "
			       "object_name = 'blocked'"),
			 0);
	watch_free(base.watch);
	base.watch = watch_new();
	test_db_script("UPDATE adaptive_policy SET block = 6500");
	assert_int_equal(finish(&said, &out), ERR_OK);
	assert_non_null(out.set_session);
	base.conf = &conf;
}

/* --- Groups and roles at every sign-in --- */

static void assert_holds(const char *login, const char *holds)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
		 "SELECT COALESCE((SELECT GROUP_CONCAT(name ORDER BY name) FROM (SELECT g.name, "
		 "m.user_id FROM user_group_member m JOIN user_group g ON g.id = m.group_id UNION "
		 "ALL SELECT role, user_id FROM role_grant) h JOIN user u ON u.id = h.user_id "
		 "WHERE u.login = '%s'), 'nothing') = '%s'",
		 login, holds);
	if (count_made(sql) != 1)
		fail_msg("%s does not hold %s", login, holds);
}

static void make_group(const char *name, uint8_t number)
{
	char sql[320];

	snprintf(sql, sizeof(sql),
		 "INSERT IGNORE INTO user_group (id, name, created_at, updated_at, event_id) "
		 "VALUES (UNHEX('%032x'), '%s', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), "
		 "UNHEX(MD5('e')))",
		 number, name);
	test_db_script(sql);
}

static void map_group(const char *value, uint8_t number)
{
	static const struct uuid event = {{1}};
	struct identity_map row = {.attribute = "groups", .value = value};

	row.group_id.b[15] = number;
	assert_int_equal(federation_sql_add_map(&base, &provider.id, &row, &event), ERR_OK);
}

/* A provider whose mapping applies at every sign-in, and somebody linked to it. */
static void begin_renewing(struct person *person, const char *login, const char *subject)
{
	fresh_provider(FEDERATION_OIDC);
	provider.trusts_second = true;
	provider.contexts = "mfa";
	provider.maps_always = true;
	store();
	enrol(person, login);
	link_by_owner(person, subject);
	make_group("crew", 0x71);
	make_group("night", 0x72);
	map_group("crew", 0x71);
	map_group("night", 0x72);
	map("groups", "audit", "auditor", true);
	map("groups", "approve", "approver", false);
}

static void come_with(const char *subject, const char *group)
{
	struct out out;

	assert_int_equal(finish(&(struct said){.subject = subject,
					       .context = "mfa",
					       .names = {group ? "groups" : NULL},
					       .values = {group}},
				&out),
			 ERR_OK);
	assert_non_null(out.set_session);
}

static void each_sign_in_gives_and_takes_what_the_provider_maps(void **state)
{
	struct person person;

	(void)state;
	begin_renewing(&person, "moved", "s-moved");
	come_with("s-moved", "crew");
	assert_holds("moved", "crew");
	come_with("s-moved", "crew");
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.mapping_applied' AND object_name = 'moved'"),
			 1);
	come_with("s-moved", "night");
	assert_holds("moved", "night");
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.mapping_applied' AND leaf LIKE '%\"groups\":\"night\"%' "
			       "AND leaf LIKE '%\"groups_taken\":\"crew\"%'"),
			 1);
	come_with("s-moved", "audit");
	assert_holds("moved", "auditor");
	come_with("s-moved", "approve"); /* more than everybody has, and not written as such */
	assert_holds("moved", "nothing");
	come_with("s-moved", "crew");
	come_with("s-moved", "Crew"); /* exactly, or not */
	assert_holds("moved", "nothing");
	come_with("s-moved", "audit");
	provider.maps_always = false;
	store();
	come_with("s-moved", "crew");
	assert_holds("moved", "auditor");
	provider.maps_always = true;
	store();
	come_with("s-moved", NULL);
	assert_holds("moved", "nothing");
}

/* What the score of the last sign-in was told of who it is. */
static void assert_judged_as(const char *login, enum risk_role role)
{
	char sql[320];

	snprintf(sql, sizeof(sql),
		 "SELECT (SELECT leaf FROM audit_event WHERE event = 'auth.sign_in' AND "
		 "object_name = '%s' ORDER BY occurred_at DESC, id DESC LIMIT 1) LIKE '%% role=%d "
		 "%%'",
		 login, role);
	if (count_made(sql) != 1)
		fail_msg("%s was not judged as %d", login, role);
}

static void a_sign_in_is_judged_with_the_rights_it_gives(void **state)
{
	struct conf mine = conf;
	struct person person;

	(void)state;
	begin_renewing(&person, "rises", "s-rises");
	mine.adaptive_sign_in = CONF_ADAPTIVE_AUDIT;
	base.conf = &mine;
	come_with("s-rises", "crew");
	assert_judged_as("rises", RISK_USER);
	come_with("s-rises", "audit");
	assert_judged_as("rises", RISK_PRIVILEGED);
	/* What it takes away it has until then. */
	come_with("s-rises", "crew");
	assert_judged_as("rises", RISK_PRIVILEGED);
	come_with("s-rises", "crew");
	assert_judged_as("rises", RISK_USER);
	provider.maps_always = false;
	store();
	come_with("s-rises", "audit");
	assert_judged_as("rises", RISK_USER);
	base.conf = &conf;
}

static void so_is_one_that_has_waited_for_the_second_step(void **state)
{
	struct conf mine = conf;
	struct person person;
	struct out out = {.secret_fd = -1};
	uint8_t bytes[32];
	struct federated_identity identity = identity_of(
		&(struct said){.subject = "s-climbs", .names = {"groups"}, .values = {"audit"}});

	(void)state;
	begin_renewing(&person, "climbs", "s-climbs");
	provider.trusts_second = false;
	store();
	mine.adaptive_sign_in = CONF_ADAPTIVE_AUDIT;
	base.conf = &mine;
	struct federation_begun begun = begin(FEDERATION_SIGN_IN, NULL);
	assert_int_equal(federation_finish(&base, &nobody, &begun.txn, &identity, NULL, &out),
			 ERR_OK);
	assert_string_equal(location_of(&out), "/signin/second");
	forget_step("climbs");
	code_for(person.seed, 0);
	struct in in = nobody;
	in.flow = cookie_of(&begun, bytes);
	in.values[0] = (struct value)TEXT(code_now);
	out = (struct out){.secret_fd = -1};
	assert_int_equal(auth_run_second_code(&base, &in, &out), ERR_OK);
	base.conf = &conf;
	assert_non_null(out.set_session);
	assert_holds("climbs", "auditor");
	assert_judged_as("climbs", RISK_PRIVILEGED);
}

/* With the rights that they would have by it. */
static void who_rises_by_a_sign_in_gets_no_code_by_mail_for_it(void **state)
{
	struct person person;
	struct out out = {.secret_fd = -1};
	uint8_t bytes[32];

	(void)state;
	test_db_script("UPDATE adaptive_policy SET mail_code = TRUE");
	test_db_script("UPDATE mail_server SET host = 'mail.example', sender = 'a@b'");
	begin_renewing(&person, "lifts", "s-lifts");
	provider.trusts_second = false;
	store();
	test_db_script("UPDATE user SET email = 'lifts@example.org', email_confirmed_at = "
		       "UTC_TIMESTAMP(6) WHERE login = 'lifts'");
	int64_t before = count("SELECT COUNT(*) FROM mail_code");
	struct in in = at_second(
		&(struct said){.subject = "s-lifts", .names = {"groups"}, .values = {"audit"}},
		bytes);
	assert_int_equal(auth_run_second_mail_code(&base, &in, &out), ERR_OK);
	assert_recorded("mail_code.privileged", 1);
	assert_int_equal(count("SELECT COUNT(*) FROM mail_code"), before);
	in = at_second(
		&(struct said){.subject = "s-lifts", .names = {"groups"}, .values = {"crew"}},
		bytes);
	assert_int_equal(auth_run_second_mail_code(&base, &in, &out), ERR_OK);
	assert_int_equal(count("SELECT COUNT(*) FROM mail_code"), before + 1);
	test_db_script("UPDATE adaptive_policy SET mail_code = FALSE");
}

static void what_comes_twice_gives_nothing_and_keeps_nothing(void **state)
{
	struct person person;
	struct out out;

	(void)state;
	begin_renewing(&person, "twice", "s-twice");
	come_with("s-twice", "audit");
	assert_int_equal(finish(&(struct said){.subject = "s-twice",
					       .context = "mfa",
					       .names = {"*groups"},
					       .values = {"audit"}},
				&out),
			 ERR_OK);
	assert_holds("twice", "nothing");
}

static void what_was_given_by_hand_or_by_another_provider_stays(void **state)
{
	struct person person;

	(void)state;
	begin_renewing(&person, "mixed", "s-mixed");
	come_with("s-mixed", "night");
	test_db_script("INSERT INTO role_grant (id, role, user_id, event_id) SELECT "
		       "UNHEX(MD5('by hand')), 'auditor', id, UNHEX(MD5('e')) FROM user WHERE "
		       "login = 'mixed'; INSERT INTO user_group_member (group_id, user_id, "
		       "event_id) SELECT UNHEX('00000000000000000000000000000071'), id, "
		       "UNHEX(MD5('e')) FROM user WHERE login = 'mixed'");
	assert_holds("mixed", "auditor,crew,night");
	come_with("s-mixed", "audit"); /* they have it: it stays somebody's */
	assert_holds("mixed", "auditor,crew");
	come_with("s-mixed", NULL);
	assert_holds("mixed", "auditor,crew");
	come_with("s-mixed", "night");
	fresh_provider(FEDERATION_SAML);
	provider.trusts_second = provider.maps_always = true;
	provider.contexts = "mfa";
	store();
	link_by_owner(&person, "s-other-mixed");
	come_with("s-other-mixed", NULL);
	assert_holds("mixed", "auditor,crew,night");
}

static void nothing_is_given_before_the_second_step(void **state)
{
	struct person person;
	struct out out;

	(void)state;
	begin_renewing(&person, "waits", "s-waits-gain");
	provider.trusts_second = false;
	store();
	assert_int_equal(finish(&(struct said){.subject = "s-waits-gain",
					       .names = {"groups", "phone"},
					       .values = {"audit", "+81-3-1234"}},
				&out),
			 ERR_OK);
	assert_string_equal(location_of(&out), "/signin/second");
	assert_holds("waits", "nothing");
	/* and of what was said only that waits which the mapping asks about */
	assert_int_equal(count("SELECT COUNT(*) FROM federation_txn WHERE subject = "
			       "'s-waits-gain' AND said LIKE '%audit%' AND said NOT LIKE "
			       "'%1234%'"),
			 1);
}

static void the_last_administrator_stays_one(void **state)
{
	struct person person;

	(void)state;
	test_db_script("DELETE FROM role_grant WHERE role = 'administrator'");
	begin_renewing(&person, "last", "s-last");
	map("groups", "admins", "administrator", true);
	come_with("s-last", "admins");
	assert_holds("last", "administrator");
	come_with("s-last", "crew");
	assert_holds("last", "administrator,crew");
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.mapping_applied' AND leaf LIKE "
			       "'%\"last_administrator\":\"administrator\"%'"),
			 1);
	enrol(&person, "second.admin");
	make_administrator("second.admin");
	come_with("s-last", "crew");
	assert_holds("last", "crew");
}

static void privileged_roles_are_given_where_the_mapping_says_so(void **state)
{
	struct federation_gain gain;
	struct federated_identity identity = identity_of(
		&(struct said){.subject = "s", .names = {"groups"}, .values = {"audit"}});

	(void)state;
	fresh_provider(FEDERATION_SAML);
	map("groups", "audit", "auditor", true);
	map("groups", "audit", "approver", false);
	map("groups", "Audit", "user", false);
	assert_int_equal(federation_map(&base, &provider, &identity, &gain), ERR_OK);
	assert_int_equal(gain.role_count, 1);
	assert_string_equal(gain.roles[0], "auditor");
	assert_int_equal(gain.withheld, 1);
}

static void the_owner_links_in_the_session_that_asked(void **state)
{
	struct person person;
	struct out out = {.secret_fd = -1};
	struct federation_begun begun;
	struct federated_identity identity = identity_of(&(struct said){.subject = "s-own"});
	struct principal self = {.login = "owner", .session_id = {{9}}};
	const struct uuid other = {{8}};

	(void)state;
	fresh_provider(FEDERATION_OIDC);
	enrol(&person, "owner");
	self.user_id = person.id;
	begun = begin(FEDERATION_LINK, &self.session_id);
	assert_int_equal(federation_finish(&base, &nobody, &begun.txn, &identity, NULL, &out),
			 ERR_UNAUTHENTICATED); /* nobody is signed in */
	base.principal = &self;
	begun = begin(FEDERATION_LINK, &other);
	assert_int_equal(federation_finish(&base, &nobody, &begun.txn, &identity, NULL, &out),
			 ERR_UNAUTHENTICATED);
	assert_recorded("federation.session", 2);
	begun = begin(FEDERATION_LINK, &self.session_id);
	out = (struct out){.secret_fd = -1};
	assert_int_equal(federation_finish(&base, &nobody, &begun.txn, &identity, NULL, &out),
			 ERR_OK);
	assert_string_equal(location_of(&out), "/profile");
	assert_null(out.set_session);
	begun = begin(FEDERATION_LINK, &self.session_id);
	assert_int_equal(federation_finish(&base, &nobody, &begun.txn, &identity, NULL, &out),
			 ERR_UNAUTHENTICATED);
	assert_recorded("federation.linked_already", 1);
	enrol(&person, "thief");
	self.user_id = person.id;
	base.principal = &self;
	assert_int_equal(federation_finish(&base, &nobody, &begun.txn, &identity, NULL, &out),
			 ERR_UNAUTHENTICATED);
	assert_recorded("federation.linked_elsewhere", 1);
	base.principal = NULL;
}

static enum err unlink_theirs(const struct principal *by, const struct uuid *user_id,
			      const struct uuid *link_id)
{
	static const struct op op = {.id = "users.unlink_identity",
				     .event = EVENT_IDENTITY_UNLINKED};
	const struct in in = {.op = &op, .values = {ID(*user_id), ID(*link_id)}};
	const struct op_write *row = identity_writes();
	struct out out = {.secret_fd = -1};

	while (strcmp(row->op, op.id) != 0)
		row++;
	base.principal = by;
	enum err err = row->run(&base, &in, &out);
	base.principal = NULL;
	return err;
}

static void somebodys_identity_goes_by_nobody_beneath_them_and_takes_their_sign_ins(void **state)
{
	struct person person, other;
	struct principal found, self = {.login = "desk", .user_id = {{7}}};

	(void)state;
	fresh_provider(FEDERATION_SAML);
	enrol(&person, "above");
	enrol(&other, "beside");
	make_administrator("above");
	link_by_owner(&person, "s-above");
	struct identity_link found_link;
	assert_int_equal(federation_sql_link(&base, &provider.id, "s-above", &found_link), ERR_OK);
	const struct uuid link = found_link.id;
	self.permissions = (permission_set)1 << PERM_USER_MANAGE;
	assert_int_equal(unlink_theirs(&self, &person.id, &link), ERR_DENIED);
	self.permissions = ~(permission_set)0;
	assert_int_equal(unlink_theirs(&self, &other.id, &link), ERR_NOT_FOUND);
	assert_int_equal(session_principal(&base, (struct block){person.session, 32},
					   (struct block){0}, USE_LOOK, &found),
			 ERR_OK);
	test_db_script("UPDATE federation_txn SET user_id = (SELECT id FROM user WHERE login = "
		       "'above'), proven_at = UTC_TIMESTAMP(6), finished_at = NULL, said = 'x' "
		       "LIMIT 1");
	assert_int_equal(unlink_theirs(&self, &person.id, &link), ERR_OK);
	/* Nor does a second step that waits bring it back. */
	assert_int_equal(count("SELECT COUNT(*) FROM federation_txn t JOIN user u ON u.id = "
			       "t.user_id WHERE u.login = 'above' AND (t.finished_at IS NULL OR "
			       "t.said IS NOT NULL)"),
			 0);
	assert_int_equal(session_principal(&base, (struct block){person.session, 32},
					   (struct block){0}, USE_LOOK, &found),
			 ERR_UNAUTHENTICATED);
	assert_decided(&(struct said){.subject = "s-above"}, FEDERATION_REFUSED,
		       "federation.not_linked");
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.identity_unlinked' AND leaf LIKE '%above%'"),
			 1);
}

static void an_unlinked_identity_leaves_nothing_that_its_provider_gave(void **state)
{
	struct person person;
	struct identity_link link;
	struct principal self = {.login = "desk", .user_id = {{7}}};

	(void)state;
	begin_renewing(&person, "leaver", "s-leaver");
	come_with("s-leaver", "audit");
	assert_holds("leaver", "auditor");
	self.permissions = ~(permission_set)0;
	assert_int_equal(federation_sql_link(&base, &provider.id, "s-leaver", &link), ERR_OK);
	assert_int_equal(unlink_theirs(&self, &person.id, &link.id), ERR_OK);
	assert_holds("leaver", "nothing");
}

/* --- A provider that is disabled or archived --- */

struct change {
	const struct op_write *row;
	const struct in *in;
	struct out *out;
};

static enum err run_change(struct ctx *ctx, void *arg)
{
	const struct change *change = arg;

	return change->row->run(ctx, change->in, change->out);
}

static void give_by_hand(const struct person *person, uint8_t group)
{
	char sql[320];

	snprintf(sql, sizeof(sql),
		 "INSERT INTO user_group_member (group_id, user_id, event_id) SELECT "
		 "UNHEX('%032x'), id, UNHEX(MD5('e')) FROM user WHERE login = '%s'",
		 group, person->login);
	test_db_script(sql);
}

static enum err change_provider(const char *op_id, bool enabled)
{
	const struct op *op = identity_ops();
	const struct op_write *row = identity_writes();
	struct principal self = {.login = "desk", .user_id = {{7}}};
	struct identity_provider now;
	struct out out = {.secret_fd = -1};

	while (strcmp(op->id, op_id) != 0)
		op++;
	while (strcmp(row->op, op_id) != 0)
		row++;
	assert_int_equal(identity_provider_by_id(&base, &provider.id, false, &now), ERR_OK);
	struct in in = {.op = op, .if_match = now.version};
	bool archive = strcmp(op_id, "identity_providers.archive") == 0;
	in.values[archive ? 0 : PROVIDER_ID] = (struct value)ID(provider.id);
	if (!archive)
		in.values[PROVIDER_ENABLED] = (struct value){.set = true, .number = enabled};
	self.permissions = ~(permission_set)0;
	base.principal = &self;
	struct change change = {row, &in, &out};
	enum err err = db_transaction(&base, run_change, &change);
	base.principal = NULL;
	return err;
}

static void assert_permitted(const struct person *person, const char *role)
{
	permission_set has = 0;

	assert_int_equal(role_permissions_of_user(&base, &person->id, &has), ERR_OK);
	if (has != (role ? role_permissions(role) : 0))
		fail_msg("%s: not what %s may do", person->login, role ? role : "nobody");
}

/* Given by the provider: one role, and one by a group; by hand: a membership. */
static void begin_giving(struct person *direct, struct person *member, const char *prefix)
{
	char names[4][32];

	for (int i = 0; i < 4; i++)
		snprintf(names[i], sizeof(names[i]), "%s.%d", prefix, i);
	begin_renewing(direct, names[0], names[1]);
	enrol(member, names[2]);
	link_by_owner(member, names[3]);
	make_group("office", 0x73);
	test_db_script("INSERT IGNORE INTO role_grant (id, role, group_id, event_id) VALUES "
		       "(UNHEX(MD5('crew audits')), 'auditor', "
		       "UNHEX('00000000000000000000000000000071'), UNHEX(MD5('e')))");
	give_by_hand(direct, 0x73);
	static const struct uuid event = {{1}};
	struct identity_map row = {.attribute = "groups", .value = "crew", .privileged = true};
	row.group_id.b[15] = 0x71;
	assert_int_equal(federation_sql_add_map(&base, &provider.id, &row, &event), ERR_OK);
	come_with(names[1], "audit");
	come_with(names[3], "crew");
	assert_permitted(direct, "auditor");
	assert_permitted(member, "auditor");
}

static void what_a_disabled_provider_gave_rests(void **state)
{
	struct person direct, member;

	(void)state;
	begin_giving(&direct, &member, "rests");
	assert_int_equal(change_provider("identity_providers.update", false), ERR_OK);
	assert_permitted(&direct, NULL);
	assert_permitted(&member, NULL);
	assert_holds("rests.0", "auditor,office"); /* it waits */
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.provider_changed' AND leaf LIKE '%\"people\":\"2\"%' AND "
			       "leaf LIKE '%\"groups_resting\":\"crew: 1\"%' AND "
			       "leaf LIKE '%\"roles_resting\":\"auditor: 1\"%'"),
			 1);
	provider.state = "enabled";
	store();
	assert_permitted(&direct, "auditor");
	assert_permitted(&member, "auditor");
}

static void another_provider_gives_what_rests(void **state)
{
	struct person person;

	(void)state;
	begin_renewing(&person, "from.one", "s-one");
	come_with("s-one", "audit");
	const struct uuid one = provider.id;
	assert_int_equal(change_provider("identity_providers.update", false), ERR_OK);
	assert_permitted(&person, NULL);
	fresh_provider(FEDERATION_OIDC);
	provider.trusts_second = true;
	provider.contexts = "mfa";
	provider.maps_always = true;
	store();
	map("groups", "audit", "auditor", true);
	link_by_owner(&person, "s-two");
	come_with("s-two", "audit");
	assert_permitted(&person, "auditor");
	provider.id = one;
	assert_int_equal(change_provider("identity_providers.archive", false), ERR_OK);
	assert_permitted(&person, "auditor");
}

static void what_an_archived_provider_gave_goes(void **state)
{
	struct person direct, member;

	(void)state;
	begin_giving(&direct, &member, "goes");
	assert_int_equal(change_provider("identity_providers.archive", false), ERR_OK);
	assert_permitted(&direct, NULL);
	assert_permitted(&member, NULL);
	assert_holds("goes.0", "office"); /* given by hand */
	assert_holds("goes.2", "nothing");
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.provider_archived' AND leaf LIKE '%\"people\":\"2\"%' AND "
			       "leaf LIKE '%\"groups_taken\":\"crew: 1\"%' AND "
			       "leaf LIKE '%\"roles_taken\":\"auditor: 1\"%'"),
			 1);
}

static void no_provider_goes_that_made_the_only_administrators(void **state)
{
	static const char *const ops[] = {"identity_providers.update",
					  "identity_providers.archive"};
	struct person person;

	(void)state;
	test_db_script("DELETE FROM role_grant WHERE role = 'administrator'");
	begin_renewing(&person, "only", "s-only");
	map("groups", "admins", "administrator", true);
	come_with("s-only", "admins");
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(change_provider(ops[i], false), ERR_CONFLICT);
		assert_string_equal(base.error.reason, "role.last_administrator");
	}
	assert_permitted(&person, "administrator");
	make_administrator("second.admin");
	assert_int_equal(change_provider(ops[1], false), ERR_OK);
	assert_holds("only", "nothing");
}

/* Signed in at the provider, which is trusted for everything here; *self: that session. */
static struct uuid came_from_there(struct person *person, const char *login, const char *subject,
				   struct principal *self)
{
	struct out out;
	struct uuid session;
	uint8_t cookie[32];
	char sql[256];

	fresh_provider(FEDERATION_SAML);
	provider.trusts_second = provider.steps_up = true;
	provider.contexts = "mfa";
	store();
	enrol(person, login);
	link_by_owner(person, subject);
	assert_int_equal(
		finish(&(struct said){.subject = subject, .context = "mfa", .session = "x-1"},
		       &out),
		ERR_OK);
	assert_int_equal(base64url_decode(out.set_session, 43, cookie, 32), 32);
	assert_int_equal(session_principal(&base, (struct block){cookie, 32}, (struct block){0},
					   USE_LOOK, self),
			 ERR_OK);
	session = self->session_id;
	snprintf(sql, sizeof(sql),
		 "UPDATE auth_session SET authenticated_at = UTC_TIMESTAMP(6) - INTERVAL 1 HOUR "
		 "WHERE user_id = (SELECT id FROM user WHERE login = '%s')",
		 login);
	test_db_script(sql);
	return session;
}

static enum err step_up(const struct uuid *session, const struct said *said, struct out *out)
{
	struct federation_begun begun = begin(FEDERATION_STEP_UP, session);
	struct federated_identity identity = identity_of(said);

	*out = (struct out){.secret_fd = -1};
	base.principal = NULL; /* a form of another site comes without the session's cookie */
	enum err err = federation_finish(&base, &nobody, &begun.txn, &identity, NULL, out);
	base.principal = NULL;
	return err;
}

static bool is_fresh_again(const struct uuid *session)
{
	struct principal found;

	assert_int_equal(session_principal_of(&base, session, &found), ERR_OK);
	return session_is_fresh(&found);
}

static void who_came_from_a_provider_proves_there_who_they_are(void **state)
{
	const struct said said = {.subject = "s-again", .context = "mfa", .session = "x-2"};
	struct person person;
	struct principal self, found;
	struct out out;
	uint8_t cookie[32];
	bool showed = true;

	(void)state;
	const struct uuid session = came_from_there(&person, "again", "s-again", &self);
	assert_false(is_fresh_again(&session));
	assert_int_equal(step_up(&session, &said, &out), ERR_OK);
	assert_true(is_fresh_again(&session));
	assert_non_null(out.set_session);
	assert_null(out.set_device);
	assert_true(out.clear_flow);
	assert_string_equal(out.fields[out.field_count - 1].text, "/?stepped_up=1");
	/* the same session, with a new cookie */
	assert_int_equal(base64url_decode(out.set_session, 43, cookie, 32), 32);
	assert_int_equal(session_principal(&base, (struct block){cookie, 32}, (struct block){0},
					   USE_LOOK, &found),
			 ERR_OK);
	assert_true(uuid_equal(&found.session_id, &session));
	/* no passkey was shown, and a sign-out there finds it by its new name */
	base.principal = &found;
	assert_int_equal(session_showed_passkey(&base, &showed), ERR_OK);
	base.principal = NULL;
	assert_false(showed);
	assert_live("again", "x-2");
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = 'auth.stepped_up' "
			       "AND leaf LIKE '%\"factor\":\"saml\"%'"),
			 1);
}

static void assert_not_renewed(const struct uuid *session, const struct said *said, const char *why)
{
	struct out out;
	int64_t before = recorded(why);

	assert_int_equal(step_up(session, said, &out), ERR_UNAUTHENTICATED);
	assert_null(out.set_session);
	assert_recorded(why, before + 1);
	assert_false(is_fresh_again(session));
}

static void nobody_is_renewed_by_another_identity_or_less(void **state)
{
	const struct said said = {.subject = "s-strict", .context = "mfa"};
	struct person person, other;
	struct principal self;

	(void)state;
	enrol(&other, "strict.other");
	const struct uuid session = came_from_there(&person, "strict", "s-strict", &self);
	link_by_owner(&other, "s-strict-other");
	assert_not_renewed(&session, &(struct said){.subject = "s-strict-other", .context = "mfa"},
			   "federation.other_identity");
	assert_not_renewed(&session, &(struct said){.subject = "s-strict", .context = "pwd"},
			   "federation.no_second_factor");
	provider.steps_up = false;
	store();
	assert_not_renewed(&session, &said, "federation.no_step_up");
	provider.steps_up = true;
	provider.state = "disabled";
	store();
	assert_not_renewed(&session, &said, "federation.disabled");
	provider.state = "enabled";
	store();
	test_db_script("INSERT INTO break_glass (slot, user_id, networks, set_at, event_id) SELECT "
		       "2, id, '192.0.2.0/24', UTC_TIMESTAMP(6), UNHEX(MD5('e')) FROM user WHERE "
		       "login = 'strict'");
	assert_not_renewed(&session, &said, "break_glass.key_only");
	test_db_script("DELETE FROM break_glass WHERE slot = 2");
	/* the identity is somebody else's meanwhile, and then nobody's */
	test_db_script("UPDATE federated_identity SET user_id = (SELECT id FROM user WHERE login = "
		       "'again') WHERE subject = 's-strict'");
	assert_not_renewed(&session, &said, "federation.linked_elsewhere");
	test_db_script("DELETE FROM federated_identity WHERE subject = 's-strict'");
	assert_not_renewed(&session, &said, "federation.not_linked");
	/* another provider's word, also of the same subject */
	fresh_provider(FEDERATION_SAML);
	provider.trusts_second = provider.steps_up = true;
	provider.contexts = "mfa";
	store();
	link_by_owner(&person, "s-strict");
	assert_not_renewed(&session, &said, "federation.no_step_up");
}

static void a_providers_word_is_no_passkey(void **state)
{
	const struct said said = {.subject = "s-floor", .context = "mfa"};
	struct person person;
	struct principal self;
	const char *why = NULL;

	(void)state;
	const struct uuid session = came_from_there(&person, "floor", "s-floor", &self);
	base.principal = &self;
	assert_int_equal(federation_step_up_may(&base, &provider, &why), ERR_OK);
	assert_null(why);
	base.principal = NULL;
	test_db_script("UPDATE factor_floor SET is_default = level = 1");
	assert_not_renewed(&session, &said, "factor.below_floor");
	base.principal = &self;
	assert_int_equal(federation_step_up_check(&base, &provider), ERR_DENIED);
	base.principal = NULL;
	test_db_script("UPDATE factor_floor SET is_default = level = 0");
}

static void nobody_is_renewed_whose_session_has_ended_or_who_came_otherwise(void **state)
{
	const struct said said = {.subject = "s-ended", .context = "mfa"};
	struct person person;
	struct principal self;
	struct out out;

	(void)state;
	const struct uuid session = came_from_there(&person, "ended", "s-ended", &self);
	/* the session of the enrolment: linked to the same person, begun here */
	assert_int_equal(session_principal(&base, (struct block){person.session, 32},
					   (struct block){0}, USE_LOOK, &self),
			 ERR_OK);
	assert_not_renewed(&self.session_id, &said, "federation.no_step_up");
	base.principal = &self;
	assert_int_equal(federation_step_up_check(&base, &provider), ERR_CONFLICT);
	base.principal = NULL;
	assert_int_equal(session_end(&base, &session, &person.id, "revoked"), ERR_OK);
	int64_t before = recorded("federation.session");
	assert_int_equal(step_up(&session, &said, &out), ERR_UNAUTHENTICATED);
	assert_null(out.set_session);
	assert_recorded("federation.session", before + 1);
}

static void an_unusual_renewal_is_left_to_the_ways_of_here(void **state)
{
	const struct said said = {.subject = "s-odd", .context = "mfa"};
	struct conf mine = conf;
	struct person person;
	struct principal self;
	struct out out;

	(void)state;
	const struct uuid session = came_from_there(&person, "odd", "s-odd", &self);
	mine.adaptive_sign_in = CONF_ADAPTIVE_ENFORCE;
	base.conf = &mine;
	assert_not_renewed(&session, &said, "federation.no_second_factor");
	base.conf = &conf;
	assert_int_equal(step_up(&session, &said, &out), ERR_OK);
}

static void a_test_shows_what_came_and_signs_nobody_in(void **state)
{
	struct out out = {.secret_fd = -1};
	struct principal self = {.login = "admin", .session_id = {{9}}, .user_id = {{5}}};
	struct federated_identity identity = identity_of(&(struct said){
		.subject = "s-test", .names = {"*groups"}, .values = {"<b>ops</b>"}});
	int64_t before = count("SELECT COUNT(*) FROM auth_session");

	(void)state;
	fresh_provider(FEDERATION_OIDC);
	provider.state = "disabled"; /* before anybody else may use it */
	store();
	base.principal = &self;
	struct federation_begun begun = begin(FEDERATION_TEST, &self.session_id);
	assert_int_equal(federation_finish(&base, &nobody, &begun.txn, &identity, NULL, &out),
			 ERR_OK);
	assert_null(out.set_session);
	assert_non_null(strstr(location_of(&out), "&test="));
	begun = begin(FEDERATION_TEST, &self.session_id);
	assert_int_equal(
		federation_finish(&base, &nobody, &begun.txn, NULL, "oidc.signature", &out),
		ERR_OK);
	base.principal = NULL;
	assert_int_equal(count("SELECT COUNT(*) FROM auth_session"), before);
	assert_int_equal(count("SELECT COUNT(*) FROM federation_txn WHERE JSON_VALUE(result, "
			       "'$.subject') = 's-test' AND JSON_VALUE(result, '$.reason') = "
			       "'federation.not_linked'"),
			 1);
	assert_int_equal(count("SELECT COUNT(*) FROM federation_txn WHERE JSON_VALUE(result, "
			       "'$.reason') = 'oidc.signature'"),
			 1);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.provider_tested'"),
			 2);
}

static void an_identity_travels_whole_or_not_at_all(void **state)
{
	struct federated_identity identity =
		identity_of(&(struct said){.subject = "s-wire",
					   .context = "mfa",
					   .names = {"groups", "*dept"},
					   .values = {"運用", "x"}});
	struct federated_identity got;
	struct buf bytes;

	(void)state;
	identity.authenticated_at = 1700000000000000;
	buf_init(&bytes, FEDERATED_BYTES_MAX);
	federated_identity_put(&bytes, &identity);
	assert_false(buf_failed(&bytes));
	struct rd rd = rd_of(bytes.data, bytes.len);
	assert_true(federated_identity_get(base.arena, &rd, &got));
	assert_true(rd_done(&rd));
	assert_string_equal(got.subject, "s-wire");
	assert_int_equal(got.authenticated_at, identity.authenticated_at);
	assert_string_equal(got.contexts[0], "mfa");
	assert_string_equal(got.attributes[0].values[0], "運用");
	assert_true(got.attributes[1].ambiguous);
	for (size_t len = 0; len < bytes.len; len++) {
		rd = rd_of(bytes.data, len);
		assert_false(federated_identity_get(base.arena, &rd, &got));
	}
	buf_reset(&bytes);
	identity.subject = "";
	federated_identity_put(&bytes, &identity);
	rd = rd_of(bytes.data, bytes.len);
	assert_false(federated_identity_get(base.arena, &rd, &got));
	buf_clear(&bytes);
}

/* --- What anybody can send --- */

static enum err refuse_as(const struct federation_txn *txn, const char *why)
{
	struct out out = {.secret_fd = -1};

	return federation_finish(&base, &nobody, txn, NULL, why, &out);
}

static void refusals_that_anybody_can_cause_are_not_all_recorded(void **state)
{
	int64_t recorded = 0;

	(void)state;
	fresh_provider(FEDERATION_OIDC);
	struct federation_begun begun = begin(FEDERATION_SIGN_IN, NULL);
	for (int i = 0; i < 200; i++)
		recorded += refuse_as(&begun.txn, "federation.replayed") == ERR_UNAUTHENTICATED;
	assert_int_equal(recorded, NOTICE_AT_ONCE);
	assert_string_equal(base.error.reason, "federation.expired");
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.sign_in_refused' AND leaf LIKE '%federation.replayed%' AND "
			       "leaf LIKE '%\"provider\":\"Example\"%'"),
			 NOTICE_AT_ONCE);
	for (int i = 0; i < NOTICE_AT_ONCE; i++)
		(void)refuse_as(NULL, "federation.state");
	assert_int_equal(refuse_as(NULL, "federation.state"), ERR_SYNTAX);
	/* What belongs to a sign-in that was begun here is. */
	for (int i = 0; i < 5; i++) {
		begun = begin(FEDERATION_SIGN_IN, NULL);
		assert_int_equal(refuse_as(&begun.txn, "saml.metered"), ERR_UNAUTHENTICATED);
	}
	assert_recorded("saml.metered", 5);
}

static void who_sends_what_nobody_asked_for_is_not_listened_to_for_ever(void **state)
{
	static const char *const others[] = {"192.0.2.78", "2001:db8:0:1::1"};
	struct in in = {.peer = {(const uint8_t *)"2001:db8::77", 12}, .user_agent = "test"};
	struct out out = {.secret_fd = -1};

	(void)state;
	fresh_provider(FEDERATION_SAML);
	test_db_script("UPDATE identity_provider SET unsolicited = TRUE WHERE state = 'enabled' "
		       "AND kind = 'saml'");
	in.values[ACS_RESPONSE] = (struct value)TEXT("PHg+");
	/* No helper is there to judge it, so that one that is asked for is known by that. */
	for (int i = 0; i < NOTICE_AT_ONCE; i++)
		assert_int_equal(auth_run_saml_acs(&base, &in, &out), ERR_UNAVAILABLE);
	in.peer = (struct block){(const uint8_t *)"2001:db8::99", 12};
	assert_int_equal(auth_run_saml_acs(&base, &in, &out), ERR_SYNTAX);
	for (size_t i = 0; i < 2; i++) {
		in.peer = (struct block){(const uint8_t *)others[i], strlen(others[i])};
		assert_int_equal(auth_run_saml_acs(&base, &in, &out), ERR_UNAVAILABLE);
	}
}

static void a_source_is_listened_to_again_after_a_while(void **state)
{
	static const int64_t minute = NOTICE_EVERY_S * INT64_C(1000000);
	static struct source_meter meter = {.lock = PTHREAD_MUTEX_INITIALIZER};
	const struct block one = {(const uint8_t *)"192.0.2.1", 9};
	int64_t now = minute;

	(void)state;
	for (int i = 0; i < NOTICE_AT_ONCE; i++) {
		assert_true(source_meter_open(&meter, one, now));
		source_meter_count(&meter, one, now);
	}
	assert_false(source_meter_open(&meter, one, now));
	assert_false(source_meter_open(&meter, one, now + minute - 1));
	assert_true(source_meter_open(&meter, one, now + minute));
	assert_true(source_meter_open(&meter, one, now + minute)); /* looking takes nothing */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_taken_once_in_time_and_from_its_browser),
		cmocka_unit_test(nothing_that_travels_is_stored),
		cmocka_unit_test(an_identifier_counts_once),
		cmocka_unit_test(without_a_rule_only_who_is_linked_gets_in),
		cmocka_unit_test(another_providers_subject_is_nobody),
		cmocka_unit_test(a_rule_links_whom_it_names_and_nobody_else),
		cmocka_unit_test(a_rule_never_links_the_privileged),
		cmocka_unit_test(an_address_nobody_verified_links_nobody),
		cmocka_unit_test(a_provider_is_trusted_for_the_second_factor_only_as_written),
		cmocka_unit_test(somebody_linked_is_asked_for_the_own_second_factor),
		cmocka_unit_test(a_code_by_mail_is_a_second_step_where_it_is_switched_on),
		cmocka_unit_test(an_unusual_sign_in_is_asked_for_the_second_factor_of_here),
		cmocka_unit_test(a_provider_ends_the_sessions_that_it_means_and_no_others),
		cmocka_unit_test(junk_logout_messages_are_counted_and_not_all_recorded),
		cmocka_unit_test(what_was_left_out_is_told_with_the_next_that_is_recorded),
		cmocka_unit_test(metadata_are_asked_for_by_one_in_a_while),
		cmocka_unit_test(who_waits_for_the_second_step_is_signed_out_too),
		cmocka_unit_test(no_provider_lets_a_break_glass_account_in),
		cmocka_unit_test(without_any_second_factor_nobody_gets_in),
		cmocka_unit_test(every_refusal_answers_alike_and_leaves_nothing),
		cmocka_unit_test(somebody_new_is_made_only_where_that_is_on_and_a_factor_was_shown),
		cmocka_unit_test(somebody_new_who_is_refused_is_not_made),
		cmocka_unit_test(each_sign_in_gives_and_takes_what_the_provider_maps),
		cmocka_unit_test(a_sign_in_is_judged_with_the_rights_it_gives),
		cmocka_unit_test(so_is_one_that_has_waited_for_the_second_step),
		cmocka_unit_test(who_rises_by_a_sign_in_gets_no_code_by_mail_for_it),
		cmocka_unit_test(what_comes_twice_gives_nothing_and_keeps_nothing),
		cmocka_unit_test(what_was_given_by_hand_or_by_another_provider_stays),
		cmocka_unit_test(nothing_is_given_before_the_second_step),
		cmocka_unit_test(the_last_administrator_stays_one),
		cmocka_unit_test(privileged_roles_are_given_where_the_mapping_says_so),
		cmocka_unit_test(the_owner_links_in_the_session_that_asked),
		cmocka_unit_test(
			somebodys_identity_goes_by_nobody_beneath_them_and_takes_their_sign_ins),
		cmocka_unit_test(an_unlinked_identity_leaves_nothing_that_its_provider_gave),
		cmocka_unit_test(what_a_disabled_provider_gave_rests),
		cmocka_unit_test(another_provider_gives_what_rests),
		cmocka_unit_test(what_an_archived_provider_gave_goes),
		cmocka_unit_test(no_provider_goes_that_made_the_only_administrators),
		cmocka_unit_test(who_came_from_a_provider_proves_there_who_they_are),
		cmocka_unit_test(nobody_is_renewed_by_another_identity_or_less),
		cmocka_unit_test(a_providers_word_is_no_passkey),
		cmocka_unit_test(nobody_is_renewed_whose_session_has_ended_or_who_came_otherwise),
		cmocka_unit_test(an_unusual_renewal_is_left_to_the_ways_of_here),
		cmocka_unit_test(a_test_shows_what_came_and_signs_nobody_in),
		cmocka_unit_test(an_identity_travels_whole_or_not_at_all),
		cmocka_unit_test(refusals_that_anybody_can_cause_are_not_all_recorded),
		cmocka_unit_test(who_sends_what_nobody_asked_for_is_not_listened_to_for_ever),
		cmocka_unit_test(a_source_is_listened_to_again_after_a_while),
	};
	return cmocka_run_group_tests(tests, people_setup, people_teardown);
}
