/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef AUTH_SAML_SQL_H
#define AUTH_SAML_SQL_H

#include <stdbool.h>

#include "base/codec.h"
#include "base/ctx.h"
#include "base/uuid.h"

/* Statements about our SAML key, in the caller's transaction. */
struct db_stmt_list;
const struct db_stmt_list *saml_statements(void);

/* ERR_NOT_FOUND: there is none yet. lock: nobody else makes one meanwhile. */
enum err saml_sql_key(struct ctx *ctx, bool lock, struct uuid *out_secret_id) ERR_CHECKED;
enum err saml_sql_add_key(struct ctx *ctx, const struct uuid *secret_id, struct block certificate,
			  const struct uuid *event_id) ERR_CHECKED;

#endif
