/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/read_sql.h"

#include "audit/audit_api.h"
#include "base/arena.h"

#define EVENT_COLUMNS                                                                      \
	"SELECT e.id, s.n, e.occurred_at, e.event, e.outcome, e.actor_id, e.actor_login, " \
	"e.object_type, e.object_id, e.object_name, e.peer, e.trace, e.leaf "              \
	"FROM audit_event e LEFT JOIN audit_sequence s ON s.id = e.id WHERE "
#define EVENT_FILTER                                                                      \
	"e.occurred_at >= ? AND e.occurred_at < ? "                                       \
	"AND e.occurred_at <= ? AND (e.occurred_at < ? OR e.id < ?) "                     \
	"AND (? < 0 OR e.is_auth = ?) AND (? IS NULL OR e.event = ?) "                    \
	"AND (? IS NULL OR e.outcome = ?) AND (? IS NULL OR e.actor_login = ?) "          \
	"AND (? IS NULL OR LOCATE(?, e.object_name) > 0 OR LOCATE(?, e.actor_login) > 0 " \
	"OR LOCATE(?, e.event) > 0 OR e.peer = ? OR e.trace = ?) "                        \
	"ORDER BY e.occurred_at DESC, e.id DESC LIMIT ?"
enum { FILTER_PARAMS = 20, EVENT_COLS = 13 };
/* 9999-12-31T23:59:59Z: above every event. */
#define TIME_ABOVE INT64_C(253402300799000000)

static const struct db_stmt list = {"audit_list", EVENT_COLUMNS EVENT_FILTER, FILTER_PARAMS,
				    EVENT_COLS};
static const struct db_stmt list_of_object = {"audit_list_of_object",
					      EVENT_COLUMNS "e.object_id = ? AND " EVENT_FILTER,
					      FILTER_PARAMS + 1, EVENT_COLS};
static const struct db_stmt place = {"audit_place",
				     "SELECT s.n, s.leaf_hash FROM audit_event e "
				     "LEFT JOIN audit_sequence s ON s.id = e.id WHERE e.id = ?",
				     1, 2};
static const struct db_stmt range = {
	"audit_range",
	"SELECT MIN(s.n), MAX(s.n) FROM audit_event e JOIN audit_sequence s ON s.id = e.id "
	"WHERE e.occurred_at >= ? AND e.occurred_at < ? AND s.n < ?",
	3, 2};
static const struct db_stmt leaves = {
	"audit_leaves",
	"SELECT s.n, e.leaf FROM audit_sequence s JOIN audit_event e ON e.id = s.id "
	"WHERE s.n >= ? AND s.n < ? ORDER BY s.n LIMIT 500",
	2, 2};

static const struct db_stmt *const statements[] = {&list,  &list_of_object, &place,
						   &range, &leaves,	    NULL};

const struct db_stmt_list *audit_read_statements(void)
{
	static const struct db_stmt_list of = {"audit_read", statements};
	return &of;
}

enum err read_sql_list(struct ctx *ctx, const struct audit_filter *filter, const struct page *page,
		       struct db_rows **out)
{
	const char *q = filter->q != NULL && filter->q[0] != '\0' ? filter->q : NULL;
	int64_t after = page->first ? TIME_ABOVE : page->after.number;
	const struct db_param params[FILTER_PARAMS + 1] = {
		DB_P_UUID(filter->object),
		DB_P_TIME(filter->from),
		DB_P_TIME(filter->to != 0 ? filter->to : TIME_ABOVE),
		DB_P_TIME(after),
		DB_P_TIME(after),
		DB_P_UUID(&page->after.id),
		DB_P_INT(filter->is_auth),
		DB_P_INT(filter->is_auth),
		DB_P_TEXT(filter->event),
		DB_P_TEXT(filter->event),
		DB_P_TEXT(filter->outcome),
		DB_P_TEXT(filter->outcome),
		DB_P_TEXT(filter->actor),
		DB_P_TEXT(filter->actor),
		DB_P_TEXT(q),
		DB_P_TEXT(q),
		DB_P_TEXT(q),
		DB_P_TEXT(q),
		DB_P_TEXT(q),
		DB_P_TEXT(q),
		DB_P_INT(page->fetch),
	};
	if (filter->object != NULL)
		return db_query(ctx, &list_of_object, params, out);
	return db_query(ctx, &list, params + 1, out);
}

void read_sql_row(struct ctx *ctx, struct db_rows *rows, struct audit_row *out)
{
	struct block leaf = db_bytes(rows, 12);
	out->id = db_uuid(rows, 0);
	out->n = db_is_null(rows, 1) ? -1 : db_int(rows, 1);
	out->time = db_time(rows, 2);
	out->event = db_text(rows, 3);
	out->outcome = db_text(rows, 4);
	out->actor_id = db_uuid(rows, 5);
	out->actor_login = db_text(rows, 6);
	out->object_type = db_text(rows, 7);
	out->object_id = db_uuid(rows, 8);
	out->object_name = db_text(rows, 9);
	out->peer = db_text(rows, 10);
	out->trace = db_text(rows, 11);
	out->leaf = arena_strndup(ctx->arena, (const char *)leaf.data, leaf.len);
}

static void read_place(struct db_rows *rows, void *arg)
{
	struct audit_place *out = arg;
	struct block hash = db_bytes(rows, 1);
	out->n = db_is_null(rows, 0) || hash.len != 32 ? -1 : db_int(rows, 0);
	if (out->n >= 0)
		memcpy(out->leaf_hash, hash.data, 32);
}

enum err read_sql_place(struct ctx *ctx, const struct uuid *id, struct audit_place *out)
{
	const struct db_param params[] = {DB_P_UUID(id)};
	return db_one(ctx, &place, params, read_place, out);
}

static void read_range(struct db_rows *rows, void *arg)
{
	uint64_t *out = arg;
	out[0] = (uint64_t)db_int(rows, 0);
	out[1] = db_is_null(rows, 0) ? 0 : (uint64_t)db_int(rows, 1) - out[0] + 1;
}

enum err read_sql_range(struct ctx *ctx, int64_t from, int64_t to, uint64_t size,
			uint64_t *out_first, uint64_t *out_count)
{
	const struct db_param params[] = {DB_P_TIME(from), DB_P_TIME(to != 0 ? to : TIME_ABOVE),
					  DB_P_INT((int64_t)size)};
	uint64_t found[2] = {0, 0};
	enum err err = db_one(ctx, &range, params, read_range, found);
	if (err == ERR_OK) {
		*out_first = found[0];
		*out_count = found[1];
	}
	return err;
}

enum err read_sql_leaves(struct ctx *ctx, uint64_t n, uint64_t end, struct db_rows **out)
{
	const struct db_param params[] = {DB_P_INT((int64_t)n), DB_P_INT((int64_t)end)};
	return db_query(ctx, &leaves, params, out);
}
