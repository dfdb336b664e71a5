/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SAML_KEY_H
#define AUTH_SAML_KEY_H

#include "base/buf.h"
#include "base/ctx.h"
#include "base/secret.h"

enum { SAML_KEY_DAYS = 3650 };
/* A new RSA key of 3072 bits, with which we sign requests and identity providers encrypt for us,
 * and its self-signed certificate (DER, appended to certificate): identity providers pin it as it
 * is, so it runs SAML_KEY_DAYS from now (unix seconds) and names nothing but who. *out: PKCS #8,
 * DER; the caller frees. */
enum err saml_key_make(struct ctx *ctx, const char *who, int64_t now, struct secret **out,
		       struct buf *certificate) ERR_CHECKED;

#endif
