/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/user_read_sql.h"

#include <stdio.h>

#include "auth/auth.h"
#include "base/sys.h"

#define COLUMNS                                                                                 \
	"u.id, u.login, u.display_name, u.language, u.timezone, u.theme, u.state, u.version, "  \
	"(SELECT MAX(s.created_at) FROM auth_session s WHERE s.user_id = u.id), u.created_at, " \
	"u.updated_at, u.email"
/* state, search twice, group twice */
#define FILTER                                                                                \
	"u.state = COALESCE(?, IF(u.state = 'archived', '', u.state)) "                       \
	"AND (u.login LIKE ? OR u.display_name LIKE ?) "                                      \
	"AND (? IS NULL OR EXISTS (SELECT 1 FROM user_group_member m WHERE m.user_id = u.id " \
	"AND m.group_id = ?))"

static const struct db_stmt page_stmt = {
	"user_read.page",
	"SELECT " COLUMNS " FROM user u WHERE " FILTER
	" AND (? OR (u.login, u.id) > (?, ?)) ORDER BY u.login, u.id LIMIT ?",
	9, 12};
static const struct db_stmt count_stmt = {"user_read.count",
					  "SELECT COUNT(*) FROM user u WHERE " FILTER, 5, 1};
static const struct db_stmt one_stmt = {"user_read.one",
					"SELECT " COLUMNS " FROM user u WHERE u.id = ?", 1, 12};
static const struct db_stmt roles_stmt = {
	"user_read.roles", "SELECT id, role FROM role_grant WHERE user_id = ? ORDER BY role", 1, 2};
static const struct db_stmt groups_stmt = {
	"user_read.groups",
	"SELECT g.id, g.name FROM user_group_member m JOIN user_group g ON g.id = m.group_id "
	"WHERE m.user_id = ? AND g.archived = FALSE ORDER BY g.name",
	1, 2};
static const struct db_stmt sessions_stmt = {
	"user_read.sessions",
	"SELECT id, created_at, last_seen_at, idle_expires_at, expires_at, peer, user_agent "
	"FROM auth_session WHERE user_id = ? AND ended_at IS NULL AND expires_at > ? "
	"AND idle_expires_at > ? ORDER BY created_at DESC LIMIT 200",
	3, 7};

static const struct db_stmt *const stmts[] = {&page_stmt,   &count_stmt,    &one_stmt, &roles_stmt,
					      &groups_stmt, &sessions_stmt, NULL};
static const struct db_stmt_list list = {"user_read", stmts};

const struct db_stmt_list *user_read_statements(void)
{
	return &list;
}

static void read_view(struct db_rows *rows, void *arg)
{
	struct user_view *view = arg;

	view->user = (struct user){.id = db_uuid(rows, 0),
				   .login = db_text(rows, 1),
				   .display_name = db_text(rows, 2),
				   .language = db_text(rows, 3),
				   .timezone = db_text(rows, 4),
				   .theme = db_text(rows, 5),
				   .state = db_text(rows, 6),
				   .version = db_int(rows, 7)};
	view->last_sign_in_at = db_time(rows, 8);
	view->created_at = db_time(rows, 9);
	view->updated_at = db_time(rows, 10);
	view->user.email = db_text(rows, 11);
}

/* LIKE pattern with its wildcards taken literally. */
static const char *pattern(struct ctx *ctx, const char *search)
{
	size_t len = strlen(search);
	char *out = arena_alloc(ctx->arena, 2 * len + 3);

	if (!out)
		return "";
	size_t at = 0;
	out[at++] = '%';
	for (size_t i = 0; i < len; i++) {
		if (strchr("%_\\", search[i]))
			out[at++] = '\\';
		out[at++] = search[i];
	}
	out[at] = '%';
	return out;
}

static void filter_params(struct ctx *ctx, const struct user_filter *filter,
			  struct db_param params[5])
{
	const char *like = pattern(ctx, filter->search);

	params[0] = DB_P_TEXT(filter->state);
	params[1] = DB_P_TEXT(like);
	params[2] = DB_P_TEXT(like);
	params[3] = DB_P_UUID(filter->group_id);
	params[4] = DB_P_UUID(filter->group_id);
}

enum err user_read_list(struct ctx *ctx, const struct user_filter *filter, struct user_view **out,
			size_t *out_count)
{
	struct db_param params[9];
	struct db_rows *rows = NULL;
	const struct page *page = &filter->page;
	struct user_view *views =
		arena_array(ctx->arena, struct user_view, (size_t)page->fetch + 1);
	size_t count = 0;

	if (!views)
		return err_set(ctx, ERR_MEMORY, "Request memory is used up.");
	filter_params(ctx, filter, params);
	params[5] = DB_P_INT(page->first);
	params[6] = DB_P_TEXT(page->after.text ? page->after.text : "");
	params[7] = DB_P_UUID(&page->after.id);
	params[8] = DB_P_INT(page->fetch);
	enum err err = db_query(ctx, &page_stmt, params, &rows);
	if (err != ERR_OK)
		return err;
	while (count < (size_t)page->fetch && db_next(rows))
		read_view(rows, &views[count++]);
	if ((err = db_rows_close(rows)) != ERR_OK)
		return err;
	*out = views;
	*out_count = count;
	return ERR_OK;
}

static void read_count(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

enum err user_read_count(struct ctx *ctx, const struct user_filter *filter, int64_t *out)
{
	struct db_param params[5];

	filter_params(ctx, filter, params);
	return db_one(ctx, &count_stmt, params, read_count, out);
}

enum err user_read_one(struct ctx *ctx, const struct uuid *id, struct user_view *out)
{
	const struct db_param params[] = {DB_P_UUID(id)};

	return db_one(ctx, &one_stmt, params, read_view, out);
}

static enum err names(struct ctx *ctx, const struct db_stmt *stmt, const struct uuid *id,
		      user_name_fn *fn, void *arg)
{
	struct db_rows *rows = NULL;
	const struct db_param params[] = {DB_P_UUID(id)};
	enum err err = db_query(ctx, stmt, params, &rows);

	if (err != ERR_OK)
		return err;
	while (db_next(rows)) {
		struct uuid row = db_uuid(rows, 0);
		fn(arg, &row, db_text(rows, 1));
	}
	return db_rows_close(rows);
}

enum err user_read_roles(struct ctx *ctx, const struct uuid *id, user_name_fn *fn, void *arg)
{
	return names(ctx, &roles_stmt, id, fn, arg);
}

enum err user_read_groups(struct ctx *ctx, const struct uuid *id, user_name_fn *fn, void *arg)
{
	return names(ctx, &groups_stmt, id, fn, arg);
}

static void read_session(struct db_rows *rows, struct portal_session *session)
{
	session->id = db_uuid(rows, 0);
	session->created_at = db_time(rows, 1);
	session->last_seen_at = db_time(rows, 2);
	session->idle_expires_at = db_time(rows, 3);
	session->expires_at = db_time(rows, 4);
	session->peer = db_text(rows, 5);
	session->user_agent = db_text(rows, 6);
}

enum err user_read_sessions(struct ctx *ctx, const struct uuid *user_id,
			    void (*fn)(void *arg, const struct portal_session *session), void *arg)
{
	struct db_rows *rows = NULL;
	int64_t now = sys_real_us();
	const struct db_param params[] = {DB_P_UUID(user_id), DB_P_TIME(now), DB_P_TIME(now)};
	enum err err = db_query(ctx, &sessions_stmt, params, &rows);

	if (err != ERR_OK)
		return err;
	while (db_next(rows)) {
		struct portal_session session;
		read_session(rows, &session);
		fn(arg, &session);
	}
	return db_rows_close(rows);
}
