/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/range.h"
#include "tests/unit/cmocka_all.h"

static void an_address_is_in_its_range(void **state)
{
	static const struct {
		const char *range, *address;
		bool in;
	} cases[] = {
		{"192.0.2.0/24", "192.0.2.255", true},
		{"192.0.2.0/24", "192.0.3.0", false},
		{"192.0.2.0/23", "192.0.3.1", true},
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"0.0.0.0/0", "203.0.113.9", true},
		{"0.0.0.0/0", "2001:db8::1", false},
		{"::/0", "2001:db8::1", true},
		{"::/0", "192.0.2.1", false},
		{"2001:db8:7::/48", "2001:db8:7:ffff::1", true},
		{"2001:db8:7::/48", "2001:db8:8::1", false},
		/* IPv4-mapped is IPv4, on either side. */
		{"192.0.2.0/24", "::ffff:192.0.2.9", true},
		{"::ffff:192.0.2.0/120", "192.0.2.9", true},
		{"::ffff:192.0.2.0/120", "::ffff:192.0.2.9", true},
		{"::ffff:192.0.2.0/120", "192.0.3.9", false},
		{"::ffff:0:0/96", "198.51.100.1", true},
		/* The old IPv4-compatible form is not. */
		{"192.0.2.0/24", "::192.0.2.9", false},
		{"192.0.2.0/24", "", false},
		{"192.0.2.0/24", "192.0.2.9 ", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ranges ranges = {.count = 0};
		assert_true(range_add(&ranges, cases[i].range));
		if (range_allows_text(&ranges, cases[i].address) != cases[i].in)
			fail_msg("%s in %s", cases[i].address, cases[i].range);
	}
}

static void what_is_no_range_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"192.0.2",
		"192.0.2.0/33",
		"192.0.2.0/-1",
		"192.0.2.0/",
		"192.0.2.0/x",
		"192.0.2.0/24x",
		"192.0.2.0/+1",
		"192.0.2.0/ 1",
		"2001:db8::/129",
		"example",
		"192.0.2.0 /24",
		"/24",
		"1.2.3.4/99999999999999999999",
	};
	struct ranges ranges = {.count = 0};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (range_add(&ranges, wrong[i]))
			fail_msg("\"%s\" was taken", wrong[i]);
	}
	assert_int_equal(ranges.count, 0);
	assert_true(range_allows_text(&ranges, "192.0.2.1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_in_its_range),
		cmocka_unit_test(what_is_no_range_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
