/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"

/*
 * The calls a role may make, as tables. What no row names kills the process. Rows that answer an
 * error instead are calls that libraries try and do without: glibc's arenas open
 * /proc/sys/vm/overcommit_memory under load, MHD sets TCP options on Unix sockets.
 *
 * Two filters are loaded, and the kernel takes the stricter answer: one that lists calls, one that
 * refuses arguments. (In one libseccomp filter an unconditional rule would swallow the conditions.)
 */
#define ALWAYS (~0u)
#define NEVER  0u

struct call_row {
	int call;
	unsigned when; /* allowed when any of these sandbox_allow flags is asked for */
	int refuse;    /* otherwise: this errno, or 0: death */
};

#define CALL(name)                        \
	{                                 \
		SCMP_SYS(name), ALWAYS, 0 \
	}
#define CALL_IF(name, flags)               \
	{                                  \
		SCMP_SYS(name), (flags), 0 \
	}
#define CALL_OR(name, flags, e)              \
	{                                    \
		SCMP_SYS(name), (flags), (e) \
	}

static const struct call_row calls[] = {
	/* Memory, time, threads that exist already. */
	CALL(brk),
	CALL(mremap),
	CALL(madvise),
	CALL(munmap),
	CALL(mlock),
	CALL(mlock2),
	CALL(munlock),
	CALL(futex),
	CALL(sched_yield),
	CALL(sched_getaffinity),
	CALL(rseq),
	CALL(set_robust_list),
	CALL(membarrier),
	CALL(clock_gettime),
	CALL(clock_nanosleep),
	CALL(clock_getres),
	CALL(nanosleep),
	CALL(gettimeofday),
	CALL(time),
	CALL(getrandom),
	CALL(getrusage),
	CALL(sysinfo),
	CALL(uname),
	/* Who we are, signals, the end. */
	CALL(getpid),
	CALL(getppid),
	CALL(gettid),
	CALL(getuid),
	CALL(geteuid),
	CALL(getgid),
	CALL(getegid),
	CALL(rt_sigaction),
	CALL(rt_sigprocmask),
	CALL(rt_sigreturn),
	CALL(rt_sigtimedwait),
	CALL(sigaltstack),
	CALL(signalfd4),
	CALL(pause),
	CALL(restart_syscall),
	CALL(exit),
	CALL(exit_group),
	/* Descriptors that are open already. */
	CALL(read),
	CALL(write),
	CALL(readv),
	CALL(writev),
	CALL(pread64),
	CALL(close),
	CALL(dup),
	CALL(fstat),
	CALL(poll),
	CALL(ppoll),
	CALL(select),
	CALL(pselect6),
	CALL(epoll_create1),
	CALL(epoll_ctl),
	CALL(epoll_wait),
	CALL(epoll_pwait),
	CALL(eventfd2),
	CALL(timerfd_create),
	CALL(timerfd_settime),
	CALL(sendto),
	CALL(recvfrom),
	CALL(sendmsg),
	CALL(recvmsg),
	CALL(shutdown),
	CALL(getsockopt),
	CALL(getsockname),
	CALL(getpeername),

	CALL_IF(accept, SANDBOX_ACCEPT),
	CALL_IF(accept4, SANDBOX_ACCEPT),
	CALL_IF(socketpair, SANDBOX_SEND_FDS),
	CALL_IF(pipe2, SANDBOX_SEND_FDS),
	CALL_IF(pipe, SANDBOX_SEND_FDS),
	CALL_IF(connect, SANDBOX_UNIX_CONNECT | SANDBOX_INET_CONNECT),
	CALL_IF(bind, SANDBOX_INET_CONNECT),
	CALL_IF(sendmmsg, SANDBOX_INET_CONNECT),
	CALL_IF(recvmmsg, SANDBOX_INET_CONNECT),
	CALL_IF(pwrite64, SANDBOX_PWRITE | SANDBOX_FILES),
	CALL_IF(fdatasync, SANDBOX_PWRITE | SANDBOX_FILES | SANDBOX_APPEND),
	CALL_IF(fsync, SANDBOX_PWRITE | SANDBOX_FILES),
	/* What a session has recorded stays: its process finds no way back in the file. */
	CALL_OR(lseek, SANDBOX_PWRITE | SANDBOX_FILES | SANDBOX_SEEK, ESPIPE),
	CALL_IF(rename, SANDBOX_FILES),
	CALL_IF(renameat, SANDBOX_FILES),
	CALL_IF(renameat2, SANDBOX_FILES),
	CALL_IF(unlink, SANDBOX_FILES),
	CALL_IF(unlinkat, SANDBOX_FILES),
	CALL_IF(mkdir, SANDBOX_FILES),
	CALL_IF(mkdirat, SANDBOX_FILES),
	CALL_IF(getdents64, SANDBOX_FILES),
	CALL_IF(fchmod, SANDBOX_FILES),
	CALL_IF(flock, SANDBOX_FILES),
	CALL_IF(umask, SANDBOX_FILES),

	CALL_OR(open, SANDBOX_FILES, ENOENT),
	CALL_OR(openat, SANDBOX_FILES, ENOENT),
	CALL_OR(stat, SANDBOX_FILES, ENOENT),
	CALL_OR(lstat, SANDBOX_FILES, ENOENT),
	CALL_OR(statx, SANDBOX_FILES, ENOENT),
	CALL_OR(access, SANDBOX_FILES, ENOENT),
	CALL_OR(faccessat, SANDBOX_FILES, ENOENT),
	CALL_OR(faccessat2, SANDBOX_FILES, ENOENT),
	CALL_OR(readlink, SANDBOX_FILES, ENOENT),
	CALL_OR(readlinkat, SANDBOX_FILES, ENOENT),
	CALL_OR(getcwd, SANDBOX_FILES, ENOENT),
	/* execve answers instead of killing so that the self-test can ask. */
	CALL_OR(execve, NEVER, EPERM),
	CALL_OR(execveat, NEVER, EPERM),
	/* Its flags lie in memory that a filter cannot read; glibc falls back to clone. */
	CALL_OR(clone3, NEVER, ENOSYS),
	CALL_OR(sched_setaffinity, NEVER, EPERM),
	CALL_OR(prlimit64, NEVER, EPERM),
};

/* Of fcntl, copies and flags only: with an owner and a signal set (F_SETOWN, F_SETSIG), a
 * descriptor would send signals to others. */
static const int fcntl_commands[] = {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL};

/* Calls of which only some argument values are allowed; the others answer an error. */
enum { VALUES_MAX = 4 };
struct value_row {
	int call;
	unsigned argument;
	int refuse;
	struct {
		uint32_t value;
		unsigned when;
	} allowed[VALUES_MAX]; /* ascending; the first row with when 0 ends it */
};

static const struct value_row values[] = {
	{SCMP_SYS(socket),
	 0,
	 EAFNOSUPPORT,
	 {{AF_UNIX, SANDBOX_UNIX_CONNECT},
	  {AF_INET, SANDBOX_INET_CONNECT},
	  {AF_INET6, SANDBOX_INET_CONNECT},
	  {AF_NETLINK, SANDBOX_INET_CONNECT}}},
	{SCMP_SYS(setsockopt),
	 1,
	 ENOPROTOOPT,
	 {{IPPROTO_IP, SANDBOX_INET_CONNECT},
	  {SOL_SOCKET, ALWAYS},
	  {IPPROTO_TCP, SANDBOX_SETSOCKOPT_TCP},
	  {IPPROTO_IPV6, SANDBOX_SETSOCKOPT_TCP}}},
	{SCMP_SYS(ioctl),
	 1,
	 ENOTTY,
	 {{SIOCOUTQ, SANDBOX_INET_CONNECT}, {FIONREAD, ALWAYS}, {FIONBIO, ALWAYS}}},
	{SCMP_SYS(prctl), 0, EPERM, {{PR_SET_NAME, ALWAYS}}},
};

struct filter {
	const struct sandbox_spec *spec;
	scmp_filter_ctx scmp;
	int error; /* first failure, negative errno */
};

static bool asked(const struct filter *filter, unsigned when)
{
	return when == ALWAYS || (filter->spec->allow & when) != 0;
}

static void rule(struct filter *filter, uint32_t action, int call, unsigned count,
		 const struct scmp_arg_cmp *conditions)
{
	/* Calls that this machine does not have (open on aarch64) have negative numbers. */
	if (call < 0 || filter->error != 0)
		return;
	filter->error = seccomp_rule_add_array(filter->scmp, action, call, count, conditions);
}

static void refuse_when(struct filter *filter, const struct value_row *row, enum scmp_compare op,
			uint64_t value)
{
	const struct scmp_arg_cmp condition = {row->argument, op, value, 0};

	rule(filter, SCMP_ACT_ERRNO((unsigned)row->refuse), row->call, 1, &condition);
}

/* One condition per argument and rule is all there is: below, between and above the allowed values
 * are separate rules. */
static void values_limit(struct filter *filter, const struct value_row *row)
{
	uint64_t next = 0;
	bool any = false;

	for (size_t i = 0; i < VALUES_MAX && row->allowed[i].when != NEVER; i++) {
		uint64_t value = row->allowed[i].value;
		if (!asked(filter, row->allowed[i].when))
			continue;
		if (!any && value > 0)
			refuse_when(filter, row, SCMP_CMP_LT, value);
		for (; any && next < value; next++)
			refuse_when(filter, row, SCMP_CMP_EQ, next);
		next = value + 1;
		any = true;
	}
	refuse_when(filter, row, SCMP_CMP_GE, next);
}

/* The filter that lists calls. */
static void calls_list(struct filter *filter)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		const struct call_row *row = &calls[i];
		if (asked(filter, row->when))
			rule(filter, SCMP_ACT_ALLOW, row->call, 0, NULL);
		else if (row->refuse != 0)
			rule(filter, SCMP_ACT_ERRNO((unsigned)row->refuse), row->call, 0, NULL);
	}
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		rule(filter, SCMP_ACT_ALLOW, values[i].call, 0, NULL);
	rule(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 0, NULL);
	rule(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 0, NULL);
	rule(filter, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 0, NULL);
	for (size_t i = 0; i < sizeof(fcntl_commands) / sizeof(fcntl_commands[0]); i++) {
		const struct scmp_arg_cmp command = {1, SCMP_CMP_EQ,
						     (scmp_datum_t)fcntl_commands[i], 0};
		rule(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1, &command);
	}
	const struct scmp_arg_cmp thread =
		SCMP_A0_64(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD);
	if (asked(filter, SANDBOX_THREADS))
		rule(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, &thread);
	/* abort() signals its own process. */
	const struct scmp_arg_cmp self = {0, SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0};
	rule(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &self);
}

enum { TYPE_MASK = 15, TYPES = TYPE_MASK + 1 };

/* family NULL: of any family. */
static void type_refuse(struct filter *filter, int call, uint64_t type,
			const struct scmp_arg_cmp *family)
{
	struct scmp_arg_cmp conditions[] = {{1, SCMP_CMP_MASKED_EQ, TYPE_MASK, type}, {0}};

	if (family != NULL)
		conditions[1] = *family;
	rule(filter, SCMP_ACT_ERRNO(ESOCKTNOSUPPORT), call, family != NULL ? 2 : 1, conditions);
}

/* A datagram socket reaches every other socket of the machine by sendmsg(2) alone, and a pair of
 * "raw" Unix sockets is one of datagrams. */
static void types_limit(struct filter *filter)
{
	const struct scmp_arg_cmp routes = {0, SCMP_CMP_EQ, AF_NETLINK, 0};
	const struct scmp_arg_cmp others = {0, SCMP_CMP_NE, AF_NETLINK, 0};
	const struct scmp_arg_cmp foreign = {0, SCMP_CMP_NE, AF_UNIX, 0};
	const struct scmp_arg_cmp local = {0, SCMP_CMP_EQ, AF_UNIX, 0};
	bool inet = asked(filter, SANDBOX_INET_CONNECT);

	for (uint64_t type = 0; type < TYPES; type++) {
		if (type != SOCK_STREAM && !(inet && type == SOCK_DGRAM))
			type_refuse(filter, SCMP_SYS(socket), type, &others);
		if (type != SOCK_RAW)
			type_refuse(filter, SCMP_SYS(socket), type, &routes);
		if (type != SOCK_STREAM && type != SOCK_SEQPACKET)
			type_refuse(filter, SCMP_SYS(socketpair), type, NULL);
	}
	/* Name resolution needs datagrams, but none within the machine. */
	if (inet)
		type_refuse(filter, SCMP_SYS(socket), SOCK_DGRAM, &local);
	rule(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socketpair), 1, &foreign);
}

/* Sending with MSG_FASTOPEN connects, without connect(2) and past Landlock: also a listening socket
 * that shutdown(2) took back to its beginning. */
static void fast_open_refuse(struct filter *filter)
{
	const struct scmp_arg_cmp third =
		SCMP_A2_64(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, MSG_FASTOPEN);
	const struct scmp_arg_cmp fourth =
		SCMP_A3_64(SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, MSG_FASTOPEN);

	rule(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(sendmsg), 1, &third);
	rule(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(sendto), 1, &fourth);
	rule(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(sendmmsg), 1, &fourth);
}

/* The filter that refuses arguments. */
static void arguments_limit(struct filter *filter)
{
	const struct scmp_arg_cmp executable = SCMP_A2_64(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC);
	/* glibc's fstat() is newfstatat with an empty path; with a path it needs SANDBOX_FILES. */
	const struct scmp_arg_cmp by_path = {3, SCMP_CMP_NE, AT_EMPTY_PATH, 0};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		values_limit(filter, &values[i]);
	types_limit(filter);
	fast_open_refuse(filter);
	rule(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(mmap), 1, &executable);
	rule(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(mprotect), 1, &executable);
	if (!asked(filter, SANDBOX_FILES))
		rule(filter, SCMP_ACT_ERRNO(ENOENT), SCMP_SYS(newfstatat), 1, &by_path);
}

/* What libseccomp is linked to in the place of malloc and its kin (base/CMakeLists.txt): a filter
 * that some rule is missing from must not be loaded, and no role serves without one. */
void *sandbox_malloc(size_t size);
void *sandbox_calloc(size_t count, size_t size);
void *sandbox_realloc(void *memory, size_t size);
char *sandbox_strdup(const char *text);

static void *needed(void *memory)
{
	if (memory == NULL) {
		log_event(LOG_LEVEL_ERROR, NULL, "sandbox_memory", NULL);
		_exit(1);
	}
	return memory;
}

void *sandbox_malloc(size_t size)
{
	return needed(malloc(size));
}

void *sandbox_calloc(size_t count, size_t size)
{
	return needed(calloc(count, size));
}

void *sandbox_realloc(void *memory, size_t size)
{
	return needed(realloc(memory, size));
}

char *sandbox_strdup(const char *text)
{
	return needed(strdup(text));
}

static enum err filter_load(const struct sandbox_spec *spec, uint32_t otherwise,
			    void (*fill)(struct filter *filter))
{
	struct filter filter = {.spec = spec, .scmp = seccomp_init(otherwise)};

	if (filter.scmp == NULL)
		return ERR_MEMORY;
	/* All threads; a tree instead of a list; no_new_privs is set already. */
	filter.error = seccomp_attr_set(filter.scmp, SCMP_FLTATR_CTL_TSYNC, 1);
	if (filter.error == 0)
		filter.error = seccomp_attr_set(filter.scmp, SCMP_FLTATR_CTL_NNP, 0);
	if (filter.error == 0)
		filter.error = seccomp_attr_set(filter.scmp, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	fill(&filter);
	if (filter.error == 0)
		filter.error = seccomp_load(filter.scmp);
	seccomp_release(filter.scmp);
	return filter.error == 0 ? ERR_OK : ERR_IO;
}

/* ------------------------------------------------------------------ finding what is missing */

#ifdef SEKISHO_SANDBOX_TRAP
/* Names the call that the list lacks; only in builds that are not releases, on request. */
static void trapped(int number, siginfo_t *info, void *context)
{
	static const char before[] = "level=error event=sandbox_trap call=";
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, info->si_syscall);
	ssize_t ignored = write(STDERR_FILENO, before, sizeof(before) - 1);

	(void)number;
	(void)context;
	if (name != NULL)
		ignored += write(STDERR_FILENO, name, strlen(name));
	ignored += write(STDERR_FILENO, "\n", 1);
	_exit(ignored > 0 ? 159 : 158);
}

static uint32_t death_of(void)
{
	const char *asked_for = getenv("SEKISHO_SANDBOX_TRAP");
	struct sigaction action = {.sa_sigaction = trapped, .sa_flags = SA_SIGINFO};

	if (asked_for == NULL || strcmp(asked_for, "1") != 0 ||
	    sigaction(SIGSYS, &action, NULL) != 0)
		return SCMP_ACT_KILL_PROCESS;
	return SCMP_ACT_TRAP;
}
#else
static uint32_t death_of(void)
{
	return SCMP_ACT_KILL_PROCESS;
}
#endif

enum err sandbox_seccomp(const struct sandbox_spec *spec, struct sandbox_report *report)
{
	report->seccomp = false;
#if defined(SEKISHO_ASAN) || defined(SEKISHO_TSAN)
	(void)spec;
	(void)filter_load;
	(void)death_of;
	(void)calls_list;
	(void)arguments_limit;
	return ERR_OK;
#else
	/* seccomp(2) must still be callable for the second: arguments first. */
	enum err code = filter_load(spec, SCMP_ACT_ALLOW, arguments_limit);
	if (code == ERR_OK)
		code = filter_load(spec, death_of(), calls_list);
	report->seccomp = code == ERR_OK;
	return code;
#endif
}
