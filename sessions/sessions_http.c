/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/arena.h"
#include "base/json.h"
#include "rbac/page.h"
#include "rbac/principal.h"
#include "sessions/sessions_api.h"
#include "sessions/sessions_sql.h"

static void reference(struct json *json, const char *key, const struct uuid *id, const char *name)
{
	json_object(json, key);
	json_uuid(json, "id", id);
	json_text(json, "name", name);
}

static void recording_json(struct json *json, const struct session_row *row)
{
	if (row->recording == NULL) {
		json_null(json, "recording");
		return;
	}
	json_object(json, "recording");
	json_text(json, "state", row->recording);
	json_int(json, "chunks", row->chunks);
	json_int(json, "bytes", row->bytes);
	json_int(json, "commands", row->commands);
	json_int(json, "duration_ms", row->duration_ms);
	/* Only recordings.integrity reads the file; a list must not claim more than is known. */
	json_text(json, "integrity", strcmp(row->recording, "lost") == 0 ? "failed" : "unchecked");
	json_end_object(json);
}

static void parties_json(struct json *json, const struct session_row *row)
{
	json_object(json, "user");
	json_uuid(json, "id", &row->user_id);
	json_text(json, "login", row->login);
	json_text(json, "display_name", row->display_name);
	json_end_object(json);
	reference(json, "account", &row->account_id, row->account);
	json_end_object(json);
	reference(json, "target", &row->target_id, row->target);
	json_text(json, "kind", row->kind);
	json_end_object(json);
	json_object(json, "request");
	json_uuid(json, "id", &row->request_id);
	json_text(json, "number", row->number);
	json_end_object(json);
}

static void session_json(struct json *json, const struct session_row *row)
{
	json_object(json, NULL);
	json_uuid(json, "id", &row->id);
	parties_json(json, row);
	json_text(json, "state", row->state);
	json_text(json, "stage", row->stage);
	json_time(json, "created_at", row->created_at);
	json_time(json, "connected_at", row->connected_at);
	json_time(json, "ended_at", row->ended_at);
	json_text(json, "end_hop", row->end_hop);
	json_text(json, "end_reason", row->end_reason);
	json_text(json, "end_text", row->end_text);
	json_text(json, "peer", row->peer);
	json_int(json, "bytes_in", row->bytes_in);
	json_int(json, "bytes_out", row->bytes_out);
	recording_json(json, row);
	json_end_object(json);
}

static bool sees_all(const struct ctx *ctx)
{
	return permission_in(ctx->principal->permissions, PERM_SESSION_VIEW_ALL);
}

static enum err read_filter(struct ctx *ctx, const struct in *in, struct session_filter *out)
{
	int64_t state = in_number(in, SESSIONS_STATE, -1);

	if (in_number(in, SESSIONS_SCOPE, SESSIONS_MINE) == SESSIONS_MINE)
		out->user_id = &ctx->principal->user_id;
	else if (!sees_all(ctx))
		return err_reason(ctx, ERR_DENIED, "permission.missing",
				  "Seeing everybody's sessions needs session.view_all.");
	out->state = state >= 0 ? session_states[state] : NULL;
	out->q = in_text(in, SESSIONS_Q, NULL);
	out->from = in_number(in, SESSIONS_FROM, 0);
	out->to = in_number(in, SESSIONS_TO, 0);
	return ERR_OK;
}

static enum err sessions_list(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct session_filter filter = {.user_id = NULL};
	struct session_row row, last = {.created_at = 0};
	struct page_key key;
	struct page page;
	struct db_rows *rows;
	int64_t total = 0, seen = 0;
	enum err err = read_filter(ctx, in, &filter);

	if (err == ERR_OK)
		err = page_from(ctx, in_value(in, SESSIONS_LIMIT), in_value(in, SESSIONS_CURSOR),
				PAGE_DESCENDING, &page);
	if (err == ERR_OK)
		err = session_sql_count(ctx, &filter, &total);
	if (err == ERR_OK)
		err = session_sql_list(ctx, &filter, &page, &rows);
	if (err != ERR_OK)
		return err;
	json_object(reply->json, NULL);
	json_array(reply->json, "items");
	for (; db_next(rows); seen++) {
		session_sql_row(rows, &row);
		if (seen >= page.limit)
			continue;
		session_json(reply->json, &row);
		last = row;
	}
	json_end_array(reply->json);
	err = db_rows_close(rows);
	if (err == ERR_OK && seen > page.limit)
		key = (struct page_key){.number = last.created_at, .id = last.id};
	page_end(reply->json, ctx, seen > page.limit ? &key : NULL, total);
	json_end_object(reply->json);
	return err;
}

static enum err sessions_get(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct session_row row;
	enum err err = session_sql_by_id(ctx, in_id(in, SESSION_ID), &row);

	if (err == ERR_OK && !sees_all(ctx) && !uuid_equal(&row.user_id, &ctx->principal->user_id))
		err = ERR_NOT_FOUND;
	if (err == ERR_NOT_FOUND)
		return err_reason(ctx, err, "session.unknown", "There is no such session.");
	if (err == ERR_OK)
		session_json(reply->json, &row);
	return err;
}

const struct op_read *sessions_reads(void)
{
	static const struct op_read reads[] = {
		{"sessions.list", sessions_list},
		{"sessions.get", sessions_get},
		{NULL, NULL},
	};

	return reads;
}
