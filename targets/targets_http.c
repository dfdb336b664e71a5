/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/arena.h"
#include "base/json.h"
#include "base/text.h"
#include "rbac/page.h"
#include "targets/account_sql.h"
#include "targets/kind.h"
#include "targets/target_group_sql.h"
#include "targets/target_sql.h"
#include "targets/targets_api.h"

static void ref_json(struct json *json, const char *key, const struct uuid *id, const char *name)
{
	json_object(json, key);
	json_uuid(json, "id", id);
	json_text(json, "name", name);
	json_end_object(json);
}

static void state_json(struct json *json, const char *state, const char *reason, int64_t checked_at)
{
	json_object(json, "state");
	json_text(json, "state", state);
	json_text(json, "reason", reason);
	json_time(json, "checked_at", checked_at);
	json_end_object(json);
}

static void group_json(struct json *json, const struct target_group_row *row)
{
	json_object(json, NULL);
	json_uuid(json, "id", &row->id);
	json_text(json, "name", row->name);
	json_text(json, "description", row->description);
	json_uuid(json, "parent_id", uuid_is_nil(&row->parent_id) ? NULL : &row->parent_id);
	json_int(json, "target_count", row->target_count);
	json_bool(json, "archived", row->archived);
	json_int(json, "version", row->version);
	json_time(json, "created_at", row->created_at);
	json_time(json, "updated_at", row->updated_at);
	json_end_object(json);
}

static enum err groups_list(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct page page;
	const char *q = in_text(in, TG_LIST_Q, NULL);
	bool archived = in_number(in, TG_LIST_ARCHIVED, false) != 0;
	int64_t total = 0;
	struct db_rows *rows;
	enum err err = page_from(ctx, in_value(in, TG_LIST_LIMIT), in_value(in, TG_LIST_CURSOR),
				 PAGE_ASCENDING, &page);
	if (err == ERR_OK)
		err = target_group_sql_count(ctx, q, archived, &total);
	if (err == ERR_OK)
		err = target_group_sql_list(ctx, q, archived, &page, &rows);
	if (err != ERR_OK)
		return err;
	struct json *json = reply->json;
	struct target_group_row row;
	struct page_key last = {.text = ""};
	int64_t count = 0;
	json_object(json, NULL);
	json_array(json, "items");
	while (db_next(rows) && count++ < page.limit) {
		target_group_sql_row(rows, &row);
		group_json(json, &row);
		last = (struct page_key){.text = row.name, .id = row.id};
	}
	json_end_array(json);
	err = db_rows_close(rows);
	page_end(json, ctx, count > page.limit ? &last : NULL, total);
	json_end_object(json);
	return err;
}

static enum err groups_get(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct target_group_row row;
	enum err err = target_group_sql_by_id(ctx, in_id(in, 0), &row);
	if (err == ERR_NOT_FOUND)
		return err_reason(ctx, err, "target_group.unknown",
				  "There is no such target group.");
	if (err != ERR_OK)
		return err;
	reply->etag = row.version;
	group_json(reply->json, &row);
	return ERR_OK;
}

static void account_json(struct json *json, const struct account_row *row)
{
	json_object(json, NULL);
	json_uuid(json, "id", &row->id);
	json_text(json, "name", row->name);
	json_text(json, "description", row->description);
	json_object(json, "target");
	json_uuid(json, "id", &row->target_id);
	json_text(json, "name", row->target_name);
	json_text(json, "kind", row->target_kind);
	json_end_object(json);
	json_bool(json, "has_secret", !uuid_is_nil(&row->secret_id));
	json_time(json, "secret_set_at", row->secret_set_at);
	json_bool(json, "lendable", row->lendable);
	json_bool(json, "concurrent", row->concurrent);
	state_json(json, row->state != NULL ? row->state : "unverified", row->state_reason,
		   row->state_checked_at);
	json_bool(json, "archived", row->archived);
	json_int(json, "version", row->version);
	json_time(json, "created_at", row->created_at);
	json_time(json, "updated_at", row->updated_at);
	json_end_object(json);
}

static enum err addresses_json(struct ctx *ctx, struct json *json, const struct uuid *id)
{
	struct db_rows *rows;
	enum err err = target_sql_addresses(ctx, id, &rows);
	if (err != ERR_OK)
		return err;
	json_array(json, "addresses");
	while (db_next(rows))
		json_text(json, NULL, db_text(rows, 0));
	json_end_array(json);
	return db_rows_close(rows);
}

/* As ssh shows it: "SHA256:" and base64 without padding. */
static const char *fingerprint(struct ctx *ctx, struct block sha256)
{
	char text[BASE64_SIZE(32)];
	if (sha256.len != 32)
		return NULL;
	base64_encode(sha256.data, sha256.len, text);
	return arena_printf(ctx->arena, "SHA256:%.43s", text);
}

static enum err host_keys_json(struct ctx *ctx, struct json *json, const struct uuid *id)
{
	struct db_rows *rows;
	enum err err = target_sql_host_keys(ctx, id, &rows);
	if (err != ERR_OK)
		return err;
	json_array(json, "host_keys");
	while (db_next(rows)) {
		json_object(json, NULL);
		json_text(json, "type", db_text(rows, 0));
		json_text(json, "sha256", fingerprint(ctx, db_bytes(rows, 1)));
		json_time(json, "pinned_at", db_time(rows, 2));
		json_end_object(json);
	}
	json_end_array(json);
	return db_rows_close(rows);
}

static enum err accounts_json(struct ctx *ctx, struct json *json, const struct uuid *id)
{
	struct db_rows *rows;
	struct account_row row;
	enum err err = account_sql_of_target(ctx, id, &rows);
	if (err != ERR_OK)
		return err;
	json_array(json, "accounts");
	while (db_next(rows)) {
		account_sql_row(rows, &row);
		account_json(json, &row);
	}
	json_end_array(json);
	return db_rows_close(rows);
}

static enum err target_head_json(struct ctx *ctx, struct json *json, const struct target_row *row)
{
	json_uuid(json, "id", &row->id);
	json_text(json, "name", row->name);
	json_text(json, "kind", row->kind);
	json_text(json, "description", row->description);
	ref_json(json, "group", &row->group_id, row->group_name);
	ref_json(json, "gateway_group", &row->gateway_group_id, row->gateway_group_name);
	json_int(json, "port", row->port);
	state_json(json, row->state != NULL ? row->state : "unknown", row->state_reason,
		   row->state_checked_at);
	json_bool(json, "archived", row->archived);
	json_int(json, "version", row->version);
	json_time(json, "created_at", row->created_at);
	json_time(json, "updated_at", row->updated_at);
	return addresses_json(ctx, json, &row->id);
}

static enum err list_json(struct ctx *ctx, struct json *json, const struct target_row *rows,
			  int64_t count)
{
	enum err err = ERR_OK;
	json_array(json, "items");
	for (int64_t i = 0; err == ERR_OK && i < count; i++) {
		json_object(json, NULL);
		err = target_head_json(ctx, json, &rows[i]);
		json_int(json, "account_count", rows[i].account_count);
		json_end_object(json);
	}
	json_end_array(json);
	return err;
}

static enum err targets_list(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct page page;
	int64_t kind = in_number(in, TL_KIND, -1), total = 0, count = 0;
	struct target_filter filter = {.q = in_text(in, TL_Q, NULL),
				       .group_id = in_id(in, TL_GROUP),
				       .kind = kind < 0 ? NULL : target_kinds()[kind]->name,
				       .archived = in_number(in, TL_ARCHIVED, false) != 0};
	struct db_rows *rows;
	enum err err = page_from(ctx, in_value(in, TL_LIMIT), in_value(in, TL_CURSOR),
				 PAGE_ASCENDING, &page);
	if (err == ERR_OK)
		err = target_sql_count(ctx, &filter, &total);
	if (err == ERR_OK)
		err = target_sql_list(ctx, &filter, &page, &rows);
	if (err != ERR_OK)
		return err;
	struct target_row *found = arena_array(ctx->arena, struct target_row, (size_t)page.fetch);
	while (found != NULL && count < page.fetch && db_next(rows))
		target_sql_row(rows, &found[count++]);
	err = db_rows_close(rows);
	if (err != ERR_OK || found == NULL)
		return err != ERR_OK ? err : err_set(ctx, ERR_MEMORY, "No memory for the list.");
	bool more = count > page.limit;
	json_object(reply->json, NULL);
	err = list_json(ctx, reply->json, found, more ? page.limit : count);
	struct page_key last = {.text = ""};
	if (more)
		last = (struct page_key){.text = found[page.limit - 1].name,
					 .id = found[page.limit - 1].id};
	page_end(reply->json, ctx, more ? &last : NULL, total);
	json_end_object(reply->json);
	return err;
}

static enum err targets_get(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct target_row row;
	enum err err = target_sql_by_id(ctx, in_id(in, 0), &row);
	if (err == ERR_NOT_FOUND)
		return err_reason(ctx, err, "target.unknown", "There is no such target.");
	if (err != ERR_OK)
		return err;
	reply->etag = row.version;
	json_object(reply->json, NULL);
	err = target_head_json(ctx, reply->json, &row);
	if (err == ERR_OK)
		err = host_keys_json(ctx, reply->json, &row.id);
	if (err == ERR_OK)
		err = accounts_json(ctx, reply->json, &row.id);
	json_end_object(reply->json);
	return err;
}

static enum err accounts_get(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct account_row row;
	enum err err = account_sql_by_id(ctx, in_id(in, 0), &row);
	if (err == ERR_NOT_FOUND)
		return err_reason(ctx, err, "account.unknown", "There is no such account.");
	if (err != ERR_OK)
		return err;
	reply->etag = row.version;
	account_json(reply->json, &row);
	return ERR_OK;
}

/* The header alone, marked as UTF-8: a spreadsheet then keeps that encoding when it saves. */
static enum err import_template(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	const struct op *const tables[] = {targets_ops(), NULL};
	const struct field *column = op_by_id(tables, "targets.import")->fields[IMPORT_ROWS].sub;
	(void)ctx;
	(void)in;
	buf_put_text(reply->body, "\xEF\xBB\xBF");
	for (size_t i = IMPORT_TARGET; column[i].name != NULL; i++) {
		buf_put_text(reply->body, i > IMPORT_TARGET ? "," : "");
		buf_put_text(reply->body, column[i].name);
	}
	buf_put_text(reply->body, "\r\n");
	reply->content_type = "text/csv; charset=utf-8";
	reply->file_name = "sekisho-import.csv";
	return ERR_OK;
}

static const struct op_read rows[] = {
	{"target_groups.list", groups_list},
	{"target_groups.get", groups_get},
	{"targets.list", targets_list},
	{"targets.get", targets_get},
	{"accounts.get", accounts_get},
	{"targets.import_template", import_template},
	{NULL, NULL},
};

const struct op_read *targets_reads(void)
{
	return rows;
}
