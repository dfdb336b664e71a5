/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A link with a delay, for kernels without netem: one TUN device here, one in the network namespace
 * of a process, and every packet handed to the other side after MS milliseconds.
 *   delay MS PID HERE THERE           prints "ready"; the devices are the caller's to configure
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* What is on its way; more is dropped, as a full router does. */
enum { QUEUE_BYTES = 64 * 1024 * 1024, PACKET_MAX = 16 * 1024, BATCH = 64 };

struct packet {
	int64_t due;
	uint32_t len;
};

struct way {
	int from, to;
	uint8_t *ring;
	size_t head, tail; /* offsets that only grow */
};

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int tun(const char *name)
{
	struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);

	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request) != 0) {
		perror(name);
		exit(1);
	}
	return fd;
}

static size_t slot(size_t len)
{
	return (sizeof(struct packet) + len + 15) & ~(size_t)15;
}

/* Packets never wrap: what is left of the ring is skipped. */
static uint8_t *room(struct way *way)
{
	size_t need = slot(PACKET_MAX), at = way->head % QUEUE_BYTES;

	if (QUEUE_BYTES - at < need) {
		if (QUEUE_BYTES - at >= sizeof(struct packet))
			((struct packet *)(void *)(way->ring + at))->len = UINT32_MAX;
		way->head += QUEUE_BYTES - at;
		at = 0;
	}
	return way->head + need - way->tail <= QUEUE_BYTES ? way->ring + at : NULL;
}

static void take(struct way *way, int64_t delay)
{
	uint8_t dropped[PACKET_MAX];

	for (int i = 0; i < BATCH; i++) {
		uint8_t *at = room(way);
		ssize_t n = read(way->from, at ? at + sizeof(struct packet) : dropped, PACKET_MAX);

		if (n <= 0)
			return;
		if (!at)
			continue;
		*(struct packet *)(void *)at = (struct packet){now_ns() + delay, (uint32_t)n};
		way->head += slot((size_t)n);
	}
}

/* The oldest packet, or NULL. */
static struct packet *oldest(struct way *way)
{
	while (way->tail < way->head) {
		size_t at = way->tail % QUEUE_BYTES;
		struct packet *packet = (struct packet *)(void *)(way->ring + at);

		if (QUEUE_BYTES - at >= sizeof(struct packet) && packet->len != UINT32_MAX)
			return packet;
		way->tail += QUEUE_BYTES - at;
	}
	return NULL;
}

/* Hands over what is due; returns nanoseconds until the next, at most most. */
static int64_t give(struct way *way, int64_t most)
{
	for (struct packet *packet; (packet = oldest(way));) {
		int64_t left = packet->due - now_ns();

		if (left > 0)
			return left < most ? left : most;
		(void)!write(way->to, packet + 1, packet->len);
		way->tail += slot(packet->len);
	}
	return most;
}

int main(int argc, char **argv)
{
	char path[64];

	if (argc != 5)
		return 2;
	int64_t delay = (int64_t)(strtod(argv[1], NULL) * 1e6);
	int here = tun(argv[3]), there, ns;

	(void)snprintf(path, sizeof(path), "/proc/%s/ns/net", argv[2]);
	ns = open(path, O_RDONLY);
	if (ns < 0 || setns(ns, CLONE_NEWNET) != 0) {
		perror(path);
		return 1;
	}
	there = tun(argv[4]);
	struct way ways[2] = {{.from = here, .to = there, .ring = malloc(QUEUE_BYTES)},
			      {.from = there, .to = here, .ring = malloc(QUEUE_BYTES)}};
	struct pollfd both[2] = {{.fd = here, .events = POLLIN}, {.fd = there, .events = POLLIN}};
	if (!ways[0].ring || !ways[1].ring)
		return 1;
	puts("ready");
	fflush(stdout);
	for (;;) {
		int64_t wait = give(&ways[1], give(&ways[0], 1000000000));
		struct timespec limit = {wait / 1000000000, wait % 1000000000};

		(void)ppoll(both, 2, &limit, NULL);
		for (int i = 0; i < 2; i++)
			if (both[i].revents & POLLIN)
				take(&ways[i], delay);
	}
}
