/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TESTS_SUPPORT_SAML_IDP_H
#define TESTS_SUPPORT_SAML_IDP_H

#include <stdbool.h>

#include "base/codec.h"
#include "base/secret.h"

/* An identity provider of the tests, honest or not. Texts are malloc'd; everything asserts. */
struct idp {
	struct secret *key; /* PKCS #8 */
	struct block certificate;
};
struct idp idp_new(const char *who);
void idp_free(struct idp *idp);

/* How to sign; zero is how it should be. */
struct idp_form {
	const char *method, *digest, *uri; /* identifiers; NULL: rsa-sha256, sha256, "#id" */
	const char *transform;		   /* a third one */
	const char *canonicalization;
	const struct idp *named; /* whose certificate goes into KeyInfo; NULL: none */
	bool second_reference, hmac, no_enveloped;
};
/* xml with a signature in its element that has this ID, after its Issuer. */
char *idp_sign(const struct idp *idp, const char *xml, const char *id, const struct idp_form *form);
/* An EncryptedAssertion of xml for the key of that certificate. cipher: "aes128-gcm",
 * "aes256-gcm", "aes128-cbc". */
char *idp_encrypt(struct block certificate, const char *xml, const char *cipher);

/* Text work: the first find in text replaced (which must be there); what lies from begin to the end
 * of end; both malloc'd. */
char *text_with(const char *text, const char *find, const char *replacement);
char *text_part(const char *text, const char *begin, const char *end);

#endif
