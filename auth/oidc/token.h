/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_OIDC_TOKEN_H
#define AUTH_OIDC_TOKEN_H

#include "auth/federation_wire.h"
#include "base/codec.h"

/*
 * Tokens of an OpenID provider (OpenID Connect Core 1.0 section 3.1.3.7, Back-Channel Logout 1.0
 * section 2.6, RFC 8725). Signatures are verified by cjose, of which only the JWS part is used and
 * only after everything that could lead it astray was refused here. A check gives NULL, or a stable
 * reason; nothing of a token is believed before its signature.
 */
enum { OIDC_TOKEN_MAX = 64 * 1024, OIDC_KEYS_MAX = 64, OIDC_SKEW_S = 60, OIDC_AGE_S = 600 };

/* No key of this name: the key set may be an old one. */
#define OIDC_KEY_UNKNOWN "oidc.key_unknown"

/* The bytes that the one right key of a JSON Web Key Set has signed, parsed: a JSON object without
 * duplicate members. types (NULL-ended): one of them must be the header's typ if it is there. Free
 * *out with json_decref. alg must be RS256, PS256 or ES256, and the key's own. */
struct json_t;
const char *oidc_token_verify(struct block token, struct block jwks, const char *const *types,
			      struct json_t **out);

struct oidc_expected {
	const char *issuer, *client_id;
	const char *nonce;	  /* as it was sent */
	const char *access_token; /* came along; NULL: none */
	const char *code;	  /* was redeemed for it */
	int64_t now_s;
	int64_t max_age_s; /* -1: any */
};
/* An ID token. Fills *out (arena) on NULL. */
const char *oidc_token_check(struct arena *arena, struct block token, struct block jwks,
			     const struct oidc_expected *expected, struct federated_identity *out);

/* A logout token; of expected nonce, access_token, code and max_age_s do not count. */
struct oidc_logout {
	const char *token_id;
	const char *subject, *session; /* "": not said */
	int64_t expires_s;	       /* too old to be accepted after that */
};
const char *oidc_logout_check(struct arena *arena, struct block token, struct block jwks,
			      const struct oidc_expected *expected, struct oidc_logout *out);

#endif
