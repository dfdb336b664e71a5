/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

#if defined(SEKISHO_ASAN) || defined(SEKISHO_TSAN)
enum { SANITIZED = 1 }; /* their run-times open files, map and clone as they like */
#else
enum { SANITIZED = 0 };
#endif

/* ------------------------------------------------------------------ identity */

static enum err identity_change(uid_t uid, gid_t gid)
{
	if (uid == 0 || geteuid() == uid)
		return ERR_OK;
	if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 ||
	    setresuid(uid, uid, uid) != 0)
		return ERR_DENIED;
	/* There must be no way back. */
	return setresuid(0, 0, 0) == 0 || geteuid() != uid || getegid() != gid ? ERR_BUG : ERR_OK;
}

enum err sandbox_drop_identity(uid_t uid, gid_t gid)
{
	const struct rlimit none = {0, 0};
	enum err code = identity_change(uid, gid);

	if (code != ERR_OK)
		return code;
	/* A change of identity clears the parent-death signal: set it again. */
	if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
		return ERR_IO;
	/* LeakSanitizer traces its own process. */
	if (!SANITIZED && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return ERR_IO;
	return ERR_OK;
}

/* ------------------------------------------------------------------ Landlock */

/* The kernel's structure as of ABI 6; older kernels take a shorter one. */
struct ruleset {
	uint64_t fs, net, scoped;
};

enum {
	FS_ALL_V1 = (1 << 13) - 1,
	FS_REFER = 1 << 13,
	FS_TRUNCATE = 1 << 14,
	FS_IOCTL_DEV = 1 << 15,
	NET_BIND_TCP = 1,
	NET_CONNECT_TCP = 2,
	SCOPE_ALL = 3, /* abstract Unix sockets, signals */
};

enum {
	READ_RIGHTS = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
	WRITE_RIGHTS = READ_RIGHTS | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
		       LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | FS_TRUNCATE,
	FILE_RIGHTS = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE,
};

static bool landlocked; /* for the self-test, which may ask the kernel no more */

static int landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return abi > 0 ? (int)abi : 0;
}

static size_t ruleset_of(int abi, const struct sandbox_spec *spec, struct ruleset *out)
{
	bool any = spec->allow & SANDBOX_INET_CONNECT && spec->tcp_port == 0;
	uint64_t net = NET_BIND_TCP | (any ? 0 : NET_CONNECT_TCP);

	out->fs = FS_ALL_V1 | (abi >= 2 ? FS_REFER : 0) | (abi >= 3 ? FS_TRUNCATE : 0) |
		  (abi >= 5 ? FS_IOCTL_DEV : 0);
	out->net = abi >= 4 ? net : 0;
	out->scoped = abi >= 6 ? SCOPE_ALL : 0;
	return abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
}

static enum err path_allow(int ruleset, uint64_t handled, const struct sandbox_path *path)
{
	scoped(fd_close_p) int fd = open(path->path, O_PATH | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? ERR_OK : ERR_IO; /* nothing there: nothing to allow */
	if (fstat(fd, &st) != 0)
		return ERR_IO;
	uint64_t rights = path->write ? WRITE_RIGHTS : READ_RIGHTS;
	if (!S_ISDIR(st.st_mode))
		rights &= FILE_RIGHTS;
	struct landlock_path_beneath_attr rule = {.allowed_access = rights & handled,
						  .parent_fd = fd};
	return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0
		       ? ERR_OK
		       : ERR_IO;
}

/* Newer than the headers we build with: LANDLOCK_RULE_NET_PORT and its attributes. */
static enum err port_allow(int ruleset, uint64_t handled, const struct sandbox_spec *spec)
{
	enum { RULE_NET_PORT = 2 };
	const struct {
		uint64_t allowed_access, port;
	} rule = {NET_CONNECT_TCP, spec->tcp_port};

	if (spec->tcp_port == 0 || !(spec->allow & SANDBOX_INET_CONNECT) ||
	    !(handled & NET_CONNECT_TCP))
		return ERR_OK;
	return syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &rule, 0) == 0 ? ERR_OK
										     : ERR_IO;
}

enum err sandbox_landlock(const struct sandbox_spec *spec, struct sandbox_report *report)
{
	int abi = SANITIZED ? 0 : landlock_abi();
	struct ruleset rules;

	report->landlock_abi = 0;
	if (abi == 0)
		return ERR_OK;
	size_t size = ruleset_of(abi, spec, &rules);
	scoped(fd_close_p) int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
	if (fd < 0)
		return ERR_IO;
	for (size_t i = 0; i < spec->path_count; i++) {
		enum err code = path_allow(fd, rules.fs, &spec->paths[i]);
		if (code != ERR_OK)
			return code;
	}
	if (port_allow(fd, rules.net, spec) != ERR_OK)
		return ERR_IO;
	if (syscall(SYS_landlock_restrict_self, fd, 0) != 0)
		return ERR_IO;
	report->landlock_abi = abi;
	landlocked = true;
	return ERR_OK;
}

/* ------------------------------------------------------------------ self-test */

static bool open_is_refused(void)
{
	int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return true;
	close(fd);
	return false;
}

static bool inet_is_refused(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return true;
	close(fd);
	return false;
}

/* An empty path can never be run; a filter answers before the kernel finds out. */
static bool exec_is_refused(void)
{
	char *const nothing[] = {NULL};

	return execve("", nothing, nothing) != 0 && errno == EPERM;
}

static bool may_read_etc(const struct sandbox_spec *spec)
{
	for (size_t i = 0; i < spec->path_count; i++)
		if (strncmp(spec->paths[i].path, "/etc", 4) == 0 ||
		    strcmp(spec->paths[i].path, "/") == 0)
			return true;
	return (spec->allow & SANDBOX_FILES) && !landlocked;
}

enum err sandbox_self_test(const struct sandbox_spec *spec)
{
	if (SANITIZED)
		return ERR_OK;
	if (!may_read_etc(spec) && !open_is_refused())
		return ERR_BUG;
	if (!(spec->allow & SANDBOX_INET_CONNECT) && !inet_is_refused())
		return ERR_BUG;
	return exec_is_refused() ? ERR_OK : ERR_BUG;
}
