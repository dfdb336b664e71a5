/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SAML_OPS_H
#define AUTH_SAML_OPS_H

#include "auth/federation.h"
#include "auth/secret_hand.h"

/* SAML 2.0 as one kind of identity provider: authority's half. The other is auth/saml/, in a
 * process of its own. */
#define SAML_ENTITY_PATH "/api/v1/sign-in/saml/metadata"
#define SAML_ACS_PATH	 "/api/v1/sign-in/saml/acs"
#define SAML_SLO_PATH	 "/api/v1/sign-in/saml/slo"
#define SAML_LEAVE_PATH	 "/api/v1/sign-in/saml/leave"

/* A request on its way: prepared in a transaction, made outside of one. */
struct saml_asking {
	struct block address; /* of the provider; arena */
	struct secret_hand key;
};
/* In the caller's transaction, which records that our key is going to sign a request. */
enum err saml_prepare(struct ctx *ctx, const struct identity_provider *provider,
		      struct saml_asking *out) ERR_CHECKED;
/* The address at the provider that the browser goes to: asks the helper; no transaction. */
enum err saml_begin(struct ctx *ctx, const struct saml_asking *asking,
		    const struct identity_provider *provider, const struct federation_begun *begun,
		    const char **out_location) ERR_CHECKED;

/* Metadata of that provider, from its address, now: in has asked for it. A failure is an answer
 * too: the row says what it was. ERR_CONFLICT: it has no address; ERR_STALE: that was changed
 * meanwhile. Transactions of its own. */
enum err saml_fetch(struct ctx *ctx, const struct in *in,
		    const struct identity_provider *provider) ERR_CHECKED;
/* The same of one whose time has come. False in *out_found: there is none, or nothing could be
 * written. */
enum err saml_refresh(struct ctx *ctx, bool *out_found) ERR_CHECKED;

/* Our address from which the browser is sent to be signed out there; NULL: the provider takes
 * nobody. In the caller's transaction. */
enum err saml_sign_out(struct ctx *ctx, const struct identity_provider *provider,
		       const struct federation_begun *begun, const char **out_location) ERR_CHECKED;

#endif
