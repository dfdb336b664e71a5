/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

/*
 * Scope-exit release: `scoped(buf_clear) struct buf b;` runs buf_clear(&b) when b goes out of
 * scope. For pointers and descriptors the owner declares a _p form: `scoped(secret_free_p) struct
 * secret *s = NULL;`.
 */
#define scoped(release) __attribute__((cleanup(release)))

/* For `scoped(fd_close_p) int fd = -1;`: closes when >= 0. */
void fd_close_p(int *fd);

#endif
