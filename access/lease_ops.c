/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "access/access_api.h"
#include "access/handlers.h"
#include "access/lease_sql.h"
#include "base/sys.h"
#include "rbac/principal.h"
#include "rbac/write.h"

static enum err unknown(struct ctx *ctx)
{
	return err_reason(ctx, ERR_NOT_FOUND, "lease.unknown", "There is no such loan.");
}

/* Ends an open lease early; its live sessions are cut after the commit. */
static enum err end_early(struct ctx *ctx, const struct in *in, struct out *out,
			  struct lease *lease, enum lease_event event, const char *reason,
			  const char *note)
{
	enum err err = lease_apply(ctx, lease, event, reason, sys_real_us());
	if (err != ERR_OK)
		return err;
	struct audit audit;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "lease", &lease->id, lease_object_name(ctx, lease));
	audit_data(&audit, "request", lease->request_number);
	if (note != NULL)
		audit_data(&audit, "reason", note);
	err = audit_append(ctx, &audit);
	if (err != ERR_OK)
		return err;
	out_effect(out, OUT_EFFECT_CUT_LEASE, &lease->id,
		   event == LEASE_RETURN ? "lease_returned" : "lease_revoked");
	out_notify(out, "leases", &lease->id);
	out_notify(out, "requests", &lease->request_id);
	return ERR_OK;
}

enum err lease_return(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct lease lease;
	enum err err = lease_sql_lock(ctx, in_id(in, R_ID), &lease);
	if (err == ERR_NOT_FOUND ||
	    (err == ERR_OK && !uuid_equal(&lease.user_id, &ctx->principal->user_id)))
		return unknown(ctx);
	if (err != ERR_OK)
		return err;
	return end_early(ctx, in, out, &lease, LEASE_RETURN, "returned", NULL);
}

enum err lease_revoke(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct lease lease;
	enum err err = lease_sql_lock(ctx, in_id(in, R_ID), &lease);
	if (err == ERR_NOT_FOUND)
		return unknown(ctx);
	if (err != ERR_OK)
		return err;
	return end_early(ctx, in, out, &lease, LEASE_REVOKE, "revoked", in_text(in, R_TEXT, NULL));
}
