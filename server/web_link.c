/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/web_link.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/chan.h"
#include "base/sys.h"

enum { QUEUE_MAX = 16, SEND_MS = 200, WAIT_MAX_US = 60 * 1000000, LOOK_US = 50000 };

/* In the list while it waits: on the stack of who asks, or, with then, of its own. */
struct waiting {
	struct waiting *next;
	uint32_t id;
	bool done;
	enum err err;
	struct web_answer *answer;
	pthread_cond_t wake;
	web_link_then *then;
	void *arg;
	int64_t until_us; /* with then; monotonic */
};

struct web_link {
	struct loop *loop;
	struct chan *chan; /* loop thread */
	void (*notify)(void *arg, const struct msg_notify *message);
	void (*lost)(void *arg);
	void *arg;
	struct loop_timer *look; /* for orders whose time is up; loop thread */
	pthread_mutex_t lock;	 /* guards what follows */
	int send_fd;		 /* our own copy of the channel's socket, -1: away */
	uint32_t next_id;
	struct waiting *waiting;
	bool looking; /* the timer runs, or will */
};

void web_answer_init(struct web_answer *answer)
{
	*answer = (struct web_answer){.fd = -1};
	buf_init_wiped(&answer->payload, CHAN_PAYLOAD_MAX);
}

void web_answer_clear(struct web_answer *answer)
{
	buf_clear(&answer->payload);
	if (answer->fd >= 0)
		close(answer->fd);
	answer->fd = -1;
}

static loop_timer_cb on_look;

struct web_link *web_link_new(struct loop *loop,
			      void (*notify)(void *arg, const struct msg_notify *message),
			      void (*lost)(void *arg), void *arg)
{
	struct web_link *link = calloc(1, sizeof(*link));

	if (link == NULL)
		return NULL;
	link->loop = loop;
	link->notify = notify;
	link->lost = lost;
	link->arg = arg;
	link->send_fd = -1;
	pthread_mutex_init(&link->lock, NULL);
	link->look = loop_timer_new(loop, on_look, link);
	if (link->look == NULL) {
		web_link_free(link);
		return NULL;
	}
	return link;
}

/* Lock held. Who asked takes itself off the list; an order goes to those that are over. */
static void finish(struct waiting **at, enum err err, struct waiting **over)
{
	struct waiting *waiting = *at;

	waiting->done = true;
	waiting->err = err;
	if (waiting->then == NULL) {
		pthread_cond_signal(&waiting->wake);
		return;
	}
	*at = waiting->next;
	waiting->next = *over;
	*over = waiting;
}

/* Without the lock: what follows may ask something itself. */
static void tell_orders(struct waiting *over)
{
	while (over != NULL) {
		struct waiting *waiting = over;

		over = waiting->next;
		waiting->then(waiting->arg, waiting->err);
		free(waiting);
	}
}

/* Lock held. until_us: only orders whose time was up then; 0: everybody. */
static struct waiting *fail_where(struct web_link *link, int64_t until_us)
{
	struct waiting *over = NULL;

	for (struct waiting **at = &link->waiting; *at != NULL;) {
		struct waiting *waiting = *at;
		bool wanted = until_us == 0 || (waiting->then && waiting->until_us <= until_us);
		if (wanted && !waiting->done)
			finish(at, ERR_UNAVAILABLE, &over);
		if (*at == waiting)
			at = &waiting->next;
	}
	return over;
}

void web_link_close(struct web_link *link)
{
	pthread_mutex_lock(&link->lock);
	if (link->send_fd >= 0)
		close(link->send_fd);
	link->send_fd = -1;
	struct waiting *over = fail_where(link, 0);
	pthread_mutex_unlock(&link->lock);
	tell_orders(over);
}

static void on_look(void *arg)
{
	struct web_link *link = arg;

	pthread_mutex_lock(&link->lock);
	struct waiting *over = fail_where(link, sys_mono_us());
	link->looking = false;
	for (const struct waiting *w = link->waiting; w != NULL; w = w->next)
		link->looking = link->looking || w->then != NULL;
	bool again = link->looking;
	pthread_mutex_unlock(&link->lock);
	if (again)
		loop_timer_set(link->look, LOOK_US);
	tell_orders(over);
}

/* Loop thread. */
static void start_looking(void *arg)
{
	struct web_link *link = arg;

	loop_timer_set(link->look, LOOK_US);
}

/* A reply whose asker gave up is dropped: its descriptor is closed by the caller. */
static enum err on_reply(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	struct web_link *link = arg;
	struct waiting *over = NULL;

	(void)chan;
	(void)message;
	pthread_mutex_lock(&link->lock);
	for (struct waiting **at = &link->waiting; *at != NULL; at = &(*at)->next) {
		struct waiting *w = *at;
		if (w->id != msg->id || w->done)
			continue;
		w->answer->type = msg->type;
		buf_put(&w->answer->payload, msg->data, msg->len);
		w->answer->fd = chan_take_fd(msg, 0);
		finish(at, buf_failed(&w->answer->payload) ? ERR_MEMORY : ERR_OK, &over);
		break;
	}
	pthread_mutex_unlock(&link->lock);
	tell_orders(over);
	return ERR_OK;
}

static enum err on_notify(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	struct web_link *link = arg;

	(void)chan;
	(void)msg;
	if (link->notify != NULL)
		link->notify(link->arg, message);
	return ERR_OK;
}

static const struct chan_row rows[] = {
	{MSG_PRINCIPAL, "principal", &msg_principal_codec, sizeof(struct msg_principal), 0, 0,
	 on_reply},
	{MSG_RESULT, "result", &msg_result_codec, sizeof(struct msg_result), 0, 1, on_reply},
	{MSG_NOTIFY, "notify", &msg_notify_codec, sizeof(struct msg_notify), 0, 0, on_notify},
};

static enum err on_message(void *arg, struct chan *chan, struct chan_msg *msg)
{
	return chan_dispatch(rows, sizeof(rows) / sizeof(rows[0]), arg, chan, msg);
}

static void on_closed(void *arg, struct chan *chan)
{
	struct web_link *link = arg;

	web_link_close(link);
	link->chan = NULL;
	chan_free(chan);
	if (link->lost != NULL)
		link->lost(link->arg);
}

enum err web_link_open(struct web_link *link, int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	web_link_close(link);
	chan_free(link->chan);
	link->chan = chan_new(link->loop, fd, QUEUE_MAX, on_message, on_closed, link);
	if (link->chan == NULL || copy < 0) {
		if (copy >= 0)
			close(copy);
		return ERR_MEMORY;
	}
	pthread_mutex_lock(&link->lock);
	link->send_fd = copy;
	pthread_mutex_unlock(&link->lock);
	return ERR_OK;
}

bool web_link_is_open(struct web_link *link)
{
	pthread_mutex_lock(&link->lock);
	bool open = link->send_fd >= 0;
	pthread_mutex_unlock(&link->lock);
	return open;
}

void web_link_free(struct web_link *link)
{
	if (link == NULL)
		return;
	web_link_close(link);
	chan_free(link->chan);
	loop_timer_free(link->look);
	pthread_mutex_destroy(&link->lock);
	free(link);
}

/* Lock held: id 0 is for notifications. */
static void enlist(struct web_link *link, struct waiting *waiting)
{
	if (++link->next_id == 0)
		link->next_id = 1;
	waiting->id = link->next_id;
	waiting->next = link->waiting;
	link->waiting = waiting;
}

static void strike_off(struct web_link *link, struct waiting *waiting)
{
	struct waiting **at = &link->waiting;

	while (*at != waiting)
		at = &(*at)->next;
	*at = waiting->next;
}

/* The socket cannot be closed under us: we send on a copy of our own. */
static enum err send_copy(int fd, uint32_t type, uint32_t id, const void *data, size_t len,
			  int with_fd, int64_t left_us)
{
	int wait_ms = left_us < SEND_MS * 1000 ? (int)(left_us / 1000) : SEND_MS;

	if (fd < 0)
		return ERR_UNAVAILABLE;
	enum err err = chan_send(fd, type, id, data, len, &with_fd, with_fd >= 0 ? 1 : 0, wait_ms);
	close(fd);
	return err;
}

static int borrow_socket(struct web_link *link)
{
	return link->send_fd < 0 ? -1 : fcntl(link->send_fd, F_DUPFD_CLOEXEC, 0);
}

static void wait_until(struct web_link *link, struct waiting *waiting, int64_t wait_us)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(wait_us / 1000000);
	until.tv_nsec += (long)(wait_us % 1000000) * 1000;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	while (!waiting->done)
		if (pthread_cond_timedwait(&waiting->wake, &link->lock, &until) == ETIMEDOUT)
			return;
}

static void cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attributes);
	pthread_condattr_destroy(&attributes);
}

enum err web_link_silent(struct ctx *ctx)
{
	return err_reason(ctx, ERR_UNKNOWN_OUTCOME, "authority.silent",
			  "no answer came; look whether it was done before trying again");
}

static enum err say_away(struct ctx *ctx)
{
	return err_reason(ctx, ERR_UNAVAILABLE, "authority.away",
			  "the deciding process does not answer; try again in a moment");
}

enum err web_link_ask(struct ctx *ctx, struct web_link *link, uint32_t type, const void *data,
		      size_t len, int fd, struct web_answer *out)
{
	struct waiting waiting = {.answer = out};

	cond_init(&waiting.wake);
	pthread_mutex_lock(&link->lock);
	enlist(link, &waiting);
	int socket = borrow_socket(link);
	pthread_mutex_unlock(&link->lock);
	enum err err = send_copy(socket, type, waiting.id, data, len, fd, ctx_left_us(ctx));
	bool sent = err == ERR_OK;
	int64_t wait_us = ctx_left_us(ctx);
	pthread_mutex_lock(&link->lock);
	if (err == ERR_OK) {
		wait_until(link, &waiting, wait_us < WAIT_MAX_US ? wait_us : WAIT_MAX_US);
		err = waiting.done ? waiting.err : ERR_UNAVAILABLE;
	}
	strike_off(link, &waiting);
	pthread_mutex_unlock(&link->lock);
	pthread_cond_destroy(&waiting.wake);
	if (err == ERR_OK)
		return ERR_OK;
	return sent && type == MSG_EXECUTE ? web_link_silent(ctx) : say_away(ctx);
}

/* NULL: it is not in the list any more, its end is another's business. By its number: another one
 * may live where it was. */
static struct waiting *withdraw(struct web_link *link, uint32_t id)
{
	struct waiting **at = &link->waiting;

	pthread_mutex_lock(&link->lock);
	while (*at != NULL && (*at)->id != id)
		at = &(*at)->next;
	struct waiting *found = *at;
	if (found != NULL)
		*at = found->next;
	pthread_mutex_unlock(&link->lock);
	return found;
}

enum err web_link_order(struct ctx *ctx, struct web_link *link, const struct buf *order, int fd,
			struct web_answer *out, web_link_then *then, void *arg)
{
	struct waiting *waiting = calloc(1, sizeof(*waiting));
	int64_t left_us = ctx_left_us(ctx);

	if (waiting == NULL)
		return err_set(ctx, ERR_MEMORY, "no memory for an order");
	*waiting = (struct waiting){.answer = out, .then = then, .arg = arg};
	waiting->until_us = sys_mono_us() + (left_us < WAIT_MAX_US ? left_us : WAIT_MAX_US);
	pthread_mutex_lock(&link->lock);
	enlist(link, waiting);
	uint32_t id = waiting->id;
	int socket = borrow_socket(link);
	bool look = !link->looking && loop_call(link->loop, start_looking, link);
	link->looking = link->looking || look;
	pthread_mutex_unlock(&link->lock);
	/* Once it is sent, or the channel ends, waiting and what then uses may be gone. */
	if (send_copy(socket, MSG_EXECUTE, id, order->data, order->len, fd, left_us) == ERR_OK ||
	    (waiting = withdraw(link, id)) == NULL)
		return ERR_OK;
	free(waiting);
	return say_away(ctx);
}

void web_link_tell(struct web_link *link, uint32_t type, const struct codec *codec,
		   const void *message)
{
	struct buf payload;

	buf_init_wiped(&payload, CHAN_PAYLOAD_MAX);
	codec_put(&payload, codec, message);
	pthread_mutex_lock(&link->lock);
	int socket = borrow_socket(link);
	pthread_mutex_unlock(&link->lock);
	if (socket >= 0 && !buf_failed(&payload) &&
	    chan_send(socket, type, 0, payload.data, payload.len, NULL, 0, 0) != ERR_OK) {
		/* full: a notification may be lost, a waiting browser may not */
	}
	if (socket >= 0)
		close(socket);
	buf_clear(&payload);
}
