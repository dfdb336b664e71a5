/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/program_read_sql.h"

#include <string.h>

#include "auth/auth.h"

#define LAST_USE(column)                                                            \
	"(SELECT s." column " FROM program_secret s WHERE s.program_id = p.id AND " \
	"s.last_used_at IS NOT NULL ORDER BY s.last_used_at DESC, s.id LIMIT 1)"
#define COLUMNS                                                                                   \
	"p.id, p.name, p.display_name, p.state, p.roles, p.scopes, p.networks, p.token_seconds, " \
	"p.version, p.created_at, p.updated_at, " LAST_USE("last_used_at") ", " LAST_USE(         \
		"last_used_from")
/* state, search twice */
#define FILTER                                                         \
	"p.state = COALESCE(?, IF(p.state = 'deleted', '', p.state)) " \
	"AND (p.name LIKE ? OR p.display_name LIKE ?)"

static const struct db_stmt page_stmt = {
	"program_read.page",
	"SELECT " COLUMNS " FROM program p WHERE " FILTER
	" AND (? OR (p.name, p.id) > (?, ?)) ORDER BY p.name, p.id LIMIT ?",
	7, 13};
static const struct db_stmt count_stmt = {"program_read.count",
					  "SELECT COUNT(*) FROM program p WHERE " FILTER, 3, 1};
static const struct db_stmt one_stmt = {"program_read.one",
					"SELECT " COLUMNS " FROM program p WHERE p.id = ?", 1, 13};
static const struct db_stmt secrets_stmt = {
	"program_read.secrets",
	"SELECT id, created_at, expires_at, last_used_at, last_used_from FROM program_secret "
	"WHERE program_id = ? AND ended_at IS NULL ORDER BY created_at, id LIMIT 50",
	1, 5};

static const struct db_stmt *const stmts[] = {&page_stmt, &count_stmt, &one_stmt, &secrets_stmt,
					      NULL};
static const struct db_stmt_list list = {"program_read", stmts};

const struct db_stmt_list *program_read_statements(void)
{
	return &list;
}

static void read_view(struct db_rows *rows, void *arg)
{
	struct program_view *view = arg;

	view->program = (struct program){.id = db_uuid(rows, 0),
					 .name = db_text(rows, 1),
					 .display_name = db_text(rows, 2),
					 .state = db_text(rows, 3),
					 .roles = db_text(rows, 4),
					 .scopes = db_text(rows, 5),
					 .networks = db_text(rows, 6),
					 .token_seconds = db_int(rows, 7),
					 .version = db_int(rows, 8)};
	view->created_at = db_time(rows, 9);
	view->updated_at = db_time(rows, 10);
	view->last_used_at = db_time(rows, 11);
	view->last_used_from = db_text(rows, 12);
}

/* LIKE pattern with its wildcards taken literally. */
static const char *pattern(struct ctx *ctx, const char *search)
{
	size_t len = strlen(search), at = 0;
	char *out = arena_alloc(ctx->arena, 2 * len + 3);

	if (!out)
		return "";
	out[at++] = '%';
	for (size_t i = 0; i < len; i++) {
		if (strchr("%_\\", search[i]))
			out[at++] = '\\';
		out[at++] = search[i];
	}
	out[at++] = '%';
	out[at] = '\0';
	return out;
}

enum { FILTER_PARAMS = 3 };

static void filter_params(struct ctx *ctx, const struct program_filter *filter,
			  struct db_param params[FILTER_PARAMS])
{
	const char *like = pattern(ctx, filter->search);

	params[0] = DB_P_TEXT(filter->state);
	params[1] = DB_P_TEXT(like);
	params[2] = DB_P_TEXT(like);
}

enum err program_read_list(struct ctx *ctx, const struct program_filter *filter,
			   struct program_view **out, size_t *out_count)
{
	struct db_param params[FILTER_PARAMS + 4];
	struct db_rows *rows = NULL;
	const struct page *page = &filter->page;
	struct program_view *views =
		arena_array(ctx->arena, struct program_view, (size_t)page->fetch + 1);
	size_t count = 0;

	if (!views)
		return err_set(ctx, ERR_MEMORY, "Request memory is used up.");
	filter_params(ctx, filter, params);
	params[3] = DB_P_INT(page->first);
	params[4] = DB_P_TEXT(page->after.text ? page->after.text : "");
	params[5] = DB_P_UUID(&page->after.id);
	params[6] = DB_P_INT(page->fetch);
	enum err err = db_query(ctx, &page_stmt, params, &rows);
	if (err != ERR_OK)
		return err;
	while (count < (size_t)page->fetch && db_next(rows))
		read_view(rows, &views[count++]);
	*out = views;
	*out_count = count;
	return db_rows_close(rows);
}

static void read_count(struct db_rows *rows, void *arg)
{
	*(int64_t *)arg = db_int(rows, 0);
}

enum err program_read_count(struct ctx *ctx, const struct program_filter *filter, int64_t *out)
{
	struct db_param params[FILTER_PARAMS];

	filter_params(ctx, filter, params);
	return db_one(ctx, &count_stmt, params, read_count, out);
}

enum err program_read_one(struct ctx *ctx, const struct uuid *id, struct program_view *out)
{
	const struct db_param params[] = {DB_P_UUID(id)};

	return db_one(ctx, &one_stmt, params, read_view, out);
}

enum err program_read_secrets(struct ctx *ctx, const struct uuid *program_id, program_secret_fn *fn,
			      void *arg)
{
	struct db_rows *rows = NULL;
	const struct db_param params[] = {DB_P_UUID(program_id)};
	enum err err = db_query(ctx, &secrets_stmt, params, &rows);

	if (err != ERR_OK)
		return err;
	while (db_next(rows)) {
		const struct program_secret_view view = {.id = db_uuid(rows, 0),
							 .created_at = db_time(rows, 1),
							 .expires_at = db_time(rows, 2),
							 .last_used_at = db_time(rows, 3),
							 .last_used_from = db_text(rows, 4)};
		fn(arg, &view);
	}
	return db_rows_close(rows);
}
