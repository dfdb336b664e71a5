/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/sys.h"
#include "gateways/gateway_sql.h"
#include "gateways/gateways_api.h"
#include "gateways/handlers.h"
#include "rbac/write.h"

static enum err lock_group(struct ctx *ctx, const struct in *in, unsigned id_field,
			   struct gateway_group_row *out)
{
	enum err err = gateway_group_sql_lock(ctx, in_id(in, id_field), out);

	if (err == ERR_NOT_FOUND || (err == ERR_OK && out->archived))
		return err_reason(ctx, ERR_NOT_FOUND, "gateway_group.unknown",
				  "There is no such gateway group.");
	return err ? err : write_if_match(ctx, in, out->version);
}

static enum err finish(struct ctx *ctx, struct out *out, const struct audit *audit,
		       const struct uuid *id, int64_t version)
{
	enum err err = audit_append(ctx, audit);

	if (err)
		return err;
	out_id(out, id, version);
	out_notify(out, "gateways", id);
	return ERR_OK;
}

enum err gateway_group_create(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct gateway_group_row row = {.id = uuid_v7(),
					.name = in_text(in, GG_NAME, ""),
					.description = in_text(in, GG_DESCRIPTION, "")};
	struct audit audit;
	enum err err;

	write_audit(ctx, in, &audit);
	audit_object(&audit, "gateway_group", &row.id, row.name);
	audit_change(&audit, "name", NULL, row.name);
	audit_change(&audit, "description", NULL, row.description);
	err = gateway_group_sql_insert(ctx, &row, &audit.id, sys_real_us());
	return err ? err : finish(ctx, out, &audit, &row.id, 1);
}

enum err gateway_group_update(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct gateway_group_row before, row;
	struct audit audit;
	enum err err = lock_group(ctx, in, GG_ID, &before);

	if (err)
		return err;
	row = before;
	row.name = in_text(in, GG_NAME, before.name);
	row.description = in_text(in, GG_DESCRIPTION, before.description);
	write_audit(ctx, in, &audit);
	audit_object(&audit, "gateway_group", &row.id, row.name);
	audit_change(&audit, "name", before.name, row.name);
	audit_change(&audit, "description", before.description, row.description);
	err = gateway_group_sql_update(ctx, &row, &audit.id, sys_real_us());
	return err ? err : finish(ctx, out, &audit, &row.id, row.version + 1);
}

enum err gateway_group_archive(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct gateway_group_row row;
	const char *used = NULL;
	struct audit audit;
	enum err err = lock_group(ctx, in, 0, &row);

	if (err == ERR_OK)
		err = gateway_group_sql_in_use(ctx, &row.id, &used);
	if (err)
		return err;
	if (used)
		return err_reason(ctx, ERR_CONFLICT, "gateway_group.in_use",
				  "The group is still used by %s; change those first.", used);
	write_audit(ctx, in, &audit);
	audit_object(&audit, "gateway_group", &row.id, row.name);
	audit_change(&audit, "archived", write_bool(false), write_bool(true));
	row.archived = true;
	err = gateway_group_sql_update(ctx, &row, &audit.id, sys_real_us());
	return err ? err : finish(ctx, out, &audit, &row.id, row.version + 1);
}
