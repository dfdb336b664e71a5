/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/metrics.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "audit/event.h"
#include "base/conf.h"
#include "server/metrics_sql.h"
#include "server/ops.h"
#include "server/system_sql.h"

enum { EVENTS_AT_ONCE = 50000, OUTCOMES = 3 };

static const char *const outcomes[OUTCOMES] = {"ok", "refused", "failed"};

/* Events numbered since our first look, added up: a counter that starts at nought with each start,
 * as Prometheus expects of counters, costs one look at what is new and never one at all of it. */
struct tally {
	bool started;
	int64_t next; /* first number not added up */
	uint64_t counts[EVENT__COUNT][OUTCOMES];
};

/* The process's own; guarded by tally_lock. */
static pthread_mutex_t tally_lock = PTHREAD_MUTEX_INITIALIZER;
static struct tally tally;

/* Set once, before threads. */
static const struct web_counts *own_counts;

void metrics_note_counts(const struct web_counts *counts)
{
	own_counts = counts;
}

/* Everything one scrape shows. */
struct view {
	struct ctx *ctx;
	struct buf *out;
	bool database, has_syslog;
	struct metrics_counts counts;
	struct system_syslog syslog;
	struct tally tally;
	struct db_totals totals;
};

struct metric {
	const char *name, *type, *help;
	bool from_database;
	enum err (*put)(struct view *view, const struct metric *metric);
	size_t at; /* of an int64_t in struct metrics_counts */
};

/* ------------------------------------------------------------------ samples */

/* label and value NULL: none. */
static void put_sample(struct view *view, const char *name, const char *label, const char *value,
		       int64_t number)
{
	if (label == NULL)
		buf_printf(view->out, "%s %" PRId64 "\n", name, number);
	else
		buf_printf(view->out, "%s{%s=\"%s\"} %" PRId64 "\n", name, label, value, number);
}

static enum err put_count(struct view *view, const struct metric *metric)
{
	int64_t number;

	memcpy(&number, (const char *)&view->counts + metric->at, sizeof(number));
	if (number != METRIC_ABSENT)
		put_sample(view, metric->name, NULL, NULL, number);
	return ERR_OK;
}

static enum err put_build(struct view *view, const struct metric *metric)
{
	put_sample(view, metric->name, "version", SEKISHO_VERSION, 1);
	return ERR_OK;
}

static enum err put_up(struct view *view, const struct metric *metric)
{
	put_sample(view, metric->name, "part", "authority", system_authority_reachable());
	put_sample(view, metric->name, "part", "database", view->database);
	put_sample(view, metric->name, "part", "vault", view->database && view->counts.sealed == 0);
	return ERR_OK;
}

static uint64_t answers_of(const struct web_count_row *row)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < WEB_COUNT_BUCKETS; i++)
		sum += row->buckets[i];
	return sum;
}

/* Operations nobody has used yet are left out: what appears later starts at one. */
static enum err put_requests(struct view *view, const struct metric *metric)
{
	struct web_count_row row;

	for (size_t i = 0; own_counts != NULL && i < web_counts_size(own_counts); i++) {
		web_counts_read(own_counts, i, &row);
		for (int k = 0; answers_of(&row) > 0 && k < WEB_COUNT_CLASSES; k++)
			if (row.classes[k] > 0)
				buf_printf(view->out,
					   "%s{operation=\"%s\",status=\"%dxx\"} %" PRIu64 "\n",
					   metric->name, row.operation, k + 1, row.classes[k]);
	}
	return ERR_OK;
}

static void put_seconds(struct buf *out, uint64_t us)
{
	buf_printf(out, "%" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);
}

static void put_histogram(struct view *view, const char *name, const struct web_count_row *row)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < WEB_COUNT_BUCKETS; i++) {
		sum += row->buckets[i];
		buf_printf(view->out, "%s_bucket{operation=\"%s\",le=\"", name, row->operation);
		if (web_count_bounds[i] == INT64_MAX)
			buf_put_text(view->out, "+Inf");
		else
			put_seconds(view->out, (uint64_t)web_count_bounds[i]);
		buf_printf(view->out, "\"} %" PRIu64 "\n", sum);
	}
	buf_printf(view->out, "%s_sum{operation=\"%s\"} ", name, row->operation);
	put_seconds(view->out, row->total_us);
	buf_printf(view->out, "\n%s_count{operation=\"%s\"} %" PRIu64 "\n", name, row->operation,
		   sum);
}

static enum err put_durations(struct view *view, const struct metric *metric)
{
	struct web_count_row row;

	for (size_t i = 0; own_counts != NULL && i < web_counts_size(own_counts); i++) {
		web_counts_read(own_counts, i, &row);
		if (answers_of(&row) > 0)
			put_histogram(view, metric->name, &row);
	}
	return ERR_OK;
}

static enum err put_connections(struct view *view, const struct metric *metric)
{
	put_sample(view, metric->name, NULL, NULL, (int64_t)view->totals.connections);
	return ERR_OK;
}

static enum err put_errors(struct view *view, const struct metric *metric)
{
	put_sample(view, metric->name, NULL, NULL, (int64_t)view->totals.errors);
	return ERR_OK;
}

static enum err put_gateways(struct view *view, const struct metric *metric)
{
	const struct metrics_counts *counts = &view->counts;

	put_sample(view, metric->name, "state", "online", counts->online);
	put_sample(view, metric->name, "state", "late", counts->late);
	put_sample(view, metric->name, "state", "offline", counts->offline);
	put_sample(view, metric->name, "state", "held", counts->held);
	return ERR_OK;
}

static enum err put_events(struct view *view, const struct metric *metric)
{
	for (int event = EVENT_NONE + 1; event < EVENT__COUNT; event++)
		for (int k = 0; k < OUTCOMES; k++)
			if (view->tally.counts[event][k] > 0)
				buf_printf(view->out,
					   "%s{event=\"%s\",outcome=\"%s\"} %" PRIu64 "\n",
					   metric->name, event_name((enum event_id)event),
					   outcomes[k], view->tally.counts[event][k]);
	return ERR_OK;
}

static enum err put_releases(struct view *view, const struct metric *metric)
{
	put_sample(view, metric->name, NULL, NULL,
		   (int64_t)view->tally.counts[EVENT_SECRET_RELEASED][0]);
	return ERR_OK;
}

static enum err put_refusals(struct view *view, const struct metric *metric)
{
	uint64_t sum = 0;

	for (int event = EVENT_NONE + 1; event < EVENT__COUNT; event++)
		sum += view->tally.counts[event][1];
	put_sample(view, metric->name, NULL, NULL, (int64_t)sum);
	return ERR_OK;
}

/* which 0: restarts, 1: resident KiB. */
static enum err put_processes(struct view *view, const struct metric *metric, int which)
{
	struct db_rows *rows;
	enum err err = metrics_sql_processes(view->ctx, &rows);

	if (err != ERR_OK)
		return err;
	while (db_next(rows)) {
		int64_t values[2];
		const char *text = db_text(rows, 1);
		if (text != NULL &&
		    sscanf(text, "%" SCNd64 " %" SCNd64, &values[0], &values[1]) == 2)
			put_sample(view, metric->name, "role", db_text(rows, 0),
				   which == 0 ? values[0] : values[1] * 1024);
	}
	return db_rows_close(rows);
}

static enum err put_restarts(struct view *view, const struct metric *metric)
{
	return put_processes(view, metric, 0);
}

static enum err put_memory(struct view *view, const struct metric *metric)
{
	return put_processes(view, metric, 1);
}

static enum err put_syslog_behind(struct view *view, const struct metric *metric)
{
	if (view->has_syslog)
		put_sample(view, metric->name, NULL, NULL, view->syslog.behind);
	return ERR_OK;
}

static enum err put_syslog_failing(struct view *view, const struct metric *metric)
{
	if (view->has_syslog)
		put_sample(view, metric->name, NULL, NULL, view->syslog.error != NULL);
	return ERR_OK;
}

static enum err put_syslog_confirmed(struct view *view, const struct metric *metric)
{
	if (view->has_syslog && view->syslog.confirmed_at != 0)
		put_sample(view, metric->name, NULL, NULL, view->syslog.confirmed_at / 1000000);
	return ERR_OK;
}

/* ------------------------------------------------------------------ the table */

#define WEB(name, type, help, put)                         \
	{                                                  \
		"sekisho_" name, type, help, false, put, 0 \
	}
#define DATABASE(name, type, help, put)                   \
	{                                                 \
		"sekisho_" name, type, help, true, put, 0 \
	}
#define COUNT(name, help, member)                                \
	{                                                        \
		"sekisho_" name, "gauge", help, true, put_count, \
			offsetof(struct metrics_counts, member)  \
	}

static const struct metric metrics[] = {
	WEB("build_info", "gauge", "The version that runs; always 1.", put_build),
	WEB("up", "gauge", "Whether a part answers (the vault: is open).", put_up),
	WEB("http_requests_total", "counter",
	    "Requests answered by web since its start, by operation and class of status.",
	    put_requests),
	WEB("http_request_duration_seconds", "histogram",
	    "From the head of a request to the start of its answer.", put_durations),
	WEB("database_connections_total", "counter",
	    "Connections that web opened to the database since its start.", put_connections),
	WEB("database_errors_total", "counter",
	    "Statements and connections of web that failed or timed out since its start.",
	    put_errors),
	COUNT("sessions_live", "Privileged sessions that run.", live),
	COUNT("sessions_waiting", "Privileged sessions that are being opened.", waiting),
	COUNT("requests_pending", "Requests that wait for an approver.", pending_requests),
	DATABASE("gateways", "gauge", "Gateways by state.", put_gateways),
	COUNT("gateway_alarms", "Gateways of which a copy was seen.", alarms),
	COUNT("audit_rollback_alarms", "Gateways that hold what our audit tree does not.",
	      rolled_back),
	COUNT("audit_log_size", "Numbered events of the audit log.", audit_size),
	COUNT("audit_pending", "Events that wait for their number.", audit_pending),
	COUNT("audit_lag_seconds", "Age of the oldest event without a number.", audit_lag_s),
	COUNT("audit_checkpoint_age_seconds", "Age of the newest signed checkpoint.",
	      checkpoint_age_s),
	DATABASE("audit_events_total", "counter",
		 "Numbered events since web's first scrape, by event and outcome.", put_events),
	DATABASE("secret_releases_total", "counter", "Secrets released since web's first scrape.",
		 put_releases),
	DATABASE("refusals_total", "counter",
		 "Events whose outcome is a refusal, since web's first scrape.", put_refusals),
	COUNT("release_limit_met", "1: within a day somebody met the cap on secret releases.",
	      limit_met),
	COUNT("vault_sealed", "1: sealed.", sealed),
	COUNT("certificate_expiry_seconds", "Until the server's certificate ends.", certificate_s),
	COUNT("gateway_certificate_expiry_seconds",
	      "Until the first certificate of an enrolled gateway ends.", gateway_certificate_s),
	DATABASE("process_resident_bytes", "gauge",
		 "Resident memory of a role, at most a minute old.", put_memory),
	DATABASE("process_restarts_total", "counter",
		 "Starts of a role beyond its first, since sekishod's.", put_restarts),
	DATABASE("syslog_behind", "gauge", "Events the syslog receiver has not got.",
		 put_syslog_behind),
	DATABASE("syslog_failing", "gauge", "1: the last attempt to hand events on failed.",
		 put_syslog_failing),
	DATABASE("syslog_confirmed_timestamp_seconds", "gauge",
		 "When events were last handed on (Unix time).", put_syslog_confirmed),
};

/* ------------------------------------------------------------------ one scrape */

static void tally_row(struct tally *sums, const char *name, const char *outcome, int64_t count)
{
	for (int event = EVENT_NONE + 1; event < EVENT__COUNT; event++) {
		if (strcmp(event_name((enum event_id)event), name) != 0)
			continue;
		for (int k = 0; k < OUTCOMES; k++)
			if (strcmp(outcomes[k], outcome) == 0)
				sums->counts[event][k] += (uint64_t)count;
		return;
	}
}

/* sums is as it was unless all of it succeeds. A log that became shorter was restored: what comes
 * next is counted from its new end. */
static enum err tally_add(struct ctx *ctx, struct tally *sums, int64_t size)
{
	struct tally next = *sums;
	int64_t to = size - next.next > EVENTS_AT_ONCE ? next.next + EVENTS_AT_ONCE : size;
	struct db_rows *rows;

	if (!next.started || size <= next.next) {
		sums->started = true;
		sums->next = size;
		return ERR_OK;
	}
	enum err err = metrics_sql_events(ctx, next.next, to, &rows);
	if (err != ERR_OK)
		return err;
	while (db_next(rows))
		tally_row(&next, db_text(rows, 0), db_text(rows, 1), db_int(rows, 2));
	err = db_rows_close(rows);
	if (err == ERR_OK) {
		next.next = to;
		*sums = next;
	}
	return err;
}

static enum err look_at_events(struct view *view)
{
	pthread_mutex_lock(&tally_lock);
	enum err err = tally_add(view->ctx, &tally, view->counts.audit_size);
	view->tally = tally;
	pthread_mutex_unlock(&tally_lock);
	return err;
}

static enum err look_at_syslog(struct view *view)
{
	const struct conf *conf = view->ctx->conf;

	if (conf == NULL || conf->syslog_server == NULL || conf->syslog_server[0] == '\0')
		return ERR_OK;
	enum err err = system_sql_syslog(view->ctx, conf->syslog_server, &view->syslog);
	view->has_syslog = err == ERR_OK;
	return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err look(struct view *view)
{
	enum err err = metrics_sql_counts(view->ctx, &view->counts);

	if (err == ERR_OK)
		err = look_at_events(view);
	return err == ERR_OK ? look_at_syslog(view) : err;
}

enum err metrics_read(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct view view = {.ctx = ctx, .out = reply->body};
	enum err err = ERR_OK;

	(void)in;
	view.database = look(&view) == ERR_OK;
	db_totals(&view.totals);
	for (size_t i = 0; err == ERR_OK && i < sizeof(metrics) / sizeof(metrics[0]); i++) {
		const struct metric *metric = &metrics[i];
		if (metric->from_database && !view.database)
			continue;
		buf_printf(view.out, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help,
			   metric->name, metric->type);
		err = metric->put(&view, metric);
	}
	reply->content_type = "text/plain; version=0.0.4; charset=utf-8";
	return err;
}
