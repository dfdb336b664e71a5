/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/network_sql.h"

#include <string.h>

#include "auth/auth.h"
#include "base/arena.h"
#include "base/sys.h"

enum { SEEN_MAX = 10000 };

static const struct db_stmt version_stmt = {
	"network.version", "SELECT version FROM network_policy WHERE id = 1", 0, 1};
static const struct db_stmt version_locked = {
	"network.version_locked", "SELECT version FROM network_policy WHERE id = 1 FOR UPDATE", 0,
	1};
static const struct db_stmt all = {
	"network.all",
	"SELECT deny, entrance, role, user_id, networks, countries, asns, note FROM network_rule "
	"ORDER BY place",
	0, 8};
static const struct db_stmt clear = {"network.clear", "DELETE FROM network_rule", 0, 0};
static const struct db_stmt insert = {"network.insert",
				      "INSERT INTO network_rule (place, deny, entrance, role, "
				      "user_id, networks, countries, asns, "
				      "note, event_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
				      10, 0};
static const struct db_stmt move_on = {"network.next_version",
				       "UPDATE network_policy SET version = version + 1, "
				       "updated_at = ?, event_id = ? WHERE id = 1",
				       2, 0};
static const struct db_stmt seen_stmt = {
	"network.seen",
	"SELECT u.id, u.login, u.display_name, s.peer, 'portal' FROM auth_session s "
	"JOIN user u ON u.id = s.user_id WHERE u.state = 'active' AND s.last_seen_at > ? "
	"UNION DISTINCT "
	"SELECT u.id, u.login, u.display_name, t.last_used_from, 'api' FROM api_token t "
	"JOIN user u ON u.id = t.user_id WHERE u.state = 'active' AND t.ended_at IS NULL AND "
	"t.last_used_at > ? ORDER BY 2, 5, 4 LIMIT ?",
	3, 5};

static const struct db_stmt *const stmts[] = {&version_stmt, &version_locked, &all,	  &clear,
					      &insert,	     &move_on,	      &seen_stmt, NULL};
static const struct db_stmt_list list = {"network", stmts};

const struct db_stmt_list *network_statements(void)
{
	return &list;
}

static void read_version(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

enum err network_sql_version(struct ctx *ctx, bool lock, int64_t *out)
{
	return db_one(ctx, lock ? &version_locked : &version_stmt, NULL, read_version, out);
}

static enum entrance entrance_of(const char *name)
{
	if (strcmp(name, "portal") == 0)
		return ENTRANCE_PORTAL;
	return strcmp(name, "api") == 0 ? ENTRANCE_API : ENTRANCE_ANY;
}

static const char *entrance_name(enum entrance entrance)
{
	static const char *const names[] = {"portal", "api", "any"};

	return names[entrance];
}

enum err network_sql_each(struct ctx *ctx, network_rule_fn *fn, void *arg)
{
	struct db_rows *rows = NULL;
	enum err err = db_query(ctx, &all, NULL, &rows);

	if (err != ERR_OK)
		return err;
	while (db_next(rows)) {
		const struct network_rule rule = {.deny = db_int(rows, 0) != 0,
						  .entrance = entrance_of(db_text(rows, 1)),
						  .role = db_text(rows, 2),
						  .user_id = db_uuid(rows, 3),
						  .networks = db_text(rows, 4),
						  .countries = db_text(rows, 5),
						  .asns = db_text(rows, 6),
						  .note = db_text(rows, 7)};
		fn(arg, &rule);
	}
	return db_rows_close(rows);
}

static enum err add(struct ctx *ctx, const struct network_rule *rule, size_t place,
		    const struct uuid *event_id)
{
	const struct db_param params[] = {
		DB_P_INT((int64_t)place),
		DB_P_INT(rule->deny),
		DB_P_TEXT(entrance_name(rule->entrance)),
		DB_P_TEXT(rule->role),
		DB_P_UUID(uuid_is_nil(&rule->user_id) ? NULL : &rule->user_id),
		DB_P_TEXT(rule->networks),
		DB_P_TEXT(rule->countries),
		DB_P_TEXT(rule->asns),
		DB_P_TEXT(rule->note),
		DB_P_UUID(event_id)};

	return db_exec(ctx, &insert, params, NULL);
}

enum err network_sql_replace(struct ctx *ctx, const struct network_rule *rules, size_t count,
			     const struct uuid *event_id)
{
	const struct db_param next[] = {DB_P_TIME(sys_real_us()), DB_P_UUID(event_id)};
	enum err err = db_exec(ctx, &clear, NULL, NULL);

	for (size_t i = 0; i < count && err == ERR_OK; i++)
		err = add(ctx, &rules[i], i, event_id);
	return err == ERR_OK ? db_exec(ctx, &move_on, next, NULL) : err;
}

/* Read whole first: what is asked for each needs the connection. */
enum err network_sql_seen(struct ctx *ctx, int64_t since, network_seen_fn *fn, void *arg)
{
	struct db_rows *rows = NULL;
	size_t count = 0;
	struct network_seen *seen = arena_array(ctx->arena, struct network_seen, SEEN_MAX);
	const struct db_param params[] = {DB_P_TIME(since), DB_P_TIME(since), DB_P_INT(SEEN_MAX)};

	if (!seen)
		return err_set(ctx, ERR_MEMORY, "Request memory is used up.");
	enum err err = db_query(ctx, &seen_stmt, params, &rows);
	if (err != ERR_OK)
		return err;
	while (db_next(rows) && count < SEEN_MAX)
		seen[count++] = (struct network_seen){.user_id = db_uuid(rows, 0),
						      .login = db_text(rows, 1),
						      .display_name = db_text(rows, 2),
						      .peer = db_text(rows, 3),
						      .entrance = entrance_of(db_text(rows, 4))};
	err = db_rows_close(rows);
	for (size_t i = 0; i < count && err == ERR_OK; i++)
		err = fn(ctx, arg, &seen[i]);
	return err;
}
