/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Against a real MariaDB: late commits, rival sequencers, one of them killed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/audit.h"
#include "audit/checkpoint.h"
#include "audit/sequencer.h"
#include "audit/tree_sql.h"
#include "base/arena.h"
#include "base/sys.h"
#include "tests/support/test_db.h"
#include "vault/checkpoint_text.h"

enum { WRITERS = 4, RUN_MS = 3000, KILL_MS = 300 };

static uint32_t random_below(uint32_t limit)
{
	uint32_t value;
	sys_random(&value, sizeof(value));
	return value % limit;
}

static void pause_ms(uint32_t ms)
{
	const struct timespec time = {ms / 1000, (long)(ms % 1000) * 1000000};
	(void)nanosleep(&time, NULL);
}

static enum err append_one(struct ctx *ctx, const char *name)
{
	struct audit audit;
	audit_init(&audit, EVENT_REQUEST_CREATED);
	audit_object(&audit, "request", &audit.id, name);
	audit_change(&audit, "state", NULL, "pending");
	audit_data(&audit, "minutes", "30");
	return audit_append(ctx, &audit);
}

/* Child: exit code says only that all went well; how much was committed is counted at the end. */
static void write_events(void)
{
	struct ctx ctx;
	test_db_ctx(&ctx);
	int64_t until = sys_mono_us() + (int64_t)RUN_MS * 1000;
	while (sys_mono_us() < until) {
		arena_reset(ctx.arena);
		assert_int_equal(db_begin(&ctx), ERR_OK);
		for (uint32_t i = 0; i <= random_below(3); i++)
			assert_int_equal(append_one(&ctx, "R-2026-000001"), ERR_OK);
		pause_ms(random_below(30));
		if (random_below(10) == 0)
			db_rollback(&ctx);
		else
			assert_int_equal(db_commit(&ctx), ERR_OK);
	}
	test_db_ctx_end(&ctx);
	_exit(0);
}

static void sequence_forever(void)
{
	struct ctx ctx;
	struct sequencer sequencer;
	sequencer_init(&sequencer);
	test_db_ctx(&ctx);
	for (;;) {
		size_t count;
		arena_reset(ctx.arena);
		(void)!sequencer_run(&ctx, &sequencer, &count);
		pause_ms(5);
	}
}

static pid_t start(void (*work)(void))
{
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		work();
		_exit(1);
	}
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static const struct db_stmt pending = {"pending", "SELECT COUNT(*) FROM audit_pending", 0, 1};
static const struct db_stmt written = {"written", "SELECT COUNT(*) FROM audit_event", 0, 1};
static const struct db_stmt ordered = {"ordered", "SELECT COUNT(*) FROM audit_sequence", 0, 1};
static const struct db_stmt highest = {"highest", "SELECT MAX(n) + 1 FROM audit_sequence", 0, 1};

static uint64_t count_of(struct ctx *ctx, const struct db_stmt *stmt)
{
	struct db_rows *rows;
	assert_int_equal(db_query(ctx, stmt, NULL, &rows), ERR_OK);
	assert_true(db_next(rows));
	uint64_t count = (uint64_t)db_int(rows, 0);
	assert_int_equal(db_rows_close(rows), ERR_OK);
	return count;
}

/* The tree, made anew from the leaves in their order. */
static void rebuild(struct ctx *ctx, uint64_t size, uint8_t root[32])
{
	static const struct db_stmt leaves = {
		"leaves",
		"SELECT s.n, e.leaf FROM audit_sequence s JOIN audit_event e ON e.id = s.id "
		"ORDER BY s.n",
		0, 2};
	struct merkle_frontier frontier = {0};
	struct merkle_node nodes[MERKLE_LEVELS];
	struct db_rows *rows;
	assert_int_equal(db_query(ctx, &leaves, NULL, &rows), ERR_OK);
	while (db_next(rows)) {
		uint8_t hash[32];
		assert_int_equal(db_int(rows, 0), frontier.size);
		struct block leaf = db_bytes(rows, 1);
		merkle_leaf_hash(leaf.data, leaf.len, hash);
		merkle_append(&frontier, hash, nodes);
	}
	assert_int_equal(db_rows_close(rows), ERR_OK);
	assert_int_equal(frontier.size, size);
	merkle_root(&frontier, root);
}

static void every_committed_event_gets_one_number(void **state)
{
	(void)state;
	pid_t writers[WRITERS], rivals[2];
	struct ctx ctx;
	uint64_t size = 0;
	for (int i = 0; i < WRITERS; i++)
		writers[i] = start(write_events);
	for (int i = 0; i < 2; i++)
		rivals[i] = start(sequence_forever);
	for (int i = 0; i < RUN_MS / KILL_MS; i++) {
		pause_ms(KILL_MS);
		end(rivals[i % 2]);
		rivals[i % 2] = start(sequence_forever);
	}
	for (int i = 0; i < WRITERS; i++) {
		int status;
		waitpid(writers[i], &status, 0);
		assert_int_equal(status, 0);
	}
	test_db_ctx(&ctx);
	for (int i = 0; i < 1200 && count_of(&ctx, &pending) > 0; i++)
		pause_ms(50);
	for (int i = 0; i < 2; i++)
		end(rivals[i]);
	assert_int_equal(count_of(&ctx, &pending), 0);
	uint64_t events = count_of(&ctx, &written);
	assert_true(events > 100);
	assert_int_equal(count_of(&ctx, &ordered), events);
	assert_int_equal(count_of(&ctx, &highest), events);
	assert_int_equal(tree_sql_size(&ctx, &size), ERR_OK);
	assert_int_equal(size, events);
	uint8_t expected[32], root[32];
	rebuild(&ctx, size, expected);
	const struct merkle_source source = tree_sql_source(&ctx);
	assert_int_equal(merkle_root_at(&source, size, root), ERR_OK);
	assert_memory_equal(root, expected, 32);
	print_message("%llu events in order\n", (unsigned long long)events);
	test_db_ctx_end(&ctx);
}

/* A keeper of the test's own: remembers and signs as told. */
struct fake_keeper {
	uint64_t size;
	uint8_t root[32], public_key[32], private_key[64];
};

static enum err last(struct ctx *ctx, void *arg, uint64_t *out_size, uint8_t out_root[32],
		     uint8_t out_public_key[32])
{
	const struct fake_keeper *keeper = arg;
	(void)ctx;
	*out_size = keeper->size;
	memcpy(out_root, keeper->root, 32);
	memcpy(out_public_key, keeper->public_key, 32);
	return ERR_OK;
}

static enum err sign(struct ctx *ctx, void *arg, uint64_t old_size, uint64_t size,
		     const uint8_t root[32], const struct merkle_proof *consistency,
		     uint8_t out_signature[64])
{
	struct fake_keeper *keeper = arg;
	char body[CHECKPOINT_BODY_SIZE];
	if (old_size != keeper->size ||
	    !merkle_verify_consistency(old_size, keeper->root, size, root, consistency->hash[0],
				       consistency->count))
		return err_set(ctx, ERR_INTEGRITY, "not extending");
	size_t len = checkpoint_body(keeper->public_key, size, root, body);
	crypto_sign_detached(out_signature, NULL, (uint8_t *)body, len, keeper->private_key);
	keeper->size = size;
	memcpy(keeper->root, root, 32);
	return ERR_OK;
}

static void checkpoints_extend_each_other_and_reach_the_folder(void **state)
{
	(void)state;
	struct ctx ctx;
	struct fake_keeper keeper = {0};
	const struct checkpoint_signer signer = {last, sign, &keeper};
	struct sequencer sequencer;
	struct tree_checkpoint stored;
	char folder[] = "/tmp/sekisho-checkpoints.XXXXXX", note[1024] = "";
	uint8_t root[32];
	uint64_t size;
	bool made;
	size_t count;
	crypto_sign_keypair(keeper.public_key, keeper.private_key);
	assert_non_null(mkdtemp(folder));
	int folder_fd = open(folder, O_RDONLY | O_DIRECTORY);
	sequencer_init(&sequencer);
	test_db_ctx(&ctx);
	assert_int_equal(sequencer_run(&ctx, &sequencer, &count), ERR_OK);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(append_one(&ctx, "R-2026-000002"), ERR_OK);
		assert_int_equal(sequencer_run(&ctx, &sequencer, &count), ERR_OK);
		assert_int_equal(count, 1);
		assert_int_equal(checkpoint_make(&ctx, &signer, folder_fd, &made), ERR_OK);
		assert_true(made);
		assert_int_equal(checkpoint_make(&ctx, &signer, folder_fd, &made), ERR_OK);
		assert_false(made);
	}
	assert_int_equal(tree_sql_last_checkpoint(&ctx, &stored), ERR_OK);
	assert_int_equal(stored.size, keeper.size);
	int fd = openat(folder_fd, "latest", O_RDONLY);
	assert_true(read(fd, note, sizeof(note) - 1) > 0);
	close(fd);
	assert_string_equal(note, stored.note);
	assert_true(checkpoint_note_verify(note, strlen(note), keeper.public_key, &size, root));
	assert_int_equal(size, keeper.size);
	assert_memory_equal(root, keeper.root, 32);

	/* History rewritten in the database: no further checkpoint. */
	test_db_script("UPDATE audit_node SET hash = REPEAT('x', 32) WHERE level = 1 AND n = 0;"
		       "UPDATE audit_sequence SET leaf_hash = REPEAT('y', 32) WHERE n = 0;");
	assert_int_equal(append_one(&ctx, "R-2026-000003"), ERR_OK);
	assert_int_equal(sequencer_run(&ctx, &sequencer, &count), ERR_OK);
	keeper.root[0] ^= 1; /* what was signed is not what is there any more */
	assert_int_equal(checkpoint_make(&ctx, &signer, folder_fd, &made), ERR_INTEGRITY);
	keeper.size += 100;
	assert_int_equal(checkpoint_make(&ctx, &signer, folder_fd, &made), ERR_INTEGRITY);
	assert_string_equal(ctx.error.reason, "checkpoint.rewound");
	test_db_ctx_end(&ctx);
	close(folder_fd);
}

static void event_of_a_rolled_back_change_is_gone(void **state)
{
	(void)state;
	struct ctx ctx;
	test_db_ctx(&ctx);
	uint64_t before = count_of(&ctx, &written);
	audit_watch_reset();
	assert_int_equal(db_begin(&ctx), ERR_OK);
	assert_false(audit_watch_seen(EVENT_REQUEST_CREATED));
	assert_int_equal(append_one(&ctx, "R-2026-000004"), ERR_OK);
	assert_true(audit_watch_seen(EVENT_REQUEST_CREATED));
	assert_false(audit_watch_seen(EVENT_REQUEST_APPROVED));
	db_rollback(&ctx);
	assert_int_equal(count_of(&ctx, &written), before);
	/* Outside a transaction it makes its own. */
	assert_int_equal(append_one(&ctx, "R-2026-000005"), ERR_OK);
	assert_int_equal(count_of(&ctx, &written), before + 1);
	test_db_ctx_end(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_committed_event_gets_one_number),
		cmocka_unit_test(event_of_a_rolled_back_change_is_gone),
		cmocka_unit_test(checkpoints_extend_each_other_and_reach_the_folder),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
