/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Audit events a second, each in a transaction of its own that is on the disk when it ends, from as
 * many connections as asked, beside the bare insert of as many bytes; and the sequencer's pace.
 *   bench_audit SECONDS CONNECTIONS   (under tests/support/mariadb.sh run)
 * Prints: events/s p50-ms p99-ms bare/s sequenced/s
 */
#include "tests/unit/cmocka_all.h"

#include "audit/audit.h"
#include "audit/event.h"
#include "audit/sequencer.h"
#include "base/arena.h"
#include "base/sys.h"
#include "sql/db.h"
#include "tests/bench/rate.h"

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

static enum err event(struct ctx *ctx, int nth)
{
	(void)nth;
	return db_transaction(ctx, append, NULL);
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
	double seconds = argc == 3 ? strtod(argv[1], NULL) : 0;

	if (seconds <= 0)
		return 2;
	rate_bare_prepare();
	rate_start((int)strtol(argv[2], NULL, 10), NULL);
	struct rate events = rate_of(event, seconds), plain = rate_of(rate_bare, seconds);
	printf("%.1f %.3f %.3f %.1f %.1f\n", events.per_second, events.p50_ms, events.p99_ms,
	       plain.per_second, sequence(rate_ctx(), seconds));
	rate_end();
	return 0;
}
