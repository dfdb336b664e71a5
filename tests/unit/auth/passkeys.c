/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/auth/passkeys.h"

enum { TEXTS = 6, TEXT_MAX_LEN = 4096 };
static char texts[TEXTS][TEXT_MAX_LEN]; /* of the answer being sent, base64url */

static char *encoded(int at, struct block bytes)
{
	assert_true(BASE64_SIZE(bytes.len) <= TEXT_MAX_LEN);
	base64url_encode(bytes.data, bytes.len, texts[at]);
	return texts[at];
}

struct answer challenge_for(const char *op, const uint8_t *cookie)
{
	struct answer asked = run(&(struct ask){.op = op, .cookie = cookie});

	assert_int_equal(asked.err, ERR_OK);
	assert_int_equal(strlen(asked.token), 43);
	assert_int_equal(strlen(asked.challenge), 43);
	return asked;
}

static void say_challenge(struct soft_say *say, const struct answer *asked)
{
	assert_int_equal(base64url_decode(asked->challenge, 43, say->challenge, 32), 32);
}

struct ask add_ask(const struct soft_key *key, struct soft_say say, const uint8_t *cookie,
		   const struct answer *asked)
{
	struct soft_answer made;

	say_challenge(&say, asked);
	soft_create(key, &say, &made);
	snprintf(texts[0], TEXT_MAX_LEN, "%s", asked->token);
	encoded(1, soft_block(&made.client_data));
	encoded(2, soft_block(&made.attestation));
	soft_answer_clear(&made);
	return (struct ask){
		.op = "passkeys.add",
		.cookie = cookie,
		.values = {TEXT(texts[0]), TEXT(texts[1]), TEXT(texts[2]), {0}, TEXT("laptop")}};
}

struct answer add(const struct soft_key *key, struct soft_say say, const uint8_t *cookie)
{
	struct answer asked = challenge_for("passkeys.challenge", cookie);
	struct ask ask = add_ask(key, say, cookie, &asked);

	return run(&ask);
}

void own(struct owner *owner, const char *login, enum webauthn_alg alg)
{
	enrol(&owner->person, login);
	soft_key_make(&owner->key, alg);
	struct answer added =
		add(&owner->key, (struct soft_say){.count = 1}, owner->person.session);
	assert_int_equal(added.err, ERR_OK);
	owner->id = added.id;
}

/* The five or six fields of an answer from place first. user: NULL for none. */
void answer_fields(struct ask *ask, unsigned first, const struct soft_key *key, struct soft_say say,
		   const struct answer *asked, const struct uuid *user)
{
	struct soft_answer got;

	say_challenge(&say, asked);
	soft_get(key, &say, &got);
	snprintf(texts[0], TEXT_MAX_LEN, "%s", asked->token);
	encoded(1, (struct block){key->id, sizeof(key->id)});
	encoded(2, soft_block(&got.client_data));
	encoded(3, soft_block(&got.data));
	encoded(4, soft_block(&got.signature));
	for (unsigned i = 0; i < 5; i++)
		ask->values[first + i] = (struct value)TEXT(texts[i]);
	if (user)
		ask->values[first + 5] =
			(struct value)TEXT(encoded(5, (struct block){user->b, UUID_SIZE}));
	soft_answer_clear(&got);
}

struct answer alone(const struct soft_key *key, struct soft_say say, const struct uuid *user)
{
	struct answer asked = challenge_for("auth.passkey_challenge", NULL);
	struct ask ask = {.op = "auth.passkey_sign_in"};

	answer_fields(&ask, 0, key, say, &asked, user);
	return run(&ask);
}

struct answer second(const struct person *person, const char *password, const struct soft_key *key,
		     struct soft_say say)
{
	struct answer asked = challenge_for("auth.passkey_challenge", NULL);
	struct ask ask = {
		.op = "auth.sign_in_passkey", .secret = password, .values = {TEXT(person->login)}};

	answer_fields(&ask, 1, key, say, &asked, NULL);
	return run(&ask);
}

struct answer step_up(const struct soft_key *key, struct soft_say say, const uint8_t *cookie)
{
	struct answer asked = challenge_for("auth.step_up_challenge", cookie);
	struct ask ask = {.op = "auth.step_up", .cookie = cookie};

	answer_fields(&ask, 0, key, say, &asked, NULL);
	return run(&ask);
}

int64_t refused_for(const char *event, const char *reason)
{
	char sql[512];
	static char kept[24][512]; /* count() keeps statements by address of their text */
	static int used;

	snprintf(sql, sizeof(sql),
		 "SELECT COUNT(*) FROM audit_event WHERE event = '%s' AND outcome = 'refused' AND "
		 "leaf LIKE '%%\"reason\":\"%s\"%%'",
		 event, reason);
	for (int i = 0; i < used; i++)
		if (strcmp(kept[i], sql) == 0)
			return count(kept[i]);
	assert_true(used < 24);
	snprintf(kept[used], sizeof(kept[used]), "%s", sql);
	return count(kept[used++]);
}
