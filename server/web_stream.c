/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/body.h"
#include "base/log.h"
#include "server/web_inner.h"

/* A pipe as the body of an answer. When it is empty the connection sleeps and the loop watches the
 * pipe: no thread ever waits for a slow writer. */

enum { BLOCK = 32 * 1024 };

struct stream {
	struct loop *loop;
	struct MHD_Connection *connection;
	struct loop_fd *watch; /* loop thread, while asleep */
	int fd;
	bool frames;
	struct body_in in;
};

static void on_readable(void *arg, int fd, uint32_t events)
{
	struct stream *stream = arg;

	(void)fd;
	(void)events;
	loop_fd_remove(stream->watch);
	stream->watch = NULL;
	MHD_resume_connection(stream->connection); /* the stream may be gone from here on */
}

static void start_watch(void *arg)
{
	struct stream *stream = arg;

	stream->watch = loop_fd_add(stream->loop, stream->fd, EPOLLIN, on_readable, stream);
	if (stream->watch == NULL)
		MHD_resume_connection(stream->connection);
}

static ssize_t read_bytes(int fd, char *out, size_t max)
{
	ssize_t got;

	do
		got = read(fd, out, max);
	while (got < 0 && errno == EINTR);
	return got;
}

/* After a writer that died the connection ends without the end of the body: nobody takes it for
 * whole. */
static ssize_t read_pipe(void *cls, uint64_t pos, char *out, size_t max)
{
	struct stream *stream = cls;
	ssize_t got = stream->frames ? body_read(&stream->in, stream->fd, out, max)
				     : read_bytes(stream->fd, out, max);

	(void)pos;
	if (got > 0)
		return got;
	if (got == 0)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (errno != EAGAIN) {
		log_event(LOG_LEVEL_WARN, NULL, "body_cut", "reason", strerror(errno), NULL);
		return MHD_CONTENT_READER_END_WITH_ERROR;
	}
	MHD_suspend_connection(stream->connection);
	if (!loop_call(stream->loop, start_watch, stream))
		MHD_resume_connection(stream->connection);
	return 0;
}

static void free_stream(void *cls)
{
	struct stream *stream = cls;

	close(stream->fd);
	free(stream);
}

struct MHD_Response *web_stream_response(struct web_request *request, int fd, bool frames)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	int flags = fcntl(fd, F_GETFL);

	if (stream == NULL || flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
		close(fd);
		free(stream);
		return NULL;
	}
	*stream = (struct stream){.loop = request->web->params.loop,
				  .connection = request->connection,
				  .fd = fd,
				  .frames = frames};
	struct MHD_Response *response = MHD_create_response_from_callback(
		MHD_SIZE_UNKNOWN, BLOCK, read_pipe, stream, free_stream);
	if (response == NULL)
		free_stream(stream);
	return response;
}
