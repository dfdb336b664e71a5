/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/auth_api.h"
#include "auth/handlers.h"
#include "auth/session_limit_sql.h"
#include "rbac/write.h"

enum err session_limits_run_update(struct ctx *ctx, const struct in *in, struct out *out)
{
	static const struct for_groups_fields fields = {LIMIT_DEFAULT, LIMIT_GROUPS};
	struct session_limit limit;
	struct audit audit;
	enum err err = session_limit_sql_lock(ctx, in_id(in, LIMIT_ID), &limit);

	if (err == ERR_OK)
		err = write_if_match(ctx, in, limit.version);
	if (err != ERR_OK)
		return err;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "session_limit", &limit.id, limit.profile);
	write_number(ctx, in, &audit, LIMIT_IDLE, &limit.idle_minutes);
	write_number(ctx, in, &audit, LIMIT_HOURS, &limit.max_hours);
	err = for_groups_change(ctx, in, &audit, session_limit_groups_kind(), fields, &limit.id,
				&limit.is_default);
	if (err == ERR_OK)
		err = session_limit_sql_store(ctx, &limit, &audit.id);
	if (err != ERR_OK)
		return err;
	out_id(out, &limit.id, limit.version + 1);
	return audit_append(ctx, &audit);
}
