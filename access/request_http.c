/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "access/access_api.h"
#include "access/access_json.h"
#include "access/access_read_sql.h"
#include "access/handlers.h"
#include "access/request_sql.h"
#include "base/arena.h"
#include "base/sys.h"

static void may_one(struct json *json, const char *key, const char *why_key, const char *refusal)
{
	json_bool(json, key, refusal == NULL);
	json_text(json, why_key, refusal);
}

static void may_json(struct json *json, const struct request_may *may)
{
	json_object(json, "may");
	may_one(json, "approve", "approve_why", may->approve);
	may_one(json, "reject", "reject_why", may->reject);
	may_one(json, "withdraw", "withdraw_why", may->withdraw);
	may_one(json, "comment", "comment_why", may->comment);
	json_end_object(json);
}

/* What requests show beside their own row, of at most DB_IDS_MAX of them. */
struct asked_account {
	struct uuid request_id, id, target_id;
	const char *name, *target_name, *target_kind;
};
struct stands {
	struct uuid request_id;
	struct request_standing standing;
};
struct beside {
	struct asked_account *accounts;
	size_t account_count;
	struct stands stands[DB_IDS_MAX];
	size_t stand_count;
};

static enum err read_accounts(struct ctx *ctx, const struct db_param *ids, struct beside *out)
{
	struct db_rows *rows;
	enum err err = request_read_accounts(ctx, ids, &rows);
	if (err != ERR_OK)
		return err;
	while (db_next(rows)) {
		out->accounts = arena_room(ctx->arena, out->accounts, out->account_count,
					   sizeof(*out->accounts));
		if (out->accounts == NULL)
			break;
		out->accounts[out->account_count++] =
			(struct asked_account){.request_id = db_uuid(rows, 0),
					       .id = db_uuid(rows, 1),
					       .name = db_text(rows, 2),
					       .target_id = db_uuid(rows, 3),
					       .target_name = db_text(rows, 4),
					       .target_kind = db_text(rows, 5)};
	}
	err = db_rows_close(rows);
	if (err == ERR_OK && arena_failed(ctx->arena))
		return err_set(ctx, ERR_MEMORY, "No memory for the accounts.");
	return err;
}

static enum err read_standings(struct ctx *ctx, const struct db_param *ids, struct beside *out)
{
	struct db_rows *rows;
	enum err err = request_read_standings(ctx, &ctx->principal->user_id, ids, &rows);
	if (err != ERR_OK)
		return err;
	while (out->stand_count < DB_IDS_MAX && db_next(rows))
		out->stands[out->stand_count++] = (struct stands){
			db_uuid(rows, 0),
			{db_int(rows, 1) != 0, db_int(rows, 2) != 0, db_int(rows, 3) != 0}};
	return db_rows_close(rows);
}

static enum err read_beside(struct ctx *ctx, const struct request *found, size_t count,
			    struct beside *out)
{
	struct db_param ids[DB_IDS_MAX];
	*out = (struct beside){.accounts = NULL};
	db_p_ids(ids, &found->id, sizeof(*found), count);
	enum err err = read_accounts(ctx, ids, out);
	return err != ERR_OK ? err : read_standings(ctx, ids, out);
}

static void accounts_json(struct json *json, const struct beside *beside, const struct uuid *id)
{
	json_array(json, "accounts");
	for (size_t i = 0; i < beside->account_count; i++) {
		const struct asked_account *account = &beside->accounts[i];
		if (!uuid_equal(&account->request_id, id))
			continue;
		json_object(json, NULL);
		json_uuid(json, "id", &account->id);
		json_text(json, "name", account->name);
		access_target_json(json, "target", &account->target_id, account->target_name,
				   account->target_kind);
		json_end_object(json);
	}
	json_end_array(json);
}

/* Nobody is known to stand to a request that is gone by now. */
static struct request_standing standing_of(const struct beside *beside, const struct uuid *id)
{
	for (size_t i = 0; i < beside->stand_count; i++)
		if (uuid_equal(&beside->stands[i].request_id, id))
			return beside->stands[i].standing;
	return (struct request_standing){false, false, false};
}

static void head_json(struct ctx *ctx, struct json *json, const struct request *request,
		      const struct beside *beside)
{
	struct request_standing standing = standing_of(beside, &request->id);
	struct request_may may = request_may(request, &standing, ctx->principal, sys_real_us());
	json_uuid(json, "id", &request->id);
	json_text(json, "number", request->number);
	access_person_json(json, "requester", &request->requester_id, request->requester_login,
			   request->requester_name);
	json_text(json, "purpose", request->purpose);
	json_text(json, "ticket", request->ticket);
	json_time(json, "starts_at", request->starts_at);
	json_time(json, "ends_at", request->ends_at);
	json_text(json, "state", request_state_name(request->state));
	json_int(json, "stage", request->stage);
	json_int(json, "stage_count", request->stage_count);
	json_int(json, "version", request->version);
	json_time(json, "created_at", request->created_at);
	json_time(json, "decided_at", request->decided_at);
	may_json(json, &may);
	accounts_json(json, beside, &request->id);
}

static void approval_json(struct json *json, struct db_rows *rows)
{
	struct uuid user = db_uuid(rows, 4);
	json_object(json, NULL);
	access_person_json(json, "user", &user, db_text(rows, 5), db_text(rows, 6));
	json_text(json, "decision", db_text(rows, 7));
	json_text(json, "comment", db_text(rows, 8));
	json_time(json, "decided_at", db_time(rows, 9));
	json_end_object(json);
}

/* Rows are stages with their approvals beside them, sorted by stage. */
static enum err stages_json(struct ctx *ctx, struct json *json, const struct uuid *id)
{
	struct db_rows *rows;
	int64_t open = 0;
	enum err err = request_read_stages(ctx, id, &rows);
	if (err != ERR_OK)
		return err;
	json_array(json, "stages");
	while (db_next(rows)) {
		int64_t position = db_int(rows, 0);
		struct uuid group = db_uuid(rows, 1);
		if (position != open) {
			if (open != 0) {
				json_end_array(json);
				json_end_object(json);
			}
			open = position;
			json_object(json, NULL);
			json_int(json, "position", position);
			access_ref_json(json, "group", &group, db_text(rows, 2));
			json_int(json, "needed", db_int(rows, 3));
			json_array(json, "approvals");
		}
		if (!db_is_null(rows, 4))
			approval_json(json, rows);
	}
	if (open != 0) {
		json_end_array(json);
		json_end_object(json);
	}
	json_end_array(json);
	return db_rows_close(rows);
}

static enum err comments_json(struct ctx *ctx, struct json *json, const struct uuid *id)
{
	struct db_rows *rows;
	enum err err = request_read_comments(ctx, id, &rows);
	if (err != ERR_OK)
		return err;
	json_array(json, "comments");
	while (db_next(rows)) {
		struct uuid comment = db_uuid(rows, 0), user = db_uuid(rows, 1);
		json_object(json, NULL);
		json_uuid(json, "id", &comment);
		access_person_json(json, "user", &user, db_text(rows, 2), db_text(rows, 3));
		json_text(json, "text", db_text(rows, 4));
		json_time(json, "created_at", db_time(rows, 5));
		json_end_object(json);
	}
	json_end_array(json);
	return db_rows_close(rows);
}

static enum err leases_json(struct ctx *ctx, struct json *json, const struct uuid *id)
{
	struct db_rows *rows;
	enum err err = request_read_leases(ctx, id, &rows);
	if (err != ERR_OK)
		return err;
	json_array(json, "leases");
	while (db_next(rows)) {
		struct uuid lease = db_uuid(rows, 0), account = db_uuid(rows, 1);
		json_object(json, NULL);
		json_uuid(json, "id", &lease);
		access_ref_json(json, "account", &account, db_text(rows, 2));
		json_text(json, "state", db_text(rows, 3));
		json_time(json, "starts_at", db_time(rows, 4));
		json_time(json, "ends_at", db_time(rows, 5));
		json_time(json, "ended_at", db_time(rows, 6));
		json_text(json, "end_reason", db_text(rows, 7));
		json_end_object(json);
	}
	json_end_array(json);
	return db_rows_close(rows);
}

enum err requests_get(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct request request;
	struct beside beside;
	struct request_standing standing = {false, false, false};
	enum err err = request_sql_by_id(ctx, in_id(in, 0), &request);
	if (err == ERR_OK)
		err = read_beside(ctx, &request, 1, &beside);
	if (err == ERR_OK)
		standing = standing_of(&beside, &request.id);
	if (err == ERR_NOT_FOUND ||
	    (err == ERR_OK && !request_visible(&request, &standing, ctx->principal)))
		return err_reason(ctx, ERR_NOT_FOUND, "request.unknown",
				  "There is no such request.");
	if (err != ERR_OK)
		return err;
	reply->etag = request.version;
	struct json *json = reply->json;
	json_object(json, NULL);
	head_json(ctx, json, &request, &beside);
	access_ref_json(json, "workflow", &request.workflow_id, request.workflow_name);
	err = stages_json(ctx, json, &request.id);
	if (err == ERR_OK)
		err = comments_json(ctx, json, &request.id);
	if (err == ERR_OK)
		err = leases_json(ctx, json, &request.id);
	json_end_object(json);
	return err;
}

static enum err list_filter(struct ctx *ctx, const struct in *in, struct request_filter *out)
{
	int64_t state = in_number(in, RL_STATE, -1);
	*out = (struct request_filter){
		.scope = in_number(in, RL_SCOPE, SCOPE_MINE),
		.state = state < 0 ? NULL : request_state_name((enum request_state)state),
		.q = in_text(in, RL_Q, NULL),
		.user_id = ctx->principal->user_id,
	};
	if (out->scope == SCOPE_ALL &&
	    !permission_in(ctx->principal->permissions, PERM_REQUEST_VIEW_ALL))
		return err_reason(ctx, ERR_DENIED, "permission.missing",
				  "This needs the permission request.view_all.");
	return ERR_OK;
}

static enum err items_json(struct ctx *ctx, struct json *json, const struct request *found,
			   int64_t count)
{
	enum err err = ERR_OK;
	json_array(json, "items");
	for (int64_t at = 0; err == ERR_OK && at < count; at += DB_IDS_MAX) {
		struct beside beside;
		int64_t end = at + DB_IDS_MAX < count ? at + DB_IDS_MAX : count;
		err = read_beside(ctx, &found[at], (size_t)(end - at), &beside);
		for (int64_t i = at; err == ERR_OK && i < end; i++) {
			json_object(json, NULL);
			head_json(ctx, json, &found[i], &beside);
			json_end_object(json);
		}
	}
	json_end_array(json);
	return err;
}

enum err requests_list(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct page page;
	struct request_filter filter;
	int64_t total = 0, count = 0;
	struct db_rows *rows;
	enum err err = list_filter(ctx, in, &filter);
	if (err == ERR_OK)
		err = page_from(ctx, in_value(in, RL_LIMIT), in_value(in, RL_CURSOR),
				PAGE_DESCENDING, &page);
	if (err == ERR_OK)
		err = request_read_count(ctx, &filter, &total);
	if (err == ERR_OK)
		err = request_read_list(ctx, &filter, &page, &rows);
	if (err != ERR_OK)
		return err;
	struct request *found = arena_array(ctx->arena, struct request, (size_t)page.fetch);
	while (found != NULL && count < page.fetch && db_next(rows))
		request_sql_row(rows, &found[count++]);
	err = db_rows_close(rows);
	if (err != ERR_OK)
		return err;
	bool more = count > page.limit;
	json_object(reply->json, NULL);
	err = items_json(ctx, reply->json, found, more ? page.limit : count);
	struct page_key last = {.text = ""};
	if (more)
		last = (struct page_key){.number = found[page.limit - 1].created_at,
					 .id = found[page.limit - 1].id};
	page_end(reply->json, ctx, more ? &last : NULL, total);
	json_end_object(reply->json);
	return err;
}
