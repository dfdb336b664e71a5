/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <unistd.h>

#include "base/body.h"
#include "tests/fuzz/fuzz.h"

/* A streamed answer between two processes: never more bytes than were sent, and whole only after
 * the writer's own end. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = fuzz_file(data, size);
	struct body_in in = {0};
	uint8_t part[7];
	size_t got = 0;
	ssize_t len;

	while ((len = body_read(&in, fd, part, sizeof(part))) > 0) {
		got += (size_t)len;
		assert(got <= size);
	}
	assert(len == 0 ? in.ended && got + 4 <= size : errno == EPIPE && !in.ended);
	if (len == 0)
		fuzz_accepted();
	close(fd);
	return 0;
}
