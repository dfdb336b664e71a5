/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_OIDC_METADATA_H
#define AUTH_OIDC_METADATA_H

#include "base/codec.h"

/* What is known of a provider, as its row keeps it (OpenID Connect Discovery 1.0, RFC 9207). */
enum { OIDC_AUTH_NONE = 1, OIDC_AUTH_BASIC = 2, OIDC_AUTH_POST = 4 };
enum { OIDC_METADATA_MAX = 56 * 1024 };
struct oidc_metadata {
	struct block issuer, authorization, token, end_session, jwks_uri;
	struct block jwks;
	uint32_t auth;	     /* ways of client authentication that it takes */
	uint8_t says_issuer; /* the answer at the browser names the issuer */
};
extern const struct codec oidc_metadata_codec;

#endif
