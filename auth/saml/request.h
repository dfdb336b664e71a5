/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SAML_REQUEST_H
#define AUTH_SAML_REQUEST_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/ctx.h"

/* What we ask an identity provider: an AuthnRequest by the Redirect binding, signed (saml-bindings
 * 3.4.4.1, rsa-sha256). */
enum { SAML_URI_MAX = 255 };
struct saml_request {
	const char *id;		  /* an xs:ID; the answer repeats it */
	const char *entity, *acs; /* ours */
	const char *address;	  /* its sign-in service */
	const char *relay;	  /* comes back beside the answer; at most 80 bytes */
	const char *contexts;	  /* wanted AuthnContextClassRefs, separated by blanks; "": any */
	bool force;		  /* signing in anew, whatever session it has */
	int64_t now_us;
	struct block key; /* ours, PKCS #8 */
};

/* The whole address the browser is sent to, appended to url. */
enum err saml_request_url(struct ctx *ctx, const struct saml_request *request,
			  struct buf *url) ERR_CHECKED;

#endif
