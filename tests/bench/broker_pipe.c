/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Stands in for sekisho-broker when the way of a session's bytes is measured: asks for the stream
 * to the target as a broker does, hands it to whoever listens on the abstract socket
 * "sekisho-bench", and lives until authority or that one goes. Everything before and behind it is
 * the real thing.
 */
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/chan.h"
#include "base/messages.h"
#include "sessions/job.h"

enum { WAIT_MS = 20000, WAITING = 2 };

static int collector(void)
{
	static const char name[] = "sekisho-bench";
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path + 1, name, sizeof(name) - 1);
	if (fd >= 0 &&
	    connect(fd, (struct sockaddr *)&address,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof(name))) != 0)
		return -1;
	return fd;
}

static bool hand_over(int collector_fd, int stream)
{
	char byte = 's';
	struct iovec part = {&byte, 1};
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = control.room,
				 .msg_controllen = sizeof(control.room)};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &stream, sizeof(int));
	return sendmsg(collector_fd, &message, MSG_NOSIGNAL) == 1;
}

static enum err say(int control, uint32_t type, uint32_t id, const struct codec *codec,
		    const void *message)
{
	struct buf out;
	enum err err;

	buf_init(&out, CHAN_PAYLOAD_MAX);
	codec_put(&out, codec, message);
	err = buf_failed(&out) ? ERR_MEMORY
			       : chan_send(control, type, id, out.data, out.len, NULL, 0, WAIT_MS);
	buf_clear(&out);
	return err;
}

/* Asks as connect.c does; -1: refused. */
static int stream_of(int control, struct buf *scratch)
{
	struct chan_msg msg;
	struct msg_broker_start start = {0};
	struct msg_broker_ready ready = {0};
	struct msg_broker_dial dial = {0};
	struct msg_broker_dialled dialled = {0};

	if (chan_receive(control, scratch, &msg, WAIT_MS) != ERR_OK ||
	    msg.type != MSG_BROKER_START ||
	    codec_get(&msg_broker_start_codec, msg.data, msg.len, &start) != ERR_OK)
		return -1;
	ready.session_id = dial.session_id = start.session_id;
	if (say(control, MSG_BROKER_READY, 0, &msg_broker_ready_codec, &ready) != ERR_OK ||
	    say(control, MSG_BROKER_DIAL, 1, &msg_broker_dial_codec, &dial) != ERR_OK)
		return -1;
	do { /* "waiting for a gateway" comes without one */
		if (chan_receive(control, scratch, &msg, WAIT_MS) != ERR_OK ||
		    codec_get(&msg_broker_dialled_codec, msg.data, msg.len, &dialled) != ERR_OK)
			return -1;
	} while (dialled.ok == WAITING);
	if (msg.nfds != 1)
		(void)fprintf(stderr, "not dialled: %.*s\n", (int)dialled.reason.len,
			      (const char *)dialled.reason.data);
	return chan_take_fd(&msg, 0);
}

int main(int argc, char **argv)
{
	int control = job_start("broker", argc, argv), to = collector();
	struct buf scratch;

	buf_init(&scratch, 2 * CHAN_PAYLOAD_MAX);
	int stream = stream_of(control, &scratch);
	if (to < 0 || stream < 0 || !hand_over(to, stream))
		return 1;
	close(stream);
	struct pollfd both[] = {{.fd = control, .events = 0}, {.fd = to, .events = POLLIN}};
	while (!((both[0].revents | both[1].revents) & (POLLHUP | POLLERR | POLLIN)))
		(void)poll(both, 2, -1);
	return 0;
}
