/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <signal.h>

#include "audit/recording_chain.h"
#include "audit/sequencer.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/role.h"
#include "base/sys.h"
#include "gateways/proto/witness.h"
#include "server/worker_link.h"
#include "server/worker_sql.h"
#include "server/worker_witness.h"
#include "sql/db.h"

/*
 * sekisho-worker: the schedule. Numbers audit events, has checkpoints signed, names the heads of
 * broken recordings. One thread; each duty has its next time and its own back-off, so that a sealed
 * keeper or a lost database stops one and not the others. Ends when authority is gone.
 */
enum {
	MS = 1000,
	SECOND = 1000 * MS,
	SEQUENCE_US = 50 * MS,
	CHECKPOINT_US = SECOND,
	BROKEN_US = 5 * SECOND,
	BACK_OFF_MAX_US = 8 * SECOND,
	DEADLINE_US = 20 * SECOND,
	ARENA_MAX = 64 * 1024 * 1024,
};

struct worker {
	struct worker_link link;
	struct db *db;
	struct arena *arena;
	struct sequencer sequencer;
	int checkpoints_fd, recordings_fd;
};

struct duty {
	const char *name;
	int64_t every_us;
	enum err (*run)(struct ctx *ctx, struct worker *worker, bool *out_again);
	int64_t next, back_off;
	enum err last_error;
};

static enum err run_sequencer(struct ctx *ctx, struct worker *worker, bool *out_again)
{
	size_t count = 0;
	enum err err = sequencer_run(ctx, &worker->sequencer, &count);
	*out_again = count >= SEQUENCER_ROUND_MAX;
	return err;
}

/* Asks each second; checkpoint_make itself knows when there is nothing new to sign. */
static enum err run_checkpoint(struct ctx *ctx, struct worker *worker, bool *out_again)
{
	const struct checkpoint_signer signer = worker_link_signer(&worker->link);
	bool made;
	(void)out_again;
	return checkpoint_make(ctx, &signer, worker->checkpoints_fd, &made);
}

/* The head of what can be read: everything before a cut, nothing behind a fault. */
static void judge(struct worker *worker, const struct broken_recording *broken,
		  struct msg_recording_head *out)
{
	struct recording_check check;
	out->session_id = broken->session_id;
	if (strchr(broken->file_name, '/') != NULL)
		return;
	scoped(fd_close_p) int fd = openat(worker->recordings_fd, broken->file_name,
					   O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || recording_chain_check(fd, broken->has_key ? broken->public_key : NULL,
					    &check) != ERR_OK)
		return;
	out->chunks = check.chunks;
	out->bytes = check.bytes;
	out->verified = check.ok && broken->has_key;
	memcpy(out->head, check.head, sizeof(out->head));
}

static enum err run_broken(struct ctx *ctx, struct worker *worker, bool *out_again)
{
	struct broken_recording broken[WORKER_BROKEN_MAX];
	size_t count = 0;
	(void)out_again;
	enum err err = worker_sql_broken(ctx, broken, &count);
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		struct msg_recording_head head = {0};
		judge(worker, &broken[i], &head);
		err = worker_link_head(ctx, &worker->link, &head);
	}
	return err;
}

static enum err run_witness(struct ctx *ctx, struct worker *worker, bool *out_again)
{
	struct presented_witness presented[WORKER_WITNESS_MAX];
	struct msg_witness_judged judged;
	scoped(buf_clear) struct buf handed;
	size_t count = 0;
	(void)out_again;
	buf_init(&handed, WITNESS_HANDED_MAX);
	enum err err = worker_sql_witnesses(ctx, presented, &count);
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		buf_reset(&handed);
		err = worker_witness_judge(ctx, &presented[i], &judged, &handed);
		if (err == ERR_NOT_FOUND)
			return ERR_OK; /* asked again when there is a checkpoint */
		if (err == ERR_OK)
			err = worker_link_judged(ctx, &worker->link, &judged);
	}
	return err;
}

/* Each kind of trouble is logged when it begins and when it is over, not every round. */
static void note_result(struct duty *duty, struct ctx *ctx, enum err err)
{
	if (err != duty->last_error && err != ERR_OK) {
		log_event(LOG_LEVEL_WARN, ctx, "duty_failed", "duty", duty->name, "code",
			  err_code(err), NULL);
		log_failure(ctx, duty->name);
	}
	if (err == ERR_OK && duty->last_error != ERR_OK)
		log_event(LOG_LEVEL_INFO, ctx, "duty_resumed", "duty", duty->name, NULL);
	duty->last_error = err;
}

static void perform(struct worker *worker, struct duty *duty)
{
	struct ctx ctx;
	bool again = false;
	arena_reset(worker->arena);
	ctx_init(&ctx, worker->arena);
	ctx.db = worker->db;
	ctx.deadline_us = sys_mono_us() + DEADLINE_US;
	enum err err = duty->run(&ctx, worker, &again);
	note_result(duty, &ctx, err);
	int64_t wait = again ? 0 : duty->every_us;
	if (err != ERR_OK) {
		duty->back_off = duty->back_off == 0 ? duty->every_us : duty->back_off * 2;
		if (duty->back_off > BACK_OFF_MAX_US)
			duty->back_off = BACK_OFF_MAX_US;
		wait = duty->back_off;
	} else {
		duty->back_off = 0;
	}
	duty->next = sys_mono_us() + wait;
}

static void work(struct worker *worker)
{
	struct duty duties[] = {
		{.name = "sequence", .every_us = SEQUENCE_US, .run = run_sequencer},
		{.name = "checkpoint", .every_us = CHECKPOINT_US, .run = run_checkpoint},
		{.name = "broken", .every_us = BROKEN_US, .run = run_broken},
		{.name = "witness", .every_us = SECOND, .run = run_witness},
	};
	const size_t count = sizeof(duties) / sizeof(duties[0]);
	while (!worker->link.lost) {
		int64_t now = sys_mono_us(), next = now + SECOND;
		for (size_t i = 0; i < count && !worker->link.lost; i++) {
			if (duties[i].next <= now)
				perform(worker, &duties[i]);
			if (duties[i].next < next)
				next = duties[i].next;
		}
		int64_t left = next - sys_mono_us();
		worker_link_wait(&worker->link, left > 0 ? (int)((left + MS - 1) / MS) : 0);
	}
}

static void start(const struct role *role, struct worker *worker)
{
	scoped(secret_free_p) struct secret *password = role_secret("db");
	const struct db_params params = db_params_of(role->conf, "sekisho_worker", password);
	worker->db = db_new(&params);
	worker->arena = arena_new(ARENA_MAX);
	worker->checkpoints_fd = role_fd("checkpoints");
	worker->recordings_fd = role_fd("recordings");
	worker_link_init(&worker->link, role_fd("authority"));
	sequencer_init(&worker->sequencer);
	if (worker->db == NULL || worker->arena == NULL) {
		log_event(LOG_LEVEL_ERROR, NULL, "memory", NULL);
		exit(1);
	}
	struct ctx ctx;
	ctx_init(&ctx, worker->arena);
	ctx.db = worker->db;
	ctx.deadline_us = sys_mono_us() + DEADLINE_US;
	if (db_connect(&ctx) != ERR_OK) /* warm-up; the duties try again */
		log_failure(&ctx, "database");
}

int main(int argc, char **argv)
{
	struct role role;
	struct worker worker;
	char checkpoints[512], recordings[512];
	memset(&worker, 0, sizeof(worker));
	role_start(&role, "worker", argc, argv);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)snprintf(checkpoints, sizeof(checkpoints), "%s/checkpoints", role.conf->data_dir);
	(void)snprintf(recordings, sizeof(recordings), "%s/recordings", role.conf->data_dir);
	struct sandbox_path paths[ROLE_PATHS] = {{checkpoints, true}, {recordings, false}};
	struct sandbox_spec spec = {
		.role = "worker",
		.allow = SANDBOX_UNIX_CONNECT | SANDBOX_FILES | SANDBOX_SEND_FDS,
		.paths = paths,
		.path_count = 2,
	};
	role_add_database(role.conf, &spec, paths);
	tzset();
	start(&role, &worker);
	role_confine(&role, &spec);
	role_lock(&role, &spec);
	role_ready();
	work(&worker);
	worker_link_clear(&worker.link);
	db_free(worker.db);
	arena_free(worker.arena);
	return 0;
}
