/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Moves counted bytes over connected sockets, as fast as they go.
 *   bytes serve ADDRESS PORT          answers 'd' + count with that many bytes, takes 'u' + count
 * and says 'k' bytes run d|u COUNT FD…           asks that of each inherited descriptor at once;
 * prints seconds
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 256 * 1024, EVENTS = 64, REQUEST = 9, CONNECTIONS = 1024 };

struct line {
	int fd;
	char kind;
	uint8_t request[REQUEST];
	size_t asked;
	uint64_t left;
	int done;
};

static uint8_t chunk[CHUNK];
static struct line lines[CONNECTIONS];
static int epoll;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void watch(struct line *line, uint32_t events, int op)
{
	struct epoll_event event = {.events = events, .data.ptr = line};

	(void)epoll_ctl(epoll, op, line->fd, &event);
}

static size_t part(uint64_t left)
{
	return left < CHUNK ? (size_t)left : CHUNK;
}

/* Bytes moved now; -1: nothing more for the moment; 0: the other end is gone. */
static ssize_t move(struct line *line, int out)
{
	ssize_t n = out ? send(line->fd, chunk, part(line->left), MSG_NOSIGNAL | MSG_DONTWAIT)
			: recv(line->fd, chunk, part(line->left), MSG_DONTWAIT);

	if (n > 0)
		line->left -= (uint64_t)n;
	return n < 0 && errno != EAGAIN ? 0 : n;
}

/* ---- serve ---- */

static int serve_request(struct line *line)
{
	ssize_t n =
		recv(line->fd, line->request + line->asked, REQUEST - line->asked, MSG_DONTWAIT);

	if (n <= 0)
		return n < 0 && errno == EAGAIN ? -1 : 0;
	line->asked += (size_t)n;
	if (line->asked < REQUEST)
		return -1;
	line->asked = 0;
	line->kind = (char)line->request[0];
	memcpy(&line->left, line->request + 1, sizeof(line->left));
	watch(line, line->kind == 'd' ? EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
	return 1;
}

static void serve_one(struct line *line)
{
	ssize_t n = line->kind ? move(line, line->kind == 'd') : serve_request(line);

	if (n == 0) {
		close(line->fd);
		free(line);
		return;
	}
	if (line->kind && line->left == 0) {
		if (line->kind == 'u')
			(void)!write(line->fd, "k", 1);
		line->kind = 0;
		watch(line, EPOLLIN, EPOLL_CTL_MOD);
	}
}

static int serve(const char *address, const char *port)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)strtoul(port, NULL, 10))};
	struct epoll_event events[EVENTS];
	int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0);

	(void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (inet_pton(AF_INET, address, &at.sin_addr) != 1 ||
	    bind(listener, (struct sockaddr *)&at, sizeof(at)) != 0 || listen(listener, 512) != 0) {
		perror("bytes serve");
		return 1;
	}
	struct line door = {.fd = listener};
	watch(&door, EPOLLIN, EPOLL_CTL_ADD);
	puts("ready");
	fflush(stdout);
	for (;;) {
		int n = epoll_wait(epoll, events, EVENTS, -1);
		for (int i = 0; i < n; i++) {
			struct line *line = events[i].data.ptr;
			if (line != &door) {
				serve_one(line);
				continue;
			}
			line = calloc(1, sizeof(*line));
			line->fd = accept(listener, NULL, NULL);
			watch(line, EPOLLIN, EPOLL_CTL_ADD);
		}
	}
}

/* ---- run ---- */

static void ask(struct line *line, char kind, uint64_t count)
{
	uint8_t request[REQUEST] = {(uint8_t)kind};

	memcpy(request + 1, &count, sizeof(count));
	line->kind = kind;
	line->left = count;
	if (write(line->fd, request, REQUEST) != REQUEST)
		exit(1);
	watch(line, kind == 'd' ? EPOLLIN : EPOLLOUT, EPOLL_CTL_ADD);
}

/* 1: this one is finished. */
static int run_one(struct line *line)
{
	char ok;

	if (line->left == 0) { /* uploaded: its word is awaited */
		if (recv(line->fd, &ok, 1, MSG_DONTWAIT) != 1)
			exit(1);
		watch(line, 0, EPOLL_CTL_DEL);
		return 1;
	}
	if (move(line, line->kind == 'u') == 0) {
		(void)fprintf(stderr, "bytes run: a connection ended early\n");
		exit(1);
	}
	if (line->left)
		return 0;
	if (line->kind == 'u') {
		watch(line, EPOLLIN, EPOLL_CTL_MOD);
		return 0;
	}
	watch(line, 0, EPOLL_CTL_DEL);
	return 1;
}

static int run(char kind, uint64_t count, int connections, char **fds)
{
	struct epoll_event events[EVENTS];
	double start = now();
	int done = 0;

	for (int i = 0; i < connections; i++) {
		lines[i].fd = (int)strtol(fds[i], NULL, 10);
		ask(&lines[i], kind, count);
	}
	while (done < connections) {
		int n = epoll_wait(epoll, events, EVENTS, 60000);
		if (n <= 0) {
			(void)fprintf(stderr, "bytes run: nothing moved for a minute\n");
			return 1;
		}
		for (int i = 0; i < n; i++)
			done += run_one(events[i].data.ptr);
	}
	printf("%.6f\n", now() - start);
	return 0;
}

int main(int argc, char **argv)
{
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (argc == 4 && strcmp(argv[1], "serve") == 0)
		return serve(argv[2], argv[3]);
	if (argc >= 5 && argc - 4 <= CONNECTIONS && strcmp(argv[1], "run") == 0)
		return run(argv[2][0], strtoull(argv[3], NULL, 10), argc - 4, argv + 4);
	(void)fprintf(stderr, "bytes serve ADDRESS PORT | bytes run d|u COUNT FD…\n");
	return 2;
}
