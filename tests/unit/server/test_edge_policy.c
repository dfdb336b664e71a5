/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/edge_policy.h"

#include "tests/unit/cmocka_all.h"

#include "gateways/proto/bundle.h"

static const struct uuid one = {{1}}, two = {{2}};
static const uint8_t bytes[] = "what a bundle is does not matter here";

static struct policy_gather gather;

static int begin(void **state)
{
	(void)state;
	policy_gather_init(&gather);
	return 0;
}

static int end(void **state)
{
	(void)state;
	policy_gather_clear(&gather);
	return 0;
}

/* One part; true when it made the whole. */
static bool taken(const struct uuid *id, uint32_t total, uint32_t offset, size_t len)
{
	const struct msg_gateway_policy_part part = {
		*id, total, offset, {bytes + (offset < sizeof(bytes) ? offset : 0), len}};
	bool whole;

	assert_int_equal(policy_gather_part(&gather, &part, &whole), ERR_OK);
	return whole;
}

static void refused(const struct uuid *id, uint32_t total, uint32_t offset, size_t len)
{
	const struct msg_gateway_policy_part part = {*id, total, offset, {bytes, len}};
	bool whole = true;

	assert_int_equal(policy_gather_part(&gather, &part, &whole), ERR_INPUT);
	assert_false(whole);
}

static void parts_in_order_make_the_whole(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_false(taken(&one, 30, 0, 12));
		assert_false(taken(&one, 30, 12, 17));
		assert_true(taken(&one, 30, 29, 1));
		assert_int_equal(gather.bytes.len, 30);
		assert_memory_equal(gather.bytes.data, bytes, 30);
	}
	assert_true(taken(&two, 5, 0, 5));
	assert_int_equal(gather.bytes.len, 5);
}

static void missing_repeated_and_reordered_parts_are_refused(void **state)
{
	(void)state;
	refused(&one, 30, 12, 5); /* nothing has begun */
	assert_false(taken(&one, 30, 0, 10));
	refused(&one, 30, 20, 5); /* one is missing */
	assert_false(taken(&one, 30, 10, 5));
	refused(&one, 30, 10, 5); /* again */
	refused(&one, 30, 5, 5);  /* an earlier one */
	assert_false(taken(&one, 30, 15, 5));
}

static void parts_of_two_bundles_do_not_mix(void **state)
{
	(void)state;
	assert_false(taken(&one, 30, 0, 10));
	refused(&two, 30, 10, 5);
	refused(&one, 31, 10, 5);
	assert_false(taken(&two, 20, 0, 10)); /* a new one drops the first */
	refused(&one, 30, 10, 5);
	assert_true(taken(&two, 20, 10, 10));
}

static void sizes_that_no_bundle_has_are_refused(void **state)
{
	(void)state;
	refused(&one, 0, 0, 0);
	refused(&one, 30, 0, 0);
	refused(&one, 30, 0, 31);
	refused(&one, BUNDLE_LARGE_MAX + 1, 0, 10);
	assert_false(taken(&one, 30, 0, 10));
	refused(&one, 30, 10, 21);
	refused(&one, 30, 10, 0);
	assert_true(taken(&one, 30, 10, 20));
	refused(&one, 30, 30, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(parts_in_order_make_the_whole, begin, end),
		cmocka_unit_test_setup_teardown(missing_repeated_and_reordered_parts_are_refused,
						begin, end),
		cmocka_unit_test_setup_teardown(parts_of_two_bundles_do_not_mix, begin, end),
		cmocka_unit_test_setup_teardown(sizes_that_no_bundle_has_are_refused, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
