/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VAULT_CERTIFICATE_EXT_H
#define VAULT_CERTIFICATE_EXT_H

#include <openssl/x509.h>
#include <stdbool.h>

#include "vault/keeper.h"
#include "vault/keyring.h"

/* X.509 extensions as objects, never through OpenSSL's configuration text (which a name could
 * break out of). */

/* CA:TRUE, path length 0, keyCertSign + cRLSign, subject key id. */
bool extension_ca(X509 *certificate);
/* What the kind of leaf asks for: usage, names, key ids. ERR_INPUT when a name is malformed. */
enum err extension_leaf(struct ctx *ctx, X509 *certificate, const struct keyring *ring,
			const struct keeper_cert *request) ERR_CHECKED;

#endif
