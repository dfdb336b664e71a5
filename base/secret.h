/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Plain-text secrets live only here: libsodium guarded, locked memory, wiped on free. No printf
 * path, never in an arena, a JSON tree, a log line or a process argument.
 */
struct secret;

enum { SECRET_MAX = 64 * 1024 };

/* A zeroed secret of exactly len bytes (<= SECRET_MAX); NULL when memory cannot be had. */
struct secret *secret_new(size_t len);
/* Copies data in; the caller wipes its own copy. */
struct secret *secret_from(const void *data, size_t len);
void secret_free(struct secret *secret);
void secret_free_p(struct secret **secret);
uint8_t *secret_data(struct secret *secret);
const uint8_t *secret_bytes(const struct secret *secret);
size_t secret_len(const struct secret *secret);
/* Shortens to len; the tail is wiped. */
void secret_truncate(struct secret *secret, size_t len);
/* Constant time for equal lengths (sodium_memcmp). */
bool secret_equal(const struct secret *a, const struct secret *b);
/* True when the kernel really locked the pages of the last secret_new (RLIMIT_MEMLOCK may refuse
 * silently). */
bool secret_locking_works(void);

/* Secrets travel between processes through pipes, never inside messages.
 * secret_pipe: *out_fd is the read end of a pipe that already holds the whole secret and is closed
 * for writing (so len <= 64 KiB never blocks). Caller closes or passes it. */
enum err secret_pipe(const struct secret *secret, int *out_fd) ERR_CHECKED;
/* An empty pipe (read end, write end) that somebody else writes one secret into. Neither end ever
 * makes its holder wait: the keeper refuses a write end that could. */
enum err secret_pipe_empty(int out_ends[2]) ERR_CHECKED;
/* Reads a whole secret of at most max bytes until end of file, waiting at most timeout_ms;
 * ERR_TOO_LARGE, ERR_UNAVAILABLE (time), ERR_IO. Does not close fd. */
enum err secret_read_fd(int fd, size_t max, int timeout_ms, struct secret **out) ERR_CHECKED;
/* Writes it whole to fd. */
enum err secret_write_fd(const struct secret *secret, int fd) ERR_CHECKED;

/* Erases ordinary memory in a way the compiler keeps. */
void wipe(void *data, size_t len);

#endif
