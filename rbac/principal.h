/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef RBAC_PRINCIPAL_H
#define RBAC_PRINCIPAL_H

#include "base/ctx.h"
#include "base/uuid.h"
#include "rbac/role.h"

/* What a sign-in with a weaker second factor than its person's floor must do before anything else.
 */
enum factor_due { FACTOR_DUE_NONE, FACTOR_DUE_ENROL, FACTOR_DUE_PROVE };

/* Who acts: established by authority from the session cookie, sent to web for reads. */
struct principal {
	struct uuid user_id;
	struct uuid session_id; /* portal session (auth_session.id, public: not the cookie) */
	struct uuid token_id;	/* nil: came by a portal session; else by this API token */
	bool is_program;	/* user_id names a program (auth/program.h), nobody among users */
	const char *login;
	const char *display_name;
	const char *language; /* "ja", "en" */
	const char *timezone; /* IANA */
	const char *theme;    /* "light", "dark", "system" */
	role_set roles;
	permission_set permissions;
	bool unproven;			     /* its device has missed to prove its key */
	bool password_due;		     /* no permissions until the password is changed */
	enum factor_due factor_due;	     /* no permissions until then either */
	unsigned factor_floor;		     /* enum factor_level (auth/floor.h) */
	int64_t authenticated_at;	     /* microseconds; last full authentication */
	int64_t idle_expires_at, expires_at; /* of the portal session */
};

/* The session that acts; NULL: a token, a program or the console does, or nobody. */
static inline const struct uuid *principal_session(const struct ctx *ctx)
{
	const struct principal *self = ctx->principal;

	return self && !uuid_is_nil(&self->session_id) ? &self->session_id : NULL;
}

#endif
