/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/cmocka_all.h"

#include "base/sys.h"
#include "server/authority_clock.h"
#include "sql/db.h"
#include "tests/support/test_db.h"

#define SECOND INT64_C(1000000)
#define HOUR   (3600 * SECOND)

static void steps_of_the_clock_are_told_once(void **state)
{
	(void)state;
	static const struct {
		int64_t real, mono, back; /* seconds since the first look */
	} looks[] = {
		{0, 0, 0},	{10, 10, 0},
		{11, 12, 0},				/* a second is a correction */
		{13, 15, 2},				/* and the second one counts with it */
		{14, 16, 0},	{14 + 7200, 17, -7199}, /* forward */
		{7215, 18, 0},	{15, 19, 7201},		/* and back again */
		{16, 20, 0},	{-3600, 21, 3617},
		{-3599, 22, 0}, {-3595, 26, 0},
	};
	struct clock_watch watch = {0};

	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		assert_int_equal(clock_look(&watch, 1700000000 * SECOND + looks[i].real * SECOND,
					    5000 * SECOND + looks[i].mono * SECOND),
				 looks[i].back * SECOND);
}

static const struct db_stmt next_at = {"clock_test.next_at", "SELECT next_at FROM auth_lane", 0, 1};
static const struct db_stmt events = {
	"clock_test.events",
	"SELECT COUNT(*) FROM audit_event WHERE event = 'system.clock_set_back'", 0, 1};
static const struct db_stmt ahead = {"clock_test.ahead",
				     "SELECT CAST(CONV(HEX(value), 16, 10) AS SIGNED) FROM "
				     "system_state WHERE name = 'gateway.signed_ahead'",
				     0, 1};

static void read_int(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

static void read_time(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_time(rows, 0);
}

static int64_t one(struct ctx *ctx, const struct db_stmt *stmt,
		   void (*read)(struct db_rows *rows, void *arg))
{
	int64_t value = -1;

	assert_int_equal(db_one(ctx, stmt, NULL, read, &value), ERR_OK);
	return value;
}

static int64_t settle(struct ctx *ctx, bool first, int64_t back)
{
	int64_t out = -1;

	assert_int_equal(db_begin(ctx), ERR_OK);
	assert_int_equal(clock_settle(ctx, first, back, &out), ERR_OK);
	assert_int_equal(db_commit(ctx), ERR_OK);
	return out;
}

static void what_is_open_ends_as_much_earlier(void **state)
{
	struct ctx ctx;

	(void)state;
	test_db_ctx(&ctx);
	test_db_script("INSERT INTO auth_lane VALUES (REPEAT('s', 32), REPEAT('l', 32), 'totp', 9, "
		       "'2026-01-01 10:00:00', '2026-01-01 12:00:00')");
	int64_t before = one(&ctx, &next_at, read_time);
	assert_int_equal(settle(&ctx, true, 0), 0); /* the first run remembers nothing */
	assert_int_equal(one(&ctx, &events, read_int), 0);
	assert_int_equal(settle(&ctx, false, HOUR), HOUR);
	assert_int_equal(one(&ctx, &next_at, read_time), before - HOUR);
	assert_int_equal(settle(&ctx, false, HOUR), HOUR);
	assert_int_equal(one(&ctx, &ahead, read_int), 2 * HOUR);
	assert_int_equal(one(&ctx, &events, read_int), 2);
	test_db_ctx_end(&ctx);
}

static void a_restart_with_an_earlier_clock_is_noticed(void **state)
{
	struct ctx ctx;

	(void)state;
	test_db_ctx(&ctx);
	assert_int_equal(settle(&ctx, false, 0), 0);
	assert_int_equal(settle(&ctx, true, 0), 0);
	test_db_script("UPDATE system_state SET updated_at = updated_at + INTERVAL 3 HOUR WHERE "
		       "name = 'clock.seen'");
	int64_t back = settle(&ctx, true, 0);
	assert_true(back > 3 * HOUR - 60 * SECOND && back <= 3 * HOUR);
	assert_int_equal(settle(&ctx, true, 0), 0); /* once */
	test_db_ctx_end(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_of_the_clock_are_told_once),
		cmocka_unit_test(what_is_open_ends_as_much_earlier),
		cmocka_unit_test(a_restart_with_an_earlier_clock_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
