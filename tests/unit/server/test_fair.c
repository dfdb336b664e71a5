/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/cmocka_all.h"

#include <string.h>

#include "server/authority_pool.h"

enum { ROOM = 6, JOBS = 32 };

static struct job jobs[JOBS];
static size_t made, slow_running;

static struct job *job_of(const char *peer, unsigned char kind, bool slow)
{
	struct job *job = &jobs[made++];

	assert_true(made <= JOBS);
	memset(job, 0, sizeof(*job));
	fair_key((struct block){(const uint8_t *)peer, strlen(peer)}, kind, job->source);
	job->slow = slow;
	return job;
}

static int start(void **state)
{
	made = 0;
	slow_running = 0;
	*state = fair_new(ROOM, 1, &slow_running);
	return *state == NULL;
}

static int end(void **state)
{
	fair_free(*state);
	return 0;
}

static struct job *put(struct fair *fair, const char *peer)
{
	struct job *shed, *job = job_of(peer, 0, false);

	assert_true(fair_put(fair, job, &shed));
	assert_null(shed);
	return job;
}

static void sources_take_turns_and_keep_their_order(void **state)
{
	struct fair *fair = *state;
	struct job *a1 = put(fair, "192.0.2.1"), *a2 = put(fair, "192.0.2.1"),
		   *a3 = put(fair, "192.0.2.1"), *b1 = put(fair, "192.0.2.2"),
		   *c1 = put(fair, "192.0.2.3"), *b2 = put(fair, "192.0.2.2");
	struct job *const order[] = {a1, b1, c1, a2, b2, a3};

	assert_int_equal(fair_waiting(fair), 6);
	for (size_t i = 0; i < 6; i++)
		assert_ptr_equal(fair_take(fair), order[i]);
	assert_null(fair_take(fair));
	/* And again, with what was retired. */
	a1 = put(fair, "192.0.2.9");
	assert_ptr_equal(fair_take(fair), a1);
	assert_int_equal(fair_waiting(fair), 0);
}

static void a_flood_displaces_only_itself(void **state)
{
	struct fair *fair = *state;
	struct job *flood[ROOM], *shed;

	for (size_t i = 0; i < ROOM; i++)
		flood[i] = put(fair, "203.0.113.9");
	struct job *more = job_of("203.0.113.9", 0, false);
	assert_false(fair_put(fair, more, &shed));
	struct job *other = job_of("192.0.2.1", 0, false);
	assert_true(fair_put(fair, other, &shed));
	assert_ptr_equal(shed, flood[ROOM - 1]);
	assert_int_equal(fair_waiting(fair), ROOM);
	/* What the flood sends again finds no room, and the other's turn is the second. */
	assert_false(fair_put(fair, more, &shed));
	assert_ptr_equal(fair_take(fair), flood[0]);
	assert_ptr_equal(fair_take(fair), other);
	assert_ptr_equal(fair_take(fair), flood[1]);
}

static void as_many_as_the_others_is_no_reason_to_displace(void **state)
{
	static const char *const peers[ROOM] = {"192.0.2.1", "192.0.2.2", "192.0.2.3",
						"192.0.2.4", "192.0.2.5", "192.0.2.6"};
	struct fair *fair = *state;
	struct job *shed;

	for (size_t i = 0; i < ROOM; i++)
		(void)put(fair, peers[i]);
	assert_false(fair_put(fair, job_of("192.0.2.7", 0, false), &shed));
	assert_null(shed);
	assert_int_equal(fair_waiting(fair), ROOM);
}

static void what_is_slow_leaves_a_thread_to_the_others(void **state)
{
	struct fair *fair = *state;
	struct job *shed, *slow[2] = {job_of("192.0.2.1", 1, true), job_of("192.0.2.2", 1, true)};

	assert_true(fair_put(fair, slow[0], &shed));
	assert_true(fair_put(fair, slow[1], &shed));
	struct job *quick = put(fair, "192.0.2.3");
	assert_ptr_equal(fair_take(fair), slow[0]);
	assert_ptr_equal(fair_take(fair), quick);
	assert_null(fair_take(fair));
	fair_slow_done(fair);
	assert_ptr_equal(fair_take(fair), slow[1]);
	/* Stopping, nothing is left behind. */
	assert_true(fair_put(fair, slow[0], &shed));
	assert_null(fair_take(fair));
	assert_ptr_equal(fair_drop(fair), slow[0]);
	assert_null(fair_drop(fair));
}

static void a_source_is_an_address_or_half_of_one(void **state)
{
	static const struct {
		const char *one, *other;
		bool same;
	} cases[] = {
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true},
		{"2001:db8:1:2::1", "2001:db8:1:3::1", false},
		{"", "nonsense", true},
	};
	unsigned char one[FAIR_KEY], other[FAIR_KEY];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fair_key((struct block){(const uint8_t *)cases[i].one, strlen(cases[i].one)}, 0,
			 one);
		fair_key((struct block){(const uint8_t *)cases[i].other, strlen(cases[i].other)}, 0,
			 other);
		if ((memcmp(one, other, FAIR_KEY) == 0) != cases[i].same)
			fail_msg("%s %s", cases[i].one, cases[i].other);
	}
	fair_key((struct block){(const uint8_t *)"192.0.2.1", 9}, 0, one);
	fair_key((struct block){(const uint8_t *)"192.0.2.1", 9}, 1, other);
	assert_memory_not_equal(one, other, FAIR_KEY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sources_take_turns_and_keep_their_order, start,
						end),
		cmocka_unit_test_setup_teardown(a_flood_displaces_only_itself, start, end),
		cmocka_unit_test_setup_teardown(as_many_as_the_others_is_no_reason_to_displace,
						start, end),
		cmocka_unit_test_setup_teardown(what_is_slow_leaves_a_thread_to_the_others, start,
						end),
		cmocka_unit_test(a_source_is_an_address_or_half_of_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
