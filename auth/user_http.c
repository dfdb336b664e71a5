/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/handlers.h"
#include "auth/user_read_sql.h"
#include "base/json.h"
#include "rbac/grant.h"

enum { LIST_LIMIT, LIST_CURSOR, LIST_SEARCH, LIST_STATE, LIST_GROUP };

static void put_role(void *arg, const struct uuid *id, const char *name)
{
	(void)id;
	json_text(arg, NULL, name);
}

static void put_group(void *arg, const struct uuid *id, const char *name)
{
	json_object(arg, NULL);
	json_uuid(arg, "id", id);
	json_text(arg, "name", name);
	json_end_object(arg);
}

static enum err put_user(struct ctx *ctx, struct json *json, const struct user_view *view)
{
	const struct user *user = &view->user;

	json_object(json, NULL);
	json_uuid(json, "id", &user->id);
	json_text(json, "login", user->login);
	json_text(json, "display_name", user->display_name);
	json_text(json, "language", user->language);
	json_text(json, "email", user->email);
	json_text(json, "state", user->state);
	json_array(json, "roles");
	enum err err = user_read_roles(ctx, &user->id, put_role, json);
	json_end_array(json);
	if (err != ERR_OK)
		return err;
	json_array(json, "groups");
	err = user_read_groups(ctx, &user->id, put_group, json);
	json_end_array(json);
	json_int(json, "version", user->version);
	json_time(json, "last_sign_in_at", view->last_sign_in_at);
	json_time(json, "created_at", view->created_at);
	json_time(json, "updated_at", view->updated_at);
	json_end_object(json);
	return err;
}

enum err users_read_list(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct user_view *views = NULL;
	size_t count = 0;
	int64_t total = 0;
	const struct value *state = in_value(in, LIST_STATE);
	struct user_filter filter = {
		.search = in_text(in, LIST_SEARCH, ""),
		.state = state ? in->op->fields[LIST_STATE].choices[state->number] : NULL,
		.group_id = in_id(in, LIST_GROUP)};
	enum err err = page_from(ctx, &in->values[LIST_LIMIT], &in->values[LIST_CURSOR],
				 PAGE_ASCENDING, &filter.page);

	if (err != ERR_OK || (err = user_read_list(ctx, &filter, &views, &count)) != ERR_OK ||
	    (err = user_read_count(ctx, &filter, &total)) != ERR_OK)
		return err;
	size_t shown = count < (size_t)filter.page.limit ? count : (size_t)filter.page.limit;
	json_object(reply->json, NULL);
	json_array(reply->json, "items");
	for (size_t i = 0; i < shown && err == ERR_OK; i++)
		err = put_user(ctx, reply->json, &views[i]);
	json_end_array(reply->json);
	struct page_key last = {0};
	if (count > shown && shown > 0)
		last = (struct page_key){.text = views[shown - 1].user.login,
					 .id = views[shown - 1].user.id};
	page_end(reply->json, ctx, count > shown ? &last : NULL, total);
	json_end_object(reply->json);
	return err;
}

enum err users_read_get(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct user_view view;
	enum err err = user_read_one(ctx, &in->values[0].id, &view);

	if (err != ERR_OK)
		return err;
	reply->etag = view.user.version;
	return put_user(ctx, reply->json, &view);
}

static void put_grant(struct json *json, const struct grant *grant)
{
	json_object(json, NULL);
	json_text(json, "role", grant->role);
	if (grant->group_name) {
		json_object(json, "group");
		json_uuid(json, "id", &grant->group_id);
		json_text(json, "name", grant->group_name);
		json_end_object(json);
	} else {
		json_null(json, "group");
	}
	json_end_object(json);
}

enum err users_read_effective(struct ctx *ctx, const struct in *in, struct reply *reply)
{
	struct user_view view;
	struct grant *grants = NULL;
	size_t count = 0;
	permission_set set = 0;
	struct json *json = reply->json;
	enum err err = user_read_one(ctx, &in->values[0].id, &view);

	if (err == ERR_OK)
		err = grants_of_user(ctx, &view.user.id, &grants, &count);
	if (err != ERR_OK)
		return err;
	json_object(json, NULL);
	json_array(json, "roles");
	for (size_t i = 0; i < count; i++) {
		put_grant(json, &grants[i]);
		set |= role_permissions(grants[i].role);
	}
	json_end_array(json);
	json_array(json, "permissions");
	for (int p = PERM_NONE + 1; p < PERM__COUNT; p++) {
		if (permission_in(set, (enum permission)p))
			json_text(json, NULL, permission_name((enum permission)p));
	}
	json_end_array(json);
	json_end_object(json);
	return ERR_OK;
}
