/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "auth/network_load.h"
#include "auth/password_list.h"
#include "auth/watch_keep.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/role.h"
#include "base/secret.h"
#include "base/sys.h"
#include "gateways/presence.h"
#include "notify/notify.h"
#include "server/authority_helper.h"
#include "server/authority_inner.h"
#include "server/authority_live.h"
#include "server/authority_ops.h"
#include "vault/keeper.h"

/*
 * sekisho-authority: decides. Who is signed in, what is approved, which lease is open; the only
 * writer of those tables and the only one the keeper answers. Descriptors: keeper, web, edge,
 * worker, supervisor, ctl, db, recordings.
 */
enum {
	WORKERS =
		16, /* each waits for the disk when it commits; those who wait together share it */
	PASSWORD_WORKERS = 6, /* of which two hash at a time: auth/hash_gate.h */
	PASSWORD_RESERVED = 2,
	HELPED_WORKERS = 4, /* and so many helper processes at once */
	QUEUE_MAX = 1024,
	PASSWORD_QUEUE_MAX = 64,
	HELPED_QUEUE_MAX = 64,
	ARENA_MAX = 8 * 1024 * 1024,
	START_SECONDS = 30,
};

static const struct sandbox_spec spec = {
	.role = "authority",
	.allow = SANDBOX_ACCEPT | SANDBOX_UNIX_CONNECT | SANDBOX_SEND_FDS | SANDBOX_FILES |
		 SANDBOX_PWRITE,
};

static void fail(const struct ctx *ctx, const char *event)
{
	log_failure(ctx, event);
	exit(1);
}

static enum err started(struct ctx *ctx, void *arg)
{
	struct audit audit;

	(void)arg;
	audit_init(&audit, EVENT_SYSTEM_STARTED);
	audit_data(&audit, "version", SEKISHO_VERSION);
	return audit_append(ctx, &audit);
}

static enum err nobody_attached(struct ctx *ctx, void *arg)
{
	(void)arg;
	return gateway_presence_reset(ctx);
}

/* What a restart may mend is tried again; a key that does not fit never will. */
static void open_vault(struct ctx *ctx)
{
	enum err err = vault_open(ctx, -1);

	if (err == ERR_OK)
		return;
	log_failure(ctx, "vault");
	exit(err == ERR_UNAUTHENTICATED || err == ERR_INTEGRITY || err == ERR_CONFLICT ||
			     err == ERR_INPUT || err == ERR_SEALED
		     ? ROLE_EXIT_OWNER
		     : 1);
}

/* A file that was configured and does not serve is the owner's to mend: rules by country would not
 * hold. */
static void open_geo(struct authority *authority)
{
	struct ctx ctx;
	struct geo *geo = NULL;

	ctx_init(&ctx, NULL);
	if (geo_open(&ctx, authority->conf->geo_country_file, authority->conf->geo_asn_file,
		     &geo) != ERR_OK) {
		log_failure(&ctx, "geo");
		exit(ROLE_EXIT_OWNER);
	}
	authority->network = network_new(geo);
	if (!authority->network)
		exit(1);
}

/* With one connection, before anything is confined or threaded: the database must be there, the
 * vault opens when its provider needs nobody. */
static void start(struct authority *authority, const struct db_params *params)
{
	struct ctx ctx;
	struct arena *arena = arena_new(ARENA_MAX);
	struct db *db = db_new(params);

	if (!arena || !db)
		exit(1);
	ctx_init(&ctx, arena);
	ctx.db = db;
	ctx.keeper = authority->keeper;
	ctx.watch = authority->watch;
	ctx.conf = authority->conf;
	ctx.on_audit = notify_on_audit;
	ctx.deadline_us = sys_mono_us() + (int64_t)START_SECONDS * 1000000;
	if (db_connect(&ctx) != ERR_OK)
		fail(&ctx, "database");
	if (db_transaction(&ctx, started, NULL) != ERR_OK || vault_note_sealed(&ctx) != ERR_OK ||
	    live_sweep_orphans(&ctx) != ERR_OK ||
	    db_transaction(&ctx, nobody_attached, NULL) != ERR_OK || watch_load(&ctx) != ERR_OK)
		fail(&ctx, "start");
	if (authority->conf->key_provider == CONF_PROVIDER_SEALED_FILE) {
		open_vault(&ctx);
		authority->vault_ready = true;
	}
	db_free(db);
	arena_free(arena);
}

/* Its file stays mapped: nothing opens files there once the role is confined. */
static void open_password_list(const struct conf *conf)
{
	struct ctx ctx;

	ctx_init(&ctx, NULL);
	if (password_list_open(&ctx, conf->password_list_file) == ERR_OK)
		return;
	log_failure(&ctx, "password_list_file");
	exit(ROLE_EXIT_OWNER);
}

static void open_pools(struct authority *authority, const struct db_params *params)
{
	struct pool_params pool = {.loop = authority->loop,
				   .threads = WORKERS,
				   .queue_max = QUEUE_MAX,
				   .arena_max = ARENA_MAX,
				   .db = *params,
				   .keeper = authority->keeper,
				   .network = authority->network,
				   .watch = authority->watch,
				   .conf = authority->conf,
				   .helpers = &authority->helpers,
				   .on_audit = notify_on_audit};

	authority->general = pool_new(&pool);
	pool.threads = PASSWORD_WORKERS;
	pool.reserved = PASSWORD_RESERVED;
	pool.queue_max = PASSWORD_QUEUE_MAX;
	authority->passwords = pool_new(&pool);
	pool.threads = HELPED_WORKERS;
	pool.reserved = 0;
	pool.queue_max = HELPED_QUEUE_MAX;
	authority->helped = pool_new(&pool);
	if (!authority->general || !authority->passwords || !authority->helped) {
		log_event(LOG_LEVEL_ERROR, NULL, "threads", NULL);
		exit(1);
	}
}

static void open_channels(struct authority *authority)
{
	authority_open_peer(authority, PEER_SUPERVISOR, role_fd("supervisor"));
	authority_open_peer(authority, PEER_WEB, role_fd("web"));
	authority_open_peer(authority, PEER_EDGE, role_fd("edge"));
	authority_open_peer(authority, PEER_WORKER, role_fd("worker"));
	authority_open_peer(authority, PEER_MAIL, role_fd("mail"));
	ctl_listen(authority);
	tick_start(authority);
}

int main(int argc, char **argv)
{
	struct role role;
	static struct authority authority; /* large */
	char recordings[512];

	role_start(&role, "authority", argc, argv);
	(void)signal(SIGPIPE, SIG_IGN);
	if (sodium_init() < 0)
		return 1;
	const struct runner runner = {op_tables(), authority_writes()};
	authority.conf = role.conf;
	authority.runner = &runner; /* main's frame lasts as long as every thread */
	authority.recordings = role_fd("recordings");
	authority.ctl = role_fd("ctl");
	authority.loop = loop_new();
	authority.helpers = (struct helpers){helper_process_start, &authority};
	authority.keeper = keeper_client_new(role_fd("keeper"));
	authority.watch = watch_new();
	if (!authority.loop || !authority.keeper || !authority.watch)
		return 1; /* NOLINT(clang-analyzer-core.StackAddressEscape): the process ends */
	struct secret *password = role_secret("db");
	const struct db_params params = db_params_of(role.conf, "sekisho_authority", password);
	(void)snprintf(recordings, sizeof(recordings), "%s/recordings", role.conf->data_dir);
	struct sandbox_path paths[ROLE_PATHS] = {{recordings, true}};
	struct sandbox_spec confined = spec;
	confined.paths = paths;
	confined.path_count = 1;
	role_add_database(role.conf, &confined, paths);
	open_password_list(authority.conf);
	open_geo(&authority);
	start(&authority, &params);
	role_confine(&role, &confined);
	open_pools(&authority, &params);
	role_lock(&role, &confined);
	open_channels(&authority);
	role_ready();
	enum err err = loop_run(authority.loop);
	pool_free(authority.general);
	lane_drop(&authority);
	pool_free(authority.passwords);
	pool_free(authority.helped);
	return err == ERR_OK ? 0 : 1;
}
