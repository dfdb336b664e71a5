/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/authority_clock.h"

#include "audit/audit.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/sys.h"
#include "gateways/presence.h"
#include "gateways/proto/bundle.h"
#include "sql/db.h"

enum { STEP_US = 2000000, PARAMS_MAX = 4 };
/* Gateways counted on while nobody looked here, for how long is not known. Signed time may run
 * ahead of theirs, which follows it, and not behind; a bundle must stay valid meanwhile. */
#define AHEAD_US (BUNDLE_EXPIRES_US / 2)

int64_t clock_look(struct clock_watch *watch, int64_t real_us, int64_t mono_us)
{
	int64_t expected = watch->real_us + (mono_us - watch->mono_us);
	int64_t back = watch->real_us != 0 ? expected - real_us : 0;

	if (watch->real_us != 0 && back < STEP_US && back > -STEP_US)
		return 0;
	*watch = (struct clock_watch){.real_us = real_us, .mono_us = mono_us};
	return back;
}

/* Everything that ends by the wall clock; each parameter is the shift in microseconds. */
#define EARLIER(column) column " = " column " - INTERVAL ? MICROSECOND"
static const struct db_stmt leases = {
	"clock.leases",
	"UPDATE lease SET " EARLIER("starts_at") ", " EARLIER("ends_at") " WHERE state = 'active'",
	2, 0};
#define OPEN_SIGN_IN " WHERE ended_at IS NULL"
static const struct db_stmt people = {
	"clock.people",
	"UPDATE auth_session SET " EARLIER("idle_expires_at") ", " EARLIER(
		"expires_at") ", " EARLIER("authenticated_at") ", " EARLIER("last_seen_at")
		OPEN_SIGN_IN,
	4, 0};
static const struct db_stmt enrolments = {
	"clock.enrolments",
	"UPDATE auth_enrolment SET " EARLIER("expires_at") " WHERE used_at IS NULL", 1, 0};
static const struct db_stmt tokens = {
	"clock.tokens", "UPDATE gateway_token SET " EARLIER("expires_at") " WHERE used_at IS NULL",
	1, 0};
static const struct db_stmt lanes = {
	"clock.lanes", "UPDATE auth_lane SET " EARLIER("next_at") ", " EARLIER("last_fail_at"), 2,
	0};
static const struct db_stmt remember = {
	"clock.remember",
	"INSERT INTO system_state (name, value, updated_at) VALUES ('clock.seen', '', ?)"
	" ON DUPLICATE KEY UPDATE updated_at = VALUE(updated_at)",
	1, 0};
static const struct db_stmt remembered = {
	"clock.remembered", "SELECT updated_at FROM system_state WHERE name = 'clock.seen'", 0, 1};

static const struct db_stmt *const stmts[] = {&leases, &people,	  &enrolments, &tokens,
					      &lanes,  &remember, &remembered, NULL};
static const struct db_stmt *const shifts[] = {&leases, &people, &enrolments, &tokens, &lanes};
static const struct db_stmt_list list = {"clock", stmts};

const struct db_stmt_list *clock_statements(void)
{
	return &list;
}

static void read_time(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_time(rows, 0);
}

/* At least so far: how long nobody looked is not known. */
static enum err since_last_run(struct ctx *ctx, int64_t now, int64_t *out)
{
	int64_t seen = 0;
	enum err err = db_one(ctx, &remembered, NULL, read_time, &seen);

	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	*out = seen - now >= STEP_US ? seen - now : 0;
	return ERR_OK;
}

static enum err shorten(struct ctx *ctx, int64_t back_us)
{
	struct db_param params[PARAMS_MAX];
	enum err err = ERR_OK;

	for (size_t i = 0; i < PARAMS_MAX; i++)
		params[i] = DB_P_INT(back_us);
	for (size_t i = 0; err == ERR_OK && i < sizeof(shifts) / sizeof(shifts[0]); i++)
		err = db_exec(ctx, shifts[i], params, NULL);
	return err;
}

static enum err set_back(struct ctx *ctx, int64_t back_us, int64_t ahead_us)
{
	struct audit audit;
	char seconds[24];
	enum err err = shorten(ctx, back_us);

	(void)snprintf(seconds, sizeof(seconds), "%lld", (long long)(back_us / 1000000));
	if (err == ERR_OK)
		err = gateway_signed_time_add(ctx, ahead_us);
	if (err != ERR_OK)
		return err;
	audit_init(&audit, EVENT_CLOCK_SET_BACK);
	audit_data(&audit, "seconds", seconds);
	err = audit_append(ctx, &audit);
	if (err == ERR_OK)
		log_event(LOG_LEVEL_WARN, NULL, "clock_set_back", "seconds", seconds, NULL);
	return err;
}

enum err clock_settle(struct ctx *ctx, bool first, int64_t back_us, int64_t *out_back)
{
	int64_t now = sys_real_us(), more = 0;
	enum err err = first ? since_last_run(ctx, now, &more) : ERR_OK;

	*out_back = back_us + more;
	if (err == ERR_OK && *out_back > 0)
		err = set_back(ctx, *out_back, *out_back + (more > 0 ? AHEAD_US : 0));
	if (err == ERR_OK)
		err = db_exec(ctx, &remember, (struct db_param[]){DB_P_TIME(now)}, NULL);
	return err;
}
