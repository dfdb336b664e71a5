/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/sys.h"
#include "rbac/tree.h"
#include "rbac/write.h"
#include "targets/handlers.h"
#include "targets/target_group_sql.h"
#include "targets/targets_api.h"

static enum err lock_group(struct ctx *ctx, const struct in *in, unsigned id_field,
			   struct target_group_row *out)
{
	enum err err = target_group_sql_lock(ctx, in_id(in, id_field), out);
	if (err == ERR_NOT_FOUND || (err == ERR_OK && out->archived))
		return err_reason(ctx, ERR_NOT_FOUND, "target_group.unknown",
				  "There is no such target group.");
	return err != ERR_OK ? err : write_if_match(ctx, in, out->version);
}

static enum err check_parent(struct ctx *ctx, const struct target_group_row *row)
{
	if (uuid_is_nil(&row->parent_id))
		return ERR_OK;
	return tree_check(ctx, &row->id, &row->parent_id, target_group_sql_parent);
}

static enum err finish(struct ctx *ctx, struct out *out, const struct audit *audit,
		       const struct uuid *id, int64_t version)
{
	enum err err = audit_append(ctx, audit);
	if (err != ERR_OK)
		return err;
	out_id(out, id, version);
	out_notify(out, "target_groups", id);
	return ERR_OK;
}

enum err target_group_create(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct target_group_row row = {.id = uuid_v7(),
				       .name = in_text(in, TG_NAME, ""),
				       .description = in_text(in, TG_DESCRIPTION, "")};
	if (in_id(in, TG_PARENT) != NULL)
		row.parent_id = *in_id(in, TG_PARENT);
	struct audit audit;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "target_group", &row.id, row.name);
	audit_change(&audit, "name", NULL, row.name);
	audit_change(&audit, "description", NULL, row.description);
	audit_change(&audit, "parent_id", NULL, write_uuid(ctx, &row.parent_id));
	enum err err = check_parent(ctx, &row);
	if (err == ERR_OK)
		err = target_group_sql_insert(ctx, &row, &audit.id, sys_real_us());
	return err != ERR_OK ? err : finish(ctx, out, &audit, &row.id, 1);
}

enum err target_group_update(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct target_group_row before;
	enum err err = lock_group(ctx, in, TG_ID, &before);
	if (err != ERR_OK)
		return err;
	struct target_group_row row = before;
	row.name = in_text(in, TG_NAME, before.name);
	row.description = in_text(in, TG_DESCRIPTION, before.description);
	const struct value *parent = &in->values[TG_PARENT];
	if (parent->set)
		row.parent_id = parent->null ? (struct uuid){{0}} : parent->id;
	struct audit audit;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "target_group", &row.id, row.name);
	audit_change(&audit, "name", before.name, row.name);
	audit_change(&audit, "description", before.description, row.description);
	audit_change(&audit, "parent_id", write_uuid(ctx, &before.parent_id),
		     write_uuid(ctx, &row.parent_id));
	err = check_parent(ctx, &row);
	if (err == ERR_OK)
		err = target_group_sql_update(ctx, &row, &audit.id, sys_real_us());
	return err != ERR_OK ? err : finish(ctx, out, &audit, &row.id, row.version + 1);
}

enum err target_group_archive(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct target_group_row row;
	const char *used = NULL;
	enum err err = lock_group(ctx, in, 0, &row);
	if (err == ERR_OK)
		err = target_group_sql_in_use(ctx, &row.id, &used);
	if (err != ERR_OK)
		return err;
	if (used != NULL)
		return err_reason(ctx, ERR_CONFLICT, "target_group.in_use",
				  "The group is still used by %s; change those first.", used);
	struct audit audit;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "target_group", &row.id, row.name);
	audit_change(&audit, "archived", write_bool(false), write_bool(true));
	row.archived = true;
	err = target_group_sql_update(ctx, &row, &audit.id, sys_real_us());
	return err != ERR_OK ? err : finish(ctx, out, &audit, &row.id, row.version + 1);
}
