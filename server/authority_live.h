/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_AUTHORITY_LIVE_H
#define SERVER_AUTHORITY_LIVE_H

#include "server/authority_inner.h"

/*
 * Live brokers: one struct live per process, from the wish for one to its end. Each message is
 * allowed only in the states its row names; what it needs from the database runs as a job, one at a
 * time per broker, in order.
 */
enum live_key { LIVE_BY_SESSION, LIVE_BY_LEASE, LIVE_BY_USER };

/* A terminal for a waiting session: takes user_fd over. */
void live_start_session(struct authority *authority, const struct uuid *session_id, int user_fd,
			struct block extra, const char *trace);
/* A connection test; the answer goes to chan as MSG_RESULT with this id when it ends. */
struct live_test {
	struct uuid target_id, account_id; /* account nil: no login */
	struct uuid user_id;
	const char *login;
	struct chan *chan;
	uint32_t reply_id;
};
void live_start_test(struct authority *authority, const struct live_test *test);
/* A replay process whose output pipe is the answer's body. */
struct live_replay {
	struct uuid session_id;
	int64_t mode, first, count;
	struct chan *chan;
	uint32_t reply_id;
};

/* Ends them now; those that do not obey within seconds lose their channel. */
void live_cut(struct authority *authority, enum live_key key, const struct uuid *id,
	      const char *reason);
/* Its sign-in ended and leaves it so many seconds (0: none), or it goes on under another (-1). */
void live_hold(struct authority *authority, const struct uuid *session_id, int64_t seconds);
/* Deadlines and retries; every tick. */
void live_tick(struct authority *authority);
/* The wall clock went back: every lending ends as much earlier by it. */
void live_set_back(struct authority *authority, int64_t back_us);
size_t live_count(const struct authority *authority);
/* The asker's channel is closing: nobody to answer to. */
void live_forget_chan(struct authority *authority, struct chan *chan);
/* At start: sessions that are live without a broker are broken. Own transaction. */
enum err live_sweep_orphans(struct ctx *ctx) ERR_CHECKED;
/* In the tick's transaction: waiting sessions nobody opened in time, or whose lease is over. */
enum err live_sweep_waiting(struct ctx *ctx, struct out *out) ERR_CHECKED;
/* Worker found the head of a broken recording. In the caller's transaction. */
enum err live_recording_head(struct ctx *ctx, const struct msg_recording_head *head) ERR_CHECKED;

#endif
