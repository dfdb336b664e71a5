/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The real sekisho-keeper and sekisho-worker, confined, with this program as their authority. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/audit.h"
#include "audit/tree_sql.h"
#include "base/arena.h"
#include "base/chan.h"
#include "base/conf.h"
#include "base/messages.h"
#include "base/sys.h"
#include "tests/support/test_db.h"
#include "vault/checkpoint_text.h"
#include "vault/keeper.h"

enum { ROLE_FDS = 6, WAIT_MS = 60000 };

struct role_fds {
	const char *name;
	int fd;
};

static char folder[] = "/tmp/sekisho-trust.XXXXXX";
static struct conf *conf;

static int conf_pipe(void)
{
	int fds[2];
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(conf_send(conf, fds[1]), ERR_OK);
	close(fds[1]);
	return fds[0];
}

static pid_t start(const char *program, const struct role_fds *fds, size_t count)
{
	char path[256], arguments[256] = "";
	(void)snprintf(path, sizeof(path), SEKISHO_BINARY_DIR "/bin/%s", program);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid != 0)
		return pid;
	size_t len = 0;
	int moved[ROLE_FDS];
	for (size_t i = 0; i < count; i++) /* out of the way first */
		moved[i] = fcntl(fds[i].fd, F_DUPFD, 100);
	for (size_t i = 0; i < count; i++) {
		(void)dup2(moved[i], (int)i + 3);
		len += (size_t)snprintf(arguments + len, sizeof(arguments) - len, "%s%s=%zu",
					i > 0 ? "," : "", fds[i].name, i + 3);
	}
	for (int fd = (int)count + 3; fd < 200; fd++)
		close(fd);
	execl(path, program, "--role-fds", arguments, (char *)NULL);
	_exit(127);
}

static bool ready(int fd)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	char byte = 0;
	return poll(&wait, 1, WAIT_MS) == 1 && read(fd, &byte, 1) == 1 && byte == 'R';
}

static void end(pid_t pid, int expected)
{
	int status = -1;
	for (int i = 0; i < WAIT_MS / 10 && waitpid(pid, &status, WNOHANG) == 0; i++)
		(void)poll(NULL, 0, 10);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), expected);
}

static int setup(void **state)
{
	struct ctx ctx;
	char path[256];
	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/checkpoints", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/recordings", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	ctx_init(&ctx, arena_new(1 << 20));
	assert_int_equal(conf_load(&ctx, NULL, &conf), ERR_OK);
	arena_free(ctx.arena);
	conf->data_dir = folder;
	conf->database = CONF_DATABASE_SOCKET;
	conf->database_socket = getenv("SEKISHO_TEST_SOCKET");
	conf->database_name = getenv("SEKISHO_TEST_DATABASE");
	conf->log_level = 0;
	test_db_script("CREATE USER sekisho_worker@localhost IDENTIFIED BY 'of the test';"
		       "GRANT SELECT, INSERT, UPDATE, DELETE ON sekisho.* "
		       "TO sekisho_worker@localhost;");
	return 0;
}

struct keeper_process {
	pid_t pid;
	int rootkey, state;
	struct ctx ctx;
};

static void keeper_start(struct keeper_process *keeper)
{
	int pair[2], notice[2];
	assert_int_equal(chan_pair(pair), ERR_OK);
	assert_int_equal(pipe(notice), 0);
	const struct role_fds fds[] = {{"conf", conf_pipe()},
				       {"authority", pair[1]},
				       {"rootkey", keeper->rootkey},
				       {"state", keeper->state},
				       {"ready", notice[1]}};
	keeper->pid = start("sekisho-keeper", fds, 5);
	close(fds[0].fd);
	close(pair[1]);
	close(notice[1]);
	assert_true(ready(notice[0]));
	close(notice[0]);
	keeper->ctx.keeper = keeper_client_new(pair[0]);
}

static void confined_keeper_does_all_its_work(void **state)
{
	struct keeper_process keeper = {.rootkey = memfd_create("rootkey", 0),
					.state = memfd_create("state", 0)};
	struct block vault = {0}, none = {0}, blob = {0}, der = {0};
	const struct secret_ref ref = {{{1}}, 1, SECRET_PASSWORD}, seed = {{{2}}, 1, SECRET_TOTP};
	uint8_t signature[64], root[32] = {1}, point[65] = {4};
	uint64_t step;
	char made[25] = "", opened[25] = "";
	int fds[2];
	(void)state;
	ctx_init(&keeper.ctx, arena_new(4 << 20));
	keeper_start(&keeper);
	assert_int_equal(keeper_unseal(&keeper.ctx, -1, none, &vault), ERR_OK);
	/* Again from what was stored: reads the key file and derives. */
	keeper_client_free(keeper.ctx.keeper);
	end(keeper.pid, 0);
	keeper_start(&keeper);
	assert_int_equal(keeper_unseal(&keeper.ctx, -1, vault, &none), ERR_OK);
	assert_int_equal(secret_pipe_empty(fds), ERR_OK);
	assert_int_equal(keeper_generate(&keeper.ctx, &ref, 24, fds[1], &blob), ERR_OK);
	assert_int_equal(read(fds[0], made, 24), 24);
	for (int i = 0; i < 200; i++) {
		assert_int_equal(keeper_open(&keeper.ctx, &ref, blob, fds[1]), ERR_OK);
		assert_int_equal(read(fds[0], opened, 24), 24);
		assert_string_equal(made, opened);
	}
	assert_int_equal(keeper_generate(&keeper.ctx, &seed, 20, -1, &blob), ERR_OK);
	assert_int_equal(
		keeper_totp_check(&keeper.ctx, &seed, blob, "000000", 1700000000, 0, &step),
		ERR_UNAUTHENTICATED);
	assert_int_equal(
		keeper_sign_checkpoint(&keeper.ctx, 0, 1, root, (struct block){0}, signature),
		ERR_OK);
	const struct keeper_cert signer = {.kind = KEEPER_CERT_SIGNER,
					   .serial = {{1}},
					   .not_before = 1700000000,
					   .not_after = 1700086400};
	assert_int_equal(keeper_issue(&keeper.ctx, &signer, &der), ERR_OK);
	struct keeper_cert server = signer;
	server.kind = KEEPER_CERT_SERVER_EC;
	server.public_key = (struct block){point, sizeof(point)};
	server.names = (struct block){(const uint8_t *)"pam.example", 11};
	assert_int_equal(keeper_issue(&keeper.ctx, &server, &der), ERR_INPUT); /* off the curve */
	keeper_client_free(keeper.ctx.keeper);
	end(keeper.pid, 0);
	arena_free(keeper.ctx.arena);
	close(fds[0]);
	close(fds[1]);
	close(keeper.rootkey);
	close(keeper.state);
}

/* Authority's part: passes worker's questions on to the keeper. */
static bool answer_one(int fd, struct ctx *ctx, const struct keeper_public *public)
{
	struct buf scratch, out;
	struct chan_msg msg;
	buf_init(&scratch, 2 * CHAN_PAYLOAD_MAX);
	buf_init(&out, CHAN_PAYLOAD_MAX);
	enum err err = chan_receive(fd, &scratch, &msg, 200);
	if (err == ERR_OK && msg.type == MSG_LAST_CHECKPOINT) {
		struct msg_checkpoint_last last = {0};
		last.err = keeper_last_checkpoint(ctx, &last.size, last.root);
		memcpy(last.public_key, public->checkpoint, 32);
		codec_put(&out, &msg_checkpoint_last_codec, &last);
		err = chan_send(fd, MSG_CHECKPOINT_LAST, msg.id, out.data, out.len, NULL, 0, 1000);
	} else if (err == ERR_OK && msg.type == MSG_SIGN_CHECKPOINT) {
		struct msg_sign_checkpoint want;
		struct msg_checkpoint_signed done = {0};
		assert_int_equal(codec_get(&msg_sign_checkpoint_codec, msg.data, msg.len, &want),
				 ERR_OK);
		done.err = keeper_sign_checkpoint(ctx, want.old_size, want.size, want.root,
						  want.consistency, done.signature);
		memcpy(done.public_key, public->checkpoint, 32);
		codec_put(&out, &msg_checkpoint_signed_codec, &done);
		err = chan_send(fd, MSG_CHECKPOINT_SIGNED, msg.id, out.data, out.len, NULL, 0,
				1000);
	}
	buf_clear(&scratch);
	buf_clear(&out);
	return err == ERR_OK;
}

static bool covered(struct ctx *ctx, uint64_t size)
{
	struct tree_checkpoint checkpoint;
	arena_reset(ctx->arena);
	return tree_sql_last_checkpoint(ctx, &checkpoint) == ERR_OK && checkpoint.size == size;
}

static void append(struct ctx *ctx, int count)
{
	for (int i = 0; i < count; i++) {
		struct audit audit;
		audit_init(&audit, EVENT_SYSTEM_STARTED);
		assert_int_equal(audit_append(ctx, &audit), ERR_OK);
	}
}

static void wait_until_covered(struct ctx *db, int fd, struct ctx *keeper,
			       const struct keeper_public *public, uint64_t size)
{
	int64_t until = sys_mono_us() + (int64_t)WAIT_MS * 1000;
	while (!covered(db, size)) {
		assert_true(sys_mono_us() < until);
		(void)answer_one(fd, keeper, public);
	}
}

static void confined_worker_orders_signs_and_survives_the_database(void **state)
{
	struct keeper_process keeper = {.rootkey = memfd_create("rootkey", 0),
					.state = memfd_create("state", 0)};
	struct keeper_public public;
	struct block vault, none = {0};
	struct ctx db;
	int pair[2], notice[2], password[2];
	char path[256], note[1024] = "";
	uint64_t size;
	uint8_t root[32];
	(void)state;
	ctx_init(&keeper.ctx, arena_new(4 << 20));
	keeper_start(&keeper);
	assert_int_equal(keeper_unseal(&keeper.ctx, -1, none, &vault), ERR_OK);
	assert_int_equal(keeper_public(&keeper.ctx, &public), ERR_OK);
	test_db_ctx(&db);
	append(&db, 3);
	assert_int_equal(chan_pair(pair), ERR_OK);
	assert_int_equal(pipe(notice), 0);
	assert_int_equal(pipe(password), 0);
	assert_int_equal(write(password[1], "of the test", 11), 11);
	close(password[1]);
	(void)snprintf(path, sizeof(path), "%s/checkpoints", folder);
	int checkpoints = open(path, O_RDONLY | O_DIRECTORY);
	(void)snprintf(path, sizeof(path), "%s/recordings", folder);
	int recordings = open(path, O_RDONLY | O_DIRECTORY);
	const struct role_fds fds[] = {{"conf", conf_pipe()},	   {"authority", pair[1]},
				       {"db", password[0]},	   {"checkpoints", checkpoints},
				       {"recordings", recordings}, {"ready", notice[1]}};
	pid_t worker = start("sekisho-worker", fds, 6);
	close(pair[1]);
	close(notice[1]);
	assert_true(ready(notice[0]));
	wait_until_covered(&db, pair[0], &keeper.ctx, &public, 3);
	append(&db, 4);
	wait_until_covered(&db, pair[0], &keeper.ctx, &public, 7);

	/* Its connection is cut: it comes back by itself. */
	test_db_script("FOR c IN (SELECT id FROM information_schema.processlist "
		       "WHERE user = 'sekisho_worker') DO KILL c.id; END FOR");
	append(&db, 2);
	wait_until_covered(&db, pair[0], &keeper.ctx, &public, 9);

	/* The file follows the row. */
	int64_t until = sys_mono_us() + WAIT_MS * INT64_C(1000);
	do {
		assert_true(sys_mono_us() < until);
		memset(note, 0, sizeof(note));
		int latest = openat(checkpoints, "latest", O_RDONLY);
		assert_true(read(latest, note, sizeof(note) - 1) > 0);
		close(latest);
		assert_true(
			checkpoint_note_verify(note, strlen(note), public.checkpoint, &size, root));
	} while (size < 9);
	assert_int_equal(size, 9);
	close(pair[0]); /* authority is gone: so is worker */
	end(worker, 0);
	keeper_client_free(keeper.ctx.keeper);
	end(keeper.pid, 0);
	test_db_ctx_end(&db);
	arena_free(keeper.ctx.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(confined_keeper_does_all_its_work),
		cmocka_unit_test(confined_worker_orders_signs_and_survives_the_database),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
