/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/auth/people.h"

#include <sodium.h>
#include <unistd.h>

#include "auth/saml_inner.h"
#include "auth/saml_sql.h"
#include "base/arena.h"
#include "base/helper.h"
#include "base/secret.h"
#include "tests/support/helper_process.h"

/* Our keys for SAML: made by the real sekisho-saml, kept by a real keeper; one follows the other.
 */

static char program[] = "sekisho-saml";
static const struct helpers helpers = {helper_process, program};
static struct person admin;
static struct identity_provider provider;

static struct answer key_op(const char *op, const struct uuid *id)
{
	struct ask ask = {.op = op, .cookie = admin.session};

	if (id)
		ask.values[0] = (struct value){.set = true, .id = *id};
	return run(&ask);
}

static size_t keys_now(struct saml_own_key out[SAML_KEYS_OWN])
{
	size_t found = 0;

	assert_int_equal(saml_sql_keys(&base, false, out, &found), ERR_OK);
	return found;
}

struct record {
	enum saml_which which;
	struct secret_hand hand;
};

static enum err record(struct ctx *ctx, void *arg)
{
	struct record *record = arg;

	return saml_record_key(ctx, &provider, record->which, &record->hand);
}

/* Its private half opens in the keeper, and is the one of that certificate's row. */
static void assert_opens(enum saml_which which, const struct uuid *secret_id)
{
	struct record found = {.which = which};
	struct secret *key = NULL;
	int fd = -1;

	assert_int_equal(db_transaction(&base, record, &found), ERR_OK);
	assert_true(uuid_equal(&found.hand.ref.id, secret_id));
	assert_int_equal(secret_hand_open(&base, &found.hand, &fd), ERR_OK);
	assert_int_equal(secret_read_fd(fd, 8192, 5000, &key), ERR_OK);
	assert_true(secret_len(key) > 1000);
	secret_free(key);
	close(fd);
}

static void assert_no_other(void)
{
	struct record found = {.which = SAML_KEY_OTHER};

	assert_int_equal(db_transaction(&base, record, &found), ERR_NOT_FOUND);
}

static void the_first_is_in_use_the_next_only_once_somebody_says_so(void **state)
{
	struct saml_own_key keys[SAML_KEYS_OWN];
	int64_t now = sys_real_us(), day = (int64_t)86400 * 1000000;

	(void)state;
	assert_int_equal(keys_now(keys), 0);
	assert_int_equal(key_op("saml_keys.create", NULL).err, ERR_OK);
	assert_int_equal(keys_now(keys), 1);
	assert_true(keys[0].in_use);
	assert_true(keys[0].expires_at > now + 3649 * day && keys[0].expires_at < now + 3651 * day);
	const struct uuid first = keys[0].id, first_secret = keys[0].secret_id;
	assert_no_other();
	assert_string_equal(key_op("saml_keys.use", &first).reason, "saml_key.in_use");
	assert_string_equal(key_op("saml_keys.remove", &first).reason, "saml_key.in_use");

	assert_int_equal(key_op("saml_keys.create", NULL).err, ERR_OK);
	assert_int_equal(keys_now(keys), 2);
	assert_true(keys[0].in_use && !keys[1].in_use && uuid_equal(&keys[0].id, &first));
	assert_string_not_equal(keys[0].fingerprint, keys[1].fingerprint);
	const struct uuid next = keys[1].id, next_secret = keys[1].secret_id;
	assert_opens(SAML_KEY_IN_USE, &first_secret);
	assert_opens(SAML_KEY_OTHER, &next_secret);
	assert_string_equal(key_op("saml_keys.create", NULL).reason, "saml_key.two");

	assert_int_equal(key_op("saml_keys.use", &next).err, ERR_OK);
	assert_opens(SAML_KEY_IN_USE, &next_secret);
	assert_opens(SAML_KEY_OTHER, &first_secret);
	assert_int_equal(key_op("saml_keys.use", &first).err, ERR_OK); /* back */
	assert_opens(SAML_KEY_IN_USE, &first_secret);
	assert_int_equal(key_op("saml_keys.use", &next).err, ERR_OK);
	assert_string_equal(key_op("saml_keys.remove", &next).reason, "saml_key.in_use");

	assert_int_equal(key_op("saml_keys.remove", &first).err, ERR_OK);
	assert_int_equal(keys_now(keys), 1);
	assert_true(keys[0].in_use && uuid_equal(&keys[0].id, &next));
	assert_no_other();
	assert_int_equal(count("SELECT COUNT(*) FROM secret WHERE kind = 6"), 1);
	assert_int_equal(key_op("saml_keys.remove", &first).err, ERR_NOT_FOUND);
}

/* One that is made and never used can go as well; its place is the next one's. */
static void a_next_one_can_be_given_up(void **state)
{
	struct saml_own_key keys[SAML_KEYS_OWN];

	(void)state;
	assert_int_equal(key_op("saml_keys.create", NULL).err, ERR_OK);
	assert_int_equal(keys_now(keys), 2);
	assert_int_equal(key_op("saml_keys.remove", &keys[1].id).err, ERR_OK);
	assert_int_equal(keys_now(keys), 1);
	assert_int_equal(key_op("saml_keys.create", NULL).err, ERR_OK);
	assert_int_equal(keys_now(keys), 2);
}

static void each_step_is_recorded_with_the_certificate(void **state)
{
	struct saml_own_key keys[SAML_KEYS_OWN];
	char sql[256];

	(void)state;
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.saml_key_made' AND leaf LIKE '%expires_at%'"),
			 4);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.saml_key_put_in_use' AND leaf LIKE '%\"before\"%'"),
			 3);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = "
			       "'auth.saml_key_removed'"),
			 2);
	assert_int_equal(count("SELECT COUNT(*) FROM audit_event WHERE event = 'secret.released' "
			       "AND leaf LIKE '%\"saml_other\"%'"),
			 2);
	keys_now(keys);
	snprintf(sql, sizeof(sql),
		 "SELECT COUNT(*) FROM audit_event WHERE event = 'auth.saml_key_made' AND leaf "
		 "LIKE '%%%s%%'",
		 keys[1].fingerprint);
	assert_int_equal(count(sql), 1);
}

static void only_who_manages_policies_and_has_just_signed_in(void **state)
{
	struct person other;
	struct saml_own_key keys[SAML_KEYS_OWN];

	(void)state;
	enrol(&other, "jiro");
	assert_int_equal(run(&(struct ask){.op = "saml_keys.create", .cookie = other.session}).err,
			 ERR_DENIED);
	assert_int_equal(run(&(struct ask){.op = "saml_keys.create"}).err, ERR_UNAUTHENTICATED);
	test_db_script("UPDATE auth_session SET authenticated_at = authenticated_at - INTERVAL 20 "
		       "MINUTE");
	keys_now(keys);
	const char *const ops[] = {"saml_keys.create", "saml_keys.use", "saml_keys.remove"};
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		assert_string_equal(key_op(ops[i], i ? &keys[1].id : NULL).reason,
				    "auth.not_fresh");
	assert_int_equal(keys_now(keys), 2);
}

static enum err carry_to_newest(struct ctx *ctx, void *arg)
{
	static const struct db_stmt store = {
		"test.carry", "UPDATE secret_version SET blob_ = ?, kek = ? WHERE secret_id = ?", 3,
		0};
	struct secret_hand now = *(const struct secret_hand *)arg;
	struct block blob;

	assert_int_equal(keeper_rewrap(ctx, &now.ref, now.blob, &blob), ERR_OK);
	const struct db_param params[] = {DB_P_BYTES(blob.data, blob.len),
					  DB_P_INT(keeper_blob_kek(blob)), DB_P_UUID(&now.ref.id)};
	return db_exec(ctx, &store, params, NULL);
}

static void change_vault(enum keeper_change change)
{
	struct block state;
	uint8_t hash[crypto_hash_sha256_BYTES];

	assert_int_equal(keeper_change(&base, change, -1, &state), ERR_OK);
	crypto_hash_sha256(hash, state.data, state.len);
	assert_int_equal(keeper_adopt(&base, hash), ERR_OK);
}

static void a_key_opens_when_the_vaults_own_was_rotated_since_it_was_recorded(void **state)
{
	struct record found = {.which = SAML_KEY_IN_USE};
	struct secret *key = NULL;
	int fd = -1;

	(void)state;
	assert_int_equal(db_transaction(&base, record, &found), ERR_OK);
	change_vault(KEEPER_ADD_KEK);
	assert_int_equal(db_transaction(&base, carry_to_newest, &found.hand), ERR_OK);
	change_vault(KEEPER_DROP_OLD_KEKS);
	assert_int_equal(secret_hand_open(&base, &found.hand, &fd), ERR_OK);
	assert_int_equal(secret_read_fd(fd, 8192, 5000, &key), ERR_OK);
	assert_true(secret_len(key) > 1000);
	secret_free(key);
	close(fd);

	assert_int_equal(db_transaction(&base, record, &found), ERR_OK);
	uint8_t *changed = arena_memdup(base.arena, found.hand.blob.data, found.hand.blob.len);
	changed[found.hand.blob.len - 1] ^= 1;
	found.hand.blob.data = changed;
	assert_int_equal(secret_hand_open(&base, &found.hand, &fd), ERR_INTEGRITY);
	close(fd);
}

static int setup(void **state)
{
	people_hash_cheaply();
	people_setup(state);
	base.helpers = &helpers;
	enrol(&admin, "admin");
	make_administrator("admin");
	provider = (struct identity_provider){
		.id = uuid_v7(), .kind = FEDERATION_SAML, .name = "Example"};
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_is_in_use_the_next_only_once_somebody_says_so),
		cmocka_unit_test(a_next_one_can_be_given_up),
		cmocka_unit_test(each_step_is_recorded_with_the_certificate),
		cmocka_unit_test(only_who_manages_policies_and_has_just_signed_in),
		cmocka_unit_test(a_key_opens_when_the_vaults_own_was_rotated_since_it_was_recorded),
	};

	return cmocka_run_group_tests(tests, setup, people_teardown);
}
