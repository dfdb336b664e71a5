/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_AUTHORITY_LIVE_INNER_H
#define SERVER_AUTHORITY_LIVE_INNER_H

#include "server/authority_live.h"
#include "vault/keeper.h"

/* States of a broker as bits, so that a message names all in which it is allowed. */
enum live_state {
	LIVE_PREPARING = 1, /* row, key and file are made; the process is asked for */
	LIVE_STARTED = 2,
	LIVE_READY = 4,	     /* session.start is on its way into the log */
	LIVE_CONNECTING = 8, /* stream to the target is there */
	LIVE_KNOWN = 16,     /* host key accepted */
	LIVE_LOGIN = 32,     /* credential sent */
	LIVE_CONNECTED = 64,
	LIVE_ENDED = 128,
};

enum { LIVE_NAME = 256, LIVE_CODE = 65, LIVE_GATEWAYS = 4 };

/* What the database says about a session or a test. Fixed sizes: it crosses threads. */
struct live_info {
	struct uuid session_id, lease_id, user_id, account_id, target_id, secret_id;
	char login[LIVE_NAME], account[LIVE_NAME], target[LIVE_NAME], language[8], peer[65];
	int64_t ends_at;
	uint32_t secret_kind;
};

struct live_step;
struct live {
	struct live *next;
	struct authority *authority;
	uint32_t kind; /* enum broker_kind */
	unsigned state;
	uint32_t seen; /* bit per row: messages allowed once */
	struct live_info info;
	char trace[CTX_TRACE_SIZE];
	struct chan *chan;
	int user_fd, recording_fd, key_fd;
	uint8_t *extra;
	size_t extra_len;
	bool busy;   /* a step is in a worker thread */
	bool opened; /* the recording's row is this attempt's: so is the session */
	bool asking; /* a question to edge or the supervisor is open */
	struct live_step *first, **last;
	size_t queued;
	struct live_step *again; /* the end, when the database could not take it; or NULL */
	int64_t again_at_us;	 /* monotonic */
	int64_t hold_at_us;	 /* monotonic; when a held one ends; 0: not held */
	int64_t used_at_us;	 /* monotonic; when typing last counted as use of the sign-in */
	uint64_t typed;		 /* bytes, as last heard */
	int64_t cut_at_us;	 /* monotonic; when the channel goes; 0: not cut */
	int64_t retry_at_us;	 /* monotonic; next look for a gateway; 0: none */
	int64_t wait_until;	 /* real; end of waiting for a gateway */
	uint32_t dial_id;	 /* id of the broker's open dial question */

	/* Gateways that failed since the last pause, and how the last one did. */
	struct uuid tried[LIVE_GATEWAYS];
	size_t tried_count;
	char dial_reason[LIVE_CODE], dial_text[LIVE_NAME];

	/* Test jobs. */
	struct chan *asker;
	uint32_t asker_id;
	bool test_done;
	uint32_t dial_ms, key_exchange_ms, login_ms;
};

/* One message of a broker on its way through the database. */
struct live_step {
	struct task task;
	struct live_step *next;
	struct live *live;
	struct live_info info;
	uint32_t kind, reply_id;
	bool connected, opened;
	bool must_land; /* tried until the database takes it; keeps its reason and text */
	enum err (*run)(struct ctx *ctx, struct live_step *step); /* worker thread */
	void (*finish)(struct live_step *step);			  /* reader thread */
	enum err err;
	char hop[17], reason[LIVE_CODE], text[LIVE_NAME];
	/* Inputs and outputs of the steps; each uses its own. */
	struct msg_broker_ended ended;
	struct msg_broker_connected timings;
	struct msg_broker_host_key host_key;
	char host_key_type[65];
	uint8_t recording_key[32];
	uint64_t bytes_in, bytes_out;
	int fd, fd2;
	bool ok, pinned, used;
	struct uuid gateway_id;
	struct uuid tried[LIVE_GATEWAYS]; /* not these again */
	size_t tried_count;
	uint8_t grant[1024];
	size_t grant_len;
	char dial_authority[128];
};

/* Steps, in worker threads (authority_live_steps.c). */
enum err step_prepare_session(struct ctx *ctx, struct live_step *step);
enum err step_prepare_test(struct ctx *ctx, struct live_step *step);
enum err step_ready(struct ctx *ctx, struct live_step *step);
enum err step_choose_gateway(struct ctx *ctx, struct live_step *step);
enum err step_dialled(struct ctx *ctx, struct live_step *step);
enum err step_host_key(struct ctx *ctx, struct live_step *step);
enum err step_credential(struct ctx *ctx, struct live_step *step);
enum err step_credential_refused(struct ctx *ctx, struct live_step *step);
enum err step_connected(struct ctx *ctx, struct live_step *step);
enum err step_activity(struct ctx *ctx, struct live_step *step);
enum err step_ended(struct ctx *ctx, struct live_step *step);
enum err step_broken(struct ctx *ctx, struct live_step *step);
/* Broken, too, if a broker had it; *out_changed tells. */
enum err step_orphaned(struct ctx *ctx, struct live_step *step, bool *out_changed);
enum err step_not_started(struct ctx *ctx, struct live_step *step);

/* Reader thread (authority_live.c). */
struct live *live_new(struct authority *authority, uint32_t kind);
void live_release(struct live *live);
struct live_step *live_step_new(struct live *live,
				enum err (*run)(struct ctx *ctx, struct live_step *step),
				void (*finish)(struct live_step *step));
void live_submit(struct live_step *step);
void live_prepared(struct live_step *step);
void live_chosen(struct live_step *step);
/* Asks for a gateway that was not tried since the last pause. */
void live_choose_gateway(struct live *live);
void live_end_broker(struct live *live, const char *reason, const char *text);
chan_handler live_receive;
chan_closed live_closed;
/* Posts to the broker; a broker that does not read is cut. */
void live_post(struct live *live, uint32_t type, uint32_t id, const struct codec *codec,
	       const void *message, const int *fds, int nfds);
void live_answer_test(struct live *live, const struct live_step *step);

#endif
