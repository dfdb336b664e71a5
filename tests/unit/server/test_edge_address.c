/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/cmocka_all.h"

#include <arpa/inet.h>

#include "server/edge_front.h"

static struct sockaddr_storage address(const char *text)
{
	struct sockaddr_storage storage = {0};
	struct sockaddr_in6 *six = (void *)&storage;

	six->sin6_family = AF_INET6;
	assert_int_equal(inet_pton(AF_INET6, text, &six->sin6_addr), 1);
	return storage;
}

static void an_address_holds_so_many_connections_and_a_proxy_any_number(void **state)
{
	struct ranges proxies = {0};
	struct sockaddr_storage client = address("::ffff:198.51.100.7");
	struct sockaddr_storage other = address("::ffff:198.51.100.8");
	struct sockaddr_storage proxy = address("::ffff:10.0.0.9");

	(void)state;
	assert_true(range_add(&proxies, "10.0.0.0/24"));
	struct addresses *addresses = addresses_new(&proxies);
	for (int i = 0; i < ADDRESS_CONNECTIONS_MAX; i++) {
		assert_true(addresses_take(addresses, &client));
		assert_true(addresses_take(addresses, &proxy));
	}
	assert_false(addresses_take(addresses, &client));
	assert_true(addresses_take(addresses, &proxy));
	assert_true(addresses_take(addresses, &other));
	addresses_give(addresses, &proxy);
	addresses_give(addresses, &client);
	assert_true(addresses_take(addresses, &client));
	addresses_free(addresses);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_holds_so_many_connections_and_a_proxy_any_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
