/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "base/text.h"
#include "gateways/proto/beat.h"
#include "gateways/proto/bundle.h"
#include "gateways/proto/grant.h"
#include "gateways/proto/verdict.h"

#define BLOCK(text)                                                      \
	{                                                                \
		.data = (const uint8_t *)(text), .len = sizeof(text) - 1 \
	}

static EVP_PKEY *key;
static uint8_t public_key[GRANT_PUBLIC_KEY];

static int make_key(void **state)
{
	size_t len = sizeof(public_key);

	(void)state;
	key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	return key && EVP_PKEY_get_raw_public_key(key, public_key, &len) == 1 ? 0 : -1;
}

static int free_key(void **state)
{
	(void)state;
	EVP_PKEY_free(key);
	return 0;
}

/* What the keeper does: label with its NUL, then the payload. */
static void sign(struct buf *payload, const char *label)
{
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	uint8_t signature[GRANT_SIGNATURE];
	size_t len = sizeof(signature);
	struct buf message;

	buf_init(&message, 256 * 1024);
	buf_put(&message, label, strlen(label) + 1);
	buf_put(&message, payload->data, payload->len);
	assert_int_equal(EVP_DigestSignInit(digest, NULL, NULL, NULL, key), 1);
	assert_int_equal(EVP_DigestSign(digest, signature, &len, message.data, message.len), 1);
	buf_put(payload, signature, len);
	assert_false(buf_failed(payload));
	buf_clear(&message);
	EVP_MD_CTX_free(digest);
}

static struct grant sample_grant(void)
{
	return (struct grant){
		.tenant = uuid_random(),
		.gateway_id = uuid_random(),
		.boot_id = uuid_random(),
		.target_id = uuid_random(),
		.session_id = uuid_random(),
		.user_id = uuid_random(),
		.nonce = uuid_random(),
		.port = 22,
		.protocol = BLOCK(GRANT_PROTOCOL),
		.user = BLOCK("tanaka"),
		.ticket = BLOCK("INC-42"),
		.policy_version = 7,
		.issued = 1000,
		.expires = 1000 + GRANT_LIFE_US,
	};
}

static void signed_grant(struct buf *out, const struct grant *grant)
{
	buf_init(out, GRANT_SIGNED_MAX);
	grant_put(out, grant);
	sign(out, "sekisho-grant/1");
}

static void grant_survives_the_round_trip(void **state)
{
	struct grant in = sample_grant(), out;
	struct buf bytes;

	(void)state;
	signed_grant(&bytes, &in);
	assert_int_equal(grant_open(bytes.data, bytes.len, public_key, &out), ERR_OK);
	assert_true(uuid_equal(&in.nonce, &out.nonce));
	assert_true(uuid_equal(&in.target_id, &out.target_id));
	assert_int_equal(out.port, 22);
	assert_int_equal(out.policy_version, 7);
	assert_int_equal(out.expires, in.expires);
	assert_memory_equal(out.ticket.data, "INC-42", 6);
	buf_clear(&bytes);
}

static void cut_or_changed_grant_is_refused_at_every_byte(void **state)
{
	struct grant in = sample_grant(), out;
	struct buf bytes;

	(void)state;
	signed_grant(&bytes, &in);
	for (size_t len = 0; len < bytes.len; len++)
		assert_int_not_equal(grant_open(bytes.data, len, public_key, &out), ERR_OK);
	for (size_t i = 0; i < bytes.len; i++) {
		bytes.data[i] ^= 1;
		assert_int_not_equal(grant_open(bytes.data, bytes.len, public_key, &out), ERR_OK);
		bytes.data[i] ^= 1;
	}
	assert_int_equal(grant_open(bytes.data, bytes.len, public_key, &out), ERR_OK);
	buf_clear(&bytes);
}

static void grant_signed_as_a_bundle_is_refused(void **state)
{
	struct grant in = sample_grant(), out;
	struct buf bytes;

	(void)state;
	buf_init(&bytes, GRANT_SIGNED_MAX);
	grant_put(&bytes, &in);
	sign(&bytes, "sekisho-bundle/1");
	assert_int_equal(grant_open(bytes.data, bytes.len, public_key, &out), ERR_INTEGRITY);
	buf_clear(&bytes);
}

static struct bundle_head sample_head(void)
{
	return (struct bundle_head){
		.version = 3,
		.tenant = uuid_random(),
		.gateway_id = uuid_random(),
		.issued = 5,
		.refresh_after = 5 + BUNDLE_REFRESH_US,
		.stale_after = 5 + BUNDLE_STALE_US,
		.expires = 5 + BUNDLE_EXPIRES_US,
	};
}

static void sample_targets(struct bundle_target *targets, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		targets[i] = (struct bundle_target){
			.id = {.b = {(uint8_t)(i + 1)}},
			.port = 22,
			.address_count = 2,
			.addresses = {"192.0.2.7", "web.example.test"},
		};
	}
}

static void bundle_survives_the_round_trip_and_every_cut_is_refused(void **state)
{
	struct bundle_head head = sample_head();
	struct bundle_target targets[3];
	const struct bundle_target *found;
	struct bundle out;
	struct buf bytes;

	(void)state;
	sample_targets(targets, 3);
	buf_init(&bytes, BUNDLE_SIGNED_MAX);
	bundle_put(&bytes, &head, targets, 3);
	sign(&bytes, "sekisho-bundle/1");
	assert_int_equal(bundle_open(bytes.data, bytes.len, public_key, &out), ERR_OK);
	assert_int_equal(out.target_count, 3);
	assert_int_equal(out.head.expires, head.expires);
	found = bundle_find(&out, &targets[1].id);
	assert_non_null(found);
	assert_string_equal(found->addresses[1], "web.example.test");
	assert_null(bundle_find(&out, &head.tenant));
	bundle_clear(&out);
	for (size_t len = 0; len < bytes.len; len++)
		assert_int_not_equal(bundle_open(bytes.data, len, public_key, &out), ERR_OK);
	buf_clear(&bytes);
}

/* The payload parser itself: every cut is signed again, so that the signature does not hide it. */
static void signed_but_cut_bundle_is_refused(void **state)
{
	struct bundle_head head = sample_head();
	struct bundle_target targets[2];
	struct buf whole, cut;
	struct bundle out;

	(void)state;
	sample_targets(targets, 2);
	buf_init(&whole, BUNDLE_SIGNED_MAX);
	buf_init(&cut, BUNDLE_SIGNED_MAX);
	bundle_put(&whole, &head, targets, 2);
	for (size_t len = 1; len < whole.len; len++) {
		buf_reset(&cut);
		buf_put(&cut, whole.data, len);
		sign(&cut, "sekisho-bundle/1");
		assert_int_equal(bundle_open(cut.data, cut.len, public_key, &out), ERR_SYNTAX);
	}
	buf_clear(&whole);
	buf_clear(&cut);
}

/* A large bundle of so many targets; ids count up from first. */
static void make_large(struct buf *out, const struct bundle_head *head, uint32_t first,
		       uint32_t count)
{
	struct bundle_writer writer;
	struct buf body;

	buf_init(&body, BUNDLE_LARGE_MAX);
	bundle_body_begin(&writer, &body);
	for (uint32_t i = first; i < first + count; i++) {
		struct bundle_target target = {
			.port = 22, .address_count = 1, .addresses = {"192.0.2.7"}};

		for (int k = 0; k < 4; k++)
			target.id.b[k] = (uint8_t)(i >> (24 - 8 * k));
		bundle_body_add(&writer, &target);
	}
	bundle_body_end(&writer);
	assert_false(buf_failed(&body));
	buf_init(out, BUNDLE_LARGE_MAX);
	bundle_put_announcement(out, head, (struct block){body.data, body.len});
	sign(out, "sekisho-bundle/1");
	assert_int_equal(out->len, BUNDLE_ANNOUNCEMENT);
	buf_put(out, body.data, body.len);
	assert_false(buf_failed(out));
	buf_clear(&body);
}

static void large_bundle_holds_fifty_thousand_targets(void **state)
{
	struct bundle_head head = sample_head();
	struct bundle_announcement announcement;
	const struct uuid last = {.b = {0, 0, 0xc3, 0x50}};
	struct bundle out;
	struct buf bytes;

	(void)state;
	make_large(&bytes, &head, 1, 50000);
	assert_int_equal(bundle_announced(bytes.data, bytes.len, public_key, &announcement),
			 ERR_OK);
	assert_int_equal(announcement.head.version, 3);
	assert_int_equal(announcement.body_len, bytes.len - BUNDLE_ANNOUNCEMENT);
	assert_int_equal(bundle_open(bytes.data, bytes.len, public_key, &out), ERR_OK);
	assert_int_equal(out.target_count, 50000);
	assert_string_equal(bundle_find(&out, &last)->addresses[0], "192.0.2.7");
	bundle_clear(&out);
	buf_clear(&bytes);
}

static void large_bundle_is_refused_when_any_of_it_is_not_what_was_signed(void **state)
{
	struct bundle_head head = sample_head();
	struct bundle_announcement announcement;
	struct buf bytes, other;
	struct bundle out;

	(void)state;
	make_large(&bytes, &head, 1, 20);
	make_large(&other, &head, 2, 20);
	for (size_t i = 0; i < bytes.len; i++) {
		bytes.data[i] ^= 1;
		assert_int_not_equal(bundle_open(bytes.data, bytes.len, public_key, &out), ERR_OK);
		assert_int_equal(bundle_announced(bytes.data, bytes.len, public_key,
						  &announcement) == ERR_OK,
				 i >= BUNDLE_ANNOUNCEMENT);
		bytes.data[i] ^= 1;
	}
	for (size_t len = 0; len < bytes.len; len++)
		assert_int_not_equal(bundle_open(bytes.data, len, public_key, &out), ERR_OK);
	/* The announcement of one before the body of another, of the same length. */
	assert_int_equal(bytes.len, other.len);
	memcpy(other.data, bytes.data, BUNDLE_ANNOUNCEMENT);
	assert_int_equal(bundle_open(other.data, other.len, public_key, &out), ERR_INTEGRITY);
	buf_put_u8(&bytes, 0);
	assert_int_equal(bundle_open(bytes.data, bytes.len, public_key, &out), ERR_SYNTAX);
	buf_clear(&bytes);
	buf_clear(&other);
}

static void small_bundle_refuses_what_only_a_large_one_holds(void **state)
{
	struct bundle_head head = sample_head();
	struct buf large, small;

	(void)state;
	make_large(&large, &head, 1, BUNDLE_TARGETS_MAX + 1);
	const struct block body = {large.data + BUNDLE_ANNOUNCEMENT,
				   large.len - BUNDLE_ANNOUNCEMENT};
	assert_false(bundle_body_is_small(body));
	buf_init(&small, BUNDLE_LARGE_MAX);
	bundle_put_small(&small, &head, body);
	assert_true(buf_failed(&small));
	buf_clear(&small);
	buf_clear(&large);
}

static void unsorted_bundle_is_never_made(void **state)
{
	struct bundle_head head = sample_head();
	struct bundle_target targets[2];
	struct buf bytes;

	(void)state;
	sample_targets(targets, 2);
	targets[1].id = targets[0].id;
	buf_init(&bytes, BUNDLE_SIGNED_MAX);
	bundle_put(&bytes, &head, targets, 2);
	assert_true(buf_failed(&bytes));
	buf_clear(&bytes);
}

static void beat_survives_the_round_trip_and_every_cut_is_refused(void **state)
{
	struct beat_head head = {
		.sequence = 9, .clock = 1, .policy_version = 3, .version = BLOCK("0.1.0")};
	struct beat_target targets[2] = {
		{.id = uuid_random(), .state = BEAT_TARGET_REACHABLE, .took_ms = 3},
		{.id = uuid_random(),
		 .state = BEAT_TARGET_UNREACHABLE,
		 .reason = BLOCK("target.timeout")},
	};
	struct beat_target *list;
	struct beat_head out;
	struct buf bytes;
	size_t count;

	(void)state;
	buf_init(&bytes, BEAT_MAX);
	beat_put(&bytes, &head, targets, 2);
	assert_false(buf_failed(&bytes));
	assert_int_equal(beat_get(bytes.data, bytes.len, &out, &list, &count), ERR_OK);
	assert_int_equal(count, 2);
	assert_int_equal(out.sequence, 9);
	assert_memory_equal(list[1].reason.data, "target.timeout", 14);
	free(list);
	for (size_t len = 0; len < bytes.len; len++)
		assert_int_not_equal(beat_get(bytes.data, len, &out, &list, &count), ERR_OK);
	buf_clear(&bytes);
}

static void names_map_both_ways(void **state)
{
	(void)state;
	for (uint32_t i = 1; i < GATEWAY_VERDICT__COUNT; i++)
		assert_int_equal(gateway_verdict_by_name(gateway_verdict_name(i)), i);
	for (uint32_t i = 1; i < GATEWAY_CLASS__COUNT; i++)
		assert_int_equal(gateway_class_by_name(gateway_class_name(i)), i);
	for (unsigned i = 1; i < GW_REASON__COUNT; i++)
		assert_int_equal(
			gateway_reason_by_name(gateway_reason_row((enum gateway_reason)i)->name),
			i);
	assert_int_equal(gateway_reason_by_name("made.up"), GW_PROTOCOL);
	assert_int_equal(gateway_verdict_by_name("made-up"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grant_survives_the_round_trip),
		cmocka_unit_test(cut_or_changed_grant_is_refused_at_every_byte),
		cmocka_unit_test(grant_signed_as_a_bundle_is_refused),
		cmocka_unit_test(bundle_survives_the_round_trip_and_every_cut_is_refused),
		cmocka_unit_test(signed_but_cut_bundle_is_refused),
		cmocka_unit_test(large_bundle_holds_fifty_thousand_targets),
		cmocka_unit_test(large_bundle_is_refused_when_any_of_it_is_not_what_was_signed),
		cmocka_unit_test(small_bundle_refuses_what_only_a_large_one_holds),
		cmocka_unit_test(unsorted_bundle_is_never_made),
		cmocka_unit_test(beat_survives_the_round_trip_and_every_cut_is_refused),
		cmocka_unit_test(names_map_both_ways),
	};

	return cmocka_run_group_tests(tests, make_key, free_key);
}
