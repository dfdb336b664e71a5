/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/supervisor.h"

#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/ctx.h"
#include "base/log.h"

enum { PATIENCE_US = 5000000, DATABASE_PATIENCE_US = 30000000, DESCRIPTORS = 65536 };

/* ------------------------------------------------------------------ the orderly end */

static void stop_advance(void *arg);

static int64_t patience(enum phase phase)
{
	return phase == PHASE_DATABASE ? DATABASE_PATIENCE_US : PATIENCE_US;
}

/* Asks the phase to end. Session processes are not asked: they see their authority go, close their
 * recordings and end by themselves. */
static bool phase_ask(struct supervisor *sv)
{
	int signal = sv->phase == PHASE_SESSIONS ? 0 : SIGTERM;

	return proc_signal_phase(sv, sv->phase, signal) > 0;
}

static void phase_next(struct supervisor *sv)
{
	while (sv->phase != PHASE_DONE && !phase_ask(sv))
		sv->phase++;
	if (sv->phase == PHASE_DONE)
		loop_stop(sv->loop);
	else
		loop_timer_set(sv->stop_timer, patience(sv->phase));
}

/* Somebody of the phase did not listen. */
static void stop_advance(void *arg)
{
	struct supervisor *sv = arg;

	log_event(LOG_LEVEL_WARN, NULL, "stop_forced", NULL);
	(void)proc_signal_phase(sv, sv->phase, SIGKILL);
	loop_timer_set(sv->stop_timer, PATIENCE_US);
}

void supervisor_stop(struct supervisor *sv, int exit_status)
{
	if (sv->stopping)
		return;
	sv->stopping = true;
	sv->exit_status = exit_status;
	sv->phase = PHASE_FRONT;
	log_event(LOG_LEVEL_INFO, NULL, "stopping", NULL);
	phase_next(sv);
}

static void signalled(void *arg, int fd, uint32_t events)
{
	struct supervisor *sv = arg;
	struct signalfd_siginfo info;

	(void)events;
	while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			supervisor_stop(sv, 0);
	}
	proc_reap(sv);
	if (sv->stopping && sv->phase != PHASE_DONE && proc_signal_phase(sv, sv->phase, 0) == 0)
		phase_next(sv);
}

/* ------------------------------------------------------------------ start */

static int signals_open(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	(void)signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void process_settings(void)
{
	struct rlimit limit = {0, 0};

	(void)umask(0022);
	(void)setrlimit(RLIMIT_CORE, &limit);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	limit_locked();
	/* Grandchildren (of mariadb-install-db) come to us and are reaped. */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DESCRIPTORS) {
		limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static enum err prepare(struct ctx *ctx, struct supervisor *sv)
{
	sv->loop = loop_new();
	if (sv->loop == NULL)
		return err_set(ctx, ERR_MEMORY, "Memory is short");
	sv->stop_timer = loop_timer_new(sv->loop, stop_advance, sv);
	enum err code = roles_open(ctx, sv);
	return code == ERR_OK ? data_prepare(ctx, sv) : code;
}

static int run(struct supervisor *sv)
{
	struct ctx ctx;
	scoped(fd_close_p) int signals = signals_open();

	ctx_init(&ctx, NULL);
	process_settings();
	enum err code = prepare(&ctx, sv);
	struct loop_fd *watch = code == ERR_OK && signals >= 0
					? loop_fd_add(sv->loop, signals, EPOLLIN, signalled, sv)
					: NULL;
	if (watch != NULL) {
		database_begin(sv);
		if (sv->phase != PHASE_DONE)
			code = loop_run(sv->loop);
		loop_fd_remove(watch);
	} else {
		sv->exit_status = 1;
	}
	if (code != ERR_OK) {
		log_failure(&ctx, "start_failed");
		sv->exit_status = 1;
	}
	return sv->exit_status;
}

static void release(struct supervisor *sv)
{
	database_release(sv);
	roles_release(sv);
	data_release(sv);
	loop_timer_free(sv->stop_timer);
	if (sv->loop != NULL)
		loop_free(sv->loop);
	conf_free(sv->conf);
}

/* ------------------------------------------------------------------ command line */

static const char usage[] = "usage: sekishod [--config FILE] [--check]\n"
			    "       sekishod --sample | --markdown | --version\n"
			    "  --config FILE  settings (default: built in; see --sample)\n"
			    "  --check        read the settings, say whether they are right, end\n"
			    "  --sample       print a commented configuration file\n"
			    "  --markdown     print the settings as a table\n";

struct options {
	const char *config;
	bool check;
};

/* -1: go on; otherwise the exit status. */
static int options_read(int argc, char **argv, struct options *out)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--config") == 0 && i + 1 < argc) {
			out->config = argv[++i];
		} else if (strcmp(argv[i], "--check") == 0) {
			out->check = true;
		} else if (strcmp(argv[i], "--sample") == 0) {
			conf_print_sample();
			return 0;
		} else if (strcmp(argv[i], "--markdown") == 0) {
			conf_print_markdown();
			return 0;
		} else if (strcmp(argv[i], "--version") == 0) {
			printf("sekishod %s\n", SEKISHO_VERSION);
			return 0;
		} else {
			bool help = strcmp(argv[i], "--help") == 0;
			(void)fputs(usage, help ? stdout : stderr);
			return help ? 0 : 64;
		}
	}
	return -1;
}

/* The folder this program lies in: its siblings are beside it. */
static const char *own_folder(char *out, size_t size)
{
	ssize_t len = readlink("/proc/self/exe", out, size - 1);

	if (len <= 0)
		return NULL;
	out[len] = 0;
	return dirname(out);
}

int main(int argc, char **argv)
{
	static struct supervisor sv; /* one per process; lives to the end */
	struct options options = {0};
	struct ctx ctx;
	char folder[1024];
	int status = options_read(argc, argv, &options);

	if (status >= 0)
		return status;
	ctx_init(&ctx, NULL);
	log_setup("supervisor", LOG_LEVEL_INFO);
	if (conf_load(&ctx, options.config, &sv.conf) != ERR_OK) {
		(void)fprintf(stderr, "sekishod: %s\n", ctx.error.text);
		return 78;
	}
	if (options.check) {
		printf("The configuration is right.\n");
		conf_free(sv.conf);
		return 0;
	}
	log_setup("supervisor", (enum log_level)sv.conf->log_level);
	sv.root = geteuid() == 0;
	sv.program_dir = own_folder(folder, sizeof(folder));
	sv.lock_fd = sv.listen_fd = sv.ctl_fd = sv.rootkey_fd = sv.state_fd = -1;
	sv.recordings_fd = sv.checkpoints_fd = sv.migrate_exec_fd = sv.probe_fd = -1;
	for (int kind = PASSING_FIRST; kind < PASSING_COUNT; kind++)
		sv.passing[kind].exec_fd = -1;
	if (sv.program_dir == NULL)
		return 1;
	status = run(&sv);
	log_event(LOG_LEVEL_INFO, NULL, "stopped", NULL);
	release(&sv);
	return status;
}
