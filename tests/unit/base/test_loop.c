/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/cmocka_all.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/sys.h"

static int64_t now_us = 1000;

static int64_t fake_mono(void)
{
	return now_us;
}

static char order[64];

static void note(void *arg)
{
	order[strlen(order)] = *(const char *)arg;
}

static void timers_fire_in_order_of_time(void **state)
{
	struct sys_ops ops = *sys_table();
	struct loop *loop = loop_new();
	static const char *const names[] = {"c", "a", "b", "d", "e"};
	static const int64_t delays[] = {300, 100, 200, 400, 350};
	struct loop_timer *timers[5];

	(void)state;
	ops.mono_us = fake_mono;
	sys_replace(&ops);
	memset(order, 0, sizeof(order));
	for (int i = 0; i < 5; i++) {
		timers[i] = loop_timer_new(loop, note, (void *)(uintptr_t)names[i]);
		loop_timer_set(timers[i], delays[i]);
	}
	loop_timer_stop(timers[3]);
	now_us += 250;
	assert_int_equal(loop_once(loop, 0), ERR_OK);
	assert_string_equal(order, "ab");
	now_us += 1000;
	assert_int_equal(loop_once(loop, 0), ERR_OK);
	assert_string_equal(order, "abce");
	for (int i = 0; i < 5; i++)
		loop_timer_free(timers[i]);
	loop_free(loop);
	sys_replace(NULL);
}

static int calls;
static void count(void *arg)
{
	(void)arg;
	calls++;
}

static void *count_from_thread(void *arg)
{
	for (int i = 0; i < 10000; i++)
		assert_true(loop_call(arg, count, NULL));
	loop_stop(arg);
	return NULL;
}

static void calls_from_other_threads_all_arrive(void **state)
{
	struct loop *loop = loop_new();
	pthread_t thread;

	(void)state;
	pthread_create(&thread, NULL, count_from_thread, loop);
	assert_int_equal(loop_run(loop), ERR_OK);
	pthread_join(thread, NULL);
	assert_int_equal(loop_once(loop, 0), ERR_OK);
	assert_int_equal(calls, 10000);
	loop_free(loop);
}

static struct loop_fd *victims[2];
static int fired;
static void remove_both(void *arg, int fd, uint32_t events)
{
	(void)arg;
	(void)fd;
	(void)events;
	fired++;
	loop_fd_remove(victims[0]);
	loop_fd_remove(victims[1]);
}

static void a_callback_may_remove_its_neighbour(void **state)
{
	struct loop *loop = loop_new();
	int a[2], b[2];

	(void)state;
	assert_int_equal(pipe(a), 0);
	assert_int_equal(pipe(b), 0);
	victims[0] = loop_fd_add(loop, a[0], 1, remove_both, NULL);
	victims[1] = loop_fd_add(loop, b[0], 1, remove_both, NULL);
	assert_int_equal(write(a[1], "x", 1), 1);
	assert_int_equal(write(b[1], "x", 1), 1);
	assert_int_equal(loop_once(loop, 100), ERR_OK);
	assert_int_equal(fired, 1);
	loop_free(loop);
	for (int i = 0; i < 2; i++) {
		close(a[i]);
		close(b[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_fire_in_order_of_time),
		cmocka_unit_test(calls_from_other_threads_all_arrive),
		cmocka_unit_test(a_callback_may_remove_its_neighbour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
