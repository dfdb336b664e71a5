/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_ROLE_H
#define BASE_ROLE_H

#include <stdint.h>

#include "base/conf.h"
#include "base/sandbox.h"
#include "base/secret.h"

/*
 * How a role process is started by the supervisor: fexecve with descriptors at fixed numbers and
 * only these arguments: `sekisho-web --role-fds conf=3,authority=4,edge=5,db=6`. Standard error is
 * the log pipe. Numeric identity comes as SEKISHO_UID / SEKISHO_GID in the environment (absent:
 * keep).
 */
struct role {
	struct conf *conf; /* read from the pipe `conf` */
	uid_t uid;
	gid_t gid;
};

/* Parses the arguments, reads conf, sets up the log. Exits the process with a clear line when
 * started by hand. */
void role_start(struct role *role, const char *name, int argc, char **argv);
/* Exit status of a role that only the owner can help (a wrong key file): the supervisor does not
 * start it again but ends, with the same status. sysexits.h calls it EX_CONFIG. */
enum { ROLE_EXIT_OWNER = 78 };
/* Descriptor by name, or -1. */
int role_fd(const char *name);
/* Whole secret from the pipe of that name (database password); NULL when absent. Closes it. */
struct secret *role_secret(const char *name);
/* A database on another machine is reached by TCP, and by name: adds what that takes to spec, whose
 * paths are copied into paths. Nothing for a Unix socket. */
enum { ROLE_PATHS = 12 };
void role_add_database(const struct conf *conf, struct sandbox_spec *spec,
		       struct sandbox_path paths[ROLE_PATHS]);
/* drop identity + Landlock (before threads). */
void role_confine(struct role *role, const struct sandbox_spec *spec);
/* seccomp + self-test (after threads); logs what is enforced; exits on failure. */
void role_lock(struct role *role, const struct sandbox_spec *spec);
/* Tells the supervisor "ready" and what is enforced, as one record on the descriptor `ready`. */
void role_ready(void);
struct role_ready_record {
	uint8_t ready; /* 'R' */
	uint8_t landlock_abi, seccomp, identity, memory_locked;
};

/*
 * When web, edge or worker dies, the supervisor starts it again and sends each sibling that shared
 * a channel with it a fresh end: MSG_CHANNEL {name} with one descriptor, on the sibling's channel
 * `supervisor`. The sibling sees end of file on the old end first or later: it keeps running, frees
 * the old channel and uses the new one from then on. (When authority or keeper dies, all roles are
 * started again together; only edge's listening socket and the control socket outlive that.)
 *
 * role_watch_channels takes over the descriptor `supervisor` and calls back in the loop's thread
 * with the sibling's name and a descriptor that the callback owns. The process exits when the
 * supervisor is gone. Authority, which also sends MSG_SPAWN there, handles MSG_CHANNEL itself.
 */
struct loop;
typedef void role_channel_cb(void *arg, const char *name, int fd);
enum err role_watch_channels(struct loop *loop, role_channel_cb *callback, void *arg) ERR_CHECKED;

#endif
