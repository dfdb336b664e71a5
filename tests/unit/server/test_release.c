/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/cmocka_all.h"

#include "server/authority_release.h"

static const int64_t second = 1000000;

static struct uuid person(uint32_t number)
{
	struct uuid id = {{0}};

	memcpy(id.b, &number, sizeof(number));
	return id;
}

static void the_highest_limit_is_kept_too(void **state)
{
	struct releases releases = {0};
	struct uuid one = person(1);

	(void)state;
	for (int i = 0; i < 10000; i++)
		assert_true(release_allowed(&releases, &one, 10000, second + i));
	assert_false(release_allowed(&releases, &one, 10000, 2 * second));
	releases_clear(&releases);
}

static void releases_of_others_push_nobodys_out(void **state)
{
	struct releases releases = {0};
	struct uuid one = person(1);

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_true(release_allowed(&releases, &one, 3, second));
	for (uint32_t i = 2; i < 5000; i++) {
		struct uuid other = person(i);
		assert_true(release_allowed(&releases, &other, 3, second));
	}
	assert_false(release_allowed(&releases, &one, 3, second));
	releases_clear(&releases);
}

static void no_minute_holds_more_than_the_limit(void **state)
{
	struct releases releases = {0};
	struct uuid one = person(1);
	int64_t given[4096];
	size_t count = 0;

	(void)state;
	for (int64_t now = 5 * second; now < 400 * second; now += 370 * 1000)
		if (release_allowed(&releases, &one, 7, now))
			given[count++] = now;
	assert_true(count > 30); /* it goes on after a minute */
	for (size_t i = 7; i < count; i++)
		assert_true(given[i] - given[i - 7] > 60 * second);
	releases_clear(&releases);
}

static void who_was_away_for_long_is_forgotten(void **state)
{
	struct releases releases = {0};

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		struct uuid id = person(i);
		assert_true(release_allowed(&releases, &id, 1, i * 100 * second));
	}
	assert_int_equal(releases.count, 1);
	releases_clear(&releases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_highest_limit_is_kept_too),
		cmocka_unit_test(releases_of_others_push_nobodys_out),
		cmocka_unit_test(no_minute_holds_more_than_the_limit),
		cmocka_unit_test(who_was_away_for_long_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
