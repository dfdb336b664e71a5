/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "server/mail_sql.h"

#include "base/sys.h"

#define DUE                                                                                        \
	"SELECT id, kind, language, address, login, display_name, occurred_at, peer, user_agent, " \
	"detail, attempts, give_up_at FROM mail_outbox WHERE state = 'waiting' AND next_at <= ? "

static const struct db_stmt select_server = {
	"mail_server",
	"SELECT host, port, security, login, sender, ca, version FROM mail_server WHERE one = 1", 0,
	7};
static const struct db_stmt select_due = {
	"mail_due",
	DUE "ORDER BY kind IN ('test', 'address_code', 'sign_in_code') DESC, next_at LIMIT 20", 1,
	12};
static const struct db_stmt select_tests = {
	"mail_tests", DUE "AND kind = 'test' ORDER BY next_at LIMIT 20", 1, 12};
static const struct db_stmt update_sent = {
	"mail_sent",
	"UPDATE mail_outbox SET state = 'sent', attempts = attempts + 1, error = NULL, done_at = ? "
	"WHERE id = ? AND state = 'waiting'",
	2, 0};
static const struct db_stmt update_failed = {
	"mail_failed",
	"UPDATE mail_outbox SET attempts = attempts + 1, next_at = ?, error = ?, "
	"done_at = IF(? >= give_up_at, ?, NULL), state = IF(? >= give_up_at, 'failed', 'waiting') "
	"WHERE id = ? AND state = 'waiting'",
	6, 0};
static const struct db_stmt state_sent = {
	"mail_state_sent",
	"UPDATE mail_state SET sent_at = ?, error = NULL, error_at = NULL WHERE one = 1", 1, 0};
static const struct db_stmt state_error = {
	"mail_state_error", "UPDATE mail_state SET error = ?, error_at = ? WHERE one = 1", 2, 0};
static const struct db_stmt give_up = {"mail_give_up",
				       "UPDATE mail_outbox SET state = 'failed', done_at = ?, "
				       "error = COALESCE(error, 'it could not be tried in time') "
				       "WHERE state = 'waiting' AND give_up_at <= ?",
				       2, 0};
static const struct db_stmt drop_old = {
	"mail_drop_old",
	"DELETE FROM mail_outbox WHERE occurred_at < ? AND state <> 'waiting' LIMIT 1000", 1, 0};

static const struct db_stmt *const statements[] = {
	&select_server, &select_due,  &select_tests, &update_sent, &update_failed,
	&state_sent,	&state_error, &give_up,	     &drop_old,	   NULL};

const struct db_stmt_list *mail_statements(void)
{
	static const struct db_stmt_list list = {"mail", statements};
	return &list;
}

static void read_server(struct db_rows *rows, void *arg)
{
	*(struct mail_server *)arg = (struct mail_server){.host = db_text(rows, 0),
							  .port = db_int(rows, 1),
							  .security = db_text(rows, 2),
							  .login = db_text(rows, 3),
							  .sender = db_text(rows, 4),
							  .ca = db_text(rows, 5),
							  .version = db_int(rows, 6)};
}

enum err mail_sql_server(struct ctx *ctx, struct mail_server *out)
{
	return db_one(ctx, &select_server, NULL, read_server, out);
}

static void read_due(struct db_rows *rows, struct mail_due *out)
{
	out->message = (struct message){.id = db_uuid(rows, 0),
					.kind = db_text(rows, 1),
					.language = db_text(rows, 2),
					.address = db_text(rows, 3),
					.login = db_text(rows, 4),
					.display_name = db_text(rows, 5),
					.occurred_at = db_time(rows, 6),
					.peer = db_text(rows, 7),
					.user_agent = db_text(rows, 8),
					.detail = db_text(rows, 9)};
	out->attempts = db_int(rows, 10);
	out->give_up_at = db_time(rows, 11);
}

enum err mail_sql_due(struct ctx *ctx, int64_t now, bool tests_only,
		      struct mail_due out[MAIL_BATCH], size_t *out_count)
{
	const struct db_param params[] = {DB_P_TIME(now)};
	struct db_rows *rows = NULL;
	size_t count = 0;
	enum err err = db_query(ctx, tests_only ? &select_tests : &select_due, params, &rows);
	if (err != ERR_OK)
		return err;
	while (count < MAIL_BATCH && db_next(rows))
		read_due(rows, &out[count++]);
	err = db_rows_close(rows);
	if (err == ERR_OK)
		*out_count = count;
	return err;
}

enum err mail_sql_sent(struct ctx *ctx, const struct uuid *id)
{
	const struct db_param params[] = {DB_P_TIME(sys_real_us()), DB_P_UUID(id)};
	return db_exec(ctx, &update_sent, params, NULL);
}

enum err mail_sql_failed(struct ctx *ctx, const struct mail_due *due, int64_t next_at,
			 const char *error)
{
	const struct db_param params[] = {DB_P_TIME(next_at), DB_P_TEXT(error),
					  DB_P_TIME(next_at), DB_P_TIME(sys_real_us()),
					  DB_P_TIME(next_at), DB_P_UUID(&due->message.id)};
	return db_exec(ctx, &update_failed, params, NULL);
}

enum err mail_sql_state(struct ctx *ctx, const char *error)
{
	const struct db_param sent[] = {DB_P_TIME(sys_real_us())};
	const struct db_param failed[] = {DB_P_TEXT(error), DB_P_TIME(sys_real_us())};
	return error == NULL ? db_exec(ctx, &state_sent, sent, NULL)
			     : db_exec(ctx, &state_error, failed, NULL);
}

enum err mail_sql_tidy(struct ctx *ctx, int64_t now, int64_t kept_since)
{
	const struct db_param late[] = {DB_P_TIME(now), DB_P_TIME(now)};
	const struct db_param old[] = {DB_P_TIME(kept_since)};
	enum err err = db_exec(ctx, &give_up, late, NULL);
	return err == ERR_OK ? db_exec(ctx, &drop_old, old, NULL) : err;
}
