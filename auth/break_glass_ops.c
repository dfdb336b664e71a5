/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/break_glass_sql.h"
#include "auth/handlers.h"
#include "rbac/principal.h"
#include "rbac/write.h"

enum err break_glass_run_acknowledge(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct audit audit;
	uint64_t count = 0;
	enum err err = break_glass_sql_acknowledge(ctx, &ctx->principal->user_id, &count);

	if (err == ERR_OK && count == 0)
		return err_reason(ctx, ERR_CONFLICT, "break_glass.nothing",
				  "There is no use of another person's to acknowledge.");
	if (err != ERR_OK)
		return err;
	out_notify(out, "system", &ctx->principal->user_id);
	write_audit(ctx, in, &audit);
	audit_data(&audit, "uses", write_int(ctx, (int64_t)count));
	return audit_append(ctx, &audit);
}
