/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <sodium.h>

#include "audit/audit.h"
#include "audit/audit_api.h"
#include "audit/checkpoint.h"
#include "audit/sequencer.h"
#include "base/arena.h"
#include "base/text.h"
#include "rbac/principal.h"
#include "tests/support/test_db.h"
#include "tests/unit/audit/run_read.h"
#include "vault/checkpoint_text.h"

static struct ctx ctx;
static struct uuid target_id, sign_in_id;

static const struct principal alice = {.user_id = {{0xA1}},
				       .session_id = {{0x5E}},
				       .login = "alice",
				       .display_name = "Alice",
				       .language = "ja",
				       .timezone = "Asia/Tokyo",
				       .theme = "system"};

static struct {
	uint64_t size;
	uint8_t root[32], public_key[32], private_key[64];
} keeper;

static enum err last(struct ctx *c, void *arg, uint64_t *out_size, uint8_t out_root[32],
		     uint8_t out_public_key[32])
{
	(void)c;
	(void)arg;
	*out_size = keeper.size;
	memcpy(out_root, keeper.root, 32);
	memcpy(out_public_key, keeper.public_key, 32);
	return ERR_OK;
}

static enum err sign(struct ctx *c, void *arg, uint64_t old_size, uint64_t size,
		     const uint8_t root[32], const struct merkle_proof *consistency,
		     uint8_t out_signature[64])
{
	char body[CHECKPOINT_BODY_SIZE];
	(void)c;
	(void)arg;
	(void)old_size;
	(void)consistency;
	size_t len = checkpoint_body(keeper.public_key, size, root, body);
	crypto_sign_detached(out_signature, NULL, (uint8_t *)body, len, keeper.private_key);
	keeper.size = size;
	memcpy(keeper.root, root, 32);
	return ERR_OK;
}

static void append(enum event_id event, enum audit_outcome outcome, const char *type,
		   const struct uuid *object, const char *name, struct uuid *out_id)
{
	struct audit audit;
	audit_init(&audit, event);
	audit.outcome = outcome;
	audit.peer = "192.0.2.1";
	if (type != NULL)
		audit_object(&audit, type, object, name);
	if (out_id != NULL)
		*out_id = audit.id;
	assert_int_equal(audit_append(&ctx, &audit), ERR_OK);
}

static int setup(void **state)
{
	const struct checkpoint_signer signer = {last, sign, NULL};
	struct sequencer sequencer;
	size_t count;
	bool made;
	(void)state;
	crypto_sign_keypair(keeper.public_key, keeper.private_key);
	target_id = uuid_v7();
	test_db_ctx(&ctx);
	append(EVENT_SIGN_IN_REFUSED, AUDIT_REFUSED, NULL, NULL, NULL, NULL);
	ctx.principal = &alice;
	append(EVENT_SIGN_IN, AUDIT_OK, NULL, NULL, NULL, &sign_in_id);
	append(EVENT_TARGET_CREATED, AUDIT_OK, "target", &target_id, "web-01", NULL);
	append(EVENT_TARGET_CHANGED, AUDIT_OK, "target", &target_id, "web-01", NULL);
	append(EVENT_TARGET_TESTED, AUDIT_FAILED, "target", &target_id, "web-01", NULL);
	sequencer_init(&sequencer);
	assert_int_equal(sequencer_run(&ctx, &sequencer, &count), ERR_OK);
	assert_int_equal(checkpoint_make(&ctx, &signer, -1, &made), ERR_OK);
	append(EVENT_REQUEST_CREATED, AUDIT_OK, "request", &target_id, "R-2026-000001", NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	test_db_ctx_end(&ctx);
	return 0;
}

/* The caller owns the JSON. */
static json_t *answer(const char *id, const struct value *values, size_t count, enum err expected)
{
	struct buf body;
	buf_init(&body, 1 << 20);
	assert_int_equal(run_read(&ctx, id, values, count, &body), expected);
	json_t *parsed = NULL;
	if (expected == ERR_OK) {
		parsed = json_loadb((const char *)body.data, body.len, 0, NULL);
		assert_non_null(parsed);
	}
	buf_clear(&body);
	return parsed;
}

static void filters_find_what_they_name(void **state)
{
	(void)state;
	static const struct {
		unsigned field;
		int64_t number;
		const char *text;
		size_t expected;
	} cases[] = {
		{AL_LIMIT, 200, NULL, 6},
		{AL_LOG, 1, NULL, 2},
		{AL_LOG, 0, NULL, 4},
		{AL_OUTCOME, 2, NULL, 1},
		{AL_OUTCOME, 0, NULL, 4},
		{AL_EVENT, EVENT_TARGET_CHANGED - 1, NULL, 1},
		{AL_ACTOR, 0, "alice", 5},
		{AL_ACTOR, 0, "bob", 0},
		{AL_Q, 0, "web-0", 3},
		{AL_Q, 0, "R-2026", 1},
		{AL_Q, 0, "192.0.2.1", 6},
		{AL_Q, 0, "", 6},
		{AL_OBJECT, 0, NULL, 4},
		{AL_FROM, INT64_C(4102444800000000), NULL, 0},
		{AL_TO, INT64_C(1000000), NULL, 0},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct value values[AL_TO + 1] = {0};
		values[cases[i].field] = (struct value){.set = true,
							.number = cases[i].number,
							.text = cases[i].text,
							.id = target_id};
		json_t *page = answer("audit.list", values, AL_TO + 1, ERR_OK);
		assert_int_equal(json_array_size(json_object_get(page, "items")),
				 cases[i].expected);
		assert_true(json_is_null(json_object_get(page, "next_cursor")));
		json_decref(page);
	}
}

static void pages_follow_each_other_newest_first(void **state)
{
	(void)state;
	char cursor[512] = "", previous[64] = "9999";
	size_t seen = 0;
	for (int i = 0; i < 4; i++) {
		struct value values[AL_TO + 1] = {0};
		values[AL_LIMIT] = (struct value){.set = true, .number = 2};
		if (i > 0)
			values[AL_CURSOR] = (struct value){.set = true, .text = cursor};
		json_t *page = answer("audit.list", values, AL_TO + 1, ERR_OK);
		json_t *items = json_object_get(page, "items"), *item;
		size_t k;
		json_array_foreach(items, k, item)
		{
			const char *time = json_string_value(json_object_get(item, "time"));
			assert_true(strcmp(time, previous) <= 0);
			(void)snprintf(previous, sizeof(previous), "%s", time);
			assert_string_equal(json_string_value(json_object_get(
						    json_object_get(item, "leaf"), "id")),
					    json_string_value(json_object_get(item, "id")));
			seen++;
		}
		const char *next = json_string_value(json_object_get(page, "next_cursor"));
		(void)snprintf(cursor, sizeof(cursor), "%s", next ? next : "");
		json_decref(page);
		if (cursor[0] == '\0')
			break;
	}
	assert_int_equal(seen, 6);
}

static void proof_of_an_event_verifies(void **state)
{
	(void)state;
	const struct value id = {.set = true, .id = sign_in_id};
	json_t *proof = answer("audit.proof", &id, 1, ERR_OK);
	uint8_t leaf[32], root[32], signed_root[32], path[8][32];
	const char *note = json_string_value(json_object_get(proof, "checkpoint"));
	json_t *hashes = json_object_get(proof, "path");
	uint64_t size, count = json_array_size(hashes);
	assert_true(hex_decode(json_string_value(json_object_get(proof, "leaf_hash")), leaf, 32));
	assert_true(hex_decode(json_string_value(json_object_get(proof, "root")), root, 32));
	for (size_t i = 0; i < count; i++)
		assert_true(hex_decode(json_string_value(json_array_get(hashes, i)), path[i], 32));
	assert_true(
		checkpoint_note_verify(note, strlen(note), keeper.public_key, &size, signed_root));
	assert_memory_equal(root, signed_root, 32);
	assert_true(merkle_verify_inclusion(
		leaf, (uint64_t)json_integer_value(json_object_get(proof, "n")), size, path[0],
		count, root));
	json_decref(proof);
	const struct value unknown = {.set = true, .id = target_id};
	(void)answer("audit.proof", &unknown, 1, ERR_NOT_FOUND);
}

static void event_that_no_checkpoint_covers_has_no_proof_yet(void **state)
{
	(void)state;
	struct uuid id;
	append(EVENT_REQUEST_CREATED, AUDIT_OK, "request", &target_id, "R-2026-000002", &id);
	const struct value value = {.set = true, .id = id};
	(void)answer("audit.proof", &value, 1, ERR_CONFLICT);
	assert_string_equal(ctx.error.reason, "audit.not_covered");
}

static void state_names_sizes_and_key(void **state)
{
	(void)state;
	char vkey[CHECKPOINT_VKEY_SIZE];
	const struct value none = {0};
	json_t *now = answer("audit.state", &none, 1, ERR_OK);
	checkpoint_vkey(keeper.public_key, vkey);
	assert_string_equal(json_string_value(json_object_get(now, "vkey")), vkey);
	assert_int_equal(json_integer_value(json_object_get(now, "size")), 5);
	assert_true(json_integer_value(json_object_get(now, "pending")) >= 1);
	json_decref(now);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filters_find_what_they_name),
		cmocka_unit_test(pages_follow_each_other_newest_first),
		cmocka_unit_test(proof_of_an_event_verifies),
		cmocka_unit_test(event_that_no_checkpoint_covers_has_no_proof_yet),
		cmocka_unit_test(state_names_sizes_and_key),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
