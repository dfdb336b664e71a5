/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/sys.h"
#include "server/authority_console.h"
#include "server/authority_inner.h"
#include "server/authority_live.h"
#include "server/authority_replay.h"

/* The owner's control socket: a few commands, and write operations with the console's rights. Who
 * may connect is decided by the socket's mode and folder. */

enum { CONNECTIONS_MAX = 8, CTL_QUEUE = 16, DEADLINE_S = 30 };

struct ctl_conn {
	struct ctl_conn *next;
	struct authority *authority;
	struct chan *chan;
};

struct command {
	struct task task;
	struct chan *chan; /* looked up again before the answer */
	uint32_t id;
	char name[32], argument[256];
	int fd;
	enum err err;
	size_t live;
	bool opened; /* the vault is open now */
	struct buf text;
};

static void work(struct task *task, struct ctx *ctx)
{
	struct command *command = (struct command *)task;
	struct console_in in = {command->argument, command->fd, command->live, false};

	ctx->deadline_us = sys_mono_us() + (int64_t)DEADLINE_S * 1000000;
	command->err = console_run(ctx, command->name, &in, &command->text);
	command->opened = in.opened;
	if (command->err == ERR_OK)
		return;
	buf_reset(&command->text);
	buf_put_text(&command->text,
		     ctx->error.code == command->err ? ctx->error.text : err_code(command->err));
	if (err_status(command->err) >= 500)
		log_failure(ctx, "console");
}

static bool still_there(const struct authority *authority, const struct chan *chan)
{
	for (const struct ctl_conn *conn = authority->ctl_conns; conn; conn = conn->next) {
		if (conn->chan == chan)
			return chan_is_open(chan);
	}
	return false;
}

static void command_free(struct command *command)
{
	fd_close_p(&command->fd);
	buf_clear(&command->text);
	task_free(command);
}

static void done(struct task *task)
{
	struct command *command = (struct command *)task;
	struct msg_command_result result = {.err = (uint32_t)command->err,
					    .text = {command->text.data, command->text.len}};

	task->authority->vault_ready = task->authority->vault_ready || command->opened;
	if (still_there(task->authority, command->chan) &&
	    chan_post_codec(command->chan, MSG_COMMAND_RESULT, command->id,
			    &msg_command_result_codec, &result, NULL, 0) != ERR_OK)
		log_event(LOG_LEVEL_WARN, NULL, "answer_shed", NULL);
	command_free(command);
}

static enum err on_command(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	struct ctl_conn *conn = arg;
	const struct msg_command *wish = message;
	struct command *command = task_new(conn->authority, sizeof(*command), work, done);

	if (!command)
		return ERR_MEMORY;
	buf_init_wiped(&command->text, 16 * 1024);
	command->chan = chan;
	command->id = msg->id;
	command->fd = chan_take_fd(msg, 0);
	command->live = live_count(conn->authority);
	(void)snprintf(command->name, sizeof(command->name), "%.*s", (int)wish->name.len,
		       (const char *)wish->name.data);
	(void)snprintf(command->argument, sizeof(command->argument), "%.*s",
		       (int)wish->argument.len, (const char *)wish->argument.data);
	if (task_submit(command))
		return ERR_OK;
	command_free(command);
	return ERR_LIMIT;
}

static enum err on_execute(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	struct ctl_conn *conn = arg;

	return execute_start(conn->authority, chan, msg, message, true);
}

static const struct chan_row rows[] = {
	{MSG_COMMAND, "command", &msg_command_codec, sizeof(struct msg_command), 0, 1, on_command},
	{MSG_EXECUTE, "execute", &msg_execute_codec, sizeof(struct msg_execute), 0, 1, on_execute},
};

static enum err receive(void *arg, struct chan *chan, struct chan_msg *msg)
{
	return chan_dispatch(rows, sizeof(rows) / sizeof(rows[0]), arg, chan, msg);
}

static void closed(void *arg, struct chan *chan)
{
	struct ctl_conn *conn = arg;

	for (struct ctl_conn **at = &conn->authority->ctl_conns; *at; at = &(*at)->next) {
		if (*at == conn) {
			*at = conn->next;
			break;
		}
	}
	execute_forget_chan(conn->authority, chan);
	live_forget_chan(conn->authority, chan);
	replay_forget_chan(conn->authority, chan);
	chan_free(chan);
	free(conn);
}

static size_t connections(const struct authority *authority)
{
	size_t count = 0;

	for (const struct ctl_conn *conn = authority->ctl_conns; conn; conn = conn->next)
		count++;
	return count;
}

static void on_accept(void *arg, int fd, uint32_t events)
{
	struct authority *authority = arg;
	/* cppcheck-suppress nullPointer ; accept4 takes NULL for an address nobody asks for */
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct ctl_conn *conn = NULL;

	(void)events;
	if (client < 0)
		return;
	if (connections(authority) < CONNECTIONS_MAX)
		conn = calloc(1, sizeof(*conn));
	if (!conn) {
		close(client);
		return;
	}
	conn->authority = authority;
	conn->chan = chan_new(authority->loop, client, CTL_QUEUE, receive, closed, conn);
	if (!conn->chan) {
		free(conn);
		return;
	}
	conn->next = authority->ctl_conns;
	authority->ctl_conns = conn;
}

void ctl_listen(struct authority *authority)
{
	if (authority->ctl >= 0 &&
	    !loop_fd_add(authority->loop, authority->ctl, EPOLLIN, on_accept, authority))
		log_event(LOG_LEVEL_ERROR, NULL, "control_socket", NULL);
}
