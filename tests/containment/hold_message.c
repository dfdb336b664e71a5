/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/chan.h"
#include "tests/containment/attack.h"

/* A saml or oidc process lives for one message: the attacker holds it where it has that message and
 * the descriptors that came with it, before it answers. */

enum err __real_chan_receive(int fd, struct buf *scratch, struct chan_msg *out, int timeout_ms);
enum err __wrap_chan_receive(int fd, struct buf *scratch, struct chan_msg *out, int timeout_ms);

enum err __wrap_chan_receive(int fd, struct buf *scratch, struct chan_msg *out, int timeout_ms)
{
	static bool was_held; /* the attempts receive, too */
	enum err err = __real_chan_receive(fd, scratch, out, timeout_ms);

	if (!was_held) {
		was_held = true;
		attack_hold();
	}
	return err;
}
