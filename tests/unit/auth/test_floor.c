/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/floor_sql.h"
#include "rbac/role.h"
#include "tests/unit/auth/passkeys.h"

/* Which second factors count for whom, over the whole way of a request. */

enum { SYNCED = WEBAUTHN_UP | WEBAUTHN_UV | WEBAUTHN_BE };

static struct uuid floor_id(enum factor_level level)
{
	struct factor_floor floors[FACTOR_LEVELS];
	size_t count = 0;

	assert_int_equal(floor_sql_list(&base, floors, &count), ERR_OK);
	for (size_t i = 0; i < count; i++)
		if (floors[i].level == level)
			return floors[i].id;
	fail_msg("there is no floor %d", (int)level);
	return (struct uuid){0};
}

/* A group of its own with a floor, and the person in the group below it. */
static void put_under(const char *login, enum factor_level level)
{
	char sql[2048];

	snprintf(
		sql, sizeof(sql),
		"INSERT IGNORE INTO user_group (id, name, created_at, updated_at, event_id) VALUES "
		"(UNHEX(MD5('above %1$d')), 'above %1$d', NOW(6), NOW(6), UNHEX(MD5('e')));"
		"INSERT IGNORE INTO user_group (id, parent_id, name, created_at, updated_at, "
		"event_id) VALUES (UNHEX(MD5('under %1$d')), UNHEX(MD5('above %1$d')), 'under "
		"%1$d', NOW(6), NOW(6), UNHEX(MD5('e')));"
		"INSERT IGNORE INTO user_group_member (group_id, user_id, event_id) SELECT "
		"UNHEX(MD5('under %1$d')), id, UNHEX(MD5('e')) FROM user WHERE login = '%2$s';"
		"INSERT IGNORE INTO factor_floor_group (group_id, floor_id, event_id) SELECT "
		"UNHEX(MD5('above %1$d')), id, UNHEX(MD5('e')) FROM factor_floor WHERE level = "
		"%1$d",
		(int)level, login);
	test_db_script(sql);
}

static struct principal who(const uint8_t *cookie)
{
	struct principal found = {0};

	assert_int_equal(session_principal(&base, (struct block){cookie, 32}, (struct block){0},
					   USE_LOOK, &found),
			 ERR_OK);
	return found;
}

static void assert_due(const struct answer *signed_in, enum factor_due due)
{
	assert_int_equal(signed_in->err, ERR_OK);
	struct principal found = who(signed_in->session);
	assert_int_equal(found.factor_due, due);
	if (due)
		assert_true(found.permissions == 0);
}

static struct answer by_code(const struct person *person)
{
	code_for(person->seed, 0);
	forget_step(person->login);
	return sign_in(person, good, code_now, person->device, "192.0.2.7");
}

static void assert_closed(const uint8_t *cookie, const char *op)
{
	struct answer got = run(&(struct ask){.op = op, .cookie = cookie});

	assert_int_equal(got.err, ERR_DENIED);
	assert_string_equal(got.reason, "factor.due");
}

static void assert_stands(const struct uuid *id, enum factor_level floor)
{
	struct factor_standing standing;

	assert_int_equal(factor_standing_of(&base, id, &standing), ERR_OK);
	assert_int_equal(standing.floor, floor);
}

static void the_strictest_of_a_persons_groups_holds(void **state)
{
	struct person person;

	(void)state;
	enrol(&person, "stands");
	assert_stands(&person.id, FACTOR_ANY);
	put_under("stands", FACTOR_PASSKEY);
	assert_stands(&person.id, FACTOR_PASSKEY);
	put_under("stands", FACTOR_DEVICE_BOUND);
	assert_stands(&person.id, FACTOR_DEVICE_BOUND);
	test_db_script("UPDATE user_group SET archived = TRUE WHERE name = 'above 2'");
	assert_stands(&person.id, FACTOR_PASSKEY);
	test_db_script("UPDATE user_group SET archived = FALSE WHERE name = 'above 2';"
		       "UPDATE factor_floor SET is_default = level = 2");
	enrol(&person, "stands.by.default");
	assert_stands(&person.id, FACTOR_DEVICE_BOUND);
	put_under("stands.by.default", FACTOR_ANY); /* a group may also be let off */
	assert_stands(&person.id, FACTOR_ANY);
	test_db_script("UPDATE factor_floor SET is_default = level = 0");
}

/* Nothing else: each way that would make the weaker factor worth more. */
static void less_than_the_floor_only_sets_up_what_is_wanted(void **state)
{
	static const char *const closed[] = {"factors.recovery_create", "auth.step_up_challenge"};
	struct person person;
	struct soft_key key;

	(void)state;
	enrol(&person, "sets.up");
	put_under("sets.up", FACTOR_PASSKEY);
	struct answer in = by_code(&person);
	assert_due(&in, FACTOR_DUE_ENROL);
	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++)
		assert_closed(in.session, closed[i]);
	struct answer got = run(&(struct ask){
		.op = "factors.totp_begin", .cookie = in.session, .values = {TEXT("phone")}});
	assert_string_equal(got.reason, "factor.due");
	got = run(&(struct ask){
		.op = "auth.session_revoke", .cookie = in.session, .values = {ID(person.id)}});
	assert_string_equal(got.reason, "factor.due");
	got = run(&(struct ask){.op = "auth.password_change", .cookie = in.session, .secret = "x"});
	assert_string_equal(got.reason, "factor.due");

	soft_key_make(&key, WEBAUTHN_ES256);
	got = add(&key, (struct soft_say){.count = 1}, in.session);
	assert_int_equal(got.err, ERR_OK);
	assert_true(got.has_session);
	assert_due(&got, FACTOR_DUE_NONE);
	/* What it was before is worth nothing any more. */
	struct principal found;
	assert_int_equal(session_principal(&base, (struct block){in.session, 32}, (struct block){0},
					   USE_LOOK, &found),
			 ERR_UNAUTHENTICATED);
	assert_int_equal(
		count("SELECT COUNT(*) FROM audit_event WHERE event = 'auth.sign_in' AND leaf LIKE "
		      "'%\"below_floor\":\"passkey\"%' AND leaf LIKE '%sets.up%'"),
		1);
	got = alone(&key, (struct soft_say){.count = 2}, &person.id);
	assert_due(&got, FACTOR_DUE_NONE);
	got = second(&person, good, &key, (struct soft_say){.count = 3});
	assert_due(&got, FACTOR_DUE_NONE);
	soft_key_clear(&key);
}

/* Who has what is wanted shows it: a phished code sets up nobody's passkey. */
static void who_has_what_is_wanted_must_show_it(void **state)
{
	struct owner owner;
	struct soft_key strange;

	(void)state;
	own(&owner, "shows.it", WEBAUTHN_ES256);
	soft_key_make(&strange, WEBAUTHN_ES256);
	struct answer begun = by_code(&owner.person);
	struct answer asked = challenge_for("passkeys.challenge", begun.session);
	put_under("shows.it", FACTOR_PASSKEY);
	/* Asked for while it was allowed, answered when it is not. */
	struct ask late = add_ask(&strange, (struct soft_say){0}, begun.session, &asked);
	assert_string_equal(run(&late).reason, "factor.due");
	struct answer in = by_code(&owner.person);
	assert_due(&in, FACTOR_DUE_PROVE);
	assert_closed(in.session, "passkeys.challenge");
	assert_closed(in.session, "factors.recovery_create");
	struct answer shown = step_up(&strange, (struct soft_say){.count = 2}, in.session);
	assert_string_equal(shown.reason, "passkey.refused");
	shown = step_up(&owner.key, (struct soft_say){.count = 2}, in.session);
	assert_due(&shown, FACTOR_DUE_NONE);
	soft_key_clear(&owner.key);
	soft_key_clear(&strange);
}

static enum err another_is_set_up(struct ctx *ctx, const struct person *person)
{
	static const struct db_stmt insert = {
		"test.passkey",
		"INSERT INTO auth_passkey (id, user_id, credential_id, public_key, algorithm, "
		"sign_count, aaguid, attestation, transports, backup_eligible, backed_up, "
		"user_verified, label, created_at) VALUES (UNHEX(MD5('raced')), ?, 'raced', 'key', "
		"-7, 0, UNHEX(MD5('model')), 'none', '', FALSE, FALSE, TRUE, 'raced', NOW(6))",
		1, 0};
	const struct db_param params[] = {DB_P_UUID(&person->id)};

	return db_exec(ctx, &insert, params, NULL);
}

static void of_two_who_set_up_at_once_one_is_too_late(void **state)
{
	struct person person;
	struct soft_key key;
	struct racer racer = {0};

	(void)state;
	enrol(&person, "sets.up.late");
	put_under("sets.up.late", FACTOR_PASSKEY);
	struct answer in = by_code(&person);
	assert_due(&in, FACTOR_DUE_ENROL);
	soft_key_make(&key, WEBAUTHN_ES256);
	struct answer asked = challenge_for("passkeys.challenge", in.session);
	racer.ask = add_ask(&key, (struct soft_say){0}, in.session, &asked);
	race_held(&racer, &person, another_is_set_up);
	assert_int_equal(racer.answer.err, ERR_DENIED);
	assert_string_equal(racer.answer.reason, "factor.due");
	soft_key_clear(&key);
}

static void a_recovery_code_and_a_new_link_are_no_way_round(void **state)
{
	struct person person;
	char token[44], typed[64];

	(void)state;
	enrol(&person, "no.way.round");
	struct answer codes =
		run(&(struct ask){.op = "factors.recovery_create", .cookie = person.session});
	assert_int_equal(codes.err, ERR_OK);
	put_under("no.way.round", FACTOR_PASSKEY);
	int len = snprintf(typed, sizeof(typed), "%.*s%c%s", (int)strcspn(codes.body, "\n"),
			   codes.body, 0, good);
	struct answer in = run(&(struct ask){.op = "auth.sign_in_recovery",
					     .secret = typed,
					     .secret_len = (size_t)len,
					     .device = person.device,
					     .values = {TEXT("no.way.round")}});
	assert_due(&in, FACTOR_DUE_ENROL);
	assert_closed(in.session, "factors.recovery_create");

	get_token(&person.id, token);
	get_seed(token, person.seed);
	code_for(person.seed, 0);
	in = run(&(struct ask){.op = "enrolment.complete",
			       .secret = renewed,
			       .values = {TEXT(token), TEXT(code_now)}});
	assert_due(&in, FACTOR_DUE_ENROL);
}

static void a_passkey_that_is_copied_is_not_of_one_device(void **state)
{
	struct owner owner;
	struct soft_key bound, synced;

	(void)state;
	enrol(&owner.person, "one.device");
	soft_key_make(&synced, WEBAUTHN_ES256);
	soft_key_make(&bound, WEBAUTHN_EDDSA);
	struct answer got = add(&synced, (struct soft_say){.flags = SYNCED | WEBAUTHN_AT},
				owner.person.session);
	assert_int_equal(got.err, ERR_OK);
	put_under("one.device", FACTOR_DEVICE_BOUND);
	got = alone(&synced, (struct soft_say){.flags = SYNCED}, &owner.person.id);
	assert_due(&got, FACTOR_DUE_ENROL);
	struct soft_key another;
	soft_key_make(&another, WEBAUTHN_ES256);
	struct answer refused =
		add(&another, (struct soft_say){.flags = SYNCED | WEBAUTHN_AT}, got.session);
	assert_int_equal(refused.err, ERR_CONFLICT);
	assert_string_equal(refused.reason, "passkey.below_floor");
	assert_int_equal(refused_for("auth.passkey_refused", "passkey.below_floor"), 1);
	got = add(&bound, (struct soft_say){.count = 1}, got.session);
	assert_due(&got, FACTOR_DUE_NONE);
	/* It steps up; the copied one does not, whichever session. */
	refused = step_up(&synced, (struct soft_say){.flags = SYNCED}, got.session);
	assert_int_equal(refused.err, ERR_DENIED);
	assert_string_equal(refused.reason, "factor.below_floor");
	assert_false(refused.has_session);
	got = step_up(&bound, (struct soft_say){.count = 2}, got.session);
	assert_due(&got, FACTOR_DUE_NONE);
	got = alone(&synced, (struct soft_say){.flags = SYNCED}, &owner.person.id);
	assert_due(&got, FACTOR_DUE_PROVE);
	soft_key_clear(&bound);
	soft_key_clear(&synced);
	soft_key_clear(&another);
}

static void a_raised_floor_and_a_lost_passkey_bind_who_is_signed_in(void **state)
{
	struct owner owner;

	(void)state;
	own(&owner, "is.bound", WEBAUTHN_ES256);
	struct answer code = by_code(&owner.person);
	struct answer key = alone(&owner.key, (struct soft_say){.count = 2}, &owner.person.id);
	assert_due(&code, FACTOR_DUE_NONE);
	put_under("is.bound", FACTOR_PASSKEY);
	assert_due(&code, FACTOR_DUE_PROVE);
	assert_due(&key, FACTOR_DUE_NONE);
	test_db_script("DELETE p FROM auth_passkey p JOIN user u ON u.id = p.user_id WHERE "
		       "u.login = 'is.bound'");
	assert_due(&code, FACTOR_DUE_ENROL);
	assert_due(&key, FACTOR_DUE_ENROL);
	soft_key_clear(&owner.key);
}

static void the_last_that_meets_the_floor_stays(void **state)
{
	struct owner owner;
	struct soft_key spare;

	(void)state;
	own(&owner, "keeps.last", WEBAUTHN_ES256);
	put_under("keeps.last", FACTOR_PASSKEY);
	struct answer in = alone(&owner.key, (struct soft_say){.count = 2}, &owner.person.id);
	struct ask away = {.op = "passkeys.remove", .cookie = in.session, .values = {ID(owner.id)}};
	struct answer got = run(&away);
	assert_int_equal(got.err, ERR_CONFLICT);
	assert_string_equal(got.reason, "factor.last_for_floor");
	soft_key_make(&spare, WEBAUTHN_ES256);
	assert_int_equal(add(&spare, (struct soft_say){0}, in.session).err, ERR_OK);
	assert_int_equal(run(&away).err, ERR_OK);
	soft_key_clear(&owner.key);
	soft_key_clear(&spare);
}

static void the_password_comes_before_what_must_be_set_up(void **state)
{
	struct person person;
	char pair[128];
	int len = snprintf(pair, sizeof(pair), "%s%c%s", good, 0, renewed);

	(void)state;
	enrol(&person, "both.due");
	put_under("both.due", FACTOR_PASSKEY);
	struct answer in = by_code(&person);
	test_db_script("UPDATE auth_session s JOIN user u ON u.id = s.user_id SET password_due = "
		       "TRUE WHERE u.login = 'both.due'");
	assert_int_equal(run(&(struct ask){.op = "auth.password_change",
					   .cookie = in.session,
					   .secret = pair,
					   .secret_len = (size_t)len})
				 .err,
			 ERR_OK);
	assert_due(&in, FACTOR_DUE_ENROL);
}

/* --- Proving anew who one is, without a passkey --- */

static struct answer again(const uint8_t *cookie, const char *password, const char *code)
{
	return run(&(struct ask){.op = "auth.step_up_code",
				 .cookie = cookie,
				 .secret = password,
				 .values = {TEXT(code)}});
}

static struct answer again_by_recovery(const uint8_t *cookie, const char *password,
				       const char *code)
{
	char pair[256];
	int len = snprintf(pair, sizeof(pair), "%s%c%s", code, 0, password);

	return run(&(struct ask){.op = "auth.step_up_recovery",
				 .cookie = cookie,
				 .secret = pair,
				 .secret_len = (size_t)len});
}

static void make_stale(const char *login)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
		 "UPDATE auth_session s JOIN user u ON u.id = s.user_id SET s.authenticated_at = "
		 "UTC_TIMESTAMP(6) - INTERVAL 16 MINUTE WHERE u.login = '%s'",
		 login);
	test_db_script(sql);
}

static void assert_fresh(const uint8_t *cookie, bool fresh)
{
	struct principal found = who(cookie);

	assert_int_equal(session_is_fresh(&found), fresh);
}

static void password_and_code_prove_anew_who_one_is(void **state)
{
	struct person person;
	struct principal found;

	(void)state;
	enrol(&person, "again.code");
	make_stale("again.code");
	assert_fresh(person.session, false);
	code_for(person.seed, 0);
	struct answer got = again(person.session, "not-the-password", code_now);
	assert_int_equal(got.err, ERR_DENIED);
	assert_string_equal(got.reason, "step_up.failed");
	got = again(person.session, good, "000000");
	assert_string_equal(got.reason, "step_up.failed");
	assert_false(got.has_session);
	assert_fresh(person.session, false); /* and it still stands */
	got = again(person.session, good, code_now);
	assert_int_equal(got.err, ERR_OK);
	assert_false(got.has_device);
	assert_fresh(got.session, true);
	assert_int_equal(session_principal(&base, (struct block){person.session, 32},
					   (struct block){0}, USE_LOOK, &found),
			 ERR_UNAUTHENTICATED);
	/* A code counts once, here and at sign-in together. */
	struct answer twice = again(got.session, good, code_now);
	assert_string_equal(twice.reason, "step_up.failed");
	assert_int_equal(refused_for("auth.sign_in_refused", "sign_in.code_replayed"), 1);
	twice = sign_in(&person, good, code_now, NULL, "192.0.2.7");
	assert_int_equal(twice.err, ERR_UNAUTHENTICATED);
	assert_int_equal(
		count("SELECT COUNT(*) FROM audit_event WHERE event = 'auth.stepped_up' "
		      "AND leaf LIKE '%\"factor\":\"totp\"%' AND actor_login = 'again.code'"),
		1);
}

static void guessing_a_code_anew_waits_as_at_sign_in(void **state)
{
	struct person person;
	struct answer got = {0};

	(void)state;
	enrol(&person, "again.waits");
	for (int i = 0; i < 12 && got.err != ERR_LIMIT; i++)
		got = run(&(struct ask){.op = "auth.step_up_code",
					.cookie = person.session,
					.peer = "198.51.100.1", /* known since the enrolment */
					.secret = good,
					.values = {TEXT("000000")}});
	assert_int_equal(got.err, ERR_LIMIT);
	assert_string_equal(got.reason, "sign_in.wait");
	assert_fresh(person.session, true);
}

static void a_recovery_code_proves_anew_once(void **state)
{
	struct person person;
	char code[32];

	(void)state;
	enrol(&person, "again.recovery");
	struct answer codes =
		run(&(struct ask){.op = "factors.recovery_create", .cookie = person.session});
	assert_int_equal(codes.err, ERR_OK);
	snprintf(code, sizeof(code), "%.*s", (int)strcspn(codes.body, "\n"), codes.body);
	make_stale("again.recovery");
	struct answer got = again_by_recovery(person.session, good, "AAAA-AAAA-AAAA-AAAA");
	assert_string_equal(got.reason, "step_up.failed");
	got = again_by_recovery(person.session, good, code);
	assert_int_equal(got.err, ERR_OK);
	assert_fresh(got.session, true);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.recovery_code_used' AND actor_login = 'again.recovery'"),
			 1);
	got = again_by_recovery(got.session, good, code);
	assert_string_equal(got.reason, "step_up.failed");
}

static void codes_prove_nothing_anew_under_a_floor(void **state)
{
	struct owner owner;

	(void)state;
	own(&owner, "again.floor", WEBAUTHN_ES256);
	put_under("again.floor", FACTOR_PASSKEY);
	struct answer in = alone(&owner.key, (struct soft_say){.count = 2}, &owner.person.id);
	make_stale("again.floor");
	code_for(owner.person.seed, 0);
	struct answer got = again(in.session, good, code_now);
	assert_int_equal(got.err, ERR_DENIED);
	assert_string_equal(got.reason, "factor.below_floor");
	assert_fresh(in.session, false);
	got = step_up(&owner.key, (struct soft_say){.count = 3}, in.session);
	assert_fresh(got.session, true);
	soft_key_clear(&owner.key);
}

/* --- Administrators --- */

static struct ask change(const char *op, const uint8_t *cookie, enum factor_level level)
{
	return (struct ask){.op = op,
			    .cookie = cookie,
			    .values = {ID(floor_id(level)), {.set = true, .number = 1}}};
}

static int64_t version_of(enum factor_level level)
{
	struct factor_floor floor;
	struct uuid id = floor_id(level);

	assert_int_equal(floor_sql_get(&base, &id, &floor), ERR_OK);
	return floor.version;
}

static void who_saves_has_seen_who_falls_below(void **state)
{
	struct owner admin;
	struct person other;

	(void)state;
	test_db_script("UPDATE user SET state = 'disabled'; DELETE FROM factor_floor_group");
	own(&admin, "floor.admin", WEBAUTHN_ES256);
	enrol(&other, "floor.other");
	make_administrator("floor.admin");
	struct answer in = by_code(&admin.person);
	struct ask look = change("factor_floors.preview", in.session, FACTOR_PASSKEY);
	struct answer seen = run(&look);
	assert_int_equal(seen.err, ERR_OK);
	assert_int_equal(seen.count, 1);
	assert_false(seen.own);
	assert_int_equal(count("SELECT level FROM factor_floor WHERE is_default"), 0);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.factor_floor_tried' AND leaf LIKE '%\"below\":\"1\"%'"),
			 1);

	struct ask save = change("factor_floors.update", in.session, FACTOR_PASSKEY);
	save.if_match = version_of(FACTOR_PASSKEY);
	save.values[3] = (struct value){.set = true, .number = 0};
	struct answer got = run(&save);
	assert_int_equal(got.err, ERR_CONFLICT);
	assert_string_equal(got.reason, "factor_floor.below");
	save.values[3].number = 1;
	assert_int_equal(run(&save).err, ERR_OK);
	/* The administrator came by a code, and has a passkey: it must be shown now. */
	assert_due(&in, FACTOR_DUE_PROVE);
	struct answer theirs = by_code(&other);
	assert_due(&theirs, FACTOR_DUE_ENROL);
	in = step_up(&admin.key, (struct soft_say){.count = 2}, in.session);

	struct ask leave = change("factor_floors.update", in.session, FACTOR_PASSKEY);
	leave.values[1].number = 0;
	leave.if_match = version_of(FACTOR_PASSKEY);
	leave.values[3] = (struct value){.set = true, .number = 1};
	assert_string_equal(run(&leave).reason, "factor_floor.needs_default");
	soft_key_clear(&admin.key);
}

static void locking_oneself_out_needs_a_word_of_ones_own(void **state)
{
	struct person admin;

	(void)state;
	test_db_script("UPDATE user SET state = 'disabled'; DELETE FROM factor_floor_group;"
		       "UPDATE factor_floor SET is_default = level = 0");
	enrol(&admin, "locks.out");
	make_administrator("locks.out");
	struct answer in = by_code(&admin);
	struct ask look = change("factor_floors.preview", in.session, FACTOR_DEVICE_BOUND);
	struct answer seen = run(&look);
	assert_int_equal(seen.count, 1);
	assert_true(seen.own);
	struct ask save = change("factor_floors.update", in.session, FACTOR_DEVICE_BOUND);
	save.if_match = version_of(FACTOR_DEVICE_BOUND);
	save.values[3] = (struct value){.set = true, .number = 1};
	struct answer got = run(&save);
	assert_string_equal(got.reason, "factor_floor.own");
	assert_due(&in, FACTOR_DUE_NONE);
	save.values[4] = (struct value){.set = true, .number = 1};
	assert_int_equal(run(&save).err, ERR_OK);
	assert_due(&in, FACTOR_DUE_ENROL);
	test_db_script("UPDATE factor_floor SET is_default = level = 0");
}

static struct ask take_away(const uint8_t *cookie, const struct uuid *user, const struct uuid *id)
{
	return (struct ask){
		.op = "users.remove_factor", .cookie = cookie, .values = {ID(*user), ID(*id)}};
}

/* --- Listed models --- */

static struct answer list_model(const uint8_t *cookie, const uint8_t aaguid[16], const char *pem)
{
	struct uuid id;

	memcpy(id.b, aaguid, sizeof(id.b));
	return run(&(struct ask){.op = "attestation_models.add",
				 .cookie = cookie,
				 .values = {ID(id), TEXT("Soft key"), TEXT(pem)}});
}

static void assert_add_refused(const struct soft_key *key, struct soft_say say,
			       const uint8_t *cookie, const char *reason)
{
	struct answer got = add(key, say, cookie);

	assert_int_equal(got.err, ERR_CONFLICT);
	assert_string_equal(got.reason, reason);
	assert_true(refused_for("auth.passkey_refused", reason) > 0);
}

static void only_a_listed_model_its_maker_certified_is_attested(void **state)
{
	struct person admin, person;
	struct soft_key key;
	struct soft_maker maker, stranger, liar;
	static const uint8_t other[16] = {7};

	(void)state;
	test_db_script("DELETE FROM role_grant; UPDATE user SET state = 'disabled';"
		       "UPDATE factor_floor SET is_default = level = 0");
	enrol(&admin, "lists.models");
	make_administrator("lists.models");
	enrol(&person, "has.model");
	soft_key_make(&key, WEBAUTHN_ES256);
	soft_maker_make(&maker, &(struct soft_maker_say){.aaguid = key.aaguid});
	soft_maker_make(&stranger, &(struct soft_maker_say){.aaguid = key.aaguid});
	soft_maker_make(&liar, &(struct soft_maker_say){.aaguid = other});

	struct ask look = change("factor_floors.preview", admin.session, FACTOR_ATTESTED);
	assert_string_equal(run(&look).reason, "factor_floor.no_models");
	char *pem = soft_maker_pem(&maker), *another = soft_maker_pem(&liar);
	assert_string_equal(list_model(admin.session, key.aaguid, "not one").reason,
			    "attestation.certificate");
	struct answer listed = list_model(admin.session, key.aaguid, pem);
	assert_int_equal(listed.err, ERR_OK);
	assert_string_equal(list_model(admin.session, key.aaguid, pem).reason, "attestation.known");
	assert_int_equal(list_model(admin.session, key.aaguid, another).err, ERR_OK);
	assert_int_equal(run(&look).err, ERR_OK);

	put_under("has.model", FACTOR_ATTESTED);
	struct answer in = by_code(&person);
	assert_due(&in, FACTOR_DUE_ENROL);
	assert_add_refused(&key, (struct soft_say){0}, in.session, "passkey.attestation_missing");
	assert_add_refused(&key, (struct soft_say){.maker = &stranger}, in.session,
			   "passkey.attestation_chain");
	assert_add_refused(&key, (struct soft_say){.maker = &liar}, in.session,
			   "passkey.attestation_model");
	assert_add_refused(&key, (struct soft_say){.maker = &maker, .flags = SYNCED | WEBAUTHN_AT},
			   in.session, "passkey.below_floor");
	struct soft_key unlisted = key;
	unlisted.aaguid[0] ^= 1;
	assert_add_refused(&unlisted, (struct soft_say){.maker = &maker}, in.session,
			   "passkey.attestation_unlisted");
	in = add(&key, (struct soft_say){.maker = &maker, .count = 1}, in.session);
	assert_due(&in, FACTOR_DUE_NONE);
	struct answer got = alone(&key, (struct soft_say){.count = 2}, &person.id);
	assert_due(&got, FACTOR_DUE_NONE);

	/* Listed no more: it proves nothing more than that it is one of one device. */
	got = run(&(struct ask){.op = "attestation_models.remove",
				.cookie = admin.session,
				.values = {ID(listed.id)}});
	assert_int_equal(got.err, ERR_OK);
	assert_due(&in, FACTOR_DUE_ENROL);
	free(pem);
	free(another);
	soft_maker_clear(&maker);
	soft_maker_clear(&stranger);
	soft_maker_clear(&liar);
	soft_key_clear(&key);
}

static void an_administrator_takes_a_factor_away(void **state)
{
	struct person admin;
	struct owner owner;
	struct principal found;

	(void)state;
	test_db_script("DELETE FROM role_grant; UPDATE user SET state = 'disabled';"
		       "UPDATE factor_floor SET is_default = level = 0");
	enrol(&admin, "takes.away");
	own(&owner, "loses.one", WEBAUTHN_ES256);
	struct ask away = take_away(admin.session, &owner.person.id, &owner.id);
	assert_string_equal(run(&away).reason, "permission.missing");
	make_administrator("takes.away");
	struct ask wrong = take_away(admin.session, &admin.id, &owner.id);
	assert_string_equal(run(&wrong).reason, "factor.own");
	wrong = take_away(admin.session, &owner.person.id, &admin.id);
	assert_int_equal(run(&wrong).err, ERR_NOT_FOUND);
	make_stale("takes.away");
	assert_string_equal(run(&away).reason, "auth.not_fresh");
	code_for(admin.seed, 0);
	struct answer fresh = again(admin.session, good, code_now);
	away.cookie = fresh.session;
	assert_int_equal(run(&away).err, ERR_OK);
	assert_int_equal(session_principal(&base, (struct block){owner.person.session, 32},
					   (struct block){0}, USE_LOOK, &found),
			 ERR_UNAUTHENTICATED);
	struct answer got = alone(&owner.key, (struct soft_say){.count = 2}, &owner.person.id);
	assert_int_equal(got.err, ERR_UNAUTHENTICATED);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.factor_removed' AND actor_login = 'takes.away' AND leaf LIKE "
			       "'%\"kind\":\"passkey\"%'"),
			 1);
	soft_key_clear(&owner.key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_strictest_of_a_persons_groups_holds),
		cmocka_unit_test(less_than_the_floor_only_sets_up_what_is_wanted),
		cmocka_unit_test(who_has_what_is_wanted_must_show_it),
		cmocka_unit_test(of_two_who_set_up_at_once_one_is_too_late),
		cmocka_unit_test(a_recovery_code_and_a_new_link_are_no_way_round),
		cmocka_unit_test(a_passkey_that_is_copied_is_not_of_one_device),
		cmocka_unit_test(a_raised_floor_and_a_lost_passkey_bind_who_is_signed_in),
		cmocka_unit_test(the_last_that_meets_the_floor_stays),
		cmocka_unit_test(the_password_comes_before_what_must_be_set_up),
		cmocka_unit_test(password_and_code_prove_anew_who_one_is),
		cmocka_unit_test(guessing_a_code_anew_waits_as_at_sign_in),
		cmocka_unit_test(a_recovery_code_proves_anew_once),
		cmocka_unit_test(codes_prove_nothing_anew_under_a_floor),
		cmocka_unit_test(who_saves_has_seen_who_falls_below),
		cmocka_unit_test(only_a_listed_model_its_maker_certified_is_attested),
		cmocka_unit_test(an_administrator_takes_a_factor_away),
		cmocka_unit_test(locking_oneself_out_needs_a_word_of_ones_own),
	};
	return cmocka_run_group_tests(tests, people_setup, people_teardown);
}
