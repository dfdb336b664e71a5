/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/chan.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/role.h"
#include "base/sys.h"
#include "gateways/est.h"
#include "reports/zone.h"
#include "server/metrics.h"
#include "server/ops.h"
#include "server/web.h"
#include "server/web_json.h"

/* sekisho-web: opens and warms up, is confined, then serves. It holds nothing secret: of the
 * metrics token only a digest. */

enum { TOKEN_MIN = 16, DIGEST = 32, EDGE_PATIENCE_US = 10000000 };

static const struct sandbox_spec sandbox = {
	.role = "web",
	.allow = SANDBOX_UNIX_CONNECT | SANDBOX_SEND_FDS,
};

struct process {
	struct loop *loop;
	struct web *web;
	struct chan *edge; /* NULL: edge is being started again */
	struct loop_timer *edge_patience;
};

static enum err on_connection(void *arg, struct chan *chan, struct chan_msg *msg,
			      const void *message)
{
	struct process *process = arg;

	(void)chan;
	if (web_add_connection(process->web, chan_take_fd(msg, 0), message) != ERR_OK)
		log_event(LOG_LEVEL_WARN, NULL, "connection_dropped", NULL);
	return ERR_OK; /* too many is no fault of edge */
}

static const struct chan_row edge_rows[] = {
	{MSG_CONNECTION, "connection", &msg_connection_codec, sizeof(struct msg_connection), 1, 1,
	 on_connection},
};

static enum err on_edge(void *arg, struct chan *chan, struct chan_msg *msg)
{
	return chan_dispatch(edge_rows, sizeof(edge_rows) / sizeof(edge_rows[0]), arg, chan, msg);
}

/* The channel broke and no edge that was started again brought another: the supervisor knows of
 * nothing to mend, and nobody reaches us any more. Started anew, we get a new one. */
static void on_edge_silent(void *arg)
{
	struct process *process = arg;

	log_event(LOG_LEVEL_ERROR, NULL, "edge_silent", "next", "web starts anew", NULL);
	loop_stop(process->loop);
}

/* Connections that are open live on; new ones come when edge is back, if it is in time. */
static void on_edge_closed(void *arg, struct chan *chan)
{
	struct process *process = arg;

	log_event(LOG_LEVEL_WARN, NULL, "channel_closed", "channel", "edge", NULL);
	if (process->edge == chan)
		process->edge = NULL;
	chan_free(chan);
	loop_timer_set(process->edge_patience, EDGE_PATIENCE_US);
}

static bool open_edge(struct process *process, int fd)
{
	chan_free(process->edge);
	loop_timer_stop(process->edge_patience);
	process->edge = chan_new(process->loop, fd, 16, on_edge, on_edge_closed, process);
	return process->edge != NULL;
}

static void on_new_channel(void *arg, const char *name, int fd)
{
	struct process *process = arg;

	if (strcmp(name, "edge") == 0 && open_edge(process, fd))
		return;
	log_event(LOG_LEVEL_WARN, NULL, "channel_unexpected", "channel", name, NULL);
	if (strcmp(name, "edge") != 0)
		close(fd);
}

/* Nothing can be decided without authority: the supervisor starts us together. */
static void on_authority_lost(void *arg)
{
	struct process *process = arg;

	log_event(LOG_LEVEL_WARN, NULL, "channel_closed", "channel", "authority", NULL);
	system_note_authority(false);
	loop_stop(process->loop);
}

/* Once before confinement: time zone, randomness, the digest of the WebSocket handshake. */
static void warm_up(void)
{
	uint8_t bytes[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	tzset();
	web_json_start();
	sys_random(bytes, 16);
	EVP_Digest("", 0, bytes, &len, EVP_sha1(), NULL);
	EVP_Digest("", 0, bytes, &len, EVP_sha256(), NULL);
}

static void try_database(const struct db_params *params)
{
	scoped(arena_free_p) struct arena *arena = arena_new(64 * 1024);
	struct ctx ctx;
	struct db *db = db_new(params);

	ctx_init(&ctx, arena);
	ctx.db = db;
	ctx.deadline_us = sys_mono_us() + 5000000;
	if (db == NULL || db_connect(&ctx) != ERR_OK)
		log_failure(&ctx, "database_absent"); /* each use tries again */
	db_free(db);
}

static void fail(const char *what)
{
	log_event(LOG_LEVEL_ERROR, NULL, "start_failed", "what", what, NULL);
	exit(1);
}

static size_t trimmed_len(const struct secret *token)
{
	size_t len = secret_len(token);

	while (len > 0 && strchr(" \t\r\n", secret_bytes(token)[len - 1]) != NULL)
		len--;
	return len;
}

/* False: there is none, or one that could be guessed. */
static bool digest_metrics_token(uint8_t out[DIGEST])
{
	scoped(secret_free_p) struct secret *token = role_secret("metrics_token");
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (token == NULL)
		return false;
	size_t size = trimmed_len(token);
	if (size < TOKEN_MIN) {
		log_event(LOG_LEVEL_ERROR, NULL, "metrics_off", "reason",
			  "the token has less than 16 characters", NULL);
		return false;
	}
	if (EVP_Digest(secret_bytes(token), size, digest, &len, EVP_sha256(), NULL) != 1)
		return false;
	memcpy(out, digest, DIGEST);
	return true;
}

static void serve(struct role *role, const struct db_params *db)
{
	uint8_t digest[DIGEST];
	struct web_counts *counts = web_counts_new(op_tables());
	struct process process = {.loop = loop_new()};
	const struct web_params params = {
		.conf = role->conf,
		.ops = op_tables(),
		.reads = web_read_tables(),
		.db = db,
		.counts = counts,
		.metrics_digest = digest_metrics_token(digest) ? digest : NULL,
		.read_enrol = est_read_enrol,
		.loop = process.loop,
		.authority_lost = on_authority_lost,
		.arg = &process,
	};

	metrics_note_counts(counts);
	process.web = process.loop != NULL && counts != NULL ? web_new(&params) : NULL;
	process.edge_patience =
		process.web != NULL ? loop_timer_new(process.loop, on_edge_silent, &process) : NULL;
	if (process.edge_patience == NULL)
		fail("memory");
	/* Reports in any time zone: the files are out of reach after this. */
	if (zones_load("/usr/share/zoneinfo") != ERR_OK)
		log_event(LOG_LEVEL_WARN, NULL, "no_time_zones", "folder", "/usr/share/zoneinfo",
			  NULL);
	struct sandbox_path paths[ROLE_PATHS];
	struct sandbox_spec confined = sandbox;
	role_add_database(role->conf, &confined, paths);
	role_confine(role, &confined);
	if (web_set_authority(process.web, role_fd("authority")) != ERR_OK ||
	    web_start(process.web) != ERR_OK)
		fail("threads");
	system_note_authority(true);
	if (!open_edge(&process, role_fd("edge")))
		fail("edge");
	if (role_watch_channels(process.loop, on_new_channel, &process) != ERR_OK)
		fail("supervisor");
	role_lock(role, &confined);
	role_ready();
	if (loop_run(process.loop) != ERR_OK)
		fail("loop");
}

int main(int argc, char **argv)
{
	struct role role;

	role_start(&role, "web", argc, argv);
	scoped(secret_free_p) struct secret *password = role_secret("db");
	const struct db_params db = db_params_of(role.conf, "sekisho_web", password);
	warm_up();
	try_database(&db);
	serve(&role, &db);
	/* what is still in flight is answered by nobody: the process ends with its siblings */
	_exit(0);
}
