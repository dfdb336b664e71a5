/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_SYS_H
#define BASE_SYS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * The one table through which clock, randomness and our own files are reached, so that tests can
 * inject time and faults. Everything else uses the sys_* functions below.
 */
struct sys_ops {
	int64_t (*real_us)(void); /* UTC microseconds since 1970 */
	int64_t (*mono_us)(void);
	int (*random)(void *data, size_t len); /* 0, or -1 */
	int (*open)(const char *path, int flags, mode_t mode);
	ssize_t (*read)(int fd, void *data, size_t len);
	ssize_t (*write)(int fd, const void *data, size_t len);
	ssize_t (*pread)(int fd, void *data, size_t len, off_t at);
	ssize_t (*pwrite)(int fd, const void *data, size_t len, off_t at);
	int (*fdatasync)(int fd);
	int (*rename)(const char *from, const char *to);
	int (*unlink)(const char *path);
};

/* Replaces the table (tests only; call before threads start); NULL restores the real one. */
void sys_replace(const struct sys_ops *table);
const struct sys_ops *sys_table(void);

int64_t sys_real_us(void);
int64_t sys_mono_us(void);
/* Processor time that this thread has used, in microseconds: how busy the machine is does not show
 * in differences of it. */
int64_t sys_thread_us(void);
/* Never fails: aborts the process when the kernel gives no randomness. */
void sys_random(void *data, size_t len);
int sys_open(const char *path, int flags, mode_t mode);
/* Reads up to len until end of file; short only at end; -1 on error. Retries EINTR. */
ssize_t sys_read_full(int fd, void *data, size_t len);
/* Writes all; 0, or -1 with errno. */
int sys_write_full(int fd, const void *data, size_t len);
/* Replaces path atomically: temporary file beside it, write, sync, rename, sync of the folder. */
enum err sys_replace_file(const char *path, const void *data, size_t len, mode_t mode) ERR_CHECKED;
/* Reads a whole small file; caller frees *out; ERR_NOT_FOUND, ERR_TOO_LARGE, ERR_IO. */
enum err sys_read_file(const char *path, size_t max, uint8_t **out, size_t *out_len) ERR_CHECKED;

#endif
