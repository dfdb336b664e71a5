/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/cmocka_all.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "auth/device_mark.h"
#include "auth/hash_gate.h"

/* ------------------------------------------------------------------ who hashes next */

/* Waiters are counted where they wait, with the gate's lock held. */
static atomic_uint waits;

__typeof__(pthread_cond_wait) __real_pthread_cond_wait, __wrap_pthread_cond_wait;
int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
	waits++;
	return __real_pthread_cond_wait(cond, mutex);
}

static atomic_uint entered;
static char order[8];

static void *enter(void *arg)
{
	const struct ctx *ctx = arg;

	hash_gate_enter(ctx);
	order[entered++] = ctx->ahead ? 'k' : 's';
	return NULL;
}

static void until(const atomic_uint *what, unsigned count)
{
	while (*what < count)
		nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
}

static void two_hash_at_once_and_known_ones_before_strangers(void **state)
{
	struct ctx known = {.ahead = true}, stranger = {.ahead = false};
	struct ctx *const who[] = {&stranger, &stranger, &stranger, &stranger,
				   &stranger, &stranger, &stranger, &known};
	enum { WHO = sizeof(who) / sizeof(who[0]) };
	pthread_t threads[WHO];

	(void)state;
	for (unsigned i = 0; i < WHO; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, enter, who[i]), 0);
		if (i < HASH_GATE_WIDTH)
			until(&entered, i + 1);
		else
			until(&waits, i + 1 - HASH_GATE_WIDTH);
	}
	assert_int_equal(entered, HASH_GATE_WIDTH);
	for (unsigned i = HASH_GATE_WIDTH; i < WHO; i++) {
		hash_gate_leave();
		until(&entered, i + 1);
	}
	for (unsigned i = 0; i < WHO; i++)
		pthread_join(threads[i], NULL);
	assert_memory_equal(order, "ssksssss", WHO);
	hash_gate_leave();
	hash_gate_leave();
}

/* ------------------------------------------------------------------ marks in device cookies */

static void a_cookie_of_ours_is_told_from_one_that_somebody_made_up(void **state)
{
	static const uint8_t key[DEVICE_MARK_KEY] = {7}, other_key[DEVICE_MARK_KEY] = {8};
	const struct uuid one = {{1}}, two = {{2}};
	uint8_t token[DEVICE_TOKEN], other[DEVICE_TOKEN];
	const struct block whole = {token, sizeof(token)}, most = {token, sizeof(token) - 1};

	(void)state;
	device_mark_make(&one, token);
	assert_false(device_mark_holds(whole)); /* nobody knows the key yet */
	device_mark_start(key);
	assert_false(device_mark_holds(whole));
	device_mark_make(&two, other);
	device_mark_make(&one, token);
	assert_memory_not_equal(token, other, 8);
	device_mark_make(&one, other);
	assert_memory_equal(token, other, 8); /* one source in the queue, however many they have */
	assert_memory_not_equal(token + 8, other + 8, 8);
	assert_true(device_mark_holds(whole));
	assert_false(device_mark_holds(most));
	assert_false(device_mark_holds((struct block){0}));
	for (size_t i = 0; i < sizeof(token); i++) {
		token[i] ^= 0x40;
		assert_false(device_mark_holds(whole));
		token[i] ^= 0x40;
	}
	device_mark_start(other_key); /* too late */
	assert_true(device_mark_holds(whole));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_hash_at_once_and_known_ones_before_strangers),
		cmocka_unit_test(a_cookie_of_ours_is_told_from_one_that_somebody_made_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
