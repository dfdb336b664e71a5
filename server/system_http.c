/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/conf.h"
#include "base/json.h"
#include "server/metrics.h"
#include "server/ops.h"
#include "server/system_sql.h"

/* State of the installation, as far as the database and this process show it. */

enum { SYSLOG_BEHIND = 10000 };

static atomic_bool authority_reachable;

void system_note_authority(bool reachable)
{
	atomic_store(&authority_reachable, reachable);
}

bool system_authority_reachable(void)
{
	return atomic_load(&authority_reachable);
}

/* Authority writes "vault.state" whenever it changes. */
static bool is_sealed(struct ctx *ctx)
{
	const char *state = NULL;

	return system_sql_state(ctx, "vault.state", &state) != ERR_OK || state == NULL ||
	       strcmp(state, "open") != 0;
}

static void put_seal(struct json *json, const struct conf *conf, bool sealed)
{
	bool passphrase = conf != NULL && conf->key_provider == CONF_PROVIDER_PASSPHRASE;

	json_object(json, "seal");
	json_bool(json, "sealed", sealed);
	json_text(json, "provider", passphrase ? "passphrase" : "sealed_file");
	json_end_object(json);
}

static void put_database(struct json *json, const struct conf *conf,
			 const struct system_counts *counts)
{
	static const char *const kinds[] = {"embedded", "socket", "host"};

	json_object(json, "database");
	json_text(json, "kind", kinds[conf != NULL ? conf->database : CONF_DATABASE_EMBEDDED]);
	json_text(json, "version", counts->database_version);
	json_end_object(json);
}

static void put_counts(struct json *json, const struct system_counts *counts)
{
	json_object(json, "gateways");
	json_int(json, "online", counts->online);
	json_int(json, "late", counts->late);
	json_int(json, "offline", counts->gateways - counts->online - counts->late);
	json_end_object(json);
	json_object(json, "sessions");
	json_int(json, "live", counts->live_sessions);
	json_end_object(json);
	json_object(json, "requests");
	json_int(json, "pending", counts->pending_requests);
	json_end_object(json);
	json_object(json, "audit");
	json_int(json, "size", counts->audit_size);
	json_int(json, "pending", counts->audit_pending);
	if (counts->checkpoint_age_s >= 0)
		json_int(json, "checkpoint_age_s", counts->checkpoint_age_s);
	else
		json_null(json, "checkpoint_age_s");
	json_end_object(json);
}

/* Value of "sandbox.<role>": "<landlock abi> <seccomp 0|1> <identity 0|1>". */
static void put_sandbox(struct json *json, const char *role, const char *value)
{
	int abi = 0, seccomp = 0, identity = 0;

	if (sscanf(value, "%9d %1d %1d", &abi, &seccomp, &identity) != 3)
		return;
	json_object(json, NULL);
	json_text(json, "role", role);
	json_int(json, "landlock_abi", abi);
	json_bool(json, "seccomp", seccomp != 0);
	json_bool(json, "identity", identity != 0);
	json_end_object(json);
}

static enum err put_sandboxes(struct ctx *ctx, struct json *json)
{
	struct db_rows *rows;
	enum err err = system_sql_sandboxes(ctx, &rows);

	if (err != ERR_OK)
		return err;
	json_array(json, "sandbox");
	while (db_next(rows))
		put_sandbox(json, db_text(rows, 0), db_text(rows, 1));
	json_end_array(json);
	return db_rows_close(rows);
}

static const char *syslog_receiver(const struct conf *conf)
{
	return conf != NULL && conf->syslog_server != NULL && conf->syslog_server[0] != '\0'
		       ? conf->syslog_server
		       : NULL;
}

static void put_time(struct json *json, const char *name, int64_t time)
{
	if (time != 0)
		json_time(json, name, time);
	else
		json_null(json, name);
}

static enum err put_syslog(struct ctx *ctx, struct json *json, bool *out_due)
{
	struct system_syslog syslog = {0};
	const char *receiver = syslog_receiver(ctx->conf);
	enum err err = receiver ? system_sql_syslog(ctx, receiver, &syslog) : ERR_OK;

	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	if (receiver == NULL) {
		json_null(json, "syslog");
		return ERR_OK;
	}
	*out_due = syslog.error != NULL || syslog.behind > SYSLOG_BEHIND;
	json_object(json, "syslog");
	json_text(json, "receiver", receiver);
	json_int(json, "confirmed", syslog.confirmed);
	json_int(json, "behind", syslog.behind);
	put_time(json, "confirmed_at", syslog.confirmed_at);
	json_text(json, "error", syslog.error);
	put_time(json, "error_at", syslog.error_at);
	json_end_object(json);
	return ERR_OK;
}

/* What an administrator should look at, most pressing first. */
static void put_todo(struct json *json, const struct system_counts *counts, bool sealed,
		     bool syslog_due)
{
	const struct {
		bool due;
		const char *code;
	} table[] = {
		{sealed, "todo.unseal"},
		{counts->break_glass > 0, "todo.break_glass"},
		{counts->reports > 0, "todo.sign_in_reported"},
		{counts->rolled_back > 0, "todo.rolled_back"},
		{counts->alarms > 0, "todo.gateway_alarm"},
		{counts->campaign > 0, "todo.campaign"},
		{counts->limit_met > 0, "todo.release_limit"},
		{counts->gateways == 0, "todo.no_gateway"},
		{counts->gateways > counts->online + counts->late, "todo.gateway_offline"},
		{counts->targets == 0, "todo.no_target"},
		{counts->accounts_without_secret > 0, "todo.account_without_secret"},
		{counts->workflows == 0, "todo.no_workflow"},
		{counts->rules == 0, "todo.no_rule"},
		{counts->people < 2, "todo.no_people"},
		{counts->saml_key_ends > 0, "todo.saml_key_ends"},
		{counts->audit_pending > 1000, "todo.audit_backlog"},
		{syslog_due, "todo.syslog"},
	};

	json_array(json, "todo");
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].due)
			json_text(json, NULL, table[i].code);
	json_end_array(json);
}

static enum err read_overview(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct system_counts counts;
	enum err err = system_sql_counts(ctx, &counts);

	(void)in;
	if (err != ERR_OK)
		return err;
	bool sealed = is_sealed(ctx), syslog_due = false;
	json_object(reply->json, NULL);
	json_text(reply->json, "version", SEKISHO_VERSION);
	put_seal(reply->json, ctx->conf, sealed);
	put_database(reply->json, ctx->conf, &counts);
	put_counts(reply->json, &counts);
	err = put_syslog(ctx, reply->json, &syslog_due);
	if (err == ERR_OK)
		err = put_sandboxes(ctx, reply->json);
	put_todo(reply->json, &counts, sealed, syslog_due);
	json_end_object(reply->json);
	return err;
}

static void put_check(struct json *json, const char *name, bool good)
{
	json_object(json, NULL);
	json_text(json, "name", name);
	json_bool(json, "ok", good);
	json_end_object(json);
}

/* Says which part is missing, to anybody, and nothing more than that. */
static bool put_health(struct ctx *ctx, struct json *json)
{
	const char *state = NULL;
	enum err err = system_sql_state(ctx, "vault.state", &state);
	bool database = err == ERR_OK || err == ERR_NOT_FOUND;
	bool vault = err == ERR_OK && state != NULL && strcmp(state, "open") == 0;
	bool authority = system_authority_reachable();

	json_object(json, NULL);
	json_text(json, "status", database && vault && authority ? "ok" : "degraded");
	json_array(json, "checks");
	put_check(json, "authority", authority);
	put_check(json, "database", database);
	put_check(json, "vault", vault);
	json_end_array(json);
	json_end_object(json);
	return database && vault && authority;
}

static enum err read_health(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	(void)in;
	(void)put_health(ctx, reply->json);
	return ERR_OK;
}

/* The same with a status that a load balancer understands. */
static enum err read_ready(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	(void)in;
	reply->status = put_health(ctx, reply->json) ? 200 : 503;
	return ERR_OK;
}

/* Whoever answers lives: nobody is asked. */
static enum err read_live(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	(void)ctx;
	(void)in;
	json_object(reply->json, NULL);
	json_text(reply->json, "status", "ok");
	json_array(reply->json, "checks");
	json_end_array(reply->json);
	json_end_object(reply->json);
	return ERR_OK;
}

static const struct op_read reads[] = {
	{"system.overview", read_overview}, {"system.health", read_health},
	{"system.live", read_live},	    {"system.ready", read_ready},
	{"system.metrics", metrics_read},   {NULL, NULL},
};

const struct op_read *system_reads(void)
{
	return reads;
}
