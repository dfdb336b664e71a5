/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "auth/federation_session.h"

#include "audit/audit.h"
#include "auth/federation_session_sql.h"
#include "auth/notice_meter.h"
#include "auth/session.h"
#include "base/arena.h"
#include "base/sys.h"

enum err federation_session_keep(struct ctx *ctx, const struct uuid *session_id,
				 const struct uuid *provider_id,
				 const struct federated_identity *identity)
{
	return federation_session_sql_insert(ctx, session_id, provider_id, identity);
}

enum err federation_session_renewed(struct ctx *ctx, const struct uuid *session_id,
				    const struct federated_identity *identity)
{
	if (!identity->session || !identity->session[0])
		return ERR_OK;
	return federation_session_sql_set_sid(ctx, session_id, identity->session);
}

enum err federation_session_get(struct ctx *ctx, const struct uuid *session_id,
				struct federation_session *out)
{
	return federation_session_sql_get(ctx, session_id, out);
}

static void begin(struct ctx *ctx, const struct in *in, const struct identity_provider *provider,
		  struct audit *audit)
{
	audit_init(audit, EVENT_FEDERATION_SIGNED_OUT);
	audit->peer = arena_strndup(ctx->arena, (const char *)in->peer.data, in->peer.len);
	if (provider->name) {
		audit_data(audit, "kind", provider->kind == FEDERATION_SAML ? "saml" : "oidc");
		audit_data(audit, "provider", provider->name);
	}
}

/* row NULL: nobody was signed in. */
static enum err append(struct ctx *ctx, const struct in *in,
		       const struct identity_provider *provider, const struct federation_whom *whom,
		       const struct federation_session_row *row)
{
	struct audit audit;

	begin(ctx, in, provider, &audit);
	audit_data(&audit, "subject", whom->subject);
	audit_data(&audit, "session", whom->session);
	if (row)
		audit_object(&audit, "user", &row->user_id, row->login);
	else
		audit_data(&audit, "ended", "none");
	return audit_append(ctx, &audit);
}

static enum err end_one(struct ctx *ctx, const struct in *in,
			const struct identity_provider *provider,
			const struct federation_whom *whom,
			const struct federation_session_row *row, struct out *out)
{
	enum err err = session_end(ctx, &row->id, &row->user_id, "provider");

	if (err != ERR_OK)
		return err;
	out_notify(out, "me", &row->user_id);
	return append(ctx, in, provider, whom, row);
}

enum err federation_sign_out(struct ctx *ctx, const struct in *in,
			     const struct identity_provider *provider,
			     const struct federation_whom *whom, struct out *out)
{
	struct federation_session_row *rows =
		arena_array(ctx->arena, struct federation_session_row, FEDERATION_SESSIONS_AT_ONCE);
	size_t count = 0, ended = 0;

	if (!rows)
		return err_set(ctx, ERR_MEMORY, "Request memory is used up.");
	enum err err = federation_session_sql_drop_proven(ctx, &provider->id, whom);
	do {
		if (err == ERR_OK)
			err = federation_session_sql_live(ctx, &provider->id, whom, rows, &count);
		for (size_t i = 0; i < count && err == ERR_OK; i++)
			err = end_one(ctx, in, provider, whom, &rows[i], out);
		ended += count;
	} while (err == ERR_OK && count == FEDERATION_SESSIONS_AT_ONCE);
	if (err == ERR_OK && ended == 0)
		err = append(ctx, in, provider, whom, NULL);
	return err;
}

/* What the process has recorded: no request owns it. */
static struct notice_meter refused = {.lock = PTHREAD_MUTEX_INITIALIZER};

enum err federation_logout_refused(struct ctx *ctx)
{
	return err_reason(ctx, ERR_SYNTAX, "federation.logout",
			  "This logout notice was not accepted.");
}

enum err federation_refuse_sign_out(struct ctx *ctx, const struct in *in,
				    const struct identity_provider *provider, const char *why,
				    bool *out_recorded)
{
	struct audit audit;
	int64_t left_out = 0;

	*out_recorded = notice_meter_take(&refused, &provider->id, sys_mono_us(), &left_out);
	if (!*out_recorded)
		return ERR_OK;

	begin(ctx, in, provider, &audit);
	audit.outcome = AUDIT_REFUSED;
	audit.reason = why;
	if (left_out > 0)
		audit_data(&audit, "left_out",
			   arena_printf(ctx->arena, "%lld", (long long)left_out));
	return audit_append(ctx, &audit);
}

enum err federation_confirm_sign_out(struct ctx *ctx, const struct in *in,
				     const struct identity_provider *provider,
				     const struct uuid *session_id)
{
	struct audit audit;

	begin(ctx, in, provider, &audit);
	audit_object(&audit, "portal_session", session_id, "");
	audit_data(&audit, "ended", "confirmed");
	return audit_append(ctx, &audit);
}
