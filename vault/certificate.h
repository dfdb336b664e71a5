/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VAULT_CERTIFICATE_H
#define VAULT_CERTIFICATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/ctx.h"
#include "vault/keeper.h"

struct keyring;

/*
 * Certificates of the private CA (P-256, ECDSA with SHA-256), built from fixed fields. Public keys
 * arrive as bare numbers and names as text that is checked here; no ASN.1 from outside is parsed.
 */

/* New CA private key and its uncompressed point. */
enum err certificate_ca_key(struct ctx *ctx, uint8_t out_scalar[32],
			    uint8_t out_point[65]) ERR_CHECKED;
/* Self-signed CA certificate, 10 years, CN "Sekisho CA <short installation id>", into ring. */
enum err certificate_ca(struct ctx *ctx, struct keyring *ring) ERR_CHECKED;

/* out_der: at least KEEPER_CERT_MAX bytes. ERR_INPUT: a field is out of bounds. */
enum err certificate_issue(struct ctx *ctx, const struct keyring *ring,
			   const struct keeper_cert *request, uint8_t *out_der,
			   size_t *out_len) ERR_CHECKED;

#endif
