/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Releases of a stored password a second, as authority does them for a broker: the loan is looked
 * at and the event is on the disk before the keeper writes into a pipe. Beside the bare insert of
 * as many bytes as the event has, and the keeper alone, which only opens. bench_release SECONDS
 * CONNECTIONS   (under tests/support/mariadb.sh run) Prints: releases/s p50-ms p99-ms bare/s
 * opened/s
 */
#include "tests/unit/cmocka_all.h"

#include <string.h>
#include <unistd.h>

#include "auth/secret_store.h"
#include "base/arena.h"
#include "base/secret.h"
#include "server/authority_live_inner.h"
#include "sql/db.h"
#include "tests/bench/rate.h"
#include "tests/support/test_keeper.h"
#include "tests/support/test_loan.h"

enum { FIRST_SESSION = 0x20 };

static const char password[] = "hunter2-of-web-01";
static struct secret_ref ref = {.version = 1, .kind = SECRET_PASSWORD};
static struct block blob;

static void take(int fd)
{
	char got[64];

	assert_int_equal(read(fd, got, sizeof(got)), strlen(password));
	assert_memory_equal(got, password, strlen(password));
	close(fd);
}

static enum err release(struct ctx *ctx, int nth)
{
	struct live_step *step = arena_new_of(ctx->arena, struct live_step);

	assert_non_null(step);
	step->fd = step->fd2 = -1;
	memset(step->info.session_id.b, FIRST_SESSION + nth, UUID_SIZE);
	enum err err = step_credential(ctx, step);
	if (err == ERR_OK)
		take(step->fd);
	return err;
}

static enum err open_alone(struct ctx *ctx, int nth)
{
	int ends[2];

	(void)nth;
	assert_int_equal(secret_pipe_empty(ends), ERR_OK);
	enum err err = keeper_open(ctx, &ref, blob, ends[1]);
	close(ends[1]);
	if (err == ERR_OK)
		take(ends[0]);
	return err;
}

/* What the keeper opens, kept where no arena is emptied. */
static void load_blob(struct ctx *ctx)
{
	struct uuid id;

	memset(id.b, 7, UUID_SIZE);
	assert_int_equal(secret_store_get(ctx, &id, &ref, &blob), ERR_OK);
	uint8_t *copy = malloc(blob.len);
	assert_non_null(copy);
	memcpy(copy, blob.data, blob.len);
	blob.data = copy;
}

int main(int argc, char **argv)
{
	double seconds = argc == 3 ? strtod(argv[1], NULL) : 0;
	int connections = argc == 3 ? (int)strtol(argv[2], NULL, 10) : 0;
	struct ctx first;

	if (seconds <= 0 || connections < 1)
		return 2;
	ctx_init(&first, arena_new(1 << 20));
	struct keeper_client *keeper = test_keeper_start(&first);
	rate_bare_prepare();
	rate_start(connections, keeper);
	test_loan_secret(rate_ctx(), password);
	test_loan_rows();
	for (int i = 0; i < connections; i++)
		(void)test_loan_session((uint8_t)(FIRST_SESSION + i));
	load_blob(rate_ctx());
	struct rate released = rate_of(release, seconds), plain = rate_of(rate_bare, seconds),
		    opened = rate_of(open_alone, seconds);
	printf("%.1f %.3f %.3f %.1f %.1f\n", released.per_second, released.p50_ms, released.p99_ms,
	       plain.per_second, opened.per_second);
	rate_end();
	test_keeper_stop(keeper);
	arena_free(first.arena);
	return 0;
}
