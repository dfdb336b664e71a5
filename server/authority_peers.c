/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "server/authority_inner.h"
#include "server/authority_live.h"
#include "server/authority_replay.h"
#include "server/authority_report.h"

/* Channels to the siblings. Web, edge, worker and mail may die and come back with a fresh end;
 * without the supervisor nothing can go on. */

enum { PEER_QUEUE = 4096 };

static const struct {
	const char *name;
	chan_handler *receive;
} peers[PEER__COUNT] = {
	[PEER_WEB] = {"web", web_receive},
	[PEER_EDGE] = {"edge", edge_receive},
	[PEER_WORKER] = {"worker", worker_receive},
	[PEER_MAIL] = {"mail", mail_receive},
	[PEER_SUPERVISOR] = {"supervisor", supervisor_receive},
};

static void lost(struct authority *authority, enum peer peer, struct chan *chan)
{
	authority->peers[peer] = NULL;
	authority_fail_pending(authority, peer);
	execute_forget_chan(authority, chan);
	live_forget_chan(authority, chan);
	replay_forget_chan(authority, chan);
	if (peer == PEER_EDGE)
		edge_lost(authority);
	if (peer == PEER_SUPERVISOR)
		loop_stop(authority->loop);
}

static void closed(void *arg, struct chan *chan)
{
	struct authority *authority = arg;

	for (int peer = 0; peer < PEER__COUNT; peer++) {
		if (authority->peers[peer] == chan) {
			log_event(LOG_LEVEL_WARN, NULL, "channel_lost", "peer", peers[peer].name,
				  NULL);
			lost(authority, (enum peer)peer, chan);
		}
	}
	chan_free(chan);
}

void authority_open_peer(struct authority *authority, enum peer peer, int fd)
{
	struct chan *before = authority->peers[peer];

	if (fd < 0)
		return;
	if (before) {
		lost(authority, peer, before);
		chan_free(before);
	}
	authority->opened[peer]++;
	authority->peers[peer] =
		chan_new(authority->loop, fd, PEER_QUEUE, peers[peer].receive, closed, authority);
}

static enum err on_spawned(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	(void)chan;
	return authority_answered(arg, PEER_SUPERVISOR, msg->id, message);
}

static enum err on_role_report(void *arg, struct chan *chan, struct chan_msg *msg,
			       const void *message)
{
	(void)chan;
	(void)msg;
	role_report_keep(arg, message);
	return ERR_OK;
}

static enum err on_channel(void *arg, struct chan *chan, struct chan_msg *msg, const void *message)
{
	const struct msg_channel *fresh = message;

	(void)chan;
	for (int peer = 0; peer < PEER_SUPERVISOR; peer++) {
		if (fresh->name.len == strlen(peers[peer].name) &&
		    memcmp(fresh->name.data, peers[peer].name, fresh->name.len) == 0) {
			authority_open_peer(arg, (enum peer)peer, chan_take_fd(msg, 0));
			return ERR_OK;
		}
	}
	return ERR_DENIED;
}

static const struct chan_row rows[] = {
	{MSG_SPAWNED, "spawned", &msg_spawned_codec, sizeof(struct msg_spawned), 0, 0, on_spawned},
	{MSG_ROLE_REPORT, "role_report", &msg_role_report_codec, sizeof(struct msg_role_report), 0,
	 0, on_role_report},
	{MSG_CHANNEL, "channel", &msg_channel_codec, sizeof(struct msg_channel), 1, 1, on_channel},
};

enum err supervisor_receive(void *arg, struct chan *chan, struct chan_msg *msg)
{
	return chan_dispatch(rows, sizeof(rows) / sizeof(rows[0]), arg, chan, msg);
}
