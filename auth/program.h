/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_PROGRAM_H
#define AUTH_PROGRAM_H

#include "auth/token_text.h"
#include "base/codec.h"
#include "base/ctx.h"
#include "rbac/principal.h"

/*
 * Programs: principals that are no people. They have no row among users, so that nothing a person
 * signs in with can ever be theirs. A program shows a client secret (RFC 6749, 4.4) and gets an
 * access token for some minutes, which may what its scopes name and the program may at that moment.
 */
enum {
	PROGRAM_NAME_MAX = 56,	 /* with "program:" before it as long as a login */
	PROGRAM_SECRETS_MAX = 2, /* alive at once: the old one and the new one */
	PROGRAM_TOKENS_MAX = 500,
	PROGRAM_NETWORKS_MAX = 16,
	PROGRAM_LIST = 1024, /* characters of scopes, and of networks, as stored */
	PROGRAM_ROLES = 512,
	PROGRAM_SECONDS_MIN = 60,
	PROGRAM_SECONDS_MAX = 3600,
	PROGRAM_SECONDS = 600 /* unless the program says otherwise */
};

/* Lists are words separated by blanks; no networks: from anywhere. */
struct program {
	struct uuid id;
	const char *name, *display_name, *state, *roles, *scopes, *networks;
	int64_t token_seconds, version;
};

/* What no program may, whatever its roles: borrow accounts and approve are for people. */
static inline permission_set program_never(void)
{
	return (permission_set)1 << PERM_TARGET_USE | (permission_set)1 << PERM_REQUEST_APPROVE;
}
role_set program_roles(const char *roles);
/* What it may at this moment. */
permission_set program_permissions(const struct program *program);
/* In the audit log and elsewhere: "program:" and its name, which is nobody's login. */
struct principal program_as_principal(struct ctx *ctx, const struct program *program);

/* Who holds this access token, from that address. touch: counts as use of the secret it was made
 * with, written at most once a minute. ERR_UNAUTHENTICATED: it opens nothing; ERR_DENIED: not from
 * there. */
enum err program_principal(struct ctx *ctx, struct block token, struct block peer, bool touch,
			   struct principal *out) ERR_CHECKED;

#endif
