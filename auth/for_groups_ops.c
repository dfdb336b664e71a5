/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/for_groups.h"
#include "base/arena.h"
#include "rbac/write.h"
#include "sql/db.h"

/* There is always exactly one: to end it, make another one the default. */
static enum err change_default(struct ctx *ctx, struct audit *audit,
			       const struct for_groups_kind *kind, const struct uuid *policy,
			       bool wanted, bool *is_default)
{
	const struct db_param params[] = {DB_P_UUID(&audit->id), DB_P_UUID(policy)};

	if (*is_default && !wanted)
		return err_field(ctx, "is_default", kind->needs_default,
				 "Make another one the default instead.");
	if (*is_default || !wanted)
		return ERR_OK;
	*is_default = true;
	audit_change(audit, "is_default", write_bool(false), write_bool(true));
	return db_exec(ctx, kind->only_default, params, NULL);
}

struct names {
	struct ctx *ctx;
	const char *list;
};

static void add_name(void *arg, const struct uuid *id, const char *name)
{
	struct names *names = arg;

	(void)id;
	names->list =
		names->list ? arena_printf(names->ctx->arena, "%s, %s", names->list, name) : name;
}

static enum err free_groups(struct ctx *ctx, const struct for_groups_kind *kind,
			    const struct uuid *policy)
{
	const struct db_param params[] = {DB_P_UUID(policy)};

	return db_exec(ctx, kind->free_groups, params, NULL);
}

/* From the policy it was under. */
static enum err take_group(struct ctx *ctx, const struct for_groups_kind *kind,
			   const struct uuid *policy, const struct uuid *group,
			   const struct uuid *event_id)
{
	uint64_t taken = 0;
	const struct db_param which[] = {DB_P_UUID(group)};
	const struct db_param params[] = {DB_P_UUID(policy), DB_P_UUID(event_id), DB_P_UUID(group)};
	enum err err = db_exec(ctx, kind->free_group, which, NULL);

	if (err == ERR_OK)
		err = db_exec(ctx, kind->take_group, params, &taken);
	return err == ERR_OK && taken == 0
		       ? err_field(ctx, "group_ids", "group.unknown", "There is no such group.")
		       : err;
}

static enum err change_groups(struct ctx *ctx, struct audit *audit,
			      const struct for_groups_kind *kind, const struct uuid *policy,
			      const struct value *groups)
{
	struct names before = {ctx, NULL}, after = {ctx, NULL};
	enum err err = kind->read(ctx, policy, add_name, &before);

	if (err == ERR_OK)
		err = free_groups(ctx, kind, policy);
	for (int64_t i = 0; i < groups->number && err == ERR_OK; i++)
		err = take_group(ctx, kind, policy, &groups->ids[i], &audit->id);
	if (err == ERR_OK)
		err = kind->read(ctx, policy, add_name, &after);
	audit_change(audit, "groups", before.list, after.list);
	return err;
}

enum err for_groups_change(struct ctx *ctx, const struct in *in, struct audit *audit,
			   const struct for_groups_kind *kind, struct for_groups_fields fields,
			   const struct uuid *policy, bool *is_default)
{
	const struct value *groups = in_value(in, fields.group_ids);
	bool wanted = in_number(in, fields.is_default, *is_default) != 0;
	enum err err = change_default(ctx, audit, kind, policy, wanted, is_default);

	return err == ERR_OK && groups ? change_groups(ctx, audit, kind, policy, groups) : err;
}
