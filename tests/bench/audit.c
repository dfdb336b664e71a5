/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Audit events a second, each in a transaction of its own that is on the disk when it ends, from as
 * many connections as asked, beside the bare insert of as many bytes; and the sequencer's pace.
 *   bench_audit SECONDS CONNECTIONS   (under tests/support/mariadb.sh run)
 * Prints: events/s p50-ms p99-ms bare/s sequenced/s
 */
#include "tests/unit/cmocka_all.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

#include "audit/audit.h"
#include "audit/event.h"
#include "audit/sequencer.h"
#include "base/arena.h"
#include "base/sys.h"
#include "tests/support/test_db.h"

enum { SAMPLES = 100000, CONNECTIONS = 64 };

static const struct db_stmt bare = {"bench_bare", "INSERT INTO bench_bare VALUES (?, ?)", 2, 0};
static atomic_bool over;

struct writer {
	pthread_t thread;
	struct ctx ctx;
	bool bare;
	uint32_t *samples; /* microseconds */
	size_t done;
};

static enum err append(struct ctx *ctx, void *arg)
{
	struct audit audit;
	struct uuid id = uuid_random();

	(void)arg;
	audit_init(&audit, EVENT_SECRET_RELEASED);
	audit_object(&audit, "account", &id, "root@web-01");
	audit_data(&audit, "secret_version", "1");
	return audit_append(ctx, &audit);
}

static enum err insert(struct ctx *ctx, void *arg)
{
	static const uint8_t bytes[500];
	struct uuid id = uuid_random();
	const struct db_param params[] = {DB_P_UUID(&id), DB_P_BYTES(bytes, sizeof(bytes))};

	(void)arg;
	return db_exec(ctx, &bare, params, NULL);
}

static void *work(void *arg)
{
	struct writer *writer = arg;

	while (!atomic_load(&over) && writer->done < SAMPLES) {
		int64_t start = sys_mono_us();

		assert_int_equal(db_transaction(&writer->ctx, writer->bare ? insert : append, NULL),
				 ERR_OK);
		arena_reset(writer->ctx.arena);
		writer->samples[writer->done++] = (uint32_t)(sys_mono_us() - start);
	}
	return NULL;
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static double run(struct writer *writers, int count, bool plain, double seconds)
{
	size_t total = 0;
	int64_t start = sys_mono_us();

	atomic_store(&over, false);
	for (int i = 0; i < count; i++) {
		writers[i].bare = plain;
		writers[i].done = 0;
		pthread_create(&writers[i].thread, NULL, work, &writers[i]);
	}
	(void)poll(NULL, 0, (int)(seconds * 1e3));
	atomic_store(&over, true);
	for (int i = 0; i < count; i++) {
		pthread_join(writers[i].thread, NULL);
		total += writers[i].done;
	}
	return (double)total * 1e6 / (double)(sys_mono_us() - start);
}

static void percentiles(struct writer *writers, int count, double *p50, double *p99)
{
	uint32_t *all = calloc((size_t)count, SAMPLES * sizeof(*all));
	size_t n = 0;

	for (int i = 0; i < count; i++) {
		memcpy(all + n, writers[i].samples, writers[i].done * sizeof(*all));
		n += writers[i].done;
	}
	qsort(all, n, sizeof(*all), by_size);
	*p50 = n ? all[n / 2] / 1e3 : 0;
	*p99 = n ? all[n * 99 / 100] / 1e3 : 0;
	free(all);
}

static double sequence(struct ctx *ctx, double seconds)
{
	struct sequencer sequencer;
	int64_t start = sys_mono_us();
	size_t total = 0, count = 1;

	sequencer_init(&sequencer);
	while (count && (double)(sys_mono_us() - start) < seconds * 1e6) {
		arena_reset(ctx->arena);
		assert_int_equal(sequencer_run(ctx, &sequencer, &count), ERR_OK);
		total += count;
	}
	return (double)total * 1e6 / (double)(sys_mono_us() - start);
}

int main(int argc, char **argv)
{
	static struct writer writers[CONNECTIONS];
	double seconds = argc == 3 ? strtod(argv[1], NULL) : 0, p50, p99;
	int count = argc == 3 ? (int)strtol(argv[2], NULL, 10) : 0;

	if (seconds <= 0 || count < 1 || count > CONNECTIONS)
		return 2;
	test_db_script(
		"CREATE TABLE bench_bare (id BINARY(16) PRIMARY KEY, body BLOB) ENGINE=InnoDB");
	for (int i = 0; i < count; i++) {
		test_db_ctx(&writers[i].ctx);
		writers[i].samples = calloc(SAMPLES, sizeof(uint32_t));
	}
	double events = run(writers, count, false, seconds);
	percentiles(writers, count, &p50, &p99);
	double plain = run(writers, count, true, seconds);
	printf("%.1f %.3f %.3f %.1f %.1f\n", events, p50, p99, plain,
	       sequence(&writers[0].ctx, seconds));
	for (int i = 0; i < count; i++) {
		test_db_ctx_end(&writers[i].ctx);
		free(writers[i].samples);
	}
	return 0;
}
