/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/cmocka_all.h"

#include <string.h>

#include "auth/lane.h"
#include "auth/password.h"
#include "base/ctx.h"

static void weak_passwords_are_refused_with_their_reason(void **state)
{
	static const struct {
		const char *password, *reason;
	} cases[] = {
		{"short", "password.too_short"},
		{"elevenchars", "password.too_short"},
		{"aaaaaaaaaaaaaaaa", "password.common"},
		{"password12345", "password.common"},
		{"PasswordPassword", "password.common"},
		{"123456789012", "password.common"},
		{"abcabcabcabcabc", "password.common"},
		{"qwertyuiop[]!", "password.common"},
		{"Administrator!!1", "password.common"},
		{"my-tanaka-secret-word", "password.contains_login"},
		{"TANAKA-zoo-fence-91", "password.contains_login"},
		{"plover-sandy-41-harbour", ""},
		{"\xe9\x96\xa2\xe6\x89\x80\xe3\x82\x92\xe9\x80\x9a\xe3\x82\x8b\xe4\xba\xba\xe3\x81"
		 "\xaf"
		 "\xe7\xa5\x9e\xe5\xa5\x88\xe5\xb7\x9d\xe3\x81\xb8\xe3\x80\x82",
		 ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ctx ctx;
		ctx_init(&ctx, NULL);
		struct secret *secret = secret_from(cases[i].password, strlen(cases[i].password));
		enum err err = password_check(&ctx, secret, "tanaka");
		if (err != (cases[i].reason[0] ? ERR_INPUT : ERR_OK))
			fail_msg("case %zu: %d", i, (int)err);
		assert_string_equal(ctx.error.reason, cases[i].reason);
		secret_free(secret);
	}
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
	assert_true(password_matches(hash, right));
	assert_false(password_matches(hash, wrong));
	secret_free(right);
	secret_free(wrong);
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
		cmocka_unit_test(a_hash_matches_only_its_password),
		cmocka_unit_test(lanes_wait_longer_with_each_failure),
		cmocka_unit_test(lanes_are_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
