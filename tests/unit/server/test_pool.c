/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/cmocka_all.h"

#include <pthread.h>
#include <string.h>

#include "server/authority_pool.h"

/* Jobs that wait until they are let go, in a real pool; none of them asks a database. */
enum { JOBS = 24, ROOM = 12, WAIT_MS = 60000 };
struct piece {
	struct job job;
	bool blocks;
};
static struct loop *loop;
static struct pool *pool;
static struct piece pieces[JOBS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static const struct piece *begun[JOBS];
static size_t made, begun_count, ended;
static bool open_now;

static void run(struct job *job, struct ctx *ctx)
{
	const struct piece *piece = (const struct piece *)job;

	assert_int_equal(ctx->ahead, job->ahead);
	pthread_mutex_lock(&lock);
	begun[begun_count++] = piece;
	pthread_cond_broadcast(&moved);
	while (piece->blocks && !open_now)
		pthread_cond_wait(&moved, &lock);
	pthread_mutex_unlock(&lock);
}

static void done(struct job *job)
{
	(void)job;
	ended++;
}

static struct piece *piece_of(const char *peer, bool ahead, bool blocks)
{
	struct piece *piece = &pieces[made++];

	assert_true(made <= JOBS);
	*piece = (struct piece){{.run = run, .done = done, .ahead = ahead}, blocks};
	fair_key((struct block){(const uint8_t *)peer, strlen(peer)}, ahead, piece->job.source);
	return piece;
}

static const struct piece *put(const char *peer, bool ahead, bool blocks)
{
	struct piece *piece = piece_of(peer, ahead, blocks);

	assert_true(pool_submit(pool, &piece->job));
	return piece;
}

static void until_begun(size_t count)
{
	pthread_mutex_lock(&lock);
	while (begun_count < count)
		pthread_cond_wait(&moved, &lock);
	pthread_mutex_unlock(&lock);
}

static void let_go_and_end(size_t count)
{
	pthread_mutex_lock(&lock);
	open_now = true;
	pthread_cond_broadcast(&moved);
	pthread_mutex_unlock(&lock);
	while (ended < count)
		assert_int_equal(loop_once(loop, WAIT_MS), ERR_OK);
}

static void start(size_t threads, size_t reserved)
{
	const struct pool_params params = {.loop = loop,
					   .threads = threads,
					   .reserved = reserved,
					   .queue_max = ROOM,
					   .arena_max = 1 << 16,
					   .db = {.socket = "/nowhere"}};

	made = begun_count = ended = 0;
	open_now = false;
	pool = pool_new(&params);
	assert_non_null(pool);
}

static void who_is_ahead_waits_for_none_who_is_not(void **state)
{
	(void)state;
	start(1, 0);
	(void)put("203.0.113.1", false, true);
	until_begun(1);
	const struct piece *stranger = put("203.0.113.2", false, false);
	const struct piece *known = put("192.0.2.1", true, false);
	const struct piece *other = put("192.0.2.2", true, false);
	let_go_and_end(4);
	assert_ptr_equal(begun[1], known);
	assert_ptr_equal(begun[2], other);
	assert_ptr_equal(begun[3], stranger);
	pool_free(pool);
}

static void strangers_are_not_kept_out_for_ever(void **state)
{
	size_t at = 0;

	(void)state;
	start(1, 0);
	(void)put("203.0.113.1", false, true);
	until_begun(1);
	const struct piece *stranger = put("203.0.113.2", false, false);
	for (int i = 0; i < ROOM; i++)
		(void)put("192.0.2.1", true, false);
	let_go_and_end(ROOM + 2);
	while (begun[at] != stranger)
		at++;
	assert_in_range(at, 2, 10);
	pool_free(pool);
}

static void a_reserved_thread_takes_no_stranger(void **state)
{
	(void)state;
	start(1, 1);
	const struct piece *stranger = put("203.0.113.1", false, false);
	for (size_t i = 0; i < ROOM; i++) {
		(void)put("192.0.2.1", true, false);
		let_go_and_end(i + 1);
	}
	assert_int_equal(pool_waiting(pool), 1);
	pool_free(pool);
	assert_int_equal(begun_count, ROOM);
	for (size_t i = 0; i < ROOM; i++)
		assert_ptr_not_equal(begun[i], stranger);
}

static void a_full_queue_of_strangers_has_room_for_who_is_ahead(void **state)
{
	char peer[32];

	(void)state;
	start(1, 0);
	(void)put("203.0.113.1", false, true);
	until_begun(1);
	for (int i = 0; i < ROOM; i++) {
		(void)snprintf(peer, sizeof(peer), "203.0.113.%d", 10 + i);
		(void)put(peer, false, false);
	}
	struct piece *late = piece_of("203.0.113.99", false, false);
	assert_false(pool_submit(pool, &late->job));
	const struct piece *known = put("192.0.2.1", true, false);
	let_go_and_end(ROOM + 2);
	assert_ptr_equal(begun[1], known);
	pool_free(pool);
}

static int setup(void **state)
{
	(void)state;
	loop = loop_new();
	return loop == NULL;
}

static int teardown(void **state)
{
	(void)state;
	loop_free(loop);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_ahead_waits_for_none_who_is_not),
		cmocka_unit_test(strangers_are_not_kept_out_for_ever),
		cmocka_unit_test(a_reserved_thread_takes_no_stranger),
		cmocka_unit_test(a_full_queue_of_strangers_has_room_for_who_is_ahead),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
