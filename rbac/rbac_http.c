/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/arena.h"
#include "base/json.h"
#include "rbac/explain.h"
#include "rbac/grant.h"
#include "rbac/group_sql.h"
#include "rbac/page.h"
#include "rbac/principal.h"
#include "rbac/rbac_api.h"
#include "rbac/rule_sql.h"

static void party_json(struct json *json, const char *key, const struct uuid *id, const char *name)
{
	if (uuid_is_nil(id)) {
		json_null(json, key);
		return;
	}
	json_object(json, key);
	json_uuid(json, "id", id);
	json_text(json, "name", name);
	json_end_object(json);
}

static const struct uuid *or_null(const struct uuid *id)
{
	return uuid_is_nil(id) ? NULL : id;
}

static void group_members_of_object(struct json *json, const struct group_row *row)
{
	json_uuid(json, "id", &row->id);
	json_text(json, "name", row->name);
	json_text(json, "description", row->description);
	json_uuid(json, "parent_id", or_null(&row->parent_id));
	party_json(json, "parent", &row->parent_id, row->parent_name);
	json_int(json, "member_count", row->member_count);
	json_time(json, "created_at", row->created_at);
	json_time(json, "updated_at", row->updated_at);
	json_bool(json, "archived", row->archived);
	json_int(json, "version", row->version);
}

/* roles: the group's own; inherited_roles: of the groups above. */
static enum err group_roles_json(struct ctx *ctx, struct json *json, const struct uuid *id,
				 const char *key, bool own)
{
	struct db_rows *rows;
	enum err err = group_sql_roles(ctx, id, &rows);
	if (err != ERR_OK)
		return err;
	json_array(json, key);
	while (db_next(rows)) {
		struct uuid from = db_uuid(rows, 1);
		if (uuid_equal(&from, id) == own)
			json_text(json, NULL, db_text(rows, 0));
	}
	json_end_array(json);
	return db_rows_close(rows);
}

/* member_ids: ids alone; members: people. */
static enum err group_people_json(struct ctx *ctx, struct json *json, const struct uuid *id,
				  bool whole)
{
	struct db_rows *rows;
	enum err err = group_sql_members(ctx, id, &rows);
	if (err != ERR_OK)
		return err;
	json_array(json, whole ? "members" : "member_ids");
	while (db_next(rows)) {
		struct uuid user = db_uuid(rows, 0);
		if (!whole) {
			json_uuid(json, NULL, &user);
			continue;
		}
		json_object(json, NULL);
		json_uuid(json, "id", &user);
		json_text(json, "login", db_text(rows, 1));
		json_text(json, "display_name", db_text(rows, 2));
		json_end_object(json);
	}
	json_end_array(json);
	return db_rows_close(rows);
}

static enum err groups_list(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct page page;
	bool archived = in_number(in, LIST_ARCHIVED, false) != 0;
	const char *q = in_text(in, LIST_Q, NULL);
	enum err err = page_from(ctx, in_value(in, LIST_LIMIT), in_value(in, LIST_CURSOR),
				 PAGE_ASCENDING, &page);
	int64_t total = 0;
	struct db_rows *rows;
	if (err == ERR_OK)
		err = group_sql_count(ctx, q, archived, &total);
	if (err == ERR_OK)
		err = group_sql_list(ctx, q, archived, &page, &rows);
	if (err != ERR_OK)
		return err;
	struct group_row *groups = arena_array(ctx->arena, struct group_row, (size_t)page.fetch);
	int64_t count = 0;
	while (groups != NULL && count < page.fetch && db_next(rows))
		group_sql_row(rows, &groups[count++]);
	err = db_rows_close(rows);
	struct json *json = reply->json;
	json_object(json, NULL);
	json_array(json, "items");
	for (int64_t i = 0; err == ERR_OK && i < count && i < page.limit; i++) {
		json_object(json, NULL);
		group_members_of_object(json, &groups[i]);
		err = group_roles_json(ctx, json, &groups[i].id, "roles", true);
		if (err == ERR_OK)
			err = group_people_json(ctx, json, &groups[i].id, false);
		json_end_object(json);
	}
	json_end_array(json);
	struct page_key last;
	if (count > page.limit)
		last = (struct page_key){.text = groups[page.limit - 1].name,
					 .id = groups[page.limit - 1].id};
	page_end(json, ctx, count > page.limit ? &last : NULL, total);
	json_end_object(json);
	return err;
}

static enum err groups_get(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct group_row row;
	enum err err = group_sql_by_id(ctx, in_id(in, 0), &row);
	if (err == ERR_NOT_FOUND)
		return err_reason(ctx, err, "group.unknown", "There is no such group.");
	if (err != ERR_OK)
		return err;
	reply->etag = row.version;
	json_object(reply->json, NULL);
	group_members_of_object(reply->json, &row);
	err = group_roles_json(ctx, reply->json, &row.id, "roles", true);
	if (err == ERR_OK)
		err = group_roles_json(ctx, reply->json, &row.id, "inherited_roles", false);
	if (err == ERR_OK)
		err = group_people_json(ctx, reply->json, &row.id, false);
	if (err == ERR_OK)
		err = group_people_json(ctx, reply->json, &row.id, true);
	json_end_object(reply->json);
	return err;
}

static enum err roles_list(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	(void)ctx;
	(void)in;
	struct json *json = reply->json;
	json_object(json, NULL);
	json_array(json, "items");
	for (const struct role_row *row = role_rows(); row->name != NULL; row++) {
		json_object(json, NULL);
		json_text(json, "name", row->name);
		json_text(json, "title_ja", row->title_ja);
		json_text(json, "title_en", row->title_en);
		json_array(json, "permissions");
		permission_set set = role_permissions(row->name);
		for (unsigned p = PERM_NONE + 1; p < PERM__COUNT; p++)
			if (permission_in(set, (enum permission)p))
				json_text(json, NULL, permission_name((enum permission)p));
		json_end_array(json);
		json_end_object(json);
	}
	json_end_array(json);
	json_null(json, "next_cursor");
	json_end_object(json);
	return ERR_OK;
}

static void person_json(struct json *json, const struct rule_row *row)
{
	if (uuid_is_nil(&row->user.id)) {
		json_null(json, "user");
		return;
	}
	json_object(json, "user");
	json_uuid(json, "id", &row->user.id);
	json_text(json, "login", row->user_login);
	json_text(json, "display_name", row->user.name);
	json_end_object(json);
}

static void rule_json(struct json *json, const struct rule_row *row)
{
	json_object(json, NULL);
	json_uuid(json, "id", &row->id);
	json_text(json, "name", row->name);
	json_text(json, "effect", row->deny ? "deny" : "allow");
	json_uuid(json, "user_id", or_null(&row->user.id));
	person_json(json, row);
	json_uuid(json, "user_group_id", or_null(&row->user_group.id));
	party_json(json, "user_group", &row->user_group.id, row->user_group.name);
	json_uuid(json, "target_id", or_null(&row->target.id));
	party_json(json, "target", &row->target.id, row->target.name);
	json_uuid(json, "target_group_id", or_null(&row->target_group.id));
	party_json(json, "target_group", &row->target_group.id, row->target_group.name);
	json_text(json, "account_pattern", row->account_pattern);
	json_uuid(json, "workflow_id", or_null(&row->workflow.id));
	party_json(json, "workflow", &row->workflow.id, row->workflow.name);
	json_bool(json, "archived", row->archived);
	json_int(json, "version", row->version);
	json_time(json, "created_at", row->created_at);
	json_time(json, "updated_at", row->updated_at);
	json_end_object(json);
}

static enum err rules_list(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct page page;
	struct rule_filter filter = {in_text(in, LIST_Q, NULL), in_number(in, LIST_EFFECT, -1),
				     in_number(in, LIST_ARCHIVED, false) != 0};
	enum err err = page_from(ctx, in_value(in, LIST_LIMIT), in_value(in, LIST_CURSOR),
				 PAGE_ASCENDING, &page);
	int64_t total = 0;
	struct db_rows *rows;
	if (err == ERR_OK)
		err = rule_sql_count(ctx, &filter, &total);
	if (err == ERR_OK)
		err = rule_sql_list(ctx, &filter, &page, &rows);
	if (err != ERR_OK)
		return err;
	struct json *json = reply->json;
	struct rule_row row;
	struct page_key last = {.text = ""};
	int64_t count = 0;
	bool more = false;
	json_object(json, NULL);
	json_array(json, "items");
	while (!more && db_next(rows)) {
		more = count == page.limit;
		if (more)
			break;
		rule_sql_row(rows, &row);
		rule_json(json, &row);
		last = (struct page_key){.text = row.name, .id = row.id};
		count++;
	}
	json_end_array(json);
	err = db_rows_close(rows);
	page_end(json, ctx, more ? &last : NULL, total);
	json_end_object(json);
	return err;
}

static enum err rules_get(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct rule_row row;
	enum err err = rule_sql_by_id(ctx, in_id(in, 0), &row);
	if (err == ERR_NOT_FOUND)
		return err_reason(ctx, err, "rule.unknown", "There is no such rule.");
	if (err != ERR_OK)
		return err;
	reply->etag = row.version;
	rule_json(reply->json, &row);
	return ERR_OK;
}

static const struct op_read read_rows[] = {
	{"groups.list", groups_list},
	{"groups.get", groups_get},
	{"roles.list", roles_list},
	{"rules.list", rules_list},
	{"rules.get", rules_get},
	{"access.explain", access_explain},
	{NULL, NULL},
};

const struct op_read *rbac_reads(void)
{
	return read_rows;
}
