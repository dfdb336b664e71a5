/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* A small epoll loop: descriptors, timers, and work posted from other threads. One thread runs it.
 */
struct loop;
struct loop_fd;
struct loop_timer;

typedef void loop_fd_cb(void *arg, int fd,
			uint32_t events); /* EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLERR */
typedef void loop_timer_cb(void *arg);

struct loop *loop_new(void);
void loop_free(struct loop *loop);
/* Runs until loop_stop. ERR_IO only when epoll itself fails. */
enum err loop_run(struct loop *loop) ERR_CHECKED;
/* One round: waits at most timeout_ms (-1: until something happens). For tests and custom loops. */
enum err loop_once(struct loop *loop, int timeout_ms) ERR_CHECKED;
/* From any thread. */
void loop_stop(struct loop *loop);
/* Runs fn(arg) in the loop's thread, soon. From any thread; false when the queue (65536) is full.
 */
bool loop_call(struct loop *loop, void (*fn)(void *arg), void *arg);

/* Level-triggered. The handle is freed by loop_fd_remove, which never closes fd; safe inside
 * callbacks. */
struct loop_fd *loop_fd_add(struct loop *loop, int fd, uint32_t events, loop_fd_cb *cb, void *arg);
void loop_fd_events(struct loop_fd *handle, uint32_t events);
void loop_fd_remove(struct loop_fd *handle);

/* One shot after delay_us (monotonic); re-arm inside the callback for periodic work.
 * loop_timer_stop(NULL) and loop_timer_free(NULL) are fine. */
struct loop_timer *loop_timer_new(struct loop *loop, loop_timer_cb *cb, void *arg);
void loop_timer_set(struct loop_timer *timer, int64_t delay_us); /* replaces an earlier setting */
void loop_timer_stop(struct loop_timer *timer);
void loop_timer_free(struct loop_timer *timer);

#endif
