/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/ctx.h"
#include "base/log.h"
#include "base/messages.h"
#include "base/sys.h"
#include "base/text.h"

enum {
	DELAY_FIRST_US = 10000,
	DELAY_MAX_US = 30000000,
	HEALTHY_US = 5000000,
	QUEUE = 64,
	PASSWORD_BYTES = 24,
	REPORT_US = 30000000
};

/* What each role is given beside conf, ready, supervisor and its channels. */
struct role_row {
	const char *name;
	enum identity identity;
	enum phase phase;
	bool database, recordings, checkpoints, listen, ctl, key_files;
};

static const struct role_row rows[ROLE_COUNT] = {
	[ROLE_KEEPER] = {.name = "keeper",
			 .identity = ID_KEEPER,
			 .phase = PHASE_KEEPER,
			 .key_files = true},
	[ROLE_AUTHORITY] = {.name = "authority",
			    .identity = ID_AUTHORITY,
			    .phase = PHASE_CORE,
			    .database = true,
			    .recordings = true,
			    .ctl = true},
	[ROLE_WORKER] = {.name = "worker",
			 .identity = ID_WORKER,
			 .phase = PHASE_CORE,
			 .database = true,
			 .recordings = true,
			 .checkpoints = true},
	[ROLE_FORWARD] = {.name = "forward",
			  .identity = ID_FORWARD,
			  .phase = PHASE_CORE,
			  .database = true},
	[ROLE_MAIL] = {.name = "mail", .identity = ID_MAIL, .phase = PHASE_CORE, .database = true},
	[ROLE_WEB] = {.name = "web", .identity = ID_WEB, .phase = PHASE_FRONT, .database = true},
	[ROLE_EDGE] = {.name = "edge", .identity = ID_EDGE, .phase = PHASE_FRONT, .listen = true},
};

/* What is started on authority's word, by the kind it asks for. Those that look at foreign messages
 * are bounded by the kernel as well. */
static const struct passing_row {
	const char *name;
	enum identity identity;
	unsigned at_once;
	struct proc_limits limits;
} passing[PASSING_COUNT] = {
	[PASSING_BROKER] = {"broker", ID_BROKER, 4096, {0}},
	[PASSING_REPLAY] = {"replay", ID_REPLAY, 4096, {0}},
	[PASSING_SAML] = {"saml", ID_SAML, 16, {.memory = 256 << 20, .cpu_s = 5, .seconds = 20}},
	[PASSING_OIDC] = {"oidc", ID_OIDC, 16, {.memory = 256 << 20, .cpu_s = 5, .seconds = 25}},
};

/* Who talks to whom; each end is named after the other side. */
static const enum role_id links[LINK_COUNT][2] = {
	{ROLE_KEEPER, ROLE_AUTHORITY}, {ROLE_AUTHORITY, ROLE_WEB}, {ROLE_AUTHORITY, ROLE_EDGE},
	{ROLE_AUTHORITY, ROLE_WORKER}, {ROLE_WEB, ROLE_EDGE},	   {ROLE_AUTHORITY, ROLE_MAIL},
};

static void member_start(struct member *member);
static void group_start(void *arg);
static void report_due(void *arg);

/* Not every installation has every role. */
static bool role_is_off(const struct supervisor *sv, enum role_id id)
{
	return id == ROLE_FORWARD && sv->conf->syslog_server[0] == '\0';
}

int64_t backoff_next(int64_t started_us, int64_t now_us, int64_t delay_us)
{
	if (delay_us == 0 || now_us - started_us > HEALTHY_US)
		return DELAY_FIRST_US;
	return delay_us * 2 > DELAY_MAX_US ? DELAY_MAX_US : delay_us * 2;
}

int conf_pipe(const struct supervisor *sv)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	enum err code = conf_send(sv->conf, ends[1]);
	close(ends[1]);
	if (code == ERR_OK)
		return ends[0];
	close(ends[0]);
	return -1;
}

/* ------------------------------------------------------------------ executables, passwords */

int program_open(struct ctx *ctx, struct supervisor *sv, const char *name)
{
	char path[1024];

	(void)snprintf(path, sizeof(path), "%s/sekisho-%s", sv->program_dir, name);
	int fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		(void)err_set(ctx, ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
	return fd;
}

static struct secret *password_new(void)
{
	uint8_t bytes[PASSWORD_BYTES];
	char text[2 * PASSWORD_BYTES + 1];

	sys_random(bytes, sizeof(bytes));
	hex_encode(bytes, sizeof(bytes), text);
	struct secret *secret = secret_from(text, sizeof(text) - 1);
	wipe(bytes, sizeof(bytes));
	wipe(text, sizeof(text));
	return secret;
}

static void restart_due(void *arg)
{
	struct member *member = arg;

	if (!member->sv->stopping && !member->sv->group_down && member->proc == NULL)
		member_start(member);
}

static enum err member_open(struct ctx *ctx, struct supervisor *sv, enum role_id id)
{
	struct member *member = &sv->members[id];

	*member = (struct member){.sv = sv, .id = id, .ready_fd = -1};
	member->exec_fd = program_open(ctx, sv, rows[id].name);
	if (member->exec_fd < 0)
		return ctx->error.code;
	member->restart = loop_timer_new(sv->loop, restart_due, member);
	if (rows[id].database)
		member->password = password_new();
	if (member->restart == NULL || (rows[id].database && member->password == NULL))
		return err_set(ctx, ERR_MEMORY, "Memory is short");
	return ERR_OK;
}

/* Once: it is the same limit for all of them. */
static void warn_unlocked(struct supervisor *sv, const char *name)
{
	if (!sv->unlocked_said)
		log_event(LOG_LEVEL_WARN, NULL, "memory_not_locked", "child", name, "hint",
			  "raise LimitMEMLOCK, or switch swap off", NULL);
	sv->unlocked_said = true;
}

static bool passing_open(struct ctx *ctx, struct supervisor *sv)
{
	for (int kind = PASSING_FIRST; kind < PASSING_COUNT; kind++) {
		sv->passing[kind].exec_fd = program_open(ctx, sv, passing[kind].name);
		if (sv->passing[kind].exec_fd < 0)
			return false;
	}
	return true;
}

enum err roles_open(struct ctx *ctx, struct supervisor *sv)
{
	enum err code = ERR_OK;

	for (int i = 0; i < LINK_COUNT; i++)
		sv->pending[i][0] = sv->pending[i][1] = -1;
	for (int i = 0; code == ERR_OK && i < ROLE_COUNT; i++)
		code = member_open(ctx, sv, (enum role_id)i);
	if (code != ERR_OK)
		return code;
	if (!secret_locking_works())
		warn_unlocked(sv, "sekishod");
	sv->group_timer = loop_timer_new(sv->loop, group_start, sv);
	sv->report_timer = loop_timer_new(sv->loop, report_due, sv);
	sv->migrate_exec_fd = program_open(ctx, sv, "migrate");
	if (sv->migrate_exec_fd < 0 || !passing_open(ctx, sv))
		return ctx->error.code;
	return sv->group_timer != NULL && sv->report_timer != NULL
		       ? ERR_OK
		       : err_set(ctx, ERR_MEMORY, "Memory is short");
}

struct secret *roles_accounts(struct supervisor *sv)
{
	scoped(buf_clear) struct buf text;

	buf_init_wiped(&text, 4096);
	for (int i = 0; i < ROLE_COUNT; i++) {
		const struct secret *password = sv->members[i].password;
		if (password == NULL)
			continue;
		buf_printf(&text, "%s ", rows[i].name);
		buf_put(&text, secret_bytes(password), secret_len(password));
		buf_put_u8(&text, '\n');
	}
	return buf_failed(&text) ? NULL : secret_from(text.data, text.len);
}

/* ------------------------------------------------------------------ channels */

static void pending_close(struct supervisor *sv)
{
	for (int i = 0; i < LINK_COUNT; i++)
		for (int side = 0; side < 2; side++)
			fd_close_p(&sv->pending[i][side]);
}

static void channel_send(struct member *to, const char *name, int fd)
{
	const struct msg_channel message = {
		.name = {.data = (const uint8_t *)name, .len = strlen(name)}};

	/* A role that does not read what it is told is of no more use. */
	if (chan_post_codec(to->chan, MSG_CHANNEL, 0, &msg_channel_codec, &message, &fd, 1) !=
	    ERR_OK)
		proc_signal(to->proc, SIGKILL);
}

/* The end of link that belongs to member: one that waits for it, or of a new pair, whose other end
 * goes to the sibling now or when it starts. */
static int link_end(struct member *member, int link)
{
	struct supervisor *sv = member->sv;
	int side = links[link][0] == member->id ? 0 : 1;
	struct member *sibling = &sv->members[links[link][1 - side]];
	int ends[2], waiting = sv->pending[link][side];

	sv->pending[link][side] = -1;
	if (waiting >= 0)
		return waiting;
	if (chan_pair(ends) != ERR_OK)
		return -1;
	fd_close_p(&sv->pending[link][1 - side]);
	if (sibling->proc != NULL && sibling->chan != NULL) {
		channel_send(sibling, rows[member->id].name, ends[1]);
		close(ends[1]);
	} else {
		sv->pending[link][1 - side] = ends[1];
	}
	return ends[0];
}

/* ------------------------------------------------------------------ what a role tells us */

static void passing_ended(struct supervisor *sv, void *arg, int status)
{
	struct passing *of = arg;
	char text[64];

	(void)sv;
	of->running--;
	if (status == 0)
		return;
	proc_status_text(status, text, sizeof(text));
	log_event(LOG_LEVEL_WARN, NULL, "session_process_ended", "status", text, NULL);
}

static int64_t passing_start(struct supervisor *sv, uint32_t kind, int control)
{
	if (kind < PASSING_FIRST || kind >= PASSING_COUNT || sv->stopping)
		return -1;
	const struct passing_row *row = &passing[kind];
	struct passing *of = &sv->passing[kind];
	struct proc_spec spec = {.label = row->name,
				 .exec_fd = of->exec_fd,
				 .identity = row->identity,
				 .limits = row->limits,
				 .small = true,
				 .phase = PHASE_SESSIONS,
				 .ended = passing_ended,
				 .arg = of};

	if (of->running >= row->at_once)
		return -1;
	proc_add_fd(&spec, "control", control);
	const struct proc *proc = proc_start(sv, &spec);
	if (proc == NULL)
		return -1;
	of->running++;
	return proc_pid(proc);
}

static enum err spawn_asked(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	struct member *member = arg;
	const struct msg_spawn *spawn = message;
	scoped(fd_close_p) int control = chan_take_fd(msg, 0);
	int64_t pid = passing_start(member->sv, spawn->kind, control);
	const struct msg_spawned answer = {.err = pid > 0 ? ERR_OK : ERR_LIMIT,
					   .pid = pid > 0 ? pid : 0};

	return chan_post_codec(chan, MSG_SPAWNED, msg->id, &msg_spawned_codec, &answer, NULL, 0);
}

static enum err member_says(void *arg, struct chan *chan, struct chan_msg *msg)
{
	static const struct chan_row authority_rows[] = {
		{MSG_SPAWN, "spawn", &msg_spawn_codec, sizeof(struct msg_spawn), 1, 1, spawn_asked},
	};
	struct member *member = arg;

	/* Nobody else has anything to say. */
	return chan_dispatch(authority_rows, member->id == ROLE_AUTHORITY ? 1 : 0, member, chan,
			     msg);
}

static void member_silent(void *arg, struct chan *chan)
{
	struct member *member = arg;

	if (member->chan == chan)
		member->chan = NULL;
	chan_free(chan);
	/* Ended, or broke the protocol: it must not go on without us. */
	proc_signal(member->proc, SIGKILL);
}

static void announce(struct supervisor *sv)
{
	for (int i = 0; i < ROLE_COUNT; i++)
		if (!sv->members[i].ready && !role_is_off(sv, (enum role_id)i))
			return;
	if (!sv->announced)
		log_event(LOG_LEVEL_INFO, NULL, "ready", "address", sv->conf->public_url, "listen",
			  sv->conf->listen_address, NULL);
	sv->announced = true;
}

static void ready_close(struct member *member)
{
	if (member->ready_watch != NULL)
		loop_fd_remove(member->ready_watch);
	member->ready_watch = NULL;
	fd_close_p(&member->ready_fd);
}

/* KiB; 0: it is gone. */
static uint64_t resident_of(pid_t pid)
{
	char path[32];
	unsigned long pages = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return 0;
	if (fscanf(file, "%*u %lu", &pages) != 1)
		pages = 0;
	(void)fclose(file);
	return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

/* Authority keeps what confines each role and what it needs, for the overview page and metrics. */
static void report_send(const struct member *of)
{
	const struct member *authority = &of->sv->members[ROLE_AUTHORITY];
	const char *name = rows[of->id].name;
	const struct msg_role_report message = {
		.role = {(const uint8_t *)name, strlen(name)},
		.landlock_abi = of->report.landlock_abi,
		.seccomp = of->report.seccomp,
		.identity = of->report.identity,
		.memory_locked = of->report.memory_locked,
		.restarts = of->starts - 1,
		.resident = of->proc != NULL ? resident_of(proc_pid(of->proc)) : 0,
	};

	if (!of->ready || !authority->ready || authority->chan == NULL)
		return;
	if (chan_post_codec(authority->chan, MSG_ROLE_REPORT, 0, &msg_role_report_codec, &message,
			    NULL, 0) != ERR_OK)
		log_event(LOG_LEVEL_WARN, NULL, "report_shed", "child", name, NULL);
}

static void report_all(const struct supervisor *sv)
{
	for (int i = 0; i < ROLE_COUNT; i++)
		report_send(&sv->members[i]);
}

static void report_due(void *arg)
{
	struct supervisor *sv = arg;

	report_all(sv);
	loop_timer_set(sv->report_timer, REPORT_US);
}

static void member_ready(void *arg, int fd, uint32_t events)
{
	struct member *member = arg;
	const char *name = rows[member->id].name;

	(void)events;
	if (read(fd, &member->report, sizeof(member->report)) == sizeof(member->report) &&
	    member->report.ready == 'R') {
		member->ready = true;
		log_event(LOG_LEVEL_DEBUG, NULL, "child_ready", "child", name, NULL);
		if (!member->report.memory_locked)
			warn_unlocked(member->sv, name);
		if (member->id == ROLE_AUTHORITY)
			report_all(member->sv);
		else
			report_send(member);
	}
	ready_close(member);
	announce(member->sv);
}

/* ------------------------------------------------------------------ start */

static bool member_proc(struct member *member, struct proc_spec *spec)
{
	struct supervisor *sv = member->sv;
	int ours[2];
	scoped(fd_close_p) int theirs = -1;

	if (chan_pair(ours) != ERR_OK)
		return false;
	theirs = ours[1];
	proc_add_fd(spec, "supervisor", theirs);
	member->proc = proc_start(sv, spec);
	if (member->proc == NULL) {
		close(ours[0]);
		return false;
	}
	member->chan = chan_new(sv->loop, ours[0], QUEUE, member_says, member_silent, member);
	return member->chan != NULL;
}

static bool ready_watch(struct member *member, int *out_write)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return false;
	ready_close(member);
	member->ready_fd = ends[0];
	member->ready_watch = loop_fd_add(member->sv->loop, ends[0], EPOLLIN, member_ready, member);
	*out_write = ends[1];
	return member->ready_watch != NULL;
}

static void member_ended(struct supervisor *sv, void *arg, int status);

static void spec_files(const struct member *member, struct proc_spec *spec)
{
	const struct supervisor *sv = member->sv;
	const struct role_row *row = &rows[member->id];

	if (row->recordings)
		proc_add_fd(spec, "recordings", sv->recordings_fd);
	if (row->checkpoints)
		proc_add_fd(spec, "checkpoints", sv->checkpoints_fd);
	if (row->listen) {
		listen_again(sv);
		proc_add_fd(spec, "listen", sv->listen_fd);
	}
	if (row->ctl)
		proc_add_fd(spec, "ctl", sv->ctl_fd);
	if (row->key_files) {
		proc_add_fd(spec, "rootkey", sv->rootkey_fd);
		proc_add_fd(spec, "state", sv->state_fd);
	}
}

/* Readable by root only: the role, under an identity of its own, gets it opened. path "": none. */
static int private_open(const char *path)
{
	int fd = path[0] != '\0' ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0 && path[0] != '\0')
		log_event(LOG_LEVEL_ERROR, NULL, "file", "path", path, "reason", strerror(errno),
			  NULL);
	return fd;
}

/* The one such file that the role has, under its name in out; -1: none. */
static int private_file(const struct member *member, const char **out)
{
	const struct conf *conf = member->sv->conf;

	*out = member->id == ROLE_FORWARD ? "syslog_key" : "metrics_token";
	if (member->id == ROLE_FORWARD)
		return private_open(conf->syslog_key_file);
	return member->id == ROLE_WEB ? private_open(conf->metrics_token_file) : -1;
}

static void member_failed(struct member *member)
{
	log_event(LOG_LEVEL_ERROR, NULL, "start_failed", "child", rows[member->id].name, NULL);
	if (member->proc != NULL)
		proc_signal(member->proc, SIGKILL); /* its end starts it again */
	else
		loop_timer_set(member->restart, DELAY_MAX_US);
}

static void member_start(struct member *member)
{
	const struct role_row *row = &rows[member->id];
	const char *private_name;
	scoped(fd_close_p) int conf = conf_pipe(member->sv), ready = -1, password = -1,
			       private_fd = private_file(member, &private_name);
	int ends[LINK_COUNT];
	size_t count = 0;
	struct proc_spec spec = {.label = row->name,
				 .exec_fd = member->exec_fd,
				 .identity = row->identity,
				 .database_group = row->database,
				 .phase = row->phase,
				 .ended = member_ended,
				 .arg = member};
	bool good = conf >= 0 && ready_watch(member, &ready);

	proc_add_fd(&spec, "conf", conf);
	proc_add_fd(&spec, "ready", ready);
	if (good && member->password != NULL)
		good = secret_pipe(member->password, &password) == ERR_OK;
	proc_add_fd(&spec, "db", password);
	proc_add_fd(&spec, private_name, private_fd);
	spec_files(member, &spec);
	for (int i = 0; i < LINK_COUNT; i++) {
		int side = links[i][0] == member->id ? 0 : links[i][1] == member->id ? 1 : -1;
		if (side < 0)
			continue;
		ends[count] = link_end(member, i);
		proc_add_fd(&spec, rows[links[i][1 - side]].name, ends[count++]);
	}
	member->ready = false;
	member->started_us = sys_mono_us();
	member->starts++;
	if (!good || !member_proc(member, &spec))
		member_failed(member);
	for (size_t i = 0; i < count; i++)
		fd_close_p(&ends[i]);
}

static void group_start(void *arg)
{
	struct supervisor *sv = arg;

	if (sv->stopping)
		return;
	sv->group_down = false;
	pending_close(sv);
	for (int i = 0; i < ROLE_COUNT; i++) {
		loop_timer_stop(sv->members[i].restart);
		if (sv->members[i].proc == NULL && !role_is_off(sv, (enum role_id)i))
			member_start(&sv->members[i]);
	}
}

void roles_start(struct supervisor *sv)
{
	group_start(sv);
	loop_timer_set(sv->report_timer, REPORT_US);
}

/* ------------------------------------------------------------------ end */

static bool group_gone(const struct supervisor *sv)
{
	for (int i = 0; i < ROLE_COUNT; i++)
		if (sv->members[i].proc != NULL)
			return false;
	return true;
}

/* Everything hangs on keeper and authority: the others would only refuse. */
static void group_end(struct supervisor *sv, struct member *member)
{
	sv->group_down = true;
	for (int i = 0; i < ROLE_COUNT; i++)
		if (sv->members[i].proc != NULL)
			proc_signal(sv->members[i].proc, SIGKILL);
	sv->members[ROLE_KEEPER].delay_us = member->delay_us;
	sv->members[ROLE_AUTHORITY].delay_us = member->delay_us;
}

static void member_log(const struct member *member, int status, bool together)
{
	char text[64], delay[24], pid[24];

	proc_status_text(status, text, sizeof(text));
	(void)snprintf(delay, sizeof(delay), "%lld", (long long)member->delay_us / 1000);
	(void)snprintf(pid, sizeof(pid), "%d", (int)proc_pid(member->proc));
	log_event(LOG_LEVEL_ERROR, NULL, "child_ended", "child", rows[member->id].name, "pid", pid,
		  "status", text, "restart_ms", delay, "with", together ? "all roles" : "itself",
		  NULL);
}

static void member_ended(struct supervisor *sv, void *arg, int status)
{
	struct member *member = arg;
	bool vital = member->id == ROLE_KEEPER || member->id == ROLE_AUTHORITY;
	struct chan *chan = member->chan;

	if (!sv->stopping && !sv->group_down) {
		member->delay_us =
			backoff_next(member->started_us, sys_mono_us(), member->delay_us);
		member_log(member, status, vital);
	} else if (!sv->stopping && vital) {
		member_log(member, status, true); /* which of the two was first is in the order */
	}
	member->chan = NULL;
	member->proc = NULL;
	member->ready = false;
	chan_free(chan);
	ready_close(member);
	if (sv->stopping)
		return;
	if (WIFEXITED(status) && WEXITSTATUS(status) == ROLE_EXIT_OWNER) {
		log_event(LOG_LEVEL_ERROR, NULL, "start_refused", "child", rows[member->id].name,
			  "next", "the line above says why; put it right and start sekishod again",
			  NULL);
		supervisor_stop(sv, ROLE_EXIT_OWNER);
		return;
	}
	if (vital && !sv->group_down)
		group_end(sv, member);
	if (!sv->group_down)
		loop_timer_set(member->restart, member->delay_us);
	else if (group_gone(sv))
		loop_timer_set(sv->group_timer, sv->members[ROLE_AUTHORITY].delay_us);
}

void roles_release(struct supervisor *sv)
{
	for (int i = 0; i < ROLE_COUNT; i++) {
		struct member *member = &sv->members[i];
		loop_timer_free(member->restart);
		secret_free(member->password);
		chan_free(member->chan);
		ready_close(member);
		fd_close_p(&member->exec_fd);
	}
	loop_timer_free(sv->group_timer);
	loop_timer_free(sv->report_timer);
	pending_close(sv);
	for (int kind = PASSING_FIRST; kind < PASSING_COUNT; kind++)
		fd_close_p(&sv->passing[kind].exec_fd);
}
