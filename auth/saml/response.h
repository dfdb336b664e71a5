/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SAML_RESPONSE_H
#define AUTH_SAML_RESPONSE_H

#include "auth/saml/signature.h"

/*
 * Judges a Response of the Web Browser SSO profile (saml-profiles 4.1.4) as a service provider.
 * Everything in *out was read from bytes that a pinned key has signed.
 */
enum { SAML_SKEW_S = 90 };

struct saml_expect {
	const char *entity;	       /* ours */
	const char *acs;	       /* where it had to be sent to, exactly */
	const char *issuer;	       /* the identity provider's entity ID */
	const char *request;	       /* ID of our request; NULL: nobody asked, which is allowed */
	struct saml_certificates keys; /* pinned */
	struct block key;	       /* ours, PKCS #8, for encrypted assertions; empty: none */
	int64_t now_us;
};

enum {
	SAML_ATTRIBUTES_MAX = 64,
	SAML_VALUES_MAX = 256,
	SAML_NAME_MAX = 1024,
	SAML_ATTRIBUTE_NAME_MAX = 255
};
struct saml_attribute {
	const char *name;
	const char **values;
	size_t count;
	bool ambiguous; /* named by more than one Attribute: nothing may be decided by it */
};
struct saml_said { /* in ctx->arena; texts never NULL, empty when it says nothing */
	const char *name_id, *name_format, *name_qualifier, *session_index, *assertion_id, *context;
	int64_t authenticated_us, expires_us; /* after the latter it is refused anyway */
	int64_t session_until_us;	      /* 0: not said */
	struct saml_attribute *attributes;
	size_t attribute_count;
};

/* NULL when it holds; otherwise a reason, "saml.…", for the audit log. "saml.sealed": its envelope
 * does, and our key is needed for the rest. */
const char *saml_response_check(struct ctx *ctx, const struct saml_expect *expect,
				struct block message, struct saml_said *out);

#endif
