/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SAML_SQL_H
#define AUTH_SAML_SQL_H

#include <stdbool.h>

#include "base/codec.h"
#include "base/ctx.h"
#include "base/uuid.h"

/* Statements about our SAML key, and about metadata that is fetched, in the caller's transaction.
 */
struct db_stmt_list;
const struct db_stmt_list *saml_statements(void);

/* One follows the other: what signs is in use, sealed assertions are opened with either. */
enum { SAML_KEYS_OWN = 2 };
struct saml_own_key {
	struct uuid id, secret_id;
	int64_t slot; /* from 1 */
	bool in_use;
	const char *fingerprint; /* SHA-256 of its certificate, hex; arena */
	int64_t expires_at;
};
/* The one in use first. lock: nobody else changes them, or makes one, meanwhile. */
enum err saml_sql_keys(struct ctx *ctx, bool lock, struct saml_own_key out[SAML_KEYS_OWN],
		       size_t *out_count) ERR_CHECKED;
enum err saml_sql_add_key(struct ctx *ctx, const struct saml_own_key *key, struct block certificate,
			  const struct uuid *event_id) ERR_CHECKED;
/* That one, and no other. */
enum err saml_sql_use_key(struct ctx *ctx, const struct uuid *id) ERR_CHECKED;
enum err saml_sql_drop_key(struct ctx *ctx, const struct uuid *id) ERR_CHECKED;

/* Until when the metadata in force counts; 0: no end. */
enum err saml_sql_valid_until(struct ctx *ctx, const struct uuid *provider_id,
			      int64_t until) ERR_CHECKED;
/* When it is fetched (again). */
enum err saml_sql_fetch_at(struct ctx *ctx, const struct uuid *provider_id, int64_t at) ERR_CHECKED;
/* Its address is another one: fetched now, or never any more. */
enum err saml_sql_readdressed(struct ctx *ctx, const struct uuid *provider_id,
			      bool has_address) ERR_CHECKED;
/* The one that waits longest. ERR_NOT_FOUND. */
enum err saml_sql_due(struct ctx *ctx, int64_t now, struct uuid *out_provider_id) ERR_CHECKED;

#endif
