/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rbac/grant.h"

#include <string.h>

#include "base/arena.h"
#include "rbac/grant_sql.h"
#include "rbac/group_sql.h"
#include "rbac/principal.h"

enum { GRANTS_MAX = 256, ROLES_MAX = 16 };

enum err grants_of_user(struct ctx *ctx, const struct uuid *user_id, struct grant **out,
			size_t *out_count)
{
	struct grant *grants = arena_array(ctx->arena, struct grant, GRANTS_MAX);
	if (grants == NULL)
		return err_set(ctx, ERR_MEMORY, "No memory for the role grants.");
	struct db_rows *rows;
	enum err err = grant_sql_of_user(ctx, user_id, &rows);
	if (err != ERR_OK)
		return err;
	size_t count = 0;
	while (count < GRANTS_MAX && db_next(rows))
		grants[count++] =
			(struct grant){db_text(rows, 0), db_uuid(rows, 1), db_text(rows, 2)};
	*out = grants;
	*out_count = count;
	return db_rows_close(rows);
}

static enum err collect(struct db_rows *rows, role_set *out)
{
	role_set set = 0;
	while (db_next(rows)) {
		const char *role = db_text(rows, 0);
		if (role != NULL)
			set |= role_bit(role);
	}
	*out = set;
	return db_rows_close(rows);
}

enum err roles_of_user(struct ctx *ctx, const struct uuid *user_id, role_set *out)
{
	struct db_rows *rows;
	enum err err = grant_sql_of_user(ctx, user_id, &rows);
	return err != ERR_OK ? err : collect(rows, out);
}

enum err role_permissions_of_user(struct ctx *ctx, const struct uuid *user_id, permission_set *out)
{
	role_set roles = 0;
	enum err err = roles_of_user(ctx, user_id, &roles);
	*out = role_set_permissions(roles);
	return err;
}

enum err role_permissions_of_user_at(struct ctx *ctx, const struct uuid *user_id, int64_t at,
				     permission_set *out)
{
	struct db_rows *rows;
	role_set roles = 0;
	enum err err = grant_sql_of_user_at(ctx, user_id, at, &rows);

	if (err == ERR_OK)
		err = collect(rows, &roles);
	*out = role_set_permissions(roles);
	return err;
}

enum err role_permissions_of_group(struct ctx *ctx, const struct uuid *group_id,
				   permission_set *out)
{
	struct db_rows *rows;
	role_set roles = 0;
	enum err err = grant_sql_of_group(ctx, group_id, &rows);
	if (err == ERR_OK)
		err = collect(rows, &roles);
	*out = role_set_permissions(roles);
	return err;
}

enum err grant_allowed(struct ctx *ctx, permission_set set)
{
	if (ctx->principal == NULL)
		return ERR_OK;
	permission_set beyond = set & ~ctx->principal->permissions;
	if (beyond == 0)
		return ERR_OK;
	enum permission first = (enum permission)__builtin_ctzll(beyond);
	return err_reason(ctx, ERR_DENIED, "role.beyond_own",
			  "Nobody can give what they lack: you do not hold %s.",
			  permission_name(first));
}

enum err grant_roles_allowed(struct ctx *ctx, const char *field, const char *const *roles,
			     size_t count)
{
	permission_set set = 0;
	for (size_t i = 0; i < count; i++) {
		if (role_by_name(roles[i]) == NULL)
			return err_field(ctx, field, "role.unknown", "There is no role \"%s\".",
					 roles[i]);
		set |= role_permissions(roles[i]);
	}
	return grant_allowed(ctx, set);
}

enum err grant_membership_allowed(struct ctx *ctx, const char *field, const struct uuid *group_id)
{
	struct group_row group;
	enum err err = group_sql_by_id(ctx, group_id, &group);
	if (err == ERR_NOT_FOUND || (err == ERR_OK && group.archived))
		return err_field(ctx, field, "group.unknown", "There is no such group.");
	permission_set set;
	if (err == ERR_OK)
		err = role_permissions_of_group(ctx, group_id, &set);
	return err != ERR_OK ? err : grant_allowed(ctx, set);
}

enum err grant_administrators(struct ctx *ctx, int64_t *out)
{
	enum err err = grant_sql_lock_administrators(ctx);
	return err == ERR_OK ? grant_sql_count_administrators(ctx, out) : err;
}

enum err grant_keep_administrator(struct ctx *ctx)
{
	int64_t count = 0;
	enum err err = grant_administrators(ctx, &count);
	if (err != ERR_OK || count > 0 || ctx->principal == NULL)
		return err;
	return err_reason(ctx, ERR_CONFLICT, "role.last_administrator",
			  "This would leave nobody who is an active administrator.");
}

static bool listed(const char *const *roles, size_t count, const char *role)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(roles[i], role) == 0)
			return true;
	return false;
}

static const char *join(struct ctx *ctx, const char *const *roles, size_t count)
{
	const char *text = "";
	for (size_t i = 0; i < count && text != NULL; i++)
		text = arena_printf(ctx->arena, "%s%s%s", text, i > 0 ? ", " : "", roles[i]);
	return text;
}

static enum err own_roles(struct ctx *ctx, const struct uuid *user_id, const struct uuid *group_id,
			  const char **roles, size_t *out_count)
{
	struct db_rows *rows;
	enum err err = grant_sql_own(ctx, user_id, group_id, &rows);
	if (err != ERR_OK)
		return err;
	size_t count = 0;
	while (count < ROLES_MAX && db_next(rows))
		roles[count++] = db_text(rows, 0);
	*out_count = count;
	return db_rows_close(rows);
}

/* Gives what is new; only that is limited by what the granting person holds. */
static enum err add_roles(struct ctx *ctx, const struct uuid *user_id, const struct uuid *group_id,
			  const char *const *roles, size_t count, const char *const *before,
			  size_t before_count, const struct uuid *event_id)
{
	enum err err = ERR_OK;
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		if (listed(before, before_count, roles[i]) || listed(roles, i, roles[i]))
			continue;
		err = grant_roles_allowed(ctx, "roles", &roles[i], 1);
		if (err == ERR_OK)
			err = grant_sql_insert(ctx, roles[i], user_id, group_id, event_id);
	}
	return err;
}

enum err grant_set(struct ctx *ctx, const struct uuid *user_id, const struct uuid *group_id,
		   const char *const *roles, size_t count, const struct uuid *event_id,
		   const char **out_before, const char **out_after)
{
	const char *before[ROLES_MAX];
	size_t before_count = 0;
	enum err err = own_roles(ctx, user_id, group_id, before, &before_count);
	if (err == ERR_OK)
		err = add_roles(ctx, user_id, group_id, roles, count, before, before_count,
				event_id);
	bool removed = false;
	for (size_t i = 0; err == ERR_OK && i < before_count; i++) {
		if (listed(roles, count, before[i]))
			continue;
		err = grant_sql_delete(ctx, before[i], user_id, group_id);
		removed = true;
	}
	if (err == ERR_OK && removed)
		err = grant_keep_administrator(ctx);
	if (out_before != NULL)
		*out_before = join(ctx, before, before_count);
	if (out_after != NULL)
		*out_after = join(ctx, roles, count);
	return err;
}
