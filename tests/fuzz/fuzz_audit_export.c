/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "audit/verify/verify.h"
#include "tests/fuzz/fuzz.h"

/* The verifier must have an opinion on any file, and no other outcome. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct recording_facts facts = {0};
	char path[64];
	int fd = memfd_create("export", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size) {
		close(fd);
		return 0;
	}
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (verify_export(path, NULL, &facts, true) == VERDICT_OK)
		fuzz_accepted();
	close(fd);
	return 0;
}
