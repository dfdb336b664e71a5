/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/secret.h"
#include "tests/containment/attack.h"

/* A replay process lives for milliseconds: the attacker holds it where it has all that it gets, the
 * recording, its key and the way out. */

enum err __real_secret_read_fd(int fd, size_t max, int timeout_ms, struct secret **out);
enum err __wrap_secret_read_fd(int fd, size_t max, int timeout_ms, struct secret **out);

enum err __wrap_secret_read_fd(int fd, size_t max, int timeout_ms, struct secret **out)
{
	enum err err = __real_secret_read_fd(fd, max, timeout_ms, out);

	attack_hold();
	return err;
}
