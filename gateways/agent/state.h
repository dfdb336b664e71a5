/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef GATEWAYS_AGENT_STATE_H
#define GATEWAYS_AGENT_STATE_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

#include "base/ctx.h"
#include "base/uuid.h"
#include "gateways/proto/grant.h"

/*
 * The state folder of one gateway (0700): identity.pem (0600: the private key, made here, never
 * leaves, and its certificate; one file, so that a renewal replaces both or none), ca.pem (the
 * pinned private CA), signer.pem (the grant key, certified by that CA), config (server=HOST:PORT,
 * gateway=UUID), chain and locked (identity.h), policy.bundle, status.
 */
enum { STATE_HOST_MAX = 254, STATE_PATH_MAX = 1024 };

struct state {
	const char *dir;
	char host[STATE_HOST_MAX];
	uint16_t port;
	struct uuid gateway_id;
	uint8_t grant_key[GRANT_PUBLIC_KEY];
	int64_t certificate_begins, certificate_expires; /* UTC microseconds */
	int64_t skew_s; /* this clock against the server's, while enrolling */
	X509 *ca, *certificate;
	EVP_PKEY *key;
};

/* "host", "host:port", "[v6]:port"; default port 443. */
enum err state_server(struct ctx *ctx, const char *text, struct state *state) ERR_CHECKED;
/* Loads and cross-checks everything an enrolled gateway needs. */
enum err state_load(struct ctx *ctx, const char *dir, struct state *out) ERR_CHECKED;
void state_clear(struct state *state);
/* The grant key out of the signer's certificate, if that chains to ca and is named as signer. */
enum err state_signer(struct ctx *ctx, X509 *ca, X509 *signer,
		      uint8_t out_key[GRANT_PUBLIC_KEY]) ERR_CHECKED;
/* Gateway id in the certificate's URI name (…/gw/<uuid>). */
enum err state_gateway_id(struct ctx *ctx, X509 *certificate, struct uuid *out) ERR_CHECKED;
/* A fresh P-256 key. */
enum err state_make_key(struct ctx *ctx, EVP_PKEY **out) ERR_CHECKED;
enum err state_write_identity(struct ctx *ctx, const char *dir, EVP_PKEY *key,
			      X509 *certificate) ERR_CHECKED;
/* Its serial number: 16 bytes. */
enum err state_serial(struct ctx *ctx, X509 *certificate, struct uuid *out) ERR_CHECKED;
enum err state_write_pem(struct ctx *ctx, const char *dir, const char *name,
			 X509 *certificate) ERR_CHECKED;
/* "<dir>/<name>". */
void state_path(const char *dir, const char *name, char out[STATE_PATH_MAX]);
/* TLS client of our own server: trusts only ca, checks the server's name, offers alpn; with key and
 * certificate when state has them. */
enum err state_tls(struct ctx *ctx, const struct state *state, const char *alpn,
		   SSL_CTX **out) ERR_CHECKED;
/* Server name or address to check, SNI. */
enum err state_tls_name(struct ctx *ctx, const struct state *state, SSL *ssl) ERR_CHECKED;

#endif
