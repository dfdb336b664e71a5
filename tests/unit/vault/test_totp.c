/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/cmocka_all.h"

#include "vault/totp.h"

static const char seed_text[] = "12345678901234567890";

static enum err check(const char *code, int64_t seconds, uint64_t last, uint64_t *step)
{
	struct ctx ctx;
	struct secret *seed = secret_from(seed_text, 20);

	ctx_init(&ctx, NULL);
	enum err err = totp_check(&ctx, seed, code, seconds, last, step);
	secret_free(seed);
	return err;
}

/* RFC 4226, appendix D: counters 1 to 9; as times, for the counter of RFC 6238 is time / 30.
 * (Counter 0 is the first half minute of 1970, which counts as used.) */
static void the_values_of_rfc_4226_are_accepted(void **state)
{
	static const char *const codes[] = {"287082", "359152", "969429", "338314", "254676",
					    "287922", "162583", "399871", "520489"};
	(void)state;
	for (uint64_t i = 0; i < 9; i++) {
		uint64_t step = 0;
		assert_int_equal(check(codes[i], (int64_t)(i + 1) * 30, 0, &step), ERR_OK);
		assert_int_equal(step, i + 1);
	}
}

/* RFC 6238, appendix B, SHA-1: its eight digits without the first two. */
static void the_values_of_rfc_6238_are_accepted(void **state)
{
	static const struct {
		int64_t seconds;
		const char *code;
	} cases[] = {{59, "287082"},	     {1111111109, "081804"}, {1111111111, "050471"},
		     {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t step = 0;
		assert_int_equal(check(cases[i].code, cases[i].seconds, 0, &step), ERR_OK);
		assert_int_equal(step, cases[i].seconds / 30);
		/* Used once, in its own step and when it would still be within the window. */
		assert_int_equal(check(cases[i].code, cases[i].seconds, step, &step),
				 ERR_UNAUTHENTICATED);
		assert_int_equal(check(cases[i].code, cases[i].seconds + 30, step, &step),
				 ERR_UNAUTHENTICATED);
	}
}

static void one_step_either_way_and_no_further(void **state)
{
	uint64_t step = 0;

	(void)state;
	assert_int_equal(check("081804", 1111111109 - 30, 0, &step), ERR_OK);
	assert_int_equal(check("081804", 1111111109 + 30, 0, &step), ERR_OK);
	assert_int_equal(check("081804", 1111111109 - 60, 0, &step), ERR_UNAUTHENTICATED);
	assert_int_equal(check("081804", 1111111109 + 60, 0, &step), ERR_UNAUTHENTICATED);
}

static void what_is_not_six_digits_is_refused(void **state)
{
	static const char *const wrong[] = {"",	       "28708",	 "2870822", "07081804", "28708a",
					    " 287082", "+28708", "0x1234",  "287 082",	"-87082"};
	uint64_t step = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(check(wrong[i], 59, 0, &step), ERR_UNAUTHENTICATED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_values_of_rfc_4226_are_accepted),
		cmocka_unit_test(the_values_of_rfc_6238_are_accepted),
		cmocka_unit_test(one_step_either_way_and_no_further),
		cmocka_unit_test(what_is_not_six_digits_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
