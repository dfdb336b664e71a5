/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/cmocka_all.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "auth/oidc/address.h"

static bool allowed(const char *text, const char *listed)
{
	struct sockaddr_in four = {.sin_family = AF_INET};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6};

	if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
		return oidc_address_allowed((const struct sockaddr *)&four, listed);
	assert_int_equal(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
	return oidc_address_allowed((const struct sockaddr *)&six, listed);
}

static void only_public_addresses_unless_listed(void **state)
{
	static const struct {
		const char *address;
		bool allowed;
	} cases[] = {
		{"93.184.215.14", true},
		{"1.1.1.1", true},
		{"172.15.255.255", true},
		{"172.32.0.0", true},
		{"100.63.255.255", true},
		{"2606:4700::1111", true},
		{"2a00:1450::8a", true},
		{"0.0.0.0", false},
		{"10.0.0.1", false},
		{"100.64.0.1", false},
		{"127.0.0.1", false},
		{"127.255.255.255", false},
		{"169.254.169.254", false},
		{"172.16.0.1", false},
		{"172.31.255.255", false},
		{"192.0.2.1", false},
		{"192.168.1.1", false},
		{"198.18.0.1", false},
		{"224.0.0.1", false},
		{"255.255.255.255", false},
		{"::", false},
		{"::1", false},
		{"::ffff:127.0.0.1", false},
		{"::ffff:10.0.0.1", false},
		{"::ffff:93.184.215.14", true},
		{"64:ff9b::a00:1", false},
		{"fe80::1", false},
		{"fc00::1", false},
		{"fd12::1", false},
		{"ff02::1", false},
		{"2001:db8::1", false},
		{"2002:a00:1::", false},
		{"2001::1", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (allowed(cases[i].address, "") != cases[i].allowed)
			fail_msg("%s", cases[i].address);
	assert_true(allowed("127.0.0.1", "127.0.0.1"));
	assert_true(allowed("::ffff:127.0.0.1", "127.0.0.1"));
	assert_false(allowed("127.0.0.2", "127.0.0.1"));
	assert_true(allowed("10.1.255.9", "192.168.0.0/16  10.1.0.0/16"));
	assert_false(allowed("10.2.0.1", "10.1.0.0/16"));
	assert_true(allowed("10.1.2.3", "10.0.0.0/15"));
	assert_false(allowed("10.2.2.3", "10.0.0.0/15"));
	assert_true(allowed("fd00:1::5", "fd00:1::/32"));
	assert_false(allowed("fd00:2::5", "fd00:1::/32"));
	assert_true(allowed("10.9.9.9", "0.0.0.0/0"));
	assert_false(allowed("::1", "0.0.0.0/0"));
	struct sockaddr local = {.sa_family = AF_UNIX};
	assert_false(oidc_address_allowed(&local, "0.0.0.0/0 ::/0"));
}

static void lists_are_networks_and_nothing_else(void **state)
{
	static const char *const wrong[] = {
		"x",	    "10.0.0.0/33", "10.0.0.0/",	  "10.0.0.0/-1", "10.0.0.0/8x",
		"10.0.0/8", "::/129",	   "example.com", "10.0.0.0 /8", "10.0.0.0/8,::"};

	(void)state;
	assert_true(oidc_addresses_valid(""));
	assert_true(oidc_addresses_valid("10.0.0.0/8 ::1 fd00::/8"));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (oidc_addresses_valid(wrong[i]))
			fail_msg("%s", wrong[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_public_addresses_unless_listed),
		cmocka_unit_test(lists_are_networks_and_nothing_else),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
