/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sys/socket.h>
#include <unistd.h>

#include "base/chan.h"
#include "base/messages.h"
#include "tests/fuzz/fuzz.h"

/* The framing of a channel, and the dispatch by a table: a datagram as a compromised sibling would
 * write it. */
static enum err on_notify(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	const struct msg_notify *notify = message;

	(void)chan;
	assert(notify->topic.len <= msg->len);
	*(int *)arg += 1;
	return ERR_OK;
}

static const struct chan_row rows[] = {
	{MSG_NOTIFY, "notify", &msg_notify_codec, sizeof(struct msg_notify), 0, 0, on_notify},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf scratch;
	struct chan_msg msg = {.nfds = 0};
	int pair[2], seen = 0;

	if (size > CHAN_PAYLOAD_MAX || chan_pair(pair) != ERR_OK)
		return 0;
	buf_init(&scratch, CHAN_PAYLOAD_MAX + 64);
	if (send(pair[0], data, size, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)size &&
	    chan_receive(pair[1], &scratch, &msg, 0) == ERR_OK) {
		assert(msg.len + 12 == size && msg.nfds == 0);
		if (chan_dispatch(rows, 1, &seen, NULL, &msg) == ERR_OK) {
			assert(seen == 1 && msg.type == MSG_NOTIFY);
			fuzz_accepted();
		}
		chan_close_fds(&msg);
	}
	buf_clear(&scratch);
	close(pair[0]);
	close(pair[1]);
	return 0;
}
