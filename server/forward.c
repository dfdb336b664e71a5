/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <netdb.h>
#include <signal.h>
#include <stdlib.h>

#include "audit/syslog.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/role.h"
#include "base/sys.h"
#include "server/forward_link.h"
#include "server/forward_sql.h"

/*
 * sekisho-forward: sends the audit log, event by event in its order, to one syslog receiver. The
 * database is the spool: what the receiver has surely read is a number there, and everything from
 * that number on is sent again after a connection was lost. It is the only role that reaches out to
 * the network and reads the database; it can read the audit log and nothing else, and write nothing
 * but that number.
 */
enum {
	MS = 1000,
	SECOND = 1000 * MS,
	POLL_MS = 200,
	CONFIRM_US = 2 * SECOND, /* the oldest event that nothing confirms, once there is silence */
	CONFIRM_EVENTS = 2000,	 /* … or so many of them */
	BACK_OFF_MAX_MS = 30000,
	DEADLINE_US = 20 * SECOND,
	ARENA_MAX = 256 * 1024 * 1024,
	FRAME_MAX = 20 * 1024 * 1024,
	HOST_MAX = 256,
};

struct forward {
	const char *receiver;
	struct forward_link link;
	struct db *db;
	struct arena *arena;
	char host[HOST_MAX];
	struct syslog_origin origin;
	bool known;			/* confirmed was read from the database */
	uint64_t confirmed, sent;	/* events below */
	int64_t unconfirmed_since;	/* monotonic us; of the event `confirmed` */
	uint64_t checkpoint_size;	/* of the newest one sent */
	char last_error[CTX_TEXT_SIZE]; /* "": all is well */
	int back_off_ms;
	bool resumed; /* something was confirmed in this round */
};

static volatile sig_atomic_t stopping;

static void stop(int number)
{
	(void)number;
	stopping = 1;
}

/* HOSTNAME of the messages: the host people know the server by. */
static void host_of(const char *url, char out[HOST_MAX])
{
	const char *host = url + strlen("https://");
	bool bracket = host[0] == '[';
	host += bracket;
	(void)snprintf(out, HOST_MAX, "%.*s", (int)strcspn(host, bracket ? "]" : ":/"), host);
}

static enum err confirm(struct ctx *ctx, struct forward *forward)
{
	char text[24];
	enum err err = forward_link_confirm(ctx, &forward->link);
	if (err == ERR_OK)
		err = forward_sql_confirm(ctx, forward->receiver, forward->sent);
	if (err == ERR_OK) {
		forward->confirmed = forward->sent;
		forward->resumed = true;
		(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)forward->sent);
		log_event(LOG_LEVEL_DEBUG, NULL, "forward_confirmed", "n", text, NULL);
	}
	return err;
}

static enum err send_frames(struct ctx *ctx, struct forward *forward, const struct buf *frames)
{
	if (buf_failed(frames))
		return buf_tell(ctx, frames, "a message");
	if (forward->link.ssl == NULL) {
		enum err err = forward_link_open(ctx, &forward->link);
		if (err != ERR_OK)
			return err;
	}
	return forward_link_send(ctx, &forward->link, frames->data, frames->len);
}

static enum err send_event(struct ctx *ctx, struct forward *forward,
			   const struct syslog_event *event)
{
	scoped(buf_clear) struct buf frames;
	buf_init(&frames, FRAME_MAX);
	syslog_put_event(&frames, &forward->origin, event);
	enum err err = send_frames(ctx, forward, &frames);
	if (err != ERR_OK)
		return err;
	if (forward->sent == forward->confirmed)
		forward->unconfirmed_since = sys_mono_us();
	forward->sent++;
	return ERR_OK;
}

/* When all events are sent: the newest checkpoint over them, once. */
static enum err send_checkpoint(struct ctx *ctx, struct forward *forward)
{
	struct forward_checkpoint checkpoint;
	scoped(buf_clear) struct buf frames;
	enum err err = forward_sql_checkpoint(ctx, &checkpoint);
	buf_init(&frames, FRAME_MAX);
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	if (err != ERR_OK || checkpoint.size > forward->sent ||
	    checkpoint.size <= forward->checkpoint_size)
		return err;
	syslog_put_checkpoint(&frames, &forward->origin, checkpoint.size, checkpoint.signed_at,
			      checkpoint.note);
	err = send_frames(ctx, forward, &frames);
	if (err == ERR_OK)
		forward->checkpoint_size = checkpoint.size;
	return err;
}

static enum err send_events(struct ctx *ctx, struct forward *forward, size_t *out_count)
{
	struct syslog_event *events = arena_array(ctx->arena, struct syslog_event, FORWARD_BATCH);
	if (events == NULL)
		return err_set(ctx, ERR_MEMORY, "no memory for a batch");
	enum err err = forward_sql_events(ctx, forward->sent, events, out_count);
	for (size_t i = 0; err == ERR_OK && i < *out_count; i++)
		err = send_event(ctx, forward, &events[i]);
	return err;
}

static bool confirmation_due(const struct forward *forward, size_t count)
{
	uint64_t open = forward->sent - forward->confirmed;
	if (forward->link.ssl == NULL)
		return false;
	return open >= CONFIRM_EVENTS || stopping ||
	       (count == 0 && sys_mono_us() - forward->unconfirmed_since >= CONFIRM_US);
}

static enum err work_once(struct ctx *ctx, struct forward *forward, size_t *out_count)
{
	enum err err = ERR_OK;
	if (!forward->known)
		err = forward_sql_position(ctx, forward->receiver, &forward->confirmed);
	if (err != ERR_OK)
		return err;
	if (!forward->known)
		forward->sent = forward->confirmed;
	forward->known = true;
	err = send_events(ctx, forward, out_count);
	if (err == ERR_OK && *out_count == 0)
		err = send_checkpoint(ctx, forward);
	if (err == ERR_OK && confirmation_due(forward, *out_count))
		err = confirm(ctx, forward);
	return err;
}

/* What nothing confirmed is sent again. Each kind of trouble is logged when it begins. */
static void failed(struct ctx *ctx, struct forward *forward)
{
	char text[CTX_TEXT_SIZE];
	(void)snprintf(text, sizeof(text), "%s", ctx->error.text);
	forward_link_drop(&forward->link);
	forward->sent = forward->confirmed;
	forward->checkpoint_size = 0;
	if (strcmp(text, forward->last_error) != 0)
		log_failure(ctx, "forward");
	(void)snprintf(forward->last_error, sizeof(forward->last_error), "%s", text);
	if (forward->known && forward_sql_error(ctx, forward->receiver, text) != ERR_OK)
		forward->known = false; /* read it anew */
	forward->back_off_ms = forward->back_off_ms == 0 ? 500 : 2 * forward->back_off_ms;
	if (forward->back_off_ms > BACK_OFF_MAX_MS)
		forward->back_off_ms = BACK_OFF_MAX_MS;
}

static void round_of(struct forward *forward)
{
	struct ctx ctx;
	size_t count = 0;
	arena_reset(forward->arena);
	ctx_init(&ctx, forward->arena);
	ctx.db = forward->db;
	ctx.deadline_us = sys_mono_us() + DEADLINE_US;
	forward->resumed = false;
	enum err err = work_once(&ctx, forward, &count);
	if (err != ERR_OK) {
		ctx.deadline_us = sys_mono_us() + DEADLINE_US;
		failed(&ctx, forward);
	} else if (forward->resumed) {
		if (forward->last_error[0] != '\0')
			log_event(LOG_LEVEL_INFO, NULL, "forward_resumed", NULL);
		forward->last_error[0] = '\0';
		forward->back_off_ms = 0;
	}
	if (stopping)
		return;
	int wait = err != ERR_OK ? forward->back_off_ms : count == FORWARD_BATCH ? 0 : POLL_MS;
	if (!forward_link_wait(&forward->link, wait)) {
		(void)err_set(&ctx, ERR_UNAVAILABLE, "%s: the receiver ended the connection",
			      forward->receiver);
		failed(&ctx, forward);
	}
}

static enum err start(struct ctx *ctx, const struct role *role, struct forward *forward)
{
	struct addrinfo *found = NULL;
	scoped(secret_free_p) struct secret *password = role_secret("db");
	const struct db_params params = db_params_of(role->conf, "sekisho_forward", password);
	forward->receiver = role->conf->syslog_server;
	host_of(role->conf->public_url, forward->host);
	forward->origin =
		(struct syslog_origin){forward->host, role->conf->syslog_enterprise_number};
	forward->db = db_new(&params);
	if (forward->db == NULL)
		return err_set(ctx, ERR_MEMORY, "out of memory");
	/* Loads the name service modules while everything is still allowed. */
	if (getaddrinfo("localhost", NULL, NULL, &found) == 0)
		freeaddrinfo(found);
	ctx->db = forward->db;
	ctx->deadline_us = sys_mono_us() + DEADLINE_US;
	if (db_connect(ctx) != ERR_OK) /* warm-up; it is tried again */
		log_failure(ctx, "database");
	scoped(secret_free_p) struct secret *key = role_secret("syslog_key");
	return forward_link_init(ctx, &forward->link, role->conf, key);
}

static void confine(struct role *role)
{
	struct sandbox_path paths[ROLE_PATHS] = {
		{"/etc", false}, {"/usr/lib", false}, {"/run", false}};
	struct sandbox_spec spec = {
		.role = "forward",
		.allow = SANDBOX_UNIX_CONNECT | SANDBOX_INET_CONNECT | SANDBOX_FILES |
			 SANDBOX_SETSOCKOPT_TCP,
		.paths = paths,
		.path_count = 3,
	};
	role_add_database(role->conf, &spec, paths);
	spec.tcp_port = 0; /* the receiver has another one */
	role_confine(role, &spec);
	role_lock(role, &spec);
}

int main(int argc, char **argv)
{
	const struct sigaction on_stop = {.sa_handler = stop};
	struct role role;
	struct forward forward = {.arena = arena_new(ARENA_MAX), .link = {.fd = -1}};
	struct ctx ctx;
	role_start(&role, "forward", argc, argv);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigaction(SIGTERM, &on_stop, NULL);
	ctx_init(&ctx, forward.arena);
	if (forward.arena == NULL || start(&ctx, &role, &forward) != ERR_OK) {
		log_failure(&ctx, "start");
		return 1;
	}
	confine(&role);
	role_ready();
	while (!stopping)
		round_of(&forward);
	if (forward.link.ssl != NULL) /* the last confirmation */
		round_of(&forward);
	forward_link_clear(&forward.link);
	db_free(forward.db);
	arena_free(forward.arena);
	return 0;
}
