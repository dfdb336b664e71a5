/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/federation_session_sql.h"

#include <string.h>

#include "base/sys.h"

/* By subject, by session, by both: the last also finds what has no name of its session. */
enum { BY_SUBJECT, BY_SESSION, BY_BOTH };

static const struct db_stmt insert = {
	"federation_session.insert",
	"INSERT INTO federation_session (session_id, provider_id, subject, sid, display) "
	"VALUES (?, ?, ?, ?, ?)",
	5, 0};
static const struct db_stmt get = {
	"federation_session.get",
	"SELECT provider_id, subject, sid, display FROM federation_session WHERE session_id = ?", 1,
	4};
static const struct db_stmt set_sid = {"federation_session.set_sid",
				       "UPDATE federation_session SET sid = ? WHERE session_id = ?",
				       2, 0};
#define LIVE                                                                          \
	"SELECT s.id, s.user_id, u.login FROM federation_session f "                  \
	"JOIN auth_session s ON s.id = f.session_id JOIN user u ON u.id = s.user_id " \
	"WHERE f.provider_id = ? AND s.ended_at IS NULL AND "
#define LAST " ORDER BY s.id LIMIT 64 FOR UPDATE"
static const struct db_stmt by_subject = {"federation_session.by_subject",
					  LIVE "f.subject = ?" LAST, 2, 3};
static const struct db_stmt by_session = {"federation_session.by_session", LIVE "f.sid = ?" LAST, 2,
					  3};
static const struct db_stmt by_both = {"federation_session.by_both",
				       LIVE "f.subject = ? AND f.sid IN ('', ?)" LAST, 3, 3};
#define DROP                                                                                    \
	"UPDATE federation_txn SET finished_at = ? WHERE provider_id = ? AND proven_at IS NOT " \
	"NULL AND finished_at IS NULL AND "
static const struct db_stmt drop_subject = {"federation_session.drop_subject", DROP "subject = ?",
					    3, 0};
static const struct db_stmt drop_session = {"federation_session.drop_session", DROP "sid = ?", 3,
					    0};
static const struct db_stmt drop_both = {"federation_session.drop_both",
					 DROP "subject = ? AND sid IN ('', ?)", 4, 0};

static const struct db_stmt *const live[] = {&by_subject, &by_session, &by_both};
static const struct db_stmt *const drop[] = {&drop_subject, &drop_session, &drop_both};
static const struct db_stmt *const stmts[] = {&insert,	   &get,     &set_sid,	    &by_subject,
					      &by_session, &by_both, &drop_subject, &drop_session,
					      &drop_both,  NULL};
static const struct db_stmt_list list = {"federation_session", stmts};

const struct db_stmt_list *federation_session_statements(void)
{
	return &list;
}

static struct db_param bytes(const char *text)
{
	return DB_P_BYTES(text ? text : "", text ? strlen(text) : 0);
}

enum err federation_session_sql_insert(struct ctx *ctx, const struct uuid *session_id,
				       const struct uuid *provider_id,
				       const struct federated_identity *identity)
{
	const struct db_param params[] = {DB_P_UUID(session_id), DB_P_UUID(provider_id),
					  bytes(identity->subject), bytes(identity->session),
					  DB_P_TEXT(identity->display ? identity->display : "")};

	return db_exec(ctx, &insert, params, NULL);
}

enum err federation_session_sql_set_sid(struct ctx *ctx, const struct uuid *session_id,
					const char *sid)
{
	const struct db_param params[] = {bytes(sid), DB_P_UUID(session_id)};

	return db_exec(ctx, &set_sid, params, NULL);
}

static void read_kept(struct db_rows *rows, void *arg)
{
	*(struct federation_session *)arg =
		(struct federation_session){.provider_id = db_uuid(rows, 0),
					    .subject = db_text(rows, 1),
					    .session = db_text(rows, 2),
					    .display = db_text(rows, 3)};
}

enum err federation_session_sql_get(struct ctx *ctx, const struct uuid *session_id,
				    struct federation_session *out)
{
	const struct db_param params[] = {DB_P_UUID(session_id)};

	return db_one(ctx, &get, params, read_kept, out);
}

static int way_of(const struct federation_whom *whom)
{
	if (!whom->session[0])
		return BY_SUBJECT;
	return whom->subject[0] ? BY_BOTH : BY_SESSION;
}

/* Behind the first ones; the last is used by BY_BOTH only. */
static void put_whom(const struct federation_whom *whom, struct db_param out[2])
{
	out[0] = bytes(way_of(whom) == BY_SESSION ? whom->session : whom->subject);
	out[1] = bytes(whom->session);
}

enum err federation_session_sql_live(struct ctx *ctx, const struct uuid *provider_id,
				     const struct federation_whom *whom,
				     struct federation_session_row out[FEDERATION_SESSIONS_AT_ONCE],
				     size_t *out_count)
{
	struct db_rows *rows = NULL;
	struct db_param params[3] = {DB_P_UUID(provider_id)};
	size_t count = 0;

	put_whom(whom, &params[1]);
	enum err err = db_query(ctx, live[way_of(whom)], params, &rows);
	if (err != ERR_OK)
		return err;
	while (count < FEDERATION_SESSIONS_AT_ONCE && db_next(rows))
		out[count++] = (struct federation_session_row){db_uuid(rows, 0), db_uuid(rows, 1),
							       db_text(rows, 2)};
	*out_count = count;
	return db_rows_close(rows);
}

enum err federation_session_sql_drop_proven(struct ctx *ctx, const struct uuid *provider_id,
					    const struct federation_whom *whom)
{
	struct db_param params[4] = {DB_P_TIME(sys_real_us()), DB_P_UUID(provider_id)};

	put_whom(whom, &params[2]);
	return db_exec(ctx, drop[way_of(whom)], params, NULL);
}
