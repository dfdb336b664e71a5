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

/* ERR_NOT_FOUND: there is none yet. lock: nobody else makes one meanwhile. */
enum err saml_sql_key(struct ctx *ctx, bool lock, struct uuid *out_secret_id) ERR_CHECKED;
enum err saml_sql_add_key(struct ctx *ctx, const struct uuid *secret_id, struct block certificate,
			  const struct uuid *event_id) ERR_CHECKED;

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
