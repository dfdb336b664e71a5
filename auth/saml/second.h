/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SAML_SECOND_H
#define AUTH_SAML_SECOND_H

#include "auth/saml/logout.h"

/*
 * A second judge of the same response: lasso, with the same pinned keys. It asks neither whom a
 * response is for nor when (those are saml_response_check's); it has its own way of verifying and
 * reading. Both must accept, and both must have read the same name. Of a sealed assertion it wants
 * to be told that an element is sealed (Type of EncryptedData): what does not say so it does not
 * open.
 */
enum err saml_second_init(struct ctx *ctx) ERR_CHECKED;
/* said: what the first has read. NULL, or "saml.lasso" (it refuses), "saml.lasso_differs". */
const char *saml_second_check(struct ctx *ctx, const struct saml_expect *expect,
			      struct block message, const struct saml_said *said);

/* The same of a LogoutRequest. */
const char *saml_second_check_logout(struct ctx *ctx, const struct saml_expect *expect,
				     struct block message, const struct saml_logout *said);

#endif
