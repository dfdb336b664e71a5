/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/cmocka_all.h"

#include <string.h>

#include "server/web_forwarded.h"

/* Whose address counts, behind proxies at 10.0.0.0/8 and 2001:db8:1::/48. NULL: refused. */
static const struct {
	const char *peer, *header, *address;
} cases[] = {
	{"198.51.100.7", NULL, "198.51.100.7"},
	{"198.51.100.7", "203.0.113.1", "198.51.100.7"}, /* anybody can write that */
	{"198.51.100.7", "nonsense", "198.51.100.7"},
	{"10.0.0.1", "203.0.113.1", "203.0.113.1"},
	{"10.0.0.1", "192.0.2.9, 203.0.113.1", "203.0.113.1"}, /* the first is an invention */
	{"10.0.0.1", "junk, , 203.0.113.1", "203.0.113.1"},
	{"10.0.0.1", "203.0.113.1 ,\t10.0.0.2", "203.0.113.1"}, /* two proxies */
	{"10.0.0.1", "203.0.113.1,2001:db8:1::5,10.0.0.2", "203.0.113.1"},
	{"2001:db8:1::5", "2001:DB8:2::0001", "2001:db8:2::1"},
	{"10.0.0.1", "::ffff:203.0.113.1", "203.0.113.1"},
	{"10.0.0.1", "203.0.113.1,::ffff:10.0.0.2", "203.0.113.1"},
	{"10.0.0.1", NULL, "10.0.0.1"}, /* the proxy's own health check */
	{"10.0.0.1", "", "10.0.0.1"},
	{"10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"},
	{"10.0.0.1", "unknown", NULL},
	{"10.0.0.1", "203.0.113.1,", NULL},
	{"10.0.0.1", "203.0.113.1, ,10.0.0.2", NULL},
	{"10.0.0.1", "203.0.113.1:4711", NULL},
	{"10.0.0.1", "[2001:db8:2::1]", NULL},
	{"10.0.0.1", "203.0.113.01", NULL},
	{"10.0.0.1", "fe80::1%eth0", NULL},
	{"10.0.0.1", "localhost", NULL},
};

static void the_list_is_believed_from_its_end(void **state)
{
	struct ranges proxies = {0}, none = {0};
	char address[FORWARDED_ADDRESS];

	(void)state;
	assert_true(range_add(&proxies, "10.0.0.0/8") && range_add(&proxies, "2001:db8:1::/48"));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool taken = web_forwarded(&proxies, cases[i].peer, cases[i].header, address);

		if (taken != (cases[i].address != NULL) ||
		    (taken && strcmp(address, cases[i].address) != 0))
			fail_msg("%s, %s: %s", cases[i].peer, cases[i].header,
				 taken ? address : "refused");
		assert_true(web_forwarded(&none, cases[i].peer, cases[i].header, address));
		assert_string_equal(address, cases[i].peer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_list_is_believed_from_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
