/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rbac/group_ops.h"

#include "base/arena.h"
#include "base/sys.h"
#include "rbac/grant.h"
#include "rbac/grant_sql.h"
#include "rbac/group_sql.h"
#include "rbac/rbac_api.h"
#include "rbac/rule_sql.h"
#include "rbac/tree.h"
#include "rbac/write.h"

enum { MEMBERS_MAX = 2000 };

static enum err unknown_group(struct ctx *ctx, enum err err, const struct group_row *row)
{
	if (err == ERR_OK && row->archived)
		err = ERR_NOT_FOUND;
	if (err == ERR_NOT_FOUND)
		return err_reason(ctx, ERR_NOT_FOUND, "group.unknown", "There is no such group.");
	return err;
}

static enum err lock_group(struct ctx *ctx, const struct in *in, unsigned id_field,
			   struct group_row *out)
{
	enum err err = unknown_group(ctx, group_sql_lock(ctx, in_id(in, id_field), out), out);
	return err != ERR_OK ? err : write_if_match(ctx, in, out->version);
}

/* A group below another inherits its roles, so hanging it there is a grant too. */
static enum err check_parent(struct ctx *ctx, const struct uuid *node, const struct uuid *parent)
{
	if (uuid_is_nil(parent))
		return ERR_OK;
	enum err err = tree_check(ctx, node, parent, group_sql_parent);
	return err != ERR_OK ? err : grant_membership_allowed(ctx, "parent_id", parent);
}

static enum err finish(struct ctx *ctx, struct out *out, const struct audit *audit,
		       const struct uuid *id, int64_t version)
{
	enum err err = audit_append(ctx, audit);
	if (err != ERR_OK)
		return err;
	out_id(out, id, version);
	out_notify(out, "groups", id);
	return ERR_OK;
}

enum err group_create(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct group_row row = {.id = uuid_v7(),
				.name = in_text(in, GROUP_NAME, ""),
				.description = in_text(in, GROUP_DESCRIPTION, "")};
	const struct uuid *parent = in_id(in, GROUP_PARENT);
	if (parent != NULL)
		row.parent_id = *parent;
	struct audit audit;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "group", &row.id, row.name);
	audit_change(&audit, "name", NULL, row.name);
	audit_change(&audit, "description", NULL, row.description);
	audit_change(&audit, "parent_id", NULL, write_uuid(ctx, &row.parent_id));
	enum err err = check_parent(ctx, &row.id, &row.parent_id);
	if (err == ERR_OK)
		err = group_sql_insert(ctx, &row, &audit.id, sys_real_us());
	return err != ERR_OK ? err : finish(ctx, out, &audit, &row.id, 1);
}

enum err group_update(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct group_row before;
	enum err err = lock_group(ctx, in, GROUP_ID, &before);
	if (err != ERR_OK)
		return err;
	struct group_row row = before;
	row.name = in_text(in, GROUP_NAME, before.name);
	row.description = in_text(in, GROUP_DESCRIPTION, before.description);
	const struct value *parent = &in->values[GROUP_PARENT];
	if (parent->set)
		row.parent_id = parent->null ? (struct uuid){{0}} : parent->id;
	struct audit audit;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "group", &row.id, row.name);
	audit_change(&audit, "name", before.name, row.name);
	audit_change(&audit, "description", before.description, row.description);
	audit_change(&audit, "parent_id", write_uuid(ctx, &before.parent_id),
		     write_uuid(ctx, &row.parent_id));
	bool moved = !uuid_equal(&before.parent_id, &row.parent_id);
	if (moved)
		err = check_parent(ctx, &row.id, &row.parent_id);
	if (err == ERR_OK)
		err = group_sql_update(ctx, &row, &audit.id, sys_real_us());
	if (err == ERR_OK && moved)
		err = grant_keep_administrator(ctx);
	return err != ERR_OK ? err : finish(ctx, out, &audit, &row.id, row.version + 1);
}

enum err group_archive(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct group_row row;
	enum err err = lock_group(ctx, in, 0, &row);
	const char *used = NULL;
	if (err == ERR_OK)
		err = group_sql_in_use(ctx, &row.id, &used);
	if (err != ERR_OK)
		return err;
	if (used != NULL)
		return err_reason(ctx, ERR_CONFLICT, "group.in_use",
				  "The group is still used by %s; change those first.", used);
	struct audit audit;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "group", &row.id, row.name);
	audit_change(&audit, "archived", write_bool(false), write_bool(true));
	row.archived = true;
	err = group_sql_update(ctx, &row, &audit.id, sys_real_us());
	if (err == ERR_OK)
		err = grant_keep_administrator(ctx);
	return err != ERR_OK ? err : finish(ctx, out, &audit, &row.id, row.version + 1);
}

struct member {
	struct uuid id;
	const char *login;
};

static enum err load_members(struct ctx *ctx, const struct uuid *group_id, struct member **out,
			     size_t *out_count)
{
	struct member *members = arena_array(ctx->arena, struct member, MEMBERS_MAX);
	if (members == NULL)
		return err_set(ctx, ERR_MEMORY, "No memory for the members.");
	struct db_rows *rows;
	enum err err = group_sql_members(ctx, group_id, &rows);
	if (err != ERR_OK)
		return err;
	size_t count = 0;
	while (count < MEMBERS_MAX && db_next(rows))
		members[count++] = (struct member){db_uuid(rows, 0), db_text(rows, 1)};
	*out = members;
	*out_count = count;
	return db_rows_close(rows);
}

static bool is_member(const struct member *members, size_t count, const struct uuid *id)
{
	for (size_t i = 0; i < count; i++)
		if (uuid_equal(&members[i].id, id))
			return true;
	return false;
}

static bool wanted(const struct value *users, const struct uuid *id)
{
	for (int64_t i = 0; i < users->number; i++)
		if (uuid_equal(&users->ids[i], id))
			return true;
	return false;
}

/* Names in the event, at most as many as it has room for; the count is always there. */
static const char *append_name(struct ctx *ctx, const char *list, const char *name)
{
	if (list == NULL)
		return name;
	return arena_printf(ctx->arena, "%s, %s", list, name);
}

static enum err add_members(struct ctx *ctx, const struct uuid *group_id, const struct value *users,
			    const struct member *members, size_t count, struct audit *audit)
{
	enum err err = ERR_OK;
	const char *names = NULL;
	for (int64_t i = 0; err == ERR_OK && i < users->number; i++) {
		if (is_member(members, count, &users->ids[i]))
			continue;
		const char *name;
		err = rule_sql_name_of(ctx, RULE_USER, &users->ids[i], &name);
		if (err == ERR_NOT_FOUND)
			return err_field(ctx, "user_ids", "user.unknown",
					 "One of these people does not exist.");
		if (err == ERR_OK)
			err = group_sql_member_add(ctx, group_id, &users->ids[i], &audit->id);
		if (err == ERR_OK)
			names = append_name(ctx, names, name);
	}
	if (err == ERR_OK && names != NULL) {
		audit_change(audit, "members_added", NULL, names);
		err = grant_membership_allowed(ctx, "id", group_id);
	}
	return err;
}

static enum err remove_members(struct ctx *ctx, const struct uuid *group_id,
			       const struct value *users, const struct member *members,
			       size_t count, struct audit *audit)
{
	enum err err = ERR_OK;
	const char *names = NULL;
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		if (wanted(users, &members[i].id))
			continue;
		err = group_sql_member_remove(ctx, group_id, &members[i].id);
		names = append_name(ctx, names, members[i].login);
	}
	if (err == ERR_OK && names != NULL) {
		audit_change(audit, "members_removed", names, NULL);
		err = grant_keep_administrator(ctx);
	}
	return err;
}

enum err group_members(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct group_row row;
	struct member *members = NULL;
	size_t count = 0;
	enum err err = lock_group(ctx, in, MEMBERS_ID, &row);
	if (err == ERR_OK)
		err = load_members(ctx, &row.id, &members, &count);
	if (err != ERR_OK)
		return err;
	const struct value *users = &in->values[MEMBERS_USERS];
	struct audit audit;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "group", &row.id, row.name);
	err = add_members(ctx, &row.id, users, members, count, &audit);
	if (err == ERR_OK)
		err = remove_members(ctx, &row.id, users, members, count, &audit);
	if (err == ERR_OK)
		err = group_sql_update(ctx, &row, &audit.id, sys_real_us());
	if (err != ERR_OK)
		return err;
	out_notify(out, "users", NULL);
	return finish(ctx, out, &audit, &row.id, row.version + 1);
}

enum err group_roles(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct group_row row;
	enum err err = lock_group(ctx, in, ROLES_ID, &row);
	if (err != ERR_OK)
		return err;
	const struct value *roles = &in->values[ROLES_ROLES];
	const char *before = NULL, *after = NULL;
	struct audit audit;
	write_audit(ctx, in, &audit);
	err = grant_set(ctx, NULL, &row.id, roles->texts, (size_t)roles->number, &audit.id, &before,
			&after);
	if (err == ERR_OK)
		err = group_sql_update(ctx, &row, &audit.id, sys_real_us());
	if (err != ERR_OK)
		return err;
	audit_object(&audit, "group", &row.id, row.name);
	audit_change(&audit, "roles", before, after);
	out_notify(out, "users", NULL);
	return finish(ctx, out, &audit, &row.id, row.version + 1);
}

enum err user_roles(struct ctx *ctx, const struct in *in, struct out *out)
{
	const struct uuid *id = in_id(in, ROLES_ID);
	const struct value *roles = &in->values[ROLES_ROLES];
	struct grant_user user;
	const char *before = NULL, *after = NULL;
	enum err err = grant_sql_lock_user(ctx, id, &user);
	if (err == ERR_NOT_FOUND)
		return err_reason(ctx, ERR_NOT_FOUND, "user.unknown", "There is no such person.");
	if (err == ERR_OK)
		err = write_if_match(ctx, in, user.version);
	if (err != ERR_OK)
		return err;
	struct audit audit;
	write_audit(ctx, in, &audit);
	err = grant_set(ctx, id, NULL, roles->texts, (size_t)roles->number, &audit.id, &before,
			&after);
	if (err == ERR_OK)
		err = grant_sql_touch_user(ctx, id, &audit.id, sys_real_us());
	if (err != ERR_OK)
		return err;
	audit_object(&audit, "user", id, user.name);
	audit_change(&audit, "roles", before, after);
	err = audit_append(ctx, &audit);
	if (err != ERR_OK)
		return err;
	out_id(out, id, user.version + 1);
	out_notify(out, "users", id);
	return ERR_OK;
}
