/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_BODY_H
#define BASE_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * Bytes of unknown length between two processes, of which the writer may die on the way: what was
 * cut must not look whole, and the end of a pipe alone does not tell. So they go in frames, a
 * length (u32, this machine's order) before each, and a frame without bytes is the end.
 */
struct body_out {
	int fd;
	bool plain; /* no frames: a file */
};
/* Waits until all is written. ERR_IO with errno. len 0: nothing. */
enum err body_put(const struct body_out *out, const void *data, size_t len) ERR_CHECKED;
/* All was said. */
enum err body_end(const struct body_out *out) ERR_CHECKED;

/* All zero at the start. */
struct body_in {
	uint32_t left; /* of the frame */
	uint8_t head[4];
	size_t head_len;
	bool ended;
};
/* As read(2): bytes; 0 only after the writer's end; -1 with errno, EAGAIN: nothing yet, EPIPE: cut.
 */
ssize_t body_read(struct body_in *in, int fd, void *data, size_t max);

#endif
