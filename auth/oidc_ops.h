/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_OIDC_OPS_H
#define AUTH_OIDC_OPS_H

#include "auth/federation.h"

/* OpenID Connect as one kind of identity provider: authority's half. The other is auth/oidc/, in a
 * process of its own. */

/* The address at the provider that the browser goes to. In the caller's transaction. */
enum err oidc_begin(struct ctx *ctx, const struct identity_provider *provider,
		    const struct federation_begun *begun, const char **out_location) ERR_CHECKED;
/* Where the browser is signed out there (RP-Initiated Logout 1.0); NULL: nowhere. hint: whom the
 * provider knows. No ID token is kept to be shown again. In the caller's transaction. */
enum err oidc_sign_out(struct ctx *ctx, const struct identity_provider *provider,
		       const struct federation_begun *begun, const char *hint,
		       const char **out_location) ERR_CHECKED;
/* Asks the provider for what is to be known of it; no transaction. A reason in *out_why: it was not
 * to be had. */
enum err oidc_fetch(struct ctx *ctx, const struct identity_provider *provider,
		    struct block *out_metadata, const char **out_why) ERR_CHECKED;

#endif
