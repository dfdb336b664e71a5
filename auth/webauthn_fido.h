/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_WEBAUTHN_FIDO_H
#define AUTH_WEBAUTHN_FIDO_H

#include "auth/webauthn_key.h"

/* The two questions libfido2 answers, about bytes whose shape has been checked already. *out: does
 * the signature hold. */
enum err webauthn_fido_assert(struct ctx *ctx, const struct webauthn_expect *expect,
			      const struct webauthn_key *key,
			      const struct webauthn_assertion *assertion, bool *out) ERR_CHECKED;
/* Format "packed", by the credential itself or by the first certificate of x5c. Whose certificate
 * that is, is not asked. */
enum err webauthn_fido_packed(struct ctx *ctx, const struct webauthn_expect *expect,
			      const struct webauthn_attestation *attestation,
			      const struct webauthn_new *made, struct block client_data,
			      bool *out) ERR_CHECKED;

#endif
