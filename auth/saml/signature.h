/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SAML_SIGNATURE_H
#define AUTH_SAML_SIGNATURE_H

#include <libxml/tree.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/ctx.h"

/*
 * XML signatures of messages, judged by xmlsec after we have looked at their shape ourselves: one
 * reference, to the ID of the element it stands in; enveloped-signature and exclusive
 * canonicalisation and nothing else; SHA-2; RSA or ECDSA. Keys are the pinned certificates', never
 * what KeyInfo says.
 */
enum { SAML_CERTIFICATES_MAX = 8 };
struct saml_certificates {
	struct block der[SAML_CERTIFICATES_MAX];
	size_t count;
};

/* Once per process. */
enum err saml_signature_init(struct ctx *ctx) ERR_CHECKED;
/* Element (with an ID) must hold one signature, as its child, by one of the keys: then the very
 * bytes that were hashed are appended to signed_bytes; only they may be read. NULL when it does, a
 * reason otherwise. */
const char *saml_signature_check(struct ctx *ctx, xmlNode *element,
				 const struct saml_certificates *keys, struct buf *signed_bytes);
/* A detached one over text, as the Redirect binding has it (saml-bindings 3.4.4.1). uri: its
 * algorithm. */
const char *saml_signature_check_text(struct block text, const char *uri, struct block signature,
				      const struct saml_certificates *keys);
/* A key that may be pinned: RSA of 2048 bits or more, or a NIST curve; not whether it has expired:
 * what is pinned is trusted. */
bool saml_signature_key_is_fit(struct block certificate);

#endif
