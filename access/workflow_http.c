/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "access/access_api.h"
#include "access/access_json.h"
#include "access/handlers.h"
#include "access/workflow_sql.h"
#include "base/arena.h"

static enum err workflow_json(struct ctx *ctx, struct json *json, const struct workflow *row)
{
	struct workflow_stages stages;
	enum err err = workflow_sql_stages(ctx, &row->id, &stages);
	if (err != ERR_OK)
		return err;
	json_object(json, NULL);
	json_uuid(json, "id", &row->id);
	json_text(json, "name", row->name);
	json_text(json, "description", row->description);
	json_bool(json, "self_approval", row->self_approval);
	json_bool(json, "ticket_required", row->ticket_required);
	json_int(json, "max_minutes", row->max_minutes);
	json_int(json, "max_ahead_days", row->max_ahead_days);
	json_array(json, "stages");
	for (size_t i = 0; i < stages.count; i++) {
		json_object(json, NULL);
		access_ref_json(json, "group", &stages.stage[i].group_id,
				stages.stage[i].group_name);
		json_int(json, "needed", stages.stage[i].needed);
		json_end_object(json);
	}
	json_end_array(json);
	json_bool(json, "archived", row->archived);
	json_int(json, "version", row->version);
	json_time(json, "created_at", row->created_at);
	json_time(json, "updated_at", row->updated_at);
	json_end_object(json);
	return ERR_OK;
}

enum err workflows_list(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct page page;
	const char *q = in_text(in, WL_Q, NULL);
	bool archived = in_number(in, WL_ARCHIVED, false) != 0;
	int64_t total = 0, count = 0;
	struct db_rows *rows;
	enum err err = page_from(ctx, in_value(in, WL_LIMIT), in_value(in, WL_CURSOR),
				 PAGE_ASCENDING, &page);
	if (err == ERR_OK)
		err = workflow_sql_count(ctx, q, archived, &total);
	if (err == ERR_OK)
		err = workflow_sql_list(ctx, q, archived, &page, &rows);
	if (err != ERR_OK)
		return err;
	struct workflow *found = arena_array(ctx->arena, struct workflow, (size_t)page.fetch);
	while (found != NULL && count < page.fetch && db_next(rows))
		workflow_sql_row(rows, &found[count++]);
	err = db_rows_close(rows);
	bool more = count > page.limit;
	json_object(reply->json, NULL);
	json_array(reply->json, "items");
	for (int64_t i = 0; err == ERR_OK && i < (more ? page.limit : count); i++)
		err = workflow_json(ctx, reply->json, &found[i]);
	json_end_array(reply->json);
	struct page_key last = {.text = ""};
	if (more)
		last = (struct page_key){.text = found[page.limit - 1].name,
					 .id = found[page.limit - 1].id};
	page_end(reply->json, ctx, more ? &last : NULL, total);
	json_end_object(reply->json);
	return err;
}

enum err workflows_get(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct workflow row;
	enum err err = workflow_sql_by_id(ctx, in_id(in, 0), &row);
	if (err == ERR_NOT_FOUND)
		return err_reason(ctx, err, "workflow.unknown", "There is no such workflow.");
	if (err != ERR_OK)
		return err;
	reply->etag = row.version;
	return workflow_json(ctx, reply->json, &row);
}
