/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * Confinement of a role. Order: open and warm up → sandbox_drop_identity → sandbox_landlock →
 * start threads → sandbox_seccomp (TSYNC) → sandbox_self_test → work.
 */
struct sandbox_path {
	const char *path;
	bool write; /* create, write, rename, unlink below it; otherwise read only */
};

/* What a role needs beyond the common base list of calls. Flags of sandbox_spec.allow. */
enum sandbox_allow {
	SANDBOX_ACCEPT = 1,	  /* accept4 on inherited sockets */
	SANDBOX_UNIX_CONNECT = 2, /* socket(AF_UNIX) + connect: the database */
	SANDBOX_INET_CONNECT = 4, /* socket(AF_INET, AF_INET6) + connect: gateway only */
	SANDBOX_SEND_FDS = 8,	  /* sendmsg/recvmsg with descriptors, socketpair, pipe2 */
	SANDBOX_FILES =
		16, /* openat and friends below the Landlock paths; otherwise they answer ENOENT */
	SANDBOX_THREADS = 32, /* clone for threads after seccomp */
	SANDBOX_SETSOCKOPT_TCP =
		64,	      /* otherwise setsockopt(IPPROTO_TCP) answers ENOPROTOOPT (MHD) */
	SANDBOX_PWRITE = 128, /* lseek, pwrite64, fsync, fdatasync on inherited files */
	SANDBOX_APPEND = 256, /* fdatasync; nothing that goes back in a file */
	SANDBOX_SEEK = 512,   /* lseek, for reading inherited files */
};

struct sandbox_spec {
	const char *role;
	unsigned allow;
	const struct sandbox_path *paths;
	size_t path_count;
	unsigned tcp_port; /* the only one to connect to (Landlock ABI 4); 0: any that is allowed */
};

/* What was really enforced, for the log and the overview page. */
struct sandbox_report {
	int landlock_abi; /* 0: none */
	bool seccomp;
	bool identity; /* runs under an identity of its own */
};

/* no_new_privs, RLIMIT_CORE 0, PR_SET_DUMPABLE 0; setgroups/setresgid/setresuid when uid != 0. */
enum err sandbox_drop_identity(uid_t uid, gid_t gid) ERR_CHECKED;
/* A kernel without Landlock is reported, not fatal. */
enum err sandbox_landlock(const struct sandbox_spec *spec,
			  struct sandbox_report *report) ERR_CHECKED;
enum err sandbox_seccomp(const struct sandbox_spec *spec,
			 struct sandbox_report *report) ERR_CHECKED;
/* Proves in this process that a forbidden call (open of /etc/passwd, socket(AF_INET), execve) is
 * refused; aborts start-up otherwise. */
enum err sandbox_self_test(const struct sandbox_spec *spec) ERR_CHECKED;

#endif
