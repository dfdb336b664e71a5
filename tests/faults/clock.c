/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Loaded into our programs before libc (LD_PRELOAD) by clock.sh, never installed: the wall clock
 * plus an offset of microseconds that stands in a file which the test and every process map.
 * Monotonic time stays what it is.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static _Atomic int64_t *offset;

__attribute__((constructor)) static void join_test(void)
{
	const char *path = getenv("SEKISHO_CONTROL");
	int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0)
		return;
	void *map = mmap(NULL, sizeof(*offset), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (map != MAP_FAILED)
		offset = map;
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
	int status = (int)syscall(SYS_clock_gettime, clock, out);

	if (status != 0 || offset == NULL ||
	    (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE))
		return status;
	int64_t us = (int64_t)out->tv_sec * 1000000 + out->tv_nsec / 1000 + atomic_load(offset);
	*out = (struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
	return 0;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	*out = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
	return 0;
}

time_t time(time_t *out)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}
