/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Stands in for any role in the supervisor's own test: says hello on every channel it gets, logs
 * what it hears, and as authority starts a session process on SIGUSR1 and gives up on SIGUSR2.
 * Never installed.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/chan.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/messages.h"
#include "base/role.h"

enum { HELLO = 0x7777, NAMES = 6 };

static const char *const names[NAMES] = {"keeper", "authority", "worker", "mail", "web", "edge"};

static struct {
	struct loop *loop;
	const char *own;
	struct chan *supervisor;
	struct {
		const char *name;
		struct chan *chan;
	} peer[NAMES];
} self;

static enum err heard(void *arg, struct chan *chan, struct chan_msg *msg)
{
	(void)arg;
	(void)chan;
	if (msg->type != HELLO)
		return ERR_DENIED;
	char from[24] = "";
	memcpy(from, msg->data, msg->len < sizeof(from) ? msg->len : sizeof(from) - 1);
	log_event(LOG_LEVEL_INFO, NULL, "heard", "from", from, NULL);
	return ERR_OK;
}

static void lost(void *arg, struct chan *chan)
{
	int i = (int)(intptr_t)arg;

	chan_free(chan);
	if (self.peer[i].chan == chan)
		self.peer[i].chan = NULL;
	log_event(LOG_LEVEL_INFO, NULL, "lost", "peer", names[i], NULL);
	if (strcmp(names[i], "authority") == 0 || strcmp(names[i], "keeper") == 0)
		exit(0);
}

static void join(int i, int fd)
{
	self.peer[i].chan = chan_new(self.loop, fd, 16, heard, lost, (void *)(intptr_t)i);
	if (chan_post(self.peer[i].chan, HELLO, 0, self.own, strlen(self.own), NULL, 0) != ERR_OK)
		exit(3);
}

static void channel_new(void *arg, const char *name, int fd)
{
	(void)arg;
	for (int i = 0; i < NAMES; i++)
		if (strcmp(names[i], name) == 0)
			join(i, fd);
}

static enum err authority_told(void *arg, struct chan *chan, struct chan_msg *msg)
{
	char name[24] = "";
	struct msg_channel channel;

	(void)arg;
	(void)chan;
	struct msg_role_report report;
	if (msg->type == MSG_ROLE_REPORT &&
	    codec_get(&msg_role_report_codec, msg->data, msg->len, &report) == ERR_OK) {
		memcpy(name, report.role.data, report.role.len);
		log_event(LOG_LEVEL_INFO, NULL, "role_report", "of", name, "seccomp",
			  report.seccomp ? "yes" : "no", "memory",
			  report.memory_locked ? "locked" : "not locked", NULL);
		return ERR_OK;
	}
	if (msg->type == MSG_SPAWNED) {
		log_event(LOG_LEVEL_INFO, NULL, "spawned", NULL);
		return ERR_OK;
	}
	if (msg->type != MSG_CHANNEL ||
	    codec_get(&msg_channel_codec, msg->data, msg->len, &channel) != ERR_OK)
		return ERR_DENIED;
	memcpy(name, channel.name.data, channel.name.len);
	channel_new(NULL, name, chan_take_fd(msg, 0));
	return ERR_OK;
}

static void orphaned(void *arg, struct chan *chan)
{
	(void)arg;
	(void)chan;
	exit(0);
}

static void spawn(void *arg, int fd, uint32_t events)
{
	struct signalfd_siginfo info;
	const struct msg_spawn message = {.kind = 1};
	int ends[2];

	(void)arg;
	(void)events;
	if (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info) && info.ssi_signo == SIGUSR2)
		_exit(ROLE_EXIT_OWNER); /* a leak report would change the status */
	if (info.ssi_signo != SIGUSR1 || chan_pair(ends) != ERR_OK ||
	    chan_post_codec(self.supervisor, MSG_SPAWN, 7, &msg_spawn_codec, &message, &ends[1],
			    1) != ERR_OK)
		exit(4);
	close(ends[1]); /* ends[0] stays: its end is the session's sign to go */
}

static void authority_set_up(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		exit(5);
	self.supervisor =
		chan_new(self.loop, role_fd("supervisor"), 16, authority_told, orphaned, NULL);
	if (loop_fd_add(self.loop, signalfd(-1, &set, SFD_CLOEXEC), EPOLLIN, spawn, NULL) == NULL)
		exit(6);
}

static int session_run(void)
{
	char byte;

	log_event(LOG_LEVEL_INFO, NULL, "session_started", NULL);
	while (read(role_fd("control"), &byte, 1) < 0)
		(void)usleep(20000);
	log_event(LOG_LEVEL_INFO, NULL, "session_over", NULL);
	return 0;
}

int main(int argc, char **argv)
{
	struct role role;
	const char *own = strrchr(argv[0], '-');
	const struct sandbox_spec spec = {.role = own, .allow = SANDBOX_SEND_FDS};

	if (own == NULL)
		return 2;
	self.own = own + 1;
	role_start(&role, self.own, argc, argv);
	if (strcmp(self.own, "broker") == 0)
		return session_run();
	self.loop = loop_new();
	for (int i = 0; i < NAMES; i++)
		if (role_fd(names[i]) >= 0)
			join(i, role_fd(names[i]));
	if (strcmp(self.own, "authority") == 0)
		authority_set_up();
	else if (role_watch_channels(self.loop, channel_new, NULL) != ERR_OK)
		return 7;
	struct secret *password = role_secret("db");
	log_event(LOG_LEVEL_INFO, NULL, "started", "password", password != NULL ? "yes" : "no",
		  "uid", geteuid() == 0 ? "root" : "other", NULL);
	secret_free(password);
	role_confine(&role, &spec);
	role_lock(&role, &spec);
	role_ready();
	return loop_run(self.loop) == ERR_OK ? 0 : 1;
}
