/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/sys.h"

enum {
	LINE_SIZE = 8192,
	FIRST_FD = 3,
	HIGH_FD = 100,
	ENV_MAX = 12,
	FRONT_DESCRIPTORS = 65536,
	SESSION_DESCRIPTORS = 128,
	LOCKED_BYTES = 64 << 20,
};

struct proc {
	struct proc *next;
	struct supervisor *sv;
	pid_t pid;
	char label[24];
	bool foreign; /* its output is not in our log format */
	bool quiet;
	enum phase phase;
	void (*ended)(struct supervisor *sv, void *arg, int status);
	void *arg;
	int log_fd;
	struct loop_fd *log_watch;
	size_t line_len;
	char line[LINE_SIZE];
};

void proc_add_fd(struct proc_spec *spec, const char *name, int fd)
{
	if (fd >= 0 && spec->fd_count < PROC_FDS)
		spec->fds[spec->fd_count++] = (struct proc_fd){name, fd};
}

pid_t proc_pid(const struct proc *proc)
{
	return proc->pid;
}

void proc_signal(const struct proc *proc, int signal)
{
	if (proc != NULL && proc->pid > 0)
		(void)kill(proc->pid, signal);
}

/* ------------------------------------------------------------------ log */

static void line_out(struct proc *proc)
{
	if (proc->line_len == 0)
		return;
	if (proc->foreign) {
		proc->line[proc->line_len] = 0;
		log_event(proc->quiet ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, NULL, "output", "program",
			  proc->label, "text", proc->line, NULL);
	} else {
		proc->line[proc->line_len] = '\n';
		(void)sys_write_full(STDERR_FILENO, proc->line, proc->line_len + 1);
	}
	proc->line_len = 0;
}

static void log_take(struct proc *proc, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\n' || proc->line_len == LINE_SIZE - 2)
			line_out(proc);
		if (data[i] != '\n')
			proc->line[proc->line_len++] = data[i] != 0 ? data[i] : '?';
	}
}

static void log_close(struct proc *proc)
{
	line_out(proc);
	if (proc->log_watch != NULL)
		loop_fd_remove(proc->log_watch);
	proc->log_watch = NULL;
	if (proc->log_fd >= 0)
		close(proc->log_fd);
	proc->log_fd = -1;
}

/* False at the end of the pipe. */
static bool log_read(struct proc *proc)
{
	char data[4096];

	for (int round = 0; round < 16; round++) {
		ssize_t got = read(proc->log_fd, data, sizeof(data));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno == EAGAIN;
		if (got == 0)
			return false;
		log_take(proc, data, (size_t)got);
	}
	return true;
}

static void log_readable(void *arg, int fd, uint32_t events)
{
	struct proc *proc = arg;

	(void)fd;
	(void)events;
	if (!log_read(proc))
		log_close(proc);
}

/* ------------------------------------------------------------------ the child's side */

static void child_fail(const char *step)
{
	static const char before[] = "level=error role=supervisor event=exec_failed step=";

	(void)!write(STDERR_FILENO, before, sizeof(before) - 1);
	(void)!write(STDERR_FILENO, step, strlen(step));
	(void)!write(STDERR_FILENO, "\n", 1);
	_exit(71);
}

/* Moves every descriptor out of the way first, so that none is overwritten before it is placed. */
static int child_descriptors(const struct proc_spec *spec, int log_fd)
{
	int moved[PROC_FDS];
	int exec_fd = spec->exec_fd;
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	log_fd = fcntl(log_fd, F_DUPFD_CLOEXEC, HIGH_FD);
	if (exec_fd >= 0)
		exec_fd = fcntl(exec_fd, F_DUPFD_CLOEXEC, HIGH_FD);
	for (size_t i = 0; i < spec->fd_count; i++)
		moved[i] = fcntl(spec->fds[i].fd, F_DUPFD_CLOEXEC, HIGH_FD);
	if (dup2(nothing, 0) < 0 || dup2(log_fd, 1) < 0 || dup2(log_fd, 2) < 0)
		child_fail("descriptors");
	for (size_t i = 0; i < spec->fd_count; i++)
		if (dup2(moved[i], FIRST_FD + (int)i) < 0)
			child_fail("descriptors");
	if (close_range(FIRST_FD + (unsigned)spec->fd_count, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
		child_fail("close_range");
	return exec_fd;
}

void limit_locked(void)
{
	struct rlimit limit = {LOCKED_BYTES, LOCKED_BYTES};

	if (setrlimit(RLIMIT_MEMLOCK, &limit) == 0 || getrlimit(RLIMIT_MEMLOCK, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max; /* less than we want, without the privilege to raise it */
	(void)setrlimit(RLIMIT_MEMLOCK, &limit);
}

#if defined(SEKISHO_ASAN) || defined(SEKISHO_TSAN)
enum { MAPS_SHADOW = 1 }; /* terabytes of address space that nobody uses */
#else
enum { MAPS_SHADOW = 0 };
#endif

/* What the program cannot take back: lowering is for ever, and an alarm outlives exec. */
static void child_bounds(const struct proc_limits *limits)
{
	struct rlimit limit = {limits->memory, limits->memory};

	if (limits->memory != 0 && !MAPS_SHADOW && setrlimit(RLIMIT_AS, &limit) != 0)
		child_fail("memory");
	limit = (struct rlimit){limits->cpu_s, limits->cpu_s};
	if (limits->cpu_s != 0 && setrlimit(RLIMIT_CPU, &limit) != 0)
		child_fail("cpu");
	(void)alarm(limits->seconds);
}

static void child_limits(const struct proc_spec *spec)
{
	rlim_t files = spec->small ? SESSION_DESCRIPTORS : FRONT_DESCRIPTORS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max < files && geteuid() != 0 ? limit.rlim_max : files;
		if (spec->small || limit.rlim_max < files)
			limit.rlim_max = limit.rlim_cur;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	limit = (struct rlimit){0, 0};
	(void)setrlimit(RLIMIT_CORE, &limit);
	limit_locked();
	child_bounds(&spec->limits);
}

static void child_identity(const struct supervisor *sv, const struct proc_spec *spec, pid_t parent)
{
	uid_t uid = identity_uid(sv, spec->identity);
	gid_t group = identity_uid(sv, ID_DATABASE);

	if (sv->root && (setgroups(spec->database_group ? 1 : 0, &group) != 0 ||
			 setresgid(uid, uid, uid) != 0 || setresuid(uid, uid, uid) != 0))
		child_fail("identity");
	/* After the change of identity, which clears it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != parent)
		child_fail("parent");
}

static void child_run(const struct supervisor *sv, const struct proc_spec *spec, char *const *argv,
		      char *const *env, int log_fd, pid_t parent)
{
	sigset_t none;

	(void)setsid(); /* Ctrl-C in the terminal is ours to pass on, in order */
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	if (chdir("/") != 0)
		child_fail("chdir");
	int exec_fd = child_descriptors(spec, log_fd);
	child_limits(spec);
	child_identity(sv, spec, parent);
	if (exec_fd >= 0)
		(void)fexecve(exec_fd, argv, env);
	else
		(void)execve(spec->path, argv, env);
	child_fail("exec");
}

/* ------------------------------------------------------------------ start */

/* "conf=3,ready=4,…" */
static void fds_text(const struct proc_spec *spec, char *out, size_t size)
{
	size_t at = 0;

	out[0] = 0;
	for (size_t i = 0; i < spec->fd_count && at < size; i++)
		at += (size_t)snprintf(out + at, size - at, "%s%s=%zu", i > 0 ? "," : "",
				       spec->fds[i].name, FIRST_FD + i);
}

struct environment {
	char uid[32], gid[32];
	char *list[ENV_MAX];
};

/* What people may pass through to the children, for tests and sanitizers. */
static const char *const passed_on[] = {"SEKISHO_SANDBOX_TRAP=", "ASAN_OPTIONS=", "TSAN_OPTIONS=",
					"UBSAN_OPTIONS=",	 "LSAN_OPTIONS=", NULL};

static void environment_make(const struct supervisor *sv, const struct proc_spec *spec,
			     struct environment *out)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", lang[] = "LC_ALL=C.UTF-8";
	size_t count = 0;
	unsigned uid = sv->root ? identity_uid(sv, spec->identity) : 0;

	(void)snprintf(out->uid, sizeof(out->uid), "SEKISHO_UID=%u", uid);
	(void)snprintf(out->gid, sizeof(out->gid), "SEKISHO_GID=%u", uid);
	out->list[count++] = path;
	out->list[count++] = lang;
	out->list[count++] = out->uid;
	out->list[count++] = out->gid;
	for (char **variable = environ; *variable != NULL; variable++)
		for (size_t i = 0; passed_on[i] != NULL && count < ENV_MAX - 1; i++)
			if (strncmp(*variable, passed_on[i], strlen(passed_on[i])) == 0)
				out->list[count++] = *variable;
	out->list[count] = NULL;
}

static struct proc *proc_new(struct supervisor *sv, const struct proc_spec *spec, int log_fd)
{
	struct proc *proc = calloc(1, sizeof(*proc));

	if (proc == NULL)
		return NULL;
	proc->sv = sv;
	proc->foreign = spec->exec_fd < 0;
	proc->quiet = spec->quiet;
	proc->phase = spec->phase;
	proc->ended = spec->ended;
	proc->arg = spec->arg;
	proc->log_fd = log_fd;
	(void)snprintf(proc->label, sizeof(proc->label), "%s", spec->label);
	proc->log_watch = loop_fd_add(sv->loop, log_fd, EPOLLIN, log_readable, proc);
	if (proc->log_watch == NULL) {
		free(proc);
		return NULL;
	}
	return proc;
}

struct proc *proc_start(struct supervisor *sv, const struct proc_spec *spec)
{
	char fds[512], name[48], flag[] = "--role-fds";
	char *const own_argv[] = {name, flag, fds, NULL};
	struct environment environment;
	int log[2];
	pid_t parent = getpid();

	(void)snprintf(name, sizeof(name), "sekisho-%s", spec->label);
	fds_text(spec, fds, sizeof(fds));
	environment_make(sv, spec, &environment);
	if (pipe2(log, O_CLOEXEC) != 0 || fcntl(log[0], F_SETFL, O_NONBLOCK) != 0)
		return NULL;
	struct proc *proc = proc_new(sv, spec, log[0]);
	pid_t pid = proc != NULL ? fork() : -1;
	if (pid == 0)
		child_run(sv, spec, spec->exec_fd >= 0 ? own_argv : spec->argv, environment.list,
			  log[1], parent);
	close(log[1]);
	if (pid < 0) {
		log_event(LOG_LEVEL_ERROR, NULL, "start_failed", "program", spec->label, NULL);
		if (proc != NULL)
			log_close(proc);
		else
			close(log[0]);
		free(proc);
		return NULL;
	}
	proc->pid = pid;
	proc->next = sv->procs;
	sv->procs = proc;
	return proc;
}

/* ------------------------------------------------------------------ end */

void proc_status_text(int status, char *out, size_t size)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		(void)snprintf(out, size, "killed by the sandbox (SIGSYS)");
	else if (WIFSIGNALED(status))
		(void)snprintf(out, size, "signal %d (SIG%s)", WTERMSIG(status),
			       sigabbrev_np(WTERMSIG(status)) != NULL
				       ? sigabbrev_np(WTERMSIG(status))
				       : "?");
	else
		(void)snprintf(out, size, "exit %d", WEXITSTATUS(status));
}

static struct proc *proc_take(struct supervisor *sv, pid_t pid)
{
	for (struct proc **at = &sv->procs; *at != NULL; at = &(*at)->next) {
		struct proc *proc = *at;
		if (proc->pid != pid)
			continue;
		*at = proc->next;
		return proc;
	}
	return NULL; /* an orphan that we adopted: nothing to do but reap */
}

void proc_reap(struct supervisor *sv)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct proc *proc = proc_take(sv, pid);
		if (proc == NULL)
			continue;
		if (proc->log_fd >= 0)
			(void)log_read(proc);
		log_close(proc);
		proc->ended(sv, proc->arg, status);
		free(proc);
	}
}

size_t proc_signal_phase(struct supervisor *sv, enum phase phase, int signal)
{
	size_t count = 0;

	for (struct proc *proc = sv->procs; proc != NULL; proc = proc->next) {
		if (proc->phase != phase)
			continue;
		count++;
		if (signal != 0)
			proc_signal(proc, signal);
	}
	return count;
}
