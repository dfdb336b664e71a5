/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Loaded into our programs before libc (LD_PRELOAD) by the loops of nth.py, never installed: makes
 * the Nth call of one class in one role fail. What to fail stands in a file that the loop and every
 * process map; it is opened before the process confines itself.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

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

/* nth.py writes these as little-endian numbers at the same offsets. */
struct control {
	_Atomic uint32_t class;
	_Atomic uint32_t nth;
	_Atomic uint32_t count;
	_Atomic uint32_t fired;
	char role[32];
};
static struct control *control;
static char role[32];

__attribute__((constructor)) static void join_loop(void)
{
	const char *path = getenv("SEKISHO_NTH");
	int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
	if (fd < 0)
		return;
	void *map = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)snprintf(role, sizeof(role), "%s", program_invocation_short_name);
	(void)syscall(SYS_close, fd);
	if (map != MAP_FAILED)
		control = map;
}

static int fails(enum class class, int code)
{
	if (control == NULL || atomic_load(&control->class) != (uint32_t) class ||
	    strncmp(control->role, role, sizeof(role)) != 0)
		return 0;
	if (atomic_fetch_add(&control->count, 1) + 1 != atomic_load(&control->nth))
		return 0;
	atomic_store(&control->fired, 1);
	errno = code;
	return 1;
}

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

int openat(int dir, const char *path, int flags, ...)
{
	va_list values;

	va_start(values, flags);
	int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(values, int) : 0;
	va_end(values);
	return fails(CLASS_OPEN, EMFILE) ? -1 : (int)syscall(SYS_openat, dir, path, flags, mode);
}

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
