/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "auth/federation_session.h"
#include "auth/handlers.h"
#include "auth/identity_api.h"
#include "auth/oidc_ops.h"
#include "auth/saml_ops.h"
#include "auth/session.h"
#include "base/arena.h"
#include "base/secret.h"
#include "rbac/write.h"

/* Signing out: here at once, and then at the provider that the session came from. */

struct leaving {
	struct federation_session kept;
	struct identity_provider provider;
	bool goes_there;
};

static enum err find_provider(struct ctx *ctx, struct leaving *leaving)
{
	enum err err = federation_session_get(ctx, &ctx->principal->session_id, &leaving->kept);

	if (err == ERR_OK)
		err = identity_provider_by_id(ctx, &leaving->kept.provider_id, false,
					      &leaving->provider);
	if (err == ERR_NOT_FOUND)
		return ERR_OK;
	leaving->goes_there = err == ERR_OK && leaving->provider.signs_out_there &&
			      strcmp(leaving->provider.state, "enabled") == 0;
	return err;
}

/* Where the browser goes on to; nowhere when the provider takes nobody. */
static enum err send_there(struct ctx *ctx, const struct leaving *leaving, struct out *out)
{
	const struct identity_provider *provider = &leaving->provider;
	struct federation_begun begun;
	const char *location = NULL;
	enum err err = federation_begin(ctx, &provider->id, FEDERATION_SIGN_OUT,
					&ctx->principal->session_id, &begun);

	if (err == ERR_OK)
		err = provider->kind == FEDERATION_SAML
			      ? saml_sign_out(ctx, provider, &begun, &location)
			      : oidc_sign_out(ctx, provider, &begun, leaving->kept.display,
					      &location);
	if (err == ERR_OK && location) {
		out_text(out, "location", location);
		out->set_flow = arena_strdup(ctx->arena, begun.browser);
		out->flow_cross_site = provider->kind == FEDERATION_SAML; /* may be a form */
		if (!out->set_flow)
			err = err_set(ctx, ERR_MEMORY, "Request memory is used up.");
	}
	wipe(begun.browser, sizeof(begun.browser));
	return err;
}

enum err auth_run_sign_out(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct audit audit;
	struct leaving leaving = {0};
	const struct principal *self = ctx->principal;
	enum err err = session_end(ctx, &self->session_id, &self->user_id, "signed_out");

	if (err == ERR_OK)
		err = find_provider(ctx, &leaving);
	if (err != ERR_OK)
		return err;
	out->clear_session = true;
	write_audit(ctx, in, &audit);
	audit_object(&audit, "user", &self->user_id, self->login);
	if (leaving.goes_there)
		audit_data(&audit, "provider", leaving.provider.name);
	err = audit_append(ctx, &audit);
	return err == ERR_OK && leaving.goes_there ? send_there(ctx, &leaving, out) : err;
}

/* The browser comes back. What it brings is recorded and changes nothing: the session ended when it
 * left. */
enum err auth_run_signed_out(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct identity_provider provider = {0};
	struct federation_txn txn;
	const char *why = NULL;
	bool recorded = false;
	enum err err = federation_take_sign_out(ctx, in_text(in, SIGNED_OUT_STATE, ""), in->flow,
						&txn, &why);

	if (err == ERR_OK && !uuid_is_nil(&txn.id))
		err = identity_provider_by_id(ctx, &txn.provider_id, false, &provider);
	if (err == ERR_NOT_FOUND && !why)
		why = "federation.disabled";
	if (!why && provider.kind != FEDERATION_OIDC)
		why = "federation.state"; /* a SAML provider confirms by a signed message */
	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return err;
	out_text(out, "location", "/signin");
	out->clear_flow = !why;
	if (!why)
		return federation_confirm_sign_out(ctx, in, &provider, &txn.session_id);
	err = federation_refuse_sign_out(ctx, in, &provider, why, &recorded);
	return err == ERR_OK && !recorded ? federation_logout_refused(ctx) : err;
}
