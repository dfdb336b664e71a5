/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "auth/device_sql.h"
#include "auth/handlers.h"
#include "auth/session.h"
#include "base/arena.h"
#include "base/secret.h"
#include "base/text.h"
#include "rbac/write.h"

/* Asked for before signing in, and again and again while signed in. */

static enum err put_challenge(struct ctx *ctx, const struct uuid *session_id, struct out *out)
{
	uint8_t challenge[DEVICE_CHALLENGE];
	char text[SESSION_COOKIE_TEXT];
	enum err err = device_ask(ctx, session_id, challenge);

	if (err != ERR_OK)
		return err;
	base64url_encode(challenge, sizeof(challenge), text);
	out_text(out, "challenge", arena_strdup(ctx->arena, text));
	return ERR_OK;
}

enum err device_run_sign_in_challenge(struct ctx *ctx, const struct in *in, struct out *out)
{
	static const struct uuid nobody;

	(void)in;
	return put_challenge(ctx, &nobody, out);
}

/* These two are open to a session that has missed its proof, so they look for themselves. */
static enum err own_device(struct ctx *ctx, struct device_row *out)
{
	if (!ctx->principal || uuid_is_nil(&ctx->principal->session_id))
		return err_reason(ctx, ERR_UNAUTHENTICATED, "session.none", "Sign in to continue.");
	enum err err = device_sql_of_session(ctx, &ctx->principal->session_id, out);
	if (err == ERR_NOT_FOUND || (err == ERR_OK && out->key.len == 0))
		return err_reason(ctx, ERR_CONFLICT, "device.no_key",
				  "This sign-in began without a device key.");
	return err;
}

enum err device_run_challenge(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct device_row device;
	enum err err = own_device(ctx, &device);

	(void)in;
	return err == ERR_OK ? put_challenge(ctx, &ctx->principal->session_id, out) : err;
}

enum err device_run_prove(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct device_row device;
	char cookie[SESSION_COOKIE_TEXT] = "";
	enum err err = own_device(ctx, &device);

	if (err != ERR_OK)
		return err;
	if (in->device_key.len != DEVICE_POINT ||
	    memcmp(in->device_key.data, device.key.data, DEVICE_POINT) != 0)
		return err_reason(ctx, ERR_DENIED, "device.refused",
				  "This is not the device that signed in.");
	err = session_proven(ctx, &ctx->principal->session_id, cookie);
	if (err == ERR_OK && cookie[0])
		out->set_session = arena_strdup(ctx->arena, cookie);
	wipe(cookie, sizeof(cookie));
	out_int(out, "next_seconds", DEVICE_PROOF_SECONDS - 60);
	return err;
}

enum err device_run_remove(struct ctx *ctx, const struct in *in, struct out *out)
{
	struct audit audit;
	uint64_t count = 0;
	const struct principal *self = ctx->principal;
	const struct uuid *id = in_id(in, 0);
	enum err err = device_sql_revoke(ctx, id, &self->user_id, &count);

	if (err == ERR_OK && count == 0)
		return err_set(ctx, ERR_NOT_FOUND, "You have no such device.");
	if (err == ERR_OK)
		err = device_sql_end_sessions(ctx, id, &self->user_id);
	if (err != ERR_OK)
		return err;
	out_notify(out, "me", &self->user_id);
	write_audit(ctx, in, &audit);
	audit_object(&audit, "device", id, self->login);
	return audit_append(ctx, &audit);
}
