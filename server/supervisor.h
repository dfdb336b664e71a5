/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_SUPERVISOR_H
#define SERVER_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/chan.h"
#include "base/conf.h"
#include "base/helper.h"
#include "base/loop.h"
#include "base/role.h"
#include "base/secret.h"

/*
 * sekishod: starts the other processes, joins them by channels, collects their logs, starts the
 * dead again, stops all in order. It parses nothing that comes from outside.
 *
 * supervisor.c          start, signals, stop
 * supervisor_data.c     folders, files and sockets in data_dir
 * supervisor_proc.c     one child: identity, descriptors, exec, log, end
 * supervisor_database.c the embedded mariadbd, and migrate
 * supervisor_roles.c    keeper, authority, worker, forward, mail, web, edge; brokers, replay and
 * helpers on demand
 */
enum role_id {
	ROLE_KEEPER,
	ROLE_AUTHORITY,
	ROLE_WORKER,
	ROLE_FORWARD,
	ROLE_MAIL,
	ROLE_WEB,
	ROLE_EDGE,
	ROLE_COUNT
};

/* Offsets from conf.uid_base. */
enum identity {
	ID_EDGE = 1,
	ID_WEB,
	ID_AUTHORITY,
	ID_KEEPER,
	ID_WORKER,
	ID_MIGRATE,
	ID_BROKER,
	ID_REPLAY,
	ID_DATABASE,
	ID_FORWARD,
	ID_SAML,
	ID_MAIL,
	ID_OIDC
};

/* Short-lived processes, by struct msg_spawn.kind. */
enum passing_kind {
	PASSING_FIRST = 1,
	PASSING_BROKER = 1,
	PASSING_REPLAY = 2,
	PASSING_SAML = HELPER_SAML,
	PASSING_OIDC = HELPER_OIDC,
	PASSING_COUNT
};

/* Stop order: all of one phase are gone before the next is asked. */
enum phase { PHASE_FRONT, PHASE_CORE, PHASE_SESSIONS, PHASE_KEEPER, PHASE_DATABASE, PHASE_DONE };

enum { PROC_FDS = 16, LINK_COUNT = 6 };

struct supervisor;
struct proc;

/* ------------------------------------------------------------------ one child process */

struct proc_fd {
	const char *name;
	int fd; /* borrowed */
};

/* 0: none. */
struct proc_limits {
	size_t memory;	  /* bytes of address space */
	unsigned cpu_s;	  /* seconds of work */
	unsigned seconds; /* of life */
};

struct proc_spec {
	const char *label; /* shown in the log: "web" */
	int exec_fd;	   /* our own program; or -1 */
	const char *path;  /* a foreign program, with argv */
	char *const *argv;
	enum identity identity;
	bool database_group; /* may reach the database socket */
	bool small;	     /* session processes: few descriptors */
	struct proc_limits limits;
	bool quiet; /* a foreign program whose output matters to nobody but us */
	enum phase phase;
	struct proc_fd fds[PROC_FDS];
	size_t fd_count;
	void (*ended)(struct supervisor *sv, void *arg, int status);
	void *arg;
};

/* Starts it. NULL: said in the log. */
struct proc *proc_start(struct supervisor *sv, const struct proc_spec *spec);
void proc_add_fd(struct proc_spec *spec, const char *name, int fd);
pid_t proc_pid(const struct proc *proc);
void proc_signal(const struct proc *proc, int signal);
/* After SIGCHLD: collects the dead, hands their last log lines on, calls ended. */
void proc_reap(struct supervisor *sv);
/* Guarded secrets are locked into memory: as much as we and our children may need, or may have. */
void limit_locked(void);
/* How many of the phase are left; each is sent the signal (0: none). */
size_t proc_signal_phase(struct supervisor *sv, enum phase phase, int signal);
void proc_status_text(int status, char *out, size_t size);

/* ------------------------------------------------------------------ roles */

struct member {
	struct supervisor *sv;
	enum role_id id;
	int exec_fd;
	struct proc *proc; /* NULL: not running */
	struct chan *chan; /* our end of its descriptor `supervisor` */
	int ready_fd;
	struct loop_fd *ready_watch;
	bool ready;
	struct role_ready_record report; /* valid while ready */
	int64_t started_us, delay_us;
	uint32_t starts;
	struct loop_timer *restart;
	struct secret *password; /* of its database account; NULL: has none */
};

struct backoff {
	int64_t started_us, delay_us;
};
/* Delay before the next start: doubles from 0.2 s to 30 s, starts anew after 5 s of life. */
int64_t backoff_next(int64_t started_us, int64_t now_us, int64_t delay_us);

struct supervisor {
	struct conf *conf;
	struct loop *loop;
	bool root;
	const char *program_dir;
	struct proc *procs;

	/* supervisor_data.c */
	int lock_fd, listen_fd, ctl_fd, rootkey_fd, state_fd, recordings_fd, checkpoints_fd;
	char *socket_path; /* of the embedded database */
	char *ca_path;	   /* the roles' copy of database_ca_file, or NULL */

	/* supervisor_database.c */
	struct proc *database;
	int64_t database_started_us, database_delay_us, database_deadline_us;
	struct loop_timer *database_timer, *migrate_timer;
	struct secret *admin_password;
	int migrate_exec_fd, probe_fd;
	unsigned migrate_tries;
	bool database_ready;

	/* supervisor_roles.c */
	struct member members[ROLE_COUNT];
	int pending[LINK_COUNT][2]; /* channel ends waiting for their role to start */
	bool group_down;	    /* keeper or authority died: all end, then start together */
	struct loop_timer *group_timer, *report_timer;
	struct passing {
		int exec_fd;
		unsigned running;
	} passing[PASSING_COUNT];
	bool announced, unlocked_said;

	/* supervisor.c */
	bool stopping;
	enum phase phase;
	struct loop_timer *stop_timer;
	int exit_status;
};

/* supervisor_data.c: ERR with a text in ctx. */
enum err data_prepare(struct ctx *ctx, struct supervisor *sv) ERR_CHECKED;
void data_release(struct supervisor *sv);
/* Before edge starts: one that was taken over may have ended the listening, for all its successors.
 */
void listen_again(const struct supervisor *sv);
uid_t identity_uid(const struct supervisor *sv, enum identity identity);
/* A path below data_dir; the caller frees. Never NULL: ends the process when memory is short. */
char *data_path(const struct supervisor *sv, const char *name);
/* Removes a folder with everything in it. */
enum err data_remove_tree(const char *path) ERR_CHECKED;
/* Owner and mode of a file or folder that exists. */
enum err data_own(const struct supervisor *sv, const char *path, enum identity owner,
		  mode_t mode) ERR_CHECKED;

/* supervisor_database.c: starts the database when it is ours, then migrate, then the roles. */
void database_begin(struct supervisor *sv);
void database_release(struct supervisor *sv);

/* supervisor_roles.c */
enum err roles_open(struct ctx *ctx, struct supervisor *sv) ERR_CHECKED;
void roles_start(struct supervisor *sv);
void roles_release(struct supervisor *sv);
/* "web <password>\n" per account, for migrate. */
struct secret *roles_accounts(struct supervisor *sv);
/* An executable beside sekishod; -1 and a text in ctx when it is missing. */
int program_open(struct ctx *ctx, struct supervisor *sv, const char *name);

/* A pipe that already holds the configuration; -1 on failure. */
int conf_pipe(const struct supervisor *sv);

/* supervisor.c: begins the orderly end. */
void supervisor_stop(struct supervisor *sv, int exit_status);

#endif
