/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SAML_METADATA_H
#define AUTH_SAML_METADATA_H

#include "auth/saml/signature.h"

/* What we keep of an identity provider's metadata (saml-metadata 2.0): an administrator hands it
 * in, and the keys in it are pinned from then on. */
enum { SAML_URL_MAX = 1024 };
struct saml_idp { /* in ctx->arena */
	const char *entity;
	const char *sign_in, *sign_out; /* Redirect binding; sign_out "" when it has none */
	struct saml_certificates keys;
	int64_t valid_until_us; /* 0: not said */
};

/* The only identity provider in it, or the one that is wanted. NULL when it can be used; otherwise
 * a reason. */
const char *saml_metadata_read(struct ctx *ctx, struct block xml, const char *wanted,
			       int64_t now_us, struct saml_idp *out);

#endif
