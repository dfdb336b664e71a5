/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_AUTHORITY_INNER_H
#define SERVER_AUTHORITY_INNER_H

#include "base/chan.h"
#include "base/conf.h"
#include "base/helper.h"
#include "base/messages.h"
#include "server/authority_clock.h"
#include "server/authority_lane.h"
#include "server/authority_pool.h"
#include "server/authority_release.h"
#include "server/authority_runner.h"

/*
 * sekisho-authority inside. One reader thread owns everything here; worker threads see only their
 * job, ctx, and what is constant after start. No file below speaks HTTP, SSH or TLS.
 */
struct live;
struct pending;
struct execute;
struct replay;
struct ctl_conn;
struct attached;

enum peer { PEER_WEB, PEER_EDGE, PEER_WORKER, PEER_MAIL, PEER_SUPERVISOR, PEER__COUNT };

enum { ATTACHED_BUCKETS = 4096 };
struct authority {
	struct loop *loop;
	const struct conf *conf;
	const struct runner *runner;
	struct keeper_client *keeper;
	struct network *network; /* where from: auth/network_load.h */
	struct watch *watch;	 /* sign-ins: auth/watch.h */
	struct pool *general, *passwords, *helped;
	struct chan *peers[PEER__COUNT];
	struct helpers helpers;	      /* constant after start */
	uint32_t opened[PEER__COUNT]; /* how often: a sibling started anew counts its ids anew */
	int recordings;		      /* directory */
	int ctl;		      /* listening */
	struct live *lives;
	struct pending *pendings;
	struct execute *open_executes; /* requests under way */
	unsigned held;		       /* of them: answers that wait for their time */
	struct replay *replays;
	struct ctl_conn *ctl_conns;
	struct attached *attached[ATTACHED_BUCKETS]; /* by gateway */
	struct db_lane lanes[LANES];		     /* of edge's messages */
	struct loop_timer *tick;
	uint32_t next_id;
	unsigned ticks;
	bool tick_running, refresh_running;
	struct clock_watch clock;
	int64_t clock_back_us; /* seen and not yet settled */
	bool clock_settled;    /* against the last run's time */
	/* Open sessions are asked again whether they may go on: see authority_tick.c. */
	bool recheck;
	unsigned recheck_round;	   /* moves on when the walk starts anew */
	struct uuid recheck_after; /* the session examined last */
	struct releases releases;
	bool vault_ready; /* unsealed, and what start-up makes with it exists */
};

/* A piece of database work with its effects; embedded first in larger structs. */
struct task {
	struct job job;
	struct authority *authority;
	void (*work)(struct task *task, struct ctx *ctx); /* worker thread */
	void (*then)(struct task *task);		  /* reader thread; frees */
	/* Inside a transaction that others may share; only for authority_lane.h. */
	enum err (*step)(struct ctx *ctx, struct task *task);
	struct runner_result effects;
};
/* Zeroed, of size bytes (>= sizeof(struct task)); NULL when memory is short. */
void *task_new(struct authority *authority, size_t size,
	       void (*work)(struct task *task, struct ctx *ctx), void (*then)(struct task *task));
void task_free(void *task);
/* False: the queue is full; the caller still owns the task. */
bool task_submit(void *task);
/* Effects and notifications of a finished task. */
void authority_apply(struct authority *authority, struct runner_result *result);
void authority_notify(struct authority *authority, const char *topic, const struct uuid *id);

/* Questions to edge and the supervisor. answer NULL: the channel is gone or time is up. */
typedef void pending_fn(struct authority *authority, void *arg, const void *answer);
enum { PENDING_SECONDS = 25 };
/* False when the question could not even be posted (fn is not called then). */
bool authority_ask(struct authority *authority, enum peer peer, uint32_t type,
		   const struct codec *codec, const void *message, const int *fds, int nfds,
		   pending_fn *fn, void *arg);
/* ERR_DENIED for an id nobody asked with. */
enum err authority_answered(struct authority *authority, enum peer peer, uint32_t id,
			    const void *answer) ERR_CHECKED;
void authority_fail_pending(struct authority *authority, enum peer peer);
void authority_expire_pending(struct authority *authority);

/* Channels: each file owns one receiver table. */
void authority_open_peer(struct authority *authority, enum peer peer, int fd);
chan_handler web_receive, edge_receive, worker_receive, mail_receive, supervisor_receive;
void ctl_listen(struct authority *authority);

/* MSG_EXECUTE from web or the console. */
enum err execute_start(struct authority *authority, struct chan *chan, struct chan_msg *msg,
		       const struct msg_execute *message, bool console) ERR_CHECKED;
/* The channel is going: answers to it are dropped. */
void execute_forget_chan(struct authority *authority, struct chan *chan);

/* Gateways. */
void edge_send_policies(struct authority *authority);
void edge_close_gateway(struct authority *authority, const struct uuid *gateway_id,
			const char *reason);
void edge_lost(struct authority *authority);

/* The tick: leases, presence, deadlines. */
void tick_start(struct authority *authority);
/* Something that open sessions were allowed by has changed. */
void tick_recheck(struct authority *authority);

/* Metadata of identity providers, each second: whose time has come. */
void refresh_tick(struct authority *authority);

/* A keeper that broke the protocol answers nobody any more: authority ends, and the supervisor
 * starts the pair anew. True when that has begun. */
bool authority_leave_broken_keeper(struct authority *authority);

/* Vault. In the caller's thread; own transactions. passphrase_fd: -1 or a pipe. Everything that
 * start-up needs an open vault for is done here too. */
enum err vault_open(struct ctx *ctx, int passphrase_fd) ERR_CHECKED;
/* At start, before anything was opened. */
enum err vault_note_sealed(struct ctx *ctx) ERR_CHECKED;

static inline struct block block_text(const char *text)
{
	return (struct block){(const uint8_t *)(text ? text : ""),
			      text ? __builtin_strlen(text) : 0};
}

#endif
