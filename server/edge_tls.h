/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SERVER_EDGE_TLS_H
#define SERVER_EDGE_TLS_H

#include <stdbool.h>

#include <openssl/ssl.h>

#include "base/chan.h"
#include "base/loop.h"

/*
 * Edge's TLS identity: a P-256 and an RSA-2048 key made at start and kept in memory only, with
 * certificates from the keeper (by authority) that live a day and are renewed in time. Until both
 * are there nobody can be served.
 */
struct edge_tls;
/* Makes the keys: slow, and before confinement. NULL when that fails. */
struct edge_tls *edge_tls_new(void);
void edge_tls_free(struct edge_tls *tls);
/* Asks for certificates now, and again before they expire or when refused (sealed). */
bool edge_tls_start(struct edge_tls *tls, struct loop *loop, struct chan *authority);
/* MSG_SERVER_CERTIFICATE_ISSUED. */
enum err edge_tls_issued(struct edge_tls *tls, uint32_t id, const void *message) ERR_CHECKED;
/* The context to serve with, one reference for the caller (any thread); NULL: not ready yet. */
SSL_CTX *edge_tls_current(struct edge_tls *tls);

#endif
