/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/adaptive_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/adaptive_policy.h"
#include "auth/auth.h"
#include "base/arena.h"
#include "base/cleanup.h"

enum { ROW_MAX = 16 * 1024 };

#define LEAF(path) "JSON_VALUE(CONVERT(leaf USING utf8mb4), '" path "')"
/* What was refused for something else no decision would have let in. */
#define DECIDED                             \
	"(event = 'auth.sign_in' OR " LEAF( \
		"$.reason") " IN ('sign_in.needs_passkey', 'sign_in.unusual'))"
static const struct db_stmt past = {
	"adaptive_read.past",
	"SELECT object_id, object_name, " LEAF("$.data.factor") ", " LEAF(
		"$.data.risk") " FROM audit_event WHERE event IN ('auth.sign_in', "
			       "'auth.sign_in_refused') AND occurred_at >= ? AND " DECIDED
			       " ORDER BY occurred_at DESC LIMIT ?",
	2, 4};
static const struct db_stmt *const stmts[] = {&past, NULL};
static const struct db_stmt_list list = {"adaptive_read", stmts};

const struct db_stmt_list *adaptive_read_statements(void)
{
	return &list;
}

static bool ends_with_code(const char *factor)
{
	const char *last = factor ? strrchr(factor, '+') : NULL;

	return factor && strcmp(last ? last + 1 : factor, "totp") == 0;
}

static void take(struct db_rows *rows, struct adaptive_pasts *out)
{
	struct adaptive_past *to = &out->list[out->count];
	const char *login = db_text(rows, 1), *text = db_text(rows, 3);
	struct risk_record record;

	if (!text)
		return;
	if (!risk_record_read(text, &record) || !risk_record_holds(&record)) {
		out->other++;
		return;
	}
	*to = (struct adaptive_past){.user_id = db_uuid(rows, 0),
				     .role = record.facts.role,
				     .code = ends_with_code(db_text(rows, 2)),
				     .key = record.facts.device_key == 1,
				     .settled = record.facts.logins >= ADAPTIVE_SETTLED,
				     .decision = record.decision};
	(void)snprintf(to->login, sizeof(to->login), "%s", login ? login : "");
	out->count++;
}

/* Each row's texts are dropped after it: together they are more than a request may hold. */
static enum err read_all(struct ctx *ctx, struct arena *row, int64_t since,
			 struct adaptive_pasts *out)
{
	const struct db_param params[] = {DB_P_TIME(since), DB_P_INT(ADAPTIVE_PAST_MAX + 1)};
	struct db_rows *rows = NULL;
	size_t seen = 0;
	enum err err = db_query(ctx, &past, params, &rows);

	if (err != ERR_OK)
		return err;
	for (; seen < ADAPTIVE_PAST_MAX && db_next(rows); seen++) {
		take(rows, out);
		arena_reset(row);
	}
	out->more = seen == ADAPTIVE_PAST_MAX && db_next(rows);
	return db_rows_close(rows);
}

enum err adaptive_read_past(struct ctx *ctx, int64_t since, struct adaptive_pasts *out)
{
	scoped(arena_free_p) struct arena *row = arena_new(ROW_MAX);
	struct arena *whole = ctx->arena;

	*out = (struct adaptive_pasts){.list = calloc(ADAPTIVE_PAST_MAX, sizeof(*out->list))};
	if (!row || !out->list)
		return err_set(ctx, ERR_MEMORY, "No memory for past sign-ins.");
	ctx->arena = row;
	enum err err = read_all(ctx, row, since, out);
	ctx->arena = whole;
	return err;
}
