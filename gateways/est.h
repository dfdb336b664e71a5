/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_EST_H
#define GATEWAYS_EST_H

#include "base/buf.h"
#include "base/codec.h"
#include "base/ctx.h"
#include "base/field.h"

/* The four calls of RFC 7030 that gateways use: what both halves of the server share. */

/* Certs-only PKCS#7 around the DER certificates, in base64 (RFC 7030 4.1.3). */
enum err est_certs_only(struct ctx *ctx, const struct block *certificates, size_t count,
			struct buf *out) ERR_CHECKED;

/*
 * Web's half of simpleenroll and simplereenroll: the HTTP form becomes the values of the operation.
 * Foreign ASN.1 ends here: authority sees a token, a P-256 point, and whether the request was bound
 * to this very connection (challengePassword = base64 of tls-exporter, RFC 9266), and how far the
 * gateway's clock is off. ERR_DENIED when that is too much, before the token is looked at;
 * ERR_UNAUTHENTICATED without a usable Basic token, ERR_MEDIA_TYPE, ERR_SYNTAX. Library
 * gateways_http.
 */
struct est_request {
	bool again; /* simplereenroll: "Gateway <serial>:<proof>" in place of Basic */
	const char *authorization, *content_type, *date; /* headers, or NULL */
	struct block body, tls_exporter;
};
enum err est_read_enrol(struct ctx *ctx, const struct est_request *request,
			struct value *values) ERR_CHECKED;

#endif
