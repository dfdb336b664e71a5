/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/rate.h"

#include "tests/unit/cmocka_all.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/sys.h"
#include "tests/support/test_db.h"

enum { SAMPLES = 100000, CONNECTIONS = 64 };

struct worker {
	pthread_t thread;
	struct ctx ctx;
	rate_piece *piece;
	uint32_t *samples; /* microseconds */
	size_t done;
};

static struct worker workers[CONNECTIONS];
static int worker_count;
static atomic_bool over;

void rate_start(int connections, struct keeper_client *keeper)
{
	assert_in_range(connections, 1, CONNECTIONS);
	worker_count = connections;
	for (int i = 0; i < worker_count; i++) {
		test_db_ctx(&workers[i].ctx);
		workers[i].ctx.keeper = keeper;
		workers[i].samples = calloc(SAMPLES, sizeof(uint32_t));
		assert_non_null(workers[i].samples);
	}
}

void rate_end(void)
{
	for (int i = 0; i < worker_count; i++) {
		test_db_ctx_end(&workers[i].ctx);
		free(workers[i].samples);
	}
}

struct ctx *rate_ctx(void)
{
	return &workers[0].ctx;
}

static void *work(void *arg)
{
	struct worker *worker = arg;

	while (!atomic_load(&over) && worker->done < SAMPLES) {
		int64_t start = sys_mono_us();

		assert_int_equal(worker->piece(&worker->ctx, (int)(worker - workers)), ERR_OK);
		arena_reset(worker->ctx.arena);
		worker->samples[worker->done++] = (uint32_t)(sys_mono_us() - start);
	}
	return NULL;
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void percentiles(struct rate *rate, size_t total)
{
	uint32_t *all = calloc(total + 1, sizeof(*all));
	size_t n = 0;

	assert_non_null(all);
	for (int i = 0; i < worker_count; i++) {
		memcpy(all + n, workers[i].samples, workers[i].done * sizeof(*all));
		n += workers[i].done;
	}
	qsort(all, n, sizeof(*all), by_size);
	rate->p50_ms = all[n / 2] / 1e3;
	rate->p99_ms = all[n * 99 / 100] / 1e3;
	free(all);
}

struct rate rate_of(rate_piece *piece, double seconds)
{
	struct rate rate = {0};
	size_t total = 0;
	int64_t start = sys_mono_us();

	atomic_store(&over, false);
	for (int i = 0; i < worker_count; i++) {
		workers[i].piece = piece;
		workers[i].done = 0;
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	(void)poll(NULL, 0, (int)(seconds * 1e3));
	atomic_store(&over, true);
	for (int i = 0; i < worker_count; i++) {
		pthread_join(workers[i].thread, NULL);
		total += workers[i].done;
	}
	rate.per_second = (double)total * 1e6 / (double)(sys_mono_us() - start);
	percentiles(&rate, total);
	return rate;
}

static const struct db_stmt bare = {"bench_bare", "INSERT INTO bench_bare VALUES (?, ?)", 2, 0};

void rate_bare_prepare(void)
{
	test_db_script(
		"CREATE TABLE bench_bare (id BINARY(16) PRIMARY KEY, body BLOB) ENGINE=InnoDB");
}

static enum err insert(struct ctx *ctx, void *arg)
{
	static const uint8_t bytes[500];
	struct uuid id = uuid_random();
	const struct db_param params[] = {DB_P_UUID(&id), DB_P_BYTES(bytes, sizeof(bytes))};

	(void)arg;
	return db_exec(ctx, &bare, params, NULL);
}

enum err rate_bare(struct ctx *ctx, int nth)
{
	(void)nth;
	return db_transaction(ctx, insert, NULL);
}
