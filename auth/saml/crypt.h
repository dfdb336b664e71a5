/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SAML_CRYPT_H
#define AUTH_SAML_CRYPT_H

#include <libxml/tree.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/ctx.h"

/* Decrypts an EncryptedAssertion with our key (PKCS #8, DER) into plain. RSA-OAEP and AES-GCM only:
 * CBC says by its errors what the plain text is. One reason for all that can be wrong; NULL: done.
 */
const char *saml_decrypt(struct ctx *ctx, const xmlNode *encrypted, struct block key,
			 struct buf *plain);

#endif
