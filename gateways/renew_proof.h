/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_RENEW_PROOF_H
#define GATEWAYS_RENEW_PROOF_H

#include <stdbool.h>

#include "base/codec.h"

/* Whether proof (base64url, ECDSA with SHA-256) is the certificate's key over RENEW_LABEL, the
 * connection's exporter (32 bytes) and the new point (base64url). certificate: DER that we issued.
 * Neither edge nor web, which carry the request, can have another key certified. */
bool renew_proof_holds(struct block certificate, struct block exporter, const char *point,
		       const char *proof);

#endif
