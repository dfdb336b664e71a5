/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SAML_ASSERTION_H
#define AUTH_SAML_ASSERTION_H

#include "auth/saml/response.h"

/* The half of saml_response_check behind the signatures: assertion was parsed from signed bytes. */
const char *saml_assertion_check(struct ctx *ctx, const struct saml_expect *expect,
				 const xmlNode *assertion, struct saml_said *out);
/* An Issuer element, which must be there, names the identity provider. */
bool saml_issuer_fits(struct ctx *ctx, const struct saml_expect *expect, const xmlNode *of);

#endif
