/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/cmocka_all.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "auth/lane.h"
#include "auth/password.h"
#include "auth/password_cost.h"
#include "base/arena.h"
#include "base/ctx.h"
#include "base/sys.h"

static const struct password_policy nist = {.min_length = 12, .words = "Kanda-Seiki 神田精機"};
static const struct password_policy classic = {
	.min_length = 8, .need_lower = true, .need_upper = true, .need_digit = true, .words = ""};

static void weak_passwords_are_refused_with_their_reason(void **state)
{
	static const struct {
		const struct password_policy *policy;
		const char *password, *reason;
	} cases[] = {
		{&nist, "short", "password.too_short"},
		{&nist, "elevenchars", "password.too_short"},
		{&nist, "八文字の合言葉です", "password.too_short"},
		{&nist, "aaaaaaaaaaaaaaaa", "password.common"},
		{&nist, "password12345", "password.common"},
		{&nist, "PasswordPassword", "password.common"},
		{&nist, "2026!P@ssw0rd!2026", "password.common"},
		{&nist, "123456789012", "password.common"},
		{&nist, "abcabcabcabcabc", "password.common"},
		{&nist, "qwertyuiop[]!", "password.common"},
		{&nist, "Administrator!!1", "password.common"},
		{&nist, "$unsh1ne$unsh1ne", "password.common"},
		{&nist, "my-tanaka-secret-word", "password.contains_login"},
		{&nist, "TANAKA-zoo-fence-91", "password.contains_login"},
		{&nist, "rainy-Misaki-harbour", "password.contains_name"},
		{&nist, "波止場の田中とかもめ七羽", "password.contains_name"},
		{&nist, "kanda-otter-lantern", "password.contains_company"},
		{&nist, "神田精機の波止場かもめ七羽", "password.contains_company"},
		{&nist, "plover\xff-sandy-41-harbour", "password.malformed"},
		{&nist, "plover-sandy-41-harbour", ""},
		{&nist, "関所を通る人は神奈川へ。", ""},
		{&nist, "all small letters no digit", ""},
		{&classic, "Rv7-ock", "password.too_short"},
		{&classic, "RIVER-71-OCK", "password.no_lower"},
		{&classic, "river-71-ock", "password.no_upper"},
		{&classic, "River-no-ock", "password.no_digit"},
		{&classic, "Welcome1", "password.common"},
		{&classic, "Qwerty12", "password.common"},
		{&classic, "Misaki2026x", "password.contains_name"},
		{&classic, "River-71", "password.common"},
		{&classic, "Rv7-ockT", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ctx ctx;
		ctx_init(&ctx, NULL);
		struct secret *secret = secret_from(cases[i].password, strlen(cases[i].password));
		enum err err = password_check(&ctx, cases[i].policy, secret, "tanaka",
					      "田中　Misaki (Li)");
		if (err != (cases[i].reason[0] ? ERR_INPUT : ERR_OK) ||
		    strcmp(ctx.error.reason, cases[i].reason) != 0)
			fail_msg("%s: %s", cases[i].password, ctx.error.reason);
		secret_free(secret);
	}
}

/* Who is in several groups meets the strictest of each rule; no age is the weakest age. */
static void policies_join_to_the_strictest(void **state)
{
	static const struct {
		int64_t age, other, joined;
	} ages[] = {{0, 0, 0}, {0, 90, 90}, {90, 0, 90}, {90, 30, 30}, {30, 90, 30}};
	struct arena *arena = arena_new(4096);
	struct ctx ctx;

	(void)state;
	ctx_init(&ctx, arena);
	struct password_policy joined = nist;
	assert_int_equal(password_policy_join(&ctx, &joined, &classic), ERR_OK);
	assert_int_equal(joined.min_length, 12);
	assert_true(joined.need_lower && joined.need_upper && joined.need_digit);
	assert_string_equal(joined.words, nist.words);
	for (size_t i = 0; i < sizeof(ages) / sizeof(ages[0]); i++) {
		struct password_policy one = {.max_age_days = ages[i].age, .words = "a"};
		struct password_policy two = {.max_age_days = ages[i].other, .words = "b"};
		assert_int_equal(password_policy_join(&ctx, &one, &two), ERR_OK);
		assert_int_equal(one.max_age_days, ages[i].joined);
		assert_string_equal(one.words, "a b");
	}
	arena_free(arena);
}

static void a_password_is_old_after_its_days(void **state)
{
	static const int64_t day = (int64_t)24 * 3600 * 1000000;
	const struct password_policy ninety = {.max_age_days = 90};

	(void)state;
	assert_false(password_is_old(&ninety, 0, 90 * day));
	assert_true(password_is_old(&ninety, 0, 90 * day + 1));
	assert_false(password_is_old(&nist, 0, 36500 * day));
}

static void a_hash_matches_only_its_password(void **state)
{
	char hash[PASSWORD_HASH_SIZE];
	struct ctx ctx;
	struct secret *right = secret_from("plover-sandy-41", 15);
	struct secret *wrong = secret_from("plover-sandy-42", 15);

	(void)state;
	ctx_init(&ctx, NULL);
	assert_int_equal(password_hash(&ctx, right, hash), ERR_OK);
	assert_non_null(strstr(hash, "$argon2id$v=19$m=65536,t=3,p=1$"));
	assert_true(password_matches(&ctx, hash, right));
	assert_false(password_matches(&ctx, hash, wrong));
	secret_free(right);
	secret_free(wrong);
}

static void the_cost_follows_the_machine_within_bounds(void **state)
{
	static const struct {
		int64_t first_us, target_us;
		uint32_t passes, mib;
	} cases[] = {
		{38000, 100000, 2, 46},	 {38000, 38000, 2, 19}, {38000, 1000, 2, 19},
		{-1, 100000, 2, 19},	 {38000, 64000, 2, 32}, {38000, 128000, 2, 64},
		{38000, 192000, 3, 64},	 {5000, 100000, 8, 64}, {100, 1000000, 12, 64},
		{500000, 100000, 2, 19},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct password_cost cost =
			password_cost_within(cases[i].first_us, cases[i].target_us);
		if (cost.passes != cases[i].passes || cost.kib != cases[i].mib * 1024)
			fail_msg("case %zu: %u passes, %u KiB", i, cost.passes, cost.kib);
	}
	assert_true(password_cost_measure() > 0);
}

static void *spin(void *go_on)
{
	while (atomic_load((atomic_bool *)go_on))
		;
	return NULL;
}

/* Beside somebody else on the same processor: the fastest of a few takes no more than their share
 * of what was used in all, which of a clock on the wall is not so. */
static void the_cost_is_measured_alike_on_a_busy_machine(void **state)
{
	enum { TRIES = 3 };
	atomic_bool go_on = true;
	cpu_set_t before, one;
	pthread_t other;

	(void)state;
	assert_int_equal(pthread_getaffinity_np(pthread_self(), sizeof(before), &before), 0);
	CPU_ZERO(&one);
	for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++) {
		if (CPU_ISSET(i, &before))
			CPU_SET(i, &one);
	}
	assert_int_equal(pthread_setaffinity_np(pthread_self(), sizeof(one), &one), 0);
	assert_int_equal(pthread_create(&other, NULL, spin, &go_on), 0); /* on the same one */
	int64_t used = sys_thread_us();
	int64_t measured = password_cost_measure();
	used = sys_thread_us() - used;
	atomic_store(&go_on, false);
	pthread_join(other, NULL);
	pthread_setaffinity_np(pthread_self(), sizeof(before), &before);
	assert_true(measured > 0 && measured * TRIES <= used);
}

/* Who has an older hash, and who does not exist, take the same work. */
static void what_an_older_hash_leaves_is_made_up_for(void **state)
{
	static const struct {
		const char *hash;
		uint64_t left;
	} cases[] = {
		{"$argon2id$v=19$m=65536,t=3,p=1$aaaa$bbbb", 0},
		{"$argon2id$v=19$m=65536,t=4,p=1$aaaa$bbbb", 0},
		{"$argon2id$v=19$m=65536,t=2,p=1$aaaa$bbbb", 65536},
		{"$argon2id$v=19$m=19456,t=2,p=1$aaaa$bbbb", 3 * 65536 - 2 * 19456},
		{"$argon2i$v=19$m=19456,t=2,p=1$aaaa$bbbb", 0},
		{"$argon2id$v=19$m=19456,t=2,p=1", 0},
		{"", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(password_cost_left(cases[i].hash), cases[i].left);
	password_cost_burn(0);
	password_cost_burn(7);
	password_cost_burn(65537);
}

static void lanes_wait_longer_with_each_failure(void **state)
{
	static const int64_t expected[] = {0,  0,  0,	0,   1,	  2,	4,    8,    16,
					   32, 64, 128, 256, 512, 1024, 2048, 3600, 3600};
	(void)state;
	for (uint32_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_int_equal(lane_delay_seconds(i), expected[i]);
	assert_int_equal(lane_delay_seconds(4000000000U), 3600);
}

static void lanes_are_apart(void **state)
{
	struct lane unknown = {0}, device = {0}, other = {0}, network = {0};
	struct uuid one = uuid_v7(), two = uuid_v7();
	struct block peer = {(const uint8_t *)"192.0.2.1", 9};

	(void)state;
	lane_choose(&unknown, NULL, (struct block){0});
	lane_choose(&device, &one, peer);
	lane_choose(&other, &two, peer);
	lane_choose(&network, NULL, peer);
	assert_int_equal(unknown.kind, LANE_UNKNOWN);
	assert_int_equal(device.kind, LANE_DEVICE);
	assert_int_equal(network.kind, LANE_NETWORK);
	assert_memory_not_equal(device.id, other.id, 32);
	assert_memory_not_equal(device.id, network.id, 32);
	assert_memory_not_equal(unknown.id, network.id, 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(weak_passwords_are_refused_with_their_reason),
		cmocka_unit_test(policies_join_to_the_strictest),
		cmocka_unit_test(a_password_is_old_after_its_days),
		cmocka_unit_test(a_hash_matches_only_its_password),
		cmocka_unit_test(the_cost_follows_the_machine_within_bounds),
		cmocka_unit_test(the_cost_is_measured_alike_on_a_busy_machine),
		cmocka_unit_test(what_an_older_hash_leaves_is_made_up_for),
		cmocka_unit_test(lanes_wait_longer_with_each_failure),
		cmocka_unit_test(lanes_are_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
