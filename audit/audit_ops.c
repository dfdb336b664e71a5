/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audit/audit.h"
#include "audit/audit_api.h"
#include "rbac/write.h"

/* The export itself is web's work; what leaves, and for whom, is on record first. */
static enum err export_audited(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct audit audit;
	const char *from = write_time(ctx, in_number(in, AE_FROM, 0));
	const char *to = write_time(ctx, in_number(in, AE_TO, 0));
	(void)out;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "audit", NULL, NULL);
	if (from != NULL)
		audit_data(&audit, "from", from);
	if (to != NULL)
		audit_data(&audit, "to", to);
	return audit_append(ctx, &audit);
}

static const struct op_write writes[] = {
	{"audit.export", export_audited},
	{.op = NULL},
};

const struct op_write *audit_writes(void)
{
	return writes;
}
