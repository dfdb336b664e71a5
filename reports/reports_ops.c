/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rbac/write.h"
#include "reports/reports_api.h"

/* Runs before the report is made: which report, of which period, in which form. */
static enum err use_audit(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct audit audit;
	(void)out;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "report", NULL, "privileged-use");
	audit_data(&audit, "from", write_time(ctx, in_number(in, RU_FROM, 0)));
	audit_data(&audit, "to", write_time(ctx, in_number(in, RU_TO, 0)));
	audit_data(&audit, "format",
		   in->op->fields[RU_FORMAT].choices[in_number(in, RU_FORMAT, 0)]);
	if (in_id(in, RU_USER) != NULL)
		audit_data(&audit, "user_id", write_uuid(ctx, in_id(in, RU_USER)));
	if (in_id(in, RU_TARGET) != NULL)
		audit_data(&audit, "target_id", write_uuid(ctx, in_id(in, RU_TARGET)));
	return audit_append(ctx, &audit);
}

static const struct op_write rows[] = {{"reports.use", use_audit}, {NULL, NULL}};

const struct op_write *reports_writes(void)
{
	return rows;
}
