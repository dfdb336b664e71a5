/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static int64_t clock_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t real_us(void)
{
	return clock_us(CLOCK_REALTIME);
}

static int64_t mono_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

static int kernel_random(void *data, size_t len)
{
	uint8_t *at = data;

	while (len > 0) {
		ssize_t got = getrandom(at, len, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		at += got;
		len -= (size_t)got;
	}
	return 0;
}

static int open_file(const char *path, int flags, mode_t mode)
{
	return open(path, flags | O_CLOEXEC, mode);
}

static const struct sys_ops kernel_ops = {
	.real_us = real_us,
	.mono_us = mono_us,
	.random = kernel_random,
	.open = open_file,
	.read = read,
	.write = write,
	.pread = pread,
	.pwrite = pwrite,
	.fdatasync = fdatasync,
	.rename = rename,
	.unlink = unlink,
};

static const struct sys_ops *ops = &kernel_ops;

void sys_replace(const struct sys_ops *table)
{
	ops = table != NULL ? table : &kernel_ops;
}

const struct sys_ops *sys_table(void)
{
	return ops;
}

int64_t sys_real_us(void)
{
	return ops->real_us();
}

int64_t sys_mono_us(void)
{
	return ops->mono_us();
}

int64_t sys_thread_us(void)
{
	return clock_us(CLOCK_THREAD_CPUTIME_ID);
}

void sys_random(void *data, size_t len)
{
	if (ops->random(data, len) != 0)
		abort(); /* going on with predictable keys would be worse */
}

int sys_open(const char *path, int flags, mode_t mode)
{
	return ops->open(path, flags, mode);
}

ssize_t sys_read_full(int fd, void *data, size_t len)
{
	size_t at = 0;

	while (at < len) {
		ssize_t got = ops->read(fd, (uint8_t *)data + at, len - at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		at += (size_t)got;
	}
	return (ssize_t)at;
}

int sys_write_full(int fd, const void *data, size_t len)
{
	size_t at = 0;

	while (at < len) {
		ssize_t put = ops->write(fd, (const uint8_t *)data + at, len - at);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return -1;
		at += (size_t)put;
	}
	return 0;
}

static enum err sync_folder_of(const char *path)
{
	char folder[4096];

	if (snprintf(folder, sizeof(folder), "%s", path) >= (int)sizeof(folder))
		return ERR_IO;
	char *slash = strrchr(folder, '/');
	if (slash == NULL)
		snprintf(folder, sizeof(folder), ".");
	else
		*(slash == folder ? slash + 1 : slash) = '\0';
	int fd = ops->open(folder, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return ERR_IO;
	int failed = fsync(fd);
	close(fd);
	return failed ? ERR_IO : ERR_OK;
}

static enum err write_new_file(const char *path, const void *data, size_t len, mode_t mode)
{
	int fd = ops->open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode);

	if (fd < 0)
		return ERR_IO;
	bool failed = sys_write_full(fd, data, len) != 0 || ops->fdatasync(fd) != 0;
	failed = close(fd) != 0 || failed;
	return failed ? ERR_IO : ERR_OK;
}

enum err sys_replace_file(const char *path, const void *data, size_t len, mode_t mode)
{
	char temporary[4096];

	if (snprintf(temporary, sizeof(temporary), "%s.new", path) >= (int)sizeof(temporary))
		return ERR_IO;
	enum err err = write_new_file(temporary, data, len, mode);
	if (err == ERR_OK && ops->rename(temporary, path) != 0)
		err = ERR_IO;
	if (err != ERR_OK) {
		ops->unlink(temporary);
		return err;
	}
	return sync_folder_of(path);
}

enum err sys_read_file(const char *path, size_t max, uint8_t **out, size_t *out_len)
{
	int fd = ops->open(path, O_RDONLY, 0);

	if (fd < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	uint8_t *data = malloc(max + 1);
	ssize_t got = data != NULL ? sys_read_full(fd, data, max + 1) : -1;
	close(fd);
	enum err err = data == NULL	   ? ERR_MEMORY
		       : got < 0	   ? ERR_IO
		       : (size_t)got > max ? ERR_TOO_LARGE
					   : ERR_OK;
	if (err != ERR_OK) {
		free(data);
		return err;
	}
	*out = data;
	*out_len = (size_t)got;
	return ERR_OK;
}
