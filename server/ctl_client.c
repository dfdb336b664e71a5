/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/ctl_client.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/chan.h"
#include "base/cleanup.h"

enum { REPLY_MS = 60000, SEND_MS = 5000, BUFFER = 1024 * 1024 };

enum err ctl_connect(struct ctx *ctx, const char *path, int *out_fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int size = BUFFER;

	if (strlen(path) >= sizeof(address.sun_path))
		return err_set(ctx, ERR_UNAVAILABLE, "%s is too long", path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	}
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	    fcntl(fd, F_SETFL, O_NONBLOCK) == 0) {
		*out_fd = fd;
		return ERR_OK;
	}
	bool absent = errno == ENOENT || errno == ECONNREFUSED;
	const char *why = absent ? "sekishod does not run here" : strerror(errno);
	fd_close_p(&fd);
	return err_set(ctx, ERR_UNAVAILABLE, "%s: %s", path, why);
}

enum err ctl_ask(struct ctx *ctx, int fd, const char *name, const char *words, int secret_fd,
		 struct buf *scratch, struct msg_command_result *out)
{
	scoped(buf_clear) struct buf payload;
	const struct msg_command command = {
		.name = {(const uint8_t *)name, strlen(name)},
		.argument = {(const uint8_t *)words, strlen(words)},
	};
	struct chan_msg answer;

	buf_init(&payload, CHAN_PAYLOAD_MAX);
	codec_put(&payload, &msg_command_codec, &command);
	if (buf_failed(&payload))
		return err_set(ctx, ERR_TOO_LARGE, "the argument is too long");
	enum err code = chan_send(fd, MSG_COMMAND, 1, payload.data, payload.len, &secret_fd,
				  secret_fd >= 0 ? 1 : 0, SEND_MS);
	if (code == ERR_OK)
		code = chan_receive(fd, scratch, &answer, REPLY_MS);
	if (code != ERR_OK)
		return err_set(ctx, ERR_UNAVAILABLE, "no answer (%s)", err_code(code));
	chan_close_fds(&answer);
	if (answer.type != MSG_COMMAND_RESULT ||
	    codec_get(&msg_command_result_codec, answer.data, answer.len, out) != ERR_OK)
		return err_set(ctx, ERR_INPUT, "the answer is malformed");
	return ERR_OK;
}
