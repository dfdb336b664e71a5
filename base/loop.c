/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/loop.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/sys.h"

enum { EVENTS_PER_ROUND = 64, CALLS_MAX = 65536 };

struct loop_fd {
	struct loop *loop;
	int fd;
	loop_fd_cb *cb;
	void *arg;
	bool removed;
	struct loop_fd *next_removed;
};

struct loop_timer {
	struct loop *loop;
	loop_timer_cb *cb;
	void *arg;
	int64_t due;
	size_t place; /* in the heap, 1-based; 0: not set */
};

struct call {
	void (*fn)(void *arg);
	void *arg;
	struct call *next;
};

struct loop {
	int epoll;
	int wake;
	atomic_bool stop;
	struct loop_fd
		*removed; /* freed after the round, so that callbacks may remove each other */
	struct loop_timer **heap;
	size_t heap_len, heap_size;
	pthread_mutex_t lock; /* guards the calls */
	struct call *first, **last;
	size_t calls;
};

struct loop *loop_new(void)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (loop == NULL)
		return NULL;
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	loop->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	loop->last = &loop->first;
	pthread_mutex_init(&loop->lock, NULL);
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
	if (loop->epoll < 0 || loop->wake < 0 ||
	    epoll_ctl(loop->epoll, EPOLL_CTL_ADD, loop->wake, &event) != 0) {
		loop_free(loop);
		return NULL;
	}
	return loop;
}

static void free_removed(struct loop *loop)
{
	while (loop->removed != NULL) {
		struct loop_fd *handle = loop->removed;
		loop->removed = handle->next_removed;
		free(handle);
	}
}

void loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	free_removed(loop);
	while (loop->first != NULL) {
		struct call *call = loop->first;
		loop->first = call->next;
		free(call);
	}
	if (loop->epoll >= 0)
		close(loop->epoll);
	if (loop->wake >= 0)
		close(loop->wake);
	free(loop->heap);
	pthread_mutex_destroy(&loop->lock);
	free(loop);
}

static void wake_up(struct loop *loop)
{
	uint64_t one = 1;

	if (write(loop->wake, &one, sizeof(one)) < 0) {
		/* EAGAIN: the counter is full, so the loop is already awake */
	}
}

void loop_stop(struct loop *loop)
{
	atomic_store(&loop->stop, true);
	wake_up(loop);
}

bool loop_call(struct loop *loop, void (*fn)(void *arg), void *arg)
{
	struct call *call = malloc(sizeof(*call));

	if (call == NULL)
		return false;
	*call = (struct call){.fn = fn, .arg = arg};
	pthread_mutex_lock(&loop->lock);
	bool room = loop->calls < CALLS_MAX;
	if (room) {
		*loop->last = call;
		loop->last = &call->next;
		loop->calls++;
	}
	pthread_mutex_unlock(&loop->lock);
	if (!room) {
		free(call);
		return false;
	}
	wake_up(loop);
	return true;
}

static void run_calls(struct loop *loop)
{
	uint64_t count;

	if (read(loop->wake, &count, sizeof(count)) < 0) {
		/* EAGAIN: nothing to drain */
	}
	pthread_mutex_lock(&loop->lock);
	struct call *call = loop->first;
	loop->first = NULL;
	loop->last = &loop->first;
	loop->calls = 0;
	pthread_mutex_unlock(&loop->lock);
	while (call != NULL) {
		struct call *next = call->next;
		call->fn(call->arg);
		free(call);
		call = next;
	}
}

struct loop_fd *loop_fd_add(struct loop *loop, int fd, uint32_t events, loop_fd_cb *cb, void *arg)
{
	struct loop_fd *handle = calloc(1, sizeof(*handle));

	if (handle == NULL)
		return NULL;
	*handle = (struct loop_fd){.loop = loop, .fd = fd, .cb = cb, .arg = arg};
	struct epoll_event event = {.events = events, .data.ptr = handle};
	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
		free(handle);
		return NULL;
	}
	return handle;
}

void loop_fd_events(struct loop_fd *handle, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = handle};

	epoll_ctl(handle->loop->epoll, EPOLL_CTL_MOD, handle->fd, &event);
}

void loop_fd_remove(struct loop_fd *handle)
{
	if (handle == NULL || handle->removed)
		return;
	epoll_ctl(handle->loop->epoll, EPOLL_CTL_DEL, handle->fd, NULL);
	handle->removed = true;
	handle->next_removed = handle->loop->removed;
	handle->loop->removed = handle;
}

/* Binary heap of timers by due time; heap[0] is place 1. */
static void place(struct loop *loop, size_t at, struct loop_timer *timer)
{
	loop->heap[at - 1] = timer;
	timer->place = at;
}

static void sift_up(struct loop *loop, size_t at)
{
	struct loop_timer *timer = loop->heap[at - 1];

	while (at > 1 && loop->heap[at / 2 - 1]->due > timer->due) {
		place(loop, at, loop->heap[at / 2 - 1]);
		at /= 2;
	}
	place(loop, at, timer);
}

static void sift_down(struct loop *loop, size_t at)
{
	struct loop_timer *timer = loop->heap[at - 1];

	for (;;) {
		size_t child = at * 2;
		if (child > loop->heap_len)
			break;
		if (child < loop->heap_len && loop->heap[child]->due < loop->heap[child - 1]->due)
			child++;
		if (loop->heap[child - 1]->due >= timer->due)
			break;
		place(loop, at, loop->heap[child - 1]);
		at = child;
	}
	place(loop, at, timer);
}

struct loop_timer *loop_timer_new(struct loop *loop, loop_timer_cb *cb, void *arg)
{
	struct loop_timer *timer = calloc(1, sizeof(*timer));

	if (timer != NULL)
		*timer = (struct loop_timer){.loop = loop, .cb = cb, .arg = arg};
	return timer;
}

void loop_timer_stop(struct loop_timer *timer)
{
	if (timer == NULL || timer->place == 0)
		return;
	struct loop *loop = timer->loop;
	size_t at = timer->place;

	timer->place = 0;
	struct loop_timer *last = loop->heap[--loop->heap_len];
	if (last == timer)
		return;
	place(loop, at, last);
	sift_up(loop, at);
	sift_down(loop, last->place);
}

void loop_timer_set(struct loop_timer *timer, int64_t delay_us)
{
	struct loop *loop = timer->loop;

	loop_timer_stop(timer);
	if (loop->heap_len == loop->heap_size) {
		size_t size = loop->heap_size == 0 ? 16 : loop->heap_size * 2;
		struct loop_timer **heap = realloc(loop->heap, size * sizeof(struct loop_timer *));
		if (heap == NULL)
			abort(); /* a deadline that silently never fires would break a promise */
		loop->heap = heap;
		loop->heap_size = size;
	}
	timer->due = sys_mono_us() + (delay_us > 0 ? delay_us : 0);
	place(loop, ++loop->heap_len, timer);
	sift_up(loop, loop->heap_len);
}

void loop_timer_free(struct loop_timer *timer)
{
	if (timer == NULL)
		return;
	loop_timer_stop(timer);
	free(timer);
}

/* Only timers due when the round began: one that re-arms itself with 0 cannot starve the
 * descriptors. */
static void run_timers(struct loop *loop)
{
	int64_t now = sys_mono_us();

	while (loop->heap_len > 0 && loop->heap[0]->due <= now) {
		struct loop_timer *timer = loop->heap[0];
		loop_timer_stop(timer);
		timer->cb(timer->arg);
	}
}

static int wait_ms(struct loop *loop, int timeout_ms)
{
	if (loop->heap_len == 0)
		return timeout_ms;
	int64_t left = (loop->heap[0]->due - sys_mono_us() + 999) / 1000;
	int until = left < 0 ? 0 : left > 60000 ? 60000 : (int)left;
	return timeout_ms >= 0 && timeout_ms < until ? timeout_ms : until;
}

enum err loop_once(struct loop *loop, int timeout_ms)
{
	struct epoll_event events[EVENTS_PER_ROUND];
	int count = epoll_wait(loop->epoll, events, EVENTS_PER_ROUND, wait_ms(loop, timeout_ms));

	if (count < 0 && errno != EINTR)
		return ERR_IO;
	for (int i = 0; i < count; i++) {
		struct loop_fd *handle = events[i].data.ptr;
		if (handle == NULL)
			run_calls(loop);
		else if (!handle->removed)
			handle->cb(handle->arg, handle->fd, events[i].events);
	}
	run_timers(loop);
	free_removed(loop);
	return ERR_OK;
}

enum err loop_run(struct loop *loop)
{
	while (!atomic_load(&loop->stop)) {
		enum err err = loop_once(loop, -1);
		if (err != ERR_OK)
			return err;
	}
	return ERR_OK;
}
