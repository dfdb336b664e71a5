/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SAML_REDIRECT_H
#define AUTH_SAML_REDIRECT_H

#include "auth/saml/signature.h"

/* The Redirect binding: messages in an address, deflated, with a signature over the query
 * (saml-bindings 3.4.4.1). */
struct saml_redirect {
	const char *parameter; /* "SAMLRequest" or "SAMLResponse" */
	const char *address;   /* of who gets it */
	const char *relay;     /* NULL: none */
	struct block key;      /* ours, PKCS #8, RSA: signed with rsa-sha256 */
};
/* The whole address the browser is sent to, appended to url. */
enum err saml_redirect_url(struct ctx *ctx, const struct saml_redirect *redirect,
			   const struct buf *xml, struct buf *url) ERR_CHECKED;

/* What came in a query, each value as it was before it was escaped. */
struct saml_query {
	const char *parameter, *message, *relay, *algorithm, *signature; /* relay NULL: none */
};
/* The message, in the arena; at most SAML_XML_MAX bytes. NULL or a reason. */
const char *saml_redirect_read(struct ctx *ctx, const char *message, struct block *out);
/* Signed by one of the keys. Senders escape in their own ways: the query is built again in each way
 * that is known, from the very values that are used; *out (arena) is what was signed. */
const char *saml_redirect_check(struct ctx *ctx, const struct saml_query *query,
				const struct saml_certificates *keys, const char **out);

#endif
