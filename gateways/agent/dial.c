/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateways/agent/dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/sys.h"

enum { ADDRESSES_MAX = 8, TRY_MS = 4000 };

struct dial {
	struct loop *loop;
	struct resolver *resolver;
	const struct ranges *ranges;
	char *names[ADDRESSES_MAX];
	size_t name_count, name_at;
	uint16_t port;
	struct resolved list[RESOLVE_MAX];
	size_t count, at;
	int fd;
	struct loop_fd *handle;
	struct loop_timer *timer;
	struct lookup *lookup;
	int64_t deadline_us;
	enum gateway_reason reason;
	dial_done *done;
	void *arg;
};

static void dial_free(struct dial *dial)
{
	if (dial->handle)
		loop_fd_remove(dial->handle);
	if (dial->fd >= 0)
		close(dial->fd);
	if (dial->lookup)
		lookup_cancel(dial->lookup);
	loop_timer_free(dial->timer);
	for (size_t i = 0; i < dial->name_count; i++)
		free(dial->names[i]);
	free(dial);
}

static void dial_finish(struct dial *dial, int fd, enum gateway_reason reason)
{
	dial_done *done = dial->done;
	void *arg = dial->arg;

	dial->fd = -1;
	dial_free(dial);
	done(arg, fd, reason);
}

static enum gateway_reason reason_of(int error)
{
	switch (error) {
	case ECONNREFUSED: return GW_TARGET_REFUSED;
	case ETIMEDOUT: return GW_TARGET_TIMEOUT;
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM: return GW_BUSY;
	default: return GW_TARGET_UNREACHABLE;
	}
}

static void dial_next(struct dial *dial);

static void dial_drop(struct dial *dial, enum gateway_reason reason)
{
	dial->reason = reason;
	if (dial->handle)
		loop_fd_remove(dial->handle);
	dial->handle = NULL;
	if (dial->fd >= 0)
		close(dial->fd);
	dial->fd = -1;
}

static void dial_io(void *arg, int fd, uint32_t events)
{
	struct dial *dial = arg;
	socklen_t len = sizeof(int);
	int error = 0;

	(void)events;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		error = errno;
	if (error == 0) {
		loop_fd_remove(dial->handle);
		dial->handle = NULL;
		dial_finish(dial, fd, GW_REASON_NONE);
		return;
	}
	dial_drop(dial, reason_of(error));
	dial_next(dial);
}

static void dial_timeout(void *arg)
{
	struct dial *dial = arg;

	dial_drop(dial, GW_TARGET_TIMEOUT);
	dial_next(dial);
}

/* True when a connection is under way. */
static bool dial_try(struct dial *dial, const struct resolved *one, int64_t left_us)
{
	const struct sockaddr *address = (const void *)&one->address;
	int64_t limit = left_us < TRY_MS * 1000 ? left_us : TRY_MS * 1000;

	if (!range_allows(dial->ranges, address)) {
		dial->reason = GW_ADDRESS_DENIED;
		return false;
	}
	dial->fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (dial->fd < 0) {
		dial->reason = reason_of(errno);
		return false;
	}
	if (connect(dial->fd, address, one->len) != 0 && errno != EINPROGRESS) {
		dial_drop(dial, reason_of(errno));
		return false;
	}
	dial->handle = loop_fd_add(dial->loop, dial->fd, EPOLLOUT, dial_io, dial);
	if (!dial->handle) {
		dial_drop(dial, GW_BUSY);
		return false;
	}
	/* The last address may use all the time that is left. */
	loop_timer_set(dial->timer, dial->at == dial->count && dial->name_at == dial->name_count
					    ? left_us
					    : limit);
	return true;
}

static void dial_resolved(void *arg, const struct resolved *list, size_t count)
{
	struct dial *dial = arg;

	dial->lookup = NULL;
	memcpy(dial->list, list, count * sizeof(*list));
	dial->count = count;
	dial->at = 0;
	if (count == 0)
		dial->reason = GW_TARGET_NAME;
	dial_next(dial);
}

static bool numeric(const char *text, uint16_t port, struct resolved *out)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};

	if (inet_pton(AF_INET, text, &four.sin_addr) == 1) {
		memcpy(&out->address, &four, sizeof(four));
		out->len = sizeof(four);
		return true;
	}
	if (inet_pton(AF_INET6, text, &six.sin6_addr) == 1) {
		memcpy(&out->address, &six, sizeof(six));
		out->len = sizeof(six);
		return true;
	}
	return false;
}

/* Fills the list from the next name; true when the answer comes later. */
static bool dial_name(struct dial *dial, int64_t left_us)
{
	const char *name = dial->names[dial->name_at++];

	dial->at = 0;
	dial->count = numeric(name, dial->port, &dial->list[0]) ? 1 : 0;
	if (dial->count)
		return false;
	dial->lookup = lookup_start(dial->resolver, name, dial->port, dial_resolved, dial);
	if (!dial->lookup) {
		dial->reason = GW_BUSY;
		return false;
	}
	loop_timer_set(dial->timer, left_us);
	return true;
}

static void dial_next(struct dial *dial)
{
	for (;;) {
		int64_t left = dial->deadline_us - sys_mono_us();

		if (dial->lookup) {
			lookup_cancel(dial->lookup);
			dial->lookup = NULL;
		}
		loop_timer_stop(dial->timer);
		if (left <= 0) {
			dial_finish(dial, -1, GW_TARGET_TIMEOUT);
			return;
		}
		if (dial->at < dial->count) {
			if (dial_try(dial, &dial->list[dial->at++], left))
				return;
			continue;
		}
		if (dial->name_at == dial->name_count) {
			dial_finish(dial, -1, dial->reason);
			return;
		}
		if (dial_name(dial, left))
			return;
	}
}

/* From the loop: the caller never sees its answer before dial_start returned. */
static void dial_begin(void *arg)
{
	struct dial *dial = arg;

	loop_timer_free(dial->timer);
	dial->timer = loop_timer_new(dial->loop, dial_timeout, dial);
	if (!dial->timer) {
		dial_finish(dial, -1, GW_BUSY);
		return;
	}
	dial_next(dial);
}

struct dial *dial_start(struct loop *loop, struct resolver *resolver, const struct ranges *ranges,
			const char *const *addresses, size_t count, uint16_t port, int timeout_ms,
			dial_done *done, void *arg)
{
	struct dial *dial = calloc(1, sizeof(*dial));

	if (!dial)
		return NULL;
	*dial = (struct dial){.loop = loop,
			      .resolver = resolver,
			      .ranges = ranges,
			      .port = port,
			      .fd = -1,
			      .deadline_us = sys_mono_us() + timeout_ms * INT64_C(1000),
			      .reason = GW_TARGET_UNREACHABLE,
			      .done = done,
			      .arg = arg};
	for (size_t i = 0; i < count && i < ADDRESSES_MAX; i++) {
		dial->names[i] = strdup(addresses[i]);
		if (!dial->names[i])
			break;
		dial->name_count++;
	}
	dial->timer = loop_timer_new(loop, dial_begin, dial);
	if (!dial->timer || dial->name_count == 0) {
		dial_free(dial);
		return NULL;
	}
	loop_timer_set(dial->timer, 0);
	return dial;
}

void dial_cancel(struct dial *dial)
{
	if (dial)
		dial_free(dial);
}
