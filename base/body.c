/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/body.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/sys.h"

enum { FRAME_MAX = 1 << 30 };

static enum err put_frame(int fd, const void *data, uint32_t len)
{
	return sys_write_full(fd, &len, sizeof(len)) == 0 && sys_write_full(fd, data, len) == 0
		       ? ERR_OK
		       : ERR_IO;
}

enum err body_put(const struct body_out *out, const void *data, size_t len)
{
	if (len == 0)
		return ERR_OK;
	if (out->plain)
		return sys_write_full(out->fd, data, len) == 0 ? ERR_OK : ERR_IO;
	return len <= FRAME_MAX ? put_frame(out->fd, data, (uint32_t)len) : ERR_TOO_LARGE;
}

enum err body_end(const struct body_out *out)
{
	return out->plain ? ERR_OK : put_frame(out->fd, "", 0);
}

static ssize_t read_some(int fd, void *data, size_t max)
{
	ssize_t got;

	do
		got = read(fd, data, max);
	while (got < 0 && errno == EINTR);
	if (got == 0) {
		errno = EPIPE;
		return -1;
	}
	return got;
}

/* False: as read_some() below 0. */
static bool read_head(struct body_in *in, int fd)
{
	while (in->head_len < sizeof(in->head)) {
		ssize_t got =
			read_some(fd, in->head + in->head_len, sizeof(in->head) - in->head_len);
		if (got < 0)
			return false;
		in->head_len += (size_t)got;
	}
	in->head_len = 0;
	memcpy(&in->left, in->head, sizeof(in->left));
	in->ended = in->left == 0;
	return true;
}

ssize_t body_read(struct body_in *in, int fd, void *data, size_t max)
{
	if (in->left == 0 && !in->ended && !read_head(in, fd))
		return -1;
	if (in->ended)
		return 0;
	ssize_t got = read_some(fd, data, max < in->left ? max : in->left);
	if (got > 0)
		in->left -= (uint32_t)got;
	return got;
}
