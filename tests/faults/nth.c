/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Loaded into our programs before libc (LD_PRELOAD) by the loops of nth.py, never installed: makes
 * one call of one class in one role fail: the Nth, or the first from a place (a call stack) that
 * has not failed yet. What to fail stands in a file that the loop and every process map; it is
 * opened before the process confines itself.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

enum class {
	CLASS_NONE,
	CLASS_WRITE,
	CLASS_SYNC,
	CLASS_RENAME,
	CLASS_SEND,
	CLASS_RECV,
	CLASS_ALLOC,
	CLASS_OPEN
};

enum { PLACES = 1 << 16, FRAMES = 40, CRASHES = 1 << 12, OWN = 4 };

enum mode {
	MODE_NTH,    /* the Nth call */
	MODE_PLACE,  /* the first call from a place that has not failed yet */
	MODE_SURVEY, /* none: places are counted */
};

/* nth.py writes these as little-endian numbers at the same offsets. */
struct control {
	_Atomic uint32_t class;
	_Atomic uint32_t mode;
	_Atomic uint32_t nth;
	_Atomic uint32_t count; /* calls since it was armed */
	_Atomic uint32_t fired;
	_Atomic uint32_t new_places;
	char role[40];
	_Atomic uint64_t places[PLACES]; /* hashes, open addressing, 0: free */
	_Atomic uint32_t crashed;
	uint32_t unused;
	struct crash {
		uint64_t offset;   /* in the file of that name: the innermost frame outside libc */
		uint64_t own[OWN]; /* in the program: its innermost frames */
		uint32_t signal, sandboxed;
		char file[40];
	} crashes[CRASHES];
};
#if defined(__x86_64__)
#define PC gregs[REG_RIP]
#else
#define PC pc
#endif
static struct control *control;
static char role[40];

/* OpenSSL's one-time start reads through NULL where it finds no memory (3.0.x). That is not ours to
 * mend, and before anybody is served: it is over before anything is counted. */
static void start_openssl(void)
{
	enum { STRINGS = 0x02, CIPHERS = 0x04, DIGESTS = 0x08, CONFIG = 0x40 };
	int (*start)(uint64_t, const void *) = dlsym(RTLD_DEFAULT, "OPENSSL_init_crypto");
	void *(*fetch)(void *, const char *, const char *) = dlsym(RTLD_DEFAULT, "EVP_MD_fetch");

	if (start != NULL)
		(void)start(STRINGS | CIPHERS | DIGESTS | CONFIG, NULL);
	if (fetch != NULL)
		(void)fetch(NULL, "SHA256", NULL); /* loads the default provider */
}

struct walk {
	struct crash *crash;
	uintptr_t pc;
	int inside; /* the signal's own frames are behind us */
	int own;
};

static _Unwind_Reason_Code walk_frame(struct _Unwind_Context *context, void *arg)
{
	struct walk *walk = arg;
	struct crash *crash = walk->crash;
	uintptr_t at = (uintptr_t)_Unwind_GetIP(context);
	struct dl_find_object found;

	walk->inside |= at == walk->pc;
	if (at == 0)
		return _URC_END_OF_STACK;
	if (!walk->inside || _dl_find_object((void *)at, &found) != 0)
		return _URC_NO_REASON;
	const char *name = found.dlfo_link_map->l_name, *slash = strrchr(name, '/');
	int own = name[0] == 0;
	name = own ? role : slash != NULL ? slash + 1 : name;
	at -= (uintptr_t)found.dlfo_map_start;
	if (crash->file[0] == 0 && strncmp(name, "libc.so", 7) != 0) {
		crash->offset = at;
		(void)snprintf(crash->file, sizeof(crash->file), "%s", name);
	}
	if (own)
		crash->own[walk->own++] = at;
	return walk->own < OWN ? _URC_NO_REASON : _URC_END_OF_STACK;
}

/* Where a process ends by a signal, so that a library's fault is not taken for ours. Refused calls
 * tell that the sandbox is complete: nobody is served before. */
static void note_crash(int signal, siginfo_t *info, void *context)
{
	const ucontext_t *at = context;
	uint32_t slot = atomic_fetch_add(&control->crashed, 1);

	(void)info;
	if (slot >= CRASHES)
		return;
	struct crash *crash = &control->crashes[slot];
	struct walk walk = {.crash = crash, .pc = (uintptr_t)at->uc_mcontext.PC};
	crash->signal = (uint32_t)signal;
	crash->sandboxed = syscall(SYS_prctl, PR_GET_SECCOMP) != 0;
	(void)_Unwind_Backtrace(walk_frame, &walk);
}

static void watch_crashes(void)
{
	const struct sigaction action = {.sa_sigaction = note_crash,
					 .sa_flags = SA_SIGINFO | SA_RESETHAND};

	(void)sigaction(SIGSEGV, &action, NULL);
	(void)sigaction(SIGBUS, &action, NULL);
	(void)sigaction(SIGFPE, &action, NULL);
	(void)sigaction(SIGABRT, &action, NULL);
}

__attribute__((constructor)) static void join_loop(void)
{
	const char *path = getenv("SEKISHO_CONTROL");
	int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
	if (fd < 0)
		return;
	void *map = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)snprintf(role, sizeof(role), "%s", program_invocation_short_name);
	start_openssl();
	(void)syscall(SYS_close, fd);
	if (map == MAP_FAILED)
		return;
	control = map;
	watch_crashes();
}

/* ------------------------------------------------------------------ places */

/*
 * What makes a place: the innermost frames, and all frames of the program itself. The way through a
 * library (OpenSSL's start alone has thousands of ways to an allocation) counts only where none of
 * the program's frames is below it: the connector's coroutines.
 */
enum { INNERMOST = 3 };

struct stack {
	uint64_t own, all;
	int frames, own_frames;
};

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15U;
	return hash ^ hash >> 29;
}

static _Unwind_Reason_Code add_frame(struct _Unwind_Context *context, void *arg)
{
	struct stack *stack = arg;
	uintptr_t at = (uintptr_t)_Unwind_GetIP(context);
	struct dl_find_object found;

	if (at == 0 || stack->frames++ >= FRAMES)
		return _URC_END_OF_STACK;
	if (_dl_find_object((void *)at, &found) != 0)
		return _URC_NO_REASON;
	/* Addresses differ from process to process, offsets do not. */
	at -= (uintptr_t)found.dlfo_map_start;
	int own = found.dlfo_link_map->l_name[0] == 0;
	stack->own_frames += own;
	stack->all = mix(stack->all, at);
	if (own || stack->frames <= INNERMOST + 2) /* these two are ours */
		stack->own = mix(stack->own, at);
	return _URC_NO_REASON;
}

/* True when this call's stack was not in the table. */
static int place_is_new(void)
{
	static __thread int inside;
	struct stack stack = {0};

	if (inside)
		return 0;
	inside = 1;
	(void)_Unwind_Backtrace(add_frame, &stack);
	inside = 0;
	uint64_t hash = (stack.own_frames > 0 ? stack.own : stack.all) | 1;
	for (uint64_t i = 0; i < PLACES; i++) {
		uint64_t there = 0;
		_Atomic uint64_t *slot = &control->places[((hash >> 16) + i) % PLACES];
		if (atomic_compare_exchange_strong(slot, &there, hash))
			return 1;
		if (there == hash)
			return 0;
	}
	return 0;
}

static int place_fails(void)
{
	/* One failure a day: later places wait for their own. */
	if (atomic_load(&control->fired) || !place_is_new())
		return 0;
	return !atomic_exchange(&control->fired, 1);
}

static int is_its_turn(void)
{
	uint32_t before = atomic_fetch_add(&control->count, 1);

	switch ((enum mode)atomic_load(&control->mode)) {
	case MODE_PLACE: return place_fails();
	case MODE_SURVEY:
		if (place_is_new())
			(void)atomic_fetch_add(&control->new_places, 1);
		return 0;
	case MODE_NTH: break;
	}
	if (before + 1 != atomic_load(&control->nth))
		return 0;
	atomic_store(&control->fired, 1);
	return 1;
}

static int fails(enum class class, int code)
{
	if (control == NULL || atomic_load(&control->class) != (uint32_t) class ||
	    strncmp(control->role, role, sizeof(role)) != 0 || !is_its_turn())
		return 0;
	errno = code;
	return 1;
}

/* ------------------------------------------------------------------ the calls */

ssize_t write(int fd, const void *data, size_t len)
{
	return fails(CLASS_WRITE, ENOSPC) ? -1 : syscall(SYS_write, fd, data, len);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
	return fails(CLASS_WRITE, ENOSPC) ? -1 : syscall(SYS_writev, fd, parts, count);
}

ssize_t pwrite64(int fd, const void *data, size_t len, off64_t at)
{
	return fails(CLASS_WRITE, ENOSPC) ? -1 : syscall(SYS_pwrite64, fd, data, len, at);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t at)
{
	return pwrite64(fd, data, len, at);
}

int fsync(int fd)
{
	return fails(CLASS_SYNC, EIO) ? -1 : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	return fails(CLASS_SYNC, EIO) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int rename(const char *from, const char *to)
{
	return fails(CLASS_RENAME, EIO) ? -1 : (int)syscall(SYS_rename, from, to);
}

int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	return fails(CLASS_RENAME, EIO) ? -1
					: (int)syscall(SYS_renameat, from_dir, from, to_dir, to);
}

ssize_t sendto(int fd, const void *data, size_t len, int flags, const struct sockaddr *to,
	       socklen_t size)
{
	return fails(CLASS_SEND, ECONNRESET) ? -1
					     : syscall(SYS_sendto, fd, data, len, flags, to, size);
}

ssize_t send(int fd, const void *data, size_t len, int flags)
{
	return sendto(fd, data, len, flags, NULL, 0);
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	return fails(CLASS_SEND, ECONNRESET) ? -1 : syscall(SYS_sendmsg, fd, msg, flags);
}

ssize_t recvfrom(int fd, void *data, size_t len, int flags, struct sockaddr *from, socklen_t *size)
{
	return fails(CLASS_RECV, ECONNRESET)
		       ? -1
		       : syscall(SYS_recvfrom, fd, data, len, flags, from, size);
}

ssize_t recv(int fd, void *data, size_t len, int flags)
{
	return recvfrom(fd, data, len, flags, NULL, NULL);
}

ssize_t __recv_chk(int fd, void *data, size_t len, size_t room, int flags)
{
	(void)room;
	return recv(fd, data, len, flags);
}

ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	return fails(CLASS_RECV, ECONNRESET) ? -1 : syscall(SYS_recvmsg, fd, msg, flags);
}

ssize_t read(int fd, void *data, size_t len)
{
	return fails(CLASS_RECV, EIO) ? -1 : syscall(SYS_read, fd, data, len);
}

ssize_t __read_chk(int fd, void *data, size_t len, size_t room)
{
	(void)room;
	return read(fd, data, len);
}

ssize_t readv(int fd, const struct iovec *parts, int count)
{
	return fails(CLASS_RECV, EIO) ? -1 : syscall(SYS_readv, fd, parts, count);
}

ssize_t pread64(int fd, void *data, size_t len, off64_t at)
{
	return fails(CLASS_RECV, EIO) ? -1 : syscall(SYS_pread64, fd, data, len, at);
}

ssize_t pread(int fd, void *data, size_t len, off_t at)
{
	return pread64(fd, data, len, at);
}

int pipe2(int ends[2], int flags)
{
	return fails(CLASS_OPEN, EMFILE) ? -1 : (int)syscall(SYS_pipe2, ends, flags);
}

int socketpair(int domain, int type, int protocol, int ends[2])
{
	return fails(CLASS_OPEN, EMFILE)
		       ? -1
		       : (int)syscall(SYS_socketpair, domain, type, protocol, ends);
}

int socket(int domain, int type, int protocol)
{
	return fails(CLASS_OPEN, EMFILE) ? -1 : (int)syscall(SYS_socket, domain, type, protocol);
}

int accept4(int fd, struct sockaddr *from, socklen_t *size, int flags)
{
	return fails(CLASS_OPEN, EMFILE) ? -1 : (int)syscall(SYS_accept4, fd, from, size, flags);
}

int epoll_create1(int flags)
{
	return fails(CLASS_OPEN, EMFILE) ? -1 : (int)syscall(SYS_epoll_create1, flags);
}

int eventfd(unsigned count, int flags)
{
	return fails(CLASS_OPEN, EMFILE) ? -1 : (int)syscall(SYS_eventfd2, count, flags);
}

int dup(int fd)
{
	return fails(CLASS_OPEN, EMFILE) ? -1 : (int)syscall(SYS_dup, fd);
}

static int open_at(int dir, const char *path, int flags, va_list values)
{
	int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(values, int) : 0;

	return fails(CLASS_OPEN, EMFILE) ? -1 : (int)syscall(SYS_openat, dir, path, flags, mode);
}

#define OPEN(name)                                               \
	int name(const char *path, int flags, ...)               \
	{                                                        \
		va_list values;                                  \
		va_start(values, flags);                         \
		int fd = open_at(AT_FDCWD, path, flags, values); \
		va_end(values);                                  \
		return fd;                                       \
	}
#define OPEN_AT(name)                                       \
	int name(int dir, const char *path, int flags, ...) \
	{                                                   \
		va_list values;                             \
		va_start(values, flags);                    \
		int fd = open_at(dir, path, flags, values); \
		va_end(values);                             \
		return fd;                                  \
	}
OPEN(open)
OPEN(open64)
OPEN(__open_2)
OPEN(__open64_2)
OPEN_AT(openat)
OPEN_AT(openat64)

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size)
{
	return fails(CLASS_ALLOC, ENOMEM) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails(CLASS_ALLOC, ENOMEM) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return fails(CLASS_ALLOC, ENOMEM) ? NULL : __libc_realloc(old, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
	if (fails(CLASS_ALLOC, ENOMEM))
		return ENOMEM;
	*out = __libc_memalign(alignment, size);
	return *out != NULL ? 0 : ENOMEM;
}

/* A thread and a process need memory, too. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*work)(void *),
		   void *arg)
{
	int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) =
		dlsym(RTLD_NEXT, "pthread_create");
	return fails(CLASS_ALLOC, EAGAIN) ? EAGAIN : real(thread, attributes, work, arg);
}

pid_t fork(void)
{
	pid_t (*real)(void) = dlsym(RTLD_NEXT, "fork");
	return fails(CLASS_ALLOC, EAGAIN) ? -1 : real();
}
