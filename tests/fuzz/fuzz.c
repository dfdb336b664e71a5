/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool accepted; /* one thread */

void fuzz_accepted(void)
{
	accepted = true;
}

bool fuzz_was_accepted(void)
{
	bool was = accepted;

	accepted = false;
	return was;
}

int fuzz_file(const void *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

static char *take(struct rd *rd, size_t len)
{
	const uint8_t *bytes = rd_bytes(rd, len);
	char *text = malloc(len + 1);

	assert(text != NULL);
	if (len > 0 && bytes != NULL)
		memcpy(text, bytes, len);
	text[bytes != NULL ? len : 0] = '\0';
	return text;
}

char *fuzz_line(struct rd *rd)
{
	size_t left = rd_left(rd);
	const uint8_t *at = rd->data + rd->at;
	const uint8_t *end = left > 0 ? memchr(at, '\n', left) : NULL;
	char *line = take(rd, end != NULL ? (size_t)(end - at) : left);

	if (end != NULL)
		(void)rd_u8(rd);
	return line;
}

char *fuzz_rest(struct rd *rd)
{
	return take(rd, rd_left(rd));
}
