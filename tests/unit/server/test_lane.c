/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/cmocka_all.h"

#include <string.h>

#include "server/authority_inner.h"
#include "sql/db.h"
#include "tests/support/test_db.h"

/* Lanes of authority with a real pool and a real database; the test's thread runs the loop. */
static struct authority authority;
static struct ctx base;

enum { PARTS = 40, BAD = 7, WAIT_MS = 60000 };
struct part {
	struct task task;
	int number;
	unsigned steps;
};
static const struct db_stmt insert = {"lane_test.insert", "INSERT INTO lane_test (n) VALUES (?)", 1,
				      0};
static const struct db_stmt list = {"lane_test.list", "SELECT n FROM lane_test ORDER BY at", 0, 1};
static enum err ends[PARTS];
static unsigned steps[PARTS], ended;

static enum err step(struct ctx *ctx, struct task *task)
{
	struct part *part = (struct part *)task;
	enum err err = db_exec(ctx, &insert, (struct db_param[]){DB_P_INT(part->number)}, NULL);

	part->steps++;
	if (err == ERR_OK && part->number == BAD)
		err = err_set(ctx, ERR_INPUT, "the bad one");
	return err;
}

static enum err alone_step(struct ctx *ctx, void *arg)
{
	return step(ctx, arg);
}

static void alone(struct task *task, struct ctx *ctx)
{
	task->effects.err = db_transaction(ctx, alone_step, task);
}

static void then(struct task *task)
{
	const struct part *part = (struct part *)task;

	ends[part->number] = task->effects.err;
	steps[part->number] = part->steps;
	ended++;
	task_free(task);
}

static struct task *part_new(int number)
{
	struct part *part = task_new(&authority, sizeof(*part), alone, then);

	assert_non_null(part);
	part->task.step = step;
	part->number = number;
	return &part->task;
}

static void until_ended(unsigned count)
{
	while (ended < count)
		assert_int_equal(loop_once(authority.loop, WAIT_MS), ERR_OK);
}

/* The first goes alone, because nothing else waits yet; the others share, but for the second try
 * that the bad one costs its neighbours. */
static void a_bad_part_spoils_nobody_and_the_order_stays(void **state)
{
	struct db_rows *rows;

	(void)state;
	ended = 0;
	for (int i = 0; i < PARTS; i++)
		assert_true(lane_submit(&authority, 0, part_new(i)));
	until_ended(PARTS);
	assert_int_equal(steps[0], 1);
	assert_int_equal(steps[1], 2);
	assert_int_equal(steps[PARTS - 1], 1);
	assert_int_equal(db_begin(&base), ERR_OK);
	assert_int_equal(db_query(&base, &list, NULL, &rows), ERR_OK);
	for (int i = 0; i < PARTS; i++) {
		assert_int_equal(ends[i], i == BAD ? ERR_INPUT : ERR_OK);
		if (i != BAD) {
			assert_true(db_next(rows));
			assert_int_equal(db_int(rows, 0), i);
		}
	}
	assert_false(db_next(rows));
	assert_int_equal(db_rows_close(rows), ERR_OK);
	db_rollback(&base);
}

static void a_full_lane_takes_nothing(void **state)
{
	struct task *task = part_new(0);

	(void)state;
	authority.lanes[1].waiting = LANE_MAX;
	assert_false(lane_submit(&authority, 1, task));
	authority.lanes[1].waiting = 0;
	task_free(task);
}

static void what_is_dropped_ends_as_if_the_database_was_away(void **state)
{
	(void)state;
	ended = 0;
	authority.lanes[1].running = true; /* as while a batch is under way */
	for (int i = 0; i < 3; i++)
		assert_true(lane_submit(&authority, 1, part_new(i)));
	lane_drop(&authority);
	authority.lanes[1].running = false;
	assert_int_equal(ended, 3);
	assert_int_equal(ends[0], ERR_UNAVAILABLE);
	assert_int_equal(steps[0], 0);
	assert_int_equal(authority.lanes[1].waiting, 0);
}

/* The pool is full when the lane wants to start: the tick starts it later, in the same order. */
static void a_full_pool_only_delays(void **state)
{
	struct pool *general = authority.general;
	const struct pool_params none = {.loop = authority.loop, .arena_max = 1 << 16};

	(void)state;
	ended = 0;
	authority.general = pool_new(&none);
	assert_non_null(authority.general);
	for (int i = 10; i < 13; i++)
		assert_true(lane_submit(&authority, 0, part_new(i)));
	assert_int_equal(authority.lanes[0].waiting, 3);
	pool_free(authority.general);
	authority.general = general;
	lane_tick(&authority);
	until_ended(3);
	assert_int_equal(ends[12], ERR_OK);
}

static int setup(void **state)
{
	(void)state;
	test_db_ctx(&base);
	test_db_script(
		"CREATE TABLE lane_test (at BIGINT AUTO_INCREMENT PRIMARY KEY, n INT NOT NULL)");
	authority.loop = loop_new();
	const struct pool_params pool = {.loop = authority.loop,
					 .threads = 2,
					 .queue_max = 8,
					 .arena_max = 1 << 20,
					 .db = {.socket = getenv("SEKISHO_TEST_SOCKET"),
						.database = getenv("SEKISHO_TEST_DATABASE"),
						.user = "root"}};
	authority.general = pool_new(&pool);
	assert_non_null(authority.general);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pool_free(authority.general);
	loop_free(authority.loop);
	test_db_script("DROP TABLE lane_test");
	test_db_ctx_end(&base);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bad_part_spoils_nobody_and_the_order_stays),
		cmocka_unit_test(a_full_lane_takes_nothing),
		cmocka_unit_test(what_is_dropped_ends_as_if_the_database_was_away),
		cmocka_unit_test(a_full_pool_only_delays),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
